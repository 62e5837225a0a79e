//! A relay that is told to stop while large things are under way: they end within its time, or go on at the next one.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::Write;
use std::net::TcpStream;

use peers::{accepted, address};
use process::*;
use sha2::{Digest, Sha256};
use xchat_wire::*;

const DAY: u32 = 24 * 60 * 60;
/// Records of a catch-up, and bytes of each: more together than queues and sockets hold.
const RECORDS: u8 = 200;
const BODY: usize = 150_000;

/// A blob of which three quarters have gone up.
struct Upload {
    bytes: Vec<u8>,
    path: String,
    bearer: String,
    socket: TcpStream,
}

impl Upload {
    fn begun(relay: &Running) -> Self {
        let mut client = relay.connect();
        client.create_log(address(1), 1);
        let bytes: Vec<u8> = (0..2_000_000).map(|n| (n % 251) as u8).collect();
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let bearer = bearer(client.grant(BlobHash::new(hash), bytes.len() as u64, DAY));
        let path = format!("{BLOB_PATH}{}", hex::encode(hash));
        let mut socket = relay.begin_put(&path, &bearer, bytes.len());
        socket.write_all(&bytes[..1_500_000]).unwrap();
        until(|| relay.blob_files().iter().any(|file| file.contains('#')));
        Self { bytes, path, bearer, socket }
    }
}

#[test]
fn an_upload_that_is_under_way_is_finished_while_the_relay_stops() {
    let mut relay = Running::start("drain-upload", &[]);
    let mut upload = Upload::begun(&relay);
    relay.terminate();
    assert!(relay.said("stopping"));
    assert_eq!(relay.get("/readyz", &[]).status, 503);
    upload.socket.write_all(&upload.bytes[1_500_000..]).unwrap();
    assert_eq!(finish(upload.socket).status, 201);
    assert!(relay.wait().success());
    let relay = relay.again();
    assert!(relay.get(&upload.path, &[]).body == upload.bytes);
    assert!(!relay.said_already("was not stopped in order"));
}

#[test]
fn an_upload_that_does_not_end_in_time_leaves_nothing_and_is_made_again_with_the_same_grant() {
    let mut relay = Running::start("drain-stuck", &["--drain-seconds", "1"]);
    let upload = Upload::begun(&relay);
    relay.terminate();
    assert!(relay.wait().success(), "it does not wait for ever");
    let relay = relay.again();
    assert!(!relay.said_already("was not stopped in order"));
    assert_eq!(relay.blob_files(), [""; 0]);
    assert_eq!(relay.get(&upload.path, &[]).status, 404);
    assert_eq!(relay.put(&upload.path, Some(&upload.bearer), &upload.bytes).status, 201);
    assert!(relay.get(&upload.path, &[]).body == upload.bytes);
}

/// A relay with a long log, and a client that has begun to read it.
fn catching_up(name: &str) -> (Running, Client, Vec<Record>) {
    let relay = Running::start(name, &[]);
    let mut author = relay.connect();
    author.create_log(address(1), 1);
    (1..=RECORDS).for_each(|id| assert_eq!(author.append(address(1), 0, id, &[id; BODY]), accepted(u64::from(id))));
    let mut reader = relay.connect();
    reader.prove(Right::Log, address(1), 0, 1);
    reader.subscribe(address(1), 0);
    let records = (0..3).map(|_| reader.next_record()).collect();
    (relay, reader, records)
}

/// Reads on at the next relay where the last one broke off; in all, each record once.
fn resumes(relay: Running, mut records: Vec<Record>) {
    assert!(records.len() < usize::from(RECORDS), "it broke off");
    let relay = relay.again();
    assert!(!relay.said_already("was not stopped in order"));
    let mut reader = relay.connect();
    reader.prove(Right::Log, address(1), 0, 1);
    reader.subscribe(address(1), records.last().unwrap().seq.0);
    records.extend(reader.records_until_caught_up());
    let seqs: Vec<u64> = records.iter().map(|record| record.seq.0).collect();
    assert_eq!(seqs, (1..=u64::from(RECORDS)).collect::<Vec<_>>());
    assert!(records.iter().all(|record| record.body.as_slice() == [record.seq.0 as u8; BODY]));
}

#[test]
fn a_reader_in_the_middle_of_a_long_log_is_told_to_come_back_and_goes_on_where_it_was() {
    let (mut relay, mut reader, mut records) = catching_up("drain-reader");
    relay.terminate();
    let mut goodbye = None;
    while let Some(frame) = reader.try_frame() {
        match frame {
            ServerFrame::Record { record, .. } => records.push(record),
            ServerFrame::Goodbye { reason, .. } => goodbye = Some(reason),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(goodbye, Some(Goodbye::Restart));
    drop(reader);
    assert!(relay.wait().success());
    resumes(relay, records);
}

#[test]
fn a_reader_that_takes_nothing_while_the_relay_stops_is_cut_off_and_goes_on_where_it_was() {
    let (mut relay, mut reader, mut records) = catching_up("drain-silent");
    relay.terminate();
    assert!(relay.wait().success(), "it does not wait for ever");
    while let Some(frame) = reader.try_frame() {
        if let ServerFrame::Record { record, .. } = frame {
            records.push(record);
        }
    }
    resumes(relay, records);
}
