//! What tests of files need: a device's store of sealed chunks, and people who send out of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test uses some of it")]

use minicbor::bytes::ByteVec;
use sha2::{Digest as _, Sha256};
use xchat_engine::api::{Attachments, ChatId, Command, Event, FileCommand, Going, Media, MessageView, StagedFile};
use xchat_files::{FileKey, FileSource, Layout};
use xchat_wire::BlobHash;

use crate::sim::{Dice, World};

/// Ada (device 0) and Ben know each other, and the relay keeps blobs.
pub fn world(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.relay.keep_blobs(u64::MAX);
    (world, ada, ben)
}

/// A file of this size, whose sealed chunks lie in a device's store.
pub fn staged(world: &mut World, who: usize, size: u64) -> StagedFile {
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

/// A picture that may be seen once, with a likeness that should not have come.
pub fn once(world: &mut World, who: usize) -> StagedFile {
    let file = staged(world, who, 300);
    let waveform = vec![1, 2, 3].into();
    StagedFile { media: Media { once: true, waveform, ..file.media.clone() }, ..file }
}

pub fn open(chat: ChatId, order: u64) -> Command {
    Command::Files { chat, reply: Some(order), tag: None, what: FileCommand::Opened { order }.to_bytes().into() }
}

pub fn send(world: &mut World, who: usize, chat: ChatId, files: &[StagedFile], text: &str) {
    let files: Vec<ByteVec> = files.iter().map(|file| file.to_bytes().into()).collect();
    let what = FileCommand::Send { files, text: text.to_owned() };
    world.command(who, Command::Files { chat, reply: None, tag: Some(7), what: what.to_bytes().into() });
}

pub fn pause(chat: ChatId, order: u64, paused: bool) -> Command {
    Command::Files { chat, reply: None, tag: None, what: FileCommand::Pause { order, paused }.to_bytes().into() }
}

pub fn last(world: &mut World, who: usize, chat: ChatId) -> MessageView {
    world.messages(who, chat).pop().unwrap()
}

pub fn files(message: &MessageView) -> Attachments {
    message.attachments.as_ref().map(|files| Attachments::from_bytes(files).unwrap()).unwrap_or_default()
}

/// What the page was told last of files on their way.
pub fn told(world: &World, who: usize) -> Going {
    let going = world.devices[who].events.iter().rev().find_map(|event| match event {
        Event::Going { going, .. } => Some(Going::from_bytes(going).unwrap()),
        _ => None,
    });
    going.unwrap()
}

pub fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        world.now += 1000;
        for who in 0..world.devices.len() {
            world.tick(who);
        }
        world.flow();
    }
}
