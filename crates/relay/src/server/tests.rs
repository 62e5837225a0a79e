//! A relay in this process, whose wall clock a test moves.

use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;

use ed25519_dalek::SigningKey;
use tokio::sync::oneshot;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use xchat_wire::*;

use super::*;

/// No answer within this is a failure; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);
const HOUR: i64 = 60 * 60 * 1000;

/// How far the wall clock was moved.
static MOVED: AtomicI64 = AtomicI64::new(0);

fn moved_clock() -> u64 {
    now_ms().saturating_add_signed(MOVED.load(Ordering::Relaxed))
}

/// A relay that runs until it is dropped, on data of its own.
struct Served {
    bound: SocketAddr,
    data: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Served {
    fn start(name: &str, flags: &[&str]) -> Self {
        let data = std::env::temp_dir().join(format!("xchat-served-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&data);
        let words = ["xchat-relay", "--listen", "127.0.0.1:0", "--drain-seconds", "1", "--data"].map(Into::into);
        let words = words.into_iter().chain([data.clone().into_os_string()]).chain(flags.iter().map(Into::into));
        let settings = Settings::load(words).unwrap();
        let ((stop, stopped), (listening, bound)) = (oneshot::channel::<()>(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let stopped = async { _ = stopped.await };
            runtime.block_on(serve_by(
                moved_clock,
                settings,
                move |bound| listening.send(bound.clients).unwrap(),
                stopped,
            ))
        });
        Self { bound: bound.recv_timeout(PATIENCE).unwrap(), data, stop: Some(stop), thread: Some(thread) }
    }

    /// A connection that has heard its welcome, if it is let in.
    fn try_connect(&self) -> Option<Client> {
        let mut request = format!("ws://{}{SOCKET_PATH}", self.bound).into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        let stream = TcpStream::connect(self.bound).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(request, stream).ok()?;
        let mut client =
            Client { socket, origin: format!("http://{}", self.bound), challenge: Challenge::new([0; 32]) };
        let ServerFrame::Welcome { challenge, .. } = client.next()? else { panic!("no welcome") };
        client.challenge = challenge;
        Some(client)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        self.thread.take().map(JoinHandle::join);
        _ = std::fs::remove_dir_all(&self.data);
    }
}

struct Client {
    socket: WebSocket<TcpStream>,
    origin: String,
    challenge: Challenge,
}

impl Client {
    fn send(&mut self, frame: &ClientFrame) {
        self.socket.send(Message::Binary(encode(frame).into())).unwrap();
    }

    /// The next frame; none when the connection has ended.
    fn next(&mut self) -> Option<ServerFrame> {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => Some(decode(&bytes).unwrap()),
            _ => None,
        }
    }

    fn create_log(&mut self, log: u8) -> Option<ServerFrame> {
        let (log, key) = (Address::new([log; 32]), SigningKey::from_bytes(&[7; 32]));
        let proof = Proof::sign(&key, &self.origin, &self.challenge, Right::Log, &log, Epoch(0));
        self.send(&ClientFrame::CreateLog { request: Request(1), log, proof });
        self.next()
    }
}

#[test]
fn a_wall_clock_that_steps_back_or_forth_cuts_nobody_off_and_frees_nobody() {
    let flags = ["--creations-per-minute", "2", "--connections-per-minute", "120", "--first-frame-seconds", "1"];
    let relay = Served::start("clock", &flags);
    let mut alive = relay.try_connect().unwrap();
    let proved = |frame| matches!(frame, Some(ServerFrame::Reply { reply: Reply::Proved { .. }, .. }));
    assert!(proved(alive.create_log(1)) && proved(alive.create_log(2)));

    for step in [HOUR, -2 * HOUR] {
        MOVED.fetch_add(step, Ordering::Relaxed);
        let mut spoke = relay.try_connect().unwrap();
        spoke.send(&ClientFrame::Ping);
        assert_eq!(spoke.next(), Some(ServerFrame::Pong));
        // When this one is looked at, the one before it was.
        let mut silent = relay.try_connect().unwrap();
        MOVED.fetch_add(HOUR, Ordering::Relaxed);
        assert!(matches!(silent.next(), Some(ServerFrame::Goodbye { reason: Goodbye::Slow, .. })));
        MOVED.fetch_sub(HOUR, Ordering::Relaxed);
        spoke.send(&ClientFrame::Ping);
        assert_eq!(spoke.next(), Some(ServerFrame::Pong), "an hour of the wall clock is not an hour of silence");

        let refused = spoke.create_log(3);
        let busy =
            matches!(refused, Some(ServerFrame::Reply { reply: Reply::Refused { reason: Refusal::Busy { .. } }, .. }));
        assert!(busy, "nor does it fill a bucket: {refused:?}");
    }
    // The clock stands an hour back. Two connections a second come into the bucket nevertheless.
    while relay.try_connect().is_some() {}
    let (began, mut again) = (Instant::now(), None);
    while again.is_none() {
        assert!(began.elapsed() < PATIENCE, "a bucket does not fill while the clock is behind");
        std::thread::sleep(Duration::from_millis(20));
        again = relay.try_connect();
    }
    alive.send(&ClientFrame::Ping);
    assert_eq!(alive.next(), Some(ServerFrame::Pong));
}
