//! What stands in for the files of a device: a test says what becomes of each thing that is asked.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use web_sys::{Blob, File};
use xchat::ui::media::client::{Client, FileFailure, How, Looked, Opened, Task, TaskState, stand_in};
use xchat_engine::api::{Attachment, Attachments, Body, Media, MessageView, StagedFile};
use xchat_files::{FileKey, FileSource, Kind};
use xchat_wire::BlobHash;

use crate::stand::said;

type Asked<T> = RefCell<Vec<(String, RwSignal<TaskState<T>, LocalStorage>)>>;

/// Each thing that was asked for, in order.
#[derive(Default)]
pub(crate) struct Double {
    pub(crate) opened: Asked<Opened>,
    pub(crate) saved: Asked<()>,
    pub(crate) staged: Asked<StagedFile>,
    pub(crate) looked: Asked<Looked>,
    pub(crate) how: RefCell<Vec<How>>,
    pub(crate) voices: RefCell<Vec<(u32, Vec<u8>)>>,
    pub(crate) discarded: RefCell<Vec<String>>,
    pub(crate) cancelled: Rc<RefCell<Vec<String>>>,
    /// Whether what is asked after is on this device.
    pub(crate) here: RefCell<bool>,
    /// Whether the browser makes nothing of what is opened.
    pub(crate) unseen: RefCell<bool>,
    /// Whether what is opened is played as it comes.
    pub(crate) streams: RefCell<bool>,
}

impl Double {
    /// Takes the place of the real one.
    pub(crate) fn new() -> Rc<Self> {
        // Before the page makes its one player.
        crate::files_shown::quiet();
        let double = Rc::new(Self::default());
        stand_in(double.clone());
        double
    }

    fn task<T: Clone + 'static>(&self, asked: &Asked<T>, name: &str, total: u64) -> Task<T> {
        let state = RwSignal::new_local(TaskState::Working { done: 0, total });
        asked.borrow_mut().push((name.to_owned(), state));
        let (cancelled, name) = (self.cancelled.clone(), name.to_owned());
        Task::new(state, move || {
            cancelled.borrow_mut().push(name.clone());
            state.set(TaskState::Failed(FileFailure::Cancelled));
        })
    }

    pub(crate) fn names<T>(asked: &Asked<T>) -> Vec<String> {
        asked.borrow().iter().map(|(name, _)| name.clone()).collect()
    }

    /// The last that was asked of this name comes to this.
    pub(crate) fn comes<T: Clone + 'static>(asked: &Asked<T>, name: &str, to: TaskState<T>) {
        let state = asked.borrow().iter().rev().find(|(of, _)| of == name).map(|(_, state)| *state);
        state.unwrap_or_else(|| panic!("{name} was not asked for")).set(to);
    }
}

impl Client for Double {
    fn stage(&self, file: &File, how: How) -> Task<StagedFile> {
        self.how.borrow_mut().push(how);
        self.task(&self.staged, &file.name(), file.size() as u64)
    }

    fn stage_voice(&self, _blob: &Blob, duration_ms: u32, waveform: Vec<u8>) -> Task<StagedFile> {
        self.voices.borrow_mut().push((duration_ms, waveform));
        self.task(&self.staged, "voice", 1)
    }

    fn look(&self, file: &File) -> Task<Looked> {
        self.task(&self.looked, &file.name(), file.size() as u64)
    }

    fn open(&self, file: &Attachment) -> Task<Opened> {
        self.task(&self.opened, &file.name, file.size)
    }

    fn streams(&self, _file: &Attachment) -> bool {
        *self.streams.borrow()
    }

    fn shows(&self, _opened: &Opened) -> Task<bool> {
        Task::new(RwSignal::new_local(TaskState::Done(!*self.unseen.borrow())), || {})
    }

    fn save(&self, file: &Attachment) -> Task<()> {
        self.task(&self.saved, &file.name, file.size)
    }

    fn save_among(&self, file: &Attachment) -> Task<()> {
        self.save(file)
    }

    fn discard(&self, file: &StagedFile) -> Task<()> {
        self.discarded.borrow_mut().push(file.name.clone());
        Task::new(RwSignal::new_local(TaskState::Done(())), || {})
    }

    fn is_here(&self, _source: &FileSource) -> Task<bool> {
        Task::new(RwSignal::new_local(TaskState::Done(*self.here.borrow())), || {})
    }
}

/// A file of this name and size, whose chunk has this number.
pub(crate) fn attachment(name: &str, content_type: &str, size: u64, chunk: u8) -> Attachment {
    let source =
        FileSource { key: FileKey::new([1; 16]), salt: [2; 16].into(), size, chunks: vec![BlobHash::new([chunk; 32])] };
    Attachment {
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        size,
        shown: !content_type.starts_with("application") && !content_type.starts_with("text"),
        media: Media::default(),
        source: Some(source),
        expires: None,
    }
}

pub(crate) fn picture(name: &str, width: u32, height: u32) -> Attachment {
    Attachment { media: Media { width, height, ..Media::default() }, ..attachment(name, "image/jpeg", 300_000, 1) }
}

pub(crate) fn voice(name: &str, duration_ms: u32) -> Attachment {
    let media = Media { duration_ms, voice: true, waveform: vec![10, 200, 90].into(), ..Media::default() };
    Attachment { media, ..attachment(name, "audio/ogg", 30_000, 2) }
}

/// A message with files; no words: an empty text.
pub(crate) fn with_files(order: u64, text: &str, files: Vec<Attachment>) -> MessageView {
    let body = match text {
        "" => Body::Text { text: String::new(), parts: Vec::new() },
        text => Body::text(text.to_owned()),
    };
    let holds = files.first().map(Attachment::holds);
    let attachments = Some(Attachments { files, going: None }.to_bytes().into());
    MessageView { body, holds, attachments, ..said(order, "") }
}

/// What is shown of a picture, in one pixel.
pub(crate) const PIXEL: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

pub(crate) fn here(kind: Kind) -> TaskState<Opened> {
    TaskState::Done(Opened { url: PIXEL.to_owned(), kind, blob: Blob::new().ok() })
}
