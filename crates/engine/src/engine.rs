//! The state machine's outside: inputs, steps, effects.

use thiserror::Error;
use xchat_wire::ServerFrame;

use crate::{
    api::{ChatId, Command, Event},
    rows::{Change, Row, Scope, Wipe},
};

/// What can happen to the engine.
#[derive(Debug, Clone)]
pub enum Input {
    /// A page attached: answered with a snapshot. Also the first input ever.
    Attach,
    /// What a person asked for. `Load` is not sent here but as [`Input::Page`], `UseHere` and `Reconnect` are the worker's own.
    Command(Command),
    /// Rows of the messages table for a `Command::Load`, oldest first, at most `limit`.
    Page { chat: ChatId, rows: Vec<Row>, more: bool, before: Option<u64> },
    /// A connection to the relay is being opened.
    Connecting,
    /// Frames of the one connection, in order. A new connection's first is `Welcome`.
    Frames(Vec<ServerFrame>),
    /// The connection ended or could not be opened.
    Disconnected,
    /// The time that an [`Effect::Timer`] asked for has come (or has passed).
    Tick,
}

/// What the worker does after the commit, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// One frame for the relay: a whole binary WebSocket message.
    Send(Vec<u8>),
    /// To every attached page.
    Notify(Event),
    /// Call again with [`Input::Tick`] at this time (Unix milliseconds). Replaces the timer before.
    Timer(u64),
    /// Close the connection and open another after so many milliseconds.
    Reconnect(u32),
}

/// What one input came to.
#[derive(Debug, Default)]
pub struct Step {
    /// To be committed in one transaction.
    pub changes: Vec<Change>,
    /// To be carried out in the same transaction, before the changes.
    pub wipes: Vec<Wipe>,
    /// To be carried out once the transaction has completed.
    pub effects: Vec<Effect>,
}

/// A scope whose rows make no sense. Nothing was changed.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A row that does not decode.
    #[error("row {0} does not decode: {1}")]
    Row(&'static str, String),
}

/// The engine of one device.
pub struct Engine {}

impl Engine {
    /// An engine that has loaded nothing. `origin` is the relay's, `https://host[:port]`, as proofs sign it.
    pub fn new(_origin: &str) -> Self {
        Self {}
    }

    /// The scopes that this input needs and that are not loaded yet. May grow after a load: ask until it is empty.
    pub fn missing(&self, _input: &Input) -> Vec<Scope> {
        Vec::new()
    }

    /// Takes the rows of one scope (all tables but messages). No rows means that the scope is new.
    pub fn load(&mut self, _scope: Scope, _rows: Vec<Row>) -> Result<(), LoadError> {
        Ok(())
    }

    /// One step. `now` is Unix time in milliseconds; `seed` is fresh randomness. All scopes of `missing` must be loaded.
    pub fn step(&mut self, _input: Input, _now: u64, _seed: [u8; 32]) -> Step {
        Step::default()
    }
}
