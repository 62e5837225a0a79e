//! When messages of a loaded conversation vanish: what waits to be read, and what is due when.

use crate::sorted::SortedMap;

use super::{encode, key};
use crate::LoadError;

/// Due times are rounded up to this many milliseconds, so that messages that go together are one row.
const FINE_MS: u64 = 1_000;
/// The same for what lives an hour or longer.
const COARSE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;

/// A row to be put, or deleted.
pub(crate) type RowChange = (Vec<u8>, Option<Vec<u8>>);

/// The timers of a conversation. Its rows are `timer/<order>` (seconds) and `vanish/<time>` (orders).
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// Order -> seconds that begin when the message is read, or reaches the relay.
    waiting: SortedMap<u64, u32>,
    /// Time -> orders.
    due: SortedMap<u64, Vec<u64>>,
    /// Order -> time.
    times: SortedMap<u64, u64>,
}

impl Timers {
    /// Takes a stored row in; one that is none of these is left.
    pub(crate) fn decode_row(&mut self, row: &[u8], value: &[u8]) -> Result<(), LoadError> {
        let error =
            |name: &'static str| move |error: minicbor::decode::Error| LoadError::Row(name, super::place(&error));
        let number = |name: &'static str, bytes: &[u8]| {
            let number = bytes.try_into().map(u64::from_be_bytes);
            number.map_err(|_| LoadError::Row(name, "key length".to_owned()))
        };
        if let Some(order) = row.strip_prefix(key::TIMER) {
            self.waiting.insert(number("timer", order)?, minicbor::decode(value).map_err(error("timer"))?);
        } else if let Some(time) = row.strip_prefix(key::VANISH) {
            let time = number("vanish", time)?;
            let orders: Vec<u64> = minicbor::decode(value).map_err(error("vanish"))?;
            self.times.extend(orders.iter().map(|order| (*order, time)));
            self.due.insert(time, orders);
        }
        Ok(())
    }

    /// A message lives so long after it was read.
    pub(crate) fn wait(&mut self, order: u64, seconds: u32) -> Vec<RowChange> {
        let mut changes = self.forget(order);
        self.waiting.insert(order, seconds);
        changes.push((key::of(key::TIMER, &order.to_be_bytes()), Some(encode(&seconds))));
        changes
    }

    /// A message is read now, if it waited for that.
    pub(crate) fn start(&mut self, order: u64, now: u64) -> Vec<RowChange> {
        let Some(seconds) = self.waiting.get(&order).copied() else { return Vec::new() };
        self.at(order, now + u64::from(seconds) * 1000, now)
    }

    /// A message vanishes at this time.
    pub(crate) fn at(&mut self, order: u64, time: u64, now: u64) -> Vec<RowChange> {
        let mut changes = self.forget(order);
        let step = if time.saturating_sub(now) < HOUR_MS { FINE_MS } else { COARSE_MS };
        let time = time.div_ceil(step).saturating_mul(step);
        self.times.insert(order, time);
        self.due.entry(time).or_default().push(order);
        changes.push(self.row(time));
        changes
    }

    fn row(&self, time: u64) -> RowChange {
        (key::of(key::VANISH, &time.to_be_bytes()), self.due.get(&time).map(encode))
    }

    /// A message is gone.
    pub(crate) fn forget(&mut self, order: u64) -> Vec<RowChange> {
        let waited = self.waiting.remove(&order).map(|_| (key::of(key::TIMER, &order.to_be_bytes()), None));
        let due = self.times.remove(&order).map(|time| {
            if let Some(orders) = self.due.get_mut(&time) {
                orders.retain(|other| *other != order);
                if orders.is_empty() {
                    self.due.remove(&time);
                }
            }
            self.row(time)
        });
        waited.into_iter().chain(due).collect()
    }

    /// All messages are gone.
    pub(crate) fn clear(&mut self) -> Vec<RowChange> {
        let waiting = self.waiting.keys().map(|order| (key::of(key::TIMER, &order.to_be_bytes()), None));
        let due = self.due.keys().map(|time| (key::of(key::VANISH, &time.to_be_bytes()), None));
        let rows = waiting.chain(due).collect();
        *self = Self::default();
        rows
    }

    /// When the next message vanishes.
    pub(crate) fn next(&self) -> Option<u64> {
        self.due.keys().next().copied()
    }

    /// Messages that are due, at most so many.
    pub(crate) fn due(&self, now: u64, most: usize) -> Vec<u64> {
        self.due
            .iter()
            .take_while(|(time, _)| **time <= now)
            .flat_map(|(_, orders)| orders)
            .take(most)
            .copied()
            .collect()
    }

    /// Seconds that a message lives once it was read, if it waits for that.
    pub(crate) fn seconds_of(&self, order: u64) -> Option<u32> {
        self.waiting.get(&order).copied()
    }

    /// When a message vanishes, once that is known.
    pub(crate) fn time_of(&self, order: u64) -> Option<u64> {
        self.times.get(&order).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::collections::BTreeMap;

    use super::*;

    fn stored(changes: impl IntoIterator<Item = RowChange>, rows: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
        for (key, value) in changes {
            match value {
                Some(value) => _ = rows.insert(key, value),
                None => _ = rows.remove(&key),
            }
        }
    }

    #[test]
    fn messages_that_go_together_are_one_row_and_none_goes_early() {
        let mut timers = Timers::default();
        let first = timers.at(1, 10_001, 0).remove(0);
        assert_eq!(timers.time_of(1), Some(11_000));
        let second = timers.at(2, 10_900, 0).remove(0);
        assert_eq!(first.0, second.0);
        let (key, value) = (hex::encode(first.0), hex::encode(second.1.unwrap()));
        assert_eq!((key.as_str(), value.as_str()), ("76616e6973682f0000000000002af8", "820102"));
        assert!(timers.due(10_999, 9).is_empty());
        assert_eq!(timers.due(11_000, 9), [1, 2]);
        assert_eq!(timers.due(11_000, 1), [1]);
        timers.at(3, 2 * HOUR_MS + 1, 0);
        assert_eq!(timers.time_of(3), Some(2 * HOUR_MS + COARSE_MS));
    }

    #[test]
    fn what_waits_begins_when_it_is_read_and_only_once() {
        let mut timers = Timers::default();
        timers.wait(7, 30);
        assert_eq!(timers.next(), None);
        assert_eq!(timers.start(7, 1_000).len(), 2);
        assert_eq!(timers.next(), Some(31_000));
        assert!(timers.start(7, 9_000).is_empty());
    }

    proptest! {
        #[test]
        fn the_rows_say_what_the_memory_says(acts in prop::collection::vec((0u8..4, 0u64..6, 0u64..100_000), 0..60)) {
            let (mut timers, mut rows) = (Timers::default(), BTreeMap::new());
            for (act, order, time) in acts {
                let changes = match act {
                    0 => timers.wait(order, 5),
                    1 => timers.start(order, time),
                    2 => timers.at(order, time, 0),
                    _ => timers.forget(order),
                };
                stored(changes, &mut rows);
            }
            let mut again = Timers::default();
            for (key, value) in &rows {
                again.decode_row(key, value).unwrap();
            }
            prop_assert_eq!(&again.waiting, &timers.waiting);
            prop_assert_eq!(&again.due, &timers.due);
            prop_assert_eq!(&again.times, &timers.times);
            stored(timers.clear(), &mut rows);
            prop_assert!(rows.is_empty());
        }
    }
}
