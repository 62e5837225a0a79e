//! One file of a message, and how far its bytes are.

use leptos::prelude::*;
use xchat_engine::api::{Attachment, Holds};
use xchat_files::Shows;
use xchat_wire::BlobHash;

use super::client::{FileFailure, Opened, Task, TaskState, client};
use super::held::is_once;
use crate::ui::files::keep::comes_by_itself;

/// A film of more bytes is not held whole for its first picture.
const WHOLE: u64 = 16 << 20;

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Now {
    /// Nobody has asked for it.
    Away,
    Coming(u64, u64),
    Here(Opened),
    Failed(FileFailure),
}

thread_local! {
    /// Chunks of what was looked at last over the page: a tile of it may find it here.
    static LOOKED_AT: ArcRwSignal<Vec<BlobHash>> = ArcRwSignal::new(Vec::new());
}

/// The file. What is asked for it ends with the owner that made this.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) at: usize,
    pub(super) holds: Holds,
    file: StoredValue<Attachment>,
    task: RwSignal<Option<Task<Opened>>, LocalStorage>,
    /// Why the browser makes nothing of it, though it came.
    broken: RwSignal<Option<FileFailure>>,
    owner: StoredValue<Option<Owner>>,
}

impl Piece {
    pub(super) fn new(at: usize, file: Attachment) -> Self {
        Self {
            at,
            holds: file.holds(),
            file: StoredValue::new(file),
            task: RwSignal::new_local(None),
            broken: RwSignal::new(None),
            owner: StoredValue::new(Owner::current()),
        }
    }

    pub(super) fn with<T>(self, read: impl FnOnce(&Attachment) -> T) -> T {
        self.file.with_value(read)
    }

    /// Of a kind that is looked at or heard at once.
    fn is_at_hand(self) -> bool {
        matches!(self.holds, Holds::Picture | Holds::Voice) && !self.with(is_once)
    }

    /// Small enough to be fetched by itself, and of a kind that is looked at or heard at once.
    pub(super) fn comes_by_itself(self) -> bool {
        self.is_at_hand() && self.with(|file| comes_by_itself(file.size))
    }

    /// Shown as soon as it is here: of a film its first picture, where it need not be held whole for that.
    fn is_seen_here(self) -> bool {
        let light = || self.with(|file| file.size <= WHOLE) || self.streams();
        self.is_at_hand() || self.holds == Holds::Video && !self.with(is_once) && light()
    }

    /// It has come into sight: what comes by itself is asked for, and else what is here already, or was looked at meanwhile.
    pub(super) fn begin(self) {
        match self.comes_by_itself() {
            true => self.fetch(),
            false if self.is_seen_here() => self.fetch_if_here(),
            false => return,
        }
        Effect::new(move |before: Option<()>| {
            let looked_at = LOOKED_AT.with(Clone::clone).get();
            let has = |file: &Attachment| file.source.as_ref().is_some_and(|source| source.chunks == looked_at);
            let is = before.is_some() && !looked_at.is_empty() && self.with(has);
            if is && matches!(untrack(|| self.now()), Now::Away) {
                self.fetch_if_here();
            }
        });
    }

    /// It is looked at over the page: who shows it small hears that, when it comes and when that is over.
    pub(super) fn is_looked_at(self) {
        let chunks = self.with(|file| file.source.as_ref().map(|source| source.chunks.clone())).unwrap_or_default();
        let tell = move || LOOKED_AT.with(|at| at.set(chunks.clone()));
        let told = tell.clone();
        Effect::new(move |_| {
            if matches!(self.now(), Now::Here(_)) {
                told();
            }
        });
        on_cleanup(tell);
    }

    /// Tracks it.
    pub(super) fn now(self) -> Now {
        if let Some(failure) = self.broken.get() {
            return Now::Failed(failure);
        }
        if self.with(|file| file.source.is_none()) {
            return Now::Failed(FileFailure::Broken(String::new()));
        }
        let Some(task) = self.task.get() else { return Now::Away };
        task.state.with(|state| match state {
            TaskState::Working { done, total } => Now::Coming(*done, *total),
            TaskState::Done(opened) if self.is_as_claimed(opened) => Now::Here(opened.clone()),
            TaskState::Done(_) => Now::Failed(FileFailure::NotWhatItSays),
            // Whoever stops it may ask anew.
            TaskState::Failed(FileFailure::Cancelled) => Now::Away,
            TaskState::Failed(failure) => Now::Failed(failure.clone()),
        })
    }

    /// By its bytes it is what it stands on the page as.
    fn is_as_claimed(self, opened: &Opened) -> bool {
        match (self.holds, opened.kind.shows_as()) {
            (Holds::Picture, shows) => shows == Some(Shows::Picture),
            (Holds::Video, shows) => shows == Some(Shows::Video),
            // What browsers record a voice into has the first bytes of a film.
            (Holds::Voice | Holds::Sound, shows) => matches!(shows, Some(Shows::Sound | Shows::Video)),
            (Holds::File, _) => true,
        }
    }

    /// Asks for it, unless that was done and came to something.
    pub(super) fn fetch(self) {
        if matches!(untrack(|| self.now()), Now::Away | Now::Failed(_)) && self.with(|file| file.source.is_some()) {
            self.broken.set(None);
            let ask = || self.with(|file| client().open(file));
            let task = self.owner.with_value(|owner| match owner {
                Some(owner) => owner.with(ask),
                None => ask(),
            });
            self.task.set(Some(task));
        }
    }

    /// Asks for it where it is on this device already.
    pub(super) fn fetch_if_here(self) {
        let Some(source) = self.with(|file| file.source.clone()) else { return };
        let here = client().is_here(&source);
        Effect::new(move |_| {
            if here.state.with(|state| matches!(state, TaskState::Done(true))) {
                self.fetch();
            }
        });
    }

    pub(super) fn stop(self) {
        if let Some(task) = self.task.get_untracked() {
            task.cancel();
        }
    }

    /// It is shown or heard while it comes, so one need not wait for it.
    pub(super) fn streams(self) -> bool {
        self.with(|file| client().streams(file))
    }

    /// The browser cannot show it, or not to its end.
    pub(super) fn breaks(self) {
        let Some(task) = self.task.try_get_untracked() else { return };
        let failure = task.and_then(|task| {
            task.state.with_untracked(|state| match state {
                TaskState::Done(opened) => Some(opened.failure()),
                _ => None,
            })
        });
        let _gone = self.broken.try_set(Some(failure.unwrap_or(FileFailure::NotWhatItSays)));
    }
}
