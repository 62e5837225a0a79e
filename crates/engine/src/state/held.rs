//! A loaded conversation, decoded once: its outbox and its rings.
//!
//! The rows in the journal are what is stored, and say the same. An entry's row changes with it; a ring's row is written once
//! at the end of a step, however many records the step took. When a step's transaction fails all of it goes with the engine.

use crate::sorted::{SortedMap, SortedSet};

use xchat_wire::{Address, ChainHash, PublicKey, Seq};

use super::{
    Ask, Intent, Late, MAX_COUNT, Outbox, PendingCommit, Person, Recent, Seen, Timers, Words, decode, encode, id, key,
};
use crate::{
    LoadError,
    content::MessageId,
    rows::{Row, Table},
};

/// Messages that were shown elsewhere and are still to come: as many as one catches up with after some days.
const EARLY: usize = 512;

/// What the rows of a loaded conversation say.
#[derive(Default)]
pub(crate) struct Held {
    /// Welcomes into logs that this device has not read itself out of, by log.
    pub(crate) late: SortedMap<Address, Late>,
    /// What waits for the relay, by number.
    pub(crate) outbox: Outbox,
    /// When messages vanish.
    pub(crate) timers: Timers,
    recent: Recent,
    /// Shown, or opened, on another own device and still to come here.
    early: Recent,
    /// What is wanted of a group, in order.
    pub(crate) intents: SortedMap<u64, Intent>,
    /// Who is or was in a group.
    pub(crate) people: SortedMap<PublicKey, Person>,
    /// Who asks to come into a group, and whose request was answered.
    pub(crate) asks: SortedMap<PublicKey, Ask>,
    /// The block of words that was written last and its number, so that a message that comes need not wait for it.
    pub(crate) words: Option<(u64, Words)>,
    /// The conversation's picture.
    pub(crate) picture: Option<Vec<u8>>,
    /// By log.
    seen: SortedMap<Address, Seen>,
    recent_changed: bool,
    early_changed: bool,
    seen_changed: SortedSet<Address>,
}

impl Held {
    /// Decodes a conversation's rows, so that one that makes no sense shows itself before anything is built on it.
    pub(crate) fn decode(rows: &[Row]) -> Result<Self, LoadError> {
        let mut held = Self::default();
        for row in rows {
            match row.table {
                Table::Outbox => {
                    let number = u64::from_be_bytes(id("outbox", &row.key)?);
                    if number > MAX_COUNT {
                        return Err(LoadError::Row("outbox", "its number".to_owned()));
                    }
                    held.outbox.insert(number, decode(&row.value)?);
                }
                Table::State => held.decode_state(row)?,
                Table::Mls | Table::Messages | Table::Ids | Table::Receipts | Table::Words => {}
            }
        }
        Ok(held)
    }

    fn decode_state(&mut self, row: &Row) -> Result<(), LoadError> {
        if row.key.starts_with(key::COMMIT) {
            decode::<PendingCommit>(&row.value)?;
        } else if let Some(log) = row.key.strip_prefix(key::CHAIN) {
            self.seen.insert(Address::new(id("chain", log)?), Seen::decode_row("chain", &row.value)?);
        } else if let Some(log) = row.key.strip_prefix(key::LATE) {
            self.late.insert(Address::new(id("late welcome", log)?), decode(&row.value)?);
        } else if let Some(number) = row.key.strip_prefix(key::INTENT) {
            self.intents.insert(u64::from_be_bytes(id("intent", number)?), decode(&row.value)?);
        } else if let Some(person) = row.key.strip_prefix(key::PERSON) {
            self.people.insert(PublicKey::new(id("person", person)?), decode(&row.value)?);
        } else if let Some(person) = row.key.strip_prefix(key::ASK) {
            self.asks.insert(PublicKey::new(id("join request", person)?), decode(&row.value)?);
        } else if row.key == key::PICTURE {
            self.picture = Some(row.value.clone());
        } else if row.key == key::RECENT {
            self.recent = Recent::decode_row("recent", &row.value)?;
        } else if row.key == key::EARLY {
            self.early = Recent::decode_row("early", &row.value)?;
        } else {
            self.timers.decode_row(&row.key, &row.value)?;
        }
        Ok(())
    }

    /// Remembers a received message; false when it was here already.
    pub(crate) fn received(&mut self, message: MessageId) -> bool {
        let first = self.recent.add(message);
        self.recent_changed |= first;
        first
    }

    /// Another device of this person has shown a message. One that has not come here is remembered until it does.
    pub(crate) fn shown_elsewhere(&mut self, message: MessageId) {
        if !self.recent.has(&message) && !self.early.has(&message) {
            self.early.push_within(message, EARLY);
            self.early_changed = true;
        }
    }

    /// Whether a message that comes was shown elsewhere before.
    pub(crate) fn was_shown(&mut self, message: &MessageId) -> bool {
        let shown = self.early.take(message);
        self.early_changed |= shown;
        shown
    }

    /// Whether anything was received that is remembered.
    pub(crate) fn has_received(&self) -> bool {
        !self.recent.is_empty()
    }

    /// Remembers a log's chain at a place.
    pub(crate) fn saw(&mut self, log: &Address, seq: Seq, chain: ChainHash) {
        self.seen.entry(*log).or_default().push((seq, chain));
        self.seen_changed.insert(*log);
    }

    /// Whether what the other side saw of a log is not what was seen here.
    pub(crate) fn contradicts(&self, log: &Address, seq: Seq, chain: &ChainHash) -> bool {
        self.seen.get(log).is_some_and(|seen| seen.contradicts(seq, chain))
    }

    /// Forgets a log.
    pub(crate) fn forget(&mut self, log: &Address) {
        self.seen.remove(log);
        self.seen_changed.remove(log);
    }

    /// Keys and values of the rings that changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let changed = std::mem::take(&mut self.seen_changed);
        let chains = changed.iter().filter_map(|log| Some((key::chain(log), encode(self.seen.get(log)?))));
        let recent = std::mem::take(&mut self.recent_changed).then(|| (key::RECENT.to_vec(), encode(&self.recent)));
        let early = std::mem::take(&mut self.early_changed).then(|| (key::EARLY.to_vec(), encode(&self.early)));
        chains.chain(recent).chain(early).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(held: &mut Held) -> Vec<Row> {
        held.take_changed().into_iter().map(|(key, value)| Row { table: Table::State, key, value }).collect()
    }

    #[test]
    fn rings_are_written_once_and_say_after_a_restart_what_they_said_before() {
        let (log, message) = (Address::new([1; 32]), MessageId::from_slice(&[2; 32]).unwrap());
        let mut held = Held::default();
        assert!(held.received(message));
        for n in 1..=3 {
            held.saw(&log, Seq(n), ChainHash::new([n as u8; 32]));
        }
        let stored = rows(&mut held);
        assert_eq!(stored.len(), 2, "one row for each ring");
        assert!(rows(&mut held).is_empty());

        let mut again = Held::decode(&stored).unwrap();
        assert!(!again.received(message));
        assert!(again.contradicts(&log, Seq(2), &ChainHash::new([9; 32])));
        assert!(!again.contradicts(&log, Seq(2), &ChainHash::new([2; 32])));
        assert!(rows(&mut again).is_empty(), "nothing new");

        // What is here already is not waited for, and what is waited for comes once.
        let late = MessageId::from_slice(&[3; 32]).unwrap();
        again.shown_elsewhere(message);
        again.shown_elsewhere(late);
        let mut again = Held::decode(&rows(&mut again)).unwrap();
        assert!(!again.was_shown(&message) && again.was_shown(&late) && !again.was_shown(&late));
    }

    #[test]
    fn a_forgotten_log_is_not_written_again() {
        let log = Address::new([1; 32]);
        let mut held = Held::default();
        held.saw(&log, Seq(1), ChainHash::new([1; 32]));
        held.forget(&log);
        assert!(rows(&mut held).is_empty());
    }
}
