//! The sheet before sending: what is picked, with what stands below it, and how pictures go.

use leptos::prelude::*;
use web_sys::{HtmlInputElement, KeyboardEvent};
use xchat_engine::api::{ChatId, ChatView, MAX_TEXT};
use xchat_files::Shows;

use super::attach::pick;
use super::client::{FileFailure, How, Looked, TaskState};
use super::desk::Desk;
use super::fails::sentence;
use super::item::Item;
use super::ring::{ring, share};
use super::tile::likeness;
use super::words::{clock, cut, kind_of, size};
use crate::ui::browser::focus;
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::rows::rows;
use crate::ui::widgets::switch::{Sentence, switch};

/// The sheet.
pub(super) fn sheet(id: ChatId, chat: ReadSignal<ChatView>, desk: Desk) -> AnyView {
    let session = use_session();
    let t = media();
    let title = chat.with_untracked(|chat| fill(t.sheet, &[("name", &chat.name)]));
    // Nobody but the person themselves would see it.
    let notes = chat.with_untracked(|chat| chat.notes);
    let long = move || session.written(id).len() > MAX_TEXT;
    let failed = move || desk.picked.with(|all| all.iter().any(|item| matches!(item.state(), TaskState::Failed(_))));
    let ready = Signal::derive(move || desk.picked.with(|picked| !picked.is_empty()) && !failed() && !long());
    let send = move |()| {
        if untrack(|| ready.get()) {
            desk.send();
            // The dialog first gives the focus back to what led to it.
            if !desk.open.get_untracked() {
                request_animation_frame(|| request_animation_frame(focus::go_on));
            }
        }
    };
    let keys = move || desk.picked.with(|picked| picked.iter().map(|item| item.number.into()).collect());
    let row = move |number: u128| {
        let found =
            desk.picked.with_untracked(|picked| picked.iter().find(|item| number == item.number.into()).cloned());
        found.map(|item| row(desk, item)).into_any()
    };
    let alert = move || {
        let off = if desk.once_off.get() { t.once_off } else { "" };
        let said =
            [desk.notice.get(), off.to_owned(), if long() { text().problem_text.to_owned() } else { String::new() }];
        let said: Vec<String> = said.into_iter().filter(|said| !said.is_empty()).collect();
        (!said.is_empty()).then(|| {
            view! {
                <p class="field__error">
                    <Icon glyph=Glyph::WARNING size=IconSize::Small />
                    <span>{said.join(" ")}</span>
                </p>
            }
        })
    };
    view! {
        <FormDialog title action=text().send ready on_submit=send on_close=move |()| desk.give_up()>
            <ul class="picked" aria-label=t.picked>
                {rows(keys, row)}
            </ul>
            <button class="button button--sm picked__more" type="button" on:click=|_| pick("")>
                <Icon glyph=Glyph::PLUS size=IconSize::Small />
                {t.add_more}
            </button>
            {quality(desk)}
            {films(desk)}
            {(!notes).then(|| once(desk))}
            {caption(session, id, send)}
            <div role="alert" class="field__under">
                {alert}
            </div>
        </FormDialog>
    }
    .into_any()
}

/// A picture shows itself, any other file its name.
fn row(desk: Desk, item: Item) -> AnyView {
    let (number, bytes) = (item.number, item.bytes);
    let name = StoredValue::new(item.name.clone());
    let item = StoredValue::new_local(item);
    // A film shows its likeness.
    let seen = Memo::new(move |_| {
        let seen = item.with_value(Item::seen)?;
        match seen.kind.shows_as() {
            Some(Shows::Picture) => seen.url,
            Some(Shows::Video) => likeness(&seen.media.preview).map(|address| address.to_string()),
            _ => None,
        }
    });
    let length =
        Memo::new(move |_| item.with_value(Item::seen).map(|seen| seen.media.duration_ms).filter(|long| *long > 0));
    let state = move || item.with_value(Item::state);
    let long = move || length.get().map(|long| clock(f64::from(long) / 1000.0));
    let info = move || {
        let facts = [name.with_value(|name| kind_of(name)), long(), Some(size(bytes))];
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let shrinks = move || desk.how.get() == How::Photo && item.with_value(Item::is_photo);
    let trouble = move || match state() {
        TaskState::Failed(FileFailure::Cancelled) => None,
        TaskState::Failed(failure) => Some(view! {
            <span class="trouble">
                <Icon glyph=Glyph::WARNING size=IconSize::Small />
                {match failure {
                    FileFailure::Unreadable | FileFailure::TooManyPixels if shrinks() => media().not_smaller.to_owned(),
                    other => sentence(&other, None),
                }}
            </span>
        }),
        _ => None,
    };
    let works = move || match state() {
        TaskState::Working { done, total } => Some(share(done, total)),
        _ => None,
    };
    let working = Memo::new(move |_| works().is_some());
    let body = move || match seen.get() {
        Some(url) => view! { <img class="picked__picture" src=url alt=name.get_value() /> }.into_any(),
        None => view! {
            <span class="file-card__main">
                <span class="file-card__icon">
                    <Icon glyph=Glyph::FILE />
                </span>
                <span class="file-card__body">
                    <span class="file-card__name">{name.with_value(|name| cut(name))}</span>
                    <span class="file-card__info">{info}</span>
                </span>
            </span>
        }
        .into_any(),
    };
    let label = fill(media().remove, &[("name", &name.get_value())]);
    view! {
        <li class="picked__item" class:picked__item--seen=move || seen.get().is_some()>
            {body}
            {move || working.get().then(|| ring(Signal::derive(move || works().unwrap_or(100)), Glyph::SEND))}
            {move || long().filter(|_| seen.get().is_some()).map(|long| view! { <span class="on-media on-media--start">{long}</span> })}
            {trouble}
            <button
                class="picked__remove"
                type="button"
                aria-label=label.clone()
                title=label
                on:click=move |_| {
                    let at = desk.picked.with_untracked(|all| all.iter().position(|item| item.number == number));
                    desk.remove(number);
                    go_on_at(at.unwrap_or_default());
                }
            >
                <Icon glyph=Glyph::CLOSE size=IconSize::Small />
            </button>
        </li>
    }
    .into_any()
}

/// One is gone that had the focus: its place is the next one's, or the last's.
fn go_on_at(place: usize) {
    request_animation_frame(move || {
        if focus::is_nowhere() {
            let buttons = document().query_selector_all(".picked__remove").map_or(0, |all| all.length() as usize);
            focus::focus_on(&format!(".picked > :nth-child({}) .picked__remove", (place + 1).min(buttons)));
        }
    });
}

/// How pictures go, where there are any.
fn quality(desk: Desk) -> AnyView {
    let t = media();
    // How many, and what those tell that go as they are.
    let photos = Memo::new(move |_| {
        desk.picked.with(|picked| {
            let photos = picked.iter().filter(|item| item.is_photo()).filter_map(Item::seen);
            photos.fold((0_usize, false, false), |(count, place, camera), seen| {
                (count + 1, place || seen.metadata.place, camera || seen.metadata.camera)
            })
        })
    });
    let some = Memo::new(move |_| photos.get().0 > 0);
    let told = move || match photos.get() {
        (_, true, _) => t.as_file_place,
        (_, false, true) => t.as_file_camera,
        _ => t.as_file_more,
    };
    let option = move |how: How, name: &'static str, more: Signal<&'static str>| {
        view! {
            <label class="setting">
                <input
                    type="radio"
                    name="quality"
                    prop:checked=move || desk.how.get() == how
                    on:change=move |_| desk.how.set(how)
                />
                <span class="setting__body">
                    <span class="setting__name">{name}</span>
                    <span class="setting__sub">{more}</span>
                </span>
            </label>
        }
    };
    let choice = move || {
        some.get().then(|| {
            view! {
                <div class="quality" role="radiogroup" aria-label=t.quality>
                    {option(How::Photo, t.as_photo, Signal::stored(t.as_photo_more))}
                    {option(How::Original, t.as_file, Signal::derive(told))}
                </div>
            }
        })
    };
    choice.into_any()
}

/// What those tell that go as they are, and cannot go otherwise.
fn films(desk: Desk) -> AnyView {
    let told = Memo::new(move |_| {
        let telling = desk.picked.with(|picked| {
            let seen = picked.iter().filter(|item| !item.is_photo()).filter_map(Item::seen);
            seen.fold((false, false, false), |(place, camera, film), Looked { metadata, kind, .. }| {
                let tells = metadata.place || metadata.camera;
                let is_film = kind.shows_as() == Some(Shows::Video);
                (place || metadata.place, camera || metadata.camera, film || tells && is_film)
            })
        });
        let t = media();
        match telling {
            (true, _, film) => Some(if film { t.film_place } else { t.as_file_place }),
            (_, true, film) => Some(if film { t.film_camera } else { t.as_file_camera }),
            _ => None,
        }
    });
    let shown = move || told.get().map(|told| view! { <p class="picked__told" role="status">{told}</p> });
    shown.into_any()
}

/// Whether it may be seen once. Where that cannot be, the row says why.
fn once(desk: Desk) -> AnyView {
    let t = media();
    let known = Memo::new(move |_| desk.knows_once());
    let may = Memo::new(move |_| desk.may_once());
    let turned = Callback::new(move |switch: HtmlInputElement| desk.once.set(switch.checked()));
    let shown = move || {
        known.get().then(|| {
            let more = move || if may.get() { t.once_more } else { t.once_alone };
            let more = Sentence::Below("once-more", Signal::derive(more));
            view! {
                <div class="picked__once">
                    <Icon glyph=Glyph::ONCE />
                    {switch(t.once, more, desk.once.into(), Signal::derive(move || !may.get()), turned)}
                </div>
            }
        })
    };
    shown.into_any()
}

/// What stands below them. It is the composer's own text, so it is there again when the sheet is closed.
fn caption(session: Session, id: ChatId, send: impl Fn(()) + Copy + Send + Sync + 'static) -> AnyView {
    let t = media();
    let key = move |event: KeyboardEvent| {
        let sends = event.key() == "Enter" && !event.shift_key() && !event.is_composing() && focus::fine_pointer();
        if sends {
            event.prevent_default();
            send(());
        }
    };
    view! {
        <textarea
            class="field__input picked__caption"
            rows="1"
            dir="auto"
            autofocus=focus::fine_pointer()
            aria-label=t.caption
            placeholder=t.caption
            prop:value=move || session.written(id)
            on:input=move |event| session.typed(id, event_target_value(&event))
            on:keydown=key
        ></textarea>
    }
    .into_any()
}
