//! Saving from the viewer: how far it is, and what came of it. Both are said where one looks: a toast would stand behind that window.

use leptos::prelude::*;
use xchat_engine::api::Attachment;

use super::client::{FileFailure, TaskState, client};
use super::desk::for_good;
use super::fails::sentence;
use super::ring::{ring, share};
use crate::ui::i18n::media;
use crate::ui::session::{Session, TOAST_TIME};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconButton;

#[derive(Clone, Copy)]
pub(super) struct Saving {
    session: Session,
    /// How far it is. None: nothing is saved now.
    far: RwSignal<Option<u64>>,
    said: RwSignal<Option<String>>,
}

impl Saving {
    pub(super) fn new(session: Session) -> Self {
        Self { session, far: RwSignal::new(None), said: RwSignal::new(None) }
    }

    pub(super) fn begin(self, file: &Attachment) {
        self.said.set(None);
        // It goes on when the viewer is closed.
        for_good(|| {
            let (task, expires) = (client().save(file), file.expires);
            Effect::new(move |_| match task.state.get() {
                TaskState::Working { done, total } => _ = self.far.try_set(Some(share(done, total))),
                TaskState::Done(()) => {
                    self.ends(media().saved.to_owned());
                    set_timeout(move || self.forget(), TOAST_TIME);
                }
                TaskState::Failed(FileFailure::Cancelled) => _ = self.far.try_set(None),
                TaskState::Failed(failure) => self.ends(sentence(&failure, expires)),
            });
        });
    }

    fn ends(self, said: String) {
        self.far.try_set(None);
        if let Some(Some(said)) = self.said.try_set(Some(said)) {
            self.session.toast(said);
        }
    }

    /// What was said is past, or of another one.
    pub(super) fn forget(self) {
        self.said.try_set(None);
    }

    pub(super) fn button(self, on_press: Callback<()>) -> AnyView {
        let works = Memo::new(move |_| self.far.with(Option::is_some));
        let shown = move || match works.get() {
            true => ring(Signal::derive(move || self.far.get().unwrap_or(100)), Glyph::DOWNLOAD),
            false => view! { <IconButton glyph=Glyph::DOWNLOAD label=media().save on_press /> }.into_any(),
        };
        shown.into_any()
    }

    pub(super) fn line(self) -> AnyView {
        view! {
            <div class="viewer__said" role="status">
                {move || self.said.get().map(|said| view! { <p>{said}</p> })}
            </div>
        }
        .into_any()
    }
}
