//! Signals: to those who listen now and were there in that epoch, and to nobody later.

mod peers;

use peers::*;
use xchat_relay::limits::{OUTPUT_SIGNALS, SIGNALS_A_SECOND, SIGNALS_BURST};
use xchat_wire::*;

const BUSY: fn(&Reply) -> bool = |reply| matches!(reply, Reply::Refused { reason: Refusal::Busy { .. } });

fn heard(epoch: u64, body: &[u8]) -> ServerFrame {
    ServerFrame::Signal { address: address(1), epoch: Epoch(epoch), body: body.to_vec().into() }
}

/// Two members of the log at 1 in epoch 0, who listen; the first has one credit left, and so has the second.
fn pair() -> (World, Peer, Peer) {
    let mut world = World::new();
    let (mut alice, mut bob) = (world.connect(), world.connect());
    alice.create_log(&mut world, address(1), 1);
    bob.prove_log(&mut world, address(1), 0, 1);
    alice.subscribe(&mut world, address(1), 0, 1);
    bob.subscribe(&mut world, address(1), 0, 1);
    (world, alice, bob)
}

#[test]
fn a_signal_reaches_every_other_listener_and_not_its_sender() {
    let (mut world, mut alice, mut bob) = pair();
    let mut carol = world.connect();
    carol.prove_log(&mut world, address(1), 0, 1);
    carol.subscribe(&mut world, address(1), 0, 1);
    assert_eq!(alice.signal(&mut world, address(1), 0, b"ring"), Reply::Ok);
    assert_eq!(bob.hear(&mut world), [heard(0, b"ring")]);
    assert_eq!(carol.hear(&mut world), [heard(0, b"ring")]);
    assert_eq!(alice.hear(&mut world), []);
}

#[test]
fn who_does_not_subscribe_hears_no_signal() {
    let (mut world, mut alice, mut bob) = pair();
    let mut proved = world.connect();
    proved.prove_log(&mut world, address(1), 0, 1);
    bob.tell(&mut world, &ClientFrame::Unsubscribe { address: address(1) });
    assert_eq!(alice.signal(&mut world, address(1), 0, b"ring"), Reply::Ok, "nobody listening is no failure");
    assert_eq!(proved.hear(&mut world), []);
    assert_eq!(bob.hear(&mut world), []);
}

#[test]
fn a_signal_is_not_stored() {
    let (mut world, mut alice, _) = pair();
    alice.signal(&mut world, address(1), 0, b"ring");
    let mut late = world.connect();
    assert_eq!(late.prove_log(&mut world, address(1), 0, 1).head, Seq(0));
    let caught_up = ServerFrame::CaughtUp { address: address(1), head: Seq(0) };
    assert_eq!(late.subscribe(&mut world, address(1), 0, 10), [caught_up]);
}

#[test]
fn a_member_whom_a_commit_fenced_off_hears_no_signal_of_the_next_epoch() {
    let (mut world, mut alice, mut bob) = pair();
    alice.commit(&mut world, address(1), 0, 1, 2);
    alice.prove_log(&mut world, address(1), 1, 2);
    bob.hear(&mut world);
    assert_eq!(alice.signal(&mut world, address(1), 1, b"secret"), Reply::Ok);
    assert_eq!(bob.hear(&mut world), []);
    bob.prove_log(&mut world, address(1), 1, 2);
    bob.hear(&mut world);
    assert_eq!(alice.signal(&mut world, address(1), 1, b"welcome"), Reply::Ok);
    assert!(bob.hear(&mut world).contains(&heard(1, b"welcome")));
}

#[test]
fn a_member_who_joined_later_hears_no_signal_of_an_epoch_before() {
    let (mut world, mut alice, mut bob) = pair();
    let mut late = world.connect();
    alice.commit(&mut world, address(1), 0, 1, 2);
    late.prove_log(&mut world, address(1), 1, 2);
    late.subscribe(&mut world, address(1), 0, 10);
    bob.hear(&mut world);
    assert_eq!(bob.signal(&mut world, address(1), 0, b"old"), Reply::Stale { epoch: Epoch(1) });
    assert_eq!(late.hear(&mut world), []);
}

#[test]
fn a_signal_of_another_epoch_than_the_current_one_is_stale() {
    let (mut world, mut alice, mut bob) = pair();
    let stale = |epoch| Reply::Stale { epoch: Epoch(epoch) };
    assert_eq!(alice.signal(&mut world, address(1), 1, b"early"), stale(0));
    alice.commit(&mut world, address(1), 0, 1, 2);
    assert_eq!(alice.signal(&mut world, address(1), 0, b"late"), stale(1));
    assert_eq!(alice.signal(&mut world, address(1), 1, b"not proved yet"), stale(1));
    let only_records = bob.hear(&mut world);
    assert!(only_records.iter().all(|frame| !matches!(frame, ServerFrame::Signal { .. })), "{only_records:?}");
}

#[test]
fn who_has_proved_nothing_is_denied_and_a_large_signal_is_too_large() {
    let (mut world, mut alice, mut bob) = pair();
    let mut stranger = world.connect();
    assert_eq!(stranger.signal(&mut world, address(1), 0, b"hi"), denied());
    assert_eq!(stranger.signal(&mut world, address(99), 0, b"hi"), denied());
    let too_large = Reply::Refused { reason: Refusal::TooLarge };
    assert_eq!(alice.signal(&mut world, address(1), 0, &[7; MAX_SIGNAL + 1]), too_large);
    assert_eq!(bob.hear(&mut world), []);
    assert_eq!(alice.signal(&mut world, address(1), 0, &[7; MAX_SIGNAL]), Reply::Ok);
    assert_eq!(bob.hear(&mut world), [heard(0, &[7; MAX_SIGNAL])]);
}

#[test]
fn signals_take_no_credit() {
    let (mut world, mut alice, mut bob) = pair();
    for _ in 0..5 {
        alice.signal(&mut world, address(1), 0, b"ring");
    }
    assert_eq!(alice.append(&mut world, address(1), 0, 1, b"record"), accepted(1));
    let frames = bob.hear(&mut world);
    assert_eq!((frames.len(), seqs(&frames)), (6, vec![1]), "the one credit is there for the record");
}

#[test]
fn a_flood_of_signals_is_refused_as_busy_and_records_still_go_through() {
    let (mut world, mut alice, mut bob) = pair();
    for _ in 0..SIGNALS_BURST {
        assert_eq!(alice.signal(&mut world, address(1), 0, b"x"), Reply::Ok);
    }
    assert!(BUSY(&alice.signal(&mut world, address(1), 0, b"x")));
    assert!(world.relay.is_connected(alice.id), "the connection goes on");
    assert_eq!(alice.append(&mut world, address(1), 0, 1, b"record"), accepted(1));
    let frames = bob.hear(&mut world);
    assert_eq!((frames.len(), seqs(&frames)), (SIGNALS_BURST as usize + 1, vec![1]));
    world.now += 1000 / SIGNALS_A_SECOND;
    assert_eq!(alice.signal(&mut world, address(1), 0, b"x"), Reply::Ok, "time brings one back");
    assert!(BUSY(&alice.signal(&mut world, address(1), 0, b"x")));
}

#[test]
fn signals_for_a_slow_reader_are_dropped_before_anything_else_is() {
    let (mut world, mut alice, mut bob) = pair();
    alice.put_cell(&mut world, address(2), 1, 1, &[0; MAX_CELL]);
    let half = (OUTPUT_SIGNALS / MAX_CELL) as u32 + 1;
    (0..half).for_each(|n| bob.tell(&mut world, &ClientFrame::GetCell { request: Request(n), cell: address(2) }));
    assert_eq!(alice.signal(&mut world, address(1), 0, b"lost"), Reply::Ok);
    alice.append(&mut world, address(1), 0, 1, b"record");
    let frames = bob.hear(&mut world);
    assert!(!frames.contains(&heard(0, b"lost")));
    assert_eq!(frames.iter().filter(|frame| matches!(frame, ServerFrame::Reply { .. })).count(), half as usize);
    assert_eq!(seqs(&frames), [1]);
    alice.signal(&mut world, address(1), 0, b"heard");
    assert_eq!(bob.hear(&mut world), [heard(0, b"heard")]);
}
