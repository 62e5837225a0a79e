//! What the page and the engine say to each other. The page sees nothing else of the engine.
//!
//! `Command` goes in, `Event` comes out, both as CBOR over a port. Only verbs and views: no key, no MLS type, no row.
//! Text in here is for people and already checked; problems are enums that the page puts into words.

mod arrange;
mod command;
mod event;
mod file;
mod found;
mod group;
mod invite;
mod message;
mod problem;
mod view;

pub use arrange::{Arrange, Arrangement, Draft, FOR_EVER};
pub use command::{Command, WordAnswer};
pub use event::Event;
pub use file::{
    Attachment, Attachments, FileCommand, Going, Halt, Holds, MAX_FILE_NAME, MAX_FILE_PREVIEW, MAX_FILES, MAX_WAVEFORM,
    Media, Shelf, StagedFile,
};
pub use found::{Found, Hit};
pub use group::{Change, GroupChange, GroupView, MAX_DESCRIPTION, MemberView, OutView, Role, Who};
pub use invite::{InviteView, JoinRequestView, JoinView, Standing};
pub use message::{
    Author, Body, Known, Mark, MessageView, Notice, PollOption, Quote, Reaction, Receipt, Vanishes, Version, Voted,
};
use minicbor::CborLen;
pub use problem::{Problem, StorageProblem};
pub use view::{AccountView, ChatState, ChatView, Connection, DeviceView, PinView, Privacy, StoredView};
use xchat_wire::cbor::{Decode, Encode};

pub use crate::card::{MAX_ABOUT_CHARS, MAX_DEVICES, MAX_NAME_CHARS as MAX_NAME, NameError};
pub use crate::content::{MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MAX_TIMER, MIN_OPTIONS};
pub use crate::device::MAX_DEVICE_NAME;
pub use crate::picture::{MAX_PICTURE, PictureId, kind as picture_kind};
pub use crate::prose::{Part, Span, plain};
/// For the page as well: its download is as dear as the engine's.
pub use crate::sorted::{SortedMap, in_order};

/// Largest text of one message, in bytes of UTF-8. A longer one is refused before it is written.
pub const MAX_TEXT: usize = 16 * 1024;
/// People whom a reaction names, at most; the others are counted.
pub const MAX_NAMED: usize = 20;
/// Conversations that one message is forwarded to at once.
pub const MAX_FORWARD: usize = 16;
/// How long a person counts as writing after they said so, in milliseconds.
pub const TYPING_MS: u64 = 6_000;
/// Messages in one page of history, at most.
pub const MAX_PAGE: u32 = 200;

/// Whether this text is a display name, before it is asked for. Space around it does not count.
pub fn check_name(text: &str) -> Result<(), NameError> {
    crate::card::Name::parse(text).map(|_| ())
}

/// Whether this text can be what a person says of themselves: at most [`MAX_ABOUT_CHARS`], in one line, or nothing.
pub fn check_about(text: &str) -> Result<(), NameError> {
    crate::card::About::parse(text).map(|_| ())
}

/// A conversation on this device. Local and opaque; the page uses it in its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct ChatId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// A person: the bytes of their identity key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct PersonId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

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
port!(Found);
port!(Attachments);
port!(Going);
port!(FileCommand);
port!(Known);
