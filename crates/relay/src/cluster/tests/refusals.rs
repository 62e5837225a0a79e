//! What a relay does not begin with: other servers, folders and settings than its cluster needs.

use super::*;

#[test]
fn a_view_of_another_stream_and_a_store_that_is_none_are_refused_and_left() {
    let Some(binary) = nats_servers::binary() else { return };
    let folder = Relay::folder("other");
    {
        let servers = Servers::start(&binary, "other-1", 1);
        Relay::join(Relay::settings(&servers, &folder, &[])).unwrap().write(&cell(1, 1));
    }
    let servers = Servers::start(&binary, "other-2", 1);
    let refused = Relay::join(Relay::settings(&servers, &folder, &[])).err().unwrap();
    assert!(matches!(refused, ClusterError::OtherStream(_)), "{refused}");
    assert!(Store::open(&folder).unwrap().snapshot().unwrap().cell(&Address::new([1; 32])).unwrap().is_some());

    let own = Relay::folder("own");
    Store::open(&own).unwrap().write([&cell(1, 1)], NOW).unwrap();
    let refused = Relay::join(Relay::settings(&servers, &own, &[])).err().unwrap();
    assert!(matches!(refused, ClusterError::NotAView(_)), "{refused}");
    [folder, own].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn servers_that_do_not_sync_are_refused_unless_that_is_taken_on_trust() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start_with(&binary, "unsynced", 1, "sync_interval: 10s");
    let folder = Relay::folder("unsynced");
    let refused = Relay::join(Relay::settings(&servers, &folder, &[])).err().unwrap();
    assert!(matches!(refused, ClusterError::NotSynced(_)), "{refused}");
    assert!(Relay::join(Relay::settings(&servers, &folder, &["--nats-trust-sync"])).is_ok());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn three_replicas_on_one_server_are_refused_with_what_to_do() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "replicas", 1);
    let folder = Relay::folder("replicas");
    let mut settings = Relay::settings(&servers, &folder, &[]);
    settings.cluster.nats_replicas = 3;
    let refused = Relay::join(settings).err().unwrap();
    assert!(refused.to_string().contains("--nats-replicas 1"), "{refused}");
    _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_server_that_is_too_old_is_refused_with_its_name_and_what_to_do() {
    use std::io::{BufRead, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // What a server of 2.9.10 says first, and its answer to a ping.
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let info = format!(
                "INFO {{\"server_id\":\"N\",\"server_name\":\"grandpa\",\"version\":\"2.9.10\",\"go\":\"go1.19\",\"host\":\"127.0.0.1\",\
                 \"port\":{port},\"headers\":true,\"max_payload\":1048576,\"proto\":1,\"jetstream\":true}}\r\n"
            );
            socket.write_all(info.as_bytes()).unwrap();
            let lines = BufReader::new(socket.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                if line.starts_with("PING") && socket.write_all(b"PONG\r\n").is_err() {
                    break;
                }
            }
        }
    });
    let folder = Relay::folder("old");
    let flags =
        ["xchat-relay", "--store", "nats", "--blob-mib", "0", "--nats-url", &format!("nats://127.0.0.1:{port}")];
    let mut settings = Settings::parse_from(flags);
    settings.data = folder.clone();
    let refused = Relay::join(settings).err().unwrap();
    assert!(matches!(refused, ClusterError::Version(..)), "{refused}");
    for word in ["grandpa", "2.9.10", "2.12"] {
        assert!(refused.to_string().contains(word), "{refused}");
    }
    assert!(!folder.exists(), "nothing was begun");
}

#[test]
fn blobs_that_only_one_relay_could_find_are_refused() {
    for flags in [&["--blobs", "folder"][..], &["--blobs", "s3://chat/relay"], &[]] {
        let all = ["xchat-relay", "--store", "nats", "--nats-url", "nats://127.0.0.1:1"];
        let settings = Settings::parse_from(all.iter().chain(flags));
        assert!(matches!(check_blobs(&settings), Err(ClusterError::Blobs)));
    }
}

#[test]
fn a_cluster_has_one_retention_and_another_is_refused_until_it_is_changed_on_purpose() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "retention", 1);
    let folders = ["a", "b", "c"].map(|name| Relay::folder(&format!("retention-{name}")));
    let days = |at: usize, flags: &[&str]| Relay::join(Relay::settings(&servers, &folders[at], flags));
    let agrees = |relay: &Relay| relay.wait_for(relay.member().elsewhere.agrees_on_age());
    let first = days(0, &["--retention-days", "30"]).unwrap();
    assert!(agrees(&first));
    let refused = days(1, &["--retention-days", "10"]).err().unwrap();
    assert!(matches!(refused, ClusterError::Retention { cluster: 30, own: 10 }), "{refused}");
    assert!(refused.to_string().contains("--nats-set-retention"), "{refused}");
    let second = days(1, &["--retention-days", "10", "--nats-set-retention"]).unwrap();
    assert!(agrees(&second));
    assert!(!agrees(&first), "it was started with another");
    assert!(days(2, &["--retention-days", "30"]).is_err());
    assert!(days(2, &["--retention-days", "10"]).is_ok());
    drop((first, second));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}
