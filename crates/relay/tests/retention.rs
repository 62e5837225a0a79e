//! What is old goes; what a log is stays.

mod peers;

use peers::*;
use xchat_wire::*;

const DAY: u64 = 24 * 60 * 60 * 1000;

/// A log with an old epoch (records 1 and 2) and a young one (record 3), the old ones expired.
fn aged() -> (World, Peer, usize) {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    alice.append(&mut world, address(1), 0, 1, b"old");
    alice.commit(&mut world, address(1), 0, 2, 2);
    alice.prove_log(&mut world, address(1), 1, 2);
    world.now += 40 * DAY;
    alice.append(&mut world, address(1), 1, 3, b"young");
    let removed = world.relay.expire(world.now - 30 * DAY);
    (world, alice, removed)
}

#[test]
fn old_records_go_and_the_first_one_kept_is_told() {
    let (mut world, mut alice, removed) = aged();
    assert_eq!(removed, 2);
    let state = alice.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(state, LogState { epoch: Epoch(1), head: Seq(3), first: Seq(3) });
    let heard = records(&alice.subscribe(&mut world, address(1), 0, 10));
    assert_eq!(heard.iter().map(|r| (r.seq, r.previous)).collect::<Vec<_>>(), [(Seq(3), Seq(2))]);
}

#[test]
fn an_epochs_key_is_denied_once_the_commit_that_closed_it_has_expired() {
    let (mut world, _, _) = aged();
    let mut late = world.connect();
    assert_eq!(late.prove(&mut world, Right::Log, address(1), 0, 1), denied());
    assert_eq!(late.create_log(&mut world, address(1), 1), denied(), "and makes the log no second time");
    assert_eq!(late.create_log(&mut world, address(1), 2), denied(), "nor does a later key");
    assert_eq!(late.prove_log(&mut world, address(1), 1, 2).first, Seq(3), "the present one opens what is there");
}

#[test]
fn an_epochs_key_opens_what_is_left_until_its_commit_expires() {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    alice.append(&mut world, address(1), 0, 1, b"old");
    world.now += 40 * DAY;
    alice.commit(&mut world, address(1), 0, 2, 2);
    world.relay.expire(world.now - 30 * DAY);
    let mut late = world.connect();
    assert_eq!(late.prove_log(&mut world, address(1), 0, 1).first, Seq(2));
    assert_eq!(seqs(&late.subscribe(&mut world, address(1), 0, 10)), [2]);
}

#[test]
fn a_reader_who_is_connected_while_its_epoch_expires_is_told_that_it_is_over() {
    let mut world = World::new();
    let (mut alice, mut late) = (world.connect(), world.connect());
    alice.create_log(&mut world, address(1), 1);
    late.prove_log(&mut world, address(1), 0, 1);
    alice.commit(&mut world, address(1), 0, 2, 2);
    world.now += 40 * DAY;
    world.relay.expire(world.now - 30 * DAY);
    let heard = late.subscribe(&mut world, address(1), 0, 10);
    assert_eq!(heard, [ServerFrame::Fenced { address: address(1), epoch: Epoch(1) }]);
}

#[test]
fn a_post_id_is_forgotten_with_its_record() {
    let (mut world, mut alice, _) = aged();
    assert_eq!(alice.append(&mut world, address(1), 1, 3, b"young"), accepted(3), "a young one is remembered");
    assert_eq!(alice.append(&mut world, address(1), 1, 1, b"again"), accepted(4), "an old one is new again");
}

#[test]
fn a_log_whose_records_are_all_gone_goes_on_where_it_was() {
    let (mut world, mut alice, _) = aged();
    world.relay.expire(u64::MAX);
    let state = alice.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(state, LogState { epoch: Epoch(1), head: Seq(3), first: Seq(0) });
    assert_eq!(alice.append(&mut world, address(1), 1, 9, b"next"), accepted(4));
    let state = alice.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(state.first, Seq(4));
}

#[test]
fn many_old_records_go_in_small_steps_until_none_is_left() {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    let count = xchat_relay::limits::EXPIRE_STEP as u64 * 2 + 5;
    for n in 1..=count {
        let post = PostId::new(u128::from(n).to_be_bytes());
        let body = vec![1].into();
        let append = |request| ClientFrame::Append { request, log: address(1), epoch: Epoch(0), post, body, ttl: None };
        assert_eq!(alice.ask(&mut world, append), accepted(n));
    }
    assert_eq!(world.relay.expire(world.now + DAY) as u64, count);
    assert_eq!(world.relay.expire(world.now + DAY), 0);
    assert_eq!(alice.prove_log(&mut world, address(1), 0, 1).first, Seq(0));
}

/// Asks for a record in the first epoch of log 1 that stays so many seconds.
fn append_for(world: &mut World, peer: &mut Peer, id: u8, ttl: Option<u32>) -> Reply {
    let (log, epoch, post, body) = (address(1), Epoch(0), post(id), vec![id].into());
    peer.ask(world, |request| ClientFrame::Append { request, log, epoch, post, body, ttl })
}

#[test]
fn a_record_with_a_time_of_its_own_goes_when_it_is_over_and_no_other_does() {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    for (id, ttl) in [(1, Some(60)), (2, None), (3, Some(30)), (4, Some(u32::MAX))] {
        append_for(&mut world, &mut alice, id, ttl);
    }
    let start = world.now;
    assert_eq!(world.relay.end(start + 29_999), 0, "not a moment sooner");
    assert_eq!(world.relay.end(start + 30_000), 1);
    assert_eq!(world.relay.end(start + 60_000), 1);
    let heard = records(&alice.subscribe(&mut world, address(1), 0, 10));
    assert_eq!(heard.iter().map(|r| (r.seq, r.previous)).collect::<Vec<_>>(), [(Seq(2), Seq(1)), (Seq(4), Seq(3))]);
    assert_eq!(alice.prove_log(&mut world, address(1), 0, 1).first, Seq(2));
}

#[test]
fn a_repeat_after_the_time_of_a_record_is_answered_as_the_first_time() {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    append_for(&mut world, &mut alice, 1, Some(60));
    world.now += 61_000;
    assert_eq!(world.relay.end(world.now), 1);
    let mut later = world.connect();
    later.prove_log(&mut world, address(1), 0, 1);
    assert_eq!(append_for(&mut world, &mut later, 1, Some(60)), accepted(1));
    assert_eq!(seqs(&later.subscribe(&mut world, address(1), 0, 10)), Vec::<u64>::new());
}

#[test]
fn retention_takes_a_record_before_a_longer_time_of_its_own_and_leaves_nothing_of_it() {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(1), 1);
    append_for(&mut world, &mut alice, 1, Some(u32::MAX));
    assert_eq!(world.relay.expire(world.now + DAY), 1);
    assert_eq!(alice.prove_log(&mut world, address(1), 0, 1).first, Seq(0));
    assert_eq!(world.relay.end(u64::MAX), 0);
}

#[test]
fn a_delivery_and_a_welcome_go_when_their_time_is_over_too() {
    let mut world = World::new();
    let mut owner = world.connect();
    owner.create_log(&mut world, address(1), 1);
    owner.create_inbox(&mut world, address(2), 2, 3);
    let welcome = Post { ttl: Some(10), ..owner.delivery(address(2), 3, 1, b"welcome") };
    assert_eq!(owner.commit_with(&mut world, address(1), 0, 2, 2, vec![welcome]), accepted(1));
    let delivery = Post { ttl: Some(20), ..owner.delivery(address(2), 3, 3, b"note") };
    assert_eq!(owner.ask(&mut world, |request| ClientFrame::Deliver { request, delivery }), accepted(2));
    world.relay.end(world.now + 10_000);
    assert_eq!(seqs(&owner.subscribe(&mut world, address(2), 0, 10)), [2]);
    world.relay.end(world.now + 20_000);
    assert_eq!(seqs(&owner.subscribe(&mut world, address(2), 0, 10)), Vec::<u64>::new());
}

#[test]
fn an_unread_delivery_goes_too_and_makes_room() {
    let mut world = World::new();
    let mut owner = world.connect();
    owner.create_inbox(&mut world, address(2), 2, 3);
    owner.deliver(&mut world, address(2), 3, 1, b"old");
    world.now += 40 * DAY;
    owner.deliver(&mut world, address(2), 3, 2, b"young");
    world.relay.expire(world.now - 30 * DAY);
    assert_eq!(seqs(&owner.subscribe(&mut world, address(2), 0, 10)), [2]);
}
