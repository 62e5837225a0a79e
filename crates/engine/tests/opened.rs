//! Who has opened what may be seen once, and who hears of it, whatever comes first or is lost.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod sim;

use files_setup::{last, once, open, send, world};
use sim::World;
use xchat_engine::api::{Body, ChatId, Command, Event, FileCommand, Holds, Problem};

/// Ada has sent Ben something that he may see once.
fn sent(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = world(seed);
    let file = once(&mut world, 0);
    send(&mut world, 0, ada, &[file], "");
    world.settle();
    (world, ada, ben)
}

/// What a window asks that is about to show it.
fn ask(chat: ChatId, reply: Option<u64>, order: u64, tag: u32) -> Command {
    Command::Files { chat, reply, tag: Some(tag), what: FileCommand::Opened { order }.to_bytes().into() }
}

/// All that a device's pages were told of this tag.
fn answers(world: &World, who: usize, asked: u32) -> Vec<Event> {
    let of = |event: &&Event| matches!(event, Event::Written { tag } | Event::NotWritten { tag, .. } if *tag == asked);
    world.devices[who].events.iter().filter(of).cloned().collect()
}

fn not_opened(tag: u32) -> [Event; 1] {
    [Event::NotWritten { tag, problem: Some(Problem::NoMessage) }]
}

#[test]
fn of_two_who_ask_at_the_same_moment_one_is_told_that_it_may_show() {
    let (mut world, ada, ben) = sent(1);
    let order = last(&mut world, 1, ben).order;
    for tag in [7, 8] {
        world.command(1, ask(ben, Some(order), order, tag));
    }
    world.settle();
    assert_eq!(answers(&world, 1, 7), [Event::Written { tag: 7 }]);
    assert_eq!(answers(&world, 1, 8), not_opened(8));
    assert_eq!(last(&mut world, 0, ada).body, Body::Opened(Holds::Picture));
}

#[test]
fn who_asks_for_what_is_not_theirs_to_open_or_does_not_name_it_is_told_that_it_was_not() {
    let (mut world, ada, ben) = sent(2);
    let (mine, order) = (last(&mut world, 0, ada).order, last(&mut world, 1, ben).order);
    world.command(0, ask(ada, Some(mine), mine, 1));
    assert_eq!(answers(&world, 0, 1), not_opened(1), "one's own");
    for (tag, reply) in [(2, None), (3, Some(order - 1)), (4, Some(order + 9))] {
        world.command(1, ask(ben, reply, order, tag));
        assert_eq!(answers(&world, 1, tag), not_opened(tag), "{reply:?}");
    }
    let nowhere = ChatId([9; 16]);
    world.command(1, ask(nowhere, Some(order), order, 5));
    assert_eq!(answers(&world, 1, 5), [Event::NotWritten { tag: 5, problem: Some(Problem::NoChat) }]);
    assert!(matches!(last(&mut world, 1, ben).body, Body::Text { .. }), "it is there still");
}
