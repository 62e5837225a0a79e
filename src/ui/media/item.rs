//! A file that was picked, on its way to be sent: looked at, then staged.

use leptos::prelude::*;
use web_sys::{Blob, File};
use xchat_engine::api::StagedFile;
use xchat_files::{Kind, Shows};

use super::client::{How, Looked, Task, TaskState, client};
use super::desk::child;
use crate::ui::i18n::media;

/// What may be seen once is that large at most, in bytes: all of it is in memory when it is shown.
const ONCE: u64 = 64 << 20;

/// A file that was picked.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) bytes: u64,
    /// None: it was spoken.
    file: Option<File>,
    pub(super) looked: Option<Task<Looked>>,
    staged: RwSignal<Option<Task<StagedFile>>, LocalStorage>,
    /// As what it was picked.
    pub(super) picked_as: How,
    /// As what it was staged last.
    pub(super) how: StoredValue<Option<How>>,
    /// What was asked for it ends with this.
    owner: Owner,
}

impl Item {
    fn new(number: u32, name: String, bytes: u64, file: Option<File>, picked_as: How) -> Self {
        let owner = child();
        let looked = file.as_ref().map(|file| owner.with(|| client().look(file)));
        let (staged, how) = owner.with(|| (RwSignal::new_local(None), StoredValue::new(None)));
        Self { number, name, bytes, file, looked, staged, picked_as, how, owner }
    }

    pub(super) fn of_file(number: u32, file: File, picked_as: How) -> Self {
        Self::new(number, file.name(), file.size() as u64, Some(file), picked_as)
    }

    pub(super) fn of_voice(number: u32, blob: &Blob, duration_ms: u32, waveform: Vec<u8>) -> Self {
        let item = Self::new(number, media().recording.to_owned(), blob.size() as u64, None, How::Photo);
        let task = item.owner.with(|| client().stage_voice(blob, duration_ms, waveform));
        item.staged.set(Some(task));
        item
    }

    /// What was seen of it, once it was looked at. Tracks it.
    pub(super) fn seen(&self) -> Option<Looked> {
        self.looked?.state.with(|state| match state {
            TaskState::Done(looked) => Some(looked.clone()),
            _ => None,
        })
    }

    /// It can be sent as a photo. Tracks it.
    pub(super) fn is_photo(&self) -> bool {
        self.seen().is_some_and(|seen| {
            matches!(seen.kind, Kind::Jpeg | Kind::Png | Kind::Webp | Kind::Avif | Kind::Heic | Kind::Bmp)
        })
    }

    /// It is shown within the conversation, and not too large to be held whole. `how`: as what a photo goes. Tracks it.
    pub(super) fn may_once(&self, how: How) -> bool {
        let how = if self.is_photo() { how } else { self.picked_as };
        let shows = self.seen().and_then(|seen| seen.kind.shows_as());
        let shown = self.is_photo() || matches!(shows, Some(Shows::Picture | Shows::Video));
        how == How::Photo && shown && self.bytes <= ONCE
    }

    /// How far it is. Tracks it.
    pub(super) fn state(&self) -> TaskState<StagedFile> {
        if let Some(looked) = self.looked
            && let Some(failure) = looked.state.with(|state| match state {
                TaskState::Failed(failure) => Some(failure.clone()),
                _ => None,
            })
        {
            return TaskState::Failed(failure);
        }
        match self.staged.get() {
            Some(task) => task.state.get(),
            None => TaskState::Working { done: 0, total: self.bytes },
        }
    }

    pub(super) fn stage(&self, how: How) {
        self.unstage();
        if let Some(file) = &self.file {
            let task = self.owner.with(|| client().stage(file, how));
            self.staged.set(Some(task));
        }
    }

    /// What was staged belongs to a message. To be sent again it is staged anew.
    pub(super) fn lent(&self) {
        self.staged.set(None);
        self.how.set_value(None);
    }

    /// What was staged, or is being staged, is not wanted.
    fn unstage(&self) {
        let Some(task) = self.staged.get_untracked() else { return };
        match task.state.get_untracked() {
            TaskState::Done(staged) => _ = self.owner.with(|| client().discard(&staged)),
            _ => task.cancel(),
        }
    }

    /// Nobody wants it any more.
    pub(super) fn end(&self) {
        self.unstage();
        if let Some(looked) = self.looked {
            looked.cancel();
        }
        self.gone();
    }

    /// It is done with.
    pub(super) fn gone(&self) {
        let owner = self.owner.clone();
        // Not from within what is thrown away by it.
        queue_microtask(move || owner.cleanup());
    }
}
