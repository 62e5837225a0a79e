//! The words of messages that a search reads: those of 64 orders in one row, so that 100,000 messages are some 1,600 rows.

use xchat_wire::cbor::{Decode, Encode};

use super::Versioned;

/// Orders of one block.
pub(crate) const BLOCK: u64 = 64;
/// Bytes of one message's words that stand in its block. Of a longer message only that it is long: it is read itself. So a row
/// that is written with each message stays small, whatever people write.
pub(crate) const MAX_WORDS: usize = 2048;

/// The words of the messages of [`BLOCK`] orders, folded. Messages without words are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Words {
    #[n(0)]
    version: u8,
    /// Of each message, in order: its order within the block, and its time.
    #[n(1)]
    places: Vec<(u8, u64)>,
    /// The words of each, and a line's end after them. An empty line: the message is long.
    #[n(2)]
    text: String,
}

impl Default for Words {
    fn default() -> Self {
        Self { version: Self::VERSION, places: Vec::new(), text: String::new() }
    }
}

impl Versioned for Words {
    const NAME: &'static str = "words";
    const VERSION: u8 = 1;
}

impl Words {
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All of its text: what does not stand in here stands in none of its messages, but for long ones.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// One of its messages is long.
    pub(crate) fn has_long(&self) -> bool {
        self.text.starts_with('\n') || self.text.contains("\n\n")
    }

    /// The oldest time in it.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.places.iter().map(|(_, time)| *time).min()
    }

    /// Its messages, the latest first: order within the block, time, words.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = (u8, u64, &str)> {
        self.places.iter().rev().zip(self.text.lines().rev()).map(|((at, time), words)| (*at, *time, words))
    }

    /// Says what the message of an order within the block holds now, folded and without a line's end. None: no words.
    pub(crate) fn set(&mut self, at: u8, said: Option<(u64, &str)>) {
        let before = std::mem::take(self);
        let mut said = said.map(|(time, words)| (at, time, if words.len() > MAX_WORDS { "" } else { words }));
        for ((place, time), words) in before.places.iter().zip(before.text.lines()) {
            if *place >= at
                && let Some(said) = said.take()
            {
                self.push(said);
            }
            if *place != at {
                self.push((*place, *time, words));
            }
        }
        if let Some(said) = said {
            self.push(said);
        }
    }

    fn push(&mut self, (at, time, words): (u8, u64, &str)) {
        self.places.push((at, time));
        self.text.push_str(words);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{decode, encode};

    #[test]
    fn the_bytes_are_frozen() {
        let mut words = Words::default();
        words.set(3, Some((300, "abc")));
        assert_eq!(hex::encode(encode(&words)), "a300010181820319012c02646162630a");
        assert_eq!(decode::<Words>(&encode(&words)).unwrap(), words);
    }

    #[test]
    fn messages_stand_in_their_order_and_each_as_it_is_now() {
        let mut words = Words::default();
        for (at, text) in [(5, "five"), (1, "one"), (9, "nine"), (5, "fifth"), (7, "seven")] {
            words.set(at, Some((u64::from(at), text)));
        }
        words.set(1, None);
        words.set(2, None);
        assert_eq!(words.latest_first().collect::<Vec<_>>(), [(9, 9, "nine"), (7, 7, "seven"), (5, 5, "fifth")]);
        assert!(!words.text().contains("five") && !words.text().contains("one"));
        assert_eq!(words.oldest(), Some(5));
        for at in [5, 7, 9] {
            words.set(at, None);
        }
        assert_eq!(words, Words::default());
    }

    #[test]
    fn a_long_message_only_says_that_it_is_there() {
        let mut words = Words::default();
        words.set(1, Some((1, "short")));
        assert!(!words.has_long());
        for at in [0, 2] {
            let mut words = words.clone();
            words.set(at, Some((1, &"x".repeat(MAX_WORDS + 1))));
            assert!(words.has_long() && words.text().len() < 10);
            assert_eq!(words.latest_first().find(|(place, ..)| *place == at), Some((at, 1, "")));
        }
    }
}
