//! What was accepted is on disk: a store that is opened again holds all of it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;

use std::path::PathBuf;

use peers::*;
use xchat_relay::{FILE, OpenError, Relay};
use xchat_wire::*;

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xchat-relay-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn everything_is_there_after_the_store_is_opened_again() {
    let folder = Folder::new("again");
    let before = {
        let mut world = World::over(Relay::open(&folder.0).unwrap());
        let mut alice = world.connect();
        alice.create_log(&mut world, address(1), 1);
        alice.create_inbox(&mut world, address(2), 2, 3);
        alice.fill(&mut world, address(2), 1, &[10, 11], Some(99));
        alice.append(&mut world, address(1), 0, 1, b"a");
        let welcome = alice.delivery(address(2), 3, 7, b"welcome");
        alice.commit_with(&mut world, address(1), 0, 2, 2, vec![welcome]);
        alice.prove_log(&mut world, address(1), 1, 2);
        alice.append(&mut world, address(1), 1, 3, b"b");
        alice.put_cell(&mut world, address(4), 4, 1, b"card");
        let mut reader = world.connect();
        reader.prove_log(&mut world, address(1), 0, 1);
        reader.prove_log(&mut world, address(1), 1, 2);
        records(&reader.subscribe(&mut world, address(1), 0, 10))
    };
    assert_eq!(before.len(), 3);

    let mut world = World::over(Relay::open(&folder.0).unwrap());
    let mut alice = world.connect();
    alice.prove_log(&mut world, address(1), 0, 1);
    let state = alice.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(state, LogState { epoch: Epoch(1), head: Seq(3), first: Seq(1) });
    assert_eq!(records(&alice.subscribe(&mut world, address(1), 0, 10)), before, "bytes and chain alike");
    assert_eq!(alice.append(&mut world, address(1), 1, 1, b"a"), accepted(1), "repeats are still known");
    assert_eq!(alice.append(&mut world, address(1), 1, 4, b"c"), accepted(4));
    assert_eq!(seqs(&alice.hear(&mut world)), [4], "the log's subscriber hears it");
    let proved = alice.prove(&mut world, Right::InboxOwner, address(2), 0, 2);
    assert_eq!(proved, Reply::Proved { log: None, packages: Some(2) });
    assert_eq!(seqs(&alice.subscribe(&mut world, address(2), 0, 10)), [1]);
    assert_eq!(alice.take(&mut world, address(2), 3), Reply::Package { package: vec![10].into(), last_resort: false });
    assert_eq!(alice.get_cell(&mut world, address(4)), Reply::Cell { version: 1, body: b"card".to_vec().into() });
}

#[test]
fn two_relays_on_one_folder_are_refused_in_plain_words() {
    let folder = Folder::new("twice");
    let _first = Relay::open(&folder.0).unwrap();
    let Err(error) = Relay::open(&folder.0) else { panic!("opened twice") };
    assert!(matches!(error, OpenError::InUse(_)));
    assert!(error.to_string().contains("another relay is running"));
}

#[test]
fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let folder = Folder::new("garbage");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join(FILE);
    let garbage = b"this is not a database ".repeat(1000);
    std::fs::write(&file, &garbage).unwrap();
    let Err(error) = Relay::open(&folder.0) else { panic!("opened garbage") };
    assert!(matches!(error, OpenError::Unreadable(..)), "{error}");
    assert!(error.to_string().contains("nothing in it was changed"));
    assert_eq!(std::fs::read(&file).unwrap(), garbage);
}

/// A store with a log of `count` records, closed; its bytes.
fn written(folder: &Folder, count: u8) -> Vec<u8> {
    let mut world = World::over(Relay::open(&folder.0).unwrap());
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    (1..=count).for_each(|id| _ = alice.append(&mut world, address(1), 0, id, &vec![id; 4000]));
    drop(world);
    std::fs::read(folder.0.join(FILE)).unwrap()
}

/// Puts these bytes in the place of the store and opens it: all records are there, or it is refused and left alone.
fn opens_whole_or_not_at_all(folder: &Folder, bytes: &[u8], count: u8) -> bool {
    let file = folder.0.join(FILE);
    std::fs::write(&file, bytes).unwrap();
    match Relay::open(&folder.0) {
        Ok(relay) => {
            let mut world = World::over(relay);
            let mut alice = world.connect();
            let state = alice.prove_log(&mut world, address(1), 0, 1);
            assert_eq!(state.head, Seq(u64::from(count)), "opened, but not whole");
            true
        }
        Err(error) => {
            assert!(matches!(error, OpenError::Unreadable(..)), "{error}");
            assert!(error.to_string().contains("Restore it from a backup"), "{error}");
            assert!(std::fs::read(&file).unwrap() == bytes, "it is left for whoever can rescue it");
            false
        }
    }
}

#[test]
fn a_file_whose_end_was_cut_off_opens_whole_or_is_refused_and_left() {
    let folder = Folder::new("cut");
    let bytes = written(&folder, 40);
    let cuts = (0..20).map(|n| bytes.len() * n / 20);
    let refused = cuts.filter(|at| *at > 0 && !opens_whole_or_not_at_all(&folder, &bytes[..*at], 40)).count();
    assert!(refused > 0, "a file without its second half is no store");
    assert!(opens_whole_or_not_at_all(&folder, &bytes, 40), "and the whole one is");
}

#[test]
fn a_file_with_a_damaged_head_is_refused_and_left_as_it_is() {
    let folder = Folder::new("head");
    let mut bytes = written(&folder, 10);
    bytes[..4096].iter_mut().skip(64).for_each(|byte| *byte ^= 0xa5);
    assert!(!opens_whole_or_not_at_all(&folder, &bytes, 10));
    assert_eq!(std::fs::read(folder.0.join(FILE)).unwrap(), bytes);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new("blocked");
    std::fs::write(&folder.0, b"a file where a folder should be").unwrap();
    let Err(error) = Relay::open(&folder.0.join("data")) else { panic!("opened below a file") };
    assert!(matches!(error, OpenError::Folder(..)));
    assert!(error.to_string().contains("data folder"));
    std::fs::remove_file(&folder.0).unwrap();
}
