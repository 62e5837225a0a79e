//! Files: what lies sealed on this device to be sent, and what a message offers.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_files::FileSource;
use xchat_wire::cbor::{Decode, Encode};

use crate::content::{Message, file_part};

/// Files of one message, at most.
pub const MAX_FILES: usize = 30;
/// Bytes of a preview, at most.
pub const MAX_FILE_PREVIEW: usize = 4096;
/// Values of a waveform, at most.
pub const MAX_WAVEFORM: usize = 64;
/// Bytes of a file's name, at most.
pub const MAX_FILE_NAME: usize = 255;

/// What a picture, a video or a recording is like before it is here. The sender's claim.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Media {
    /// In pixels; 0: not known, or none.
    #[n(0)]
    pub width: u32,
    #[n(1)]
    pub height: u32,
    /// 0: not known, or none.
    #[n(2)]
    pub duration_ms: u32,
    /// How loud it is, from its beginning to its end: 0 to 255 each, at most [`MAX_WAVEFORM`].
    #[n(3)]
    pub waveform: ByteVec,
    /// A small likeness (WebP or JPEG), at most [`MAX_FILE_PREVIEW`] bytes. May be empty.
    #[n(4)]
    pub preview: ByteVec,
    /// It was spoken into the messenger.
    #[n(5)]
    pub voice: bool,
    /// Whoever gets it may look at it once. Then it is the only file of its message, and neither preview nor waveform goes with it.
    #[n(6)]
    #[cbor(default)]
    pub once: bool,
}

impl Default for Media {
    /// Nothing is known of it.
    fn default() -> Self {
        let nothing = || Vec::new().into();
        Self { width: 0, height: 0, duration_ms: 0, waveform: nothing(), preview: nothing(), voice: false, once: false }
    }
}

/// A file that lies sealed on this device, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    pub name: String,
    /// Media type.
    pub content_type: String,
    pub source: FileSource,
    /// To be shown within the conversation, not only offered.
    pub shown: bool,
    pub media: Media,
}

impl StagedFile {
    /// The bytes that `FileCommand::Send` takes: a MIMI content of the part that the message will have for it.
    pub fn to_bytes(&self) -> Vec<u8> {
        Message::of([0; 16], file_part(self)).encode()
    }
}

/// A file that a message offers. All of it is its sender's claim, but for `going`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Attachment {
    /// May be empty.
    #[n(0)]
    pub name: String,
    /// Media type; may be empty.
    #[n(1)]
    pub content_type: String,
    /// In bytes.
    #[n(2)]
    pub size: u64,
    /// To be shown within the conversation, not only offered.
    #[n(3)]
    pub shown: bool,
    #[n(4)]
    pub media: Media,
    /// Where it is. None: in a way that this version does not know.
    #[n(5)]
    pub source: Option<FileSource>,
    /// Until when the relay keeps it, Unix milliseconds. None: not known.
    #[n(6)]
    pub expires: Option<u64>,
}

/// What a person asks for that has to do with files.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum FileCommand {
    /// Writes a message with files, which lie sealed in this device's store. It shows at once, and goes when the relay has all of them; what is
    /// written after it need not wait for that. Answer as for `Command::Send`.
    #[n(0)]
    #[cbor(map)]
    Send {
        /// 1 to [`MAX_FILES`], each the bytes of a [`StagedFile`].
        #[n(0)]
        files: Vec<ByteVec>,
        /// What stands above them: as in `Command::Send`, or nothing.
        #[n(1)]
        text: String,
    },
    /// Stops the files of an own message for a while, or lets them go on. To delete the message for oneself ends them.
    #[n(1)]
    #[cbor(map)]
    Pause {
        #[n(0)]
        order: u64,
        #[n(1)]
        paused: bool,
    },
    /// Looks for what a conversation has on one of its shelves. Answer: `Event::Found`, whose hits have files or links.
    #[n(2)]
    #[cbor(map)]
    Gallery {
        /// As in `Command::Search`.
        #[n(0)]
        search: u32,
        #[n(1)]
        shelf: Shelf,
        #[n(2)]
        from: Option<ByteVec>,
    },
    /// The person is about to look at what they may see once: from here on nothing on this device opens it, and its sender is told. It is
    /// asked with `reply: Some(order)`, the message itself, and a tag; each tag has one answer. `Written`: this ask has used it up, it is
    /// stored, and whoever asked may show it, nobody else. `NotWritten`: it may not be shown; with `Problem::NoMessage` it was opened
    /// before, here or on another device, or is gone, and with no problem the storage failed, so that it may be asked again. That
    /// `Event::Message` comes with `Body::Opened` says nothing of who opened it.
    #[n(3)]
    #[cbor(map)]
    Opened {
        #[n(0)]
        order: u64,
    },
}

/// What a message holds beside its words, by the first of its files: for a line that has no room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Holds {
    #[n(0)]
    Picture,
    #[n(1)]
    Video,
    /// Spoken into the messenger.
    #[n(2)]
    Voice,
    #[n(3)]
    Sound,
    #[n(4)]
    File,
}

impl Attachment {
    /// What it is taken for until its bytes are here.
    pub fn holds(&self) -> Holds {
        match self.content_type.split('/').next().unwrap_or_default() {
            "image" if self.shown => Holds::Picture,
            "video" if self.shown => Holds::Video,
            "audio" if self.media.voice => Holds::Voice,
            "audio" => Holds::Sound,
            _ => Holds::File,
        }
    }
}

/// What a gallery shows of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Shelf {
    /// Pictures and videos that are shown within it.
    #[n(0)]
    Media,
    /// What was spoken, and other sound.
    #[n(1)]
    Sound,
    /// All other files.
    #[n(2)]
    Files,
    /// Links.
    #[n(3)]
    Links,
}

impl From<Holds> for Shelf {
    fn from(holds: Holds) -> Self {
        match holds {
            Holds::Picture | Holds::Video => Self::Media,
            Holds::Voice | Holds::Sound => Self::Sound,
            Holds::File => Self::Files,
        }
    }
}

/// The files of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Attachments {
    #[n(0)]
    pub files: Vec<Attachment>,
    /// They are on their way to the relay.
    #[n(1)]
    pub going: Option<Going>,
}

/// How far the files of an own message have come, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Going {
    /// Sealed bytes that the relay has.
    #[n(0)]
    pub done: u64,
    /// Of so many.
    #[n(1)]
    pub total: u64,
    /// The person has stopped them for a while.
    #[n(2)]
    pub paused: bool,
    /// What keeps them.
    #[n(3)]
    pub halt: Option<Halt>,
}

/// Why files do not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Halt {
    /// The relay has no room; it is asked again in a while.
    #[n(0)]
    Full,
    /// Their bytes are not on this device any more: the message cannot be sent.
    #[n(1)]
    Lost,
    /// The relay takes no files, or none so large.
    #[n(2)]
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conversations' rows hold what a message's files are, and messages hold it as an earlier version wrote it.
    #[test]
    fn what_an_earlier_build_said_of_a_file_is_still_read_and_may_be_seen_any_time() {
        let mut bytes = minicbor::to_vec(Media { voice: true, ..Media::default() }).unwrap();
        assert_eq!((bytes[0], &bytes[bytes.len() - 2..]), (0xa7, &[0x06, 0xf4][..]));
        bytes[0] -= 1;
        bytes.truncate(bytes.len() - 2);
        assert_eq!(minicbor::decode::<Media>(&bytes).unwrap(), Media { voice: true, ..Media::default() });
    }
}
