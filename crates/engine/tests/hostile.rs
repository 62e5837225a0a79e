//! Contents that no engine of ours would send, by a member whose build was changed.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::{
    api::{Body, ChatId, Command, MessageView},
    content::{self, Choice, Disposition, Expiry, Message, MessageId, Part, Pin, Poll, PollPart, Semantics, Timer},
};

/// The relevant of what Ada sees.
fn seen(world: &mut World, ada: ChatId) -> Vec<MessageView> {
    world.messages(0, ada)
}

#[test]
fn nobody_edits_or_deletes_what_somebody_else_wrote() {
    let (mut world, ada, ben) = World::acquainted(840);
    let first = world.id(0, ada, 1);
    let before = seen(&mut world, ada);
    world.say(1, ben, &Message { replaces: Some(first), ..Message::text([1; 16], "I owe Ben money") });
    world.say(1, ben, &Message::taking_back([2; 16], first, Disposition::Render));
    assert_eq!(seen(&mut world, ada), before);
}

#[test]
fn nobody_takes_back_what_somebody_else_gave() {
    let (mut world, ada, ben) = World::acquainted(841);
    world.command(0, Command::React { chat: ada, order: 1, emoji: "👍".to_owned(), on: true });
    world.settle();
    let ids: Vec<MessageId> = world.devices[0]
        .database
        .0
        .iter()
        .filter(|((scope, table, _), _)| *scope == ada.0 && *table == xchat_engine::rows::Table::Ids)
        .filter(|(_, value)| minicbor::decode::<(u64, u8)>(value).unwrap().1 == 3)
        .map(|((_, _, key), _)| MessageId::from_slice(key).unwrap())
        .collect();
    assert_eq!(ids.len(), 1);
    world.say(1, ben, &Message::taking_back([1; 16], ids[0], Disposition::Reaction));
    assert_eq!(world.view(0, ada, 0).reactions.len(), 1);
}

#[test]
fn a_flood_of_reactions_stays_within_its_bounds() {
    let (mut world, ada, ben) = World::acquainted(842);
    let first = world.id(0, ada, 1);
    let emoji = ["😀", "😁", "😂", "🤣", "😃", "😄", "😅", "😆", "😉", "😊", "😋", "😎"];
    for (n, emoji) in emoji.iter().enumerate() {
        world.say(1, ben, &Message::reaction([n as u8; 16], first, emoji));
    }
    for text in ["not an emoji", "👍👍", ""] {
        world.say(1, ben, &Message::reaction([99; 16], first, text));
    }
    assert_eq!(world.view(0, ada, 0).reactions.len(), 8);
    assert_eq!((world.messages(0, ada).len(), world.chat(0).unread), (1, 0));
}

#[test]
fn what_names_a_message_that_is_not_there_or_not_one_is_dropped() {
    let (mut world, ada, ben) = World::acquainted(843);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    world.settle();
    let before = seen(&mut world, ada);
    let (nobody, timer) = (MessageId::new([9; 32]), world.id(0, ada, 2));
    let contents = [
        Message { replaces: Some(nobody), ..Message::text([1; 16], "an edit of nothing") },
        Message::taking_back([2; 16], nobody, Disposition::Render),
        Message::reaction([3; 16], nobody, "👍"),
        PollPart::Vote(vec![0]).message([4; 16], Some(nobody)),
        PollPart::Vote(vec![0]).message([5; 16], Some(timer)),
        PollPart::Close.message([6; 16], None),
        Pin::On.message([7; 16], nobody),
        Message { in_reply_to: None, ..Pin::On.message([8; 16], nobody) },
        Message { replaces: Some(timer), ..Message::text([9; 16], "no timer any more") },
    ];
    for content in &contents {
        world.say(1, ben, content);
    }
    assert_eq!(seen(&mut world, ada), before);
    assert!(world.chat(0).pins.is_empty());
}

#[test]
fn an_edit_cannot_turn_a_text_into_something_else_nor_name_a_later_version() {
    let (mut world, ada, ben) = World::acquainted(844);
    world.send(1, ben, "mine");
    world.settle();
    world.command(1, Command::Edit { chat: ben, order: 2, text: "mine, better".to_owned() });
    world.settle();
    let first = world.id(0, ada, 2);
    let poll = Poll { question: "?".to_owned(), options: vec!["a".to_owned(); 2], choice: Choice::Single };
    let picture = Message::of([1; 16], Part::single(Disposition::Render, "image/png", vec![1]));
    for content in [PollPart::Ask(poll).message([2; 16], None), Timer(5).message([3; 16]), picture] {
        world.say(1, ben, &Message { replaces: Some(first), ..content });
    }
    let version = world.devices[0]
        .database
        .0
        .iter()
        .filter(|((scope, table, _), _)| *scope == ada.0 && *table == xchat_engine::rows::Table::Ids)
        .find(|(_, value)| minicbor::decode::<(u64, u8)>(value).unwrap().1 == 2)
        .map(|((_, _, key), _)| MessageId::from_slice(key).unwrap());
    world.say(1, ben, &Message { replaces: version, ..Message::text([4; 16], "by another name") });
    let Body::Text { text, .. } = world.view(0, ada, 1).body else { panic!() };
    assert_eq!(text, "mine, better");
    assert_eq!(world.chat(0).timer, None);
}

#[test]
fn votes_out_of_bounds_and_ends_by_others_count_for_nothing() {
    let (mut world, ada, ben) = World::acquainted(845);
    let options = vec!["a".to_owned(), "b".to_owned()];
    world.command(0, Command::Poll { chat: ada, question: "?".to_owned(), options, multiple: false, tag: 1 });
    world.settle();
    let poll = world.id(0, ada, 2);
    for (n, choices) in [vec![2], vec![0, 1], vec![7]].into_iter().enumerate() {
        world.say(1, ben, &PollPart::Vote(choices).message([n as u8; 16], Some(poll)));
    }
    world.say(1, ben, &PollPart::Close.message([9; 16], Some(poll)));
    assert!(matches!(world.view(0, ada, 1).body, Body::Poll { voters: 0, closed: false, .. }));
    world.say(1, ben, &PollPart::Vote(vec![1]).message([10; 16], Some(poll)));
    assert!(matches!(world.view(0, ada, 1).body, Body::Poll { voters: 1, .. }), "and one within them does");
}

#[test]
fn a_mention_by_a_false_name_shows_whom_it_really_leads_to() {
    let (mut world, ada, ben) = World::acquainted(846);
    let address = world.account(1).address;
    world.say(1, ben, &Message::text([1; 16], &format!("Ask [@Bank support](xchat:{address})")));
    let view = world.view(0, ada, 1);
    let Body::Text { parts, .. } = &view.body else { panic!() };
    assert_eq!(xchat_engine::api::plain(parts), "Ask @Ben");
    assert!(!view.mentions_me);
}

#[test]
fn parts_that_are_not_known_are_said_and_what_is_known_beside_them_is_shown() {
    let (mut world, ada, ben) = World::acquainted(847);
    let single = |kind: &str, bytes: &[u8]| Part::single(Disposition::Render, kind, bytes.to_vec());
    let multi = |semantics, parts| Part {
        disposition: Disposition::Render,
        language: String::new(),
        body: content::Body::Multi { semantics, parts },
    };
    let words = single(content::PLAIN, b"look");
    let unknown = single("application/x-hologram", b"\x00");
    let file = Part { disposition: Disposition::Attachment, ..single("text/csv", b"1,2") };
    world.say(1, ben, &Message::of([1; 16], multi(Semantics::ProcessAll, vec![unknown.clone(), words.clone(), file])));
    world.say(1, ben, &Message::of([2; 16], multi(Semantics::SingleUnit, vec![words.clone(), unknown.clone()])));
    world.say(1, ben, &Message::of([3; 16], multi(Semantics::ChooseOne, vec![unknown, words])));
    world.say(1, ben, &Message::of([4; 16], Part::single(Disposition::Other(99), content::PLAIN, b"odd".to_vec())));
    let later = Part::single(Disposition::Unspecified, "application/vnd.xchat.pin+cbor", vec![0xa2, 0, 9, 1, 1]);
    world.say(1, ben, &Message::of([5; 16], later));
    let views = seen(&mut world, ada);
    let texts: Vec<Option<&str>> = views
        .iter()
        .map(|view| match &view.body {
            Body::Text { text, .. } => Some(text.as_str()),
            Body::Unsupported => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, [Some("hello"), Some("look"), None, Some("look"), Some("odd")]);
    let attached: Vec<_> =
        xchat_engine::api::Attachments::from_bytes(views[1].attachments.as_ref().unwrap()).unwrap().files;
    let attached: Vec<_> = attached.iter().map(|file| (file.content_type.as_str(), file.size)).collect();
    assert_eq!(attached, [("text/csv", 3)]);
}

#[test]
fn edits_without_end_keep_what_is_stored_of_a_message_bounded() {
    let (mut world, ada, ben) = World::acquainted(848);
    world.send(1, ben, "small");
    world.settle();
    let first = world.id(0, ada, 2);
    for n in 0..12u8 {
        let large = "x".repeat(20_000);
        world.say(1, ben, &Message { replaces: Some(first), ..Message::text([n; 16], &format!("{n} {large}")) });
    }
    let rows = world.devices[0].database.messages(ada);
    assert!(rows[1].value.len() < 120_000, "{}", rows[1].value.len());
    assert!(world.view(0, ada, 1).edited.is_some());
}

#[test]
fn a_timer_out_of_bounds_changes_nothing_and_one_that_never_ends_hangs_nothing() {
    let (mut world, ada, ben) = World::acquainted(849);
    world.say(1, ben, &Timer(u32::MAX).message([1; 16]));
    assert_eq!(world.chat(0).timer, None);
    for (n, expires) in
        [Expiry::Relative(u32::MAX), Expiry::Absolute(u32::MAX), Expiry::Relative(0), Expiry::Absolute(0)]
            .into_iter()
            .enumerate()
    {
        world.say(1, ben, &Message { expires: Some(expires), ..Message::text([n as u8; 16], "odd") });
    }
    assert_eq!(world.messages(0, ada).len(), 4, "the one whose hour is over is not there");
    world.command(0, Command::Seen { chat: ada, order: 9 });
    world.settle();
    assert_eq!(world.messages(0, ada).len(), 3);
}
