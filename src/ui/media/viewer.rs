//! Pictures and films over the whole window: one after the other, as they stand in the conversation, and as near as one likes.

use leptos::html;
use leptos::prelude::*;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent, WheelEvent};
use xchat_engine::api::{Attachment, ChatView, Holds, MessageView};

use super::client::{TaskState, client};
use super::fails::{helps, sentence};
use super::held::files_of;
use super::piece::{Now, Piece};
use super::ring::{ring, share};
use super::tile::likeness;
use super::words::{part_of, word};
use super::zoom::Zoom;
use crate::ui::back;
use crate::ui::browser::{clock, focus};
use crate::ui::chat::shown_name;
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconButton;
use crate::ui::widgets::walk::rtl;

/// How much nearer a step comes, a notch of the wheel, and a double click.
const STEP: f64 = 1.5;
const NOTCH: f64 = 1.2;
const CLICK: f64 = 2.5;
/// How far a finger goes to turn over, and an arrow key within a picture, in CSS pixels.
const SWIPE: f64 = 60.0;
const PAN: f64 = 80.0;

/// One of them, with what is said of it.
#[derive(Clone)]
struct Sight {
    order: u64,
    at: usize,
    who: String,
    time: u64,
    file: Attachment,
}

fn sights(message: &MessageView, chat: &ChatView) -> Vec<Sight> {
    let files = files_of(message).files;
    let who = match &message.author {
        _ if message.mine => text().you.to_owned(),
        Some(author) => shown_name(author).to_owned(),
        None => chat.name.clone(),
    };
    let seen = files.into_iter().enumerate().filter(|(_, file)| matches!(file.holds(), Holds::Picture | Holds::Video));
    let sight = |(at, file)| Sight { order: message.order, at, who: who.clone(), time: message.time, file };
    seen.map(sight).collect()
}

/// The viewer, which begins with this file of this message.
pub(super) fn viewer(
    chat: ReadSignal<ChatView>,
    (order, at): (u64, usize),
    on_forward: Callback<u64>,
    on_close: Callback<()>,
) -> AnyView {
    let session = use_session();
    let t = media();
    let all: Vec<Sight> = chat.with_untracked(|chat| {
        let drawn = |entry: &crate::ui::session::Entry| entry.view.with_untracked(|message| sights(message, chat));
        session.history().with_untracked(|history| history.drawn().iter().flat_map(drawn).collect())
    });
    let count = all.len();
    let here = RwSignal::new(all.iter().position(|sight| (sight.order, sight.at) == (order, at)).unwrap_or_default());
    let all = StoredValue::new(all);
    let now = move || here.with(|here| all.with_value(|all| all.get(*here).cloned()));
    // What is deleted, or vanishes, is looked at no more.
    Effect::new(move |_| {
        let there = now().is_some_and(|now| session.history().with(|history| history.find(now.order).is_some()));
        if !there {
            on_close.run(());
        }
    });
    let zoom = RwSignal::new(Zoom::WHOLE);
    let go = move |on: bool| {
        let next = here.get_untracked().checked_add_signed(if on { 1 } else { -1 }).filter(|next| *next < count);
        if let Some(next) = next {
            zoom.set(Zoom::WHOLE);
            here.set(next);
        }
    };
    let stage = NodeRef::<html::Div>::new();
    let room = move || {
        let stage = stage.get_untracked();
        stage.map_or((1.0, 1.0), |stage| (f64::from(stage.client_width()), f64::from(stage.client_height())))
    };
    let near = move |times: f64| zoom.update(|zoom| *zoom = zoom.nearer(times, (0.0, 0.0), room()));
    let key = move |event: KeyboardEvent| {
        let whole = zoom.get_untracked().is_whole();
        let (on, back) = if rtl() { ("ArrowLeft", "ArrowRight") } else { ("ArrowRight", "ArrowLeft") };
        let pan = |right: f64, down: f64| zoom.update(|zoom| *zoom = zoom.moved((right, down), room()));
        match event.key().as_str() {
            "+" | "=" => near(STEP),
            "-" => near(1.0 / STEP),
            "0" => zoom.set(Zoom::WHOLE),
            // A film's own keys are its own.
            _ if event
                .target()
                .and_then(|of| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(of).ok())
                .is_some_and(|of| of.tag_name() == "VIDEO") =>
            {
                return;
            }
            key if whole && key == on => go(true),
            key if whole && key == back => go(false),
            "ArrowRight" => pan(-PAN, 0.0),
            "ArrowLeft" => pan(PAN, 0.0),
            "ArrowUp" => pan(0.0, PAN),
            "ArrowDown" => pan(0.0, -PAN),
            _ => return,
        }
        event.prevent_default();
    };
    let shown = move || now().map(|sight| sight_view(sight, stage, zoom, Callback::new(go)));
    let is_picture = Memo::new(move |_| now().is_some_and(|now| now.file.holds() == Holds::Picture));
    let saving = RwSignal::new(None::<u64>);
    let owner = StoredValue::new(Owner::current());
    let save = move |()| {
        let Some(sight) = untrack(now) else { return };
        let ask = || client().save(&sight.file);
        let task = owner.with_value(|owner| owner.as_ref().map_or_else(ask, |owner| owner.with(ask)));
        let follow = move || {
            Effect::new(move |_| match task.state.get() {
                TaskState::Working { done, total } => saving.set(Some(share(done, total))),
                TaskState::Done(()) => saving.set(None),
                TaskState::Failed(failure) => {
                    saving.set(None);
                    if failure != super::client::FileFailure::Cancelled {
                        session.toast(sentence(&failure, sight.file.expires));
                    }
                }
            })
        };
        owner.with_value(|owner| owner.as_ref().map(|owner| owner.with(follow)));
    };
    let who = move || now().map(|now| now.who);
    let when =
        move || now().map(|now| format!("{}, {}", clock::day(now.time, clock::now()), clock::time_of_day(now.time)));
    let number = move || {
        (count > 1)
            .then(|| fill(t.number_of, &[("number", &(here.get() + 1).to_string()), ("count", &count.to_string())]))
    };
    let turn = move |glyph: Glyph, label: &'static str, class: &'static str, on: bool| {
        let end = move || if on { here.get() + 1 >= count } else { here.get() == 0 };
        view! {
            <button class=class type="button" aria-label=label title=label disabled=end on:click=move |_| go(on)>
                <Icon glyph size=IconSize::Large />
            </button>
        }
    };
    frame(on_close, Callback::new(key), view! {
        <header class="viewer__bar">
            <IconButton glyph=Glyph::CLOSE label=text().close on_press=on_close />
            <div class="viewer__who">
                <b><bdi>{who}</bdi></b>
                <span>{when}</span>
            </div>
            <span class="viewer__number" role="status">{number}</span>
            {move || is_picture.get().then(|| view! {
                <IconButton glyph=Glyph::MINUS label=t.farther class="viewer__zoom" on_press=move |()| near(1.0 / STEP) />
                <IconButton glyph=Glyph::PLUS label=t.nearer class="viewer__zoom" on_press=move |()| near(STEP) />
            })}
            {move || match saving.get() {
                Some(_) => ring(Signal::derive(move || saving.get().unwrap_or(100)), Glyph::DOWNLOAD),
                None => view! { <IconButton glyph=Glyph::DOWNLOAD label=t.save on_press=save /> }.into_any(),
            }}
            <IconButton
                glyph=Glyph::SHARE
                label=text().forward
                on_press=move |()| {
                    if let Some(now) = untrack(now) {
                        on_forward.run(now.order);
                    }
                }
            />
        </header>
        {shown}
        {(count > 1).then(|| turn(Glyph::BACK, t.previous, "viewer__turn viewer__turn--back", false))}
        {(count > 1).then(|| turn(Glyph::CHEVRON, t.next, "viewer__turn viewer__turn--on", true))}
    }.into_any())
}

/// The window that it fills: a dialog of the browser's own, which Back and Escape close.
fn frame(on_close: Callback<()>, key: Callback<KeyboardEvent>, inner: AnyView) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    let session = use_session();
    let before = StoredValue::new_local(document().active_element());
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            back::layer(on_close);
            if let Err(error) = dialog.show_modal() {
                leptos::logging::warn!("the viewer did not open: {error:?}");
            }
        }
    });
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            focus::restore(before);
            if focus::is_nowhere() {
                focus::go_on();
            }
            session.bare();
        });
    });
    let cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        on_close.run(());
    };
    view! {
        <dialog
            node_ref=node
            class="viewer"
            data-theme="dark"
            aria-label=media().viewer
            on:cancel=cancel
            on:keydown=move |event| key.run(event)
        >
            {inner}
        </dialog>
    }
    .into_any()
}

/// One of them on its stage.
fn sight_view(sight: Sight, stage: NodeRef<html::Div>, zoom: RwSignal<Zoom>, go: Callback<bool>) -> AnyView {
    let (bytes, expires) = (sight.file.size, sight.file.expires);
    let poster = likeness(&sight.file.media.preview).map(|address| address.to_string());
    let (width, height) = (sight.file.media.width, sight.file.media.height);
    let piece = Piece::new(sight.at, sight.file);
    piece.fetch();
    let name = word(piece.holds);
    let blurred = poster.clone();
    let size = (width > 0 && height > 0).then(|| format!("{width} / {height}"));
    let content = move || match piece.now() {
        Now::Here(opened) if piece.holds == Holds::Video => view! {
            <video
                class="viewer__film"
                src=opened.url.clone()
                poster=poster.clone()
                controls
                autoplay
                playsinline
                aria-label=name
                on:error=move |_| piece.breaks()
            ></video>
        }
        .into_any(),
        Now::Here(opened) => picture(&opened.url, name, piece, stage, zoom, go),
        Now::Failed(failure) => {
            let again = helps(&failure).then(|| {
                view! {
                    <button class="button" type="button" on:click=move |_| piece.fetch()>
                        {text().try_again}
                    </button>
                }
            });
            view! {
                <div class="viewer__failed" role="alert">
                    <Icon glyph=Glyph::WARNING size=IconSize::Large />
                    <p>{sentence(&failure, expires)}</p>
                    {again}
                </div>
            }
            .into_any()
        }
        Now::Away | Now::Coming(..) => {
            let far = move || match piece.now() {
                Now::Coming(done, total) => (share(done, total), part_of(done, total)),
                _ => (0, super::words::size(bytes)),
            };
            view! {
                <div class="viewer__coming">
                    {blurred.clone().map(|address| view! {
                        <img class="photo__likeness" src=address alt="" style=("aspect-ratio", size.clone()) />
                    })}
                    {ring(Signal::derive(move || far().0), Glyph::DOWNLOAD)}
                    <p role="status">{move || far().1}</p>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <div node_ref=stage class="viewer__stage">
            {content}
        </div>
    }
    .into_any()
}

/// Where a pointer is, from the stage's middle.
fn from_middle(stage: &HtmlElement, x: i32, y: i32) -> (f64, f64) {
    let rect = stage.get_bounding_client_rect();
    (f64::from(x) - rect.left() - rect.width() / 2.0, f64::from(y) - rect.top() - rect.height() / 2.0)
}

fn picture(
    url: &str,
    name: &'static str,
    piece: Piece,
    stage: NodeRef<html::Div>,
    zoom: RwSignal<Zoom>,
    go: Callback<bool>,
) -> AnyView {
    let room = move || {
        let stage = stage.get_untracked();
        stage.map_or((1.0, 1.0), |stage| (f64::from(stage.client_width()), f64::from(stage.client_height())))
    };
    let near = move |times: f64, x: i32, y: i32| {
        if let Some(stage) = stage.get_untracked() {
            let point = from_middle(&stage, x, y);
            zoom.update(|zoom| *zoom = zoom.nearer(times, point, room()));
        }
    };
    // Pointers on it, where each was last; and where the only one came down.
    let held = StoredValue::new(Vec::<(i32, i32, i32)>::new());
    let began = StoredValue::new(None::<(i32, i32)>);
    let node = NodeRef::<html::Div>::new();
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // A pointer that is gone already holds nothing.
        if node.get_untracked().is_some_and(|node| node.set_pointer_capture(event.pointer_id()).is_ok()) {
            let at = (event.client_x(), event.client_y());
            held.update_value(|held| held.push((event.pointer_id(), at.0, at.1)));
            began.set_value((held.with_value(Vec::len) == 1).then_some(at));
        }
    };
    let moves = move |event: PointerEvent| {
        let before = held.get_value();
        let Some(at) = before.iter().position(|(id, ..)| *id == event.pointer_id()) else { return };
        let mut after = before.clone();
        after[at] = (event.pointer_id(), event.client_x(), event.client_y());
        match (before.as_slice(), after.as_slice()) {
            ([old], [new]) if !zoom.get_untracked().is_whole() => {
                let by = (f64::from(new.1 - old.1), f64::from(new.2 - old.2));
                zoom.update(|zoom| *zoom = zoom.moved(by, room()));
            }
            ([a, b], [c, d]) => {
                let apart = |p: &(i32, i32, i32), q: &(i32, i32, i32)| f64::from(p.1 - q.1).hypot(f64::from(p.2 - q.2));
                let middle =
                    |p: &(i32, i32, i32), q: &(i32, i32, i32)| (i32::midpoint(p.1, q.1), i32::midpoint(p.2, q.2));
                let (from, to) = (middle(a, b), middle(c, d));
                near(apart(c, d) / apart(a, b).max(1.0), to.0, to.1);
                let by = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
                zoom.update(|zoom| *zoom = zoom.moved(by, room()));
            }
            _ => {}
        }
        held.set_value(after);
    };
    let ends = move |event: PointerEvent| {
        held.update_value(|held| held.retain(|(id, ..)| *id != event.pointer_id()));
        let Some((x, y)) = began.get_value().filter(|_| zoom.get_untracked().is_whole()) else { return };
        began.set_value(None);
        let (right, down) = (f64::from(event.client_x() - x), f64::from(event.client_y() - y));
        // A mouse has buttons for it.
        if event.pointer_type() != "mouse" && right.abs() > SWIPE && right.abs() > down.abs() * 1.5 {
            go.run((right < 0.0) != rtl());
        }
    };
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        near(if event.delta_y() < 0.0 { NOTCH } else { 1.0 / NOTCH }, event.client_x(), event.client_y());
    };
    let twice = move |event: leptos::ev::MouseEvent| match zoom.get_untracked().is_whole() {
        true => near(CLICK, event.client_x(), event.client_y()),
        false => zoom.set(Zoom::WHOLE),
    };
    view! {
        <div
            node_ref=node
            class="viewer__picture"
            class:is-near=move || !zoom.get().is_whole()
            on:pointerdown=down
            on:pointermove=moves
            on:pointerup=ends
            on:pointercancel=move |event: PointerEvent| {
                held.update_value(|held| held.retain(|(id, ..)| *id != event.pointer_id()));
                began.set_value(None);
            }
            on:wheel=wheel
            on:dblclick=twice
        >
            <img
                src=url.to_owned()
                alt=name
                draggable="false"
                style=("transform", move || zoom.get().transform())
                on:error=move |_| piece.breaks()
            />
        </div>
    }
    .into_any()
}
