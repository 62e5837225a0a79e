//! What does not work, in enums that the page puts into words.

use minicbor::CborLen;
use xchat_wire::cbor::{Decode, Encode};

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
    /// The message is empty or longer than [`MAX_TEXT`](super::MAX_TEXT).
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
    /// The group does not let this person do that (any more).
    #[n(12)]
    NotAllowed,
    /// This person is not in the group.
    #[n(13)]
    NotAMember,
    /// Somebody could not be brought in: none of their devices can be reached.
    #[n(14)]
    Unreachable,
    /// This needs a connection.
    #[n(15)]
    Offline,
    /// This device was taken off the account: it changes nothing of that.
    #[n(16)]
    Removed,
    /// There is no such message here (any more), or it is not one that this can be done with.
    #[n(20)]
    NoMessage,
    /// Only its author may do this.
    #[n(21)]
    NotAuthor,
    /// What was given as an emoji is none.
    #[n(22)]
    Emoji,
    /// A poll or a vote in it is out of bounds.
    #[n(23)]
    Poll,
    /// More than is allowed of something: reactions, conversations to forward to, seconds, devices.
    #[n(24)]
    TooMany,
    /// What was given as a picture is none, or is too large.
    #[n(26)]
    Picture,
    /// What was done to a message could not be sent: the relay refused it for good. Here it shows as if it had been.
    #[n(25)]
    NotSent,
    /// Nothing is kept for this invite link.
    #[n(40)]
    InviteMissing,
    /// The invite link was taken away, or another one is in its place.
    #[n(41)]
    InviteClosed,
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
