//! A voice message, or another sound: play, where it is, how fast.

use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};
use xchat_engine::api::{ChatId, Holds};

use super::client::FileFailure;
use super::fails::{helps, sentence};
use super::held::files_of;
use super::layout::bars;
use super::piece::{Now, Piece};
use super::player::{Key, Then, player};
use super::ring::{ring, share};
use super::waveform::waveform;
use super::words::{clock, name, part_of, size};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::walk::rtl;

/// Bars of a waveform.
const BARS: usize = 44;
/// How far an arrow key goes, in seconds.
const STEP: f64 = 5.0;

/// The row. `by`: who sent it and when, where nothing around it says so.
pub(super) fn sound(id: ChatId, order: u64, piece: Piece, by: Option<AnyView>) -> AnyView {
    let session = use_session();
    let key: Key = (id, order, piece.at);
    let (length, bytes, expires) =
        piece.with(|file| (f64::from(file.media.duration_ms) / 1000.0, file.size, file.expires));
    // Where it begins when it is played: where it was stopped, or where one has gone to before.
    let at = RwSignal::new(0.0);
    Effect::new(move |_| {
        if let Some(heard) = player().heard(key) {
            at.set(heard.at);
        }
    });
    plays_when_here(session, key, piece, at);
    on_cleanup(move || player().forget(key));
    let plays = Memo::new(move |_| player().heard(key).is_some_and(|heard| heard.plays));
    let called = match piece.holds {
        Holds::Voice => fill(media().voice_of, &[("time", &clock(length))]),
        _ => piece.with(name),
    };
    let called = StoredValue::new(called);
    let press = move |_| {
        if untrack(|| session.chosen().with(Option::is_some)) {
            return;
        }
        let waits = untrack(|| player().wants(key));
        match (untrack(|| player().heard(key)), untrack(|| piece.now())) {
            (Some(_), _) => player().pause(key),
            (None, Now::Coming(..)) if waits => {
                player().want(None);
                piece.stop();
            }
            _ => player().want(Some(key)),
        }
    };
    let label = move || {
        let verb = match (plays.get(), piece.now()) {
            (true, _) => media().pause,
            (false, Now::Coming(..)) if player().wants(key) => text().cancel,
            _ => media().play,
        };
        fill(verb, &[("what", &called.get_value())])
    };
    let glyph = move || match piece.now() {
        Now::Coming(..) if player().wants(key) => {
            let share = Signal::derive(move || match piece.now() {
                Now::Coming(done, total) => share(done, total),
                _ => 100,
            });
            ring(share, Glyph::CLOSE)
        }
        _ if plays.get() => view! { <Icon glyph=Glyph::PAUSE /> }.into_any(),
        _ => view! { <Icon glyph=Glyph::PLAY /> }.into_any(),
    };
    let under = move || match piece.now() {
        Now::Failed(failure) => trouble(&failure, expires),
        Now::Coming(done, total) if player().wants(key) => part_of(done, total).into_any(),
        Now::Away if !piece.comes_by_itself() => format!("{} · {}", clock(length), size(bytes)).into_any(),
        _ if at.get() > 0.0 => format!("{} / {}", clock(at.get()), clock(length)).into_any(),
        _ => clock(length).into_any(),
    };
    let rate = move || {
        let rate = format!("{}×", player().rate());
        let label = fill(media().speed, &[("rate", &rate)]);
        view! {
            <button
                type="button"
                class="voice-note__rate"
                aria-label=label.clone()
                title=label
                on:click=move |_| player().faster()
            >
                <bdi>{rate}</bdi>
            </button>
        }
    };
    let title = (piece.holds == Holds::Sound)
        .then(|| view! { <div class="file-card__name"><bdi>{called.get_value()}</bdi></div> });
    view! {
        <div class="voice-note" role="group" aria-label=called.get_value()>
            <button type="button" class="voice-note__play" aria-label=label on:click=press>
                {glyph}
            </button>
            <div class="voice-note__body">
                {title}
                {track(key, piece, length, at)}
                <div class="voice-note__time"><bdi>{under}</bdi></div>
                {by}
            </div>
            {rate}
        </div>
    }
    .into_any()
}

fn trouble(failure: &FileFailure, expires: Option<u64>) -> AnyView {
    view! {
        <span class="trouble">
            <Icon glyph=Glyph::WARNING size=IconSize::Small />
            {sentence(failure, expires)}
        </span>
    }
    .into_any()
}

/// What was pressed, or follows the one before it, is fetched, and heard when it is here.
fn plays_when_here(session: Session, key: Key, piece: Piece, at: RwSignal<f64>) {
    Effect::new(move |wanted: Option<bool>| {
        let wants = player().wants(key);
        let now = piece.now();
        match now {
            _ if !wants => {}
            Now::Here(opened) => {
                let ends = Rc::new(move |key| {
                    at.set(0.0);
                    player().want(next_voice(session, key));
                });
                let breaks = Rc::new(move || piece.breaks());
                player().play(key, &opened, at.get_untracked(), Then { ends, breaks });
            }
            Now::Away | Now::Failed(_) if wanted != Some(true) => match now {
                Now::Failed(failure) if !helps(&failure) => player().want(None),
                _ => piece.fetch(),
            },
            Now::Away | Now::Failed(_) => player().want(None),
            Now::Coming(..) => {}
        }
        wants
    });
}

/// The voice message after this one: in the same message, or further down.
fn next_voice(session: Session, (id, order, at): Key) -> Option<Key> {
    session.history().with_untracked(|history| {
        history.drawn().iter().filter(|entry| entry.order >= order).find_map(|entry| {
            let files = entry.view.with_untracked(files_of);
            let from = if entry.order == order { at + 1 } else { 0 };
            let next = files.files.iter().skip(from).position(|file| file.holds() == Holds::Voice)?;
            Some((id, entry.order, from + next))
        })
    })
}

/// The waveform, or a line: where it is, and the way to another place of it.
fn track(key: Key, piece: Piece, length: f64, at: RwSignal<f64>) -> AnyView {
    let node = NodeRef::<html::Div>::new();
    let go = move |seconds: f64| {
        let seconds = seconds.clamp(0.0, length);
        at.set(seconds);
        player().go(key, seconds);
    };
    let held = StoredValue::new(false);
    let point = move |event: &PointerEvent| {
        let Some(node) = node.get_untracked() else { return };
        let rect = node.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        go(if rtl() { 1.0 - share } else { share } * length);
    };
    let down = move |event: PointerEvent| {
        if !event.is_primary() || event.button() != 0 {
            return;
        }
        if node.get_untracked().is_some_and(|node| node.set_pointer_capture(event.pointer_id()).is_ok()) {
            held.set_value(true);
        }
        point(&event);
    };
    let moves = move |event: PointerEvent| {
        if held.get_value() {
            point(&event);
        }
    };
    let press = move |event: KeyboardEvent| {
        let (back, on) = if rtl() { ("ArrowRight", "ArrowLeft") } else { ("ArrowLeft", "ArrowRight") };
        let to = match event.key().as_str() {
            key if key == on => at.get_untracked() + STEP,
            key if key == back => at.get_untracked() - STEP,
            "ArrowUp" => at.get_untracked() + STEP,
            "ArrowDown" => at.get_untracked() - STEP,
            "Home" => 0.0,
            "End" => length,
            _ => return,
        };
        event.prevent_default();
        // The timeline goes from message to message with some of them.
        event.stop_propagation();
        go(to);
    };
    let heights = piece.with(|file| bars(&file.media.waveform, BARS));
    let heard = move || if length > 0.0 { at.get() / length } else { 0.0 };
    view! {
        <div
            node_ref=node
            class="voice-note__track"
            role="slider"
            tabindex="0"
            aria-label=media().position
            aria-valuemin="0"
            aria-valuemax=(length as u32).to_string()
            aria-valuenow=move || (at.get() as u32).to_string()
            aria-valuetext=move || {
                fill(media().at_of, &[("at", &clock(at.get())), ("length", &clock(length))])
            }
            on:pointerdown=down
            on:pointermove=moves
            on:lostpointercapture=move |_| held.set_value(false)
            on:keydown=press
        >
            <svg class="waveform" viewBox="0 0 174.2 26" preserveAspectRatio="none" aria-hidden="true">
                {waveform(heights, heard)}
            </svg>
        </div>
    }
    .into_any()
}
