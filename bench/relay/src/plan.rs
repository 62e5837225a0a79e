//! What this run measures: which programs, where their files go, how many connections the machine allows.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::process::{Kind, Server};

/// Idle connections that are wanted.
const IDLE: u64 = 5000;
/// Open files that a process needs beside its connections.
const OTHER_FILES: u64 = 200;

/// Programs, folder, bounds.
pub(crate) struct Plan {
    relay: PathBuf,
    nats: Option<PathBuf>,
    folder: PathBuf,
    /// Connections of the idle measurement.
    pub(crate) idle: usize,
    only: Option<String>,
}

impl Plan {
    /// Reads `XCHAT_RELAY` (the relay's binary), `XCHAT_NATS_SERVER` (may be missing), `XCHAT_BENCH_FOLDER` (on the disk to be
    /// measured) and `XCHAT_BENCH_ONLY` (one part), and raises the limit of open files to what is allowed.
    pub(crate) fn from_environment() -> Result<Self> {
        let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let relay = named("XCHAT_RELAY").context("XCHAT_RELAY must name the relay's binary")?;
        let folder = named("XCHAT_BENCH_FOLDER").context("XCHAT_BENCH_FOLDER must name a folder on a real disk")?;
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let nats = named("XCHAT_NATS_SERVER").or_else(|| on_path("nats-server"));
        let only = env::var("XCHAT_BENCH_ONLY").ok().filter(|part| !part.is_empty());
        Ok(Self { relay, nats, folder, idle: idle_connections(), only })
    }

    /// Whether a part is to be measured.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }

    /// A fresh server with nothing in it; none when its program is not there.
    pub(crate) async fn start(&self, kind: Kind) -> Result<Option<Server>> {
        match (kind, &self.nats) {
            (Kind::Relay, _) => Server::relay(&self.relay, self.file("relay")).await.map(Some),
            (Kind::Bare, _) => Server::bare().await.map(Some),
            (Kind::Nats, Some(program)) => Server::nats(program, self.file("nats")).await.map(Some),
            (Kind::Nats, None) => Ok(None),
        }
    }

    /// A relay with nothing in it.
    pub(crate) async fn start_relay(&self) -> Result<Server> {
        Server::relay(&self.relay, self.file("relay")).await
    }

    /// A name in the folder of this run, for files that are removed again.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", std::process::id()))
    }

    /// What a reader of the table must know.
    pub(crate) fn says(&self) -> String {
        let mut says = match &self.nats {
            Some(_) => "nats-server was there.".to_owned(),
            None => "No nats-server: XCHAT_NATS_SERVER names none, and there is none on PATH.".to_owned(),
        };
        if (self.idle as u64) < IDLE {
            says += &format!(" Only {} idle connections: for {IDLE} of them raise `ulimit -Hn`.", self.idle);
        }
        says
    }
}

/// Raises the soft limit of open files to the hard one, for this process and those that it starts; as many connections as that
/// allows, at most [`IDLE`].
fn idle_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // None is no limit. What is left is far below what a usize holds.
    allowed.map_or(IDLE, |allowed| allowed.saturating_sub(OTHER_FILES).min(IDLE)) as usize
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
