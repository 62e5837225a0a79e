//! A file that is only offered: what it is called, how large it is, and the ways to have it.

use leptos::prelude::*;
use xchat_engine::api::ChatId;
use xchat_files::{Shows, is_risky};

use super::client::{FileFailure, Task, TaskState, client};
use super::fails::{helps, sentence};
use super::piece::{Now, Piece};
use super::player::Key;
use super::ring::{ring, share};
use super::words::{cut, kind_of, name, part_of, size};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// A larger text is only saved, in bytes.
pub(super) const LARGEST_TEXT: u64 = 256 * 1024;

/// What a press on it does beside saving it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// On a page of its own, by the browser.
    Pdf,
    /// As plain text.
    Text,
    Nothing,
}

/// By its sender's word alone; its bytes decide when they are here.
fn opens(content_type: &str, name: &str, bytes: u64) -> Opens {
    match content_type {
        "application/pdf" => Opens::Pdf,
        claimed if claimed.starts_with("text/plain") && bytes <= LARGEST_TEXT && !is_risky(name) => Opens::Text,
        _ => Opens::Nothing,
    }
}

thread_local! {
    /// A risky file that the person wants all the same.
    static CONFIRMED: ArcRwSignal<Option<Key>> = ArcRwSignal::new(None);
}

/// It is to be saved all the same.
pub(super) fn confirm(key: Key) {
    CONFIRMED.with(|confirmed| confirmed.set(Some(key)));
}

/// The row. `by`: who sent it and when, where nothing around it says so.
pub(super) fn file(id: ChatId, order: u64, piece: Piece, by: Option<AnyView>) -> AnyView {
    let session = use_session();
    let key: Key = (id, order, piece.at);
    let called = piece.with(name);
    let risky = is_risky(&called);
    let (bytes, expires, unknown) = piece.with(|file| (file.size, file.expires, file.source.is_none()));
    let opens = piece.with(|file| opens(&file.content_type, &called, bytes));
    let saving = RwSignal::new_local(None::<Task<()>>);
    let owner = StoredValue::new(Owner::current());
    let saves = move || {
        let task = saving.get()?;
        Some(task.state.get())
    };
    let chooses = move || untrack(|| session.chosen().with(Option::is_some));
    let save = move || {
        let ask = || piece.with(|file| client().save(file));
        saving.set(Some(owner.with_value(|owner| owner.as_ref().map_or_else(ask, |owner| owner.with(ask)))));
    };
    Effect::new(move |_| {
        let confirmed = CONFIRMED.with(Clone::clone);
        if confirmed.get() == Some(key) {
            confirmed.set(None);
            save();
        }
    });
    let press_save = move |_| match untrack(saves) {
        _ if chooses() => {}
        Some(TaskState::Working { .. }) => {
            if let Some(task) = saving.get_untracked() {
                task.cancel();
            }
        }
        // The timeline hears that, and asks first.
        _ if risky => {}
        _ => save(),
    };
    let pressed = StoredValue::new(false);
    let press_open = move |_| match untrack(|| piece.now()) {
        _ if chooses() => {}
        Now::Here(opened) if opens == Opens::Pdf => open_page(&opened.url),
        Now::Coming(..) => piece.stop(),
        Now::Here(_) => {}
        _ if opens == Opens::Pdf => {
            pressed.set_value(true);
            piece.fetch();
        }
        _ => {}
    };
    // It was pressed a moment ago, so the browser lets a page open.
    Effect::new(move |_| {
        if let Now::Here(opened) = piece.now()
            && pressed.get_value()
        {
            pressed.set_value(false);
            match opened.kind.shows_as() {
                Some(Shows::Pdf) => open_page(&opened.url),
                _ => piece.breaks(),
            }
        }
    });
    let facts = [kind_of(&called), Some(size(bytes))].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let called = StoredValue::new(called);
    let info = move || {
        let failure = match (saves(), piece.now()) {
            _ if unknown => return trouble(media().newer_file.to_owned()),
            (Some(TaskState::Working { done, total }), _) | (_, Now::Coming(done, total)) => {
                return part_of(done, total).into_any();
            }
            (Some(TaskState::Failed(failure)), _) | (None, Now::Failed(failure)) => failure,
            _ => return facts.clone().into_any(),
        };
        match failure {
            FileFailure::Cancelled => facts.clone().into_any(),
            failure => trouble(sentence(&failure, expires)),
        }
    };
    let comes = move || match (saves(), piece.now()) {
        (Some(TaskState::Working { done, total }), _) | (_, Now::Coming(done, total)) => Some(share(done, total)),
        _ => None,
    };
    let failed = move |helped: bool| match saves() {
        Some(TaskState::Failed(failure)) => failure != FileFailure::Cancelled && helps(&failure) == helped,
        _ => false,
    };
    let label = move || match comes() {
        Some(_) => fill(media().stop, &[("name", &called.get_value())]),
        None if failed(true) => text().try_again.to_owned(),
        None => fill(media().save_name, &[("name", &called.get_value())]),
    };
    let glyph = move || match comes() {
        Some(_) => ring(Signal::derive(move || comes().unwrap_or(100)), Glyph::CLOSE),
        None => view! { <Icon glyph=Glyph::DOWNLOAD /> }.into_any(),
    };
    let at = piece.at.to_string();
    let asks = (risky && !unknown).then(|| at.clone());
    let inside = view! {
        <span class="file-card__icon">
            <Icon glyph=Glyph::FILE />
        </span>
        <span class="file-card__body">
            <span class="file-card__name">{called.with_value(|called| cut(called))}</span>
            <span class="file-card__info">{info}</span>
            {by}
        </span>
    };
    let body = match opens {
        Opens::Nothing => view! { <div class="file-card__main">{inside}</div> }.into_any(),
        _ => view! {
            <button
                type="button"
                class="file-card__main"
                data-at=(opens == Opens::Text).then_some(at)
                on:click=press_open
            >
                {inside}
            </button>
        }
        .into_any(),
    };
    let stops_open = move |event: leptos::ev::MouseEvent| {
        if untrack(comes).is_some() && untrack(saves).is_none() {
            event.prevent_default();
            piece.stop();
        } else {
            press_save(event);
        }
    };
    view! {
        <div class="file-card" role="group" aria-label=called.get_value()>
            {body}
            {move || (!unknown && !failed(false)).then(|| view! {
                <button
                    type="button"
                    class="icon-button"
                    aria-label=label
                    title=label
                    data-at=asks.clone()
                    on:click=stops_open
                >
                    {glyph}
                </button>
            })}
        </div>
    }
    .into_any()
}

fn trouble(sentence: String) -> AnyView {
    view! {
        <span class="trouble">
            <Icon glyph=Glyph::WARNING size=IconSize::Small />
            {sentence}
        </span>
    }
    .into_any()
}

/// Opens a page of its own, which knows nothing of this one.
pub(super) fn open_page(url: &str) {
    use crate::ui::browser::js::{call, set};
    let Ok(link) = document().create_element("a") else { return };
    for (name, value) in [("href", url), ("target", "_blank"), ("rel", "noopener")] {
        set(&link, name, value);
    }
    call(&link, "click", &[]);
}
