//! A relay that has no room: what it refuses waits, and goes out when there is room again.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::{
    Input,
    api::{ChatId, Command, Mark},
};
use xchat_wire::{ClientFrame, Refusal, Reply, ServerFrame};

const MINUTE_MS: u64 = 60 * 1000;

/// So little that nothing more is taken.
const NOTHING: u64 = 1;

fn last_mark(world: &mut World, who: usize, chat: ChatId) -> Option<Mark> {
    world.messages(who, chat).pop().and_then(|message| message.mark)
}

/// Time passes, and what is due runs; no connection is silent for too long.
fn pass(world: &mut World, minutes: u64) {
    for _ in 0..2 * minutes {
        world.now += MINUTE_MS / 2;
        for who in 0..world.devices.len() {
            world.input(who, Input::Tick);
        }
        world.flow();
    }
}

#[test]
fn a_message_that_a_full_relay_refuses_stays_pending_and_goes_out_when_there_is_room() {
    let (mut world, ada, ben) = World::acquainted(1);
    world.relay.bound(NOTHING);
    world.send(0, ada, "one");
    world.send(0, ada, "two");
    world.flow();
    assert_eq!(last_mark(&mut world, 0, ada), Some(Mark::Pending));
    world.relay.bound(0);
    pass(&mut world, 6);
    assert_eq!(world.texts(1, ben), ["hello", "one", "two"]);
    assert_eq!(last_mark(&mut world, 0, ada), Some(Mark::Delivered));
}

#[test]
fn a_message_that_a_full_relay_refuses_goes_out_with_the_next_connection() {
    let (mut world, ada, ben) = World::acquainted(2);
    world.relay.bound(NOTHING);
    world.send(0, ada, "one");
    world.flow();
    world.relay.bound(0);
    world.disconnect(0);
    world.connect(0);
    world.flow();
    assert_eq!(world.texts(1, ben), ["hello", "one"]);
}

#[test]
fn a_relay_that_stays_full_is_asked_now_and_then_and_not_in_between() {
    let (mut world, ada, _) = World::acquainted(3);
    world.relay.bound(NOTHING);
    let refusals = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = refusals.clone();
    world.lie = Some(Box::new(move |_, frame| {
        if let ServerFrame::Reply { reply: Reply::Refused { reason: Refusal::Full }, .. } = &frame {
            counted.set(counted.get() + 1);
        }
        Some(frame)
    }));
    world.send(0, ada, "one");
    world.flow();
    world.send(0, ada, "two");
    world.flow();
    pass(&mut world, 4);
    assert_eq!(refusals.get(), 1, "what follows is not even tried");
    pass(&mut world, 30);
    assert!((5..=16).contains(&refusals.get()), "{}", refusals.get());
}

#[test]
fn a_report_that_a_full_relay_refuses_is_sent_later() {
    let (mut world, ada, ben) = World::acquainted(4);
    world.send(0, ada, "one");
    world.flow();
    world.relay.bound(NOTHING);
    let last = world.chat(1).last.unwrap().order;
    world.command(1, Command::Seen { chat: ben, order: last });
    world.flow();
    assert_eq!(last_mark(&mut world, 0, ada), Some(Mark::Delivered));
    world.relay.bound(0);
    pass(&mut world, 6);
    assert_eq!(last_mark(&mut world, 0, ada), Some(Mark::Read));
}

#[test]
fn a_card_is_put_again_after_half_a_year_and_not_with_each_connection() {
    const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
    let mut world = World::with_people(&["Ada"], 5);
    let mut puts_after = |days: u64| {
        world.disconnect(0);
        world.now += days * DAY_MS;
        world.connect(0);
        let puts = std::rc::Rc::new(std::cell::Cell::new(0));
        let counted = puts.clone();
        world.tamper = Some(Box::new(move |_, frame| {
            counted.set(counted.get() + u32::from(matches!(frame, ClientFrame::PutCell { .. })));
            frame
        }));
        world.flow();
        puts.get()
    };
    assert_eq!([puts_after(1), puts_after(170), puts_after(10), puts_after(1)], [0, 0, 1, 0]);
}

#[test]
fn a_renewal_of_the_leaf_that_a_full_relay_refuses_is_the_same_commit_later() {
    const WEEK_MS: u64 = 7 * 24 * 60 * MINUTE_MS;
    let (mut world, ada, ben) = World::acquainted(6);
    world.relay.bound(NOTHING);
    (0..2).for_each(|who| world.disconnect(who));
    world.now += 2 * WEEK_MS;
    let commits = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = commits.clone();
    world.tamper = Some(Box::new(move |who, frame| {
        if let ClientFrame::Commit { post, epoch, welcomes, .. } = &frame {
            assert_eq!((who, welcomes.len()), (0, 0));
            seen.borrow_mut().push((*post, *epoch));
        }
        frame
    }));
    world.connect(0);
    world.flow();
    pass(&mut world, 1);
    assert_eq!(commits.borrow().len(), 1);
    world.relay.bound(0);
    pass(&mut world, 6);
    assert_eq!(*commits.borrow(), vec![commits.borrow()[0]; 2], "the same post in the same epoch");
    world.send(0, ada, "in the next epoch");
    world.flow();
    assert_eq!(last_mark(&mut world, 0, ada), Some(Mark::Sent));
    world.tamper = None;
    world.connect(1);
    world.flow();
    assert_eq!(world.texts(1, ben), ["hello", "in the next epoch"]);
}
