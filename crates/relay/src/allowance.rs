//! Bytes that may be granted within a day: to one connection, and in the name of one address. Days are those of the clock that is
//! passed in, which must not be one that somebody moves: each step over midnight would grant everything anew.

#[cfg(feature = "server")]
use std::{collections::HashMap, hash::Hash};

use crate::limits::DAY_MS;

/// What one connection was granted today.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    day: u64,
    used: u64,
}

impl Allowance {
    /// Takes `bytes` out of a day's `most`; false when that much is not left.
    pub(crate) fn take(&mut self, bytes: u64, most: u64, now: u64) -> bool {
        let day = now / DAY_MS;
        if day != self.day {
            *self = Self { day, used: 0 };
        }
        let used = self.used.saturating_add(bytes);
        let fits = used <= most;
        if fits {
            self.used = used;
        }
        fits
    }

    /// Takes back what was taken just now and not used.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has blobs"))]
    pub(crate) fn give_back(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }
}

/// What each of many has used today. In memory: a restart forgets it, and a day ends it.
#[cfg(feature = "server")]
#[derive(Debug)]
pub(crate) struct Ledger<K> {
    day: u64,
    used: HashMap<K, Allowance>,
}

#[cfg(feature = "server")]
impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self { day: 0, used: HashMap::new() }
    }
}

#[cfg(feature = "server")]
impl<K: Copy + Eq + Hash> Ledger<K> {
    /// Takes `bytes` out of what `whose` may have today, at `most`; false when that much is not left. None: `keys` others have used
    /// something today already, and there is no room for one more.
    pub(crate) fn take(&mut self, whose: &K, bytes: u64, most: u64, keys: usize, now: u64) -> Option<bool> {
        let day = now / DAY_MS;
        if day != self.day {
            *self = Self { day, used: HashMap::new() };
        }
        if self.used.len() >= keys && !self.used.contains_key(whose) {
            return None;
        }
        Some(self.used.entry(*whose).or_default().take(bytes, most, now))
    }

    /// Takes back what was taken just now and not used.
    pub(crate) fn give_back(&mut self, whose: &K, bytes: u64) {
        if let Some(used) = self.used.get_mut(whose) {
            used.give_back(bytes);
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;
    use xchat_wire::Address;

    const A: Address = Address::new([1; 32]);
    const B: Address = Address::new([2; 32]);

    #[test]
    fn a_day_has_so_many_bytes_and_the_next_as_many_again() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.take(&A, 60, 100, 9, DAY_MS), Some(true));
        assert_eq!(ledger.take(&A, 41, 100, 9, DAY_MS + 1), Some(false), "and what was refused is not counted");
        assert_eq!(ledger.take(&A, 40, 100, 9, 2 * DAY_MS - 1), Some(true));
        assert_eq!(ledger.take(&A, 1, 100, 9, 2 * DAY_MS - 1), Some(false));
        assert_eq!(ledger.take(&B, 100, 100, 9, 2 * DAY_MS - 1), Some(true), "another address has its own");
        assert_eq!(ledger.take(&A, 100, 100, 9, 2 * DAY_MS), Some(true));
    }

    #[test]
    fn what_was_given_back_can_be_taken_again() {
        let mut day = Allowance::default();
        assert!(day.take(60, 100, 0) && !day.take(60, 100, 0));
        day.give_back(60);
        assert!(day.take(100, 100, 0) && !day.take(1, 100, 0));
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.take(&A, 1, 100, 1, 0), Some(true));
        assert_eq!(ledger.take(&B, 1, 100, 1, 0), None);
        assert_eq!(ledger.take(&A, 1, 100, 1, 0), Some(true));
    }
}
