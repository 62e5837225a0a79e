//! Files of messages: from a device's store of sealed chunks to the relay, and the message after them.
#![allow(clippy::unwrap_used)]

mod sim;

use std::{cell::Cell, rc::Rc};

use minicbor::bytes::ByteVec;
use sha2::{Digest as _, Sha256};
use sim::{Crash, Dice, World};
use xchat_engine::{
    BlobWork, Input,
    api::{
        Attachments, Body, ChatId, Command, Event, FileCommand, Found, Going, Halt, Hit, Holds, MAX_FILES, Mark, Media,
        MessageView, Problem, Quote, Shelf, StagedFile,
    },
};
use xchat_files::{FileKey, FileSource, Layout};
use xchat_wire::BlobHash;

/// Ada (device 0) and Ben know each other, and the relay keeps blobs.
fn world(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.relay.keep_blobs(u64::MAX);
    (world, ada, ben)
}

/// A file of this size, whose sealed chunks lie in a device's store.
fn staged(world: &mut World, who: usize, size: u64) -> StagedFile {
    let layout = Layout::of(size).unwrap();
    let mut chunks = Vec::new();
    for chunk in 0..layout.chunks() {
        let mut bytes = vec![0; usize::try_from(layout.chunk_size(chunk)).unwrap()];
        bytes[..32].copy_from_slice(&Dice::new(size + u64::from(chunk)).bytes());
        let hash = BlobHash::new(Sha256::digest(&bytes).into());
        world.devices[who].kept.insert(hash, bytes);
        chunks.push(hash);
    }
    let source = FileSource { key: FileKey::new([1; 16]), salt: [2; 16].into(), size, chunks };
    let media = Media { width: 30, height: 20, preview: b"RIFF".to_vec().into(), ..Media::default() };
    StagedFile { name: "hut.webp".to_owned(), content_type: "image/webp".to_owned(), source, shown: true, media }
}

fn send(world: &mut World, who: usize, chat: ChatId, files: &[StagedFile], text: &str) {
    let files: Vec<ByteVec> = files.iter().map(|file| file.to_bytes().into()).collect();
    let what = FileCommand::Send { files, text: text.to_owned() };
    world.command(who, Command::Files { chat, reply: None, tag: Some(7), what: what.to_bytes().into() });
}

fn pause(chat: ChatId, order: u64, paused: bool) -> Command {
    Command::Files { chat, reply: None, tag: None, what: FileCommand::Pause { order, paused }.to_bytes().into() }
}

fn last(world: &mut World, who: usize, chat: ChatId) -> MessageView {
    world.messages(who, chat).pop().unwrap()
}

fn files(message: &MessageView) -> Attachments {
    Attachments::from_bytes(&message.attachments).unwrap()
}

/// What the page was told last of files on their way.
fn told(world: &World, who: usize) -> Going {
    let going = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Going { going, .. } => Some(Going::from_bytes(going).unwrap()),
        _ => None,
    });
    going.unwrap()
}

fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        world.now += 1000;
        for who in 0..world.devices.len() {
            world.tick(who);
        }
        world.flow();
    }
}

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
    assert_eq!(last(&mut world, 1, ben).holds, Some(Holds::Picture));
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
        assert_eq!(world.devices[0].released, file.source.chunks);
        assert_eq!(world.relay.blob(&file.source.chunks[0], world.now), None);
        assert!(world.messages(1, ben).iter().all(|message| message.holds.is_none()));
        world.send(0, ada, "still talking");
        world.settle();
        assert_eq!(world.texts(1, ben).last().unwrap(), "still talking");
    }
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
fn a_caption_can_be_edited_and_the_files_stay_and_a_copy_names_the_same_chunks() {
    let (mut world, ada, ben) = world(908);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "the hutt");
    world.flow();
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::Edit { chat: ada, order, text: "the hut".to_owned() });
    world.command(0, Command::Forward { chat: ada, order, to: vec![ada] });
    world.flow();
    let messages: Vec<MessageView> =
        world.messages(1, ben).into_iter().filter(|message| message.holds.is_some()).collect();
    assert_eq!(messages.len(), 2);
    for message in &messages {
        assert!(matches!(&message.body, Body::Text { text, .. } if text == "the hut"), "{message:?}");
        assert_eq!(files(message).files[0].source.as_ref(), Some(&file.source));
    }
    assert!(messages[1].forwarded);
    let puts = world.devices[0].kept.len();
    assert_eq!(puts, 1, "nothing was sealed again");
}

#[test]
fn a_copy_waits_until_its_files_are_at_the_relay() {
    let (mut world, ada, _) = world(909);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, &[file], "");
    let order = last(&mut world, 0, ada).order;
    world.command(0, Command::Forward { chat: ada, order, to: vec![ada] });
    assert_eq!(world.devices[0].events.last(), Some(&Event::Refused { problem: Problem::NoMessage }));
}

#[test]
fn an_answer_with_a_file_names_what_it_answers_and_is_quoted_by_what_it_holds() {
    let (mut world, ada, ben) = world(910);
    world.send(1, ben, "show me");
    world.flow();
    let question = last(&mut world, 0, ada).order;
    let file: ByteVec = staged(&mut world, 0, 300).to_bytes().into();
    let what = FileCommand::Send { files: vec![file], text: String::new() }.to_bytes().into();
    let command = Command::Files { chat: ada, reply: Some(question), tag: Some(1), what };
    world.command(0, command);
    world.flow();
    let answer = last(&mut world, 1, ben);
    assert!(matches!(&answer.quote, Some(Quote::Here { text, .. }) if text == "show me"));
    world.command(1, Command::Reply { chat: ben, order: answer.order, text: "nice".to_owned(), tag: 2 });
    world.flow();
    let quote = last(&mut world, 0, ada).quote;
    assert!(matches!(quote, Some(Quote::Here { holds: Some(Holds::Picture), .. })), "{quote:?}");
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
fn a_conversation_that_is_deleted_releases_what_it_had_to_send() {
    let (mut world, ada, _) = world(912);
    world.disconnect(0);
    let file = staged(&mut world, 0, 300);
    send(&mut world, 0, ada, std::slice::from_ref(&file), "");
    world.command(0, Command::Delete { chat: ada });
    world.flow();
    assert_eq!(world.devices[0].released, file.source.chunks);
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

/// What a conversation has on a shelf: the hits of all answers, the latest first.
fn gallery(world: &mut World, who: usize, chat: ChatId, shelf: Shelf) -> Vec<Hit> {
    let (mut hits, mut from) = (Vec::new(), None);
    loop {
        let what = FileCommand::Gallery { search: 3, shelf, from }.to_bytes().into();
        world.command(who, Command::Files { chat, reply: None, tag: None, what });
        let Some(Event::Found { found }) = world.devices[who].events.last() else { panic!("no answer") };
        let found = Found::from_bytes(found).unwrap();
        hits.extend(found.hits);
        from = found.more;
        if from.is_none() {
            return hits;
        }
    }
}

#[test]
fn a_gallery_shows_each_kind_with_its_files_and_forgets_what_is_deleted() {
    let (mut world, ada, ben) = world(914);
    let picture = staged(&mut world, 0, 300);
    let voice = StagedFile {
        content_type: "audio/webm;codecs=opus".to_owned(),
        media: Media { voice: true, duration_ms: 900, ..Media::default() },
        ..staged(&mut world, 0, 301)
    };
    let paper = StagedFile {
        name: "plan.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        shown: false,
        ..staged(&mut world, 0, 302)
    };
    send(&mut world, 0, ada, std::slice::from_ref(&picture), "the hut");
    send(&mut world, 0, ada, std::slice::from_ref(&voice), "");
    world.send(0, ada, "see https://hut.example/road and **[this](https://map.example)**");
    send(&mut world, 0, ada, &[paper, picture.clone()], &"many words ".repeat(400));
    world.send(0, ada, "no more than words");
    world.flow();
    for (who, chat) in [(0, ada), (1, ben)] {
        let mut count = |shelf| gallery(&mut world, who, chat, shelf).len();
        let counts = [Shelf::Media, Shelf::Sound, Shelf::Files, Shelf::Links].map(&mut count);
        assert_eq!(counts, [2, 1, 1, 1], "device {who}");
        let media = gallery(&mut world, who, chat, Shelf::Media);
        let hut = media.iter().find(|hit| hit.snippet[0].starts_with("the hut")).unwrap();
        assert_eq!(Attachments::from_bytes(&hut.attachments).unwrap().files[0].source.as_ref(), Some(&picture.source));
        let links = &gallery(&mut world, who, chat, Shelf::Links)[0].links;
        assert_eq!(*links, ["https://hut.example/road", "https://map.example"]);
    }
    // Nobody sees the signs, and words are found beside them.
    world.command(1, Command::Search { search: 4, query: "hut".to_owned(), chat: None, from: None });
    let Some(Event::Found { found }) = world.devices[1].events.last() else { panic!("no answer") };
    let found = Found::from_bytes(found).unwrap();
    assert_eq!(found.hits.len(), 4, "three by the picture's name, and a link");
    assert!(found.hits.iter().all(|hit| hit.snippet.concat().chars().all(|c| c < '\u{f0000}')));
    let order = gallery(&mut world, 0, ada, Shelf::Sound)[0].order;
    world.command(0, Command::DeleteForAll { chat: ada, order });
    world.flow();
    assert!(gallery(&mut world, 0, ada, Shelf::Sound).is_empty());
    assert!(gallery(&mut world, 1, ben, Shelf::Sound).is_empty());
}
