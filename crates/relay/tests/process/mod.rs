//! The relay's binary as a child process, and small blocking clients for it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "helpers of tests; each binary uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use xchat_wire::*;

use crate::peers::{key, post};

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
    data: PathBuf,
    flags: Vec<String>,
    /// Blocks that each of its files may have, as `ulimit -f` counts them.
    blocks: Option<u32>,
    log: Option<JoinHandle<String>>,
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

    fn over(data: PathBuf, flags: Vec<String>, blocks: Option<u32>) -> Self {
        let mut child = match blocks {
            None => command(&data, &flags),
            Some(blocks) => limited(&command(&data, &flags), blocks),
        }
        .spawn()
        .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(bound) = line.trim().strip_prefix("listening on http://") else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the relay did not start: {said}");
        };
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            said
        });
        Self { child, bound: bound.parse().unwrap(), data, flags, blocks, log: Some(log), kept: false }
    }

    /// As the power switch does it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Another one on the same data.
    pub fn again(mut self) -> Self {
        self.kept = true;
        Self::over(self.data.clone(), self.flags.clone(), self.blocks)
    }

    /// As an operator does it.
    pub fn terminate(&mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// What it wrote to standard error, once it has ended.
    pub fn log(&mut self) -> String {
        self.log.take().unwrap().join().unwrap()
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

    /// A connection that has heard its welcome.
    pub fn connect(&self) -> Client {
        Client::new(self.bound)
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

    /// A GET.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request("GET", path, headers)
    }

    /// A request of any method.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        answer(self.begin(method, path, headers))
    }

    /// Uploads a body.
    pub fn put(&self, path: &str, bearer: Option<&str>, body: &[u8]) -> Answer {
        let length = body.len().to_string();
        let mut headers = vec![("Content-Length", length.as_str())];
        headers.extend(bearer.map(|bearer| ("Authorization", bearer)));
        let mut socket = self.begin("PUT", path, &headers);
        // A relay that has seen enough may close before the last byte.
        _ = socket.write_all(body);
        answer(socket)
    }

    /// Announces an upload, whose body is for the caller to send.
    pub fn begin_put(&self, path: &str, bearer: &str, length: usize) -> TcpStream {
        self.begin("PUT", path, &[("Content-Length", &length.to_string()), ("Authorization", bearer)])
    }

    /// The answer to an upload that is refused before its body.
    pub fn put_head(&self, path: &str, bearer: &str, length: usize) -> Answer {
        answer(self.begin_put(path, bearer, length))
    }

    fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let mut socket = socket(self.bound);
        socket.write_all(request.as_bytes()).unwrap();
        socket
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

fn answer(mut socket: TcpStream) -> Answer {
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

fn command(data: &Path, flags: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xchat-relay"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).args(flags);
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

/// A message as a hostile client may send it.
pub enum Raw {
    Binary(Vec<u8>),
    Text(&'static str),
}

/// One connection.
pub struct Client {
    socket: WebSocket<TcpStream>,
    origin: String,
    challenge: Challenge,
    requests: u32,
}

impl Client {
    fn new(bound: SocketAddr) -> Self {
        let mut request = format!("ws://{bound}{SOCKET_PATH}").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        let (socket, response) = tungstenite::client(request, socket(bound)).unwrap();
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], SUBPROTOCOL);
        let origin = format!("http://{bound}");
        let mut client = Self { socket, origin, challenge: Challenge::new([0; 32]), requests: 0 };
        let ServerFrame::Welcome { challenge, .. } = client.next_frame() else { panic!("no welcome") };
        client.challenge = challenge;
        client
    }

    pub fn send(&mut self, frame: &ClientFrame) {
        self.send_raw(Raw::Binary(encode(frame)));
    }

    pub fn send_raw(&mut self, raw: Raw) {
        let message = match raw {
            Raw::Binary(bytes) => Message::Binary(bytes.into()),
            Raw::Text(text) => Message::Text(text.into()),
        };
        // A relay that has seen enough may close before the last byte.
        _ = self.socket.send(message);
    }

    pub fn next_frame(&mut self) -> ServerFrame {
        match self.socket.read().unwrap() {
            Message::Binary(bytes) => decode(&bytes).unwrap(),
            other => panic!("no frame: {other:?}"),
        }
    }

    /// The next reply; other frames are dropped.
    pub fn next_reply(&mut self) -> (Request, Reply) {
        loop {
            if let ServerFrame::Reply { request, reply } = self.next_frame() {
                return (request, reply);
            }
        }
    }

    /// The next record; other frames are dropped.
    pub fn next_record(&mut self) -> Record {
        loop {
            if let ServerFrame::Record { record, .. } = self.next_frame() {
                return record;
            }
        }
    }

    pub fn records_until_caught_up(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        loop {
            match self.next_frame() {
                ServerFrame::Record { record, .. } => records.push(record),
                ServerFrame::CaughtUp { .. } => return records,
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Reads until the relay has closed.
    pub fn is_closed_by_the_relay(&mut self) {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(_)) | Ok(Message::Close(_)) => {}
                Ok(other) => panic!("unexpected {other:?}"),
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("still open")
                }
                Err(_) => return,
            }
        }
    }

    fn request(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    fn ask(&mut self, frame: impl FnOnce(Request) -> ClientFrame) -> Reply {
        let request = self.request();
        self.send(&frame(request));
        let (answered, reply) = self.next_reply();
        assert_eq!(answered, request);
        reply
    }

    pub fn proof(&self, right: Right, address: Address, epoch: u64, signer: u8) -> Proof {
        Proof::sign(&key(signer), &self.origin, &self.challenge, right, &address, Epoch(epoch))
    }

    pub fn create_log(&mut self, log: Address, signer: u8) {
        let proof = self.proof(Right::Log, log, 0, signer);
        let reply = self.ask(|request| ClientFrame::CreateLog { request, log, proof });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn create_inbox(&mut self, inbox: Address, owner: u8, writer: u8) {
        let proof = self.proof(Right::InboxOwner, inbox, 0, owner);
        let writer = crate::peers::public(writer);
        let reply = self.ask(|request| ClientFrame::CreateInbox { request, inbox, proof, writer });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn prove(&mut self, right: Right, address: Address, epoch: u64, signer: u8) {
        let proof = self.proof(right, address, epoch, signer);
        let reply = self.ask(|request| ClientFrame::Prove { request, right, address, epoch: Epoch(epoch), proof });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    /// Asks for what is not its own.
    pub fn deny(&mut self, log: Address, signer: u8) {
        let proof = self.proof(Right::Log, log, 0, signer);
        let reply = self.ask(|request| ClientFrame::CreateLog { request, log, proof });
        assert_eq!(reply, crate::peers::denied());
    }

    pub fn subscribe(&mut self, address: Address, after: u64) {
        let credit = MAX_CREDIT;
        let reply = self.ask(|request| ClientFrame::Subscribe { request, address, after: Seq(after), credit });
        assert_eq!(reply, Reply::Ok);
    }

    pub fn append(&mut self, log: Address, epoch: u64, id: u8, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(|request| ClientFrame::Append { request, log, epoch: Epoch(epoch), post: post(id), body })
    }

    pub fn signal(&mut self, log: Address, epoch: u64, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(|request| ClientFrame::Signal { request, log, epoch: Epoch(epoch), body })
    }

    /// A grant in the name of the log at 1.
    pub fn grant(&mut self, hash: BlobHash, size: u64, seconds: u32) -> Reply {
        let (right, address, proof) = (Right::Log, crate::peers::address(1), None);
        self.ask(|request| ClientFrame::GrantBlob { request, right, address, proof, hash, size, seconds })
    }

    pub fn turn(&mut self) -> Reply {
        self.ask(|request| ClientFrame::Turn { request })
    }

    /// Sends an append without waiting for its answer.
    pub fn send_append(&mut self, log: Address, epoch: u64, id: [u8; 2], body: &[u8]) -> Request {
        let request = self.request();
        let mut post = [0; 16];
        post[..2].copy_from_slice(&id);
        let (post, body) = (PostId::new(post), body.to_vec().into());
        self.send(&ClientFrame::Append { request, log, epoch: Epoch(epoch), post, body });
        request
    }
}
