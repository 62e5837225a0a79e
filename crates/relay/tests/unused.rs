//! What nobody uses goes, and what somebody does use stays, however it is used.

mod peers;

use peers::*;
use xchat_wire::*;

const DAY: u64 = 24 * 60 * 60 * 1000;
const LOG: u8 = 1;
const INBOX: u8 = 2;
const CELL: u8 = 3;

/// A log, an inbox with a pool, and a cell.
fn begun() -> (World, Peer) {
    let mut world = World::new();
    let mut alice = world.connect();
    alice.create_log(&mut world, address(LOG), 1);
    alice.create_inbox(&mut world, address(INBOX), 2, 3);
    alice.fill(&mut world, address(INBOX), 1, &[1, 2], Some(9));
    assert_eq!(alice.put_cell(&mut world, address(CELL), 4, 1, b"card"), Reply::Ok);
    (world, alice)
}

/// Lets 300 days go by; a use; 300 more; and then the sweep of what was not used for 400.
fn after(world: &mut World, peer: &mut Peer, used: impl FnOnce(&mut World, &mut Peer)) {
    world.now += 300 * DAY;
    used(world, peer);
    world.now += 300 * DAY;
    world.relay.expire(world.now - 30 * DAY);
    world.relay.remove_unused(world.now - 400 * DAY);
}

/// Whether log, inbox and cell are there.
fn there(world: &mut World) -> (bool, bool, bool) {
    let mut peer = world.connect();
    let log = peer.prove(world, Right::Log, address(LOG), 0, 1) != denied();
    let inbox = peer.prove(world, Right::InboxOwner, address(INBOX), 0, 2) != denied();
    (log, inbox, peer.get_cell(world, address(CELL)) != denied())
}

#[test]
fn what_nobody_uses_goes_whole_and_its_address_is_free_again() {
    let (mut world, mut alice) = begun();
    after(&mut world, &mut alice, |_, _| {});
    assert_eq!(there(&mut world), (false, false, false));
    let mut bob = world.connect();
    assert!(matches!(bob.create_inbox(&mut world, address(INBOX), 7, 8), Reply::Proved { packages: Some(0), .. }));
    assert_eq!(bob.take(&mut world, address(INBOX), 8), denied(), "nothing is left of the pool");
}

#[test]
fn a_proof_a_write_and_the_reading_of_a_cell_are_uses() {
    type Use = fn(&mut World, &mut Peer);
    let uses: [(Use, (bool, bool, bool)); 9] = [
        (|world, peer| _ = peer.prove(world, Right::Log, address(LOG), 0, 1), (true, false, false)),
        (|world, peer| _ = peer.append(world, address(LOG), 0, 50, b"x"), (true, false, false)),
        (|world, peer| _ = peer.prove(world, Right::InboxOwner, address(INBOX), 0, 2), (false, true, false)),
        (|world, peer| _ = peer.prove(world, Right::InboxWriter, address(INBOX), 0, 3), (false, true, false)),
        (|world, peer| _ = peer.deliver(world, address(INBOX), 3, 51, b"x"), (false, true, false)),
        (|world, peer| _ = peer.acknowledge(world, address(INBOX), 0), (false, true, false)),
        (|world, peer| _ = peer.take(world, address(INBOX), 3), (false, true, false)),
        (|world, peer| _ = peer.get_cell(world, address(CELL)), (false, false, true)),
        (|world, peer| _ = peer.put_cell(world, address(CELL), 4, 2, b"new"), (false, false, true)),
    ];
    for (n, (used, expected)) in uses.into_iter().enumerate() {
        let (mut world, _) = begun();
        let mut peer = world.connect();
        peer.prove_log(&mut world, address(LOG), 0, 1);
        peer.prove(&mut world, Right::InboxOwner, address(INBOX), 0, 2);
        after(&mut world, &mut peer, used);
        assert_eq!(there(&mut world), expected, "use {n}");
    }
}

#[test]
fn a_proof_that_fails_is_no_use() {
    let (mut world, mut alice) = begun();
    after(&mut world, &mut alice, |world, peer| {
        assert_eq!(peer.prove(world, Right::Log, address(LOG), 0, 9), denied());
        assert_eq!(peer.take(world, address(INBOX), 9), denied());
        assert_eq!(peer.put_cell(world, address(CELL), 9, 5, b"x"), denied());
    });
    assert_eq!(there(&mut world), (false, false, false));
}

#[test]
fn what_still_has_records_waits_for_them() {
    let (mut world, mut alice) = begun();
    alice.append(&mut world, address(LOG), 0, 60, b"x");
    alice.deliver(&mut world, address(INBOX), 3, 61, b"x");
    world.now += 600 * DAY;
    world.relay.remove_unused(world.now - 400 * DAY);
    let mut late = world.connect();
    assert_eq!(late.prove_log(&mut world, address(LOG), 0, 1).first, Seq(1));
    assert!(matches!(late.prove(&mut world, Right::InboxOwner, address(INBOX), 0, 2), Reply::Proved { .. }));
    assert_eq!(late.get_cell(&mut world, address(CELL)), denied());
}

#[test]
fn whoever_is_connected_while_it_goes_is_refused_and_hears_nothing_wrong() {
    let (mut world, _) = begun();
    let mut idle = world.connect();
    idle.prove_log(&mut world, address(LOG), 0, 1);
    world.now += 600 * DAY;
    world.relay.expire(world.now);
    world.relay.remove_unused(world.now - 400 * DAY);
    assert_eq!(idle.append(&mut world, address(LOG), 0, 70, b"x"), denied());
}
