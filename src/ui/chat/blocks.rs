//! How messages stand in a timeline: days, the unread line, groups of one author, lines of the conversation's own.

use crate::ui::session::{Entry, PIECE, Shape};

/// The longest pause within a group of bubbles, in milliseconds.
pub const GROUP_GAP: u64 = 5 * 60 * 1000;

/// A block of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A day begins; its number and a moment in it.
    Day {
        /// Local days since 1970.
        day: i64,
        /// Unix milliseconds, for the label.
        time: u64,
    },
    /// What follows was not seen before.
    Unread,
    /// Bubbles of one author, or a piece of them.
    Group {
        /// The own side.
        mine: bool,
        /// At least one, oldest first.
        entries: Vec<Entry>,
        /// The piece before it is of the same group.
        continues: bool,
        /// So is the one behind it.
        goes_on: bool,
    },
    /// A line of the conversation's own.
    Notice(Entry),
}

/// What tells one block from another while they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKey {
    /// A day line.
    Day(i64),
    /// The unread line.
    Unread,
    /// A group, by its first message.
    Group(u64),
    /// A further piece of a group, by its first message.
    Piece(u64),
    /// A notice, by its message.
    Notice(u64),
}

impl BlockKey {
    /// As a row's key: the kind above 64 bits, which one it is in them.
    pub fn number(self) -> u128 {
        let (kind, which) = match self {
            Self::Day(day) => (0, day.cast_unsigned()),
            Self::Unread => (1, 0),
            Self::Group(order) => (2, order),
            Self::Notice(order) => (3, order),
            Self::Piece(order) => (4, order),
        };
        kind << 64 | u128::from(which)
    }

    /// Back from a row's key.
    pub fn of_number(number: u128) -> Self {
        let which = number as u64;
        match number >> 64 {
            0 => Self::Day(which.cast_signed()),
            1 => Self::Unread,
            2 => Self::Group(which),
            3 => Self::Notice(which),
            _ => Self::Piece(which),
        }
    }
}

impl Block {
    /// Stays the same while the block grows at its end.
    pub fn key(&self) -> BlockKey {
        match self {
            Self::Day { day, .. } => BlockKey::Day(*day),
            Self::Unread => BlockKey::Unread,
            Self::Group { entries, continues, .. } => {
                let first = entries.first().map_or(0, |entry| entry.order);
                if *continues { BlockKey::Piece(first) } else { BlockKey::Group(first) }
            }
            Self::Notice(entry) => BlockKey::Notice(entry.order),
        }
    }
}

/// Lays messages out. `unread_from` is the order of the first unread one; `day_of` gives the local day of a time.
pub fn blocks(entries: &[Entry], unread_from: Option<u64>, day_of: impl Fn(u64) -> i64) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut today = i64::MIN;
    let mut unread = unread_from;
    for entry in entries {
        let day = day_of(entry.time);
        // Clocks differ: a day line never goes back, or two would share a name.
        if day > today {
            today = day;
            blocks.push(Block::Day { day, time: entry.time });
        }
        if unread.is_some_and(|order| entry.order >= order) {
            unread = None;
            blocks.push(Block::Unread);
        }
        if entry.shape == Shape::Notice {
            blocks.push(Block::Notice(entry.clone()));
            continue;
        }
        let mut continues = false;
        if let Some(Block::Group { mine, entries: group, goes_on, .. }) = blocks.last_mut()
            && let Some(last) = group.last().filter(|last| *mine == entry.mine && joins(last, entry))
        {
            if last.order / PIECE == entry.order / PIECE {
                group.push(entry.clone());
                continue;
            }
            (continues, *goes_on) = (true, true);
        }
        blocks.push(Block::Group { mine: entry.mine, entries: vec![entry.clone()], continues, goes_on: false });
    }
    blocks
}

fn joins(last: &Entry, entry: &Entry) -> bool {
    last.author == entry.author && entry.time.abs_diff(last.time) < GROUP_GAP
}
