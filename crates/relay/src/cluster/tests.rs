//! Members of a cluster in one process, on real nats-servers.

use std::path::PathBuf;

use clap::Parser;
use tokio::runtime::Runtime;

use super::*;
use crate::rights::Run;
use crate::settings::Settings;
use crate::storage::Storage;
use crate::storage::tests::{Bench, conforms};
use crate::store::{Outcome, Shelved, Write};
use xchat_wire::{Address, BlobHash, ClaimTag, Epoch, PostId, PublicKey, Seq};

mod checkpoints;
mod refusals;

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
    ahead.write(&Write::Append { log, run, epoch: Epoch(0), post, body: vec![1].into(), ttl: None });
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
fn a_blob_that_is_given_up_at_one_relay_is_gone_at_all_by_whatever_clock() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "claims", 1);
    let folders = ["right", "behind"].map(|name| Relay::folder(&format!("claims-{name}")));
    let right = Relay::join(Relay::settings(&servers, &folders[0], &[])).unwrap();
    let late = || clock() - 9_000;
    let behind = Relay::join_with(Relay::settings(&servers, &folders[1], &[]), late).unwrap();
    let (hash, [one, other]) = (BlobHash::new([5; 32]), [1, 2].map(|n| ClaimTag::new([n; 32])));
    let (size, expires, now) = (10, clock() + 3_600_000, clock());
    let shelved = |relay: &Relay, write: &Write| relay.storage().commit(&[write]).unwrap().remove(0);
    let put = Write::PutBlob { hash, size, expires, now, most: u64::MAX, tag: Some(one) };
    assert_eq!(shelved(&right, &put), Outcome::Shelved(Shelved::New));
    let claim = Write::ClaimBlob { hash, size, tag: other, expires, now: now - 9_000 };
    assert_eq!(shelved(&behind, &claim), Outcome::Shelved(Shelved::Known), "what was put there is known here");
    let lasts = |relay: &Relay| relay.store().snapshot().unwrap().blob(&hash).unwrap().unwrap().expires;
    right.write(&Write::ReleaseBlob { hash, tag: one });
    until_same(&right, &behind);
    assert_eq!((lasts(&right), lasts(&behind)), (expires, expires));
    right.write(&Write::ReleaseBlob { hash, tag: other });
    until_same(&right, &behind);
    assert_eq!((lasts(&right), lasts(&behind)), (0, 0));
    assert_eq!(shelved(&behind, &claim), Outcome::Shelved(Shelved::Absent), "the stream tells which was first");
    let swept = behind.store().expired_blobs(clock() + crate::limits::RELEASED_MS, 9).unwrap();
    assert_eq!(swept, [hash]);
    drop((right, behind));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
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
