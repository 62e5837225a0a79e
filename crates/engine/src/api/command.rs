//! What the page asks of the engine.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::cbor::{Decode, Encode};

use super::{Arrange, ChatId, Draft, GroupChange, PersonId, Privacy};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Command {
    /// Makes an identity and a device, and is in. Answer: `Account`, or `Refused`.
    #[n(0)]
    #[cbor(map)]
    CreateAccount {
        /// 1 to [`MAX_NAME`](super::MAX_NAME) characters.
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
        /// Markdown (GFM-MIMI), at most [`MAX_TEXT`](super::MAX_TEXT) bytes, not blank.
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
    /// Makes a group. Answer: `GroupMade` or `Refused`.
    #[n(20)]
    #[cbor(map)]
    CreateGroup {
        #[n(0)]
        name: String,
        /// Contacts who are to be in it.
        #[n(1)]
        people: Vec<PersonId>,
    },
    /// Changes a group; what came of it shows in the conversation, `Refused` says why nothing did.
    #[n(21)]
    #[cbor(map)]
    ChangeGroup {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        change: GroupChange,
    },
    /// Leaves a group. Its messages stay here.
    #[n(22)]
    #[cbor(map)]
    LeaveGroup {
        #[n(0)]
        chat: ChatId,
    },
    /// Shows a link with which a device of an account brings this one in, for a browser in which nobody lives. Answer: `DeviceLink`.
    #[n(24)]
    #[cbor(map)]
    LinkThisDevice {
        /// What it is called: the browser and the system, say.
        #[n(0)]
        name: String,
    },
    /// Reads the link that a new device shows. Answer: `LinkCode`, or `Refused`.
    #[n(25)]
    #[cbor(map)]
    LinkDevice {
        #[n(0)]
        link: String,
    },
    /// Whether both devices show the same digits. Needed on both.
    #[n(26)]
    #[cbor(map)]
    ConfirmLink {
        #[n(0)]
        right: bool,
    },
    /// Whether the device that this one is linking gets the history of all conversations: yes, unless this says no before `ConfirmLink`.
    #[n(29)]
    #[cbor(map)]
    ShareHistory {
        #[n(0)]
        on: bool,
    },
    /// This person's devices. Answer: `Devices`.
    #[n(27)]
    Devices,
    /// Gives one of this person's devices a name, at most 48 characters and 64 bytes. Answer: `Devices`, or `Refused`.
    #[n(30)]
    #[cbor(map)]
    NameDevice {
        #[n(0)]
        device: PersonId,
        #[n(1)]
        name: String,
    },
    /// Takes a device out of everything. Answer: `Devices`.
    #[n(28)]
    #[cbor(map)]
    RevokeDevice {
        #[n(0)]
        device: PersonId,
    },
    /// Who is in a group. Answer: `Members`.
    #[n(23)]
    #[cbor(map)]
    Members {
        #[n(0)]
        chat: ChatId,
    },
    /// Writes a message that answers another one; else as `Send`.
    #[n(40)]
    #[cbor(map)]
    Reply {
        #[n(0)]
        chat: ChatId,
        /// The message that is answered.
        #[n(1)]
        order: u64,
        #[n(2)]
        text: String,
        #[n(3)]
        tag: u32,
    },
    /// Changes an own message. Answer: `Message`, or `Refused`, as for all that follow and name a message.
    #[n(41)]
    #[cbor(map)]
    Edit {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        #[n(2)]
        text: String,
    },
    /// Deletes an own message for everybody; that there was one still shows.
    #[n(42)]
    #[cbor(map)]
    DeleteForAll {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Deletes a message from this device alone. Answer: `MessageGone`.
    #[n(43)]
    #[cbor(map)]
    DeleteForMe {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Reacts to a message, or takes that back.
    #[n(44)]
    #[cbor(map)]
    React {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        /// One emoji.
        #[n(2)]
        emoji: String,
        /// False: takes it back.
        #[n(3)]
        on: bool,
    },
    /// Sets how long new messages live after they were read, for everybody in the conversation.
    #[n(45)]
    #[cbor(map)]
    SetTimer {
        #[n(0)]
        chat: ChatId,
        /// 1 to [`MAX_TIMER`](super::MAX_TIMER); none: for ever.
        #[n(1)]
        seconds: Option<u32>,
    },
    /// Sends what a message holds to other conversations, marked as forwarded.
    #[n(46)]
    #[cbor(map)]
    Forward {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        /// 1 to [`MAX_FORWARD`](super::MAX_FORWARD).
        #[n(2)]
        to: Vec<ChatId>,
    },
    /// Asks a question. Answer: as for `Send`.
    #[n(47)]
    #[cbor(map)]
    Poll {
        #[n(0)]
        chat: ChatId,
        /// At most [`MAX_QUESTION`](super::MAX_QUESTION) bytes, not blank.
        #[n(1)]
        question: String,
        /// [`MIN_OPTIONS`](super::MIN_OPTIONS) to [`MAX_OPTIONS`](super::MAX_OPTIONS), each at most
        /// [`MAX_OPTION`](super::MAX_OPTION) bytes, not blank.
        #[n(2)]
        options: Vec<String>,
        /// Several may be chosen.
        #[n(3)]
        multiple: bool,
        #[n(4)]
        tag: u32,
    },
    /// Chooses in a poll; what was chosen before counts no more. It shows once it has reached the relay.
    #[n(48)]
    #[cbor(map)]
    Vote {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        /// Positions of options. None: takes the vote back.
        #[n(2)]
        choices: Vec<u8>,
    },
    /// Ends an own poll. It shows once it has reached the relay.
    #[n(49)]
    #[cbor(map)]
    ClosePoll {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Pins a message for everybody in the conversation, or takes that back. It shows once it has reached the relay.
    #[n(50)]
    #[cbor(map)]
    Pin {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        /// False: takes it back.
        #[n(2)]
        on: bool,
    },
    /// Asks what is known of a message. Answer: `Details`.
    #[n(51)]
    #[cbor(map)]
    Details {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// This person is writing. May be said with each key: it is passed on every few seconds at most.
    #[n(52)]
    #[cbor(map)]
    Typing {
        #[n(0)]
        chat: ChatId,
    },
    /// Sets what this person tells others and is told by them. Answer: `Account`.
    #[n(53)]
    #[cbor(map)]
    SetPrivacy {
        #[n(0)]
        privacy: Privacy,
    },
    /// Changes how a conversation is kept, on all of this person's devices. Answer: `Chat`.
    #[n(70)]
    #[cbor(map)]
    Arrange {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        change: Arrange,
    },
    /// Keeps what is begun in a conversation; none: nothing. `Send` and `Reply` do away with it.
    #[n(71)]
    #[cbor(map)]
    Draft {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        draft: Option<Draft>,
    },
    /// Opens the invite link of a group (a whole URL, or its fragment). Answer: `Invite`, with `LinkOpened` for who is in it, or
    /// `Refused`. Offline it waits and says so through `LinkWaiting`.
    #[n(90)]
    #[cbor(map)]
    OpenInvite {
        #[n(0)]
        link: String,
    },
    /// Asks a group's admins to be let in by its link, now or with the next connection. Answer: `Joins`, or `Refused`.
    #[n(91)]
    #[cbor(map)]
    AskToJoin {
        #[n(0)]
        link: String,
    },
    /// Takes that back. Answer: `Joins`.
    #[n(92)]
    #[cbor(map)]
    WithdrawJoin {
        #[n(0)]
        link: String,
    },
    /// What this person looks like, to everybody who has their card: JPEG, PNG or WebP of at most
    /// [`MAX_PICTURE`](super::MAX_PICTURE) bytes; none: nothing but their initials. Answer: `Account`.
    #[n(96)]
    #[cbor(map)]
    SetPicture {
        #[n(0)]
        picture: Option<ByteVec>,
    },
    /// What this person says of themselves, to everybody who has their card: at most [`MAX_ABOUT_CHARS`](super::MAX_ABOUT_CHARS) characters in
    /// one line; none: nothing. Answer: `Account`.
    #[n(94)]
    #[cbor(map)]
    SetAbout {
        #[n(0)]
        text: String,
    },
    /// Asks for the picture that a conversation's view names. Answer: `Picture`, unless there is none any more.
    #[n(95)]
    #[cbor(map)]
    Picture {
        #[n(0)]
        chat: ChatId,
    },
    /// What conversations take on this device; the worker's own. Answer: `Stored`.
    #[n(98)]
    #[cbor(map)]
    Storage {
        #[n(0)]
        chats: Vec<ChatId>,
    },
    /// Deletes all messages of a conversation on this device alone, and keeps the conversation. Answer: `Cleared`.
    #[n(99)]
    #[cbor(map)]
    Clear {
        #[n(0)]
        chat: ChatId,
    },
    /// Opens the conversation of this person with themselves. Answer: `LinkOpened`.
    #[n(97)]
    OpenNotes,
    /// Who asks to be let into a group. Answer: `JoinRequests`.
    #[n(93)]
    #[cbor(map)]
    JoinRequests {
        #[n(0)]
        chat: ChatId,
    },
    /// Looks for messages in which all words of the query stand, as parts of words too, whatever their case and accents: the
    /// latest first. Answer: `Found`.
    #[n(110)]
    #[cbor(map)]
    Search {
        /// The page's own number for it, which the answer names.
        #[n(0)]
        search: u32,
        #[n(1)]
        query: String,
        /// In this conversation; none: in all that the list shows.
        #[n(2)]
        chat: Option<ChatId>,
        /// Where the answer before stopped, as it says itself; none: from the latest message on.
        #[n(3)]
        from: Option<ByteVec>,
    },
    /// Asks how a text that is being written would show in a conversation. Answer: `Preview`.
    #[n(111)]
    #[cbor(map)]
    Preview {
        /// The page's own number for the field, which the answer names.
        #[n(0)]
        preview: u32,
        #[n(1)]
        chat: ChatId,
        #[n(2)]
        text: String,
    },
    /// Asks who is blocked. Answer: `Blocked`.
    #[n(112)]
    Blocked,
    /// Something about files: the bytes of a [`FileCommand`](super::FileCommand), which only a part of the page writes.
    #[n(120)]
    #[cbor(map)]
    Files {
        #[n(0)]
        chat: ChatId,
        /// The message that a message with files answers, or that is opened.
        #[n(1)]
        reply: Option<u64>,
        /// As in `Send`, where a message is to be written or opened.
        #[n(2)]
        tag: Option<u32>,
        #[n(3)]
        what: ByteVec,
    },
}

impl Command {
    /// The page's own number for a message that is to be written, which the answer names.
    pub fn tag(&self) -> Option<u32> {
        match self {
            Self::Send { tag, .. } | Self::Reply { tag, .. } | Self::Poll { tag, .. } => Some(*tag),
            Self::Files { tag, .. } => *tag,
            _ => None,
        }
    }
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
