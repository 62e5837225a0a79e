//! Chunks at the relay are held by the messages that have them: the last one that is deleted for all takes them along, and none before.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod history_setup;
mod sim;

use std::{cell::Cell, rc::Rc};

use files_setup::{files, last, once, open, pass, send, staged, world};
use history_setup::{link, run};
use sim::{Crash, World, hiking};
use xchat_engine::{
    BlobWork,
    api::{Body, ChatId, Command, GroupChange, Halt, Mark, StagedFile},
};
use xchat_wire::{ClientFrame, Refusal, Reply, ServerFrame};

/// Ada has sent Ben a file.
fn sent(seed: u64) -> (World, ChatId, ChatId, StagedFile) {
    let (mut world, ada, ben) = world(seed);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "the hut");
    world.settle();
    assert!(is_there(&world, &file));
    (world, ada, ben, file)
}

fn is_there(world: &World, file: &StagedFile) -> bool {
    file.source.chunks.iter().any(|chunk| world.relay.blob(chunk, world.now).is_some())
}

fn delete_for_all(world: &mut World, who: usize, chat: ChatId) {
    let order = last(world, who, chat).order;
    world.command(who, Command::DeleteForAll { chat, order });
    world.settle();
}

fn forward(world: &mut World, who: usize, chat: ChatId, to: &[ChatId]) {
    let order = last(world, who, chat).order;
    world.command(who, Command::Forward { chat, order, to: to.to_vec() });
}

/// Rows that say what the relay is still to be told.
fn releases(world: &World, who: usize) -> usize {
    world.devices[who].database.0.keys().filter(|(_, _, key)| key.starts_with(b"release/")).count()
}

/// Counts what is put at the relay.
fn count_puts(world: &mut World) -> Rc<Cell<u32>> {
    let puts = Rc::new(Cell::new(0));
    let count = puts.clone();
    world.weather = Some(Box::new(move |_, work| {
        if matches!(work, BlobWork::PutKept { .. }) {
            count.set(count.get() + 1);
        }
        0
    }));
    puts
}

#[test]
fn what_its_sender_deletes_for_all_is_at_the_relay_no_more() {
    let (mut world, ada, ben, file) = sent(1);
    delete_for_all(&mut world, 0, ada);
    assert!(!is_there(&world, &file));
    assert_eq!((last(&mut world, 1, ben).body, releases(&world, 0)), (Body::Deleted, 0));
    assert_eq!(world.devices[0].discarded, file.source.chunks, "Ada keeps nothing of it");
}

#[test]
fn who_names_chunks_of_another_message_and_deletes_that_takes_nothing_from_others() {
    let (mut world, ada, _, _) = sent(19);
    delete_for_all(&mut world, 0, ada);
    assert!(world.devices[1].discarded.is_empty(), "Ben may have it of another message, whose author is gone");
}

#[test]
fn a_copy_that_is_deleted_takes_nothing_from_what_it_is_a_copy_of_on_the_same_device() {
    let (mut world, _, ben, file) = sent(17);
    forward(&mut world, 1, ben, &[ben]);
    world.settle();
    delete_for_all(&mut world, 1, ben);
    assert!(is_there(&world, &file), "Ada's message has it");
    for who in [0, 1] {
        assert!(world.devices[who].discarded.is_empty(), "device {who} may have it of a time that the relay forgets");
    }
}

#[test]
fn what_is_deleted_when_the_relay_keeps_it_no_more_stays_for_others_that_were_given_it_before() {
    let (mut world, ada, _, _) = sent(18);
    world.now += 31 * 24 * 3_600_000;
    delete_for_all(&mut world, 0, ada);
    assert!(world.devices.iter().all(|device| device.discarded.is_empty()));
}

#[test]
fn what_is_deleted_without_a_connection_is_given_up_when_there_is_one() {
    let (mut world, ada, _, file) = sent(2);
    world.disconnect(0);
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    assert_eq!(releases(&world, 0), 1);
    world.crash(0);
    assert!(is_there(&world, &file));
    world.settle();
    assert!(!is_there(&world, &file));
    assert_eq!(releases(&world, 0), 0);
}

#[test]
fn who_deletes_a_message_for_themselves_or_a_conversation_takes_it_from_nobody() {
    let (mut world, ada, ben, file) = sent(3);
    let order = last(&mut world, 1, ben).order;
    world.command(1, Command::DeleteForMe { chat: ben, order });
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::DeleteForMe { chat: ada, order });
    world.settle();
    assert!(is_there(&world, &file));

    let (mut world, ada, _, file) = sent(4);
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    assert!(is_there(&world, &file));
}

#[test]
fn another_device_of_the_same_person_gives_up_what_the_first_has_sent() {
    let (mut world, ada, _) = world(5);
    world.add_device();
    world.connect(2);
    world.flow();
    link(&mut world, 0, 2);
    run(&mut world);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    run(&mut world);
    delete_for_all(&mut world, 2, ada);
    assert!(!is_there(&world, &file));
    assert_eq!(last(&mut world, 0, ada).body, Body::Deleted);
}

#[test]
fn a_file_that_is_sent_twice_goes_up_once_and_stays_until_both_are_deleted() {
    let (mut world, ada, ben) = world(6);
    let puts = count_puts(&mut world);
    let file = staged(&mut world, 0, 9 << 20);
    for _ in 0..2 {
        send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    }
    world.settle();
    assert_eq!(puts.get(), 2, "of two chunks");
    assert_eq!(world.messages(1, ben).iter().filter(|message| message.holds.is_some()).count(), 2);
    let messages = world.messages(0, ada);
    let [.., first, second] = &messages[..] else { unreachable!() };
    assert!(first.mark >= Some(Mark::Sent) && second.mark >= Some(Mark::Sent));
    world.command(0, Command::DeleteForAll { chat: ada, order: first.order });
    world.settle();
    for chunk in &file.source.chunks {
        assert!(world.relay.blob(chunk, world.now).is_some());
    }
    world.command(0, Command::DeleteForAll { chat: ada, order: second.order });
    world.settle();
    assert!(!is_there(&world, &file));
}

#[test]
fn what_somebody_passes_on_is_not_sent_again_and_stays_when_its_author_deletes_it() {
    let (mut world, group) = hiking(&sim::THREE, 7);
    world.relay.keep_blobs(u64::MAX);
    let file = staged(&mut world, 0, 9 << 20);
    send(&mut world, 0, group, std::slice::from_ref(&file), "");
    world.settle();
    let puts = count_puts(&mut world);
    let before = files(&last(&mut world, 1, group)).files[0].expires;
    world.now += 24 * 3_600_000;
    let with_ada = world.chats(1).into_iter().find(|chat| chat.group.is_none()).unwrap().id;
    forward(&mut world, 1, group, &[group, with_ada]);
    assert_eq!(last(&mut world, 1, group).mark, Some(Mark::Pending), "it waits for the relay's word");
    world.settle();
    assert_eq!(puts.get(), 0);
    let copy = last(&mut world, 2, group);
    assert!(copy.forwarded && files(&copy).files[0].expires > before);
    assert_eq!(files(&copy).files[0].source.as_ref(), Some(&file.source));
    let original = world.messages(0, group).into_iter().rfind(|message| message.mine && message.holds.is_some());
    world.command(0, Command::DeleteForAll { chat: group, order: original.unwrap().order });
    world.settle();
    assert!(is_there(&world, &file), "Ben holds it twice");
    delete_for_all(&mut world, 1, group);
    assert!(is_there(&world, &file), "Ben holds it");
    delete_for_all(&mut world, 1, with_ada);
    assert!(!is_there(&world, &file));
}

#[test]
fn what_the_relay_has_no_more_goes_up_from_the_device_that_passes_it_on_or_the_message_fails() {
    let (mut world, ada, ben, file) = sent(8);
    world.relay.lose_blobs();
    forward(&mut world, 1, ben, &[ben]);
    world.flow();
    let message = last(&mut world, 1, ben);
    let halt = files(&message).going.unwrap().halt;
    assert_eq!((message.mark, halt), (Some(Mark::Failed), Some(Halt::Lost)), "Ben has not looked at it");
    let seen = world.devices[0].kept.clone();
    world.devices[1].kept = seen;
    world.command(1, Command::Retry { chat: ben, order: message.order });
    world.settle();
    assert!(last(&mut world, 0, ada).forwarded && is_there(&world, &file));
}

#[test]
fn what_is_under_way_when_its_message_is_deleted_is_given_up_after_it_has_arrived() {
    for mine in [false, true] {
        let (mut world, ada, ben) = world(9);
        let file = staged(&mut world, 0, 300);
        send(&mut world, 0, ada, std::slice::from_ref(&file), "");
        while world.devices[0].blobs.is_empty() {
            assert!(world.deliver_up(0) || world.deliver_down(0, 1));
        }
        let order = last(&mut world, 0, ada).order;
        world.command(
            0,
            match mine {
                true => Command::DeleteForMe { chat: ada, order },
                false => Command::DeleteForAll { chat: ada, order },
            },
        );
        // What there is to say is said before the bytes arrive.
        while world.deliver_up(0) || world.deliver_down(0, 9) {}
        world.settle();
        assert!(!is_there(&world, &file), "nobody has heard of it");
        assert_eq!(releases(&world, 0), 0);
        assert!(world.messages(1, ben).iter().all(|message| message.holds.is_none()));
    }
}

/// Ada hears nothing of it, but the relay has her message, and Ben reads it.
#[test]
fn what_went_into_a_room_that_is_left_since_is_taken_from_nobody_who_has_it() {
    for clears in [false, true] {
        let (mut world, group) = hiking(&sim::THREE, 21);
        world.relay.keep_blobs(u64::MAX);
        let file = staged(&mut world, 0, 300);
        send(&mut world, 0, group, std::slice::from_ref(&file), "");
        let order = last(&mut world, 0, group).order;
        let has = |world: &mut World| world.messages(1, group).iter().any(|message| message.holds.is_some());
        for round in 0.. {
            while world.deliver_up(0) || world.deliver_up(1) || world.deliver_down(1, 9) {}
            if has(&mut world) {
                break;
            }
            assert!(round < 100 && (world.deliver_blob(0) || world.deliver_down(0, 1)), "Ben is to have it");
        }
        world.disconnect(0);
        let what = GroupChange::Move { without: Vec::new() };
        world.command(0, Command::ChangeGroup { chat: group, change: what });
        world.command(
            0,
            match clears {
                true => Command::Clear { chat: group },
                false => Command::DeleteForMe { chat: group, order },
            },
        );
        world.settle();
        assert!(has(&mut world) && is_there(&world, &file), "Ben has it");
        assert_eq!(releases(&world, 0), 0);
    }
}

#[test]
fn a_leave_that_was_asked_for_when_its_message_was_deleted_keeps_nothing_from_being_given_up() {
    let (mut world, ada, _) = world(10);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    assert_eq!(releases(&world, 0), 1);
    world.disconnect(0);
    world.settle();
    assert_eq!(releases(&world, 0), 0);
}

#[test]
fn a_relay_that_is_busy_or_falls_silent_is_told_again() {
    let (mut world, ada, _, file) = sent(11);
    let busy = Rc::new(Cell::new(2));
    let left = busy.clone();
    let asked = Rc::new(Cell::new(None));
    let request = asked.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        match &frame {
            ClientFrame::ReleaseBlob { request: number, hash, .. } if left.get() > 0 => {
                request.set(Some(*number));
                // It never hears of it.
                ClientFrame::ReleaseBlob { request: *number, hash: *hash, claim: xchat_wire::BlobClaim::new([0; 32]) }
            }
            _ => frame,
        }
    }));
    let left = busy.clone();
    world.lie = Some(Box::new(move |_, frame| match frame {
        ServerFrame::Reply { request, .. } if asked.get() == Some(request) && left.get() > 0 => {
            left.set(left.get() - 1);
            let reply = Reply::Refused { reason: Refusal::Busy { retry_after_ms: 20_000 } };
            (left.get() > 0).then_some(ServerFrame::Reply { request, reply })
        }
        frame => Some(frame),
    }));
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    world.flow();
    assert!(is_there(&world, &file) && world.is_connected(0), "the connection goes on");
    pass(&mut world, 19);
    assert_eq!(busy.get(), 1, "it is not asked before then");
    pass(&mut world, 3);
    assert_eq!((busy.get(), is_there(&world, &file)), (0, true));
    world.disconnect(0);
    world.settle();
    assert!(!is_there(&world, &file));
    assert_eq!(releases(&world, 0), 0);
}

#[test]
fn many_chunks_are_given_up_one_after_another() {
    let (mut world, ada, _) = world(12);
    let file = staged(&mut world, 0, 20 << 20);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.settle();
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    let told = |world: &World| {
        let frames = world.under_way(0);
        frames.iter().filter(|frame| matches!(frame, ClientFrame::ReleaseBlob { .. })).count()
    };
    assert_eq!((told(&world), releases(&world, 0)), (1, 3));
    world.crash(0);
    world.settle();
    assert!(!is_there(&world, &file));
    assert_eq!(releases(&world, 0), 0);
}

#[test]
fn what_could_be_seen_once_is_gone_from_the_relay_when_all_others_have_looked() {
    let (mut world, group) = hiking(&sim::THREE, 13);
    world.relay.keep_blobs(u64::MAX);
    let file = once(&mut world, 0);
    send(&mut world, 0, group, std::slice::from_ref(&file), "");
    world.settle();
    for who in [1, 2] {
        assert!(is_there(&world, &file));
        let order = last(&mut world, who, group).order;
        world.command(who, open(group, order));
        world.settle();
        assert!(world.devices[who].discarded.is_empty(), "its author may have named chunks of another message");
    }
    assert_eq!(world.devices[0].discarded, file.source.chunks);
    assert!(!is_there(&world, &file));
}

#[test]
fn a_timer_takes_nothing_from_those_who_read_later() {
    let (mut world, ada, ben) = world(14);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.flow();
    pass(&mut world, 65);
    assert!(matches!(last(&mut world, 0, ada).body, Body::Timer { .. }), "it has vanished here");
    assert!(last(&mut world, 1, ben).holds.is_some() && is_there(&world, &file));
}

#[test]
fn what_an_earlier_build_had_on_its_way_arrives_unclaimed() {
    let (mut world, ada, ben) = world(15);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    let rows = &mut world.devices[0].database.0;
    let row = rows.iter_mut().find(|((_, _, key), _)| key.starts_with(b"files/")).unwrap().1;
    // Key 6, the message's id, is its last.
    let id = row.len() - 35;
    assert_eq!((row[0], &row[id..id + 3]), (0xa6, &[0x06, 0x58, 0x20][..]));
    row.truncate(id);
    row[0] -= 1;
    world.crash(0);
    world.settle();
    assert!(last(&mut world, 1, ben).holds.is_some());
    delete_for_all(&mut world, 0, ada);
    assert!(is_there(&world, &file), "until its time is over");
    assert_eq!(releases(&world, 0), 0);
}

#[test]
fn whenever_a_device_dies_what_was_passed_on_and_deleted_is_there_as_long_as_somebody_holds_it() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
        for at in 1.. {
            let (mut world, ada, ben, file) = sent(16);
            world.devices[1].crash_at = Some((world.devices[1].steps + at, crash));
            while !last(&mut world, 1, ben).forwarded {
                forward(&mut world, 1, ben, &[ben]);
            }
            world.settle();
            world.settle();
            let original = world.messages(0, ada).into_iter().rfind(|message| message.mine && message.holds.is_some());
            world.command(0, Command::DeleteForAll { chat: ada, order: original.unwrap().order });
            world.settle();
            assert!(is_there(&world, &file), "{crash:?} in step {at}: Ben's message has it");
            assert!(last(&mut world, 0, ada).forwarded);
            while last(&mut world, 1, ben).body != Body::Deleted {
                delete_for_all(&mut world, 1, ben);
            }
            world.settle();
            assert!(!is_there(&world, &file), "{crash:?} in step {at}: nobody's message has it");
            assert_eq!(releases(&world, 1), 0);
            if world.devices[1].crashes == 0 {
                assert!(at > 8, "the script is shorter than it was: {at}");
                break;
            }
        }
    }
}
