//! Members of a cluster in one process, on real nats-servers.

use std::path::PathBuf;

use clap::Parser;
use tokio::runtime::Runtime;

use super::*;
use crate::rights::Run;
use crate::settings::Settings;
use crate::storage::Storage;
use crate::storage::tests::{Bench, conforms};
use crate::store::{Outcome, Write};
use futures_util::StreamExt;
use xchat_wire::{Address, Epoch, PostId, PublicKey, Seq};

#[path = "../../tests/nats/mod.rs"]
pub(super) mod nats_servers;
use nats_servers::Servers;

const NOW: u64 = 1_700_000_000_000;

fn clock() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64
}

/// A member of its own runtime, which ends with it.
struct Relay {
    runtime: Option<Runtime>,
    member: Option<Member>,
    hub: Arc<Hub>,
    settings: Settings,
}

impl Relay {
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xchat-member-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        folder
    }

    fn settings(servers: &Servers, folder: &Path, more: &[&str]) -> Settings {
        let mut flags = vec!["xchat-relay".to_owned(), "--data".to_owned(), folder.display().to_string()];
        flags.extend(servers.flags());
        flags.extend(more.iter().map(|flag| (*flag).to_owned()));
        Settings::parse_from(flags)
    }

    fn join(settings: Settings) -> Result<Self, ClusterError> {
        Self::join_with(settings, clock)
    }

    fn join_with(settings: Settings, clock: fn() -> u64) -> Result<Self, ClusterError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let hub = Arc::new(Hub::default());
        let member = runtime.block_on(join(&settings, hub.clone(), clock))?;
        // A member answers once it knows that it has everything.
        assert!(runtime.block_on(member.elsewhere.catch_up()));
        Ok(Self { runtime: Some(runtime), member: Some(member), hub, settings })
    }

    fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(future)
    }

    fn catch_up(&self) -> bool {
        self.wait_for(self.member().elsewhere.catch_up())
    }

    fn cell(&self, n: u8) -> Option<u64> {
        self.store().snapshot().unwrap().cell(&Address::new([n; 32])).unwrap().map(|cell| cell.version)
    }

    fn member(&self) -> &Member {
        self.member.as_ref().unwrap()
    }

    fn place(&self) -> Place {
        self.member().store.place().unwrap().unwrap()
    }

    fn write(&self, write: &Write) {
        self.member().storage.commit(&[write]).unwrap();
    }

    fn leave(&mut self) {
        let (runtime, member) = (self.runtime.take().unwrap(), self.member.take().unwrap());
        let Member { store, tasks, storage, .. } = member;
        runtime.block_on(tasks.stop());
        drop((storage, store));
        runtime.shutdown_background();
    }
}

impl Bench for Relay {
    fn storage(&self) -> &dyn Storage {
        &self.member().storage
    }

    fn store(&self) -> Arc<Store> {
        self.member().store.clone()
    }

    fn hub(&self) -> Arc<Hub> {
        self.hub.clone()
    }

    fn restart(&mut self) {
        self.leave();
        *self = Self::join(self.settings.clone()).unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if self.member.is_some() {
            self.leave();
        }
    }
}

fn cell(n: u8, version: u64) -> Write {
    let (cell, owner) = (Address::new([n; 32]), PublicKey::new([n; 32]));
    Write::PutCell { cell, owner, version, body: vec![n; 100].into() }
}

#[test]
fn a_stream_is_a_storage() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "storage", 1);
    let folder = Relay::folder("storage");
    conforms(Relay::join(Relay::settings(&servers, &folder, &[])).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_relay_that_begins_with_nothing_comes_to_the_same_rows_from_the_stream_and_from_a_checkpoint() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "checkpoint", 1);
    let folders = ["a", "b", "c"].map(|name| Relay::folder(&format!("checkpoint-{name}")));
    let often = ["--nats-checkpoint-hours", "0.001"];
    let first = Relay::join(Relay::settings(&servers, &folders[0], &often)).unwrap();
    (1..=20).for_each(|version| first.write(&cell(1, version)));
    let second = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    until_same(&first, &second);
    assert!(second.place().seq >= 20);

    // Two checkpoints with writes between them: behind the second the stream begins after the first.
    let context = first.member().storage.context.clone();
    let stream = || first.wait_for(async { stream::open(&context, 1).await.unwrap().get_info().await.unwrap().state });
    let mut version = 20;
    until(|| {
        version += 1;
        first.write(&cell(1, version));
        stream().first_sequence > 1
    });
    let third = Relay::join(Relay::settings(&servers, &folders[2], &[])).unwrap();
    until_same(&first, &third);
    third.write(&cell(2, 1));
    first.write(&cell(3, 1));
    until_same(&first, &third);
    assert_eq!((third.cell(1), third.cell(2), third.cell(3)), (Some(version), Some(1), Some(1)));
    drop((first, second, third));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_client_waits_at_the_door_of_a_relay_that_lacks_what_another_one_has_accepted() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "door", 1);
    let folders = ["a", "b"].map(|name| Relay::folder(&format!("door-{name}")));
    let [ahead, behind] = folders.each_ref().map(|folder| Relay::join(Relay::settings(&servers, folder, &[])).unwrap());
    let held = behind.member().store.hold();
    ahead.write(&cell(1, 1));
    let runtime = behind.runtime.as_ref().unwrap();
    let door = || {
        runtime.block_on(async {
            let moment = std::time::Duration::from_millis(300);
            tokio::time::timeout(moment, behind.member().elsewhere.catch_up()).await
        })
    };
    assert!(door().is_err(), "it waits for as long as anything is missing");
    assert_eq!(behind.cell(1), None);
    drop(held);
    until(|| door() == Ok(true));
    assert_eq!(behind.cell(1), Some(1));
    drop((ahead, behind));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_view_that_was_altered_is_found_out_and_stops() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "diverged", 1);
    let folders = ["a", "b"].map(|name| Relay::folder(&format!("diverged-{name}")));
    let mut sound = Relay::join(Relay::settings(&servers, &folders[0], &[])).unwrap();
    let mut altered = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    sound.write(&cell(1, 5));
    assert!(altered.catch_up());
    // By hand, past the stream.
    altered.member().store.write([&cell(1, 9)], NOW).unwrap();
    sound.write(&cell(1, 6));
    // Whichever hears the other first: a pulse says it if nothing else does.
    let runtime = altered.runtime.take().unwrap();
    let (one, other) = (sound.member.as_mut().unwrap(), altered.member.as_mut().unwrap());
    let failed = runtime.block_on(async {
        tokio::select! {
            failed = one.tasks.failed() => failed,
            failed = other.tasks.failed() => failed,
        }
    });
    assert!(matches!(failed, ClusterError::Diverged { .. }), "{failed}");
    altered.runtime = Some(runtime);
    drop((sound, altered));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

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
fn a_relays_own_store_begins_a_stream_and_the_others_load_it() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "adopt", 1);
    let [own, other] = ["own", "other"].map(|name| Relay::folder(&format!("adopt-{name}")));
    Store::open(&own).unwrap().write([&cell(1, 3)], NOW).unwrap();
    let first = Relay::join(Relay::settings(&servers, &own, &["--nats-adopt"])).unwrap();
    let second = Relay::join(Relay::settings(&servers, &other, &[])).unwrap();
    assert_eq!((first.cell(1), second.cell(1)), (Some(3), Some(3)));
    second.write(&cell(1, 4));
    until_same(&first, &second);
    assert_eq!(first.cell(1), Some(4));
    drop(first);
    let again = Relay::join(Relay::settings(&servers, &own, &["--nats-adopt"])).err().unwrap();
    assert!(matches!(again, ClusterError::NothingToAdopt), "{again}");
    drop(second);
    [own, other].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn an_empty_relay_does_not_begin_a_stream_that_another_begins_with_its_own_store() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "adopting", 1);
    let [own, other] = ["own", "other"].map(|name| Relay::folder(&format!("adopting-{name}")));
    let first = Relay::join(Relay::settings(&servers, &own, &[])).unwrap();
    // As it stands between the two steps of an adoption, before the first checkpoint.
    let born = first.store().place().unwrap().unwrap().stream;
    let context = first.member().storage.context.clone();
    first.runtime.as_ref().unwrap().block_on(async {
        let state = context.get_key_value("XCHAT_STATE").await.unwrap();
        state.put("adopted", born.to_be_bytes().to_vec().into()).await.unwrap();
    });
    let refused = Relay::join(Relay::settings(&servers, &other, &[])).err().unwrap();
    assert!(matches!(refused, ClusterError::BeingAdopted), "{refused}");
    drop(first);
    [own, other].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn garbage_in_the_stream_is_passed_over_and_a_message_of_later_rules_stops_the_relay() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "later", 1);
    let folder = Relay::folder("later");
    let mut relay = Relay::join(Relay::settings(&servers, &folder, &[])).unwrap();
    let runtime = relay.runtime.take().unwrap();
    let context = relay.member().storage.context.clone();
    let publish = |payload: &'static [u8]| {
        runtime.block_on(async { context.publish(stream::SUBJECT, payload.into()).await.unwrap().await.unwrap() });
    };
    publish(b"who wrote this?");
    relay.write(&cell(1, 1));
    assert_eq!(relay.cell(1), Some(1));
    publish(&[0xa2, 0x00, 0x01, 0x01, 0x18, 0x63]);
    let failed = runtime.block_on(relay.member.as_mut().unwrap().tasks.failed());
    let ClusterError::Newer { seq, format: 1, rules: 99 } = failed else { panic!("{failed}") };
    assert!(failed.to_string().contains("upgrade this one too"), "{failed}");
    assert!(relay.place().seq < seq, "it went no further");
    relay.runtime = Some(runtime);
    drop(relay);
    std::fs::remove_dir_all(&folder).unwrap();
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
fn a_door_closes_while_a_leader_that_has_lost_the_others_still_answers_and_opens_again() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "deposed", 3);
    let [maker, folder] = ["maker", "deposed"].map(|name| Relay::folder(&format!("deposed-{name}")));
    drop(Relay::join(Relay::settings(&servers, &maker, &[])).unwrap());
    let leader = servers.leader(stream::STREAM).unwrap();
    let mut settings = Relay::settings(&servers, &folder, &[]);
    settings.cluster.nats_urls = vec![settings.cluster.nats_urls[leader].clone()];
    let relay = Relay::join(settings).unwrap();
    let context = relay.member().storage.context.clone();
    let others = [(leader + 1) % 3, (leader + 2) % 3];
    others.iter().for_each(|at| servers.pause(*at));
    let began = std::time::Instant::now();
    let stream = relay.wait_for(async { context.get_stream(stream::STREAM).await }).expect("it still answers");
    until(|| !relay.member().elsewhere.is_fresh());
    assert!(relay.wait_for(stream.get_info()).is_ok(), "after {:?} the leader does not know it yet", began.elapsed());
    assert!(!relay.catch_up());
    others.iter().for_each(|at| servers.resume(*at));
    until(|| relay.member().elsewhere.is_fresh());
    assert!(relay.catch_up());
    relay.write(&cell(1, 1));
    drop(relay);
    [maker, folder].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
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

#[test]
fn what_is_old_goes_by_the_streams_clock_whatever_a_relays_own_says() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "clock", 1);
    let folders = ["right", "ahead"].map(|name| Relay::folder(&format!("clock-{name}")));
    let right = Relay::join(Relay::settings(&servers, &folders[0], &[])).unwrap();
    let ahead = || clock() + 40 * 24 * 3_600_000;
    let ahead = Relay::join_with(Relay::settings(&servers, &folders[1], &[]), ahead).unwrap();
    let (log, key, post) = (Address::new([9; 32]), PublicKey::new([9; 32]), PostId::new([9; 16]));
    ahead.write(&Write::CreateLog { log, key });
    let run = Run::new(Epoch(0), Seq(1));
    ahead.write(&Write::Append { log, run, epoch: Epoch(0), post, body: vec![1].into() });
    let outcome = ahead.member().storage.commit(&[&Write::Expire { keep: 30 * 24 * 3_600_000, limit: 10 }]).unwrap();
    assert_eq!(outcome, [Outcome::Expired(0)], "nothing is that old");
    assert!(ahead.place().clock < clock() + 60_000, "its clock is nobody's");
    let agrees = |relay: &Relay| relay.wait_for(relay.member().elsewhere.agrees_on_age());
    assert!(agrees(&right) && !agrees(&ahead));
    assert_eq!(right.member().elsewhere.clock_off_ms(), 0);
    assert!(ahead.member().elsewhere.clock_off_ms() > 39 * 24 * 3_600_000);
    drop((right, ahead));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_checkpoint_that_is_not_what_it_says_is_refused_and_the_view_stays_as_it_is() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "damaged", 1);
    let folders = ["a", "b"].map(|name| Relay::folder(&format!("damaged-{name}")));
    let maker = Relay::join(Relay::settings(&servers, &folders[0], &["--nats-checkpoint-hours", "0.001"])).unwrap();
    let away = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    away.write(&cell(1, 1));
    drop(away);
    let view = std::fs::read(folders[1].join(FILE)).unwrap();
    let runtime = Runtime::new().unwrap();
    let (stream, copies, state) = runtime.block_on(async {
        let client = connect::connect(&maker.settings.cluster).await.unwrap();
        let context = connect::jetstream(&client).await.unwrap();
        let state = context.get_key_value("XCHAT_STATE").await.unwrap();
        let copies = context.get_object_store("XCHAT_CHECKPOINTS").await.unwrap();
        (context.get_stream(stream::STREAM).await.unwrap(), copies, state)
    });
    // The stream's beginning is gone, so that nothing but a checkpoint leads on.
    let applied = Store::open(&folders[1]).unwrap().place().unwrap().unwrap().seq;
    until(|| runtime.block_on(stream.get_info()).unwrap().state.first_sequence > applied + 1);
    drop(maker);
    let newest = runtime.block_on(state.get("newest")).unwrap().unwrap();
    let seq: u64 = {
        let mut decoder = minicbor::Decoder::new(&newest);
        decoder.map().unwrap();
        (0..3).for_each(|_| decoder.skip().unwrap());
        decoder.u64().unwrap()
    };
    let name = format!("view-{seq}.redb");
    let mut whole = Vec::new();
    runtime.block_on(async {
        let mut copy = copies.get(&name).await.unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut copy, &mut whole).await.unwrap();
    });
    let put = |bytes: &[u8]| _ = runtime.block_on(copies.put(name.as_str(), &mut &bytes[..])).unwrap();
    for bad in [&b"no store at all"[..], &whole[..whole.len() / 2], &view] {
        put(bad);
        let refused = Relay::join(Relay::settings(&servers, &folders[1], &[])).err().unwrap();
        assert!(matches!(refused, ClusterError::Checkpoint(..)), "{refused}");
        assert_eq!(names(&folders[1]), [FILE], "nothing is left of it");
        let kept = Store::open(&folders[1]).unwrap();
        assert_eq!(kept.place().unwrap().unwrap().seq, applied);
    }
    put(&whole);
    let again = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    assert_eq!(again.cell(1), Some(1));
    until(|| names(&folders[1]) == [FILE]);
    drop(again);
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn copies_that_no_checkpoint_names_go_and_the_two_that_count_stay() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "orphans", 1);
    let folder = Relay::folder("orphans");
    let relay = Relay::join(Relay::settings(&servers, &folder, &["--nats-checkpoint-hours", "0.001"])).unwrap();
    let context = relay.member().storage.context.clone();
    let (copies, pieces) = relay.wait_for(async {
        let copies = context.get_object_store("XCHAT_CHECKPOINTS").await.unwrap();
        (copies, context.get_stream("OBJ_XCHAT_CHECKPOINTS").await.unwrap())
    });
    relay.wait_for(async {
        copies.put("view-999999999.redb", &mut &b"whose turn ran out"[..]).await.unwrap();
        // As a relay leaves it that dies while it sends.
        context.publish("$O.XCHAT_CHECKPOINTS.C.cutoff", "half a copy".into()).await.unwrap().await.unwrap();
    });
    let names = || {
        relay.wait_for(async {
            let list = copies.list().await.unwrap().map(|copy| copy.unwrap().name).collect::<Vec<_>>().await;
            let subjects = pieces.info_with_subjects("$O.XCHAT_CHECKPOINTS.C.*").await.unwrap();
            let subjects: Vec<String> = subjects.map(|subject| subject.unwrap().0).collect().await;
            (list, subjects)
        })
    };
    until(|| {
        let (list, subjects) = names();
        let gone = !list.iter().any(|name| name.contains("999999999"));
        gone && !subjects.iter().any(|subject| subject.ends_with("cutoff"))
    });
    // Each new one makes the third but last superfluous.
    let last = |name: &String| name[5..name.len() - 5].parse::<u64>().unwrap();
    let newest = names().0.iter().map(last).max().unwrap();
    until(|| names().0.iter().map(last).min().unwrap() > newest);
    let (list, subjects) = names();
    assert!((1..=3).contains(&list.len()) && subjects.len() <= 3, "{list:?} {subjects:?}");
    drop(relay);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Names of what is in a data folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Waits until two relays have come equally far, and then they have the same.
fn until_same(one: &Relay, other: &Relay) {
    until(|| {
        let (one, other) = (one.place(), other.place());
        assert!(one.seq != other.seq || one == other, "two views of one stream");
        one.seq == other.seq
    });
}

/// Waits for what will come by itself.
fn until(mut holds: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "it does not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
