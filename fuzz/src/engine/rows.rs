//! Stored rows that are not what was stored. A database seals its rows, so nobody writes such; a disk, or a fault of ours, may.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use arbitrary::Arbitrary;
use xchat_engine::Input;
use xchat_engine::api::{ChatId, Command};
use xchat_engine::rows::{Scope, Table};

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

/// Rows of a device with a conversation: messages of both sides, one that waits, and a commit that waits.
struct Stored {
    rows: BTreeMap<Id, Vec<u8>>,
    now: u64,
    chat: ChatId,
}

fn stored() -> &'static Stored {
    static STORED: OnceLock<Stored> = OnceLock::new();
    STORED.get_or_init(|| {
        let mut play = Play::acquainted();
        let chat = play.chat;
        let send = |play: &mut Play, text: &str| {
            play.device.input(Input::Command(Command::Send { chat, text: text.to_owned(), tag: 0 }));
        };
        send(&mut play, "mine");
        play.honest();
        play.text("theirs");
        play.honest();
        play.device.now += 8 * 24 * 3_600_000;
        play.device.input(Input::Tick);
        play.device.input(Input::Disconnected);
        send(&mut play, "waits");
        Stored { rows: play.device.rows, now: play.device.now, chat }
    })
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
    let Stored { rows, now, chat } = stored();
    let mut rows = rows.clone();
    damages.iter().take(MOST).for_each(|damage| apply(&mut rows, *chat, damage));
    let before = rows.clone();
    let mut device = Device::on(rows, *now, true);
    if !live(&mut device, *chat) {
        assert!(device.rows == before, "what does not load is left as it is");
        return Came::Nowhere;
    }
    let left = |rows: &BTreeMap<Id, Vec<u8>>| -> Vec<Id> {
        let kept = |(_, table, key): &&Id| *table == Table::Messages || (*table == Table::State && is_whole(key));
        rows.keys().filter(kept).cloned().collect()
    };
    let after = left(&device.rows);
    assert!(left(&before).iter().all(|id| after.contains(id)), "an account, a conversation or a message went");
    match device.damaged.contains(&Scope::Chat(*chat)) {
        true => Came::WithoutChat,
        false => Came::Up,
    }
}

/// Rows that stay for as long as a person does not delete what they are about.
fn is_whole(key: &[u8]) -> bool {
    key == b"account" || key.starts_with(b"chat/") || key.starts_with(b"contact/")
}

fn live(device: &mut Device, chat: ChatId) -> bool {
    if !device.input(Input::Attach) {
        return false;
    }
    let rows = device.messages(Scope::Chat(chat));
    device.input(Input::Page { chat, rows, more: false, before: None });
    let mut play = Play::over(std::mem::replace(device, Device::new(0)), chat);
    play.reconnect();
    play.honest();
    play.wish(super::acts::Wish::Send("again".to_owned()));
    play.wish(super::acts::Wish::Rename("Ada L.".to_owned()));
    play.honest();
    play.device.now += 40 * 24 * 3_600_000;
    play.device.input(Input::Tick);
    play.honest();
    *device = play.device;
    true
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
