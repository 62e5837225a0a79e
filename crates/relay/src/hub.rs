//! Who listens to what: the writer publishes here, connections register here before they read history, and signal here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use xchat_wire::{Address, Reply};

use crate::session::Pending;
use crate::signal::Signal;
use crate::store::Event;

/// What a connection is told from outside. Records are shared, never copied.
pub(crate) enum Note {
    /// The outcome of one of its jobs.
    Done(Pending, Reply),
    /// Something it listens to.
    Event(Arc<Event>),
    /// What another connection signals to a log that it listens to.
    Signal(Arc<Signal>),
}

/// The way to one connection. Unbounded, since a connection takes its notes at once and bounds what it keeps of them.
#[derive(Clone)]
pub(crate) struct Sender {
    connection: u64,
    notes: mpsc::UnboundedSender<Note>,
}

impl Sender {
    /// A way to the connection with this number.
    pub(crate) fn new(connection: u64) -> (Self, mpsc::UnboundedReceiver<Note>) {
        let (notes, receiver) = mpsc::unbounded_channel();
        (Self { connection, notes }, receiver)
    }

    /// Sends a note; one to a connection that is gone is dropped, as its client asks again.
    pub(crate) fn send(&self, note: Note) {
        _ = self.notes.send(note);
    }
}

/// All listeners of all addresses.
#[derive(Default)]
pub(crate) struct Hub {
    listeners: Mutex<HashMap<Address, Vec<Sender>>>,
}

impl Hub {
    /// A connection begins to listen; twice is once.
    pub(crate) fn listen(&self, address: Address, sender: &Sender) {
        let mut listeners = self.lock();
        let listeners = listeners.entry(address).or_default();
        if listeners.iter().all(|other| other.connection != sender.connection) {
            listeners.push(sender.clone());
        }
    }

    /// A connection ceases to listen.
    pub(crate) fn leave(&self, address: &Address, sender: &Sender) {
        let mut all = self.lock();
        if let Some(listeners) = all.get_mut(address) {
            listeners.retain(|other| other.connection != sender.connection);
            if listeners.is_empty() {
                all.remove(address);
            }
        }
    }

    /// Tells everyone who listens. Called by the writer only, after its commit.
    pub(crate) fn publish(&self, event: Event) {
        let listeners = self.lock();
        if let Some(listeners) = listeners.get(event.address()) {
            let event = Arc::new(event);
            listeners.iter().for_each(|listener| listener.send(Note::Event(event.clone())));
        }
    }

    /// Passes a signal on to everyone who listens but its sender, who is none when it comes from another relay.
    pub(crate) fn signal(&self, signal: Signal, sender: Option<&Sender>) {
        let listeners = self.lock();
        if let Some(listeners) = listeners.get(&signal.log) {
            let signal = Arc::new(signal);
            let sender = sender.map(|sender| sender.connection);
            let others = listeners.iter().filter(|other| Some(other.connection) != sender);
            others.for_each(|other| other.send(Note::Signal(signal.clone())));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Vec<Sender>>> {
        // Each change is complete before anything can panic.
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
