//! What people share: mentions, forwarded messages, polls, what is pinned.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{Body, ChatId, Command, Event, Known, MAX_TEXT, MessageView, Part, PollOption, Problem, Span};
use xchat_engine::rows::Scope;

fn text(view: &MessageView) -> &str {
    match &view.body {
        Body::Text { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

fn refused(world: &World, who: usize) -> Option<Problem> {
    world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Refused { problem } => Some(*problem),
        _ => None,
    })
}

#[test]
fn a_mention_shows_the_name_that_is_known_here_and_says_that_it_is_this_person() {
    let (mut world, ada, ben) = World::acquainted(811);
    let (own, theirs) = (world.account(0).address, world.account(1).address);
    world.send(0, ada, &format!("Thanks [@Benny](xchat:{theirs}), says [@Queen](xchat:{own})"));
    world.send(0, ada, &format!("`[@Benny](xchat:{theirs})` and @Ben"));
    world.settle();
    let views = world.messages(1, ben);
    let Body::Text { parts, .. } = &views[1].body else { panic!() };
    assert_eq!(xchat_engine::api::plain(parts), "Thanks @Ben, says @Ada");
    assert_eq!(views.iter().map(|view| view.mentions_me).collect::<Vec<_>>(), [false, true, false]);
    assert!(world.messages(0, ada).iter().all(|view| !view.mentions_me), "one's own words");
}

#[test]
fn a_text_that_is_being_written_is_shown_as_it_would_be_and_nothing_is_kept_of_it() {
    let (mut world, ada, _) = World::acquainted(816);
    let theirs = world.account(1).address;
    let mut shown = |text: String| {
        let stored = |world: &World| [Scope::Account, Scope::Chat(ada)].map(|of| world.devices[0].database.scope(of));
        let before = stored(&world);
        world.command(0, Command::Preview { preview: 7, chat: ada, text });
        assert_eq!(stored(&world), before);
        match world.devices[0].events.last() {
            Some(Event::Preview { preview: 7, parts }) => parts.clone(),
            other => panic!("{other:?}"),
        }
    };
    let parts = shown(format!("**Thanks** [@Benny](xchat:{theirs})"));
    let [Part::Paragraph(line)] = parts.as_slice() else { panic!("{parts:?}") };
    assert!(matches!(&line[0], Span::Strong(_)), "{line:?}");
    assert!(matches!(line.last(), Some(Span::Mention { name, .. }) if name == "@Ben"), "{line:?}");
    assert_eq!(shown("*".repeat(MAX_TEXT + 1)), []);
}

#[test]
fn a_forwarded_message_is_a_copy_that_says_so() {
    let mut world = World::with_people(&["Ada", "Ben", "Cleo"], 812);
    let [ben, cleo] = [1, 2].map(|whom| {
        let chat = world.open_link(0, whom);
        world.send(0, chat, "hello");
        world.settle();
        let theirs = world.chat(whom).id;
        world.command(whom, Command::Accept { chat: theirs });
        world.settle();
        chat
    });
    let from_ben = world.chat(1).id;
    world.command(1, Command::Reply { chat: from_ben, order: 1, text: "pass it **on**".to_owned(), tag: 5 });
    world.settle();
    world.command(0, Command::Forward { chat: ben, order: 2, to: vec![cleo, cleo] });
    world.settle();
    let hers = world.chat(2).id;
    let views = world.messages(2, hers);
    assert_eq!((views.len(), text(&views[1]), views[1].forwarded), (2, "pass it **on**", true));
    assert_eq!(views[1].quote, None, "what it answered is nobody else's");
    assert!(!views[0].forwarded && world.view(0, cleo, 1).forwarded);
    // Nothing says whose words they were.
    let sender = world.account(1).address;
    assert_eq!(world.rows_with(2, &sender), 0);

    world.devices[0].events.clear();
    for to in [vec![], vec![cleo; 17]] {
        world.devices[0].events.clear();
        world.command(0, Command::Forward { chat: ben, order: 2, to });
        assert_eq!(refused(&world, 0), Some(Problem::TooMany));
    }
    world.command(0, Command::Forward { chat: ben, order: 2, to: vec![cleo, ChatId([9; 16])] });
    assert_eq!(refused(&world, 0), Some(Problem::NoChat));
    assert_eq!(world.messages(0, cleo).len(), 2, "to all or to none");
}

fn poll(view: &MessageView) -> (Vec<(u32, bool)>, bool, u32) {
    match &view.body {
        Body::Poll { options, closed, voters, .. } => {
            (options.iter().map(|PollOption { votes, mine, .. }| (*votes, *mine)).collect(), *closed, *voters)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn in_a_poll_the_latest_vote_of_each_person_counts_until_its_author_ends_it() {
    let (mut world, ada, ben) = World::acquainted(813);
    let options = ["now", "later", "never"].map(str::to_owned).to_vec();
    let ask = Command::Poll { chat: ada, question: "When?".to_owned(), options, multiple: false, tag: 3 };
    world.command(0, ask.clone());
    assert!(world.devices[0].events.contains(&Event::Written { tag: 3 }));
    world.settle();
    let vote = |world: &mut World, who: usize, chat, choices: &[u8]| {
        world.command(who, Command::Vote { chat, order: 2, choices: choices.to_vec() });
        world.settle();
    };
    vote(&mut world, 1, ben, &[0]);
    vote(&mut world, 0, ada, &[1]);
    vote(&mut world, 1, ben, &[1]);
    assert_eq!(poll(&world.view(0, ada, 1)), (vec![(0, false), (2, true), (0, false)], false, 2));
    assert_eq!(poll(&world.view(1, ben, 1)), poll(&world.view(0, ada, 1)));
    world.command(1, Command::Details { chat: ben, order: 2 });
    let Some(Event::Details { known, .. }) = world.devices[1].events.last() else { panic!() };
    let votes = Known::from_bytes(known).unwrap().votes;
    let votes: Vec<(&str, &[u8])> =
        votes.iter().map(|vote| (vote.person.name.as_str(), vote.choices.as_slice())).collect();
    assert_eq!(votes, [("Ada", [1].as_slice()), ("Ben", [1].as_slice())], "the last of each");
    vote(&mut world, 1, ben, &[]);
    assert_eq!(poll(&world.view(0, ada, 1)), (vec![(0, false), (1, true), (0, false)], false, 1));
    vote(&mut world, 1, ben, &[0, 1]);
    assert_eq!(refused(&world, 1), Some(Problem::Poll), "one may choose one");
    world.command(1, Command::ClosePoll { chat: ben, order: 2 });
    assert_eq!(refused(&world, 1), Some(Problem::NotAuthor));

    // A vote that is cast while the poll ends counts for both or for neither.
    world.disconnect(1);
    world.command(1, Command::Vote { chat: ben, order: 2, choices: vec![2] });
    world.command(0, Command::ClosePoll { chat: ada, order: 2 });
    world.flow();
    world.settle();
    assert_eq!(poll(&world.view(0, ada, 1)), (vec![(0, false), (1, true), (0, false)], true, 1));
    assert_eq!(poll(&world.view(1, ben, 1)), (vec![(0, false), (1, false), (0, false)], true, 1));
    vote(&mut world, 1, ben, &[0]);
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage), "it has ended");

    let Command::Poll { chat, question, .. } = ask else { unreachable!() };
    world.command(0, Command::Poll { chat, question, options: vec!["x".to_owned()], multiple: true, tag: 4 });
    assert!(world.devices[0].events.contains(&Event::NotWritten { tag: 4, problem: Some(Problem::Poll) }));
}

#[test]
fn what_is_pinned_is_the_same_for_both_whoever_pins_at_the_same_moment() {
    let (mut world, ada, ben) = World::acquainted(814);
    for n in 0..20 {
        world.send(0, ada, &format!("message {n}"));
    }
    world.settle();
    world.disconnect(0);
    world.disconnect(1);
    for order in 2..=12 {
        world.command(0, Command::Pin { chat: ada, order, on: true });
        world.command(1, Command::Pin { chat: ben, order: order + 8, on: true });
    }
    world.command(1, Command::Pin { chat: ben, order: 11, on: false });
    world.settle();
    let pins = |world: &mut World, who| world.chat(who).pins;
    let (a, b) = (pins(&mut world, 0), pins(&mut world, 1));
    assert_eq!(a, b);
    assert!((15..=16).contains(&a.len()), "19 were pinned and one taken back, of which 16 are kept: {a:?}");
    assert!(a.iter().all(|pin| pin.text.starts_with("message ")), "{a:?}");
    world.command(0, Command::Pin { chat: ada, order: a[0].order, on: false });
    world.settle();
    world.command(0, Command::Edit { chat: ada, order: a[1].order, text: "changed".to_owned() });
    world.settle();
    assert_eq!(pins(&mut world, 1)[0], xchat_engine::api::PinView { order: a[1].order, text: "changed".to_owned() });
}
