//! The relay's binary as a child process, and small blocking clients for it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "helpers of tests; each binary uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use xchat_wire::*;

use crate::peers::{key, post};

/// No answer within this is a failure; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// A relay that runs, on data of its own.
pub struct Running {
    child: Child,
    pub bound: SocketAddr,
    data: PathBuf,
    flags: Vec<String>,
    log: Option<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
    /// The next one goes on with this data.
    kept: bool,
}

impl Running {
    pub fn start(name: &str, flags: &[&str]) -> Self {
        let data = std::env::temp_dir().join(format!("xchat-relay-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&data);
        Self::over(data, flags.iter().map(|flag| (*flag).to_owned()).collect())
    }

    /// A relay on data that is there, which is left when it ends.
    pub fn start_over(data: &Path, flags: &[&str]) -> Self {
        let mut relay = Self::over(data.to_owned(), flags.iter().map(|flag| (*flag).to_owned()).collect());
        relay.kept = true;
        relay
    }

    fn over(data: PathBuf, flags: Vec<String>) -> Self {
        let mut child = command(&data, &flags).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some((_, bound)) = line.trim().split_once("://") else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the relay did not start: {said}");
        };
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let heard = said.clone();
        let log = std::thread::spawn(move || {
            for line in stderr.lines() {
                *heard.lock().unwrap() += &(line.unwrap() + "\n");
            }
        });
        Self { child, bound: bound.parse().unwrap(), data, flags, log: Some(log), said, kept: false }
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
        Self::over(self.data.clone(), self.flags.clone())
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
        let output = command(&self.data, &self.flags).output().unwrap();
        (output.status, String::from_utf8(output.stderr).unwrap())
    }

    /// A connection that has heard its welcome.
    pub fn connect(&self) -> Client {
        Client::new(self.bound)
    }

    /// A connection that has heard its welcome, unless the relay dies before.
    pub fn try_connect(&self) -> Option<Client> {
        Client::open(self.bound, &[])
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

    /// A request of any method.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let mut socket = socket(self.bound);
        socket.write_all(request.as_bytes()).unwrap();
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
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).args(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
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
        Self::open(bound, &[]).expect("a relay that runs lets a client in")
    }

    /// None when the relay does not let it in, or dies meanwhile.
    pub fn open(bound: SocketAddr, headers: &[(&'static str, &str)]) -> Option<Self> {
        let mut request = format!("ws://{bound}{SOCKET_PATH}").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(bound).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let (socket, response) = tungstenite::client(request, stream).ok()?;
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], SUBPROTOCOL);
        let origin = format!("http://{bound}");
        let mut client = Self { socket, origin, challenge: Challenge::new([0; 32]), requests: 0 };
        let ServerFrame::Welcome { challenge, .. } = client.try_frame()? else { panic!("no welcome") };
        client.challenge = challenge;
        Some(client)
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

    /// The next frame; none when the connection has ended.
    pub fn try_frame(&mut self) -> Option<ServerFrame> {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => Some(decode(&bytes).unwrap()),
            Ok(Message::Close(_)) => None,
            Ok(other) => panic!("no frame: {other:?}"),
            Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the relay neither answers nor goes")
            }
            Err(_) => None,
        }
    }

    /// Sends requests without waiting, then takes their replies, in their order; none when the connection has ended.
    /// Other frames are dropped.
    pub fn try_all(&mut self, frames: Vec<ClientFrame>) -> Option<Vec<Reply>> {
        let count = frames.len();
        frames.iter().for_each(|frame| self.send(frame));
        let mut replies = Vec::new();
        while replies.len() < count {
            if let ServerFrame::Reply { reply, .. } = self.try_frame()? {
                replies.push(reply);
            }
        }
        Some(replies)
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

    /// Reads until the relay has closed; the reason it gave.
    pub fn last_words(&mut self) -> Option<Goodbye> {
        let mut reason = None;
        while let Some(frame) = self.try_frame() {
            if let ServerFrame::Goodbye { reason: given, .. } = frame {
                reason = Some(given);
            }
        }
        reason
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

    pub fn request(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    pub fn ask(&mut self, frame: impl FnOnce(Request) -> ClientFrame) -> Reply {
        let request = self.request();
        self.send(&frame(request));
        let (answered, reply) = self.next_reply();
        assert_eq!(answered, request);
        reply
    }

    pub fn proof(&self, right: Right, address: Address, epoch: u64, signer: u8) -> Proof {
        Proof::sign(&key(signer), &self.origin, &self.challenge, right, &address, Epoch(epoch))
    }

    /// A proof by a key of any kind.
    pub fn sign(&self, right: Right, address: Address, epoch: u64, key: &SigningKey) -> Proof {
        Proof::sign(key, &self.origin, &self.challenge, right, &address, Epoch(epoch))
    }

    /// Asks to prove an epoch of a log; its answer is not waited for.
    pub fn send_proof(&mut self, address: Address, epoch: u64, key: &SigningKey) {
        let (request, proof) = (self.request(), self.sign(Right::Log, address, epoch, key));
        self.send(&ClientFrame::Prove { request, right: Right::Log, address, epoch: Epoch(epoch), proof });
    }

    pub fn prove_with(&mut self, address: Address, epoch: u64, key: &SigningKey) {
        self.send_proof(address, epoch, key);
        let (_, reply) = self.next_reply();
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn create_log(&mut self, log: Address, signer: u8) {
        let proof = self.proof(Right::Log, log, 0, signer);
        let reply = self.ask(|request| ClientFrame::CreateLog { request, log, proof });
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
