//! The servers, each a process of its own: started on a free port of loopback, looked at through /proc, ended when dropped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::bare;

/// What is measured, and what it is measured beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ours.
    Relay,
    /// axum and nothing else: one encode, no storage, no proofs.
    Bare,
    /// nats-server at its WebSocket port.
    Nats,
}

/// Time on a core.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu {
    pub(crate) server: Duration,
    pub(crate) load: Duration,
}

impl Cpu {
    /// What was used since an earlier look.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { server: self.server.saturating_sub(before.server), load: self.load.saturating_sub(before.load) }
    }
}

/// A running server. Its files go when it does.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) bound: SocketAddr,
    child: Child,
    files: Option<PathBuf>,
}

impl Server {
    /// A relay on an empty store, with limits above what is opened here.
    pub(crate) async fn relay(program: &Path, files: PathBuf) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(&files);
        command.args(["--max-connections", "20000", "--max-connections-per-address", "20000"]);
        command.args(["--connections-per-minute", "1000000", "--creations-per-minute", "1000000"]);
        command.args(["--stored-kib-per-minute", "1000000000", "--stored-mib-per-day", "1000000000"]);
        Self::announced(Kind::Relay, &mut command, Some(files))
    }

    /// The bare server of this very program.
    pub(crate) async fn bare() -> Result<Self> {
        let this = std::env::current_exe().context("finding this program")?;
        Self::announced(Kind::Bare, Command::new(this).arg(bare::WORD), None)
    }

    /// nats-server with JetStream that syncs each write, which is what the relay promises too.
    pub(crate) async fn nats(program: &Path, files: PathBuf) -> Result<Self> {
        let (plain, bound) = (free_port()?, free_port()?);
        fs::create_dir_all(&files).with_context(|| format!("making {}", files.display()))?;
        let config = files.join("nats.conf");
        let text = format!(
            "listen: \"{plain}\"\nwebsocket {{ listen: \"{bound}\", no_tls: true, compression: false }}\n\
             jetstream {{ store_dir: \"{}\", sync_interval: always }}\nmax_connections: 30000\nping_interval: \"10m\"\n",
            files.display()
        );
        fs::write(&config, text).context("writing nats-server's settings")?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let server = Self { kind: Kind::Nats, bound, child, files: Some(files) };
        for _ in 0..200 {
            if TcpStream::connect(bound).await.is_ok() {
                return Ok(server);
            }
            sleep(Duration::from_millis(25)).await;
        }
        bail!("nats-server does not answer")
    }

    /// A program whose first line ends in the address that it listens on.
    fn announced(kind: Kind, command: &mut Command, files: Option<PathBuf>) -> Result<Self> {
        let child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting {command:?}"))?;
        let unbound = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { kind, bound: unbound, child, files };
        let out = server.child.stdout.take().context("a server without an output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).context("reading a server's first line")?;
        let address = line.trim().rsplit('/').next().unwrap_or_default();
        server.bound = address.parse().with_context(|| format!("the server said `{line}`"))?;
        Ok(server)
    }

    /// Time on a core so far, of the server and of the load.
    pub(crate) fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { server: cpu_of(self.child.id())?, load: cpu_of(std::process::id())? })
    }

    /// Bytes of its memory that are resident.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).context("reading /proc")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().context("VmRSS is no number")?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever fails here, the run has its figures already.
        _ = self.child.kill();
        _ = self.child.wait();
        if let Some(files) = &self.files {
            _ = fs::remove_dir_all(files);
        }
    }
}

/// Time on a core of all threads of a process.
fn cpu_of(process: u32) -> Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{process}/task")).context("reading /proc")? {
        // A thread may end meanwhile.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        nanos += text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// A port that was free a moment ago.
fn free_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?)
}
