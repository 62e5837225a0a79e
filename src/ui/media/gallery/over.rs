//! What lies over a shelf: the viewer, a text, a question, a menu, or where a message is to be passed on to.

use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{Attachment, ChatId};

use super::jump::show_in_chat;
use super::stock::Stock;
use super::thing::{Thing, What, Which};
use crate::ui::browser::clipboard;
use crate::ui::chat::acts;
use crate::ui::i18n::{later, media, text};
use crate::ui::media::shown::{offered, save_files};
use crate::ui::media::viewer::{Reel, Sight, viewer};
use crate::ui::part::Place;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::menu::{Line, Menu};

/// One layer at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Nothing,
    View(Which),
    /// A file that is shown as text, or asked about before it is saved.
    File(Which),
    Save(Which),
    /// What can be done with it, at this point of the window.
    Menu(Which, (i32, i32)),
    /// The message of this order.
    Forward(u64),
}

impl Over {
    fn order(self) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::View((order, _))
            | Self::File((order, _))
            | Self::Save((order, _))
            | Self::Menu((order, _), _)
            | Self::Forward(order) => Some(order),
        }
    }
}

/// The layer. It goes with its message.
pub(super) fn layer(id: ChatId, stock: Stock, all: Memo<Vec<Thing>>, over: RwSignal<Over>) -> AnyView {
    let session = use_session();
    let close = Callback::new(move |()| over.set(Over::Nothing));
    Effect::new(move |_| {
        if let Some(order) = over.get().order()
            && all.with(|all| all.iter().all(|thing| thing.which.0 != order))
        {
            over.set(Over::Nothing);
        }
    });
    let find = move |which: Which| all.with_untracked(|all| all.iter().find(|thing| thing.which == which).cloned());
    let file = move |which: Which| find(which).and_then(|thing| thing.file().cloned());
    let shown = move || match over.get() {
        Over::Nothing => ().into_any(),
        Over::View(which) => {
            let reel = Reel {
                all: Memo::new(move |_| all.with(|all| all.iter().filter_map(sight).collect())).into(),
                more: Some((Signal::derive(move || stock.has_more()), Callback::new(move |()| stock.more()))),
                in_chat: Some(Callback::new(move |order| show_in_chat(session, id, order))),
            };
            viewer(reel, which, Callback::new(move |order| over.set(Over::Forward(order))), close)
        }
        Over::File(which) => {
            file(which).map(|file: Attachment| offered((id, which.0, which.1), file, close)).into_any()
        }
        Over::Save(which) => save_files(file(which).into_iter().collect(), close),
        Over::Menu(which, at) => {
            let lines = find(which).map(|thing| lines(id, &thing, over)).unwrap_or_default();
            view! { <Menu label=media().actions at lines on_close=close /> }.into_any()
        }
        Over::Forward(order) => acts::open(Place::Over(close), acts::Screen::Forward(id, order, close)),
    };
    shown.into_any()
}

fn sight(thing: &Thing) -> Option<Sight> {
    let (order, at) = thing.which;
    Some(Sight { order, at, who: thing.who.clone(), time: thing.time, file: thing.file()?.clone() })
}

fn lines(id: ChatId, thing: &Thing, over: RwSignal<Over>) -> Vec<Line> {
    let session = use_session();
    let t = media();
    let which = thing.which;
    let line = |glyph, words, does| Line { glyph, words, danger: false, does };
    let to = |next: Over| Callback::new(move |()| over.set(next));
    let mut lines =
        vec![line(Glyph::CHAT, t.show_in_chat, Callback::new(move |()| show_in_chat(session, id, which.0)))];
    match &thing.what {
        What::File(file) if file.source.is_some() => lines.push(line(Glyph::DOWNLOAD, t.save, to(Over::Save(which)))),
        What::File(_) => {}
        What::Link(address) => {
            let address = address.clone();
            let copy = Callback::new(move |()| {
                let address = address.clone();
                spawn_local(async move {
                    let copied = clipboard::copy(address).await;
                    session.toast(if copied { later().link_copied } else { text().copy_failed }.to_owned());
                });
            });
            lines.push(line(Glyph::COPY, later().copy_link, copy));
        }
    }
    lines.push(line(Glyph::SHARE, text().forward, to(Over::Forward(which.0))));
    lines
}
