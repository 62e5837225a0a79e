//! A device as the worker drives it: an engine, its rows, what it sends and what it tells the page.

use std::collections::BTreeMap;

use xchat_engine::api::{Command, Event};
use xchat_engine::card::Origin;
use xchat_engine::rows::{Found, Row, Scope, Table, Want};
use xchat_engine::{Effect, Engine, Input};
use xchat_wire::ClientFrame;

pub const ORIGIN: &str = "https://relay.example";

/// Scope, table, key.
pub type Id = (Scope, Table, Vec<u8>);

pub struct Device {
    engine: Engine,
    pub rows: BTreeMap<Id, Vec<u8>>,
    pub now: u64,
    steps: u64,
    pub sent: Vec<ClientFrame>,
    pub events: Vec<Event>,
    /// The engine asked for another connection, which is closed with that.
    pub connected: bool,
    /// Rows may be damaged: scopes that do not load are said to the engine and left alone.
    damage: bool,
    pub damaged: Vec<Scope>,
}

fn is_of_words(want: &Want) -> bool {
    matches!(want, Want::Row { table: Table::Words, .. } | Want::Before { table: Table::Words, .. })
}

fn engine() -> Engine {
    let mut engine = Engine::new(Origin::parse(ORIGIN).expect("it is one"));
    // Each costs a hybrid key pair.
    engine.keep_packages(1);
    engine
}

impl Device {
    pub fn new(now: u64) -> Self {
        Self::on(BTreeMap::new(), now, false)
    }

    /// A device that finds these rows, which may be damaged.
    pub fn on(rows: BTreeMap<Id, Vec<u8>>, now: u64, damage: bool) -> Self {
        Self {
            engine: engine(),
            rows,
            now,
            steps: 0,
            sent: Vec::new(),
            events: Vec::new(),
            connected: false,
            damage,
            damaged: Vec::new(),
        }
    }

    /// The process ends and starts again on its rows.
    pub fn restart(&mut self) {
        self.engine = engine();
        self.connected = false;
        self.sent.clear();
        self.input(Input::Attach);
    }

    fn scope(&self, scope: Scope) -> Vec<Row> {
        let here = self.rows.iter().filter(|((of, table, _), _)| *of == scope && *table != Table::Messages);
        here.map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() }).collect()
    }

    pub fn messages(&self, scope: Scope) -> Vec<Row> {
        let here = self.rows.iter().filter(|((of, table, _), _)| *of == scope && *table == Table::Messages);
        here.map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() }).collect()
    }

    /// Loads what an input needs. False: the account does not load, and there is no engine.
    fn ready(&mut self, input: &Input) -> bool {
        loop {
            let missing = self.engine.missing(input);
            if missing.is_empty() {
                return true;
            }
            for scope in missing {
                let Err(error) = self.engine.load(scope, self.scope(scope)) else { continue };
                assert!(self.damage, "own rows do not load: {error}");
                if scope == Scope::Account {
                    return false;
                }
                self.engine.set_damaged(scope);
                self.damaged.push(scope);
            }
        }
    }

    /// One step. False: the account's rows do not load.
    pub fn input(&mut self, input: Input) -> bool {
        if !self.ready(&input) {
            return false;
        }
        let deletes = matches!(&input, Input::Command(Command::Delete { .. }));
        match input {
            Input::Disconnected | Input::Garbled | Input::Connecting => self.connected = false,
            _ => {}
        }
        self.steps += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.steps.to_be_bytes());
        let mut step = self.engine.step(input, self.now, seed);
        // Words are looked up for each message; what is done to earlier messages comes to nothing here.
        while !step.wants.is_empty() && step.wants.iter().all(is_of_words) {
            let found = step.wants.drain(..).map(|want| self.look(want)).collect();
            step = self.engine.resume(found);
        }
        assert!(step.wipes.is_empty() || deletes, "messages go only when a person deletes them");
        for wipe in step.wipes {
            self.rows.retain(|(scope, table, _), _| *scope != Scope::Chat(wipe.0) || *table != Table::Messages);
        }
        for change in step.changes {
            assert!(!self.damaged.contains(&change.scope), "a damaged conversation is left as it is");
            let id = (change.scope, change.table, change.key);
            match change.value {
                Some(value) => {
                    let before = self.rows.insert(id.clone(), value.clone());
                    // Where the counter of messages was damaged, nothing says that an order is taken.
                    let kept = self.damage || before.is_none_or(|before| before == value);
                    assert!(kept || id.1 != Table::Messages, "a message is never written anew");
                }
                None => {
                    assert!(id.1 != Table::Messages, "no message is deleted by itself");
                    self.rows.remove(&id);
                }
            }
        }
        for effect in step.effects {
            self.effect(effect);
        }
        true
    }

    /// A single row; stretches of rows are not kept in order here.
    fn look(&self, want: Want) -> Found {
        let rows = match &want {
            Want::Row { chat, table, key } => {
                let value = self.rows.get(&(Scope::Chat(*chat), *table, key.clone()));
                value.map(|value| Row { table: *table, key: key.clone(), value: value.clone() }).into_iter().collect()
            }
            Want::Before { .. } => Vec::new(),
        };
        Found { want, rows }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send(bytes) => {
                assert!(bytes.len() <= xchat_wire::MAX_FRAME);
                self.sent.push(xchat_wire::decode(&bytes).expect("a device sends frames"));
            }
            Effect::Notify(event) => {
                assert_eq!(Event::from_bytes(&event.to_bytes()).ok().as_ref(), Some(&event));
                self.events.push(event);
            }
            Effect::Blob(_) | Effect::Timer(_) => {}
            Effect::Reconnect(_) => self.connected = false,
        }
    }
}
