//! A request that was given to a new device as history, and accepted when more had been said in it: a line says what is not there.
#![allow(clippy::unwrap_used)]

mod history_setup;
mod sim;

use history_setup::{link, order_of, over, run, run_with};
use sim::World;
use xchat_engine::api::{Body, ChatId, Command, Event};

/// Ben, device 1, has written these to Ada, who has device 0, and 2 where `two`. The relay keeps blobs.
fn written(seed: u64, two: bool, texts: &[&str]) -> (World, ChatId, ChatId) {
    let mut world = World::with_people(&["Ada", "Ben"], seed);
    world.relay.keep_blobs(u64::MAX);
    if two {
        assert_eq!(world.link_new(0), 2);
    }
    let ben = world.open_link(1, 0);
    for text in texts {
        world.send(1, ben, text);
        world.settle();
    }
    let ada = world.chats(0)[0].id;
    (world, ada, ben)
}

/// Ada has device 0, and 2 which was linked when Ben, device 1, had written "before".
fn asked_before(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = written(seed, false, &["before"]);
    assert_eq!(world.link_new(0), 2);
    run(&mut world);
    assert_eq!(world.texts(2, ada), ["before"]);
    (world, ada, ben)
}

/// The same, and since then Ben has written "between".
fn asked(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = asked_before(seed);
    world.send(1, ben, "between");
    world.settle();
    (world, ada, ben)
}

/// Ada has devices 0 and 2, and 3 which was linked when Ben, device 1, had written "before" and not yet "between".
fn asked_of_two(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = written(seed, true, &["before"]);
    assert_eq!(world.link_new(0), 3);
    run(&mut world);
    assert_eq!(world.texts(3, ada), ["before"]);
    world.send(1, ben, "between");
    world.settle();
    (world, ada, ben)
}

/// What a device shows: a gap in brackets.
fn shown(world: &mut World, who: usize, chat: ChatId) -> Vec<String> {
    let body = |body| match body {
        Body::Text { text, .. } => text,
        Body::Gap { from, to } => format!("[{}]", from < to),
        other => format!("{other:?}"),
    };
    world.messages(who, chat).into_iter().map(|message| body(message.body)).collect()
}

#[test]
fn what_was_said_between_is_named() {
    for accepting in [0, 2] {
        let (mut world, ada, ben) = asked(1);
        world.command(accepting, Command::Accept { chat: ada });
        run(&mut world);
        world.send(1, ben, "after");
        run(&mut world);
        assert_eq!(shown(&mut world, 2, ada), ["before", "[true]", "after"], "accepted on {accepting}");
        let told =
            |event: &Event| matches!(event, Event::Message { message, .. } if matches!(message.body, Body::Gap { .. }));
        assert!(world.devices[2].events.iter().any(told), "a page that is open shows it");
        assert_eq!(shown(&mut world, 0, ada), ["before", "between", "after"]);
    }
}

#[test]
fn what_was_said_between_is_named_also_where_the_device_answers_at_once() {
    for offline in [false, true] {
        let (mut world, ada, ben) = asked(2);
        if offline {
            world.disconnect(0);
            world.disconnect(2);
        }
        world.command(2, Command::Accept { chat: ada });
        world.send(2, ada, "answer");
        run_with(&mut world, &[1, 2], 60);
        run(&mut world);
        world.send(1, ben, "after");
        run(&mut world);
        assert_eq!(shown(&mut world, 2, ada), ["before", "answer", "[true]", "after"], "{offline}");
        assert_eq!(shown(&mut world, 0, ada), ["before", "between", "answer", "after"]);
    }
}

#[test]
fn a_device_that_heard_of_it_later_than_of_the_room_names_it_too() {
    let (mut world, ada, ben) = asked_before(3);
    world.disconnect(0);
    world.send(1, ben, "between");
    run_with(&mut world, &[1, 2], 10);
    world.command(2, Command::Accept { chat: ada });
    world.send(2, ada, "answer");
    run_with(&mut world, &[1, 2], 60);
    world.send(1, ben, "after");
    run_with(&mut world, &[1, 2], 60);
    assert_eq!(shown(&mut world, 2, ada), ["before", "answer", "after"]);
    run(&mut world);
    assert_eq!(shown(&mut world, 2, ada), ["before", "answer", "after", "[true]"]);
    let bodies = world.messages(2, ada).into_iter().map(|message| message.body);
    let gap = bodies.filter_map(|body| if let Body::Gap { from, to } = body { Some((from, to)) } else { None });
    let time = |world: &mut World, text| {
        let order = order_of(world, 0, ada, text);
        world.messages(0, ada).into_iter().find(|message| message.order == order).unwrap().time
    };
    assert_eq!(gap.collect::<Vec<_>>(), [(time(&mut world, "before"), time(&mut world, "between"))]);
    let last = world.chats(2).into_iter().find(|chat| chat.id == ada).unwrap().last.unwrap();
    assert!(matches!(last.body, Body::Text { text, .. } if text == "after"), "it is no news");
}

#[test]
fn where_nothing_was_said_between_nothing_is_missing_and_two_that_know_say_it_once() {
    for accepting in [0, 2] {
        let (mut world, ada, ben) = asked_before(4);
        world.command(accepting, Command::Accept { chat: ada });
        world.send(accepting, ada, "answer");
        run(&mut world);
        world.send(1, ben, "after");
        run(&mut world);
        assert_eq!(shown(&mut world, 2, ada), ["before", "answer", "after"], "accepted on {accepting}");
        assert_eq!(shown(&mut world, 0, ada), ["before", "answer", "after"]);
    }
    for accepting in [0, 2, 3] {
        let (mut world, ada, ben) = asked_of_two(5);
        // One of the two hears of it later.
        let late = if accepting == 0 { 2 } else { 0 };
        world.disconnect(late);
        world.command(accepting, Command::Accept { chat: ada });
        world.send(accepting, ada, "answer");
        run_with(&mut world, &[1, 2 - late, 3], 60);
        run(&mut world);
        world.send(1, ben, "after");
        run(&mut world);
        let gaps = shown(&mut world, 3, ada).iter().filter(|text| text.starts_with('[')).count();
        assert_eq!(gaps, 1, "accepted on {accepting}: {:?}", shown(&mut world, 3, ada));
        for who in [0, 2] {
            assert_eq!(shown(&mut world, who, ada), ["before", "between", "answer", "after"]);
        }
    }
}

#[test]
fn each_device_that_came_later_is_told_and_what_was_deleted_before_is_not_missed() {
    for accepting in [0, 2, 3] {
        let (mut world, ada, ben) = asked_before(6);
        assert_eq!(world.link_new(0), 3);
        run(&mut world);
        world.send(1, ben, "between");
        world.settle();
        world.command(accepting, Command::Accept { chat: ada });
        world.send(accepting, ada, "answer");
        run(&mut world);
        for who in [2, 3] {
            let gaps = shown(&mut world, who, ada).iter().filter(|text| *text == "[true]").count();
            assert_eq!(gaps, 1, "{who}, accepted on {accepting}: {:?}", shown(&mut world, who, ada));
        }
    }
    let (mut world, ada, _) = written(7, false, &["before", "gone"]);
    let gone = order_of(&mut world, 0, ada, "gone");
    world.command(0, Command::DeleteForMe { chat: ada, order: gone });
    assert_eq!(world.link_new(0), 2);
    run(&mut world);
    world.command(0, Command::Accept { chat: ada });
    run(&mut world);
    assert_eq!(shown(&mut world, 2, ada), ["before"]);
}

#[test]
fn what_is_said_while_it_is_accepted_is_there_or_named() {
    for accepting in [0, 2] {
        let (mut world, ada, ben) = asked_before(8);
        world.command(accepting, Command::Accept { chat: ada });
        world.send(1, ben, "just then");
        run(&mut world);
        let shown = shown(&mut world, 2, ada);
        assert!(shown == ["before", "just then"] || shown == ["before", "[true]"], "{accepting}: {shown:?}");
    }
}

#[test]
fn what_still_comes_as_history_is_not_named() {
    let (mut world, ada, ben) = written(9, true, &["before"]);
    world.add_device();
    world.connect(3);
    world.flow();
    link(&mut world, 0, 3);
    // The giver goes when it has given the conversations, and before it says that this was all.
    for _ in 0..60 {
        if world.texts(3, ada) == ["before"] {
            break;
        }
        run_with(&mut world, &[0, 2, 3], 1);
    }
    world.disconnect(0);
    assert!(!over(&world, 3), "history still comes");
    world.send(1, ben, "between");
    run_with(&mut world, &[1, 2, 3], 10);
    world.command(2, Command::Accept { chat: ada });
    run_with(&mut world, &[1, 2, 3], 60);
    assert_eq!(shown(&mut world, 3, ada), ["before"], "the other device may still give it");
    world.now += 16 * 60_000;
    run_with(&mut world, &[1, 2, 3], 120);
    assert!(over(&world, 3));
    assert_eq!(shown(&mut world, 3, ada), ["before", "between"]);
    run(&mut world);
    assert_eq!(shown(&mut world, 3, ada), ["before", "between"]);
}
