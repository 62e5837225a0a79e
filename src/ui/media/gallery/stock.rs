//! What has come of one shelf: it is asked for by pieces as one scrolls, and what becomes of it meanwhile is heard.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, Event, FileCommand, Found, Hit, MessageView, Shelf};

use crate::ui::media::held::files_of;
use crate::ui::session::Session;

/// Messages that are asked for together.
const PAGE: usize = 30;
/// After a change it is asked for anew, for all that changes in this time at once.
const PATIENCE: Duration = Duration::from_millis(300);

/// What has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Known {
    pub(super) hits: Vec<Hit>,
    /// Where to go on. None: these are all.
    more: Option<Vec<u8>>,
}

/// What was asked last.
#[derive(Debug, Clone, Default)]
struct Asked {
    search: u32,
    /// How many messages are wanted.
    wanted: usize,
    /// The same was asked before: what came then is shown until all of this is here.
    anew: Option<Vec<Hit>>,
    /// It is about to be asked anew.
    soon: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Stock {
    session: Session,
    chat: ChatId,
    pub(super) shelf: Shelf,
    pub(super) known: RwSignal<Known>,
    /// An answer is on its way.
    pub(super) waits: RwSignal<bool>,
    asked: StoredValue<Asked>,
}

impl Stock {
    /// Asks for the first of it, and listens for as long as the current owner lives.
    pub(super) fn new(session: Session, chat: ChatId, shelf: Shelf) -> Self {
        let stock = Self {
            session,
            chat,
            shelf,
            known: RwSignal::new(Known::default()),
            waits: RwSignal::new(false),
            asked: StoredValue::new(Asked::default()),
        };
        session.hear(move |event| stock.hears(event));
        stock.ask(PAGE, None);
        stock
    }

    /// Whether there are others behind the last. Tracks it.
    pub(super) fn has_more(self) -> bool {
        self.known.with(|known| known.more.is_some())
    }

    /// Asks for as many again, unless all is here or on its way.
    pub(super) fn more(self) {
        let known = self.known.get_untracked();
        if let Some(from) = known.more.filter(|_| !self.waits.get_untracked()) {
            self.asked.update_value(|asked| asked.wanted = known.hits.len() + PAGE);
            self.send(Some(from));
        }
    }

    fn ask(self, wanted: usize, anew: Option<Vec<Hit>>) {
        let search = self.session.search_number();
        self.asked.update_value(|asked| *asked = Asked { search, wanted, anew, soon: asked.soon });
        self.send(None);
    }

    fn send(self, from: Option<Vec<u8>>) {
        self.waits.set(true);
        let search = self.asked.with_value(|asked| asked.search);
        let what = FileCommand::Gallery { search, shelf: self.shelf, from: from.map(Into::into) };
        self.session.about_files(self.chat, None, None, what.to_bytes());
    }

    /// False: nobody looks at it any more.
    fn hears(self, event: &Event) -> bool {
        if self.asked.is_disposed() {
            return false;
        }
        match event {
            Event::Found { found } => {
                if let Ok(found) = Found::from_bytes(found) {
                    self.found(found);
                }
            }
            Event::MessageGone { chat, order } if *chat == self.chat => self.gone(|hit| hit.order == *order),
            Event::Message { chat, message } if *chat == self.chat => match &message.body {
                Body::Deleted => self.gone(|hit| hit.order == message.order),
                _ if self.concerns(message) => self.ask_soon(),
                _ => {}
            },
            Event::Cleared { chat } | Event::ChatGone { chat } if *chat == self.chat => self.gone(|_| true),
            // The engine started anew; what it was asked before has come to nothing.
            Event::Snapshot { .. } if self.waits.get_untracked() => self.ask_all(),
            _ => {}
        }
        true
    }

    /// A message stands on this shelf, or may from now on.
    fn concerns(self, message: &MessageView) -> bool {
        let may = match (self.shelf, &message.body) {
            (Shelf::Links, Body::Text { text, .. }) => ["://", "www.", "@"].iter().any(|mark| text.contains(mark)),
            (Shelf::Links, _) => false,
            (shelf, _) => files_of(message).files.iter().any(|file| Shelf::from(file.holds()) == shelf),
        };
        may || self.known.with_untracked(|known| known.hits.iter().any(|hit| hit.order == message.order))
    }

    fn found(self, found: Found) {
        let Asked { search, wanted, .. } = self.asked.get_value();
        if found.search != search || !self.waits.get_untracked() {
            return;
        }
        let more: Option<Vec<u8>> = found.more.map(Into::into);
        let mut hits = Some(found.hits);
        // What is asked anew comes in one piece.
        let held = self.asked.try_update_value(|asked| {
            let anew = asked.anew.as_mut()?;
            anew.extend(hits.take()?);
            Some(anew.len())
        });
        let held = held.flatten();
        if let Some(from) = more.clone().filter(|_| held.is_some_and(|held| held < wanted)) {
            return self.send(Some(from));
        }
        let whole = self.asked.try_update_value(|asked| asked.anew.take()).flatten();
        self.known.update(|known| {
            match (whole, hits) {
                (Some(whole), _) => known.hits = whole,
                (None, hits) => known.hits.extend(hits.unwrap_or_default()),
            }
            known.more.clone_from(&more);
        });
        match more.filter(|_| self.known.with_untracked(|known| known.hits.len() < wanted)) {
            Some(from) => self.send(Some(from)),
            None => self.waits.set(false),
        }
    }

    /// What is deleted, has vanished or was cleared is not shown a moment longer.
    fn gone(self, is: impl Fn(&Hit) -> bool) {
        self.asked.update_value(|asked| {
            if let Some(anew) = &mut asked.anew {
                anew.retain(|hit| !is(hit));
            }
        });
        if self.known.with_untracked(|known| known.hits.iter().any(&is)) {
            self.known.update(|known| known.hits.retain(|hit| !is(hit)));
            if self.known.with_untracked(|known| known.hits.is_empty()) {
                self.more();
            }
        }
    }

    /// What stands on it may have changed.
    fn ask_soon(self) {
        let waits = self.asked.try_update_value(|asked| std::mem::replace(&mut asked.soon, true));
        if waits == Some(false) {
            set_timeout(move || self.ask_anew(), PATIENCE);
        }
    }

    fn ask_anew(self) {
        if self.asked.is_disposed() {
            return;
        }
        self.asked.update_value(|asked| asked.soon = false);
        match self.waits.get_untracked() {
            // An answer is on its way that may not have it.
            true => self.ask_soon(),
            false => self.ask_all(),
        }
    }

    /// Asks anew for what is here, and for one more: nothing of it is lost to what has come meanwhile.
    fn ask_all(self) {
        let hits = self.known.with_untracked(|known| known.hits.len());
        self.ask(hits.max(PAGE) + 1, Some(Vec::new()));
    }
}
