//! What tests of history need: a device linked to one that has something to give, over a relay with blobs.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::{cell::Cell, rc::Rc};

use xchat_engine::api::{Body, ChatId, Event, MessageView};

use super::sim::{self, World, hiking};

/// Ada has device 0, Ben device 1; device 2 is new. The relay keeps blobs.
pub fn world(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.relay.keep_blobs(u64::MAX);
    world.add_device();
    world.connect(2);
    world.flow();
    (world, ada, ben)
}

/// A group of three, of whom Ben has device 3 as well, linked. The relay keeps blobs.
pub fn hiking_on_two(seed: u64) -> (World, ChatId) {
    let (mut world, group) = hiking(&sim::THREE, seed);
    world.relay.keep_blobs(u64::MAX);
    world.add_device();
    world.connect(3);
    world.flow();
    link(&mut world, 1, 3);
    run(&mut world);
    (world, group)
}

/// The digits are compared, and right.
pub fn link(world: &mut World, old: usize, new: usize) {
    world.begin_link(old, new);
    confirm(world, old, new);
}

pub fn confirm(world: &mut World, old: usize, new: usize) {
    world.confirm_link(old, new);
    world.flow();
}

/// Time goes on, a second a time, until nobody has anything to do within it; at most for these seconds.
pub fn run_for(world: &mut World, seconds: u64) {
    let all: Vec<usize> = (0..world.devices.len()).collect();
    run_with(world, &all, seconds);
}

/// The same for these devices alone: the others are not connected again, and do nothing.
pub fn run_with(world: &mut World, devices: &[usize], seconds: u64) {
    for _ in 0..seconds {
        for who in devices {
            world.connect(*who);
        }
        world.flow();
        world.now += 1_000;
        for who in devices {
            world.tick(*who);
        }
    }
    world.flow();
}

pub fn run(world: &mut World) {
    run_for(world, 120);
}

/// The latest word on history that a device has told its pages.
pub fn word(world: &World, who: usize) -> Option<Event> {
    world.devices[who].events.iter().rev().find(|event| matches!(event, Event::History { .. })).cloned()
}

/// A device has said that history is over.
pub fn over(world: &World, who: usize) -> bool {
    matches!(word(world, who), Some(Event::History { over: true, .. }))
}

/// What a device shows of a conversation but its orders, which are each device's own.
pub fn everything(world: &mut World, who: usize, chat: ChatId) -> Vec<MessageView> {
    let mut messages = world.messages(who, chat);
    let orders: Vec<u64> = messages.iter().map(|message| message.order).collect();
    let place = |order: u64| orders.iter().position(|known| *known == order).map_or(u64::MAX, |at| at as u64);
    for message in &mut messages {
        message.order = place(message.order);
        // A relay dates in whole seconds, a device its own in milliseconds.
        message.time -= message.time % 1_000;
        message.edited = message.edited.map(|time| time - time % 1_000);
        message.quote = message.quote.take().map(|quote| match quote {
            xchat_engine::api::Quote::Here { order, mine, author, text, holds } => {
                xchat_engine::api::Quote::Here { order: place(order), mine, author, text, holds }
            }
            xchat_engine::api::Quote::Deleted { order } => xchat_engine::api::Quote::Deleted { order: place(order) },
            missing => missing,
        });
    }
    messages
}

/// Ben writes so many texts of this length.
pub fn many(world: &mut World, ben: ChatId, count: usize, length: usize) {
    for n in 0..count {
        world.send(1, ben, &format!("{n} {}", "x".repeat(length)));
        if n % 16 == 15 {
            world.flow();
        }
    }
    world.settle();
}

/// The order of a text.
pub fn order_of(world: &mut World, who: usize, chat: ChatId, text: &str) -> u64 {
    let messages = world.messages(who, chat);
    let found = messages.iter().find(|message| matches!(&message.body, Body::Text { text: here, .. } if here == text));
    found.unwrap_or_else(|| panic!("{text} is not among {messages:?}")).order
}

/// No blob comes to a device, nor goes from it, until the status is set to 0.
pub fn hold(world: &mut World, who: usize) -> Rc<Cell<u16>> {
    let status = Rc::new(Cell::new(503));
    let held = status.clone();
    world.weather = Some(Box::new(move |whose, _| if whose == who { held.get() } else { 0 }));
    status
}
