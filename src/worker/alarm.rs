//! The one timer that the engine may set.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Timeout;

/// Longest single timeout, in milliseconds: browsers count in 31 bits. A later time is reached in several.
const LONGEST_MS: u64 = 1 << 30;

/// A time, and a bell that rings at it or a little later. Setting it replaces what was set before.
pub struct Alarm {
    ring: Rc<dyn Fn()>,
    at: Cell<Option<u64>>,
    timeout: RefCell<Option<Timeout>>,
}

impl Alarm {
    /// Not set. `ring` is called from a timer; it queues, and whoever takes it from the queue asks [`Alarm::due`].
    pub fn new(ring: impl Fn() + 'static) -> Self {
        Self { ring: Rc::new(ring), at: Cell::new(None), timeout: RefCell::new(None) }
    }

    /// Rings at `at` (Unix milliseconds), at once if that has passed.
    pub fn set(&self, at: u64, now: u64) {
        self.at.set(Some(at));
        let wait = at.saturating_sub(now).min(LONGEST_MS);
        let ring = self.ring.clone();
        // Dropping the one before cancels it.
        *self.timeout.borrow_mut() = Some(Timeout::new(wait as u32, move || ring()));
    }

    /// Does not ring any more.
    pub fn clear(&self) {
        self.at.set(None);
        self.timeout.borrow_mut().take();
    }

    /// Whether the time has come; if so the alarm is off, if not yet it rings again.
    pub fn due(&self, now: u64) -> bool {
        match self.at.get() {
            None => false,
            Some(at) if at <= now => {
                self.clear();
                true
            }
            Some(at) => {
                self.set(at, now);
                false
            }
        }
    }
}
