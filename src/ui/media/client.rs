//! The one way to the files of this device and the relay. Tests put another one in its place.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::{Blob, File};
use xchat_engine::api::{Attachment, StagedFile};
use xchat_files::FileSource;

pub use crate::ui::files::{FileFailure, How, Looked, Metadata, Opened, Task, TaskState};
use crate::ui::files::{Files, use_files};

/// What is asked of it.
pub trait Client {
    fn stage(&self, file: &File, how: How) -> Task<StagedFile>;
    fn stage_voice(&self, blob: &Blob, duration_ms: u32, waveform: Vec<u8>) -> Task<StagedFile>;
    fn look(&self, file: &File) -> Task<Looked>;
    fn open(&self, file: &Attachment) -> Task<Opened>;
    /// Whether it is shown or heard while it comes.
    fn streams(&self, file: &Attachment) -> bool;
    /// Whether the browser has something to show of a picture or a film that is open.
    fn shows(&self, opened: &Opened) -> Task<bool>;
    fn save(&self, file: &Attachment) -> Task<()>;
    fn save_among(&self, file: &Attachment) -> Task<()>;
    fn is_here(&self, source: &FileSource) -> Task<bool>;
    fn discard(&self, file: &StagedFile) -> Task<()>;
}

impl Client for Files {
    fn stage(&self, file: &File, how: How) -> Task<StagedFile> {
        Self::stage(*self, file, how)
    }

    fn stage_voice(&self, blob: &Blob, duration_ms: u32, waveform: Vec<u8>) -> Task<StagedFile> {
        Self::stage_voice(*self, blob, duration_ms, waveform)
    }

    fn look(&self, file: &File) -> Task<Looked> {
        Self::look(*self, file)
    }

    fn open(&self, file: &Attachment) -> Task<Opened> {
        Self::open(*self, file)
    }

    fn streams(&self, file: &Attachment) -> bool {
        Self::streams(*self, file)
    }

    fn shows(&self, opened: &Opened) -> Task<bool> {
        Self::shows(*self, opened)
    }

    fn save(&self, file: &Attachment) -> Task<()> {
        Self::save(*self, file)
    }

    fn save_among(&self, file: &Attachment) -> Task<()> {
        Self::save_among(*self, file)
    }

    fn is_here(&self, source: &FileSource) -> Task<bool> {
        Self::is_here(*self, source)
    }

    fn discard(&self, file: &StagedFile) -> Task<()> {
        Self::discard(*self, file)
    }
}

thread_local! {
    static CLIENT: RefCell<Option<Rc<dyn Client>>> = const { RefCell::new(None) };
}

/// From now on this one is asked.
pub fn stand_in(client: Rc<dyn Client>) {
    CLIENT.with_borrow_mut(|held| *held = Some(client));
}

pub(super) fn client() -> Rc<dyn Client> {
    CLIENT.with_borrow_mut(|held| held.get_or_insert_with(|| Rc::new(use_files())).clone())
}
