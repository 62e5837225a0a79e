//! Nothing is lost, doubled or reordered: devices crash at every commit boundary, networks break at every moment.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Crash, World};
use xchat_engine::api::{Body, ChatId, ChatState, Command};

/// First contact and some messages both ways, whatever happens to device `who` in between.
fn script(world: &mut World) -> (ChatId, ChatId) {
    for (who, name) in ["Ada", "Ben"].into_iter().enumerate() {
        // A person whose name did not take asks again.
        while world.chats_and_account(who).is_none() {
            world.command(who, Command::CreateAccount { name: name.to_owned() });
        }
    }
    world.settle();
    let link = world.link(1);
    while world.chats(0).is_empty() {
        world.command(0, Command::OpenLink { link: link.clone() });
        world.settle();
    }
    let ada = world.chat(0).id;
    world.send_surely(0, ada, "a1");
    world.settle();
    let ben = world.chat(1).id;
    while world.chat(1).state != ChatState::Open {
        world.command(1, Command::Accept { chat: ben });
    }
    world.settle();
    for n in 2..5 {
        world.send_surely(0, ada, &format!("a{n}"));
        world.send_surely(1, ben, &format!("b{n}"));
        world.settle();
    }
    (ada, ben)
}

fn check(world: &mut World, ada: ChatId, ben: ChatId) {
    let from = |texts: Vec<String>, own: bool| -> Vec<String> {
        texts.into_iter().filter(|text| text.starts_with("> ") == own).map(|text| text.replace("> ", "")).collect()
    };
    let (a, b) = (world.texts(0, ada), world.texts(1, ben));
    assert_eq!(from(a.clone(), true), ["a1", "a2", "a3", "a4"]);
    assert_eq!(from(b.clone(), false), ["a1", "a2", "a3", "a4"]);
    assert_eq!(from(b, true), ["b2", "b3", "b4"]);
    assert_eq!(from(a, false), ["b2", "b3", "b4"]);
}

/// The script once for every step of device `who`, which dies in it.
fn crash_in_each_step(who: usize, crash: Crash) {
    for at in 1.. {
        let mut world = World::new(2, at);
        world.devices[who].crash_at = Some((at, crash));
        let (ada, ben) = script(&mut world);
        let crashed = world.devices[who].crashes > 0;
        check(&mut world, ada, ben);
        if !crashed {
            assert!(at > 30, "the script is shorter than it was: {at}");
            break;
        }
    }
}

/// What two people do to two messages, whatever happens to device `who` in between: Ada edits, deletes, pins; Ben answers,
/// reacts, takes one back.
fn amend(world: &mut World, ada: ChatId, ben: ChatId) {
    let react = |emoji: &str, on| Command::React { chat: ben, order: 1, emoji: emoji.to_owned(), on };
    world.send_surely(0, ada, "second");
    world.settle();
    let commands = [
        (0, Command::Edit { chat: ada, order: 1, text: "edited".to_owned() }),
        (1, react("👍", true)),
        (1, react("🎉", true)),
        (0, Command::Edit { chat: ada, order: 1, text: "edited again".to_owned() }),
        (1, react("👍", false)),
        (0, Command::DeleteForAll { chat: ada, order: 2 }),
        (0, Command::Pin { chat: ada, order: 1, on: true }),
    ];
    for (who, command) in commands {
        // A person whose device died before it was stored does it again; the other time it changes nothing.
        let deaths = world.devices[who].crashes;
        world.command(who, command.clone());
        if world.devices[who].crashes > deaths {
            world.command(who, command);
        }
        world.settle();
    }
}

fn amend_crashing_in_each_step(who: usize, crash: Crash) {
    for after in 1.. {
        let (mut world, ada, ben) = World::acquainted(700 + after);
        world.devices[who].crash_at = Some((world.devices[who].steps + after, crash));
        amend(&mut world, ada, ben);
        let crashed = world.devices[who].crashes > 0;
        let views: [Vec<_>; 2] = [(0, ada), (1, ben)].map(|(who, chat)| world.messages(who, chat));
        for (who, views) in views.iter().enumerate() {
            let shown: Vec<_> = views.iter().map(|view| view.body.clone()).collect();
            assert!(
                matches!(&shown[..], [Body::Text { text, .. }, Body::Deleted] if text == "edited again"),
                "{shown:?}"
            );
            let given: Vec<_> = views[0].reactions.iter().map(|r| (r.emoji.as_str(), r.count)).collect();
            assert_eq!(given, [("🎉", 1)], "step {after}");
            assert_eq!(world.chat(who).pins.len(), 1);
        }
        assert_eq!((views[0].len(), views[1].len()), (2, 2));
        if !crashed {
            assert!(after > 10, "the script is shorter than it was: {after}");
            break;
        }
    }
}

#[test]
fn a_crash_of_the_author_at_any_commit_leaves_both_with_the_same_messages_and_reactions() {
    amend_crashing_in_each_step(0, Crash::BeforeCommit);
    amend_crashing_in_each_step(0, Crash::AfterCommit);
}

#[test]
fn a_crash_of_the_one_who_reacts_at_any_commit_leaves_both_with_the_same_messages_and_reactions() {
    amend_crashing_in_each_step(1, Crash::BeforeCommit);
    amend_crashing_in_each_step(1, Crash::AfterCommit);
}

// Four tests, since each takes its time and they share nothing.

#[test]
fn a_crash_of_the_first_writer_before_any_commit_loses_and_doubles_nothing() {
    crash_in_each_step(0, Crash::BeforeCommit);
}

#[test]
fn a_crash_of_the_first_writer_after_any_commit_loses_and_doubles_nothing() {
    crash_in_each_step(0, Crash::AfterCommit);
}

#[test]
fn a_crash_of_the_answerer_before_any_commit_loses_and_doubles_nothing() {
    crash_in_each_step(1, Crash::BeforeCommit);
}

#[test]
fn a_crash_of_the_answerer_after_any_commit_loses_and_doubles_nothing() {
    crash_in_each_step(1, Crash::AfterCommit);
}

/// One random history: people write while connections break, devices die and frames crawl.
fn storm(seed: u64) {
    let (mut world, ada, ben) = World::acquainted(seed);
    let chats = [ada, ben];
    let mut written: [Vec<String>; 2] = [vec!["hello".to_owned()], vec![]];
    for n in 0..60 {
        let who = world.dice.below(2) as usize;
        match world.dice.below(12) {
            0..=3 => {
                let text = format!("{who}-{n}");
                world.send(who, chats[who], &text);
                written[who].push(text);
            }
            4 => world.disconnect(who),
            5 => world.crash(who),
            6 | 7 => world.connect(who),
            8 => {
                if let Some(last) = world.chats(who).first().and_then(|chat| chat.last.clone()) {
                    world.command(who, Command::Seen { chat: chats[who], order: last.order });
                }
            }
            9 => {
                // Days pass: leaves are renewed, commits race with messages.
                world.now += 4 * 24 * 3600 * 1000;
                world.input(who, xchat_engine::Input::Tick);
            }
            _ => {}
        }
        for _ in 0..world.dice.below(4) {
            let other = world.dice.below(2) as usize;
            world.deliver_up(other);
            let most = 1 + world.dice.below(3) as usize;
            world.deliver_down(other, most);
        }
    }
    world.settle();
    for (who, other) in [(0, 1), (1, 0)] {
        let texts = world.texts(who, chats[who]);
        let own: Vec<_> = texts.iter().filter_map(|text| text.strip_prefix("> ")).collect();
        let received: Vec<_> = texts.iter().filter(|text| !text.starts_with("> ")).collect();
        assert_eq!(own, written[who].iter().map(String::as_str).collect::<Vec<_>>(), "seed {seed}, own of {who}");
        assert_eq!(received, written[other].iter().collect::<Vec<_>>(), "seed {seed}, received by {who}");
    }
}

#[test]
fn whatever_the_network_and_the_devices_do_every_message_arrives_once_in_order() {
    for seed in 0..20 {
        storm(seed);
    }
}

#[test]
fn what_is_written_while_the_relay_is_away_arrives_once_in_order_when_it_is_back() {
    let (mut world, ada, ben) = World::acquainted(500);
    world.disconnect(0);
    world.disconnect(1);
    for n in 0..20 {
        world.send(0, ada, &format!("a{n}"));
    }
    world.crash(0);
    world.settle();
    let expected: Vec<_> = std::iter::once("hello".to_owned()).chain((0..20).map(|n| format!("a{n}"))).collect();
    assert_eq!(world.texts(1, ben), expected);
}

#[test]
fn a_repeated_frame_batch_after_a_crash_is_processed_once() {
    let (mut world, ada, ben) = World::acquainted(501);
    world.send(0, ada, "x");
    while world.deliver_up(0) {}
    // The receiver dies in the very step that takes the message in; the relay gives it again.
    let next = world.devices[1].steps + 1;
    world.devices[1].crash_at = Some((next, Crash::BeforeCommit));
    world.deliver_down(1, 64);
    assert_eq!(world.devices[1].crashes, 1);
    world.settle();
    assert_eq!(world.texts(1, ben), ["hello", "x"]);
}
