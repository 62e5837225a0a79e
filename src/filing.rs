//! What a page asks of the file worker, and what that answers.
//!
//! A message is an array: the number of the task, which the page chooses, the CBOR of an [`Ask`] or an [`Answer`], and a thing of the
//! browser's that goes with it (a `Blob`, a file's handle), or null. A task has one [`Ask`], any number of [`Answer::Working`], and one last
//! [`Answer`]; [`Ask::Cancel`] names a task that is under way. Page and worker are of one build.
//!
//! Must never carry the bytes of a file but in such a thing, which the browser hands on without copying.

use js_sys::{Array, Uint8Array};
use minicbor::CborLen;
use wasm_bindgen::{JsCast, JsValue};
use xchat_engine::api::Media;
use xchat_files::{FileSource, Kind};
use xchat_wire::cbor::{Decode, Encode};

/// What a page wants done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Ask {
    /// Seals a file into the store. With its `Blob`. Answer: `Staged`.
    #[n(0)]
    #[cbor(map)]
    Stage {
        #[n(0)]
        name: String,
        /// The media type that the browser has for it; may be empty.
        #[n(1)]
        claimed: String,
        #[n(2)]
        how: How,
        /// What the page knows of it: of a film or a sound only a page can play what there is to know.
        #[n(3)]
        media: Media,
    },
    /// What a file is, before it is sent. With its `Blob`. Answer: `Looked`.
    #[n(1)]
    Look,
    /// A file that somebody sent, whole, to be shown. Answer: `Opened`.
    #[n(2)]
    #[cbor(map)]
    Open {
        #[n(0)]
        source: FileSource,
        #[n(1)]
        wanted: Wanted,
    },
    /// A file that somebody sent, into a file of this device. With its `FileSystemFileHandle`. Answer: `Done`.
    #[n(3)]
    #[cbor(map)]
    Save {
        #[n(0)]
        source: FileSource,
    },
    /// A stretch of a file's content. Answer: `Read`.
    #[n(4)]
    #[cbor(map)]
    Read {
        #[n(0)]
        source: FileSource,
        #[n(1)]
        from: u64,
        /// Behind the last byte. What is behind the end of the file is not there.
        #[n(2)]
        to: u64,
        /// It goes to where it is saved, and is kept as what `Save` saves is; else all chunks that it takes are kept.
        #[n(3)]
        saves: bool,
    },
    /// Whether all of a file is in the store. Answer: `Here`.
    #[n(5)]
    #[cbor(map)]
    IsHere {
        #[n(0)]
        source: FileSource,
    },
    /// How much the store holds. Answer: `Usage`.
    #[n(6)]
    Usage,
    /// Empties the store, but for what an upload needs. Answer: `Done`.
    #[n(7)]
    Clear,
    /// Takes a file that was staged out of the store: it will not be sent. Answer: `Done`.
    #[n(8)]
    #[cbor(map)]
    Discard {
        #[n(0)]
        source: FileSource,
    },
    /// Ends the task of this number. Its answer: `Failed`, unless it is over already.
    #[n(9)]
    Cancel,
    /// From now on the store holds so many bytes at most; none: what the browser's room gives. Answer: `Done`.
    #[n(10)]
    #[cbor(map)]
    Limit {
        #[n(0)]
        bytes: Option<u64>,
    },
}

/// As what a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum How {
    /// Within the conversation; a picture is scaled down and written anew, so that nothing but its pixels is left.
    #[n(0)]
    Photo,
    /// As a file, its bytes as they are.
    #[n(1)]
    Original,
    /// Spoken into the messenger.
    #[n(2)]
    Voice,
}

/// What a file has to be, to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Wanted {
    #[n(0)]
    Anything,
    #[n(1)]
    Picture,
    #[n(2)]
    Video,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Answer {
    /// It has come so far, in bytes of content.
    #[n(0)]
    #[cbor(map)]
    Working {
        #[n(0)]
        done: u64,
        #[n(1)]
        total: u64,
    },
    #[n(1)]
    #[cbor(map)]
    Staged {
        #[n(0)]
        name: String,
        #[n(1)]
        content_type: String,
        #[n(2)]
        source: FileSource,
        #[n(3)]
        shown: bool,
        #[n(4)]
        media: Media,
    },
    #[n(2)]
    #[cbor(map)]
    Looked {
        #[n(0)]
        kind: Kind,
        #[n(1)]
        media: Media,
        /// Notes in a picture or a film: where it was taken.
        #[n(2)]
        place: bool,
        /// With what, by whom or when.
        #[n(3)]
        camera: bool,
    },
    /// With the content as a `Blob`, whose type is a safe one.
    #[n(3)]
    #[cbor(map)]
    Opened {
        #[n(0)]
        kind: Kind,
    },
    /// With the bytes as a `Blob`.
    #[n(4)]
    Read,
    #[n(5)]
    #[cbor(map)]
    Here {
        #[n(0)]
        here: bool,
    },
    #[n(6)]
    #[cbor(map)]
    Usage {
        #[n(0)]
        bytes: u64,
        #[n(1)]
        limit: u64,
    },
    #[n(7)]
    Done,
    #[n(8)]
    #[cbor(map)]
    Failed {
        #[n(0)]
        why: Failure,
    },
}

/// Why it came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Failure {
    /// The browser cannot read the file, or can make no picture of it.
    #[n(0)]
    Unreadable,
    /// Its bytes are not of the kind that it was said to be of.
    #[n(1)]
    NotWhatItSays,
    /// A picture that takes too much memory to be decoded.
    #[n(2)]
    TooManyPixels,
    /// There is no room on this device.
    #[n(3)]
    NoRoom,
    /// Larger than a file may be, in bytes.
    #[n(4)]
    #[cbor(map)]
    TooLarge {
        #[n(0)]
        limit: u64,
    },
    /// The relay does not have it: it has expired, or was never whole.
    #[n(5)]
    Gone,
    /// What came are not the bytes that were sent.
    #[n(6)]
    Wrong,
    /// It was stopped while there was no connection.
    #[n(7)]
    Offline,
    /// It was stopped.
    #[n(8)]
    Cancelled,
    /// More than a page can have in memory to show it. It can be saved.
    #[n(10)]
    TooLargeToShow,
    /// Something went wrong that should not.
    #[n(9)]
    Broken(#[n(0)] String),
}

/// One message, either way.
pub(crate) struct Letter<T> {
    pub(crate) task: u32,
    pub(crate) says: T,
    /// What goes with it; null: nothing.
    pub(crate) thing: JsValue,
}

impl<T> Letter<T> {
    /// As it is posted.
    pub(crate) fn to_js(&self) -> JsValue
    where
        T: minicbor::Encode<()>,
    {
        let bytes = minicbor::to_vec(&self.says).expect("a Vec takes every byte");
        Array::of3(&self.task.into(), &Uint8Array::from(bytes.as_slice()), &self.thing).into()
    }

    /// What was posted. None: it is none of these.
    pub(crate) fn of_js(message: &JsValue) -> Option<Self>
    where
        T: for<'b> minicbor::Decode<'b, ()>,
    {
        let fields: &Array = message.dyn_ref()?;
        let bytes: Uint8Array = fields.get(1).dyn_into().ok()?;
        let says = minicbor::decode(&bytes.to_vec()).ok()?;
        Some(Self { task: fields.get(0).as_f64()? as u32, says, thing: fields.get(2) })
    }
}
