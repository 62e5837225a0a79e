//! Blobs on their way: every failure that an upload or a fetch can meet, and what becomes of it.
#![allow(clippy::unwrap_used)]

mod history_setup;
mod sim;

use std::{cell::RefCell, rc::Rc};

use history_setup::{link, over, run_for, world};
use sim::World;
use xchat_engine::{BlobWork, Input, api::ChatId};

/// When each request of a device went out, and whether it was an upload.
type Requests = Rc<RefCell<Vec<(u64, bool)>>>;

/// Device 2 is linked while the first `count` uploads, or fetches, are answered with this status.
fn failing(seed: u64, upload: bool, status: u16, count: usize) -> (World, ChatId, Requests) {
    let (mut world, ada, ben) = world(seed);
    world.send(1, ben, "one");
    world.settle();
    let requests = Requests::default();
    let (seen, clock) = (requests.clone(), Rc::new(RefCell::new(0)));
    let time = clock.clone();
    world.weather = Some(Box::new(move |_, work| {
        let put = matches!(work, BlobWork::Put { .. });
        seen.borrow_mut().push((*time.borrow(), put));
        let failed = seen.borrow().iter().filter(|(_, was)| *was == upload).count();
        if put == upload && failed <= count { status } else { 0 }
    }));
    link(&mut world, 0, 2);
    for second in 0..900 {
        *clock.borrow_mut() = second;
        run_for(&mut world, 1);
    }
    (world, ada, requests)
}

/// Seconds between the requests of one kind.
fn waits(requests: &Requests, upload: bool) -> Vec<u64> {
    let times: Vec<u64> = requests.borrow().iter().filter(|(_, put)| *put == upload).map(|(at, _)| *at).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn an_upload_that_fails_is_tried_again_with_longer_and_longer_waits() {
    for status in [400, 401, 403, 408, 413, 422, 429, 500, 503, 599] {
        let (mut world, ada, requests) = failing(20, true, status, 5);
        assert!(over(&world, 2), "{status}");
        assert_eq!(world.texts(2, ada), world.texts(0, ada), "{status}");
        let waits = waits(&requests, true);
        assert!(waits.len() == 5 && waits.is_sorted() && waits[0] >= 2 && waits[4] >= 30, "{status}: {waits:?}");
    }
}

#[test]
fn a_fetch_that_fails_is_tried_again_with_longer_and_longer_waits() {
    for status in [408, 429, 500, 503, 599] {
        let (mut world, ada, requests) = failing(21, false, status, 5);
        assert!(over(&world, 2), "{status}");
        assert_eq!(world.texts(2, ada), world.texts(0, ada), "{status}");
        let waits = waits(&requests, false);
        assert!(waits.len() == 5 && waits.is_sorted() && waits[0] >= 2 && waits[4] >= 30, "{status}: {waits:?}");
    }
}

#[test]
fn a_relay_that_has_no_room_is_asked_again_after_minutes() {
    let (mut world, ada, requests) = failing(22, true, 507, 1);
    assert!(over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
    assert!(waits(&requests, true)[0] >= 300);

    // The same when it says so before the upload.
    let (mut world, ada, _) = history_setup::world(23);
    world.relay.keep_blobs(0);
    link(&mut world, 0, 2);
    run_for(&mut world, 100);
    world.relay.keep_blobs(u64::MAX);
    run_for(&mut world, 150);
    assert_eq!(world.relay.blobs_mut().count(), 0, "not yet");
    run_for(&mut world, 150);
    assert!(over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
}

#[test]
fn where_there_are_no_blobs_it_is_over_at_once() {
    let (world, _, requests) = failing(24, true, 404, usize::MAX);
    assert!(over(&world, 0) && over(&world, 2));
    assert_eq!(requests.borrow().len(), 1);

    let (mut world, _, _) = World::acquainted(25);
    world.add_device();
    world.connect(2);
    world.flow();
    link(&mut world, 0, 2);
    run_for(&mut world, 60);
    assert!(over(&world, 0) && over(&world, 2));
    assert!(world.devices[0].database.0.keys().all(|(_, _, key)| !key.starts_with(b"bytes/")));
}

#[test]
fn a_sealed_blob_survives_and_goes_up_as_it_was() {
    let (mut world, ada, ben) = world(26);
    world.send(1, ben, "one");
    world.settle();
    let held = history_setup::hold(&mut world, 0);
    link(&mut world, 0, 2);
    run_for(&mut world, 20);
    let bytes = |world: &World| {
        let rows = world.devices[0].database.0.iter();
        rows.filter(|((_, _, key), _)| key.starts_with(b"bytes/")).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let sealed = bytes(&world);
    assert_eq!(sealed.len(), 1);
    world.crash(0);
    held.set(0);
    run_for(&mut world, 60);
    let there: Vec<Vec<u8>> = world.relay.blobs_mut().map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!(there, sealed);
    assert!(bytes(&world).is_empty() && over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
}

#[test]
fn an_answer_that_nobody_waits_for_is_nothing() {
    use xchat_engine::{BlobCame, BlobFailure};
    use xchat_wire::BlobHash;
    let (mut world, ada, _) = world(27);
    let rows = world.devices[0].database.0.clone();
    let hash = BlobHash::new([7; 32]);
    for came in [
        BlobCame::Put { hash },
        BlobCame::Fetched { hash, bytes: vec![1; 300] },
        BlobCame::Failed { hash, why: BlobFailure::Gone },
        BlobCame::Failed { hash, why: BlobFailure::Later },
    ] {
        world.input(0, Input::Blob(came));
    }
    assert_eq!(world.devices[0].database.0, rows);
    world.send(0, ada, "goes on");
    world.settle();
}

#[test]
fn an_answer_that_never_comes_is_taken_for_lost() {
    let (mut world, ada, ben) = world(28);
    world.send(1, ben, "one");
    world.settle();
    link(&mut world, 0, 2);
    while world.devices[0].blobs.is_empty() {
        world.now += 1_000;
        world.tick(0);
        world.tick(1);
        world.tick(2);
        for who in 0..3 {
            world.connect(who);
            while world.deliver_up(who) {}
            world.deliver_down(who, 64);
        }
    }
    world.devices[0].blobs.clear();
    run_for(&mut world, 70 * 60);
    assert!(!over(&world, 2) && world.relay.blobs_mut().count() == 0, "it may still come");
    run_for(&mut world, 20 * 60);
    assert!(over(&world, 2));
    assert_eq!(world.texts(2, ada), world.texts(0, ada));
}
