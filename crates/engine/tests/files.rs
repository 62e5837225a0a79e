//! Files of messages: from a device's store of sealed chunks to the relay, and the message after them.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod sim;

use std::{cell::Cell, rc::Rc};

use files_setup::{files, last, pass, pause, send, staged, told, world};
use sim::{Crash, World};
use xchat_engine::{
    BlobWork, Input,
    api::{Body, Command, Event, FileCommand, Halt, Holds, MAX_FILES, Mark, Problem, StagedFile},
};
use xchat_files::{FileSource, Layout};
use xchat_wire::BlobHash;

#[test]
fn a_picture_with_words_goes_up_and_is_offered_to_the_other_with_all_that_opens_it() {
    let (mut world, ada, ben) = world(900);
    let file = staged(&mut world, 0, 5_000);
    world.disconnect(0);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "the hut");
    let message = last(&mut world, 0, ada);
    assert_eq!((message.mark, message.holds), (Some(Mark::Pending), Some(Holds::Picture)));
    let going = files(&message).going.unwrap();
    assert_eq!((going.done, going.total), (0, Layout::of(5_000).unwrap().sealed()));

    world.settle();
    let message = last(&mut world, 0, ada);
    assert_eq!(files(&message).going, None);
    assert!(message.mark >= Some(Mark::Sent));
    let message = last(&mut world, 1, ben);
    assert!(matches!(&message.body, Body::Text { text, .. } if text == "the hut"));
    let listed = world.chat(1).last.unwrap();
    let listed = files(&listed).files.remove(0);
    assert_eq!(
        (&listed.name, listed.source, listed.media.preview.len()),
        (&file.name, None, 0),
        "in the list only what it is"
    );
    let files = files(&message).files;
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].source.as_ref(), Some(&file.source));
    assert_eq!((&files[0].name, &files[0].media, files[0].shown), (&file.name, &file.media, true));
    let kept = world.now + 29 * 24 * 3_600_000;
    assert!(files[0].expires.is_some_and(|expires| expires > kept));
    for chunk in &file.source.chunks {
        assert_eq!(world.relay.blob(chunk, world.now).unwrap(), world.devices[0].kept[chunk]);
    }
}

#[test]
fn what_is_written_after_files_does_not_wait_for_them_and_does_not_count_them_as_sent() {
    let (mut world, ada, ben) = world(901);
    let file = staged(&mut world, 0, 300);
    let open = Rc::new(Cell::new(false));
    let weather = open.clone();
    world.weather = Some(Box::new(move |_, _| if weather.get() { 0 } else { 503 }));
    send(&mut world, 0, ada, &[file], "");
    world.send(0, ada, "after it");
    world.flow();
    let texts: Vec<_> = world.messages(1, ben).into_iter().map(|message| message.holds).collect();
    assert_eq!(texts, [None, None], "the words came, the file did not");
    let marks = |world: &mut World| -> Vec<Option<Mark>> {
        world.messages(0, ada).into_iter().filter(|message| message.mine).map(|message| message.mark).collect()
    };
    let before = marks(&mut world);
    assert_eq!(before[before.len() - 2], Some(Mark::Pending), "the file");
    assert!(before[before.len() - 1] >= Some(Mark::Sent), "the words");
    open.set(true);
    pass(&mut world, 10);
    let message = last(&mut world, 1, ben);
    assert_eq!(message.holds, Some(Holds::Picture));
    assert!(matches!(&message.body, Body::Text { text, parts } if text.is_empty() && parts.is_empty()), "no words");
    assert!(marks(&mut world).iter().all(|mark| *mark >= Some(Mark::Sent)));
}

#[test]
fn progress_counts_the_bytes_that_the_relay_has_and_a_new_start_takes_up_only_what_is_missing() {
    let (mut world, ada, ben) = world(902);
    let file = staged(&mut world, 0, 20 << 20);
    let layout = Layout::of(20 << 20).unwrap();
    assert_eq!(layout.chunks(), 3);
    let puts = Rc::new(Cell::new(0));
    let count = puts.clone();
    // The first one arrives, then the network is away.
    world.weather = Some(Box::new(move |_, work| match work {
        BlobWork::PutKept { .. } => {
            count.set(count.get() + 1);
            if count.get() == 1 || count.get() > 3 { 0 } else { 599 }
        }
        _ => 0,
    }));
    send(&mut world, 0, ada, &[file], "");
    world.flow();
    let going = told(&world, 0);
    assert_eq!((going.done, going.total), (layout.chunk_size(0), layout.sealed()));
    assert_eq!(puts.get(), 3, "three are under way together");
    world.crash(0);
    world.settle();
    assert_eq!(puts.get(), 5, "what was there is not sent again");
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
}

#[test]
fn a_chunk_that_arrives_later_does_not_take_back_that_the_message_has_failed() {
    let (mut world, ada, _) = world(916);
    let file = staged(&mut world, 0, 20 << 20);
    let first = file.source.chunks[0];
    world.devices[0].kept.remove(&first);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.flow();
    pass(&mut world, 5);
    let message = last(&mut world, 0, ada);
    assert_eq!((message.mark, files(&message).going.unwrap().halt), (Some(Mark::Failed), Some(Halt::Lost)));
}

#[test]
fn files_that_fail_again_and_again_do_not_keep_others_from_going() {
    let (mut world, ada, ben) = world(917);
    let (bad, good) = (staged(&mut world, 0, 25 << 20), staged(&mut world, 0, 300));
    let refused: Vec<BlobHash> = bad.source.chunks.clone();
    world.weather = Some(Box::new(move |_, work| match work {
        BlobWork::PutKept { hash, .. } if refused.contains(hash) => 422,
        _ => 0,
    }));
    send(&mut world, 0, ada, &[bad], "");
    send(&mut world, 0, ada, &[good], "");
    world.flow();
    pass(&mut world, 3);
    assert_eq!(world.messages(1, ben).iter().filter(|message| message.holds.is_some()).count(), 1);
    pass(&mut world, 900);
    let messages = world.messages(0, ada);
    let bad = &messages[messages.len() - 2];
    assert_eq!(
        (bad.mark, files(bad).going.unwrap().halt),
        (Some(Mark::Failed), Some(Halt::Refused)),
        "it is said in the end"
    );
}

#[test]
fn what_is_under_way_when_the_connection_breaks_is_not_sent_a_second_time() {
    let (mut world, ada, ben) = world(913);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    while world.devices[0].blobs.is_empty() {
        assert!(world.deliver_up(0) || world.deliver_down(0, 1));
    }
    world.disconnect(0);
    world.connect(0);
    while world.deliver_up(0) || world.deliver_down(0, 9) {}
    assert_eq!(world.devices[0].blobs.len(), 1);
    world.flow();
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
}

#[test]
fn what_had_no_answer_is_tried_at_once_when_the_relay_is_back_and_what_it_had_no_room_for_is_not() {
    for (status, arrives) in [(503, true), (507, false)] {
        let (mut world, ada, ben) = world(921);
        let answer = Rc::new(Cell::new(status));
        let weather = answer.clone();
        world.weather = Some(Box::new(move |_, _| weather.get()));
        let file = staged(&mut world, 0, 300);
        send(&mut world, 0, ada, &[file], "");
        // Each failure makes the next wait longer.
        pass(&mut world, 20);
        world.disconnect(0);
        answer.set(0);
        world.connect(0);
        world.flow();
        assert_eq!(last(&mut world, 1, ben).holds == Some(Holds::Picture), arrives, "{status}");
    }
}

#[test]
fn files_that_are_paused_stay_where_they_are_until_they_go_on() {
    let (mut world, ada, ben) = world(903);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    let order = last(&mut world, 0, ada).order;
    world.command(0, pause(ada, order, true));
    assert!(told(&world, 0).paused);
    world.settle();
    pass(&mut world, 30);
    assert_eq!(last(&mut world, 1, ben).holds, None);
    world.crash(0);
    world.settle();
    assert!(files(&last(&mut world, 0, ada)).going.unwrap().paused, "also after a new start");
    world.command(0, pause(ada, order, false));
    world.flow();
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
    world.command(0, pause(ada, order, true));
    assert_eq!(world.devices[0].events.last(), Some(&Event::Refused { problem: Problem::NoMessage }), "they are there");
}

#[test]
fn a_message_that_is_deleted_takes_its_files_out_of_the_way() {
    for all in [false, true] {
        let (mut world, ada, ben) = world(904);
        world.disconnect(0);
        let file = staged(&mut world, 0, 300);
        send(&mut world, 0, ada, std::slice::from_ref(&file), "");
        let order = last(&mut world, 0, ada).order;
        let command = match all {
            true => Command::DeleteForAll { chat: ada, order },
            false => Command::DeleteForMe { chat: ada, order },
        };
        world.command(0, command);
        world.settle();
        assert!(file.source.chunks.iter().all(|chunk| !world.devices[0].kept.contains_key(chunk)));
        assert_eq!(world.relay.blob(&file.source.chunks[0], world.now), None);
        assert!(world.messages(1, ben).iter().all(|message| message.holds.is_none()));
        world.send(0, ada, "still talking");
        world.settle();
        assert_eq!(world.texts(1, ben).last().unwrap(), "still talking");
    }
}

#[test]
fn what_has_arrived_of_a_message_that_was_never_sent_is_given_up_with_it() {
    for all in [false, true] {
        let (mut world, ada, _) = world(917);
        let file = staged(&mut world, 0, 300);
        let there = |world: &World| world.relay.blob(&file.source.chunks[0], world.now).is_some();
        send(&mut world, 0, ada, std::slice::from_ref(&file), "");
        while world.devices[0].blobs.is_empty() {
            assert!(world.deliver_up(0) || world.deliver_down(0, 1));
        }
        world.disconnect(0);
        assert!(world.deliver_blob(0) && there(&world));
        let message = last(&mut world, 0, ada);
        assert_eq!((message.mark, files(&message).going), (Some(Mark::Pending), None));
        world.command(
            0,
            match all {
                true => Command::Clear { chat: ada },
                false => Command::DeleteForMe { chat: ada, order: message.order },
            },
        );
        world.settle();
        assert!(!there(&world), "nobody has heard of it");
    }
}

#[test]
fn who_attaches_is_told_which_chunks_are_still_to_go() {
    let (mut world, ada, _) = world(913);
    let needs = |world: &mut World| {
        world.input(0, Input::Attach);
        world.flow();
        std::mem::take(&mut world.devices[0].needs)
    };
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    world.devices[0].needs = file.source.chunks.clone();
    assert_eq!(needs(&mut world), [], "it is not sent yet");
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    assert_eq!(needs(&mut world), file.source.chunks);
    world.settle();
    assert_eq!(world.devices[0].released, file.source.chunks);
    world.devices[0].needs = file.source.chunks.clone();
    assert_eq!(needs(&mut world), [], "all of it is there");
}

#[test]
fn a_file_whose_bytes_are_lost_fails_and_can_be_tried_again_when_they_are_back() {
    let (mut world, ada, ben) = world(905);
    let file = staged(&mut world, 0, 300);
    let kept = std::mem::take(&mut world.devices[0].kept);
    send(&mut world, 0, ada, &[file], "");
    world.flow();
    let message = last(&mut world, 0, ada);
    assert_eq!(message.mark, Some(Mark::Failed));
    assert_eq!(files(&message).going.unwrap().halt, Some(Halt::Lost));
    world.devices[0].kept = kept;
    world.command(0, Command::Retry { chat: ada, order: message.order });
    world.flow();
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
    assert!(last(&mut world, 0, ada).mark >= Some(Mark::Sent));
}

#[test]
fn a_relay_without_blobs_is_told_of_and_one_without_room_is_asked_again() {
    let (mut world, ada, _) = World::acquainted(906);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.flow();
    let message = last(&mut world, 0, ada);
    assert_eq!((message.mark, files(&message).going.unwrap().halt), (Some(Mark::Failed), Some(Halt::Refused)));

    let (mut world, ada, ben) = self::world(907);
    let full = Rc::new(Cell::new(true));
    let weather = full.clone();
    world.weather = Some(Box::new(move |_, _| if weather.get() { 507 } else { 0 }));
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    world.flow();
    let message = last(&mut world, 0, ada);
    assert_eq!((message.mark, files(&message).going.unwrap().halt), (Some(Mark::Pending), Some(Halt::Full)));
    full.set(false);
    pass(&mut world, 400);
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
}

#[test]
fn files_that_cannot_be_sent_are_refused_and_nothing_is_written() {
    let (mut world, ada, _) = world(911);
    let before = world.messages(0, ada).len();
    let file = staged(&mut world, 0, 300);
    let many = vec![file.clone(); MAX_FILES + 1];
    let lies = StagedFile { source: FileSource { size: 1 << 30, ..file.source.clone() }, ..file.clone() };
    let unnamed = StagedFile { name: "x".repeat(256), ..file };
    for files in [&many[..], &[], &[lies], &[unnamed]] {
        send(&mut world, 0, ada, files, "");
        let last = world.devices[0].events.last();
        assert!(matches!(last, Some(Event::NotWritten { tag: 7, problem: Some(_) })), "{last:?}");
    }
    let what = FileCommand::Send { files: vec![vec![1].into()], text: String::new() }.to_bytes().into();
    world.command(0, Command::Files { chat: ada, reply: None, tag: Some(7), what });
    world.command(0, Command::Files { chat: ada, reply: None, tag: None, what: vec![1].into() });
    assert_eq!(world.devices[0].events.last(), Some(&Event::Refused { problem: Problem::NoMessage }));
    assert_eq!(world.messages(0, ada).len(), before);
}

#[test]
fn a_conversation_that_is_deleted_takes_along_what_it_had_to_send() {
    let (mut world, ada, _) = world(912);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.command(0, Command::Delete { chat: ada });
    world.flow();
    assert!(file.source.chunks.iter().all(|chunk| !world.devices[0].kept.contains_key(chunk)));
    world.input(0, Input::Tick);
    world.settle();
    assert_eq!(world.relay.blob(&file.source.chunks[0], world.now), None);
}

#[test]
fn whenever_a_device_dies_its_files_arrive_and_their_message_comes_once() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
        for at in 1.. {
            let (mut world, ada, ben) = world(950);
            let file = staged(&mut world, 0, 9 << 20);
            world.devices[0].crash_at = Some((world.devices[0].steps + at, crash));
            while last(&mut world, 0, ada).holds.is_none() {
                send(&mut world, 0, ada, std::slice::from_ref(&file), "");
            }
            world.settle();
            world.settle();
            let came: Vec<_> = world.messages(1, ben).into_iter().filter_map(|message| message.holds).collect();
            assert_eq!(came, [Holds::Picture], "{crash:?} in step {at}");
            assert_eq!(files(&last(&mut world, 0, ada)).going, None);
            for chunk in &file.source.chunks {
                assert!(world.relay.blob(chunk, world.now).is_some());
            }
            if world.devices[0].crashes == 0 {
                assert!(at > 6, "the script is shorter than it was: {at}");
                break;
            }
        }
    }
}
