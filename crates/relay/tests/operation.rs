//! What an operator does with the relay and is told by it: start, stop, backups, logs, metrics, settings.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use peers::{accepted, address};
use process::*;
use xchat_wire::*;

fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_xchat-relay"))
}

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xchat-operation-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn while_it_stops_it_is_alive_but_not_ready_and_lets_nobody_in() {
    let mut relay = Running::start("draining", &[]);
    assert_eq!((relay.get("/healthz", &[]).status, relay.get("/readyz", &[]).status), (200, 200));
    // It has not read its goodbye, and so the relay waits for it a little.
    let mut lingering = relay.connect();
    lingering.create_log(address(1), 1);
    let begun = Instant::now();
    relay.terminate();
    assert!(relay.said("stopping"));
    assert_eq!((relay.get("/healthz", &[]).status, relay.get("/readyz", &[]).status), (200, 503));
    assert!(relay.try_connect().is_none());
    assert_eq!(lingering.last_words(), Some(Goodbye::Restart));
    drop(lingering);
    assert!(relay.wait().success());
    assert!(begun.elapsed() < Duration::from_secs(30), "nobody holds it up");
}

#[test]
fn what_was_asked_before_it_is_told_to_stop_is_answered_and_on_disk() {
    let mut relay = Running::start("last-writes", &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let asked: Vec<Request> = (0..50u8).map(|n| client.send_append(address(1), 0, [1, n], &[n; 1000])).collect();
    // The first answer says that the relay is at it.
    assert_eq!(client.next_reply(), (asked[0], accepted(1)));
    relay.terminate();
    let mut answered = 1;
    while let Some(frame) = client.try_frame() {
        match frame {
            ServerFrame::Reply { reply: Reply::Accepted { .. }, .. } => answered += 1,
            ServerFrame::Goodbye { reason, .. } => assert_eq!(reason, Goodbye::Restart),
            other => panic!("{other:?}"),
        }
    }
    drop(client);
    assert!(relay.wait().success());
    let relay = relay.again();
    let mut client = relay.connect();
    client.prove(Right::Log, address(1), 0, 1);
    client.subscribe(address(1), 0);
    assert!(client.records_until_caught_up().len() >= answered);
    assert!(!relay.said_already("was not stopped in order"));
}

#[test]
fn a_backup_that_is_asked_for_by_a_signal_is_a_store_to_start_from() {
    let copies = Folder::new("copies");
    let relay = Running::start("backup", &["--backup-to", copies.0.to_str().unwrap()]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    (1..=20).for_each(|id| assert_eq!(client.append(address(1), 0, id, &[id; 3000]), accepted(u64::from(id))));
    relay.signal("-USR1");
    assert!(relay.said("a backup is complete"));
    assert_eq!(client.append(address(1), 0, 21, b"later"), accepted(21), "it goes on meanwhile");

    let copy = std::fs::read_dir(&copies.0).unwrap().next().unwrap().unwrap().path();
    assert!(copy.extension().is_some_and(|ending| ending == "redb"), "{copy:?}");
    let restored = Folder::new("restored");
    std::fs::copy(copy, restored.0.join(xchat_relay::FILE)).unwrap();
    let relay = Running::start_over(&restored.0, &[]);
    let mut client = relay.connect();
    client.prove(Right::Log, address(1), 0, 1);
    client.subscribe(address(1), 0);
    assert_eq!(client.records_until_caught_up().len(), 20);
}

/// Makes a store such as one that lost its power before redb had noted which pages are free.
fn cut_off_before_the_end(data: &std::path::Path) {
    let file = data.join(xchat_relay::FILE);
    let database = redb::Database::open(&file).unwrap();
    let write = database.begin_write().unwrap();
    write.open_table(redb::TableDefinition::<&str, u64>::new("meta")).unwrap().insert("in use", 1).unwrap();
    write.commit().unwrap();
    // While it is open: nobody has closed this copy.
    let copy = std::fs::read(&file).unwrap();
    drop(database);
    std::fs::write(&file, copy).unwrap();
}

#[test]
fn a_store_that_must_be_repaired_is_and_the_log_says_so() {
    let folder = Folder::new("repaired");
    let mut relay = Running::start_over(&folder.0, &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    (1..=9).for_each(|id| assert_eq!(client.append(address(1), 0, id, b"x"), accepted(u64::from(id))));
    relay.terminate();
    drop(client);
    assert!(relay.wait().success());
    cut_off_before_the_end(&folder.0);
    let mut relay = Running::start_over(&folder.0, &[]);
    assert!(relay.said("the store was repaired"));
    let mut client = relay.connect();
    client.prove(Right::Log, address(1), 0, 1);
    client.subscribe(address(1), 0);
    assert_eq!(client.records_until_caught_up().len(), 9);
    relay.terminate();
    drop(client);
    assert!(relay.wait().success());
    let relay = Running::start_over(&folder.0, &[]);
    assert_eq!(relay.get("/readyz", &[]).status, 200);
    assert!(!relay.said_already("repaired") && !relay.said_already("not stopped in order"));
}

#[test]
fn a_damaged_store_is_refused_in_a_sentence_and_left_as_it_is() {
    let folder = Folder::new("damaged");
    let file = folder.0.join(xchat_relay::FILE);
    let garbage = b"no store at all ".repeat(4096);
    std::fs::write(&file, &garbage).unwrap();
    let output = binary().args(["--listen", "127.0.0.1:0", "--data"]).arg(&folder.0).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("cannot be opened") && said.contains("Restore it"), "{said}");
    assert!(std::fs::read(&file).unwrap() == garbage);
}

#[test]
fn a_signal_that_asks_for_what_is_not_set_up_changes_nothing() {
    let relay = Running::start("signals", &[]);
    relay.signal("-HUP");
    relay.signal("-USR1");
    assert!(relay.said("--backup-to does not say where"));
    assert_eq!(relay.get("/readyz", &[]).status, 200);
}

#[test]
fn log_lines_for_machines_are_an_object_each() {
    let mut relay = Running::start("json", &["--log-format", "json", "--log", "debug"]);
    relay.connect().create_log(address(1), 1);
    relay.terminate();
    relay.wait();
    let log = relay.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for message in ["ready", "a connection begins", "stopping", "stopped"] {
        assert!(lines.iter().any(|line| line["message"] == message && line["level"].is_string()), "{message}: {log}");
    }
}

#[test]
fn the_metrics_are_those_of_prometheus_and_add_up() {
    let relay = Running::start("metrics", &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    (1..=7).for_each(|id| _ = client.append(address(1), 0, id, b"x"));
    let answer = relay.get_of_operator("/metrics");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("xchat_relay_{name} ")));
        line.unwrap_or_else(|| panic!("{name} in {text}")).parse::<f64>().unwrap()
    };
    assert_eq!(value("writes_total"), 8.0);
    assert_eq!(value("append_seconds_count"), 7.0);
    assert_eq!(value("append_seconds_bucket{le=\"+Inf\"}"), 7.0);
    assert_eq!(value("batch_writes_sum"), 8.0);
    assert_eq!((value("connections_open"), value("writes_failed_total")), (1.0, 0.0));
    assert!(value("store_bytes") > 0.0 && value("append_seconds_sum") > 0.0);
    assert!(!text.contains("{address") && !text.contains("127.0.0.1"));
}

#[test]
fn metrics_are_for_the_operators_own_listener_and_nothing_else_is_there() {
    let relay = Running::start("metrics-alone", &[]);
    assert_eq!(relay.get("/metrics", &[]).status, 404, "clients find none");
    assert_eq!(relay.get_of_operator("/metrics").status, 200);
    for path in ["/", "/healthz", "/readyz", "/relay", "/blob/00", "/metrics/"] {
        assert_eq!(relay.get_of_operator(path).status, 404, "{path}");
    }
    assert_eq!((relay.get("/healthz", &[]).status, relay.get("/readyz", &[]).status), (200, 200));

    let folder = Folder::new("metrics-taken");
    let (taken, data) = (relay.metrics_bound.to_string(), folder.0.join("data"));
    let output = binary().args(["--listen", "127.0.0.1:0", "--metrics-listen", &taken, "--data"]).arg(&data).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains(&format!("--metrics-listen {taken}")), "{said}");
    assert!(!data.exists());
}

#[test]
fn whoever_asks_for_metrics_and_stays_does_not_hold_the_relay_up() {
    let mut relay = Running::start("metrics-idle", &[]);
    let _silent = std::net::TcpStream::connect(relay.metrics_bound).unwrap();
    assert!(relay.metrics().contains("xchat_relay_connections_open 0"));
    relay.terminate();
    assert!(relay.wait().success());
}

#[test]
fn a_place_of_blobs_that_cannot_be_used_leaves_the_store_closed_in_order() {
    let folder = Folder::new("blobs-unusable");
    let mut relay = Running::start_over(&folder.0, &[]);
    relay.terminate();
    assert!(relay.wait().success());
    let file = folder.0.join("no-folder");
    std::fs::write(&file, b"a file").unwrap();
    let (status, said) = relay.try_with(&["--blobs", file.to_str().unwrap()]);
    assert!(!status.success() && said.contains("no-folder"), "{said}");
    let relay = Running::start_over(&folder.0, &[]);
    assert_eq!(relay.get("/readyz", &[]).status, 200);
    assert!(!relay.said_already("was not stopped in order"), "nothing had been begun");
}

#[test]
fn a_setting_that_is_wrong_is_named_wherever_it_comes_from() {
    let refused = |command: &mut Command, words: &[&str]| {
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && words.iter().all(|word| said.contains(word)), "{said}");
    };
    refused(binary().args(["--drain-seconds", "0"]), &["--drain-seconds", "1..=300"]);
    refused(binary().env("XCHAT_RETENTION_DAYS", "soon"), &["--retention-days", "soon"]);
    let folder = Folder::new("wrong");
    let file = folder.0.join("relay.toml");
    std::fs::write(&file, "max-connections = -1\n").unwrap();
    refused(binary().arg("--config").arg(&file), &["relay.toml", "--max-connections"]);
    let missing = folder.0.join("missing.pem");
    let (data, missing) = (folder.0.join("data"), missing.to_str().unwrap());
    let tls = ["--listen", "127.0.0.1:0", "--tls-cert", missing, "--tls-key", missing];
    refused(binary().args(tls).arg("--data").arg(&data), &["--tls-cert", "missing.pem"]);
    assert!(!data.exists(), "nothing is made before the settings are known to be right");
}

#[test]
fn a_variable_beats_the_file_and_a_flag_beats_the_variable() {
    let folder = Folder::new("order");
    let file = folder.0.join("relay.toml");
    // No machine has these addresses, so that each attempt ends with the one that it took.
    std::fs::write(&file, "listen = \"203.0.113.1:1\"\norigin = \"https://chat.example\"\n").unwrap();
    let tried = |command: &mut Command| {
        let output = command.arg("--config").arg(&file).arg("--data").arg(folder.0.join("data")).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let variable = ("XCHAT_LISTEN", "203.0.113.2:1");
    let flag = ["--listen", "203.0.113.3:1"];
    assert!(tried(&mut binary()).contains("cannot listen on 203.0.113.1:1"));
    assert!(tried(binary().env(variable.0, variable.1)).contains("cannot listen on 203.0.113.2:1"));
    assert!(tried(binary().env(variable.0, variable.1).args(flag)).contains("cannot listen on 203.0.113.3:1"));
}

#[test]
fn help_shows_examples_and_every_variable() {
    let help = String::from_utf8(binary().arg("--help").output().unwrap().stdout).unwrap();
    for word in ["Examples:", "--trust-proxy", "--tls-cert", "XCHAT_MAX_CONNECTIONS_PER_ADDRESS", "SIGUSR1", "--config"]
    {
        assert!(help.contains(word), "{word} in {help}");
    }
}
