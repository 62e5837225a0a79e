//! What the page and the engine say to each other. The page sees nothing else of the engine.
//!
//! `Command` goes in, `Event` comes out, both as CBOR over a port. Only verbs and views: no key, no MLS type, no row.
//! Text in here is for people and already checked; problems are enums that the page puts into words.

use minicbor::{CborLen, Decode, Encode};

pub use crate::prose::{Part, Span, plain};

/// Largest text of one message, in bytes of UTF-8. A longer one is refused before it is written.
pub const MAX_TEXT: usize = 16 * 1024;
/// Longest display name, in characters.
pub const MAX_NAME: usize = 48;
/// Messages in one page of history, at most.
pub const MAX_PAGE: u32 = 200;

/// A conversation on this device. Local and opaque; the page uses it in its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct ChatId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Command {
    /// Makes an identity and a device, and is in. Answer: `Account`, or `Refused`.
    #[n(0)]
    #[cbor(map)]
    CreateAccount {
        /// 1 to [`MAX_NAME`] characters.
        #[n(0)]
        name: String,
    },
    /// Shows the 12 words; possible until they were confirmed. Answer: `Words`.
    #[n(1)]
    ShowWords,
    /// The words that the person was asked for, by position (0 to 11). Answer: `WordsChecked`; when right, this device forgets them.
    #[n(2)]
    #[cbor(map)]
    ConfirmWords {
        #[n(0)]
        answers: Vec<WordAnswer>,
    },
    /// Changes the own display name and tells the contacts. Answer: `Account`.
    #[n(3)]
    #[cbor(map)]
    Rename {
        #[n(0)]
        name: String,
    },
    /// Opens a contact link (a whole URL, or its fragment). Answer: `LinkOpened` or `Refused`. Offline it waits and says so
    /// through `LinkWaiting`.
    #[n(4)]
    #[cbor(map)]
    OpenLink {
        #[n(0)]
        link: String,
    },
    /// Writes a message. It shows at once as `Message` with mark `Pending`, whether or not there is a connection.
    #[n(5)]
    #[cbor(map)]
    Send {
        #[n(0)]
        chat: ChatId,
        /// Markdown (GFM-MIMI), at most [`MAX_TEXT`] bytes, not blank.
        #[n(1)]
        text: String,
        /// The page's own number for it, which the answer names: `Written` or `NotWritten`.
        #[n(2)]
        tag: u32,
    },
    /// Tries a message again that had failed.
    #[n(6)]
    #[cbor(map)]
    Retry {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Accepts a message request: from now on the other side sees delivered and read.
    #[n(7)]
    #[cbor(map)]
    Accept {
        #[n(0)]
        chat: ChatId,
    },
    /// Stops everything from this person, silently.
    #[n(8)]
    #[cbor(map)]
    Block {
        #[n(0)]
        chat: ChatId,
    },
    /// Takes a block back.
    #[n(9)]
    #[cbor(map)]
    Unblock {
        #[n(0)]
        chat: ChatId,
    },
    /// Deletes the conversation from this device. Answer: `ChatGone`.
    #[n(10)]
    #[cbor(map)]
    Delete {
        #[n(0)]
        chat: ChatId,
    },
    /// A page of history: the `limit` messages before `before` (or the last ones). Answer: `Page`.
    #[n(11)]
    #[cbor(map)]
    Load {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        before: Option<u64>,
        #[n(2)]
        limit: u32,
    },
    /// Everything up to and including this message was seen on the screen.
    #[n(12)]
    #[cbor(map)]
    Seen {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Takes over from the tab that holds the device now.
    #[n(13)]
    UseHere,
    /// Connects now instead of waiting for the next attempt.
    #[n(14)]
    Reconnect,
}

/// One of the words that a person was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct WordAnswer {
    /// 0 to 11.
    #[n(0)]
    pub position: u8,
    #[n(1)]
    pub word: String,
}

/// What happened. Sent only after the transaction that made it true has completed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Event {
    /// The whole picture, first thing on every new port and after every restart of the engine.
    #[n(0)]
    #[cbor(map)]
    Snapshot {
        /// None: nobody lives in this browser yet.
        #[n(0)]
        account: Option<AccountView>,
        #[n(1)]
        chats: Vec<ChatView>,
        #[n(2)]
        connection: Connection,
    },
    /// The own account, new or changed.
    #[n(1)]
    #[cbor(map)]
    Account {
        #[n(0)]
        account: AccountView,
    },
    /// The 12 words, to be shown once.
    #[n(2)]
    #[cbor(map)]
    Words {
        #[n(0)]
        words: Vec<String>,
    },
    /// Whether the asked words were right.
    #[n(3)]
    #[cbor(map)]
    WordsChecked {
        #[n(0)]
        right: bool,
    },
    /// A conversation, new or changed.
    #[n(4)]
    #[cbor(map)]
    Chat {
        #[n(0)]
        chat: ChatView,
    },
    /// A conversation that this device holds no more.
    #[n(5)]
    #[cbor(map)]
    ChatGone {
        #[n(0)]
        chat: ChatId,
    },
    /// A page of history, oldest first.
    #[n(6)]
    #[cbor(map)]
    Page {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        messages: Vec<MessageView>,
        /// There is more before the first of them.
        #[n(2)]
        more: bool,
        /// What was asked for.
        #[n(3)]
        before: Option<u64>,
    },
    /// A message, new or changed; its `order` says which.
    #[n(7)]
    #[cbor(map)]
    Message {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        message: MessageView,
    },
    /// Own messages up to `upto` that stand below `mark` (and have not failed) are raised to it.
    #[n(8)]
    #[cbor(map)]
    Marked {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        upto: u64,
        #[n(2)]
        mark: Mark,
    },
    /// How the relay is reached.
    #[n(9)]
    #[cbor(map)]
    Connection {
        #[n(0)]
        connection: Connection,
    },
    /// A contact link was read and its card verified: this is the conversation to show.
    #[n(10)]
    #[cbor(map)]
    LinkOpened {
        #[n(0)]
        chat: ChatId,
    },
    /// The link is fine, but its card can only be fetched once there is a connection.
    #[n(11)]
    LinkWaiting,
    /// Something that was asked for cannot be done; nothing was changed.
    #[n(12)]
    #[cbor(map)]
    Refused {
        #[n(0)]
        problem: Problem,
    },
    /// Another tab holds this device.
    #[n(13)]
    Elsewhere,
    /// The browser's storage does not do what it must; what is stored is left as it is.
    #[n(14)]
    #[cbor(map)]
    Storage {
        #[n(0)]
        problem: StorageProblem,
        /// For the curious and for reports: technical words.
        #[n(1)]
        detail: String,
    },
    /// The engine stopped. What is stored is left as it is; loading the page again starts it anew.
    #[n(15)]
    #[cbor(map)]
    Fatal {
        #[n(0)]
        detail: String,
    },
    /// Storage works again after `Storage`.
    #[n(16)]
    StorageFine,
    /// The message of this tag is stored.
    #[n(18)]
    #[cbor(map)]
    Written {
        #[n(0)]
        tag: u32,
    },
    /// The message of this tag was not stored: its text is the page's to keep.
    #[n(19)]
    #[cbor(map)]
    NotWritten {
        #[n(0)]
        tag: u32,
        /// None: the storage failed, which `Storage` says.
        #[n(1)]
        problem: Option<Problem>,
    },
    /// One own message has exactly this mark now: it failed, or waits again after a retry.
    #[n(17)]
    #[cbor(map)]
    MarkedOne {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        #[n(2)]
        mark: Mark,
    },
}

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

/// How far an own message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Mark {
    /// It could not be sent and waits for the person.
    #[n(0)]
    Failed,
    /// Stored here, not yet read back from the relay.
    #[n(1)]
    Pending,
    /// In the relay's log.
    #[n(2)]
    Sent,
    /// On one of their devices.
    #[n(3)]
    Delivered,
    /// Seen by them.
    #[n(4)]
    Read,
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
}

/// A message as its bubble shows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct MessageView {
    /// Its place in the conversation on this device; unique in it, increasing.
    #[n(0)]
    pub order: u64,
    #[n(1)]
    pub mine: bool,
    #[n(2)]
    pub body: Body,
    /// Unix milliseconds: when it was written (own) or reached the relay (theirs).
    #[n(3)]
    pub time: u64,
    /// Own messages only.
    #[n(4)]
    pub mark: Option<Mark>,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Body {
    /// Markdown (GFM-MIMI) or plain text.
    #[n(0)]
    #[cbor(map)]
    Text {
        /// As it was written.
        #[n(0)]
        text: String,
        /// What a bubble shows.
        #[n(1)]
        parts: Vec<Part>,
    },
    /// Content of a kind that this version does not know.
    #[n(1)]
    Unsupported,
    /// A line of the conversation's own, centred and grey.
    #[n(2)]
    #[cbor(map)]
    Notice {
        #[n(0)]
        notice: Notice,
    },
}

impl Body {
    /// A text with its tree. The engine's verb: the page only ever receives one.
    pub fn text(text: String) -> Self {
        Self::Text { parts: crate::prose::parse(&text), text }
    }
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Notice {
    /// The relay showed the two sides different histories.
    #[n(0)]
    HistoryDiffers,
    /// A record could not be read; the sender's message is missing here.
    #[n(1)]
    Unreadable,
    /// The encrypted session broke and a fresh one was opened; nothing already here is lost.
    #[n(2)]
    Renewed,
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
}

/// Why something that was asked for cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Problem {
    /// The name is empty, too long, or holds control characters.
    #[n(0)]
    Name,
    /// What was pasted is no contact link at all.
    #[n(1)]
    NotALink,
    /// The link is cut off or damaged.
    #[n(2)]
    LinkDamaged,
    /// The link is one's own.
    #[n(3)]
    LinkIsOwn,
    /// The link belongs to another server.
    #[n(4)]
    LinkElsewhere,
    /// No card is (or no longer) kept for this link.
    #[n(5)]
    CardMissing,
    /// The card does not verify: it was not made by the person whom the link names.
    #[n(6)]
    CardFalse,
    /// The message is empty or longer than [`MAX_TEXT`].
    #[n(7)]
    Text,
    /// There is no such conversation here.
    #[n(8)]
    NoChat,
    /// An account exists already.
    #[n(9)]
    AccountExists,
    /// The words were confirmed; this device does not hold them any more.
    #[n(10)]
    WordsGone,
    /// A stored row does not open or makes no sense; it was left as it is.
    #[n(11)]
    RowDamaged,
}

/// What is wrong with the browser's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum StorageProblem {
    /// It cannot be opened (private window, blocked, damaged).
    #[n(0)]
    Unavailable,
    /// It is full.
    #[n(1)]
    Full,
    /// Made by a newer version of X Chat.
    #[n(2)]
    Newer,
    /// A row does not open with this device's key, or makes no sense.
    #[n(3)]
    Damaged,
    /// A write failed for another reason; it is tried again.
    #[n(4)]
    WriteFailed,
}

macro_rules! port {
    ($type:ty) => {
        impl $type {
            /// CBOR for the port.
            pub fn to_bytes(&self) -> Vec<u8> {
                minicbor::to_vec(self).expect("a Vec takes every byte")
            }

            /// From the port; an error means that page and worker are not of one build.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
                minicbor::decode(bytes)
            }
        }
    };
}
port!(Command);
port!(Event);
