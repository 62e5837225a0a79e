//! A log: who may append, who may read how far, and what a repeat is answered.

mod peers;

use peers::*;
use xchat_wire::*;

const LOG: u8 = 100;

fn log() -> Address {
    address(LOG)
}

/// A world whose log is at epoch 0 with key 1, and its creator.
fn begun() -> (World, Peer) {
    let mut world = World::new();
    let mut alice = world.connect();
    assert!(matches!(alice.create_log(&mut world, log(), 1), Reply::Proved { .. }));
    (world, alice)
}

/// The log closed `epochs` times, each epoch with two messages; the key of epoch n is n + 1.
fn grown(epochs: u64) -> (World, Peer) {
    let (mut world, mut alice) = begun();
    for epoch in 0..epochs {
        let id = epoch as u8 * 3;
        alice.append(&mut world, log(), epoch, id + 1, b"one");
        alice.append(&mut world, log(), epoch, id + 2, b"two");
        alice.commit(&mut world, log(), epoch, id + 3, epoch as u8 + 2);
        alice.prove_log(&mut world, log(), epoch + 1, epoch as u8 + 2);
    }
    (world, alice)
}

#[test]
fn a_log_is_created_once_and_again_by_the_same_key_only() {
    let (mut world, mut alice) = begun();
    let again = alice.create_log(&mut world, log(), 1);
    let fresh = LogState { epoch: Epoch(0), head: Seq(0), first: Seq(0) };
    assert_eq!(again, Reply::Proved { log: Some(fresh), packages: None });
    assert_eq!(alice.create_log(&mut world, log(), 2), denied());
}

#[test]
fn a_log_that_has_moved_on_still_knows_the_key_that_created_it() {
    let (mut world, _) = grown(2);
    let mut peer = world.connect();
    assert!(matches!(peer.create_log(&mut world, log(), 1), Reply::Proved { .. }));
    assert_eq!(peer.create_log(&mut world, log(), 3), denied(), "the current key created nothing");
}

#[test]
fn records_are_numbered_chained_and_delivered_to_their_author_as_well() {
    let (mut world, mut alice) = begun();
    alice.subscribe(&mut world, log(), 0, 10);
    assert_eq!(alice.append(&mut world, log(), 0, 1, b"hello"), accepted(1));
    assert_eq!(alice.commit(&mut world, log(), 0, 2, 2), accepted(2));
    let heard = records(&alice.hear(&mut world));
    let first = chain_start(&log()).extend(Seq(1), Epoch(0), Kind::Message, &post(1), None, b"hello");
    let second = first.extend(Seq(2), Epoch(0), Kind::Commit, &post(2), Some(&public(2)), b"commit");
    let places: Vec<_> = heard.iter().map(|r| (r.seq.0, r.previous.0, r.epoch.0, r.kind, r.chain)).collect();
    assert_eq!(places, [(1, 0, 0, Kind::Message, first), (2, 1, 0, Kind::Commit, second)]);
    assert_eq!(heard[1].next_key, Some(public(2)));
    assert_eq!((heard[0].post, heard[0].body.as_slice()), (post(1), b"hello".as_slice()));
}

#[test]
fn a_records_time_is_the_relays_clock_in_whole_seconds_and_never_runs_backwards() {
    let (mut world, mut alice) = begun();
    world.now = 1_700_000_001_999;
    alice.append(&mut world, log(), 0, 1, b"a");
    world.now = 1_600_000_000_000;
    alice.append(&mut world, log(), 0, 2, b"b");
    let times: Vec<u64> = records(&alice.subscribe(&mut world, log(), 0, 10)).iter().map(|r| r.time).collect();
    assert_eq!(times, [1_700_000_001_000, 1_700_000_001_000]);
}

#[test]
fn a_repeat_is_answered_as_the_first_time_also_after_the_epoch_has_moved_on() {
    let (mut world, mut alice) = begun();
    assert_eq!(alice.append(&mut world, log(), 0, 1, b"a"), accepted(1));
    assert_eq!(alice.append(&mut world, log(), 0, 1, b"a"), accepted(1));
    assert_eq!(alice.commit(&mut world, log(), 0, 2, 2), accepted(2));
    assert_eq!(alice.append(&mut world, log(), 0, 1, b"a"), accepted(1));
    assert_eq!(alice.commit(&mut world, log(), 0, 2, 2), accepted(2));
    let mut later = world.connect();
    let state = later.prove_log(&mut world, log(), 0, 1);
    assert_eq!(later.append(&mut world, log(), 0, 1, b"a"), accepted(1));
    assert_eq!(state.head, Seq(2), "nothing was added by repeats");
}

#[test]
fn one_commit_per_epoch_is_accepted_and_the_other_is_told_the_epoch() {
    let (mut world, mut alice) = begun();
    let mut bob = world.connect();
    bob.prove_log(&mut world, log(), 0, 1);
    assert_eq!(alice.commit(&mut world, log(), 0, 1, 2), accepted(1));
    assert_eq!(bob.commit(&mut world, log(), 0, 2, 3), Reply::Stale { epoch: Epoch(1) });
}

#[test]
fn an_append_of_another_epoch_is_stale() {
    let (mut world, mut alice) = grown(1);
    assert_eq!(alice.append(&mut world, log(), 0, 50, b"late"), Reply::Stale { epoch: Epoch(1) });
    assert_eq!(alice.append(&mut world, log(), 2, 51, b"early"), Reply::Stale { epoch: Epoch(1) });
    assert_eq!(alice.append(&mut world, log(), 1, 52, b"now"), accepted(4));
}

#[test]
fn a_connection_that_proved_only_the_old_epoch_may_not_append_in_the_new_one() {
    let (mut world, mut alice) = begun();
    let mut removed = world.connect();
    removed.prove_log(&mut world, log(), 0, 1);
    alice.commit(&mut world, log(), 0, 1, 2);
    assert_eq!(removed.append(&mut world, log(), 1, 2, b"still here"), Reply::Stale { epoch: Epoch(1) });
    assert_eq!(removed.commit(&mut world, log(), 1, 3, 9), Reply::Stale { epoch: Epoch(1) });
}

#[test]
fn without_a_proof_nothing_is_read_or_written() {
    let (mut world, _) = begun();
    let mut stranger = world.connect();
    assert_eq!(stranger.append(&mut world, log(), 0, 1, b"x"), denied());
    assert_eq!(stranger.commit(&mut world, log(), 0, 1, 2), denied());
    let reply = stranger.ask(&mut world, |request| ClientFrame::Subscribe {
        request,
        address: log(),
        after: Seq(0),
        credit: 1,
    });
    assert_eq!(reply, denied());
}

#[test]
fn a_removed_member_gets_the_commit_that_removed_it_and_nothing_after() {
    let (mut world, mut alice) = begun();
    let mut removed = world.connect();
    removed.prove_log(&mut world, log(), 0, 1);
    removed.subscribe(&mut world, log(), 0, 100);
    alice.append(&mut world, log(), 0, 1, b"a");
    alice.commit(&mut world, log(), 0, 2, 2);
    alice.prove_log(&mut world, log(), 1, 2);
    alice.append(&mut world, log(), 1, 3, b"secret");
    let heard = removed.hear(&mut world);
    assert_eq!(seqs(&heard), [1, 2]);
    assert_eq!(heard.last(), Some(&ServerFrame::Fenced { address: log(), epoch: Epoch(1) }));

    let mut returned = world.connect();
    returned.prove_log(&mut world, log(), 0, 1);
    let heard = returned.subscribe(&mut world, log(), 0, 100);
    assert_eq!(seqs(&heard), [1, 2], "nor on a new connection");
    alice.append(&mut world, log(), 1, 4, b"more");
    assert_eq!(returned.hear(&mut world), []);
    let heard = returned.subscribe(&mut world, log(), 2, 100);
    assert_eq!(heard, [ServerFrame::Fenced { address: log(), epoch: Epoch(1) }], "nor behind the commit");
    assert_eq!(returned.prove(&mut world, Right::Log, log(), 1, 1), denied());
}

#[test]
fn proving_the_next_epoch_lets_a_fenced_subscription_go_on_by_itself() {
    let (mut world, mut alice) = begun();
    let mut bob = world.connect();
    bob.prove_log(&mut world, log(), 0, 1);
    bob.subscribe(&mut world, log(), 0, 100);
    alice.commit(&mut world, log(), 0, 1, 2);
    alice.prove_log(&mut world, log(), 1, 2);
    alice.append(&mut world, log(), 1, 2, b"a");
    bob.hear(&mut world);
    bob.prove_log(&mut world, log(), 1, 2);
    let heard = bob.hear(&mut world);
    assert_eq!(seqs(&heard), [2]);
    assert_eq!(heard.last(), Some(&ServerFrame::CaughtUp { address: log(), head: Seq(2) }));
    alice.append(&mut world, log(), 1, 3, b"b");
    assert_eq!(seqs(&bob.hear(&mut world)), [3]);
}

#[test]
fn a_member_who_is_behind_reads_epoch_by_epoch() {
    let (mut world, _) = grown(3);
    let mut late = world.connect();
    assert_eq!(late.prove_log(&mut world, log(), 0, 1).epoch, Epoch(3));
    let mut heard = late.subscribe(&mut world, log(), 0, 100);
    for epoch in 0..3 {
        let first = epoch * 3 + 1;
        assert_eq!(seqs(&heard), [first, first + 1, first + 2]);
        assert_eq!(heard.last(), Some(&ServerFrame::Fenced { address: log(), epoch: Epoch(epoch + 1) }));
        late.prove_log(&mut world, log(), epoch + 1, epoch as u8 + 2);
        heard = late.hear(&mut world);
    }
    assert_eq!(heard, [ServerFrame::CaughtUp { address: log(), head: Seq(9) }]);
}

#[test]
fn a_proof_gives_no_right_to_records_before_its_epoch() {
    let (mut world, mut alice) = grown(2);
    alice.append(&mut world, log(), 2, 90, b"now");
    let mut joiner = world.connect();
    joiner.prove_log(&mut world, log(), 2, 3);
    assert_eq!(seqs(&joiner.subscribe(&mut world, log(), 0, 100)), [7], "starts at its epoch's first record");
}

#[test]
fn a_jump_over_an_epoch_never_shows_the_epoch_between() {
    let (mut world, _) = grown(3);
    let mut peer = world.connect();
    peer.prove_log(&mut world, log(), 0, 1);
    assert_eq!(seqs(&peer.subscribe(&mut world, log(), 0, 100)), [1, 2, 3]);
    peer.prove_log(&mut world, log(), 2, 3);
    assert_eq!(seqs(&peer.hear(&mut world)), [7, 8, 9], "4 to 6 belong to epoch 1");
}

#[test]
fn an_epoch_proved_before_it_was_over_is_read_to_its_commit() {
    let (mut world, mut alice) = begun();
    let mut bob = world.connect();
    bob.prove_log(&mut world, log(), 0, 1);
    alice.append(&mut world, log(), 0, 1, b"a");
    alice.commit(&mut world, log(), 0, 2, 2);
    let heard = bob.subscribe(&mut world, log(), 0, 100);
    assert_eq!(seqs(&heard), [1, 2]);
}

#[test]
fn an_empty_log_is_caught_up_at_once() {
    let (mut world, mut alice) = begun();
    let heard = alice.subscribe(&mut world, log(), 0, 1);
    assert_eq!(heard, [ServerFrame::CaughtUp { address: log(), head: Seq(0) }]);
}

#[test]
fn no_more_records_flow_than_there_is_credit() {
    let (mut world, mut alice) = begun();
    (1..=10).for_each(|id| _ = alice.append(&mut world, log(), 0, id, b"x"));
    let mut reader = world.connect();
    reader.prove_log(&mut world, log(), 0, 1);
    let heard = reader.subscribe(&mut world, log(), 0, 3);
    assert_eq!(seqs(&heard), [1, 2, 3]);
    assert_eq!(heard.len(), 3, "and it is not caught up");
    reader.tell(&mut world, &ClientFrame::Credit { address: log(), more: 7 });
    let heard = reader.hear(&mut world);
    assert_eq!(seqs(&heard), [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(heard.last(), Some(&ServerFrame::CaughtUp { address: log(), head: Seq(10) }));
    alice.append(&mut world, log(), 0, 11, b"x");
    assert_eq!(reader.hear(&mut world), [], "live records wait for credit as well");
    reader.tell(&mut world, &ClientFrame::Credit { address: log(), more: 1 });
    assert_eq!(seqs(&reader.hear(&mut world)), [11]);
}

#[test]
fn a_second_subscription_replaces_the_first() {
    let (mut world, mut alice) = begun();
    (1..=4).for_each(|id| _ = alice.append(&mut world, log(), 0, id, b"x"));
    alice.subscribe(&mut world, log(), 0, 2);
    assert_eq!(seqs(&alice.subscribe(&mut world, log(), 3, 10)), [4]);
    alice.append(&mut world, log(), 0, 5, b"x");
    assert_eq!(seqs(&alice.hear(&mut world)), [5], "once, not twice");
}

#[test]
fn after_unsubscribe_nothing_comes() {
    let (mut world, mut alice) = begun();
    alice.subscribe(&mut world, log(), 0, 10);
    alice.tell(&mut world, &ClientFrame::Unsubscribe { address: log() });
    alice.append(&mut world, log(), 0, 1, b"x");
    assert_eq!(alice.hear(&mut world), []);
}

#[test]
fn a_cursor_ahead_of_the_relay_still_hears_what_comes() {
    let (mut world, mut alice) = begun();
    let heard = alice.subscribe(&mut world, log(), 1000, 10);
    assert_eq!(heard, [ServerFrame::CaughtUp { address: log(), head: Seq(0) }]);
    alice.append(&mut world, log(), 0, 1, b"x");
    assert_eq!(seqs(&alice.hear(&mut world)), [1]);
}

#[test]
fn a_body_over_the_limit_is_too_large_and_the_largest_is_not() {
    let (mut world, mut alice) = begun();
    let too_large = Reply::Refused { reason: Refusal::TooLarge };
    assert_eq!(alice.append(&mut world, log(), 0, 1, &vec![0; MAX_BODY + 1]), too_large);
    assert_eq!(alice.append(&mut world, log(), 0, 2, &vec![0; MAX_BODY]), accepted(1));
    assert_eq!(seqs(&alice.subscribe(&mut world, log(), 0, 1)), [1], "and it can be read back");
}

#[test]
fn many_large_records_all_arrive_though_the_queue_is_bounded() {
    let (mut world, mut alice) = begun();
    (1..=20).for_each(|id| _ = alice.append(&mut world, log(), 0, id, &vec![id; 200_000]));
    let heard = alice.subscribe(&mut world, log(), 0, 100);
    assert_eq!(seqs(&heard), (1..=20).collect::<Vec<_>>());
}
