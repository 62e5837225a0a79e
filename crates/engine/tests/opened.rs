//! Who has opened what may be seen once, and who hears of it, whatever comes first or is lost.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod history_setup;
mod sim;

use std::{cell::Cell, rc::Rc};

use files_setup::{last, once, open, send, world};
use history_setup::hiking_on_two;
use sim::{Groups as _, World, hiking};
use xchat_engine::api::{
    Body, ChatId, Command, Event, FileCommand, GroupChange, Holds, Known, MessageView, Problem, StagedFile,
};
use xchat_wire::{Address, BlobClaim, BlobHash, ClientFrame, Refusal, Reply, ServerFrame};

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

/// The log in which device 0 writes next.
fn log_of_the_next(world: &mut World) -> Rc<Cell<Option<Address>>> {
    let log = Rc::new(Cell::new(None));
    let found = log.clone();
    world.tamper = Some(Box::new(move |who, frame| {
        if let ClientFrame::Append { log, .. } = &frame
            && who == 0
            && found.get().is_none()
        {
            found.set(Some(*log));
        }
        frame
    }));
    log
}

#[test]
fn what_another_device_has_opened_before_it_came_here_is_opened_when_it_comes() {
    let (mut world, group) = hiking_on_two(3);
    // Nothing comes to Ben's other device of the group's log.
    let (log, later) = (log_of_the_next(&mut world), Rc::new(Cell::new(false)));
    let (held_up, come) = (log.clone(), later.clone());
    world.lie = Some(Box::new(move |who, frame| match &frame {
        ServerFrame::Record { address, .. }
        | ServerFrame::CaughtUp { address, .. }
        | ServerFrame::Fenced { address, .. }
            if who == 3 && !come.get() && held_up.get() == Some(*address) =>
        {
            None
        }
        _ => Some(frame),
    }));
    let files = [1, 2].map(|_| once(&mut world, 0));
    for (file, text) in files.iter().zip(["first", "second"]) {
        send(&mut world, 0, group, std::slice::from_ref(file), text);
        world.flow();
    }
    assert!(log.get().is_some());
    // What Ben opens once he is out, his own devices are told in their own log.
    let person = world.person(1);
    world.change(0, group, GroupChange::Remove { person });
    world.flow();
    let messages = world.messages(1, group);
    let first = messages.iter().find(|message| message.attachments.is_some()).unwrap().order;
    world.command(1, open(group, first));
    world.flow();
    world.command(1, Command::Seen { chat: group, order: u64::MAX });
    world.flow();
    assert!(world.is_connected(3) && world.messages(3, group).iter().all(|message| message.holds.is_none()));
    world.crash(3);
    later.set(true);
    world.settle();
    let messages = world.messages(3, group);
    let opened = messages.iter().filter(|message| matches!(message.body, Body::Opened(Holds::Picture)));
    let other: Vec<_> = messages.iter().filter_map(|message| message.attachments.as_ref()).collect();
    assert_eq!((opened.count(), other.len()), (1, 1), "{messages:?}");
    assert_eq!(world.group(3).unread, 0, "and what was read there is read here");
}

#[test]
fn what_was_opened_is_told_again_when_the_relay_refused_to_hear_of_it() {
    let (mut world, ada, ben) = sent(4);
    let order = last(&mut world, 1, ben).order;
    let refused = Rc::new(Cell::new(None));
    let told = refused.clone();
    world.tamper = Some(Box::new(move |who, frame| match frame {
        // The relay does not get it.
        ClientFrame::Append { request, .. } if who == 1 && told.get().is_none() => {
            told.set(Some(request));
            ClientFrame::ReleaseBlob { request, hash: BlobHash::new([0; 32]), claim: BlobClaim::new([0; 32]) }
        }
        frame => frame,
    }));
    let failed = refused.clone();
    world.lie = Some(Box::new(move |who, frame| match frame {
        ServerFrame::Reply { request, .. } if who == 1 && failed.get() == Some(request) => {
            Some(ServerFrame::Reply { request, reply: Reply::Refused { reason: Refusal::TooLarge } })
        }
        frame => Some(frame),
    }));
    world.command(1, open(ben, order));
    world.flow();
    assert!(refused.get().is_some());
    assert!(matches!(last(&mut world, 0, ada).body, Body::Text { .. }), "not yet");
    assert!(world.is_connected(1));
    world.disconnect(1);
    world.settle();
    assert_eq!(last(&mut world, 0, ada).body, Body::Opened(Holds::Picture));
}

/// Ada's group, in which she has sent what may be seen once.
fn in_a_group(names: &[&str], seed: u64) -> (World, ChatId, StagedFile) {
    let (mut world, group) = hiking(names, seed);
    world.relay.keep_blobs(u64::MAX);
    let file = once(&mut world, 0);
    send(&mut world, 0, group, std::slice::from_ref(&file), "");
    world.settle();
    (world, group, file)
}

fn look(world: &mut World, who: usize, group: ChatId) {
    let messages = world.messages(who, group);
    let order = messages.iter().rfind(|message| message.attachments.is_some()).unwrap().order;
    world.command(who, open(group, order));
    world.settle();
}

/// Whether Ada and the relay have it still.
fn is_kept(world: &mut World, group: ChatId, file: &StagedFile) -> bool {
    let there = world.relay.blob(&file.source.chunks[0], world.now).is_some();
    assert_eq!(world.messages(0, group).iter().any(|message| message.attachments.is_some()), there);
    there
}

#[test]
fn who_goes_without_having_looked_is_not_waited_for() {
    for leaves in [false, true] {
        let (mut world, group, file) = in_a_group(&sim::THREE, 5);
        look(&mut world, 1, group);
        assert!(is_kept(&mut world, group, &file));
        let person = world.person(2);
        match leaves {
            true => world.command(2, Command::LeaveGroup { chat: group }),
            false => world.change(0, group, GroupChange::Remove { person }),
        }
        world.settle();
        assert!(!is_kept(&mut world, group, &file));
        let opened = |message: &MessageView| message.body == Body::Opened(Holds::Picture);
        let message = world.messages(0, group).into_iter().find(opened).unwrap();
        world.command(0, Command::Details { chat: group, order: message.order });
        let known = world.devices[0].events.iter().rev().find_map(|event| match event {
            Event::Details { known, .. } => Some(Known::from_bytes(known).unwrap()),
            _ => None,
        });
        let read = known.unwrap().receipts.iter().filter(|receipt| receipt.read.is_some()).count();
        assert_eq!(read, 1, "nobody says that they have looked");
    }
}

#[test]
fn who_comes_when_it_was_sent_is_not_waited_for_and_who_comes_before_is() {
    for before in [false, true] {
        let mut world = sim::friends(&["Ada", "Ben", "Cleo", "Dora"], 6);
        world.relay.keep_blobs(u64::MAX);
        let people = [1, 2, 3].map(|who| world.person(who));
        world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: people[..2].to_vec() });
        world.settle();
        let group = world.group(0).id;
        let file = once(&mut world, 0);
        // It waits for its bytes.
        world.weather = Some(Box::new(move |who, _| if who == 0 && before { 503 } else { 0 }));
        send(&mut world, 0, group, std::slice::from_ref(&file), "");
        world.flow();
        world.change(0, group, GroupChange::Add { people: people[2..].to_vec() });
        world.weather = None;
        world.settle();
        let seen = world.messages(3, group).iter().any(|message| message.attachments.is_some());
        assert_eq!(seen, before);
        for who in [1, 2] {
            assert!(is_kept(&mut world, group, &file));
            look(&mut world, who, group);
        }
        assert_eq!(is_kept(&mut world, group, &file), before);
        if before {
            look(&mut world, 3, group);
            assert!(!is_kept(&mut world, group, &file));
        }
    }
}
