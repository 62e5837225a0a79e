//! The relay's binary as a child process, and small blocking clients for it.
#![allow(dead_code, unused_imports, unreachable_pub, clippy::unwrap_used, reason = "each binary uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xchat_wire::Reply;

mod client;
mod trust;

pub use client::{Client, Raw};
pub use trust::dial_tls;

/// No answer within this is a failure; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a condition that will come by itself.
pub fn until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The header that a grant makes.
pub fn bearer(reply: Reply) -> String {
    let Reply::Grant { token, .. } = reply else { panic!("no grant: {reply:?}") };
    format!("Bearer {}", URL_SAFE_NO_PAD.encode(token.0.as_slice()))
}

/// A relay that runs, on data of its own.
pub struct Running {
    child: Child,
    pub bound: SocketAddr,
    /// Where its metrics are.
    pub metrics_bound: SocketAddr,
    data: PathBuf,
    flags: Vec<String>,
    /// Blocks that each of its files may have, as `ulimit -f` counts them.
    blocks: Option<u32>,
    log: Option<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
    /// The next one goes on with this data.
    kept: bool,
}

impl Running {
    pub fn start(name: &str, flags: &[&str]) -> Self {
        let data = std::env::temp_dir().join(format!("xchat-relay-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&data);
        Self::over(data, flags.iter().map(|flag| (*flag).to_owned()).collect(), None)
    }

    /// One whose files cannot grow beyond so many blocks: to it, a disk that is full.
    pub fn start_limited(name: &str, blocks: u32, flags: &[&str]) -> Self {
        let data = std::env::temp_dir().join(format!("xchat-relay-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&data);
        Self::over(data, flags.iter().map(|flag| (*flag).to_owned()).collect(), Some(blocks))
    }

    /// A relay on data that is there, which is left when it ends.
    pub fn start_over(data: &Path, flags: &[&str]) -> Self {
        let mut relay = Self::over(data.to_owned(), flags.iter().map(|flag| (*flag).to_owned()).collect(), None);
        relay.kept = true;
        relay
    }

    fn over(data: PathBuf, flags: Vec<String>, blocks: Option<u32>) -> Self {
        let mut child = match blocks {
            None => command(&data, &flags),
            Some(blocks) => limited(&command(&data, &flags), blocks),
        }
        .spawn()
        .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let (Some(clients), Some(metrics)) = (lines.next(), lines.next()) else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the relay did not start: {said}");
        };
        let (_, bound) = clients.split_once("://").unwrap();
        let metrics = metrics.strip_prefix("metrics on http://").and_then(|rest| rest.strip_suffix("/metrics"));
        let (bound, metrics_bound) = (bound.parse().unwrap(), metrics.unwrap().parse().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let heard = said.clone();
        let log = std::thread::spawn(move || {
            for line in stderr.lines() {
                *heard.lock().unwrap() += &(line.unwrap() + "\n");
            }
        });
        Self { child, bound, metrics_bound, data, flags, blocks, log: Some(log), said, kept: false }
    }

    /// As the power switch does it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same while others still use this relay; whoever starts another one waits for its end.
    pub fn kill_only(&self) {
        signal(self.child.id(), "-KILL");
    }

    /// Another one on the same data.
    pub fn again(mut self) -> Self {
        self.kept = true;
        _ = self.child.wait();
        Self::over(self.data.clone(), self.flags.clone(), self.blocks)
    }

    /// As an operator does it.
    pub fn terminate(&mut self) {
        signal(self.child.id(), "-TERM");
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// What it wrote to standard error, once it has ended.
    pub fn log(&mut self) -> String {
        self.log.take().unwrap().join().unwrap();
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has written these words to standard error; false when it does not within a few seconds.
    pub fn said(&self, words: &str) -> bool {
        (0..400).any(|_| {
            let said = self.said.lock().unwrap().contains(words);
            if !said {
                std::thread::sleep(Duration::from_millis(10));
            }
            said
        })
    }

    /// Whether it has written these words by now.
    pub fn said_already(&self, words: &str) -> bool {
        self.said.lock().unwrap().contains(words)
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Asks by a signal such as `-HUP`.
    pub fn signal(&self, what: &str) {
        signal(self.child.id(), what);
    }

    /// A second relay on the same data: how it ended, and what it said.
    pub fn try_another(&self) -> (ExitStatus, String) {
        self.try_with(&[])
    }

    /// The same with further flags.
    pub fn try_with(&self, flags: &[&str]) -> (ExitStatus, String) {
        let output = command(&self.data, &self.flags).args(flags).output().unwrap();
        (output.status, String::from_utf8(output.stderr).unwrap())
    }

    /// A connection that has heard its welcome. Of a cluster that elects a leader nobody is let in, for a while.
    pub fn connect(&self) -> Client {
        let began = Instant::now();
        loop {
            if let Some(client) = Client::open(self.bound, &[]) {
                return client;
            }
            assert!(began.elapsed() < PATIENCE, "a relay that runs lets a client in");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A connection that has heard its welcome, unless the relay dies before.
    pub fn try_connect(&self) -> Option<Client> {
        Client::open(self.bound, &[])
    }

    /// The same by way of a proxy that names this address.
    pub fn try_connect_from(&self, address: &str) -> Option<Client> {
        Client::open(self.bound, &[("X-Forwarded-For", address)])
    }

    pub fn connect_from(&self, address: &str) -> Client {
        self.try_connect_from(address).expect("a relay that runs lets a client in")
    }

    /// Status of an upgrade with these headers.
    pub fn knock(&self, host: &str, origin: Option<&str>, protocol: &str) -> u16 {
        let origin = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /relay HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{origin}\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
        );
        let mut socket = socket(self.bound);
        socket.write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).unwrap();
        status_of(&line)
    }

    /// A bare socket on which so much was said.
    pub fn dial(&self, head: &str) -> TcpStream {
        let mut socket = socket(self.bound);
        socket.write_all(head.as_bytes()).unwrap();
        socket
    }

    /// A GET.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request("GET", path, headers)
    }

    /// The metrics, as Prometheus gets them.
    pub fn metrics(&self) -> String {
        let answer = self.get_of_operator("/metrics");
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// A GET on the operator's listener.
    pub fn get_of_operator(&self, path: &str) -> Answer {
        finish(begin(self.metrics_bound, "GET", path, &[]))
    }

    /// A request of any method.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        finish(self.begin(method, path, headers))
    }

    /// Uploads a body.
    pub fn put(&self, path: &str, bearer: Option<&str>, body: &[u8]) -> Answer {
        let length = body.len().to_string();
        let mut headers = vec![("Content-Length", length.as_str())];
        headers.extend(bearer.map(|bearer| ("Authorization", bearer)));
        let mut socket = self.begin("PUT", path, &headers);
        // A relay that has seen enough may close before the last byte.
        _ = socket.write_all(body);
        finish(socket)
    }

    /// Announces an upload, whose body is for the caller to send.
    pub fn begin_put(&self, path: &str, bearer: &str, length: usize) -> TcpStream {
        self.begin("PUT", path, &[("Content-Length", &length.to_string()), ("Authorization", bearer)])
    }

    /// Asks by way of a proxy that names this address; the answer is for the caller to read, or not.
    pub fn begin_from(&self, address: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        self.begin(method, path, &[&[("X-Forwarded-For", address)], headers].concat())
    }

    /// The answer to an upload that is refused before its body.
    pub fn put_head(&self, path: &str, bearer: &str, length: usize) -> Answer {
        finish(self.begin_put(path, bearer, length))
    }

    fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        begin(self.bound, method, path, headers)
    }

    /// Names of all files in its folder of blobs.
    pub fn blob_files(&self) -> Vec<String> {
        let names =
            |folder: &Path| -> Vec<_> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect() };
        let shelves = names(&self.data.join("blobs"));
        let files = shelves.iter().flat_map(|shelf| names(&shelf.path()));
        files.map(|file| file.file_name().into_string().unwrap()).collect()
    }
}

fn begin(bound: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    let mut socket = socket(bound);
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

/// The answer to a request that is complete.
pub fn finish(mut socket: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = status_of(lines.next().unwrap());
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        if !self.kept {
            _ = std::fs::remove_dir_all(&self.data);
        }
    }
}

fn signal(process: u32, what: &str) {
    assert!(Command::new("kill").args([what, &process.to_string()]).status().unwrap().success());
}

fn command(data: &Path, flags: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xchat-relay"));
    command.args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data"]).arg(data).args(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same command under a shell that bounds its files; growing beyond is then an error and no signal.
fn limited(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

fn status_of(line: &str) -> u16 {
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

fn socket(bound: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(bound).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// A response over HTTP.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All headers but the date.
    pub fn headers_but_date(&self) -> Vec<(String, String)> {
        self.headers.iter().filter(|(name, _)| name != "date").cloned().collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}
