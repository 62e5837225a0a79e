//! A picture or a film in a bubble: its blurred likeness at once and in its final size, itself when it is here.

use leptos::prelude::*;
use xchat_engine::api::Holds;
use xchat_files::dimensions;

use super::client::FileFailure;
use super::fails::{helps, sentence};
use super::piece::{Now, Piece};
use super::ring::{ring, share};
use super::words::{clock, part_of, size};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{Source, data_address, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// A likeness that says it is larger is none: so few bytes can unfold to very much.
const LIKENESS: u32 = 128;

/// The small likeness, as an address within the page. What is none by its first bytes is left out.
pub(super) fn likeness(bytes: &[u8]) -> Option<Source> {
    let (width, height) = dimensions(bytes)?;
    (width.max(height) <= LIKENESS).then(|| data_address(bytes)).flatten()
}

/// Without it some browsers draw nothing of a film before it is played.
const BEGINNING: &str = "#t=0.001";

/// What a press on a tile leads to.
#[derive(Clone, Copy)]
pub(super) enum Leads {
    /// To the viewer where it is here, else it is fetched. So many have no tile of their own and are behind this one: then always to
    /// the viewer.
    WhenHere(usize),
    /// To the viewer, which fetches it.
    Always,
}

/// The tile. `known`: it comes from somebody whom this person lets write.
pub(super) fn tile(piece: Piece, called: String, leads: Leads, known: Memo<bool>) -> AnyView {
    let session = use_session();
    let film = piece.holds == Holds::Video;
    let (bytes, length, expires) =
        piece.with(|file| (file.size, f64::from(file.media.duration_ms) / 1000.0, file.expires));
    let (more, always) = match leads {
        Leads::WhenHere(more) => (more, more > 0),
        Leads::Always => (0, true),
    };
    let called = match (film && length > 0.0, more) {
        (true, 0) => format!("{called}, {}", clock(length)),
        (_, 0) => called,
        _ => format!("{called}, {}", fill(media().and_more, &[("count", &more.to_string())])),
    };
    let streams = move || film && piece.streams();
    let opens = move || match piece.now() {
        _ if always => true,
        // It plays while it comes.
        Now::Away => streams(),
        now => matches!(now, Now::Here(_) | Now::Failed(FileFailure::TooManyPixels | FileFailure::TooLargeToShow)),
    };
    // It waits for a press.
    let waits = move || !always && (film || !known.get() || !piece.comes_by_itself());
    let label = move || match piece.now() {
        Now::Here(_) => called.clone(),
        Now::Away | Now::Coming(..) if always => called.clone(),
        _ if more > 0 => called.clone(),
        Now::Away if streams() => format!("{called}, {}", size(bytes)),
        Now::Away => format!("{called}, {}. {}", size(bytes), media().download),
        Now::Coming(..) => format!("{called}. {}", text().cancel),
        Now::Failed(failure) if helps(&failure) && !always => {
            format!("{called}. {} {}", sentence(&failure, expires), text().try_again)
        }
        Now::Failed(failure) => format!("{called}. {}", sentence(&failure, expires)),
    };
    let press = move |_| {
        if always || untrack(|| session.chosen().with(Option::is_some)) {
            return;
        }
        match untrack(|| piece.now()) {
            Now::Away if streams() => {}
            Now::Away => piece.fetch(),
            Now::Coming(..) => piece.stop(),
            Now::Failed(failure) if helps(&failure) => piece.fetch(),
            // The timeline hears that, and shows it.
            Now::Here(_) | Now::Failed(_) => {}
        }
    };
    let likely = move || known.get().then(|| piece.with(|file| likeness(&file.media.preview))).flatten();
    let picture = move || match piece.now() {
        Now::Here(opened) if film => Some(first_picture(&opened.url)),
        Now::Here(opened) => Some(whole(&opened.url, piece)),
        _ => None,
    };
    let over = move || match piece.now() {
        _ if more > 0 => view! { <span class="photo__more"><bdi>{format!("+{more}")}</bdi></span> }.into_any(),
        Now::Here(_) if film => play(),
        Now::Away if film && (always || streams()) => play(),
        Now::Here(_) => ().into_any(),
        Now::Away if waits() => view! { <span class="play"><Icon glyph=Glyph::DOWNLOAD /></span> }.into_any(),
        Now::Away if always && likely().is_none() => {
            view! { <Icon glyph=Glyph::IMAGE size=IconSize::Large /> }.into_any()
        }
        Now::Away => ().into_any(),
        Now::Coming(..) => {
            let share = Signal::derive(move || match piece.now() {
                Now::Coming(done, total) => share(done, total),
                _ => 100,
            });
            ring(share, if always { Glyph::DOWNLOAD } else { Glyph::CLOSE })
        }
        Now::Failed(failure) => failed(&failure, expires),
    };
    let said = move || {
        let length = (film && length > 0.0).then(|| clock(length));
        let bytes = match piece.now() {
            _ if more > 0 => None,
            Now::Away if waits() => Some(size(bytes)),
            Now::Coming(done, total) if !always => Some(part_of(done, total)),
            _ => None,
        };
        let said = [length, bytes].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        (!said.is_empty()).then(|| view! { <span class="on-media on-media--start"><bdi>{said}</bdi></span> })
    };
    let at = piece.at.to_string();
    view! {
        <button
            type="button"
            class="photo"
            aria-label=label
            data-at=move || opens().then(|| at.clone())
            on:click=press
        >
            {move || likely().map(|address| view! {
                <img class="photo__likeness" src=address.to_string() alt="" />
            })}
            {picture}
            {over}
            {said}
        </button>
    }
    .into_any()
}

fn whole(url: &str, piece: Piece) -> AnyView {
    view! {
        <img
            class="photo__whole"
            src=url.to_owned()
            alt=""
            decoding="async"
            on:error=move |_| piece.breaks()
        />
    }
    .into_any()
}

/// Of a film, where it begins. A browser that makes nothing of it shows nothing, and the likeness stays.
fn first_picture(url: &str) -> AnyView {
    view! {
        <video
            class="photo__whole"
            src=format!("{url}{BEGINNING}")
            preload="metadata"
            prop:muted=true
            playsinline
            disablepictureinpicture
            disableremoteplayback
            tabindex="-1"
            aria-hidden="true"
        ></video>
    }
    .into_any()
}

fn play() -> AnyView {
    view! {
        <span class="play">
            <Icon glyph=Glyph::PLAY />
        </span>
    }
    .into_any()
}

fn failed(failure: &FileFailure, expires: Option<u64>) -> AnyView {
    let again = helps(failure).then(|| view! { <b>{text().try_again}</b> });
    view! {
        <span class="photo__failed" aria-hidden="true">
            <Icon glyph=Glyph::WARNING />
            <span>{sentence(failure, expires)}</span>
            {again}
        </span>
    }
    .into_any()
}
