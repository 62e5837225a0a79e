//! A small world: real engines, the real relay in memory, a network that loses connections, devices that crash.
//!
//! A device's database is a map that commits whole steps. A crash drops the engine and what it had not yet sent; a broken
//! connection loses the frames under way in both directions, like TCP does. Everything random comes from one seed.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

use std::collections::{BTreeMap, VecDeque};

use xchat_engine::{
    Effect, Engine, Input,
    api::{AccountView, Body, ChatId, ChatState, ChatView, Command, Event, MessageView},
    card::Origin,
    rows::{Row, Scope, Table},
};
use xchat_relay::local::{ConnectionId, Relay};
use xchat_wire::ServerFrame;

pub const ORIGIN: &str = "https://relay.example";

/// Now, by the system's clock: OpenMLS checks key package lifetimes against it.
fn start() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
}

/// Small and seeded (splitmix64), so that a failing run can be repeated by its number.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.roll().to_be_bytes());
        }
        bytes
    }
}

/// Where a device dies in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeCommit,
    AfterCommit,
}

#[derive(Default, Clone)]
pub struct Database(pub BTreeMap<([u8; 16], Table, Vec<u8>), Vec<u8>>);

impl Database {
    fn scope(&self, scope: Scope) -> Vec<Row> {
        self.0
            .iter()
            .filter(|((s, table, _), _)| *s == scope.bytes() && *table != Table::Messages)
            .map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() })
            .collect()
    }

    fn messages(&self, chat: ChatId) -> Vec<Row> {
        self.0
            .iter()
            .filter(|((s, table, _), _)| *s == chat.0 && *table == Table::Messages)
            .map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() })
            .collect()
    }
}

/// An engine with a small pool: key packages are what takes the time in a simulation.
fn engine() -> Engine {
    let mut engine = Engine::new(Origin::parse(ORIGIN).unwrap());
    engine.keep_packages(2);
    engine
}

pub struct Device {
    pub engine: Engine,
    pub database: Database,
    connection: Option<ConnectionId>,
    to_relay: VecDeque<Vec<u8>>,
    from_relay: VecDeque<Vec<u8>>,
    pub events: Vec<Event>,
    pub timer: Option<u64>,
    pub steps: u64,
    /// Die in this step.
    pub crash_at: Option<(u64, Crash)>,
    pub crashes: u64,
}

impl Device {
    fn new() -> Self {
        Self {
            engine: engine(),
            database: Database::default(),
            connection: None,
            to_relay: VecDeque::new(),
            from_relay: VecDeque::new(),
            events: Vec::new(),
            timer: None,
            steps: 0,
            crash_at: None,
            crashes: 0,
        }
    }

    fn refused(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| matches!(event, Event::Refused { .. })).collect()
    }
}

pub struct World {
    pub relay: Relay,
    pub devices: Vec<Device>,
    pub now: u64,
    pub dice: Dice,
}

impl World {
    pub fn new(people: usize, seed: u64) -> Self {
        let devices = (0..people).map(|_| Device::new()).collect();
        Self { relay: Relay::in_memory(), devices, now: start(), dice: Dice::new(seed) }
    }

    /// A world whose people have accounts and are connected.
    pub fn with_people(names: &[&str], seed: u64) -> Self {
        let mut world = Self::new(names.len(), seed);
        for (who, name) in names.iter().enumerate() {
            world.command(who, Command::CreateAccount { name: (*name).to_owned() });
            world.connect(who);
        }
        world.settle();
        world
    }

    /// One step of a device, the way the worker does it.
    pub fn input(&mut self, who: usize, input: Input) {
        let seed = self.dice.bytes();
        let now = self.now;
        let device = &mut self.devices[who];
        device.steps += 1;
        loop {
            let missing = device.engine.missing(&input);
            if missing.is_empty() {
                break;
            }
            for scope in missing {
                let rows = device.database.scope(scope);
                device.engine.load(scope, rows).unwrap();
            }
        }
        let step = device.engine.step(input, now, seed);
        let crash = device.crash_at.filter(|(at, _)| *at == device.steps).map(|(_, crash)| crash);
        if crash == Some(Crash::BeforeCommit) {
            return self.crash(who);
        }
        for wipe in step.wipes {
            device.database.0.retain(|(scope, table, _), _| *scope != wipe.0.0 || *table != Table::Messages);
        }
        for change in step.changes {
            let id = (change.scope.bytes(), change.table, change.key);
            match change.value {
                Some(value) => device.database.0.insert(id, value),
                None => device.database.0.remove(&id),
            };
        }
        if crash == Some(Crash::AfterCommit) {
            return self.crash(who);
        }
        let mut broken = false;
        for effect in step.effects {
            match effect {
                Effect::Send(frame) => {
                    assert!(frame.len() <= xchat_wire::MAX_FRAME);
                    device.to_relay.push_back(frame);
                }
                Effect::Notify(event) => device.events.push(event),
                Effect::Timer(at) => device.timer = Some(at),
                Effect::Reconnect(_) => broken = true,
            }
        }
        if broken {
            self.disconnect(who);
        }
    }

    /// The process dies: the database stays, all else is gone.
    pub fn crash(&mut self, who: usize) {
        if let Some(connection) = self.devices[who].connection.take() {
            self.relay.disconnect(connection);
        }
        let device = &mut self.devices[who];
        device.crashes += 1;
        device.engine = engine();
        device.to_relay.clear();
        device.from_relay.clear();
        device.timer = None;
        self.input(who, Input::Attach);
    }

    pub fn command(&mut self, who: usize, command: Command) {
        self.input(who, Input::Command(command));
    }

    pub fn connect(&mut self, who: usize) {
        if self.devices[who].connection.is_none() {
            let challenge = self.dice.bytes();
            self.input(who, Input::Connecting);
            let connection = self.relay.connect(self.now, ORIGIN, challenge);
            self.devices[who].connection = Some(connection);
        }
    }

    /// The connection breaks; what was under way is lost.
    pub fn disconnect(&mut self, who: usize) {
        if let Some(connection) = self.devices[who].connection.take() {
            self.relay.disconnect(connection);
            self.devices[who].to_relay.clear();
            self.devices[who].from_relay.clear();
            self.input(who, Input::Disconnected);
        }
    }

    pub fn is_connected(&self, who: usize) -> bool {
        self.devices[who].connection.is_some()
    }

    /// One frame reaches the relay. Whether there was one.
    pub fn deliver_up(&mut self, who: usize) -> bool {
        let device = &mut self.devices[who];
        let (Some(connection), Some(frame)) = (device.connection, device.to_relay.pop_front()) else { return false };
        self.relay.receive(connection, &frame, self.now);
        true
    }

    /// Up to `most` frames reach the device in one step. Whether there was one.
    pub fn deliver_down(&mut self, who: usize, most: usize) -> bool {
        let device = &mut self.devices[who];
        let Some(connection) = device.connection else { return false };
        device.from_relay.extend(self.relay.take_output(connection));
        let count = most.min(device.from_relay.len());
        let frames: Vec<ServerFrame> =
            device.from_relay.drain(..count).map(|bytes| xchat_wire::decode(&bytes).unwrap()).collect();
        if frames.is_empty() {
            return false;
        }
        self.input(who, Input::Frames(frames));
        true
    }

    /// Everything that is under way arrives, until nothing moves. Connections stay as they are.
    pub fn flow(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "the world does not come to rest");
            let mut moved = false;
            for who in 0..self.devices.len() {
                while self.deliver_up(who) {
                    moved = true;
                }
            }
            for who in 0..self.devices.len() {
                moved |= self.deliver_down(who, 64);
            }
            if !moved {
                break;
            }
        }
    }

    /// All connect, everything arrives, timers that are due within a minute run.
    pub fn settle(&mut self) {
        for _ in 0..6 {
            for who in 0..self.devices.len() {
                self.connect(who);
            }
            self.flow();
            self.now += 31_000;
            for who in 0..self.devices.len() {
                if self.devices[who].timer.is_some_and(|at| at <= self.now) {
                    self.devices[who].timer = None;
                    self.input(who, Input::Tick);
                }
            }
            self.flow();
        }
    }

    pub fn account(&mut self, who: usize) -> AccountView {
        match self.snapshot(who) {
            Event::Snapshot { account: Some(account), .. } => account,
            other => panic!("no account: {other:?}"),
        }
    }

    fn snapshot(&mut self, who: usize) -> Event {
        self.input(who, Input::Attach);
        self.devices[who].events.iter().rev().find(|event| matches!(event, Event::Snapshot { .. })).unwrap().clone()
    }

    pub fn chats(&mut self, who: usize) -> Vec<ChatView> {
        match self.snapshot(who) {
            Event::Snapshot { chats, .. } => chats,
            _ => unreachable!(),
        }
    }

    /// The one conversation of a device.
    pub fn chat(&mut self, who: usize) -> ChatView {
        let chats = self.chats(who);
        assert_eq!(chats.len(), 1, "{chats:?}");
        chats[0].clone()
    }

    pub fn messages(&mut self, who: usize, chat: ChatId) -> Vec<MessageView> {
        let rows = self.devices[who].database.messages(chat);
        let mut messages = Vec::new();
        for rows in rows.chunks(200) {
            // A device that dies over it is asked again.
            let page = loop {
                self.devices[who].events.retain(|event| !matches!(event, Event::Page { .. }));
                self.input(who, Input::Page { chat, rows: rows.to_vec(), more: false, before: None });
                let page = self.devices[who].events.iter().find_map(|event| match event {
                    Event::Page { messages, .. } => Some(messages.clone()),
                    _ => None,
                });
                if let Some(page) = page {
                    break page;
                }
            };
            messages.extend(page);
        }
        messages
    }

    /// Texts in order: own ones start with "> ".
    pub fn texts(&mut self, who: usize, chat: ChatId) -> Vec<String> {
        self.messages(who, chat)
            .into_iter()
            .map(|message| match message.body {
                Body::Text { text, .. } if message.mine => format!("> {text}"),
                Body::Text { text, .. } => text,
                other => format!("{other:?}"),
            })
            .collect()
    }

    pub fn link(&mut self, who: usize) -> String {
        self.account(who).link
    }

    /// `who` opens the link of `whom`, with a connection.
    pub fn open_link(&mut self, who: usize, whom: usize) -> ChatId {
        let link = self.link(whom);
        self.command(who, Command::OpenLink { link });
        self.flow();
        self.opened(who)
    }

    pub fn opened(&self, who: usize) -> ChatId {
        let opened = self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::LinkOpened { chat } => Some(*chat),
            _ => None,
        });
        opened.unwrap_or_else(|| panic!("no link was opened: {:?}", self.devices[who].refused()))
    }

    pub fn send(&mut self, who: usize, chat: ChatId, text: &str) {
        self.command(who, Command::Send { chat, text: text.to_owned(), tag: 0 });
    }

    /// Two people who have accepted each other: (world, chat of 0, chat of 1).
    pub fn acquainted(seed: u64) -> (Self, ChatId, ChatId) {
        let mut world = Self::with_people(&["Ada", "Ben"], seed);
        let ada = world.open_link(0, 1);
        world.send(0, ada, "hello");
        world.settle();
        let ben = world.chat(1);
        assert_eq!(ben.state, ChatState::Request);
        world.command(1, Command::Accept { chat: ben.id });
        world.settle();
        (world, ada, ben.id)
    }
}

impl World {
    /// The account, if there is one.
    pub fn chats_and_account(&mut self, who: usize) -> Option<AccountView> {
        match self.snapshot(who) {
            Event::Snapshot { account, .. } => account,
            _ => None,
        }
    }

    /// Writes, and writes again when the device died before the message was stored, as a person would.
    pub fn send_surely(&mut self, who: usize, chat: ChatId, text: &str) {
        while !self.texts(who, chat).contains(&format!("> {text}")) {
            self.send(who, chat, text);
        }
    }
}
