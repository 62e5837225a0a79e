//! A token bucket: how many of something a connection may send.

/// What a token costs, so that a millisecond adds a whole number: [`Rate::a_minute`].
const TOKEN: u64 = 60_000;

/// How fast a bucket empties and fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// Tokens that a full bucket holds.
    pub(crate) burst: u64,
    /// Tokens that come back in a minute.
    pub(crate) a_minute: u64,
}

/// The tokens of one connection for one thing.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    left: u64,
    filled_at: u64,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(rate: Rate, now: u64) -> Self {
        Self { rate, left: rate.burst * TOKEN, filled_at: now }
    }

    /// Pays with one token; false when there is none.
    pub(crate) fn take(&mut self, now: u64) -> bool {
        let since = now.saturating_sub(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        let full = self.rate.burst * TOKEN;
        self.left = self.left.saturating_add(since.saturating_mul(self.rate.a_minute)).min(full);
        match self.left.checked_sub(TOKEN) {
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
        let mut bucket = Bucket::new(Rate { burst: 8192, a_minute: 60_000 }, 0);
        assert!((0..8192).all(|_| bucket.take(0)));
        assert!(!bucket.take(0));
        assert!(bucket.take(1), "a thousand a second is one a millisecond");
        assert!(!bucket.take(1));
        assert!(!bucket.take(0), "a clock that steps back gives nothing");
    }

    #[test]
    fn a_slow_bucket_fills_to_the_millisecond() {
        let mut bucket = Bucket::new(Rate { burst: 1, a_minute: 2 }, 0);
        assert!(bucket.take(0));
        assert!(!bucket.take(29_999));
        assert!(bucket.take(30_000));
    }
}
