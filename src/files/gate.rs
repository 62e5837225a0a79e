//! How much of files may be in memory at once, whatever is asked for at the same time.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use futures::channel::oneshot;
use futures::lock::Mutex;

/// Bytes of chunks that are fetched.
const FETCHING: u64 = 24 << 20;
/// Bytes of chunks that are sealed, hashed and opened. Apart from what is fetched, which may take for ever.
const WORKING: u64 = 25 << 20;

/// Files that are sealed at the same time. Each has some memory of its own beside its chunks.
const SEALING: u64 = 4;

/// All gates of the worker.
pub(super) struct Gates {
    pub(super) sealing: Gate,
    pub(super) fetching: Gate,
    pub(super) working: Gate,
    /// A decoded picture takes more than all files.
    pub(super) pictures: Mutex<()>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            sealing: Gate::new(SEALING),
            fetching: Gate::new(FETCHING),
            working: Gate::new(WORKING),
            pictures: Mutex::new(()),
        }
    }
}

/// So many bytes, or files, given out in the order in which they were asked for.
#[derive(Clone)]
pub(super) struct Gate(Rc<Inner>);

struct Inner {
    free: Cell<u64>,
    waiting: RefCell<VecDeque<(u64, oneshot::Sender<Taken>)>>,
}

/// Room that is given back when this is dropped.
pub(super) struct Taken {
    bytes: u64,
    gate: Gate,
}

impl Gate {
    fn new(bytes: u64) -> Self {
        Self(Rc::new(Inner { free: Cell::new(bytes), waiting: RefCell::default() }))
    }

    /// Waits for room for so many bytes, which must not be more than there is in all.
    pub(super) async fn take(&self, bytes: u64) -> Option<Taken> {
        let (give, given) = oneshot::channel();
        self.0.waiting.borrow_mut().push_back((bytes, give));
        self.give();
        // The gate outlives who waits, so it does come.
        given.await.ok()
    }

    fn give(&self) {
        loop {
            let free = self.0.free.get();
            let next = self.0.waiting.borrow_mut().pop_front_if(|(bytes, _)| *bytes <= free);
            let Some((bytes, give)) = next else { return };
            self.0.free.set(free - bytes);
            // Who does not wait any more gives it back at once.
            let _given = give.send(Taken { bytes, gate: self.clone() });
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.gate.0.free.set(self.gate.0.free.get() + self.bytes);
        self.gate.give();
    }
}
