//! What may be seen once: nothing opens it after it was shown, on any device, and its sender hears of it.
#![allow(clippy::unwrap_used)]

mod files_setup;
mod history_setup;
mod sim;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use files_setup::{files, last, once, open, pass, send, staged, world};
use history_setup::{hiking_on_two, link, run};
use sim::{Crash, World, hiking};
use xchat_engine::{
    api::{
        Body, ChatId, Command, Event, FileCommand, Found, GroupChange, Holds, Known, Privacy, Problem, Quote, Shelf,
        StagedFile,
    },
    content::{Body as PartBody, Disposition, Message, Part, Semantics, Status, StatusReport},
};

/// Ada has sent Ben something that he may see once.
fn sent(seed: u64) -> (World, ChatId, ChatId, StagedFile) {
    let (mut world, ada, ben) = world(seed);
    let file = once(&mut world, 0);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "look");
    world.settle();
    (world, ada, ben, file)
}

/// One part of several.
fn both(parts: Vec<Part>) -> Part {
    let body = PartBody::Multi { semantics: Semantics::ProcessAll, parts };
    Part { disposition: Disposition::Render, language: String::new(), body }
}

/// Rows of a device in which the address of a file's bytes stands.
fn rows_of(world: &World, who: usize, file: &StagedFile) -> usize {
    world.rows_with(who, &Base64UrlUnpadded::encode_string(file.source.chunks[0].as_bytes()))
}

fn refused(world: &World, who: usize) -> Option<Problem> {
    match world.devices[who].events.last() {
        Some(Event::Refused { problem }) => Some(*problem),
        _ => None,
    }
}

fn hits(world: &mut World, who: usize, command: Command) -> usize {
    world.command(who, command);
    let found = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Found { found } => Some(Found::from_bytes(found).unwrap()),
        _ => None,
    });
    found.unwrap().hits.len()
}

#[test]
fn what_was_opened_is_gone_from_its_row_before_it_is_shown_and_from_the_senders_when_they_hear_of_it() {
    let (mut world, ada, ben, file) = sent(1);
    let message = last(&mut world, 1, ben);
    let shown = files(&message).files.remove(0);
    assert_eq!(
        (message.holds, shown.media.once, shown.source.as_ref()),
        (Some(Holds::Picture), true, Some(&file.source))
    );
    let likeness = (shown.name.as_str(), shown.media.preview.len(), shown.media.waveform.len());
    assert_eq!(likeness, ("", 0, 0), "nothing shows what it looks like");
    assert_eq!(world.chat(1).last.unwrap().holds, Some(Holds::Picture));
    assert_eq!(rows_of(&world, 1, &file), 1);

    world.disconnect(1);
    world.command(1, open(ben, message.order));
    let told = world.devices[1].events.iter().rev().find_map(|event| match event {
        Event::Message { message, .. } => Some(message.body.clone()),
        _ => None,
    });
    assert_eq!(told, Some(Body::Opened(Holds::Picture)));
    assert_eq!(rows_of(&world, 1, &file), 0, "before anybody else knows");
    let opened = last(&mut world, 1, ben);
    assert_eq!((&opened.body, opened.holds, &opened.attachments), (&Body::Opened(Holds::Picture), None, &None));
    assert!(matches!(last(&mut world, 0, ada).body, Body::Text { .. }));

    world.settle();
    assert_eq!(last(&mut world, 0, ada).body, Body::Opened(Holds::Picture));
    assert_eq!(rows_of(&world, 0, &file), 0);
    assert_eq!(world.chat(0).last.unwrap().body, Body::Opened(Holds::Picture));
    world.command(1, open(ben, message.order));
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage), "once");
}

#[test]
fn people_still_say_things_about_what_was_opened_and_its_author_deletes_it() {
    let (mut world, ada, ben, _) = sent(2);
    let order = last(&mut world, 1, ben).order;
    world.command(1, open(ben, order));
    world.settle();
    world.command(1, Command::React { chat: ben, order, emoji: "❤️".to_owned(), on: true });
    world.command(1, Command::Reply { chat: ben, order, text: "lovely".to_owned(), tag: 1 });
    world.settle();
    let messages = world.messages(0, ada);
    let [.., picture, reply] = &messages[..] else { unreachable!() };
    assert_eq!((picture.reactions.len(), &picture.body), (1, &Body::Opened(Holds::Picture)));
    let quote = Quote::Here {
        order: picture.order,
        mine: true,
        author: None,
        text: String::new(),
        holds: Some(Holds::Picture),
    };
    assert_eq!(reply.quote, Some(quote));
    world.command(0, Command::DeleteForAll { chat: ada, order: picture.order });
    world.settle();
    assert_eq!(world.messages(1, ben).into_iter().find(|message| message.order == order).unwrap().body, Body::Deleted);
}

#[test]
fn only_who_it_was_sent_to_opens_it_and_nothing_else_is_opened() {
    let (mut world, ada, _, _) = sent(3);
    let order = last(&mut world, 0, ada).order;
    world.command(0, open(ada, order));
    assert_eq!(refused(&world, 0), Some(Problem::NoMessage), "one's own");
    let usual = staged(&mut world, 0, 400);
    send(&mut world, 0, ada, &[usual], "");
    world.settle();
    let ben = world.chat(1).id;
    let order = last(&mut world, 1, ben).order;
    world.command(1, open(ben, order));
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage), "one that may be seen any time");
    world.command(1, open(ben, 900));
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage));
    assert!(matches!(last(&mut world, 0, ada).body, Body::Text { .. }));
}

#[test]
fn it_is_not_passed_on_not_changed_in_no_gallery_and_found_by_its_words_alone() {
    let (mut world, ada, ben, _) = sent(4);
    for (who, chat) in [(0, ada), (1, ben)] {
        let order = last(&mut world, who, chat).order;
        world.command(who, Command::Forward { chat, order, to: vec![chat] });
        assert_eq!(refused(&world, who), Some(Problem::NoMessage));
        world.command(who, Command::Edit { chat, order, text: "other words".to_owned() });
        assert!(refused(&world, who).is_some());
        let what = FileCommand::Gallery { search: 1, shelf: Shelf::Media, from: None }.to_bytes().into();
        assert_eq!(hits(&mut world, who, Command::Files { chat, reply: None, tag: None, what }), 0);
        let search = |query: &str| Command::Search { search: 2, query: query.to_owned(), chat: None, from: None };
        assert_eq!(hits(&mut world, who, search("hut")), 0, "the name of the file");
        assert_eq!(hits(&mut world, who, search("look")), 1, "the words above it");
    }
}

#[test]
fn a_text_does_not_become_something_to_be_seen_once_and_that_no_text() {
    let (mut world, ada, ben, _) = sent(5);
    world.send(0, ada, "words");
    world.settle();
    let messages = world.messages(0, ada);
    let [.., picture, words] = &messages[..] else { unreachable!() };
    let (picture_id, words_id) = (world.id(0, ada, picture.order), world.id(0, ada, words.order));
    let file = once(&mut world, 0);
    let part = Message::decode(&file.to_bytes()).unwrap().part;
    let text = Message::text([7; 16], "changed").part;
    let replaces = |id, part| Message { replaces: Some(id), ..Message::of([8; 16], part) };
    world.say(0, ada, &replaces(words_id, both(vec![text.clone(), part])));
    world.say(0, ada, &replaces(picture_id, text));
    world.settle();
    let messages = world.messages(1, ben);
    let [.., picture, words] = &messages[..] else { unreachable!() };
    assert!(files(picture).files[0].media.once && picture.edited.is_none());
    assert!(words.attachments.is_none() && words.edited.is_none());
}

#[test]
fn several_files_are_refused_and_from_another_they_are_files_like_others() {
    let (mut world, ada, ben) = world(6);
    let (file, usual) = (once(&mut world, 0), staged(&mut world, 0, 500));
    send(&mut world, 0, ada, &[file.clone(), usual], "");
    assert_eq!(world.devices[0].events.last(), Some(&Event::NotWritten { tag: 7, problem: Some(Problem::TooMany) }));
    let parts = [&file, &file].map(|file| Message::decode(&file.to_bytes()).unwrap().part);
    world.say(0, ada, &Message::of([9; 16], both(parts.to_vec())));
    world.settle();
    let message = last(&mut world, 1, ben);
    let files = files(&message).files;
    assert_eq!(files.iter().map(|file| file.media.once).collect::<Vec<_>>(), [false, false]);
    assert_eq!(files[0].name, "hut.webp");
    world.command(1, open(ben, message.order));
    assert_eq!(refused(&world, 1), Some(Problem::NoMessage));
}

#[test]
fn a_report_opens_nothing_that_may_be_seen_any_time_and_nothing_that_is_not_the_reporters_to_open() {
    let (mut world, group) = hiking(&sim::THREE, 7);
    world.relay.keep_blobs(u64::MAX);
    let usual = staged(&mut world, 0, 400);
    send(&mut world, 0, group, &[usual], "usual");
    let file = once(&mut world, 0);
    send(&mut world, 0, group, &[file], "once");
    world.settle();
    let messages = world.messages(0, group);
    let [.., usual, once] = &messages[..] else { unreachable!() };
    let orders = [usual.order, once.order];
    let ids = orders.map(|order| world.id(0, group, order));
    let report = StatusReport::new(ids.map(|id| (id, Status::Expired)));
    let alive = |world: &mut World, who| {
        world.messages(who, group).iter().filter(|message| message.attachments.is_some()).count()
    };
    // Ben's, about Ada's: Cleo has not looked.
    world.say(1, group, &report.message([1; 16]));
    // The sender's own.
    world.say(0, group, &report.message([2; 16]));
    world.settle();
    for who in 0..3 {
        assert_eq!(alive(&mut world, who), 2, "at device {who}");
    }
    let order = world.messages(2, group).pop().unwrap().order;
    world.command(2, open(group, order));
    world.settle();
    assert_eq!([0, 1, 2].map(|who| alive(&mut world, who)), [1, 2, 1], "Ben has not opened his");
}

#[test]
fn in_a_group_it_stays_until_all_others_have_looked() {
    let (mut world, group) = hiking(&sim::THREE, 8);
    world.relay.keep_blobs(u64::MAX);
    let file = once(&mut world, 0);
    send(&mut world, 0, group, &[file], "");
    world.settle();
    for who in [1, 2] {
        assert!(files(&last(&mut world, 0, group)).files[0].media.once);
        let order = last(&mut world, who, group).order;
        world.command(who, open(group, order));
        world.settle();
    }
    assert_eq!(last(&mut world, 0, group).body, Body::Opened(Holds::Picture));
}

/// Ben links device 2, and Ada device 3.
fn link_one_more_each(world: &mut World) {
    for (with, new) in [(1, 2), (0, 3)] {
        world.add_device();
        world.connect(new);
        world.flow();
        link(world, with, new);
    }
    run(world);
}

#[test]
fn what_one_device_has_opened_no_other_of_the_same_person_shows() {
    let (mut world, ada, ben) = world(9);
    link_one_more_each(&mut world);
    let file = once(&mut world, 0);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    run(&mut world);
    let order = last(&mut world, 2, ben).order;
    world.command(1, Command::SetPrivacy { privacy: Privacy { read: false, delivered: false, typing: false } });
    let opened = last(&mut world, 1, ben).order;
    world.command(1, open(ben, opened));
    run(&mut world);
    for who in 0..4 {
        let chat = if who % 3 == 0 { ada } else { ben };
        assert_eq!(last(&mut world, who, chat).body, Body::Opened(Holds::Picture), "on device {who}");
        assert_eq!(rows_of(&world, who, &file), 0);
    }
    world.command(2, open(ben, order));
    assert_eq!(refused(&world, 2), Some(Problem::NoMessage));
}

#[test]
fn what_a_senders_other_device_says_of_an_own_message_is_no_look_at_it() {
    let (mut world, ada, _, _) = sent(14);
    world.add_device();
    world.connect(2);
    world.flow();
    link(&mut world, 0, 2);
    run(&mut world);
    let order = last(&mut world, 0, ada).order;
    let report = StatusReport::new([(world.id(0, ada, order), Status::Expired)]);
    world.say(2, ada, &report.message([3; 16]));
    world.command(0, Command::Details { chat: ada, order });
    let known = world.devices[0].events.iter().rev().find_map(|event| match event {
        Event::Details { known, .. } => Some(Known::from_bytes(known).unwrap()),
        _ => None,
    });
    assert!(known.unwrap().receipts.iter().all(|receipt| receipt.read.is_none()));
    assert!(world.messages(0, ada).iter().any(|message| message.holds.is_some()));
}

#[test]
fn who_has_left_a_group_opens_what_came_before_on_one_device_alone() {
    let (mut world, group) = hiking_on_two(10);
    let file = once(&mut world, 0);
    send(&mut world, 0, group, std::slice::from_ref(&file), "");
    world.settle();
    let person = sim::Groups::person(&mut world, 1);
    sim::Groups::change(&mut world, 0, group, GroupChange::Remove { person });
    world.settle();
    let order = |world: &mut World, who: usize| {
        let found = world.messages(who, group).into_iter().find(|message| message.attachments.is_some());
        found.map(|message| message.order)
    };
    let on_first = order(&mut world, 1).unwrap();
    assert!(order(&mut world, 3).is_some());
    world.command(1, open(group, on_first));
    world.settle();
    assert_eq!(order(&mut world, 3), None);
    assert_eq!(rows_of(&world, 3, &file), 0);
}

#[test]
fn a_new_device_gets_no_second_look() {
    let (mut world, ada, ben, file) = sent(11);
    link_one_more_each(&mut world);
    assert_eq!(last(&mut world, 2, ben).body, Body::Opened(Holds::Picture));
    assert_eq!(rows_of(&world, 2, &file), 0);
    assert!(files(&last(&mut world, 1, ben)).files[0].media.once, "the one that it came to has it still");
    assert!(files(&last(&mut world, 3, ada)).files[0].media.once, "the sender's knows what is still to be opened");
    let order = last(&mut world, 1, ben).order;
    world.command(1, open(ben, order));
    run(&mut world);
    for (who, chat) in [(0, ada), (3, ada), (2, ben)] {
        assert_eq!(last(&mut world, who, chat).body, Body::Opened(Holds::Picture), "on device {who}");
    }
}

#[test]
fn what_vanishes_does_so_opened_or_not() {
    let (mut world, ada, ben) = world(12);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    let file = once(&mut world, 0);
    send(&mut world, 0, ada, &[file], "");
    world.flow();
    let message = last(&mut world, 1, ben);
    world.command(1, open(ben, message.order));
    world.command(1, Command::Seen { chat: ben, order: message.order });
    world.flow();
    assert_eq!(last(&mut world, 0, ada).body, Body::Opened(Holds::Picture));
    pass(&mut world, 65);
    assert!(matches!(last(&mut world, 0, ada).body, Body::Timer { .. }));
    assert!(matches!(last(&mut world, 1, ben).body, Body::Timer { .. }));
}

#[test]
fn whenever_a_device_dies_it_is_opened_on_both_sides_or_on_none() {
    for dies in [0, 1] {
        for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
            for at in 1.. {
                let (mut world, ada, ben, file) = sent(13);
                world.devices[dies].crash_at = Some((world.devices[dies].steps + at, crash));
                let order = last(&mut world, 1, ben).order;
                world.command(1, open(ben, order));
                let opened = last(&mut world, 1, ben).body == Body::Opened(Holds::Picture);
                let told = world.devices[1].events.iter().any(
                    |event| matches!(event, Event::Message { message, .. } if matches!(message.body, Body::Opened(_))),
                );
                assert!(opened || !told, "{crash:?} in step {at} of {dies}: shown, and there for another time");
                world.settle();
                world.settle();
                let (mine, theirs) = (last(&mut world, 0, ada).body, last(&mut world, 1, ben).body);
                assert_eq!(matches!(mine, Body::Opened(_)), opened, "{crash:?} in step {at} of {dies}");
                assert_eq!(matches!(theirs, Body::Opened(_)), opened);
                let rows = if opened { 0 } else { 1 };
                assert_eq!([0, 1].map(|who| rows_of(&world, who, &file)), [rows, rows]);
                if world.devices[dies].crashes == 0 {
                    assert!(at > 2, "the script is shorter than it was: {at}");
                    break;
                }
            }
        }
    }
}
