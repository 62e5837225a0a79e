//! A relay whose disk has damaged a row: who reads it is told, everybody else notices nothing, and the operator hears of it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::path::Path;

use peers::{accepted, address};
use process::*;
use redb::TableDefinition;
use xchat_wire::*;

/// Puts bytes that are no row in the place of one that is there.
fn damage<const N: usize>(data: &Path, table: &str, key: [u8; N]) {
    let database = redb::Database::open(data.join(xchat_relay::FILE)).unwrap();
    let write = database.begin_write().unwrap();
    let table: TableDefinition<'_, &[u8; N], &[u8]> = TableDefinition::new(table);
    let before = write.open_table(table).unwrap().insert(&key, [0xff; 9].as_slice()).unwrap().is_some();
    assert!(before, "there was no such row");
    write.commit().unwrap();
}

/// Key of a record.
fn record_at(log: Address, seq: u64) -> [u8; 40] {
    let mut key = [0; 40];
    key[..32].copy_from_slice(log.as_bytes());
    key[32..].copy_from_slice(&seq.to_be_bytes());
    key
}

/// A relay with three logs of three records each, stopped.
fn stopped(name: &str) -> Running {
    let mut relay = Running::start(name, &[]);
    let mut client = relay.connect();
    for n in 1..=3 {
        client.create_log(address(n), 1);
        (1..=3).for_each(|id| assert_eq!(client.append(address(n), 0, id, &[id; 100]), accepted(u64::from(id))));
    }
    relay.terminate();
    drop(client);
    assert!(relay.wait().success());
    relay
}

#[test]
fn one_connection_reads_round_a_damaged_record_and_a_damaged_log_and_the_operator_sees_both() {
    let relay = stopped("damaged");
    damage(relay.data(), "records", record_at(address(1), 2));
    let mut relay = relay.again();
    let mut client = relay.connect();
    (1..=3).for_each(|n| client.prove(Right::Log, address(n), 0, 1));
    client.subscribe(address(1), 0);
    let told: Vec<ServerFrame> = (0..4).map(|_| client.next_frame()).collect();
    let gone = ServerFrame::Gone { address: address(1), seq: Some(Seq(2)) };
    let caught_up = ServerFrame::CaughtUp { address: address(1), head: Seq(3) };
    assert_eq!((&told[1], &told[3]), (&gone, &caught_up));
    assert!(matches!((&told[0], &told[2]), (ServerFrame::Record { .. }, ServerFrame::Record { .. })));
    client.subscribe(address(3), 0);
    assert_eq!(client.records_until_caught_up().len(), 3, "on the same connection");
    assert_eq!(client.append(address(1), 0, 9, b"on"), accepted(4), "the log goes on");
    assert!(relay.metrics().contains("xchat_relay_damaged_rows_total 1\n"));

    relay.terminate();
    drop(client);
    assert!(relay.wait().success());
    damage(relay.data(), "logs", *address(2).as_bytes());
    let relay = relay.again();
    let mut client = relay.connect();
    (1..=3).filter(|n| *n != 2).for_each(|n| client.prove(Right::Log, address(n), 0, 1));
    let proof = client.proof(Right::Log, address(2), 0, 1);
    let (right, epoch) = (Right::Log, Epoch(0));
    let reply = client.ask(|request| ClientFrame::Prove { request, right, address: address(2), epoch, proof });
    assert_eq!(reply, Reply::Refused { reason: Refusal::Internal });
    client.subscribe(address(3), 0);
    assert_eq!(client.records_until_caught_up().len(), 3);
}

#[test]
fn a_log_line_says_that_a_row_is_damaged_and_not_whose() {
    let relay = stopped("damaged-log");
    damage(relay.data(), "records", record_at(address(0x02), 1));
    let mut relay = relay.again();
    let mut client = relay.connect();
    client.prove(Right::Log, address(2), 0, 1);
    client.subscribe(address(2), 0);
    assert!(matches!(client.next_frame(), ServerFrame::Gone { .. }));
    drop(client);
    relay.terminate();
    relay.wait();
    let log = relay.log();
    assert_eq!(log.lines().filter(|line| line.contains("damaged rows")).count(), 1, "{log}");
    assert!(!log.contains("0202") && !log.contains("2, 2"), "{log}");
}
