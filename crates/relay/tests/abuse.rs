//! What a hostile client may cost the others: the real relay, from many sockets at once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use peers::{accepted, address, post};
use process::*;
use xchat_wire::*;

/// Whether the relay closes this socket by itself, without a limit of this test's own on the time.
fn is_closed(mut socket: std::net::TcpStream) -> bool {
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// So many appends, one after the other, and how long each took.
fn appends(client: &mut Client, ids: std::ops::Range<u16>) -> Vec<Duration> {
    ids.map(|id| {
        let begun = Instant::now();
        let asked = client.send_append(address(1), 0, id.to_be_bytes(), &[1; 100]);
        let (answered, reply) = client.next_reply();
        assert_eq!((answered, reply), (asked, accepted(u64::from(id))));
        begun.elapsed()
    })
    .collect()
}

#[test]
fn a_flood_and_half_open_sockets_do_not_keep_the_others_from_writing() {
    let relay = Running::start("flood", &[]);
    let mut victim = relay.connect();
    victim.create_log(address(1), 1);
    let alone = median(appends(&mut victim, 1..101));

    let half_open: Vec<_> =
        (0..50).map(|n| relay.dial(if n % 2 == 0 { "" } else { "GET /relay HTTP/1.1\r\nHo" })).collect();
    let mut flooder = relay.connect();
    flooder.create_log(address(2), 2);
    let ended = std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            // More than the bucket holds, whatever comes back into it meanwhile.
            for id in 0..20_000u16 {
                match id % 16 {
                    0 => _ = flooder.send_append(address(2), 0, id.to_be_bytes(), &[2; 1000]),
                    _ => flooder.send(&ClientFrame::Credit { address: address(2), more: 0 }),
                }
            }
            flooder.last_words()
        });
        let beside = median(appends(&mut victim, 101..201));
        println!("median append: {alone:?} alone, {beside:?} beside the flood");
        assert!(beside < 25 * alone, "{alone:?} alone, {beside:?} beside the flood");
        flood.join().unwrap()
    });
    assert_eq!(ended, Some(Goodbye::Flood), "the flooder is sent away");
    drop(half_open);
    appends(&mut victim, 201..211);
}

#[test]
fn an_address_may_open_so_many_connections_and_others_behind_the_proxy_are_not_meant() {
    let flags = ["--trust-proxy", "--max-connections-per-address", "3"];
    let relay = Running::start("per-address", &flags);
    let from = |address: &str| Client::open(relay.bound, &[("X-Forwarded-For", address)]);
    let mut taken: Vec<Client> = (0..3).map(|_| from("192.0.2.1").unwrap()).collect();
    assert!(from("192.0.2.1").is_none(), "a fourth");
    assert!(from("203.0.113.9, 192.0.2.1").is_none(), "what the client claims does not count");
    let _other = from("192.0.2.2").expect("another address");
    let _six = from("2001:db8::1").unwrap();
    assert!(relay.metrics().contains("xchat_relay_connections_refused_total 2"));
    taken.pop();
    assert!((0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        from("192.0.2.1").is_some()
    }));
}

#[test]
fn without_a_trusted_proxy_nobody_may_claim_an_address() {
    let relay = Running::start("claims", &["--max-connections-per-address", "2"]);
    let from = |address: &str| Client::open(relay.bound, &[("X-Forwarded-For", address)]);
    let _taken = (from("192.0.2.1").unwrap(), from("192.0.2.2").unwrap());
    assert!(from("192.0.2.3").is_none());
}

#[test]
fn creations_over_the_limit_are_answered_busy_and_end_the_connection() {
    let relay = Running::start("creations", &["--creations-per-minute", "5"]);
    let mut client = relay.connect();
    (1..=5).for_each(|n| client.create_log(address(n), 1));
    let (log, request) = (address(6), client.request());
    let proof = client.proof(Right::Log, log, 0, 1);
    client.send(&ClientFrame::CreateLog { request, log, proof });
    let (_, reply) = client.next_reply();
    let Reply::Refused { reason: Refusal::Busy { retry_after_ms } } = reply else { panic!("{reply:?}") };
    assert!((1..=12_000).contains(&retry_after_ms), "{retry_after_ms}");
    assert_eq!(client.last_words(), Some(Goodbye::Flood));
    let mut again = relay.connect();
    again.prove(Right::Log, address(1), 0, 1);
    assert_eq!(again.append(address(1), 0, 1, b"a"), accepted(1), "what exists is not meant");
    let log = relay.metrics();
    assert!(log.contains("xchat_relay_writes_limited_total 1"));
}

#[test]
fn deliveries_over_the_limit_are_answered_busy() {
    let relay = Running::start("deliveries", &["--deliveries-per-minute", "32"]);
    let mut client = relay.connect();
    let (inbox, writer, request) = (address(1), peers::public(2), client.request());
    let proof = client.proof(Right::InboxOwner, inbox, 0, 1);
    client.try_all(vec![ClientFrame::CreateInbox { request, inbox, proof, writer }]).unwrap();
    let proof = client.proof(Right::InboxWriter, inbox, 0, 2);
    let mut deliver = |id: u8| {
        let delivery = Post { inbox, proof, post: post(id), body: vec![id].into(), ttl: None };
        client.ask(|request| ClientFrame::Deliver { request, delivery })
    };
    (1..=32).for_each(|id| assert_eq!(deliver(id), accepted(u64::from(id))));
    assert!(matches!(deliver(33), Reply::Refused { reason: Refusal::Busy { .. } }));
}

#[test]
fn bytes_over_the_limit_are_answered_busy() {
    let relay = Running::start("stored", &["--stored-kib-per-minute", "1024"]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let body = vec![1; 200_000];
    (1..=5).for_each(|id| assert_eq!(client.append(address(1), 0, id, &body), accepted(u64::from(id))));
    let Reply::Refused { reason: Refusal::Busy { retry_after_ms } } = client.append(address(1), 0, 6, &body) else {
        panic!("one more is too much")
    };
    assert!((1..60_000).contains(&retry_after_ms), "{retry_after_ms}");
    assert_eq!(client.last_words(), Some(Goodbye::Flood));
}

#[test]
fn what_is_over_a_days_bytes_is_answered_full_and_the_connection_goes_on() {
    let relay = Running::start("day", &["--stored-mib-per-day", "1"]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let body = vec![1; 200_000];
    (1..=5).for_each(|id| assert_eq!(client.append(address(1), 0, id, &body), accepted(u64::from(id))));
    let full = Reply::Refused { reason: Refusal::Full };
    assert_eq!(client.append(address(1), 0, 6, &body), full);
    assert_eq!(client.append(address(1), 0, 7, b"small"), accepted(6), "what still fits is taken");
    assert_eq!(client.append(address(1), 0, 6, &body), full);
}

#[test]
fn a_websocket_that_says_nothing_is_closed_and_one_that_pings_is_not() {
    let relay = Running::start("half-open", &["--first-frame-seconds", "1"]);
    let (mut silent, mut alive) = (relay.connect(), relay.connect());
    alive.send(&ClientFrame::Ping);
    assert_eq!(silent.last_words(), Some(Goodbye::Slow));
    assert_eq!(alive.next_frame(), ServerFrame::Pong);
    alive.create_log(address(1), 1);
}

#[test]
fn a_head_that_does_not_come_to_its_end_closes_the_socket() {
    let relay = Running::start("loris", &[]);
    let sockets =
        ["", "GET / HTTP/1.1\r\nHost: local", "GET /relay HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"];
    let waiting: Vec<_> = sockets.map(|head| relay.dial(head)).into_iter().collect();
    let mut dripping = relay.dial("GET / HTTP/1.1\r\n");
    let drip = std::thread::spawn(move || {
        // A byte now and then does not make it longer: the whole head has one time to come.
        while dripping.write_all(b"X").is_ok() {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    assert!(waiting.into_iter().all(is_closed));
    drip.join().unwrap();
}

#[test]
fn a_head_that_is_too_large_or_has_too_many_lines_is_refused() {
    let relay = Running::start("head", &[]);
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    for lines in [many, format!("X: {}\r\n", "y".repeat(60_000))] {
        let mut socket = relay.dial("");
        _ = socket.write_all(format!("GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n").as_bytes());
        let mut answer = [0; 12];
        // Whatever was sent is not all read: a reset may come before the answer.
        if socket.read_exact(&mut answer).is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 431");
        }
    }
    assert_eq!(relay.get("/healthz", &[]).status, 200);
}

#[test]
fn a_reader_that_takes_nothing_is_sent_away_and_the_others_go_on() {
    let relay = Running::start("reader", &[]);
    let mut reader = relay.connect();
    let (cell, request) = (address(9), reader.request());
    let proof = reader.proof(Right::CellOwner, cell, 0, 1);
    let body = vec![7; MAX_CELL].into();
    reader.try_all(vec![ClientFrame::PutCell { request, cell, proof, version: 1, body }]).unwrap();
    // Far more than socket buffers hold.
    for _ in 0..3000 {
        let request = reader.request();
        reader.send(&ClientFrame::GetCell { request, cell });
    }
    let mut other = relay.connect();
    other.create_log(address(1), 1);
    assert_eq!(other.append(address(1), 0, 1, b"a"), accepted(1));
    assert_eq!(reader.last_words(), Some(Goodbye::Slow));
}

#[test]
fn what_the_connections_of_an_address_prove_is_bounded_together_and_given_back_at_their_end() {
    let relay = Running::start("proved", &["--max-proved-per-address", "3"]);
    let (mut one, mut two) = (relay.connect(), relay.connect());
    (1..=2).for_each(|n| one.create_log(address(n), 1));
    two.create_log(address(3), 1);
    let proof = two.proof(Right::Log, address(1), 0, 1);
    let prove =
        |request| ClientFrame::Prove { request, right: Right::Log, address: address(1), epoch: Epoch(0), proof };
    let too_large = Reply::Refused { reason: Refusal::TooLarge };
    assert_eq!(two.ask(prove), too_large);
    let (log, proof) = (address(4), two.proof(Right::Log, address(4), 0, 1));
    assert_eq!(two.ask(|request| ClientFrame::CreateLog { request, log, proof }), too_large);
    assert_eq!(two.append(address(3), 0, 1, b"a"), accepted(1), "what is proved stays proved");
    drop(one);
    until(|| two.ask(prove) != too_large);
}

#[test]
fn requests_for_files_over_the_limit_are_told_when_to_come_back() {
    let relay = Running::start("files", &["--files-per-minute", "3"]);
    (0..3).for_each(|_| assert_eq!(relay.get("/nothing", &[]).status, 404));
    let refused = relay.get("/nothing", &[]);
    assert_eq!(refused.status, 429);
    assert!((1..=20).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));
    assert_eq!(relay.get("/healthz", &[]).status, 200, "who watches the relay is not meant");
}
