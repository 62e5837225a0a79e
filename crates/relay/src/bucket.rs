//! A token bucket: how many frames a connection may send.

use crate::limits::{FRAMES_A_SECOND, FRAMES_BURST};

const PER_FRAME: u64 = 1000;

/// Counts in thousandths of a frame, so that milliseconds refill it exactly.
#[derive(Debug)]
pub(crate) struct Bucket {
    left: u64,
    filled_at: u64,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(now: u64) -> Self {
        Self { left: FRAMES_BURST * PER_FRAME, filled_at: now }
    }

    /// Pays for one frame; false when there is nothing left to pay with.
    pub(crate) fn take(&mut self, now: u64) -> bool {
        let since = now.saturating_sub(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        self.left = self.left.saturating_add(since.saturating_mul(FRAMES_A_SECOND)).min(FRAMES_BURST * PER_FRAME);
        match self.left.checked_sub(PER_FRAME) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_time_refills_it() {
        let mut bucket = Bucket::new(0);
        assert!((0..FRAMES_BURST).all(|_| bucket.take(0)));
        assert!(!bucket.take(0));
        assert!(bucket.take(1), "a thousand a second is one a millisecond");
        assert!(!bucket.take(1));
        assert!(!bucket.take(0), "a clock that steps back gives nothing");
    }
}
