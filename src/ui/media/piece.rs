//! One file of a message, and how far its bytes are.

use leptos::prelude::*;
use xchat_engine::api::{Attachment, Holds};
use xchat_files::Shows;

use super::client::{FileFailure, Opened, Task, TaskState, client};
use crate::ui::files::keep::comes_by_itself;

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Now {
    /// Nobody has asked for it.
    Away,
    Coming(u64, u64),
    Here(Opened),
    Failed(FileFailure),
}

/// The file. What is asked for it ends with the owner that made this.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) at: usize,
    pub(super) holds: Holds,
    file: StoredValue<Attachment>,
    task: RwSignal<Option<Task<Opened>>, LocalStorage>,
    /// It came, and the browser makes nothing of it.
    broken: RwSignal<bool>,
    owner: StoredValue<Option<Owner>>,
}

impl Piece {
    pub(super) fn new(at: usize, file: Attachment) -> Self {
        Self {
            at,
            holds: file.holds(),
            file: StoredValue::new(file),
            task: RwSignal::new_local(None),
            broken: RwSignal::new(false),
            owner: StoredValue::new(Owner::current()),
        }
    }

    pub(super) fn with<T>(self, read: impl FnOnce(&Attachment) -> T) -> T {
        self.file.with_value(read)
    }

    /// Small enough to be fetched by itself, and of a kind that is looked at or heard at once.
    pub(super) fn comes_by_itself(self) -> bool {
        matches!(self.holds, Holds::Picture | Holds::Voice) && self.with(|file| comes_by_itself(file.size))
    }

    /// It has come into sight: what comes by itself is asked for, and else what is here already.
    pub(super) fn begin(self) {
        match self.comes_by_itself() {
            true => self.fetch(),
            false if matches!(self.holds, Holds::Picture | Holds::Voice) => self.fetch_if_here(),
            false => {}
        }
    }

    /// Tracks it.
    pub(super) fn now(self) -> Now {
        if self.broken.get() {
            return Now::Failed(FileFailure::NotWhatItSays);
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
            self.broken.set(false);
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

    /// The browser cannot show it.
    pub(super) fn breaks(self) {
        let _gone = self.broken.try_set(true);
    }
}
