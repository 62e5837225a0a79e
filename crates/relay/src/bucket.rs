//! A token bucket: how often something may be done.

use minicbor::CborLen;
use xchat_wire::cbor::{Decode, Encode};

/// Units in a token: a millisecond then refills as many units as the rate has tokens a minute, exactly.
const UNITS: u64 = 60_000;

/// What a bucket holds, and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Tokens that a full bucket holds.
    pub(crate) burst: u64,
    /// Tokens that come back each minute.
    pub(crate) per_minute: u64,
}

/// A full one holds `Rate::burst`. Each call must name the same rate. Some are kept in rows of the store.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Bucket {
    #[n(0)]
    left: u64,
    /// Milliseconds of whichever clock is passed in: in rows of the store that is Unix time, else one that nobody moves.
    #[n(1)]
    filled_at: u64,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(rate: Rate, now: u64) -> Self {
        Self { left: rate.burst.saturating_mul(UNITS), filled_at: now }
    }

    /// Pays `cost` tokens, or takes nothing and says after how many milliseconds there would be enough.
    pub(crate) fn take(&mut self, rate: Rate, cost: u64, now: u64) -> Result<(), u64> {
        self.fill(rate, now);
        let cost = cost.saturating_mul(UNITS);
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err((cost - self.left).div_ceil(rate.per_minute.max(1))),
        }
    }

    /// Whether it is as good as a new one.
    pub(crate) fn is_full(&mut self, rate: Rate, now: u64) -> bool {
        self.fill(rate, now);
        self.left >= rate.burst.saturating_mul(UNITS)
    }

    fn fill(&mut self, rate: Rate, now: u64) {
        let since = now.saturating_sub(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        let more = since.saturating_mul(rate.per_minute);
        self.left = self.left.saturating_add(more).min(rate.burst.saturating_mul(UNITS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, per_minute: 60_000 };

    #[test]
    fn a_burst_is_let_through_and_time_refills_it() {
        let mut bucket = Bucket::new(RATE, 0);
        assert!((0..10).all(|_| bucket.take(RATE, 1, 0).is_ok()));
        assert_eq!(bucket.take(RATE, 1, 0), Err(1), "a thousand a second is one a millisecond");
        assert_eq!(bucket.take(RATE, 1, 1), Ok(()));
        assert!(bucket.take(RATE, 1, 1).is_err());
        assert!(bucket.take(RATE, 1, 0).is_err(), "a clock that steps back gives nothing");
        assert!(bucket.is_full(RATE, 1_000));
    }

    #[test]
    fn what_is_too_dear_takes_nothing_and_says_how_long_to_wait() {
        let slow = Rate { burst: 4, per_minute: 6 };
        let mut bucket = Bucket::new(slow, 0);
        assert_eq!(bucket.take(slow, 3, 0), Ok(()));
        assert_eq!(bucket.take(slow, 3, 0), Err(20_000));
        assert_eq!(bucket.take(slow, 1, 0), Ok(()), "one was left");
        assert_eq!(bucket.take(slow, 1, 10_000), Ok(()));
    }
}
