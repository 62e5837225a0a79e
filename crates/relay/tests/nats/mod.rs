//! Real nats-servers on loopback, for tests of what relays do on top of them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each binary uses its own part")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for a server that is about to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// The nats-server to test with: the one that `XCHAT_NATS_SERVER` names, which must be good; else one on the path, if it is good; else
/// none, and one line says so.
pub fn binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("XCHAT_NATS_SERVER") {
        let version = version(Path::new(&named)).expect("XCHAT_NATS_SERVER names a nats-server that runs");
        assert!(is_good(&version), "XCHAT_NATS_SERVER is {version}; 2.12 or later is needed");
        return Some(named.into());
    }
    let found = version(Path::new("nats-server")).filter(|version| is_good(version));
    if found.is_none() {
        eprintln!("skipped: XCHAT_NATS_SERVER names no nats-server of version 2.12 or later, and the path has none");
    }
    found.map(|_| "nats-server".into())
}

fn version(binary: &Path) -> Option<String> {
    let output = Command::new(binary).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().rsplit('v').next()?.to_owned())
}

fn is_good(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= (2, 12))
}

/// A port that is free, and not one of those that connections take by themselves: a server that is started again must find it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = 10_000 + (std::process::id() % 1500) as u16 * 12;
    loop {
        let port = begin + NEXT.fetch_add(1, Ordering::Relaxed) % 4000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

struct Server {
    child: Child,
    config: PathBuf,
    monitor: u16,
}

/// One server, or several that are a cluster. They and their files are gone with this value.
pub struct Servers {
    binary: PathBuf,
    folder: PathBuf,
    ports: Vec<u16>,
    servers: Vec<Server>,
}

impl Servers {
    /// So many servers, which sync what they acknowledge.
    pub fn start(binary: &Path, name: &str, count: usize) -> Self {
        Self::start_with(binary, name, count, "sync_interval: always")
    }

    /// The same with these words in each server's jetstream block.
    pub fn start_with(binary: &Path, name: &str, count: usize, jetstream: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xchat-nats-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let routes: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let all: Vec<String> = routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let mut servers = Vec::new();
        for at in 0..count {
            let (port, monitor, route) = (ports[at], free_port(), routes[at]);
            let store = folder.join(format!("js{at}"));
            let cluster = match count {
                1 => String::new(),
                _ => format!(
                    "cluster {{ name: test, listen: \"127.0.0.1:{route}\", routes: [{}] }}\n",
                    all.iter().map(|url| format!("\"{url}\"")).collect::<Vec<_>>().join(", ")
                ),
            };
            let text = format!(
                "server_name: n{at}\nlisten: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
                 jetstream {{ store_dir: \"{}\", {jetstream} }}\n{cluster}",
                store.display()
            );
            let config = folder.join(format!("n{at}.conf"));
            std::fs::write(&config, text).unwrap();
            servers.push(Server { child: spawn(binary, &config), config, monitor });
        }
        let servers = Self { binary: binary.to_owned(), folder, ports, servers };
        (0..count).for_each(|at| servers.is_ready(at));
        servers
    }

    /// Flags for a relay.
    pub fn flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = ["--store", "nats", "--blob-mib", "0"].map(String::from).to_vec();
        for at in 0..self.ports.len() {
            flags.extend(["--nats-url".into(), self.url(at)]);
        }
        for server in &self.servers {
            flags.extend(["--nats-monitor-url".into(), format!("http://127.0.0.1:{}", server.monitor)]);
        }
        let replicas = if self.servers.len() < 3 { 1 } else { 3 };
        flags.extend(["--nats-replicas".into(), replicas.to_string()]);
        flags
    }

    /// Where a client connects to this one.
    pub fn url(&self, at: usize) -> String {
        format!("nats://127.0.0.1:{}", self.ports[at])
    }

    /// As the power switch does it.
    pub fn kill(&mut self, at: usize) {
        self.servers[at].child.kill().unwrap();
        self.servers[at].child.wait().unwrap();
    }

    /// It stands still, as a machine that is cut off or overwhelmed: it neither answers nor hangs up.
    pub fn pause(&self, at: usize) {
        self.signal(at, "-STOP");
    }

    /// A paused one goes on.
    pub fn resume(&self, at: usize) {
        self.signal(at, "-CONT");
    }

    fn signal(&self, at: usize, signal: &str) {
        let pid = self.servers[at].child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Everything that the servers have written: names of files and their bytes.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push((path.display().to_string(), std::fs::read(&path).unwrap())),
                }
            }
        }
        found
    }

    /// Starts a killed one again, and waits until it is ready.
    pub fn restart(&mut self, at: usize) {
        self.servers[at].child = spawn(&self.binary, &self.servers[at].config);
        self.is_ready(at);
    }

    /// Which server leads this stream, by their own word.
    pub fn leader(&self, stream: &str) -> Option<usize> {
        let says = |at: usize| self.ask(at, "/jsz?streams=true");
        let text = (0..self.servers.len()).find_map(|at| says(at).filter(|text| text.contains(stream)))?;
        let plain: String = text.split_whitespace().collect();
        let after = &plain[plain.find(&format!("\"name\":\"{stream}\""))?..];
        let leader = after.split("\"leader\":\"n").nth(1)?;
        leader.split('"').next()?.parse().ok()
    }

    /// Place of the first message that this stream still has.
    pub fn first(&self, stream: &str) -> Option<u64> {
        let text = (0..self.servers.len())
            .find_map(|at| self.ask(at, "/jsz?streams=true").filter(|text| text.contains(stream)))?;
        let plain: String = text.split_whitespace().collect();
        let after = &plain[plain.find(&format!("\"name\":\"{stream}\""))?..];
        after.split("\"first_seq\":").nth(1)?.split(',').next()?.parse().ok()
    }

    fn is_ready(&self, at: usize) {
        let began = Instant::now();
        while self.ask(at, "/healthz").is_none() {
            if began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.servers[at].config.with_extension("log"));
                panic!("server {at} does not become ready:\n{}", log.unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The body of a good answer of a server's monitoring.
    fn ask(&self, at: usize, path: &str) -> Option<String> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.servers[at].monitor)).ok()?;
        write!(socket, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        socket.read_to_string(&mut text).ok()?;
        text.split_whitespace().nth(1).is_some_and(|status| status == "200").then_some(text)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.servers {
            _ = server.child.kill();
            _ = server.child.wait();
        }
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(binary: &Path, config: &Path) -> Child {
    let log = std::fs::File::create(config.with_extension("log")).unwrap();
    let mut command = Command::new(binary);
    command.arg("-c").arg(config).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap()
}
