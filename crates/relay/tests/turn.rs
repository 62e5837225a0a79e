//! TURN credentials over a real socket: to members, fresh each time, and not without end.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use peers::{World, address, denied};
use process::*;
use xchat_relay::limits::{TURNS_A_MINUTE, TURNS_BURST};
use xchat_wire::*;

const NOT_OFFERED: Reply = Reply::Refused { reason: Refusal::NotOffered };

/// A relay with two TURN servers.
fn relay(name: &str) -> Running {
    let secret = std::env::temp_dir().join(format!("xchat-relay-{}-{name}-secret", std::process::id()));
    std::fs::write(&secret, "north wind\n").unwrap();
    let urls = ["--turn-url", "turn:turn.example:3478?transport=udp", "--turn-url", "turns:turn.example:5349"];
    let flags = [urls.as_slice(), &["--turn-secret-file", secret.to_str().unwrap()]].concat();
    let relay = Running::start(name, &flags);
    std::fs::remove_file(&secret).unwrap();
    relay
}

#[test]
fn a_member_is_given_credentials_for_ten_minutes_and_other_ones_each_time() {
    let relay = relay("turn");
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let mut given = || match client.turn() {
        Reply::Turn { urls, username, password, seconds } => {
            assert_eq!(urls, ["turn:turn.example:3478?transport=udp", "turns:turn.example:5349"]);
            assert_eq!(seconds, 600);
            (username, password)
        }
        other => panic!("no credentials: {other:?}"),
    };
    let (first, second) = (given(), given());
    assert_ne!(first, second);
    let (until, random) = first.0.split_once(':').unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let left = until.parse::<u64>().unwrap() - now;
    assert!((500..=600).contains(&left), "{left} seconds left");
    assert!(random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(first.1.0.len(), 28, "20 bytes in base64");
}

#[test]
fn who_has_proved_no_log_is_denied_whatever_else_it_has_proved() {
    let relay = relay("turn-denied");
    let mut client = relay.connect();
    assert_eq!(client.turn(), denied());
    client.create_inbox(address(2), 2, 3);
    assert_eq!(client.turn(), denied());
}

#[test]
fn a_relay_without_turn_servers_says_that_it_offers_none() {
    let relay = Running::start("turn-none", &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    assert_eq!(client.turn(), NOT_OFFERED);
}

#[test]
fn a_relay_with_half_of_the_settings_does_not_start() {
    let relay = Running::start("turn-half", &[]);
    let (status, said) = relay.try_with(&["--turn-url", "turn:turn.example"]);
    assert!(!status.success());
    assert!(said.contains("--turn-url and --turn-secret-file belong together"), "{said}");
}

#[test]
fn too_many_wishes_are_busy_and_the_connection_goes_on() {
    let mut world = World::new();
    let mut peer = world.connect();
    peer.create_log(&mut world, address(1), 1);
    let turn = |request| ClientFrame::Turn { request };
    // A relay without servers says so to those whom it would give credentials.
    (0..TURNS_BURST).for_each(|_| assert_eq!(peer.ask(&mut world, turn), NOT_OFFERED));
    let busy = Reply::Refused { reason: Refusal::Busy { retry_after_ms: 30_000 } };
    assert_eq!(peer.ask(&mut world, turn), busy);
    assert!(world.relay.is_connected(peer.id));
    world.now += 60_000 / TURNS_A_MINUTE;
    assert_eq!(peer.ask(&mut world, turn), NOT_OFFERED);
}
