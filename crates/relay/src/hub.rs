//! Who listens to what: the writer publishes here, connections register here before they read history, and signal here.

use std::collections::{HashMap, hash_map::Entry};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use xchat_wire::{Address, Reply, Request};

use crate::session::Pending;
use crate::signal::Signal;
use crate::store::Event;

/// What a connection is told from outside. Records are shared, never copied. It is kept to two words: the channel of each
/// connection, also of an idle one, has room for 32 of them.
pub(crate) enum Note {
    /// The outcome of one of its jobs.
    Done(Box<(Pending, Reply)>),
    /// The answer to a grant of so many bytes that had to be looked into.
    Granted(Box<(Request, u64, Reply)>),
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

/// Who listens to one address: mostly one connection, which is worth no allocation of its own.
enum Listeners {
    One(Sender),
    Many(Vec<Sender>),
}

impl Listeners {
    fn all(&self) -> &[Sender] {
        match self {
            Self::One(sender) => std::slice::from_ref(sender),
            Self::Many(senders) => senders,
        }
    }

    fn add(&mut self, sender: &Sender) {
        if self.all().iter().any(|other| other.connection == sender.connection) {
            return;
        }
        match self {
            Self::One(first) => *self = Self::Many(vec![first.clone(), sender.clone()]),
            Self::Many(senders) => senders.push(sender.clone()),
        }
    }

    /// Without this one; whether there is nobody left.
    fn remove(&mut self, sender: &Sender) -> bool {
        match self {
            Self::One(only) => only.connection == sender.connection,
            Self::Many(senders) => {
                senders.retain(|other| other.connection != sender.connection);
                senders.is_empty()
            }
        }
    }
}

/// All listeners of all addresses.
#[derive(Default)]
pub(crate) struct Hub {
    listeners: Mutex<HashMap<Address, Listeners>>,
}

impl Hub {
    /// A connection begins to listen; twice is once.
    pub(crate) fn listen(&self, address: Address, sender: &Sender) {
        let mut listeners = self.lock();
        match listeners.entry(address) {
            Entry::Occupied(mut others) => others.get_mut().add(sender),
            Entry::Vacant(none) => _ = none.insert(Listeners::One(sender.clone())),
        }
    }

    /// A connection ceases to listen.
    pub(crate) fn leave(&self, address: &Address, sender: &Sender) {
        let mut all = self.lock();
        if all.get_mut(address).is_some_and(|listeners| listeners.remove(sender)) {
            all.remove(address);
        }
        if all.len() < all.capacity() / 4 {
            // What a crowd took is given back when it has gone.
            all.shrink_to_fit();
        }
    }

    /// Tells everyone who listens. Called by the writer only, after its commit.
    pub(crate) fn publish(&self, event: Event) {
        let listeners = self.lock();
        if let Some(listeners) = listeners.get(event.address()) {
            let event = Arc::new(event);
            listeners.all().iter().for_each(|listener| listener.send(Note::Event(event.clone())));
        }
    }

    /// Passes a signal on to everyone who listens but its sender, who is none when it comes from another relay.
    pub(crate) fn signal(&self, signal: Signal, sender: Option<&Sender>) {
        let listeners = self.lock();
        if let Some(listeners) = listeners.get(&signal.log) {
            let signal = Arc::new(signal);
            let sender = sender.map(|sender| sender.connection);
            let others = listeners.all().iter().filter(|other| Some(other.connection) != sender);
            others.for_each(|other| other.send(Note::Signal(signal.clone())));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Listeners>> {
        // Each change is complete before anything can panic.
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Event;

    const LOG: Address = Address::new([1; 32]);

    fn told(notes: &mut mpsc::UnboundedReceiver<Note>) -> usize {
        std::iter::from_fn(|| notes.try_recv().ok()).count()
    }

    #[test]
    fn everyone_who_listens_is_told_once_until_they_leave() {
        let hub = Hub::default();
        let mut ways: Vec<_> = (0..3).map(Sender::new).collect();
        for (sender, _) in &ways {
            hub.listen(LOG, sender);
            hub.listen(LOG, sender);
        }
        let mut tell = |gone: Option<usize>| -> Vec<usize> {
            if let Some(gone) = gone {
                hub.leave(&LOG, &ways[gone].0);
            }
            hub.publish(Event::Pool { address: LOG, packages: 1 });
            ways.iter_mut().map(|(_, notes)| told(notes)).collect()
        };
        assert_eq!(tell(None), [1, 1, 1]);
        assert_eq!(tell(Some(0)), [0, 1, 1]);
        assert_eq!(tell(Some(0)), [0, 1, 1], "who is gone cannot leave again");
        assert_eq!(tell(Some(2)), [0, 1, 0]);
        assert_eq!(tell(Some(1)), [0, 0, 0]);
        assert!(hub.lock().is_empty());
    }

    #[test]
    fn a_listener_that_is_alone_takes_no_allocation_and_leaves_alone() {
        let hub = Hub::default();
        let ((one, _notes), (other, _others)) = (Sender::new(1), Sender::new(2));
        hub.listen(LOG, &one);
        assert!(matches!(hub.lock().get(&LOG), Some(Listeners::One(_))));
        hub.leave(&LOG, &other);
        assert!(hub.lock().contains_key(&LOG));
        hub.leave(&LOG, &one);
        assert!(hub.lock().is_empty());
    }
}
