//! The bounds of one connection, and how it ends.

mod peers;

use peers::*;
use xchat_relay::limits::{FRAMES_BURST, OUTPUT_BYTES};
use xchat_wire::*;

fn goodbye(frames: &[ServerFrame]) -> Option<Goodbye> {
    frames.iter().find_map(|frame| match frame {
        ServerFrame::Goodbye { reason, .. } => Some(*reason),
        _ => None,
    })
}

#[test]
fn the_welcome_holds_the_challenge_and_the_relays_clock() {
    let mut world = World::new();
    let id = world.relay.connect(world.now, ORIGIN, [7; 32]);
    let output = world.relay.take_output(id);
    let welcome = ServerFrame::Welcome { challenge: Challenge::new([7; 32]), time: world.now };
    assert_eq!(output, [encode(&welcome)]);
}

#[test]
fn a_ping_is_answered() {
    let mut world = World::new();
    let mut peer = world.connect();
    peer.tell(&mut world, &ClientFrame::Ping);
    assert_eq!(peer.hear(&mut world), [ServerFrame::Pong]);
}

#[test]
fn bytes_that_are_no_frame_end_the_connection_with_the_reason() {
    for garbage in [&b"garbage"[..], &[], &[0x82, 0x18, 0xc8, 0xa0], &vec![0; MAX_FRAME + 1]] {
        let mut world = World::new();
        let mut peer = world.connect();
        world.relay.receive(peer.id, garbage, world.now);
        assert_eq!(goodbye(&peer.hear(&mut world)), Some(Goodbye::BadFrame));
        assert!(!world.relay.is_connected(peer.id));
        peer.tell(&mut world, &ClientFrame::Ping);
        assert_eq!(peer.hear(&mut world), [], "and nothing is heard after it");
    }
}

#[test]
fn more_frames_than_the_bucket_holds_are_a_flood() {
    let mut world = World::new();
    let mut peer = world.connect();
    for _ in 0..FRAMES_BURST {
        peer.tell(&mut world, &ClientFrame::Credit { address: address(1), more: 0 });
    }
    assert_eq!(peer.hear(&mut world), []);
    peer.tell(&mut world, &ClientFrame::Ping);
    assert_eq!(goodbye(&peer.hear(&mut world)), Some(Goodbye::Flood));
}

#[test]
fn a_reader_that_takes_nothing_is_sent_away_once_its_queue_is_full() {
    let mut world = World::new();
    let mut peer = world.connect();
    peer.put_cell(&mut world, address(1), 1, 1, &vec![0; MAX_CELL]);
    let get = |n| ClientFrame::GetCell { request: Request(1000 + n), cell: address(1) };
    (0..OUTPUT_BYTES as u32 / MAX_CELL as u32 + 1).for_each(|n| peer.tell(&mut world, &get(n)));
    let heard = peer.hear(&mut world);
    assert_eq!(goodbye(&heard), Some(Goodbye::Slow));
    assert_eq!(heard.len(), 1, "what it would not take is not kept for it");
}

#[test]
fn a_reader_that_takes_nothing_holds_up_nobody_and_loses_nothing() {
    let mut world = World::new();
    let (mut writer, mut reader) = (world.connect(), world.connect());
    writer.create_log(&mut world, address(1), 1);
    reader.prove_log(&mut world, address(1), 0, 1);
    reader.subscribe(&mut world, address(1), 0, MAX_CREDIT);
    for id in 1..=30 {
        assert_eq!(writer.append(&mut world, address(1), 0, id, &vec![id; 100_000]), accepted(id.into()));
    }
    let heard = reader.hear(&mut world);
    assert_eq!(seqs(&heard), (1..=30).collect::<Vec<_>>());
    assert_eq!(goodbye(&heard), None);
}

#[test]
fn silence_ends_a_connection_and_a_ping_keeps_it() {
    let mut world = World::new();
    let (mut silent, mut alive) = (world.connect(), world.connect());
    for _ in 0..3 {
        world.now += PING_EVERY_MS;
        alive.tell(&mut world, &ClientFrame::Ping);
        alive.hear(&mut world);
        world.relay.tick(world.now);
    }
    assert!(world.relay.is_connected(alive.id));
    assert!(!world.relay.is_connected(silent.id));
    silent.tell(&mut world, &ClientFrame::Ping);
    assert_eq!(silent.hear(&mut world), []);
}

#[test]
fn a_relay_that_stops_says_so() {
    let mut world = World::new();
    let mut peer = world.connect();
    world.relay.shut_down();
    assert_eq!(goodbye(&peer.hear(&mut world)), Some(Goodbye::Restart));
}

#[test]
fn more_subscriptions_than_allowed_are_too_large() {
    let mut world = World::new();
    let mut peer = world.connect();
    let at = |n: usize| Address::new([(n >> 8) as u8, n as u8].repeat(16).try_into().unwrap());
    for n in 0..=MAX_SUBSCRIPTIONS {
        world.now += 10;
        peer.create_log(&mut world, at(n), 1);
        let subscribe = |request| ClientFrame::Subscribe { request, address: at(n), after: Seq(0), credit: 1 };
        let expected = match n < MAX_SUBSCRIPTIONS {
            true => Reply::Ok,
            false => Reply::Refused { reason: Refusal::TooLarge },
        };
        assert_eq!(peer.ask(&mut world, subscribe), expected);
    }
}
