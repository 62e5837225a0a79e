//! The engine's own rows: what a device remembers of itself, of people, of rooms and of what waits to be sent.
//!
//! A row is a CBOR map whose key 0 is the version of its meaning ([`Versioned`]); only the rings ([`Recent`], [`Seen`]),
//! the indices of messages (`own/`, `unseen/`, [`Place`]) and the timers have none. Secrets are wiped when dropped and never shown.

mod account;
mod chat;
mod choice;
mod held;
mod history;
mod intent;
mod join;
mod late;
mod latest;
mod marks;
mod outbox;
mod room;
mod secret;
mod stored;
mod timers;
mod words;

pub(crate) use account::{Account, Fill, Heard};
pub(crate) use chat::{Chat, Contact, GroupHead, Kind, Lacking, Out};
pub(crate) use held::Held;
pub(crate) use history::{Awaiting, FIRST_ORDER, Fill as HistoryFill, Give, Take, Told};
pub(crate) use intent::{Intent, Invitee, Person, Proposal, Want};
pub(crate) use join::{Ask, Join};
pub(crate) use late::Late;
pub(crate) use latest::{Recent, Seen};
pub(crate) use outbox::{Delivery, Entry, Introduced, Outbox, PendingCommit, Sealed, Waiting};
pub(crate) use room::Room;
pub(crate) use secret::Secret;
pub(crate) use stored::{
    Given, Had, MAX_EMOJIS, MAX_OWN_REACTIONS, MAX_REACTIONS, MAX_VOTERS, Place, Receipts, Role, Stored, StoredBody,
    Vote,
};
pub(crate) use timers::{RowChange, Timers};
pub(crate) use words::{BLOCK, Words};

use std::cmp::Ordering;

use minicbor::Encode;
use xchat_wire::cbor::Decode;

use crate::LoadError;

/// Keys of the rows in the state table.
pub(crate) mod key {
    use xchat_wire::{Address, PublicKey};

    use crate::api::ChatId;

    pub(crate) const ACCOUNT: &[u8] = b"account";
    pub(crate) const FILL: &[u8] = b"fill";
    /// Number -> what another device said of a conversation that was not loaded.
    pub(crate) const SYNC: &[u8] = b"sync/";
    /// Hash -> a blob that is to be at the relay, and its bytes.
    pub(crate) const UPLOAD: &[u8] = b"upload/";
    pub(crate) const BYTES: &[u8] = b"bytes/";
    /// Conversation and order of an own message -> its files that are still to go to the relay.
    pub(crate) const FILES: &[u8] = b"files/";
    /// Id of an own message and hash of a chunk that it does not need any more: the relay is still to be told.
    pub(crate) const RELEASE: &[u8] = b"release/";
    /// Log -> a welcome into it that waits for its blob.
    pub(crate) const WELCOME: &[u8] = b"welcome/";
    /// Device -> what this one still gives it of the history.
    pub(crate) const GIVE: &[u8] = b"give/";
    /// What this device is given.
    pub(crate) const TAKE: &[u8] = b"take";
    /// Conversation -> where its history goes.
    pub(crate) const HISTORY: &[u8] = b"history/";
    pub(crate) const CHAT: &[u8] = b"chat/";
    /// Cell of an invite link -> the own request to come in by it.
    pub(crate) const JOIN: &[u8] = b"join/";
    pub(crate) const CONTACT: &[u8] = b"contact/";
    /// In a chat's scope: message id of an own message not yet read -> its order.
    pub(crate) const OWN: &[u8] = b"own/";
    /// In a chat's scope: id of an own message that was sent, may be seen once and was not by all others.
    pub(crate) const ONCE: &[u8] = b"once/";
    /// In a chat's scope: order of a received message not yet seen -> its message id.
    pub(crate) const UNSEEN: &[u8] = b"unseen/";
    /// In a chat's scope: order of a message that waits to be read -> seconds that it lives from then on.
    pub(crate) const TIMER: &[u8] = b"timer/";
    /// In a chat's scope: time -> orders of the messages that vanish then.
    pub(crate) const VANISH: &[u8] = b"vanish/";
    /// In a chat's scope: log -> the own commit that waits to be read back.
    pub(crate) const COMMIT: &[u8] = b"commit/";
    /// In a chat's scope: log -> its latest chain hashes.
    pub(crate) const CHAIN: &[u8] = b"chain/";

    /// In a group's scope: number -> what is wanted of it.
    pub(crate) const INTENT: &[u8] = b"intent/";
    /// In a group's scope: log -> what this device proposed there.
    pub(crate) const PROPOSAL: &[u8] = b"proposal/";
    /// In a chat's scope: log -> a welcome into it that came before this device had read that it is out.
    pub(crate) const LATE: &[u8] = b"late/";
    /// In a group's scope: person -> what they call themselves.
    pub(crate) const PERSON: &[u8] = b"person/";

    /// In a chat's scope: what was said of messages that may still come as history.
    pub(crate) const AWAITING: &[u8] = b"awaiting";
    /// In a group's scope: person -> their request to come in, or that it was answered.
    pub(crate) const ASK: &[u8] = b"ask/";

    /// In a chat's scope: the bytes of its picture.
    pub(crate) const PICTURE: &[u8] = b"picture";
    /// In a chat's scope: the latest messages received.
    pub(crate) const RECENT: &[u8] = b"recent";
    /// In a chat's scope: messages that another own device has shown, or opened, and that are still to come here.
    pub(crate) const EARLY: &[u8] = b"early";

    pub(crate) fn of(prefix: &[u8], id: &[u8]) -> Vec<u8> {
        [prefix, id].concat()
    }

    /// The conversation that a row of the account's scope is about.
    pub(crate) fn subject(key: &[u8]) -> Option<ChatId> {
        let id = key.strip_prefix(CHAT).or_else(|| key.strip_prefix(CONTACT))?;
        id.try_into().ok().map(ChatId)
    }

    pub(crate) fn files(id: &ChatId, order: u64) -> Vec<u8> {
        [FILES, &id.0, &order.to_be_bytes()].concat()
    }

    pub(crate) fn chat(id: &ChatId) -> Vec<u8> {
        of(CHAT, &id.0)
    }

    pub(crate) fn contact(id: &ChatId) -> Vec<u8> {
        of(CONTACT, &id.0)
    }

    pub(crate) fn commit(log: &Address) -> Vec<u8> {
        of(COMMIT, log.as_bytes())
    }

    pub(crate) fn proposal(log: &Address) -> Vec<u8> {
        of(PROPOSAL, log.as_bytes())
    }

    pub(crate) fn late(log: &Address) -> Vec<u8> {
        of(LATE, log.as_bytes())
    }

    pub(crate) fn intent(number: u64) -> Vec<u8> {
        of(INTENT, &number.to_be_bytes())
    }

    pub(crate) fn person(person: &PublicKey) -> Vec<u8> {
        of(PERSON, person.as_bytes())
    }

    pub(crate) fn ask(person: &PublicKey) -> Vec<u8> {
        of(ASK, person.as_bytes())
    }

    pub(crate) fn join(cell: &Address) -> Vec<u8> {
        of(JOIN, cell.as_bytes())
    }

    pub(crate) fn chain(log: &Address) -> Vec<u8> {
        of(CHAIN, log.as_bytes())
    }
}

/// A row that says in its `version`, under key 0, which meaning it has.
pub(crate) trait Versioned {
    /// What an error calls it.
    const NAME: &'static str;
    /// The one version that this build writes.
    const VERSION: u8;
}

/// Highest order of a message and number of an outbox entry: more than anybody ever writes. A row that counts further is
/// damaged, so that counting on never overflows.
pub(crate) const MAX_COUNT: u64 = 1 << 48;

/// An id that a row's key, or a part of it, is.
pub(crate) fn id<const N: usize>(name: &'static str, key: &[u8]) -> Result<[u8; N], LoadError> {
    key.try_into().map_err(|_| LoadError::Row(name, "key length".to_owned()))
}

/// A row's bytes.
pub(crate) fn encode<T: Encode<()>>(row: &T) -> Vec<u8> {
    minicbor::to_vec(row).expect("a Vec takes every byte")
}

/// Key 0 of a row, whatever else is in it.
#[derive(Decode)]
#[cbor(map)]
struct Head {
    #[n(0)]
    version: u64,
}

/// Where a row does not decode. What is wrong there is left out: to say it takes more room in a download than it is worth.
pub(crate) fn place(error: &minicbor::decode::Error) -> String {
    error.position().map_or_else(|| "its end".to_owned(), |at| format!("byte {at}"))
}

/// A row from its bytes. One of a later version is no damage: only a later build knows what it means.
pub(crate) fn decode<'b, T: Versioned + Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, LoadError> {
    let damaged = |error: minicbor::decode::Error| LoadError::Row(T::NAME, place(&error));
    let Head { version } = minicbor::decode(bytes).map_err(damaged)?;
    match version.cmp(&u64::from(T::VERSION)) {
        Ordering::Equal => minicbor::decode(bytes).map_err(damaged),
        Ordering::Greater => Err(LoadError::Newer(T::NAME, version)),
        Ordering::Less => Err(LoadError::Row(T::NAME, format!("no version {version} was ever written"))),
    }
}
