//! People with real engines, at a real relay's socket.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use xchat_engine::api::{AccountView, Body, ChatId, ChatView, Command, Event};
use xchat_engine::{Effect, Engine, Input, card::Origin};
use xchat_wire::{ClientFrame, SOCKET_PATH, SUBPROTOCOL};

use crate::sim::{Database, Dice};

/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one look at a socket waits.
const LOOK: Duration = Duration::from_millis(5);
/// Looks in a row that found nothing: then the next timer's time has come.
const QUIET: u32 = 20;

/// A WebSocket to the relay.
pub fn dial(bound: SocketAddr) -> WebSocket<TcpStream> {
    let mut request = format!("ws://{bound}{SOCKET_PATH}").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
    let stream = TcpStream::connect(bound).unwrap();
    stream.set_nodelay(true).unwrap();
    let (socket, _) = tungstenite::client(request, stream).unwrap();
    socket
}

struct Person {
    engine: Engine,
    database: Database,
    socket: Option<WebSocket<TcpStream>>,
    events: Vec<Event>,
    timer: Option<u64>,
}

/// Several people, and one clock that may be ahead of the machine's.
pub struct People {
    bound: SocketAddr,
    all: Vec<Person>,
    ahead: u64,
    dice: Dice,
    /// Frames that are commits, and those of them that bring welcomes.
    pub commits: (usize, usize),
}

impl People {
    /// With accounts of these names, and cards at the relay.
    pub fn at(bound: SocketAddr, names: &[&str]) -> Self {
        let mut people = Self { bound, all: Vec::new(), ahead: 0, dice: Dice::new(7), commits: (0, 0) };
        for (who, name) in names.iter().enumerate() {
            let mut engine = Engine::new(Origin::parse(&format!("http://{bound}")).unwrap());
            engine.keep_packages(3);
            let database = Database::default();
            people.all.push(Person { engine, database, socket: None, events: Vec::new(), timer: None });
            people.command(who, Command::CreateAccount { name: (*name).to_owned() });
            people.connect(who);
        }
        people.rest();
        people
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64 + self.ahead
    }

    /// Time passes, for people and not for the relay.
    pub fn wait(&mut self, millis: u64) {
        self.ahead += millis;
        (0..self.all.len()).for_each(|who| self.input(who, Input::Tick));
        self.rest();
    }

    fn connect(&mut self, who: usize) {
        self.input(who, Input::Connecting);
        let socket = dial(self.bound);
        socket.get_ref().set_read_timeout(Some(LOOK)).unwrap();
        self.all[who].socket = Some(socket);
    }

    /// One step, the way the worker does it.
    fn input(&mut self, who: usize, input: Input) {
        let (now, seed) = (self.now(), self.dice.bytes());
        let person = &mut self.all[who];
        loop {
            let missing = person.engine.missing(&input);
            if missing.is_empty() {
                break;
            }
            for scope in missing {
                let rows = person.database.scope(scope);
                person.engine.load(scope, rows).unwrap();
            }
        }
        let mut step = person.engine.step(input, now, seed);
        while !step.wants.is_empty() {
            let found = person.database.look(std::mem::take(&mut step.wants));
            step = person.engine.resume(found);
        }
        person.database.commit(step.wipes, step.changes);
        let mut broken = false;
        for effect in step.effects {
            match effect {
                Effect::Send(frame) => {
                    if let Ok(ClientFrame::Commit { welcomes, .. }) = xchat_wire::decode(&frame) {
                        self.commits.0 += 1;
                        self.commits.1 += usize::from(!welcomes.is_empty());
                    }
                    match &mut person.socket {
                        Some(socket) => broken |= socket.send(Message::Binary(frame.into())).is_err(),
                        None => broken = true,
                    }
                }
                Effect::Notify(event) => person.events.push(event),
                // Nobody here has a second device, which is what blobs are for.
                Effect::Blob(_) => {}
                Effect::Timer(at) => person.timer = Some(at),
                Effect::Reconnect(_) => broken = true,
            }
        }
        if broken {
            self.reconnect(who);
        }
    }

    fn reconnect(&mut self, who: usize) {
        self.all[who].socket = None;
        self.input(who, Input::Disconnected);
        self.connect(who);
    }

    /// Takes what has come for one of them; whether there was anything.
    fn look(&mut self, who: usize) -> bool {
        let (mut frames, mut broken) = (Vec::new(), false);
        while frames.len() < 64
            && let Some(socket) = &mut self.all[who].socket
        {
            match socket.read() {
                Ok(Message::Binary(bytes)) => frames.push(xchat_wire::decode(&bytes).unwrap()),
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    break;
                }
                _ => {
                    broken = true;
                    break;
                }
            }
        }
        let any = !frames.is_empty() || broken;
        if !frames.is_empty() {
            self.input(who, Input::Frames(frames));
        }
        if broken {
            self.reconnect(who);
        }
        any
    }

    /// Until nothing comes any more and no timer is due within a minute.
    fn rest(&mut self) {
        let (began, mut quiet) = (Instant::now(), 0);
        loop {
            assert!(began.elapsed() < PATIENCE, "they do not come to rest");
            let moved = (0..self.all.len()).fold(false, |moved, who| self.look(who) | moved);
            quiet = if moved { 0 } else { quiet + 1 };
            if quiet < QUIET {
                continue;
            }
            let due = |person: &Person, now| person.timer.filter(|at| *at < now + 60_000);
            let now = self.now();
            let next = (0..self.all.len()).filter_map(|who| Some((due(&self.all[who], now)?, who))).min();
            let Some((at, who)) = next else { return };
            self.ahead += at.saturating_sub(now);
            self.all[who].timer = None;
            self.input(who, Input::Tick);
            quiet = 0;
        }
    }

    pub fn command(&mut self, who: usize, command: Command) {
        self.input(who, Input::Command(command));
    }

    /// The same, and everything that comes of it.
    pub fn does(&mut self, who: usize, command: Command) {
        self.command(who, command);
        self.rest();
    }

    pub fn find<T>(&self, who: usize, find: impl Fn(&Event) -> Option<T>) -> T {
        let found = self.all[who].events.iter().rev().find_map(find);
        found.unwrap_or_else(|| panic!("it did not happen: {:?}", self.all[who].events))
    }

    fn snapshot(&mut self, who: usize) -> (AccountView, Vec<ChatView>) {
        self.input(who, Input::Attach);
        self.find(who, |event| match event {
            Event::Snapshot { account: Some(account), chats, .. } => Some((account.clone(), chats.clone())),
            _ => None,
        })
    }

    pub fn account(&mut self, who: usize) -> AccountView {
        self.snapshot(who).0
    }

    /// The one conversation of a device.
    pub fn chat(&mut self, who: usize) -> ChatView {
        let chats = self.snapshot(who).1;
        assert_eq!(chats.len(), 1, "{chats:?}");
        chats[0].clone()
    }

    /// Texts that a device shows, of both sides.
    pub fn texts(&mut self, who: usize, chat: ChatId) -> Vec<String> {
        let rows = self.all[who].database.messages(chat);
        self.input(who, Input::Page { chat, rows, more: false, before: None });
        let messages = self.find(who, |event| match event {
            Event::Page { messages, .. } => Some(messages.clone()),
            _ => None,
        });
        let text = |body| match body {
            Body::Text { text, .. } => Some(text),
            _ => None,
        };
        messages.into_iter().filter_map(|message| text(message.body)).collect()
    }

    /// Everything that a device stores, which is sealed only on its way to the disk.
    pub fn rows(&self, who: usize) -> impl Iterator<Item = &Vec<u8>> {
        self.all[who].database.0.values()
    }
}
