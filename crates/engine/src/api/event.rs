//! What the engine tells the page.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::{
    BlobHash,
    cbor::{Decode, Encode},
};

use super::{
    AccountView, Author, ChatId, ChatView, Connection, DeviceView, Draft, InviteView, JoinRequestView, JoinView, Mark,
    MemberView, MessageView, Part, PictureId, Problem, StorageProblem, StoredView,
};

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
    /// The picture of a conversation: its group's or its person's.
    #[n(95)]
    #[cbor(map)]
    Picture {
        #[n(0)]
        picture: PictureId,
        /// JPEG, PNG or WebP by its first bytes; at most [`MAX_PICTURE`](super::MAX_PICTURE) of them.
        #[n(1)]
        bytes: ByteVec,
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
    /// The message of this tag is stored, or what it asks to open was opened by it.
    #[n(18)]
    #[cbor(map)]
    Written {
        #[n(0)]
        tag: u32,
    },
    /// The message of this tag was not stored: its text is the page's to keep. Or it opened nothing.
    #[n(19)]
    #[cbor(map)]
    NotWritten {
        #[n(0)]
        tag: u32,
        /// None: the storage failed, which `Storage` says.
        #[n(1)]
        problem: Option<Problem>,
    },
    /// A group was made: this is the conversation to show.
    #[n(20)]
    #[cbor(map)]
    GroupMade {
        #[n(0)]
        chat: ChatId,
    },
    /// Who is in a group: asked for, or changed. This person first, then by role and name.
    #[n(21)]
    #[cbor(map)]
    Members {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        members: Vec<MemberView>,
    },
    /// What a device of an account scans to bring this one in.
    #[n(22)]
    #[cbor(map)]
    DeviceLink {
        #[n(0)]
        link: String,
    },
    /// Six digits, `123 456`, that both devices must show.
    #[n(23)]
    #[cbor(map)]
    LinkCode {
        #[n(0)]
        code: String,
    },
    /// The linking is over on this side: the keys lie in the new device's inbox, or it was broken off.
    #[n(24)]
    LinkEnded,
    /// This person's devices, this one first: asked for, or changed.
    #[n(25)]
    #[cbor(map)]
    Devices {
        #[n(0)]
        devices: Vec<DeviceView>,
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
    /// A message that this device holds no more: it has vanished, or was deleted here.
    #[n(40)]
    #[cbor(map)]
    MessageGone {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
    },
    /// Somebody reacted to an own message. The message itself comes as `Message`; this is for telling.
    #[n(41)]
    #[cbor(map)]
    Reacted {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        #[n(2)]
        emoji: String,
        #[n(3)]
        person: Author,
    },
    /// Somebody is writing: to be shown until then (Unix milliseconds), or until a message of theirs comes.
    #[n(42)]
    #[cbor(map)]
    Typing {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        person: Author,
        #[n(2)]
        until: u64,
    },
    /// What is known of a message.
    #[n(43)]
    #[cbor(map)]
    Details {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        /// The bytes of a [`Known`](super::Known), which only a part of the page reads.
        #[n(2)]
        known: ByteVec,
    },
    /// History goes to a device of this person that was linked, or comes to this one. After a snapshot it comes while either is so.
    #[n(29)]
    #[cbor(map)]
    History {
        /// This device gives it.
        #[n(0)]
        giving: bool,
        /// Conversations that have earlier messages now: a page that showed their beginning asks for more.
        #[n(1)]
        chats: Vec<ChatId>,
        /// Messages so far.
        #[n(2)]
        messages: u64,
        /// Conversations that are whole, of so many.
        #[n(3)]
        done: u32,
        #[n(4)]
        of: u32,
        #[n(5)]
        over: bool,
    },
    /// Another device of this person has begun a message, changed it, or done away with it.
    #[n(70)]
    #[cbor(map)]
    Drafted {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        draft: Option<Draft>,
    },
    /// The messages of a conversation are gone from this device, up to now.
    #[n(80)]
    #[cbor(map)]
    Cleared {
        #[n(0)]
        chat: ChatId,
    },
    /// What conversations take on this device.
    #[n(81)]
    #[cbor(map)]
    Stored {
        /// In the order in which they were asked for.
        #[n(0)]
        chats: Vec<StoredView>,
    },
    /// What an invite link says of its group.
    #[n(90)]
    #[cbor(map)]
    Invite {
        #[n(0)]
        invite: InviteView,
    },
    /// The groups that this person has asked to be let into, all of them. After a snapshot it comes when there are any.
    #[n(91)]
    #[cbor(map)]
    Joins {
        #[n(0)]
        joins: Vec<JoinView>,
    },
    /// Who asks to be let into a group, first come first: when it was asked for, and when it changes.
    #[n(92)]
    #[cbor(map)]
    JoinRequests {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        requests: Vec<JoinRequestView>,
    },
    /// What was found of a `Search`: the bytes of a [`Found`](super::Found), which only a part of the page reads.
    #[n(110)]
    #[cbor(map)]
    Found {
        #[n(0)]
        found: ByteVec,
    },
    /// How what is being written would show. Nothing for a text that is too long to be sent.
    #[n(111)]
    #[cbor(map)]
    Preview {
        #[n(0)]
        preview: u32,
        #[n(1)]
        parts: Vec<Part>,
    },
    /// Who is blocked, also where their conversation was deleted.
    #[n(112)]
    #[cbor(map)]
    Blocked {
        #[n(0)]
        chats: Vec<ChatView>,
    },
    /// How far the files of an own message have come: the bytes of a [`Going`](super::Going).
    #[n(120)]
    #[cbor(map)]
    Going {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        order: u64,
        #[n(2)]
        going: ByteVec,
    },
    /// So much of a chunk is on its way by now, which `Going` does not count until all of it is there. The worker's own word.
    #[n(121)]
    #[cbor(map)]
    Sending {
        #[n(0)]
        chunk: BlobHash,
        #[n(1)]
        bytes: u64,
    },
}
