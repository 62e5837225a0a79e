//! Stored rows that are not what was stored. A database seals its rows, so nobody writes such; a disk, or a fault of ours, may.

use std::collections::BTreeMap;
use std::ops::Range;

use arbitrary::Arbitrary;
use minicbor::data::Type;
use xchat_engine::Input;
use xchat_engine::api::ChatId;
use xchat_engine::rows::{Scope, Table};

use super::acts::{Number, Wish};
use super::device::{Device, Id};
use super::play::Play;

/// Damages of one run.
const MOST: usize = 4;

/// What becomes of one row; numbers are taken modulo how many there are.
#[derive(Debug, Clone, Arbitrary)]
pub enum Damage {
    Flip {
        row: u16,
        at: u16,
        bit: u8,
    },
    Cut {
        row: u16,
        to: u16,
    },
    /// One of the row's numbers becomes the largest or nearly so.
    Top {
        row: u16,
        which: u16,
        less: u8,
    },
    Replace {
        row: u16,
        bytes: Vec<u8>,
    },
    /// Another row's value.
    Exchange {
        row: u16,
        with: u16,
    },
    Lose {
        row: u16,
    },
    /// A row that nobody stored.
    Add {
        chat: bool,
        table: u8,
        key: Vec<u8>,
        value: Vec<u8>,
    },
}

/// A device with a conversation, off line: messages of both sides, one that waits, and a commit that waits.
fn with_stored<T>(does: impl FnOnce(&Play) -> T) -> T {
    thread_local! {
        static STORED: Play = before();
    }
    STORED.with(does)
}

fn before() -> Play {
    let mut play = Play::acquainted();
    play.wish(Wish::Send("mine".to_owned()));
    play.honest();
    play.text("theirs");
    play.honest();
    play.device.now += 8 * 24 * 3_600_000;
    play.device.input(Input::Tick);
    play.device.input(Input::Disconnected);
    play.wish(Wish::Send("waits".to_owned()));
    (0..4).for_each(|which| play.wish(Wish::Arrange(which, Number::Top(1))));
    play.wish(Wish::Draft("begun".to_owned(), Number::Small(1)));
    play
}

/// The rows that are damaged, as they are stored, and when.
pub fn stored_rows() -> (BTreeMap<Id, Vec<u8>>, u64) {
    with_stored(|play| (play.device.rows.clone(), play.device.now))
}

/// Whether the device came up and had its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The account does not load; nothing was touched.
    Nowhere,
    /// The conversation does not load; the rest goes on.
    WithoutChat,
    Up,
}

/// Damages the rows, starts a device on them, and lives with it for a while.
pub fn run(damages: &[Damage]) -> Came {
    with_stored(|play| run_on(play, damages))
}

fn run_on(stored: &Play, damages: &[Damage]) -> Came {
    let (mut rows, chat) = (stored.device.rows.clone(), stored.chat);
    damages.iter().take(MOST).for_each(|damage| apply(&mut rows, chat, damage));
    let before = rows.clone();
    let mut play = stored.around(Device::on(rows, stored.device.now, true));
    if !play.device.input(Input::Attach) {
        assert!(play.device.rows == before, "what does not load is left as it is");
        return Came::Nowhere;
    }
    live(&mut play);
    let left = |rows: &BTreeMap<Id, Vec<u8>>| -> Vec<Id> {
        let kept = |(_, table, key): &&Id| *table == Table::Messages || (*table == Table::State && is_whole(key));
        rows.keys().filter(kept).cloned().collect()
    };
    let after = left(&play.device.rows);
    assert!(left(&before).iter().all(|id| after.contains(id)), "an account, a conversation or a message went");
    match play.device.damaged.contains(&Scope::Chat(chat)) {
        true => Came::WithoutChat,
        false => Came::Up,
    }
}

fn live(play: &mut Play) {
    let rows = play.device.messages(Scope::Chat(play.chat));
    play.device.input(Input::Page { chat: play.chat, rows, more: false, before: None });
    play.reconnect();
    play.honest();
    play.wish(Wish::Send("again".to_owned()));
    play.wish(Wish::Rename("Ada L.".to_owned()));
    play.honest();
    play.device.now += 40 * 24 * 3_600_000;
    play.device.input(Input::Tick);
    play.honest();
}

/// Rows that stay for as long as a person does not delete what they are about.
fn is_whole(key: &[u8]) -> bool {
    key == b"account" || key.starts_with(b"chat/") || key.starts_with(b"contact/")
}

fn apply(rows: &mut BTreeMap<Id, Vec<u8>>, chat: ChatId, damage: &Damage) {
    let id = |rows: &BTreeMap<Id, Vec<u8>>, row: u16| rows.keys().nth(usize::from(row) % rows.len()).cloned();
    match damage {
        Damage::Flip { row, at, bit } => {
            let value = id(rows, *row).and_then(|id| rows.get_mut(&id));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let at = usize::from(*at) % value.len();
                value[at] ^= 1 << (bit % 8);
            }
        }
        Damage::Cut { row, to } => {
            if let Some(value) = id(rows, *row).and_then(|id| rows.get_mut(&id)) {
                value.truncate(usize::from(*to) % value.len().max(1));
            }
        }
        Damage::Top { row, which, less } => {
            if let Some(value) = id(rows, *row).and_then(|id| rows.get_mut(&id)) {
                top(value, usize::from(*which), *less);
            }
        }
        Damage::Replace { row, bytes } => {
            if let Some(value) = id(rows, *row).and_then(|id| rows.get_mut(&id)) {
                value.clone_from(bytes);
            }
        }
        Damage::Exchange { row, with } => {
            let other = id(rows, *with).and_then(|id| rows.get(&id).cloned());
            if let (Some(other), Some(value)) = (other, id(rows, *row).and_then(|id| rows.get_mut(&id))) {
                *value = other;
            }
        }
        Damage::Lose { row } => {
            if let Some(id) = id(rows, *row) {
                rows.remove(&id);
            }
        }
        Damage::Add { chat: of_chat, table, key, value } => {
            let scope = if *of_chat { Scope::Chat(chat) } else { Scope::Account };
            rows.insert((scope, Table::ALL[usize::from(table % 4)], key.clone()), value.clone());
        }
    }
}

/// Rewrites one unsigned number of a row of ours: a CBOR map with integer keys, whose first field is its version.
fn top(row: &mut Vec<u8>, which: usize, less: u8) {
    let mut numbers = Vec::new();
    if walk(&mut minicbor::Decoder::new(row), &mut numbers).is_err() || numbers.len() < 2 {
        return;
    }
    let place = numbers[1 + which % (numbers.len() - 1)].clone();
    let mut number = vec![0x1b];
    number.extend_from_slice(&(u64::MAX - u64::from(less % 3)).to_be_bytes());
    row.splice(place, number);
}

/// For each number of the rows that are ours the damage that makes it the largest.
pub fn largest_numbers() -> Vec<Damage> {
    let (rows, _) = stored_rows();
    let ours = rows.iter().enumerate().filter(|(_, ((_, table, _), _))| matches!(table, Table::State | Table::Outbox));
    let mut damages = Vec::new();
    for (row, (_, value)) in ours {
        let mut numbers = Vec::new();
        if walk(&mut minicbor::Decoder::new(value), &mut numbers).is_ok() {
            let which = 0..numbers.len().saturating_sub(1) as u16;
            damages.extend(which.map(|which| Damage::Top { row: row as u16, which, less: 0 }));
        }
    }
    damages
}

/// Where the unsigned numbers of an item are, without the keys of maps.
fn walk(d: &mut minicbor::Decoder<'_>, numbers: &mut Vec<Range<usize>>) -> Result<(), minicbor::decode::Error> {
    let start = d.position();
    match d.datatype()? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
            d.u64()?;
            numbers.push(start..d.position());
        }
        Type::Array => {
            for _ in 0..d.array()?.unwrap_or(0) {
                walk(d, numbers)?;
            }
        }
        Type::Map => {
            for _ in 0..d.map()?.unwrap_or(0) {
                d.skip()?;
                walk(d, numbers)?;
            }
        }
        _ => d.skip()?,
    }
    Ok(())
}
