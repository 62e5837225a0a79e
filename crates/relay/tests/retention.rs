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
        let append = |request| ClientFrame::Append { request, log: address(1), epoch: Epoch(0), post, body };
        assert_eq!(alice.ask(&mut world, append), accepted(n));
    }
    assert_eq!(world.relay.expire(world.now + DAY) as u64, count);
    assert_eq!(world.relay.expire(world.now + DAY), 0);
    assert_eq!(alice.prove_log(&mut world, address(1), 0, 1).first, Seq(0));
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
