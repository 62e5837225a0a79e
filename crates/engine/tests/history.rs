//! What was said before a device was linked comes to it: in its order, once, as it was.
#![allow(clippy::unwrap_used)]

mod history_setup;
mod sim;

use std::{cell::Cell, rc::Rc};

use history_setup::{confirm, everything, hold, link, many, order_of, over, run, run_for, run_with, word, world};
use sim::{Crash, Groups as _, World, hiking};
use xchat_engine::api::{Body, ChatId, Command, Event, GroupChange, Mark, PersonId, Quote};

#[test]
fn a_new_device_has_what_was_said_before_it() {
    let (mut world, ada, ben) = world(1);
    for text in ["one", "two", "three"] {
        world.send(0, ada, text);
        world.send(1, ben, &format!("{text} too"));
        world.settle();
    }
    link(&mut world, 0, 2);
    world.send(1, ben, "after");
    run(&mut world);
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
    assert_eq!(world.texts(2, ada).len(), 8);
    assert!(over(&world, 2) && over(&world, 0));
    let last = world.chats(2).into_iter().find(|chat| chat.id == ada).unwrap().last.unwrap();
    assert_eq!(last.body, world.messages(0, ada).pop().unwrap().body);
    let rows = |prefix: &[u8]| world.devices[0].database.0.keys().filter(|(_, _, key)| key.starts_with(prefix)).count();
    for prefix in [&b"give/"[..], b"upload/", b"bytes/"] {
        assert_eq!(rows(prefix), 0, "the old device forgets");
    }
    let new = &world.devices[2].database.0;
    assert!(new.keys().all(|(_, _, key)| key != b"take" && !key.starts_with(b"history/") && key != b"awaiting"));
}

/// Replies, edits, deletions, reactions, a poll with votes, a pin, and marks.
fn a_lively_conversation(world: &mut World, ada: ChatId, ben: ChatId) {
    for (who, chat, text) in [(0, ada, "first"), (1, ben, "second"), (0, ada, "third"), (0, ada, "fourth")] {
        world.send(who, chat, text);
        world.settle();
    }
    let second = order_of(world, 0, ada, "second");
    world.command(0, Command::Reply { chat: ada, order: second, text: "I answer".to_owned(), tag: 1 });
    world.command(0, Command::React { chat: ada, order: second, emoji: "👍".to_owned(), on: true });
    world.settle();
    let third = order_of(world, 0, ada, "third");
    world.command(0, Command::Edit { chat: ada, order: third, text: "third, better".to_owned() });
    let fourth = order_of(world, 0, ada, "fourth");
    world.command(0, Command::DeleteForAll { chat: ada, order: fourth });
    world.command(0, Command::Pin { chat: ada, order: second, on: true });
    let (question, options) = ("Where?".to_owned(), vec!["here".to_owned(), "there".to_owned()]);
    world.command(1, Command::Poll { chat: ben, question, options, multiple: false, tag: 2 });
    world.settle();
    let poll = world.messages(0, ada).pop().unwrap().order;
    world.command(0, Command::Vote { chat: ada, order: poll, choices: vec![1] });
    world.settle();
    let seen = order_of(world, 1, ben, "first");
    world.command(1, Command::Seen { chat: ben, order: seen });
    world.settle();
}

#[test]
fn everything_is_as_it_was() {
    let (mut world, ada, ben) = world(2);
    a_lively_conversation(&mut world, ada, ben);
    world.send(1, ben, "not seen by anybody");
    world.settle();
    link(&mut world, 0, 2);
    run(&mut world);
    let (old, new) = (everything(&mut world, 0, ada), everything(&mut world, 2, ada));
    assert_eq!(new, old);
    let marks: Vec<_> = new.iter().filter_map(|message| message.mark).collect();
    assert!(marks.contains(&Mark::Read) && marks.contains(&Mark::Delivered), "{marks:?}");
    assert!(new.iter().any(|message| matches!(message.quote, Some(Quote::Here { .. }))));
    assert!(new.iter().any(|message| matches!(&message.body, Body::Poll { voters: 1, .. })));
    let view = |world: &mut World, who| world.chats(who).into_iter().find(|chat| chat.id == ada).unwrap();
    let (old, new) = (view(&mut world, 0), view(&mut world, 2));
    assert_eq!((new.unread, new.pins.len(), new.pins[0].text.clone()), (old.unread, 1, old.pins[0].text.clone()));
    assert!(new.time.abs_diff(old.time) < 1_000, "it stands where it stood");
    assert_eq!(new.last.unwrap().body, old.last.unwrap().body);

    // What comes later finds its way to what came as history.
    let second = order_of(&mut world, 1, ben, "second");
    world.command(1, Command::Edit { chat: ben, order: second, text: "second, better".to_owned() });
    let last = world.messages(2, ada).pop().unwrap().order;
    world.command(2, Command::Seen { chat: ada, order: last });
    world.settle();
    assert_eq!(everything(&mut world, 2, ada), everything(&mut world, 0, ada));
    assert_eq!((view(&mut world, 0).unread, view(&mut world, 2).unread), (0, 0));
}

#[test]
fn a_long_conversation_comes_in_chunks_and_is_whole() {
    let (mut world, ada, ben) = world(3);
    many(&mut world, ben, 300, 10_000);
    link(&mut world, 0, 2);
    run(&mut world);
    assert!(world.relay.blobs_mut().count() >= 3);
    assert!(world.relay.blobs_mut().all(|(_, bytes)| bytes.len() < 1_300_000));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
    assert_eq!(world.texts(2, ada).len(), 301);
    let counts: Vec<u64> = world.devices[2].events.iter().filter_map(progress).collect();
    assert!(counts.len() >= 3 && counts.is_sorted() && counts.last() == Some(&301), "{counts:?}");
}

fn progress(event: &Event) -> Option<u64> {
    match event {
        Event::History { giving: false, messages, .. } => Some(*messages),
        _ => None,
    }
}

#[test]
fn what_happens_to_a_message_on_its_way_happens_to_it_when_it_is_there() {
    let (mut world, ada, ben) = world(4);
    a_lively_conversation(&mut world, ada, ben);
    let held = hold(&mut world, 2);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    assert!(world.relay.blobs_mut().count() > 0, "it was packed");
    let second = order_of(&mut world, 1, ben, "second");
    world.command(1, Command::Edit { chat: ben, order: second, text: "second, much better".to_owned() });
    let first = order_of(&mut world, 1, ben, "first");
    world.command(1, Command::React { chat: ben, order: first, emoji: "🎉".to_owned(), on: true });
    world.command(1, Command::React { chat: ben, order: second, emoji: "🎉".to_owned(), on: true });
    world.settle();
    // A reaction is taken back before the message is there.
    world.command(1, Command::React { chat: ben, order: second, emoji: "🎉".to_owned(), on: false });
    world.command(1, Command::Reply { chat: ben, order: first, text: "to the first".to_owned(), tag: 1 });
    world.settle();
    world.send(2, ada, "from the new one");
    world.settle();
    held.set(0);
    run_for(&mut world, 400);
    assert!(over(&world, 2));
    let (old, new) = (everything(&mut world, 0, ada), everything(&mut world, 2, ada));
    assert_eq!(new, old);
    assert!(matches!(new[new.len() - 2].quote, Some(Quote::Here { .. })), "{:?}", new[new.len() - 2]);
}

#[test]
fn what_has_vanished_does_not_come_back_and_what_will_goes_on_time() {
    let (mut world, ada, ben) = world(5);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(300) });
    world.settle();
    world.send(0, ada, "soon gone");
    world.send(1, ben, "not read yet");
    world.settle();
    let held = hold(&mut world, 2);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    assert!(world.texts(0, ada).contains(&"> soon gone".to_owned()));
    world.now += 400_000;
    world.send(0, ada, "later");
    run_for(&mut world, 3);
    assert!(!world.texts(0, ada).contains(&"> soon gone".to_owned()));
    held.set(0);
    run_for(&mut world, 100);
    assert!(over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
    assert_eq!(world.rows_with(2, "soon gone"), 0);
    // The greeting, the timer, and what waits to be read: what has vanished was not even taken in to go again.
    assert_eq!(world.devices[2].events.iter().rev().find_map(progress), Some(3));
    let unread = order_of(&mut world, 2, ada, "not read yet");
    world.command(2, Command::Seen { chat: ada, order: unread });
    run_for(&mut world, 3);
    world.now += 400_000;
    run_for(&mut world, 3);
    for who in [0, 2] {
        assert_eq!(world.rows_with(who, "not read yet"), 0, "{who}");
    }
}

#[test]
fn groups_their_people_the_own_notes_and_groups_that_were_left_come_too() {
    let (mut world, group) = hiking(&sim::THREE, 6);
    world.relay.keep_blobs(u64::MAX);
    world.send(1, group, "from Ben");
    world.send(2, group, "from Cleo");
    world.settle();
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Remove { person: cleo });
    world.send(0, group, "she is gone");
    world.settle();
    let ben: Vec<PersonId> = vec![world.person(1)];
    world.command(0, Command::CreateGroup { name: "Left".to_owned(), people: ben });
    world.settle();
    let left = world.chats(0).into_iter().find(|chat| chat.name == "Left").unwrap().id;
    world.send(0, left, "good-bye");
    world.settle();
    world.command(0, Command::LeaveGroup { chat: left });
    world.settle();
    world.add_device();
    world.connect(3);
    link(&mut world, 0, 3);
    run(&mut world);
    assert!(over(&world, 3), "{:?}", word(&world, 3));
    for chat in [group, left] {
        assert_eq!(everything(&mut world, 3, chat), everything(&mut world, 0, chat));
        assert!(everything(&mut world, 3, chat).len() > 2);
    }
    assert!(world.said(3, group).contains(&"Cleo: from Cleo".to_owned()), "{:?}", world.said(3, group));
    world.send(1, group, "goes on");
    world.settle();
    assert_eq!(world.said(3, group), world.said(0, group));
}

#[test]
fn a_crash_in_any_step_of_either_device_loses_and_doubles_nothing() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
        for who in [0, 2] {
            for at in (1..60).step_by(7) {
                let (mut world, ada, ben) = world(1000 + at);
                world.send(1, ben, "one");
                world.settle();
                world.send(0, ada, "two");
                world.settle();
                world.begin_link(0, 2);
                world.command(2, Command::ConfirmLink { right: true });
                world.command(0, Command::ConfirmLink { right: true });
                world.deliver_up(0);
                while world.chats_and_account(2).is_none() {
                    world.deliver_down(2, 64);
                }
                world.devices[who].crash_at = Some((world.devices[who].steps + at, crash));
                run_for(&mut world, 40);
                if !over(&world, 2) {
                    // The word that the relay has the grant was lost with the old device: the new one asks.
                    run_for(&mut world, 1_000);
                }
                assert!(over(&world, 2), "{crash:?} of {who} at {at}: {:?}", word(&world, 2));
                assert_eq!(world.texts(2, ada), ["> hello", "one", "> two"], "{crash:?} of {who} at {at}");
            }
        }
    }
}

#[test]
fn a_chunk_that_is_gone_is_packed_anew() {
    let (mut world, ada, ben) = world(7);
    many(&mut world, ben, 150, 10_000);
    let held = hold(&mut world, 2);
    link(&mut world, 0, 2);
    run_for(&mut world, 60);
    assert!(over(&world, 0) && !over(&world, 2));
    world.relay.lose_blobs();
    held.set(0);
    run_for(&mut world, 700);
    assert!(over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
}

#[test]
fn bytes_that_are_not_the_right_ones_are_taken_by_nobody() {
    let (mut world, ada, ben) = world(8);
    world.send(1, ben, "one");
    world.settle();
    let held = hold(&mut world, 2);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    let right: Vec<Vec<u8>> = world.relay.blobs_mut().map(|(_, bytes)| bytes.clone()).collect();
    for (_, bytes) in world.relay.blobs_mut() {
        bytes[100] ^= 1;
    }
    held.set(0);
    run_for(&mut world, 3);
    assert!(world.chats(2).iter().all(|chat| chat.last.is_none()), "nothing was taken");
    for ((_, bytes), right) in world.relay.blobs_mut().zip(right) {
        *bytes = right;
    }
    run_for(&mut world, 300);
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
    assert!(over(&world, 2));
}

#[test]
fn a_relay_that_never_gives_the_right_bytes_is_asked_no_more_than_so_often() {
    let (mut world, _, ben) = world(9);
    world.send(1, ben, "one");
    world.settle();
    let fetches = Rc::new(Cell::new(0));
    let count = fetches.clone();
    world.weather = Some(Box::new(move |who, work| {
        if who == 2 && matches!(work, xchat_engine::BlobWork::Fetch { .. }) {
            count.set(count.get() + 1);
        }
        0
    }));
    link(&mut world, 0, 2);
    for _ in 0..4_000 {
        for (_, bytes) in world.relay.blobs_mut() {
            bytes.fill(0);
        }
        run_for(&mut world, 1);
    }
    assert!(over(&world, 2), "{:?}", word(&world, 2));
    assert!(fetches.get() <= 5 * 65, "{}", fetches.get());
}

#[test]
fn another_device_gives_what_the_first_does_not() {
    let (mut world, ada, ben) = world(10);
    many(&mut world, ben, 150, 10_000);
    link(&mut world, 0, 2);
    run(&mut world);
    world.add_device();
    world.connect(3);
    world.flow();
    let held = hold(&mut world, 0);
    link(&mut world, 0, 3);
    run_for(&mut world, 20);
    // The one that linked it has uploaded one chunk, and is never seen again.
    held.set(0);
    while world.relay.blobs_mut().count() < 3 {
        world.now += 1_000;
        world.tick(0);
        world.flow();
    }
    world.flow();
    world.disconnect(0);
    run_with(&mut world, &[1, 2, 3], 1_200);
    assert!(over(&world, 3), "{:?}", word(&world, 3));
    assert_eq!(world.texts(3, ada), world.texts(2, ada));
    assert_eq!(world.texts(3, ada).len(), 151);
    // It comes back, and gives nothing twice.
    run_for(&mut world, 100);
    assert_eq!(world.texts(3, ada), world.texts(2, ada));
}

#[test]
fn nobody_waits_for_a_device_that_was_let_in_and_does_not_come() {
    // Whose key is the lower one differs.
    for seed in 30..34 {
        let (mut world, ada, ben) = world(seed);
        world.send(1, ben, "before");
        world.settle();
        world.begin_link(0, 2);
        world.command(0, Command::ConfirmLink { right: true });
        world.flow();
        world.disconnect(2);
        world.add_device();
        let new = 3;
        world.connect(new);
        world.flow();
        link(&mut world, 0, new);
        run_with(&mut world, &[0, new], 10);
        assert!(over(&world, new), "seed {seed}: {:?}", word(&world, new));
        assert_eq!(world.texts(new, ada), world.texts(0, ada), "seed {seed}");
    }
}

#[test]
fn a_device_that_was_revoked_is_given_nothing() {
    let (mut world, _, ben) = world(11);
    world.send(1, ben, "one");
    world.settle();
    let held = hold(&mut world, 0);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    let bytes =
        |world: &World| world.devices[0].database.0.keys().filter(|(_, _, key)| key.starts_with(b"bytes/")).count();
    assert_eq!(bytes(&world), 1, "on its way");
    world.command(2, Command::Devices);
    let device = world.devices[2].events.iter().rev().find_map(|event| match event {
        Event::Devices { devices } => Some(devices[0].device),
        _ => None,
    });
    world.command(0, Command::RevokeDevice { device: device.unwrap() });
    assert_eq!(bytes(&world), 0);
    held.set(0);
    run_for(&mut world, 300);
    assert_eq!(world.relay.blobs_mut().count(), 0);
    assert!(world.chats(2).iter().all(|chat| chat.last.is_none()));
}

#[test]
fn a_conversation_that_a_device_lacks_the_beginning_of_says_so_in_its_first_line() {
    let (mut world, ada, ben) = world(12);
    world.send(1, ben, "before");
    world.settle();
    world.begin_link(0, 2);
    world.command(0, Command::ShareHistory { on: false });
    confirm(&mut world, 0, 2);
    let linked = world.now;
    run_for(&mut world, 10);
    world.send(1, ben, "after");
    world.settle();
    let bodies = world.messages(2, ada).into_iter().map(|message| message.body).collect::<Vec<_>>();
    let [Body::Gap { from: 0, to }, Body::Text { .. }] = bodies.as_slice() else { panic!("{bodies:?}") };
    assert!((linked..=world.now).contains(to));
    assert!(world.chats(2).iter().all(|chat| chat.name != "Ada"), "notes that there were none of do not show");
    // Where nothing was said before nothing is missing.
    world.command(0, Command::CreateGroup { name: "Later".to_owned(), people: Vec::new() });
    run_for(&mut world, 10);
    let group = world.chats(2).into_iter().find(|chat| chat.name == "Later").unwrap().id;
    assert!(world.messages(2, group).iter().all(|message| !matches!(message.body, Body::Gap { .. })));
    assert!(world.messages(0, ada).iter().all(|message| !matches!(message.body, Body::Gap { .. })));
}

#[test]
fn a_page_that_opens_while_history_comes_or_goes_hears_how_far_it_is() {
    let (mut world, ada, ben) = world(14);
    world.send(1, ben, "one of them");
    world.settle();
    let held = hold(&mut world, 2);
    world.send(0, ada, "another");
    world.settle();
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    for (who, gives) in [(0, true), (2, false)] {
        world.devices[who].events.clear();
        world.input(who, xchat_engine::Input::Attach);
        let heard = word(&world, who);
        // The giver may be done by now; the one who takes cannot be.
        let fits = |word| matches!(word, Event::History { giving, over: false, .. } if giving == gives);
        assert!(heard.map_or(gives, fits), "{who}");
    }
    held.set(0);
    run(&mut world);
    assert!(over(&world, 2));
    world.devices[2].events.clear();
    world.input(2, xchat_engine::Input::Attach);
    assert_eq!(word(&world, 2), None, "nothing more is to be said");
}

#[test]
fn a_device_that_is_linked_without_history_has_none() {
    let (mut world, _, _) = world(12);
    world.begin_link(0, 2);
    world.command(0, Command::ShareHistory { on: false });
    confirm(&mut world, 0, 2);
    run_for(&mut world, 1_000);
    assert_eq!((word(&world, 0), word(&world, 2)), (None, None));
    assert_eq!(world.relay.blobs_mut().count(), 0);
    assert!(world.chats(2).iter().all(|chat| chat.last.is_none()));
}

#[test]
fn a_conversation_that_was_deleted_meanwhile_stays_so() {
    let (mut world, ada, ben) = world(13);
    world.send(1, ben, "kept no longer");
    world.settle();
    let held = hold(&mut world, 2);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    world.command(2, Command::Delete { chat: ada });
    world.settle();
    held.set(0);
    run_for(&mut world, 400);
    assert!(over(&world, 2));
    world.send(1, ben, "anew");
    world.settle();
    assert_eq!(world.texts(2, ada), ["anew"]);
    assert_eq!(world.rows_with(2, "kept no longer"), 0);
}

#[test]
fn the_relay_sees_sealed_bytes_of_coarse_sizes_alone() {
    let (mut world, _, ben) = world(14);
    world.shown = Some(Vec::new());
    many(&mut world, ben, 20, 500);
    world.send(1, ben, "a sentence that nobody else may read");
    world.settle();
    link(&mut world, 0, 2);
    run(&mut world);
    assert!(over(&world, 2));
    let sealed: Vec<Vec<u8>> = world.relay.blobs_mut().map(|(_, bytes)| bytes.clone()).collect();
    assert!(!sealed.is_empty());
    for bytes in sealed.iter().chain(&world.shown) {
        for text in [&b"a sentence that nobody"[..], b"xxxxxxxxxxxxxxxx"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text));
        }
    }
    for bytes in &sealed {
        let padded = bytes.len() - 41;
        assert_eq!(padded % xchat_engine::content::padding_block(padded), 0);
    }
}

#[test]
fn a_device_that_learns_of_a_chunk_before_it_has_read_as_far_takes_nothing_twice() {
    for seed in 40..48 {
        let (mut world, ada, ben) = world(seed);
        world.begin_link(0, 2);
        world.command(0, Command::ConfirmLink { right: true });
        world.command(2, Command::ConfirmLink { right: true });
        // The new one comes into every conversation, and is away before anything is packed.
        world.flow();
        assert_eq!(world.relay.blobs_mut().count(), 0);
        world.disconnect(2);
        world.send(1, ben, "in the chunk and in the log");
        for _ in 0..60 {
            for who in 0..2 {
                world.connect(who);
            }
            world.flow();
            world.now += 1_000;
            for who in 0..2 {
                world.tick(who);
            }
        }
        assert!(world.relay.blobs_mut().count() > 0);
        // It is back: one frame at a time, and blobs at once.
        world.connect(2);
        for _ in 0..400 {
            while world.deliver_up(2) {}
            world.deliver_down(2, 1);
            while world.deliver_blob(2) {}
        }
        run_for(&mut world, 60);
        assert!(over(&world, 2), "{seed}");
        assert_eq!(world.texts(2, ada), world.texts(0, ada), "{seed}");
    }
}

#[test]
fn who_is_no_contact_and_no_member_any_more_is_still_called_by_name() {
    let (mut world, group) = hiking(&sim::THREE, 50);
    world.relay.keep_blobs(u64::MAX);
    world.send(2, group, "from Cleo");
    world.settle();
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Remove { person: cleo });
    world.settle();
    world.add_device();
    world.connect(3);
    link(&mut world, 1, 3);
    run(&mut world);
    // To Ben she was a member of a group and nothing else.
    assert_eq!(world.said(3, group), ["Cleo: from Cleo"]);
}
