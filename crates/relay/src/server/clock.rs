//! Two clocks. What is stored or told to clients goes by the wall clock, which an operator or NTP may move; what is counted and
//! waited for goes by one that nobody moves.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    wall: fn() -> u64,
    started: Instant,
}

impl Clock {
    /// One whose steady time begins now.
    pub(super) fn new(wall: fn() -> u64) -> Self {
        Self { wall, started: Instant::now() }
    }

    /// Unix time in milliseconds. May run backwards.
    pub(super) fn wall(&self) -> u64 {
        (self.wall)()
    }

    /// Milliseconds since the start. Limits, silence and deadlines go by it.
    pub(super) fn steady(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Unix time in milliseconds.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
