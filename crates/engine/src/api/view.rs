//! The account, the connection and the conversations as the page shows them.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::cbor::{Decode, Encode};

use super::{Arrangement, ChatId, Draft, GroupView, MessageView, PersonId, PictureId};

/// The own account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct AccountView {
    #[n(0)]
    pub name: String,
    /// `xc1...`
    #[n(1)]
    pub address: String,
    /// The contact link, `https://HOST/#add/...`
    #[n(2)]
    pub link: String,
    /// 1 to 6: the person's colour in the design.
    #[n(3)]
    pub colour: u8,
    /// The 12 words were not yet confirmed.
    #[n(4)]
    pub words_pending: bool,
    /// The contact card is at the relay: the link works for others.
    #[n(5)]
    pub card_published: bool,
    /// Who it is in the groups.
    #[n(6)]
    pub person: PersonId,
    #[n(20)]
    pub privacy: Privacy,
    /// Another device has removed this one: nothing comes here and nothing goes out, but what is here stays.
    #[n(21)]
    pub removed: bool,
    /// What this person looks like, as they chose.
    #[n(22)]
    pub picture: Option<Box<ByteVec>>,
    /// What they say of themselves; empty: nothing.
    #[n(23)]
    #[cbor(default)]
    pub about: String,
}

/// What this person tells others, and is told by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Privacy {
    /// That messages have arrived.
    #[n(0)]
    pub delivered: bool,
    /// That messages were read.
    #[n(1)]
    pub read: bool,
    /// That a message is being written.
    #[n(2)]
    pub typing: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { delivered: true, read: true, typing: true }
    }
}

/// One device of this person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct DeviceView {
    /// Its signature key.
    #[n(0)]
    pub device: PersonId,
    /// What it is called; empty when it was never said.
    #[n(1)]
    pub name: String,
    /// This one.
    #[n(2)]
    pub here: bool,
    /// Since when it is this person's, Unix milliseconds by the clock of the device that linked it; 0 when that is not known.
    #[n(3)]
    pub since: u64,
    /// When it wrote or told something last that has come here, Unix milliseconds by the relay's clock, down to the hour; 0 when nothing
    /// has. Of this one nothing is said.
    #[n(4)]
    pub heard: u64,
}

/// How far two people have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum ChatState {
    /// Their card is here; nothing was written yet.
    #[n(0)]
    New,
    /// They wrote; it is for this person to accept, delete or block.
    #[n(1)]
    Request,
    /// Both may write.
    #[n(2)]
    Open,
    /// Blocked by this person.
    #[n(3)]
    Blocked,
}

/// A conversation as its row in the list and its header show it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct ChatView {
    #[n(0)]
    pub id: ChatId,
    /// What its owner claims to be called.
    #[n(1)]
    pub name: String,
    /// The other person's `xc1...`.
    #[n(2)]
    pub address: String,
    /// 1 to 6.
    #[n(3)]
    pub colour: u8,
    #[n(4)]
    pub state: ChatState,
    /// The latest message.
    #[n(5)]
    pub last: Option<MessageView>,
    /// Messages not yet seen.
    #[n(6)]
    pub unread: u32,
    /// Sorts the list: Unix milliseconds of the last thing that happened.
    #[n(7)]
    pub time: u64,
    /// Order of the first unread message, for the unread line.
    #[n(8)]
    pub first_unread: Option<u64>,
    /// 60 digits in groups of five, the same on both sides.
    #[n(9)]
    pub safety_number: String,
    /// A group's own. A conversation of two has none; `address` and `safety_number` are empty in a group.
    #[n(10)]
    pub group: Option<Box<GroupView>>,
    /// The other person of a conversation of two: whom a group is made with. Apart, as the group is, to keep an event small.
    #[n(11)]
    pub person: Option<Box<PersonId>>,
    /// What is pinned, in the order in which it was.
    #[n(20)]
    pub pins: Vec<PinView>,
    /// How long new messages live after they were read, in seconds; none: for ever.
    #[n(21)]
    pub timer: Option<u32>,
    #[n(30)]
    pub arranged: Box<Arrangement>,
    /// Its group's picture, or its person's: the bytes come by [`Command::Picture`](super::Command::Picture).
    #[n(32)]
    pub picture: Option<Box<PictureId>>,
    /// This person's with themselves. Its name is the page's to give; name and safety number are empty.
    #[n(33)]
    pub notes: bool,
    /// What its person says of themselves, once they are let in; empty: nothing.
    #[n(34)]
    #[cbor(default)]
    pub about: String,
    /// What was begun, as this device had it last. A change on another device comes as `Drafted`.
    #[n(31)]
    pub draft: Option<Box<Draft>>,
}

/// What a conversation's messages take on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct StoredView {
    #[n(0)]
    pub chat: ChatId,
    #[n(1)]
    pub messages: u32,
    /// About how many bytes they are at rest.
    #[n(2)]
    pub bytes: u64,
}

/// A pinned message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct PinView {
    #[n(0)]
    pub order: u64,
    /// Its words, on one line and shortened. Empty: it has none.
    #[n(1)]
    pub text: String,
}

/// How the relay is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Connection {
    #[n(0)]
    Connecting,
    #[n(1)]
    Online,
    #[n(2)]
    Offline,
    /// Relay and client do not understand each other. It is tried again.
    #[n(3)]
    Garbled,
}
