//! The real binary over real sockets: accept, fan out, kill -9, come back; doors closed to others; files for browsers.

mod peers;
mod process;

use peers::{accepted, address, public};
use process::*;
use xchat_wire::*;

#[test]
fn what_is_accepted_reaches_the_subscribers_of_other_connections() {
    let relay = Running::start("fan-out", &[]);
    let (mut writer, mut reader) = (relay.connect(), relay.connect());
    writer.create_log(address(1), 1);
    reader.prove(Right::Log, address(1), 0, 1);
    reader.subscribe(address(1), 0);
    assert_eq!(writer.append(address(1), 0, 1, b"hello"), accepted(1));
    let record = reader.next_record();
    assert_eq!((record.seq, record.post, record.body.as_slice()), (Seq(1), peers::post(1), b"hello".as_slice()));
}

#[test]
fn a_signal_reaches_the_listeners_on_other_connections_in_the_order_it_was_sent() {
    let relay = Running::start("signal", &[]);
    let (mut sender, mut listener) = (relay.connect(), relay.connect());
    sender.create_log(address(1), 1);
    sender.subscribe(address(1), 0);
    listener.prove(Right::Log, address(1), 0, 1);
    listener.subscribe(address(1), 0);
    for n in 0..20 {
        assert_eq!(sender.signal(address(1), 0, &[n]), Reply::Ok);
    }
    let mut bodies: Vec<u8> = Vec::new();
    while bodies.len() < 20 {
        if let ServerFrame::Signal { address: at, epoch, body } = listener.next_frame() {
            assert_eq!((at, epoch), (address(1), Epoch(0)));
            bodies.extend(body.iter());
        }
    }
    assert_eq!(bodies, (0..20).collect::<Vec<_>>());
    assert_eq!(listener.signal(address(1), 0, b"last"), Reply::Ok);
    let first =
        std::iter::repeat_with(|| sender.next_frame()).find(|frame| matches!(frame, ServerFrame::Signal { .. }));
    let last = ServerFrame::Signal { address: address(1), epoch: Epoch(0), body: b"last".to_vec().into() };
    assert_eq!(first, Some(last), "the first that the sender hears is another's");
}

#[test]
fn everything_accepted_survives_kill_minus_nine() {
    let mut relay = Running::start("kill", &[]);
    let mut taken = Vec::new();
    for round in 0..3u8 {
        let mut writer = relay.connect();
        writer.create_log(address(1), 1);
        // Posts are under way when the relay dies; those that were answered must be there.
        let asked: Vec<Request> =
            (0..200u8).map(|n| writer.send_append(address(1), 0, [round, n], &[n; 500])).collect();
        while taken.len() < 100 + 150 * usize::from(round) {
            let (request, reply) = writer.next_reply();
            let Reply::Accepted { seq } = reply else { panic!("{reply:?}") };
            let n = asked.iter().position(|asked| *asked == request).unwrap();
            taken.push((seq, n as u8));
        }
        relay.kill();
        relay = relay.again();
    }
    let mut reader = relay.connect();
    reader.prove(Right::Log, address(1), 0, 1);
    reader.subscribe(address(1), 0);
    let records = reader.records_until_caught_up();
    for (seq, n) in taken {
        let record = records.iter().find(|record| record.seq == seq).expect("an accepted record is there");
        assert_eq!(record.body.as_slice(), [n; 500]);
    }
    let mut chain = chain_start(&address(1));
    for (record, place) in records.iter().zip(1..) {
        chain = chain.extend(record.seq, record.epoch, record.kind, &record.post, None, &record.body);
        assert_eq!((record.seq, record.chain), (Seq(place), chain), "no gap, no fork");
    }
}

#[test]
fn a_post_repeated_after_a_crash_is_answered_as_the_first_time() {
    let mut relay = Running::start("repeat", &[]);
    let mut writer = relay.connect();
    writer.create_log(address(1), 1);
    assert_eq!(writer.append(address(1), 0, 1, b"a"), accepted(1));
    relay.kill();
    relay = relay.again();
    let mut writer = relay.connect();
    writer.prove(Right::Log, address(1), 0, 1);
    assert_eq!(writer.append(address(1), 0, 1, b"a"), accepted(1));
    assert_eq!(writer.append(address(1), 0, 2, b"b"), accepted(2));
}

#[test]
fn requests_sent_without_waiting_take_effect_in_their_order() {
    let relay = Running::start("pipeline", &[]);
    let mut client = relay.connect();
    let log = address(1);
    let proof = client.proof(Right::Log, log, 0, 1);
    client.send(&ClientFrame::CreateLog { request: Request(1), log, proof });
    client.send(&ClientFrame::Subscribe { request: Request(2), address: log, after: Seq(0), credit: 100 });
    let append = |n: u32, epoch, id| ClientFrame::Append {
        request: Request(n),
        log,
        epoch: Epoch(epoch),
        post: peers::post(id),
        body: vec![id].into(),
        ttl: None,
    };
    client.send(&append(3, 0, 1));
    client.send(&append(4, 0, 2));
    let (post, next_key) = (peers::post(3), public(2));
    let commit = ClientFrame::Commit {
        request: Request(5),
        log,
        epoch: Epoch(0),
        post,
        body: vec![3].into(),
        next_key,
        welcomes: vec![],
    };
    client.send(&commit);
    let proof = client.proof(Right::Log, log, 1, 2);
    client.send(&ClientFrame::Prove { request: Request(6), right: Right::Log, address: log, epoch: Epoch(1), proof });
    client.send(&append(7, 1, 4));
    let mut replies = Vec::new();
    let mut seqs = Vec::new();
    while replies.len() < 7 || seqs.len() < 4 {
        match client.next_frame() {
            ServerFrame::Reply { request, reply } => replies.push((request.0, reply)),
            ServerFrame::Record { record, .. } => seqs.push(record.seq.0),
            _ => {}
        }
    }
    assert_eq!(replies.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert!(replies.iter().all(|(_, reply)| !matches!(reply, Reply::Refused { .. } | Reply::Stale { .. })));
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[test]
fn many_writers_on_one_log_are_given_each_place_once() {
    let relay = Running::start("many", &[]);
    let mut reader = relay.connect();
    reader.create_log(address(1), 1);
    reader.subscribe(address(1), 0);
    let mut writers: Vec<Client> = (0..8).map(|_| relay.connect()).collect();
    for (writer, n) in writers.iter_mut().zip(0u8..) {
        writer.prove(Right::Log, address(1), 0, 1);
        (0..50u8).for_each(|m| _ = writer.send_append(address(1), 0, [n, m], &[n, m]));
    }
    let mut places: Vec<u64> = Vec::new();
    for writer in &mut writers {
        for _ in 0..50 {
            let (_, reply) = writer.next_reply();
            let Reply::Accepted { seq } = reply else { panic!("{reply:?}") };
            places.push(seq.0);
        }
    }
    places.sort_unstable();
    assert_eq!(places, (1..=400).collect::<Vec<_>>());
    (1..=400).for_each(|place| assert_eq!(reader.next_record().seq, Seq(place), "to a subscriber, in order"));
}

#[test]
fn a_garbled_frame_a_text_and_an_oversize_frame_are_answered_and_closed() {
    let relay = Running::start("garbled", &[]);
    for what in [Raw::Binary(vec![0xff; 10]), Raw::Text("hello"), Raw::Binary(vec![0; MAX_FRAME + 1])] {
        let mut client = relay.connect();
        client.send_raw(what);
        assert!(matches!(client.next_frame(), ServerFrame::Goodbye { reason: Goodbye::BadFrame, .. }));
        client.is_closed_by_the_relay();
    }
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    assert_eq!(client.append(address(1), 0, 1, &vec![7; MAX_BODY]), accepted(1), "the largest frame is fine");
}

#[test]
fn the_door_is_open_to_its_own_origin_and_subprotocol_only() {
    let relay = Running::start("door", &["--origin", "https://chat.example"]);
    let knock = |host: &str, origin: Option<&str>, protocol: &str| relay.knock(host, origin, protocol);
    assert_eq!(knock("chat.example", None, SUBPROTOCOL), 101);
    assert_eq!(knock("chat.example", Some("https://chat.example"), SUBPROTOCOL), 101);
    assert_eq!(knock("evil.example", None, SUBPROTOCOL), 421);
    assert_eq!(knock("127.0.0.1", None, SUBPROTOCOL), 421, "a named origin replaces the default");
    assert_eq!(knock("chat.example", Some("https://evil.example"), SUBPROTOCOL), 403);
    assert_eq!(knock("chat.example", None, "xchat.relay.999"), 400);
}

#[test]
fn a_relay_that_is_told_to_stop_says_goodbye_and_ends_well() {
    let mut relay = Running::start("stop", &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    relay.terminate();
    assert!(matches!(client.next_frame(), ServerFrame::Goodbye { reason: Goodbye::Restart, .. }));
    client.is_closed_by_the_relay();
    assert!(relay.wait().success());
}

#[test]
fn a_relay_that_is_told_to_stop_as_soon_as_it_listens_ends_well() {
    for start in 0..20 {
        let mut relay = Running::start("stop-at-once", &[]);
        relay.terminate();
        assert!(relay.wait().success(), "start {start}: {}", relay.log());
    }
}

#[test]
fn a_busy_relays_log_and_metrics_hold_no_address_of_any_kind() {
    let mut relay = Running::start("quiet", &["--log", "debug"]);
    let mut client = relay.connect();
    client.create_log(address(0xab), 1);
    client.prove(Right::Log, address(0xab), 0, 1);
    client.subscribe(address(0xab), 0);
    client.append(address(0xab), 0, 0xcd, b"body");
    client.deny(address(0xab), 9);
    client.send_raw(Raw::Binary(vec![0xff; 10]));
    client.is_closed_by_the_relay();
    let metrics = relay.metrics();
    relay.terminate();
    relay.wait();
    let log = relay.log();
    assert!(log.contains("ready") && log.contains("a connection ends"), "the log is there: {log}");
    assert!(metrics.contains("xchat_relay_writes_total 3"), "{metrics}");
    let key = public(1);
    let secrets = [
        "abab".to_owned(),
        "171, 171".to_owned(),
        "cdcd".to_owned(),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        key.as_bytes()[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
        format!("{:?}", &key.as_bytes()[..2]).replace(['[', ']'], ""),
    ];
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} in {log}");
        assert!(!metrics.contains(&secret), "{secret} in {metrics}");
    }
}

#[test]
fn a_second_relay_on_the_same_data_is_refused_in_plain_words() {
    let relay = Running::start("second", &[]);
    let (status, said) = relay.try_another();
    assert!(!status.success());
    assert!(said.contains("another relay is running on this data folder"), "{said}");
}

#[test]
fn health_and_readiness_are_told() {
    let relay = Running::start("health", &[]);
    assert_eq!(relay.get("/healthz", &[]).status, 200);
    assert_eq!(relay.get("/readyz", &[]).status, 200);
}
