//! What people say to each other: the IETF MIMI content format, draft-ietf-mimi-content-08, byte for byte.
//!
//! The path: [`Message::text`] (and its kin) -> [`Message::encode`] -> MLS application data padded to [`padding_block`] -> at the
//! other end [`Message::open`], which gives the message and its id -> [`Message::shown`], [`StatusReport::of`], [`Profile::of`].
//! Whatever comes in is hostile: sizes, depth and counts are bounded, nothing panics, and what is unknown is kept, not guessed.

mod decode;
mod emoji;
mod encode;
mod extension;
mod file;
mod id;
mod message;
mod part;
mod poll;
mod profile;
mod setting;
mod status;
mod text;

pub use decode::{ContentError, MAX_DEPTH, MAX_MESSAGE, MAX_PARTS};
pub use emoji::{MAX_EMOJI, is_emoji, is_few_emoji};
pub use extension::{Extension, ExtensionName, Extensions, MAX_EXTENSION, MAX_EXTENSIONS};
pub use file::MEDIA_TYPE;
pub(crate) use file::{attachment, file_from, file_part, keep_until, with_files, with_text};
pub use id::{MessageId, message_id};
pub use message::{Expiry, Message};
pub use part::{Body, Disposition, External, Part, Semantics};
pub use poll::{Choice, MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS, POLL_TYPE, Poll, PollError, PollPart};
pub use profile::{PROFILE_TYPE, Profile, ProfileError};
pub use setting::{MAX_TIMER, PIN_TYPE, Pin, SettingError, TIMER_TYPE, Timer};
pub use status::{MAX_STATUSES, STATUS_TYPE, Status, StatusError, StatusReport};
pub use text::{Attached, MARKDOWN, PLAIN, Shown};
pub use xchat_files::padding_block;
