//! What a search reads is written in the same step as the messages that say it: whatever a step does to messages, what it changed
//! tells, so that no word of a message stays that was deleted or has vanished.

use openmls_traits::OpenMlsProvider as _;

use super::message::attachments;
use crate::{
    Engine,
    api::{ChatId, Part, Shelf, plain},
    content::{Message, PollPart, Timer},
    prose,
    rows::{Scope, Table, Want, Wipe},
    search::fold,
    sorted::SortedSet,
    state::{self, BLOCK, Stored, Words},
};

impl Engine {
    /// Writes the words of all messages that this step has changed. Answers the rows that it needs for it first.
    pub(crate) fn write_words(&mut self) -> Vec<Want> {
        let changed = self.changed_messages();
        let mut wants = SortedSet::new();
        for (chat, order) in &changed {
            if self.words_before(*chat, order / BLOCK).is_none() {
                self.want_row(*chat, Table::Words, &(order / BLOCK).to_be_bytes(), &mut wants);
            }
        }
        if wants.is_empty() {
            for orders in changed.chunk_by(|a, b| (a.0, a.1 / BLOCK) == (b.0, b.1 / BLOCK)) {
                self.write_block(orders);
            }
        }
        wants.into_iter().collect()
    }

    /// In the order of conversations and orders.
    fn changed_messages(&self) -> Vec<(ChatId, u64)> {
        let journal = self.provider.storage().journal();
        let of = |(scope, key): (Scope, &[u8])| match scope {
            Scope::Chat(chat) => Some((chat, u64::from_be_bytes(key.try_into().ok()?))),
            Scope::Account => None,
        };
        journal.changed(Table::Messages).filter_map(of).collect()
    }

    /// A block as it was before this step, if that is known without looking.
    fn words_before(&self, chat: ChatId, block: u64) -> Option<Words> {
        if self.out.wipes.contains(&Wipe(chat)) {
            return Some(Words::default());
        }
        let held = self.held.get(&chat)?.words.as_ref();
        held.filter(|(number, _)| *number == block).map(|(_, words)| words.clone())
    }

    /// Writes one block, of which these messages have changed.
    fn write_block(&mut self, orders: &[(ChatId, u64)]) {
        let Some((chat, block)) = orders.first().map(|(chat, order)| (*chat, order / BLOCK)) else { return };
        let row = block.to_be_bytes();
        let before = self.words_before(chat, block).or_else(|| {
            let journal = self.provider.storage().journal();
            match journal.get(Scope::Chat(chat), Table::Words, &row) {
                None => Some(Words::default()),
                Some(bytes) => state::decode(bytes).ok(),
            }
        });
        // One that does not decode is left, as every such row is.
        let Some(before) = before else { return };
        let mut words = before.clone();
        for (_, order) in orders {
            let stored = self.stored(chat, *order);
            let said = stored.as_ref().and_then(|stored| Some((stored.time, fold(&indexed(stored)?))));
            let said = said.as_ref().filter(|(_, words)| !words.is_empty());
            words.set((order % BLOCK) as u8, said.map(|(time, words)| (*time, words.as_str())));
        }
        if words != before {
            match words.is_empty() {
                true => self.delete_chat_row(chat, Table::Words, &row),
                false => self.put_chat_row(chat, Table::Words, &row, state::encode(&words)),
            }
        }
        // The latest block is the one that the next message changes.
        if let Some(held) = self.held.get_mut(&chat)
            && held.words.as_ref().is_none_or(|(number, _)| *number <= block)
        {
            held.words = Some((block, words));
        }
    }
}

/// What is written of a message: its words, and the shelves of a gallery that it has something for.
pub(super) fn indexed(stored: &Stored) -> Option<String> {
    let message = stored.message()?;
    let (words, mut parts) = said(&message);
    let files = attachments(&message).into_iter().filter(|file| !file.media.once);
    let mut shelves: Vec<Shelf> = files.map(|file| Shelf::from(file.holds())).collect();
    if !prose::addresses(&mut parts).is_empty() {
        shelves.push(Shelf::Links);
    }
    let mut line = with_names(words, &message);
    // They are letters in some fonts.
    line.retain(|c| !SIGNS.contains(&c));
    for shelf in [Shelf::Media, Shelf::Sound, Shelf::Files, Shelf::Links] {
        if shelves.contains(&shelf) {
            line.extend([' ', sign(shelf)]);
        }
    }
    (!line.is_empty()).then_some(line)
}

/// What stands for the shelves.
const SIGNS: std::ops::RangeInclusive<char> = '\u{f0001}'..='\u{f0004}';

/// What stands for a shelf among words: a letter that is nobody's (Unicode's private use).
pub(super) fn sign(shelf: Shelf) -> char {
    match shelf {
        Shelf::Media => '\u{f0001}',
        Shelf::Sound => '\u{f0002}',
        Shelf::Files => '\u{f0003}',
        Shelf::Links => '\u{f0004}',
    }
}

/// The addresses that a message's links lead to.
pub(super) fn links_of(message: &Message) -> Vec<String> {
    prose::addresses(&mut said(message).1)
}

/// What can be looked for in a message, on one line: its words, a poll's question and options, names of files.
pub(super) fn words_of(stored: &Stored) -> Option<String> {
    let message = stored.message()?;
    let words = with_names(said(&message).0, &message);
    (!words.is_empty()).then_some(words)
}

/// The words of a message, and its text as it is shown.
fn said(message: &Message) -> (String, Vec<Part>) {
    match PollPart::of(message) {
        Ok(Some(PollPart::Ask(poll))) => ([&[poll.question], &poll.options[..]].concat().join(" "), Vec::new()),
        _ if matches!(Timer::of(message), Ok(Some(_))) => (String::new(), Vec::new()),
        _ => {
            let parts = message.shown_text().map(|text| prose::parse(&text)).unwrap_or_default();
            (plain(&parts), parts)
        }
    }
}

/// Words and names of files on one line.
fn with_names(mut words: String, message: &Message) -> String {
    for file in attachments(message) {
        words.push(' ');
        words.push_str(&file.name);
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
