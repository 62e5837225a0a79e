//! How a thing looks on its shelf.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::{Attachment, ChatId, Holds};

use super::thing::{Thing, What, host};
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, media};
use crate::ui::media::file::file;
use crate::ui::media::piece::Piece;
use crate::ui::media::sight::when_seen;
use crate::ui::media::sound::sound;
use crate::ui::media::tile::{Leads, tile};
use crate::ui::media::words::{name, word};
use crate::ui::widgets::icon::{Glyph, Icon};

/// What all of them need.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) id: ChatId,
    /// It comes from somebody whom this person lets write.
    pub(super) known: Memo<bool>,
    pub(super) now: ReadSignal<u64>,
}

/// The tile, or the row.
pub(super) fn row(of: Row, thing: Thing) -> AnyView {
    let (order, at) = thing.which;
    let which = format!("{order}-{at}");
    let Thing { time, who, what, .. } = thing;
    let file_of = |attachment: Attachment| {
        let piece = Piece::new(at, attachment);
        match piece.holds {
            Holds::Picture | Holds::Video => seen(of, piece, &who, time),
            Holds::Voice | Holds::Sound => {
                let called = if piece.holds == Holds::Voice { word(piece.holds).to_owned() } else { piece.with(name) };
                with_menu(sound(of.id, order, piece, Some(by(of, who.clone(), time))), &called)
            }
            Holds::File => with_menu(file(of.id, order, piece, Some(by(of, who.clone(), time))), &piece.with(name)),
        }
    };
    let inner = match what {
        What::File(attachment) => file_of(attachment),
        What::Link(address) => link(address, by(of, who.clone(), time)),
    };
    view! { <li data-which=which>{inner}</li> }.into_any()
}

/// A picture or a film, which is fetched when it comes on the screen.
fn seen(of: Row, piece: Piece, who: &str, time: u64) -> AnyView {
    let node = NodeRef::<html::Div>::new();
    let in_sight = RwSignal::new(false);
    when_seen(node, Callback::new(move |()| in_sight.set(true)));
    // What the relay has thrown away would only fail.
    let kept = piece.with(|file| file.expires.is_none_or(|until| until > clock::now()));
    let known = of.known;
    Effect::new(move |_| match (in_sight.get() && known.get(), kept) {
        (false, _) => {}
        (true, true) => piece.begin(),
        (true, false) => piece.fetch_if_here(),
    });
    let called = [("what", word(piece.holds)), ("who", who), ("date", &clock::day(time, clock::now()))];
    let called = fill(media().tile_by, &called);
    view! { <div node_ref=node>{tile(piece, called, Leads::Always, known)}</div> }.into_any()
}

/// Who sent it, and when.
fn by(of: Row, who: String, time: u64) -> AnyView {
    view! {
        <span class="file-card__info gallery__by">
            <bdi>{who}</bdi>
            " · "
            <time datetime=clock::iso(time)>{move || clock::row(time, of.now.get())}</time>
        </span>
    }
    .into_any()
}

/// A row with the button of its menu, which the shelf hears.
fn with_menu(inner: AnyView, called: &str) -> AnyView {
    let label = fill(media().actions_of, &[("name", called)]);
    view! {
        {inner}
        <button
            type="button"
            class="icon-button gallery__more"
            aria-haspopup="menu"
            aria-label=label.clone()
            title=label
        >
            <Icon glyph=Glyph::MORE />
        </button>
    }
    .into_any()
}

/// A link. Nothing of where it leads is fetched.
fn link(address: String, by: AnyView) -> AnyView {
    let (host, href) = (host(&address), address.clone());
    let inner = view! {
        <a class="file-card file-card__main" href=href target="_blank" rel="noopener noreferrer">
            <span class="file-card__icon">
                <Icon glyph=Glyph::LINK />
            </span>
            <span class="file-card__body">
                <span class="file-card__name">
                    <bdi dir="ltr">
                        <span>{host.clone()}</span>
                    </bdi>
                </span>
                <bdi class="gallery__address" dir="ltr">
                    {address}
                </bdi>
                {by}
            </span>
        </a>
    }
    .into_any();
    with_menu(inner, &host)
}
