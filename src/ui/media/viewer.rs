//! Pictures and films over the whole window: one after the other, as they stand in the conversation or its gallery.

use leptos::prelude::*;
use web_sys::KeyboardEvent;
use xchat_engine::api::{Attachment, ChatView, Holds, MessageView};

use super::client::FileFailure;
use super::fails::{helps, sentence};
use super::frame::{Look, bar, frame};
use super::held::{files_of, is_once};
use super::piece::{Now, Piece};
use super::player::player;
use super::ring::{ring, share};
use super::saving::Saving;
use super::stage::picture;
use super::tile::likeness;
use super::voice::hush;
use super::words::{part_of, word};
use super::zoom::Zoom;
use crate::ui::browser::focus;
use crate::ui::browser::js::call;
use crate::ui::chat::shown_name;
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconButton;

/// So many before the last that is here, others are asked for.
const AHEAD: usize = 4;

/// One of them, with what is said of it.
#[derive(Clone, PartialEq)]
pub(super) struct Sight {
    pub(super) order: u64,
    pub(super) at: usize,
    pub(super) who: String,
    pub(super) time: u64,
    pub(super) file: Attachment,
}

/// What one moves through.
#[derive(Clone, Copy)]
pub(super) struct Reel {
    pub(super) all: Signal<Vec<Sight>>,
    /// There are others behind the last, for which the callback asks.
    pub(super) more: Option<(Signal<bool>, Callback<()>)>,
    /// Leads to the message of this order in its conversation, where one does not come from there.
    pub(super) in_chat: Option<Callback<u64>>,
}

/// What the open conversation shows, from old to new.
pub(super) fn drawn(session: Session, chat: ReadSignal<ChatView>) -> Reel {
    let all: Vec<Sight> = chat.with_untracked(|chat| {
        let drawn = |entry: &crate::ui::session::Entry| entry.view.with_untracked(|message| sights(message, chat));
        session.history().with_untracked(|history| history.drawn().iter().flat_map(drawn).collect())
    });
    // Of one that was deleted for all a line stays, which holds nothing.
    let holds = |entry: &crate::ui::session::Entry| entry.view.with(|message| message.holds.is_some());
    let there = move |sight: &&Sight| session.history().with(|history| history.find(sight.order).is_some_and(holds));
    let all = Memo::new(move |_| all.iter().filter(there).cloned().collect());
    Reel { all: all.into(), more: None, in_chat: None }
}

/// Who wrote it.
pub(super) fn author(message: &MessageView, chat: &ChatView) -> String {
    match &message.author {
        _ if message.mine => text().you.to_owned(),
        Some(author) => shown_name(author).to_owned(),
        None => chat.name.clone(),
    }
}

fn sights(message: &MessageView, chat: &ChatView) -> Vec<Sight> {
    let files = files_of(message).files;
    let who = author(message, chat);
    // What may be seen once is not come upon in passing.
    let shows = |file: &Attachment| matches!(file.holds(), Holds::Picture | Holds::Video) && !is_once(file);
    let seen = files.into_iter().enumerate().filter(|(_, file)| shows(file));
    let sight = |(at, file)| Sight { order: message.order, at, who: who.clone(), time: message.time, file };
    seen.map(sight).collect()
}

/// The viewer, which begins with this file of this message.
pub(super) fn viewer(
    Reel { all, more, in_chat }: Reel,
    start: (u64, usize),
    on_forward: Callback<u64>,
    on_close: Callback<()>,
) -> AnyView {
    let session = use_session();
    let t = media();
    let here = RwSignal::new(start);
    let place = Memo::new(move |_| {
        let here = here.get();
        all.with(|all| all.iter().position(|sight| (sight.order, sight.at) == here))
    });
    let count = Memo::new(move |_| all.with(Vec::len));
    let now = Memo::new(move |_| place.get().and_then(|place| all.with(|all| all.get(place).cloned())));
    let has_more = move || more.is_some_and(|(has, _)| has.get());
    // What is deleted, or vanishes, is looked at no more.
    Effect::new(move |_| {
        if place.get().is_none() {
            on_close.run(());
        }
    });
    Effect::new(move |_| {
        if let Some((_, ask)) = more
            && place.get().is_some_and(|place| place + AHEAD >= count.get())
        {
            ask.run(());
        }
    });
    let (look, saving) = (Look::new(), Saving::new(session));
    // A button at its end takes the focus along, and so does one that goes.
    Effect::new(move |_| {
        let _of = (now.get(), count.get());
        request_animation_frame(keep_focus);
    });
    let go = move |on: bool| {
        let next = place.get_untracked().and_then(|place| place.checked_add_signed(if on { 1 } else { -1 }));
        let next = next.and_then(|next| all.with_untracked(|all| all.get(next).map(|next| (next.order, next.at))));
        if let Some(next) = next {
            look.zoom.set(Zoom::WHOLE);
            saving.forget();
            here.set(next);
        }
    };
    let go = Callback::new(go);
    let key = Callback::new(move |event: KeyboardEvent| look.key(&event, go));
    let shown = move || now.get().map(|sight| sight_view(sight, look, go));
    let is_picture =
        Memo::new(move |_| now.with(|now| now.as_ref().is_some_and(|now| now.file.holds() == Holds::Picture)));
    let save = Callback::new(move |()| {
        if let Some(sight) = now.get_untracked() {
            saving.begin(&sight.file);
        }
    });
    let from = Signal::derive(move || now.get().map(|now| (now.who, now.time)));
    let number = move || {
        let of = if has_more() { format!("{}+", count.get()) } else { count.get().to_string() };
        let number = place.get().filter(|_| count.get() > 1)? + 1;
        Some(fill(t.number_of, &[("number", &number.to_string()), ("count", &of)]))
    };
    let turn = move |glyph: Glyph, label: &'static str, class: &'static str, on: bool| {
        let end = move || place.get().is_none_or(|place| if on { place + 1 >= count.get() } else { place == 0 });
        view! {
            <button class=class type="button" aria-label=label title=label disabled=end on:click=move |_| go.run(on)>
                <Icon glyph size=IconSize::Large />
            </button>
        }
    };
    let on_forward = Callback::new(move |order| {
        close();
        on_forward.run(order);
    });
    let several = Memo::new(move |_| count.get() > 1);
    let leads = |does: Callback<u64>, glyph: Glyph, label: &'static str, class: &'static str| {
        let press = move |()| {
            if let Some(now) = now.get_untracked() {
                does.run(now.order);
            }
        };
        view! { <IconButton glyph label class on_press=press /> }
    };
    let rest = view! {
        <span class="viewer__number" role="status">{number}</span>
        {move || is_picture.get().then(|| look.buttons())}
        {saving.button(save)}
        {leads(on_forward, Glyph::SHARE, text().forward, "")}
        {in_chat.map(|in_chat| leads(in_chat, Glyph::CHAT, t.show_in_chat, "viewer__to-chat"))}
    }
    .into_any();
    frame(
        start.0,
        on_close,
        key,
        view! {
            {bar(on_close, from, rest)}
            {shown}
            {saving.line()}
            {move || several.get().then(|| view! {
                {turn(Glyph::BACK, t.previous, "viewer__turn viewer__turn--back", false)}
                {turn(Glyph::CHEVRON, t.next, "viewer__turn viewer__turn--on", true)}
            })}
        }
        .into_any(),
    )
}

/// Closed by the browser, which gives the focus back to what led here: from there one goes on, and comes back to it.
fn close() {
    if let Ok(Some(viewer)) = document().query_selector(".viewer[open]") {
        call(&viewer, "close", &[]);
    }
}

/// Where the focus is lost, one goes on by the other button, or at the top.
fn keep_focus() {
    let lost = |of: web_sys::Element| of.closest(":disabled").is_ok_and(|disabled| disabled.is_some());
    if focus::is_nowhere() || document().active_element().is_none_or(lost) {
        let turn = ".viewer__turn:not(:disabled)";
        let there = document().query_selector(turn).is_ok_and(|turn| turn.is_some());
        focus::focus_on(if there { turn } else { ".viewer .icon-button" });
    }
}

/// One of them on its stage.
fn sight_view(sight: Sight, look: Look, go: Callback<bool>) -> AnyView {
    let piece = Piece::new(sight.at, sight.file);
    piece.fetch();
    piece.is_looked_at();
    staged(piece, look, go, Signal::stored(true))
}

/// It, as soon as it is here and `shows` says so.
pub(super) fn staged(piece: Piece, look: Look, go: Callback<bool>, shows: Signal<bool>) -> AnyView {
    let (bytes, expires, once) = piece.with(|file| (file.size, file.expires, is_once(file)));
    let poster = piece.with(|file| likeness(&file.media.preview)).map(|address| address.to_string());
    let (width, height) = piece.with(|file| (file.media.width, file.media.height));
    let name = word(piece.holds);
    let blurred = poster.clone();
    let size = (width > 0 && height > 0).then(|| format!("{width} / {height}"));
    let content = move || match piece.now() {
        Now::Here(opened) if shows.get() && piece.holds == Holds::Video => view! {
            <video
                class="viewer__film"
                src=opened.url.clone()
                poster=poster.clone()
                controls
                autoplay
                playsinline
                controlslist=once.then_some("nodownload noremoteplayback")
                disablepictureinpicture=once
                aria-label=name
                on:play=|_| {
                    player().quiet();
                    hush();
                }
                on:error=move |_| piece.breaks()
            ></video>
        }
        .into_any(),
        Now::Here(opened) if shows.get() => picture(&opened.url, name, piece, look.stage, look.zoom, go),
        Now::Failed(failure) => {
            // What may be seen once is never saved, whatever its size.
            let failure = if once { without_saving(failure) } else { failure };
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
        Now::Away | Now::Coming(..) | Now::Here(_) => {
            let far = move || match piece.now() {
                Now::Here(_) => (100, text().loading.to_owned()),
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
    // The browser is not asked to keep it either.
    let menu = move |event: leptos::ev::MouseEvent| {
        if once {
            event.prevent_default();
        }
    };
    view! {
        <div node_ref=look.stage class="viewer__stage" on:contextmenu=menu>
            {content}
        </div>
    }
    .into_any()
}

fn without_saving(failure: FileFailure) -> FileFailure {
    match failure {
        FileFailure::TooManyPixels => FileFailure::NotWhatItSays,
        other => other,
    }
}
