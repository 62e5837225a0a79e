//! One search as it goes on: what was asked last, what of it has come, and what has become of that since.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatState, Event, Found, Hit};

use crate::ui::session::Session;

/// Hits that are asked for together.
const PAGE: usize = 30;
/// After a change of something that was found it is looked for anew, for all that changes in this time at once.
const PATIENCE: Duration = Duration::from_millis(300);

/// What has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Of which search it is.
    search: u32,
    pub(super) hits: Vec<Hit>,
    /// Where to go on. None: these are all.
    more: Option<Vec<u8>>,
}

impl Known {
    pub(super) fn has_more(&self) -> bool {
        self.more.is_some()
    }
}

/// What was asked last.
#[derive(Debug, Clone, Default)]
struct Asked {
    search: u32,
    typed: String,
    /// How many hits are wanted.
    wanted: usize,
    /// The same was asked before: what came then is shown until all of this is here.
    anew: Option<Vec<Hit>>,
    /// It is about to be asked anew.
    soon: bool,
}

/// The search of one place. A newer question makes an older one moot: its answers are not heard, and it is not gone on with.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    session: Session,
    /// None: in all conversations.
    chat: Option<ChatId>,
    known: RwSignal<Known>,
    /// An answer is on its way.
    waits: RwSignal<bool>,
    asked: StoredValue<Asked>,
}

impl Looking {
    /// Listens for as long as the current owner lives.
    pub(super) fn new(session: Session, chat: Option<ChatId>) -> Self {
        let looking = Self {
            session,
            chat,
            known: RwSignal::new(Known::default()),
            waits: RwSignal::new(false),
            asked: StoredValue::new(Asked::default()),
        };
        session.hear(move |event| looking.hears(event));
        looking
    }

    pub(super) fn known(self) -> RwSignal<Known> {
        self.known
    }

    pub(super) fn waits(self) -> RwSignal<bool> {
        self.waits
    }

    /// Looks for these words from now on. What was found before stays until there is an answer.
    pub(super) fn look_for(self, typed: &str) {
        self.ask(typed.trim().to_owned(), PAGE, None);
    }

    fn ask(self, typed: String, wanted: usize, anew: Option<Vec<Hit>>) {
        let search = self.session.search_number();
        self.asked
            .update_value(|asked| *asked = Asked { search, typed: typed.clone(), wanted, anew, soon: asked.soon });
        self.waits.set(!typed.is_empty());
        match typed.is_empty() {
            true => self.known.set(Known { search, ..Known::default() }),
            false => self.session.look_for(search, typed, self.chat, None),
        }
    }

    /// Asks for as many again, unless all is here or on its way.
    pub(super) fn more(self) {
        let known = self.known.get_untracked();
        if let Some(from) = known.more.filter(|_| !self.waits.get_untracked()) {
            self.asked.update_value(|asked| asked.wanted = known.hits.len() + PAGE);
            self.go_on(from);
        }
    }

    fn go_on(self, from: Vec<u8>) {
        let (search, typed) = self.asked.with_value(|asked| (asked.search, asked.typed.clone()));
        self.waits.set(true);
        self.session.look_for(search, typed, self.chat, Some(from));
    }

    /// False: nobody looks for anything any more.
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
            Event::MessageGone { chat, order } => self.gone(|hit| hit.chat == *chat && hit.order == *order),
            Event::Message { chat, message } => {
                let is = |hit: &Hit| hit.chat == *chat && hit.order == message.order;
                match &message.body {
                    Body::Deleted => self.gone(is),
                    _ if self.known.with_untracked(|known| known.hits.iter().any(is)) => self.ask_soon(),
                    _ => {}
                }
            }
            Event::Cleared { chat } | Event::ChatGone { chat } => self.gone(|hit| hit.chat == *chat),
            // Of somebody who is blocked only their own conversation is searched, alone.
            Event::Chat { chat } if chat.state == ChatState::Blocked && self.chat.is_none() => {
                self.gone(|hit| hit.chat == chat.id);
            }
            _ => {}
        }
        true
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
            return self.go_on(from);
        }
        let whole = self.asked.try_update_value(|asked| asked.anew.take()).flatten();
        self.known.update(|known| {
            if known.search != search {
                *known = Known { search, ..Known::default() };
            }
            known.hits.extend(whole.or(hits).unwrap_or_default());
            known.more.clone_from(&more);
        });
        match more.filter(|_| self.known.with_untracked(|known| known.hits.len() < wanted)) {
            Some(from) => self.go_on(from),
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

    /// Something that was found has changed: it may be found no more, or with other words.
    fn ask_soon(self) {
        let waits = self.asked.try_update_value(|asked| std::mem::replace(&mut asked.soon, true));
        if waits == Some(false) {
            set_timeout(move || self.ask_anew(), PATIENCE);
        }
    }

    fn ask_anew(self) {
        let Some(typed) = self.asked.try_update_value(|asked| {
            asked.soon = false;
            asked.typed.clone()
        }) else {
            return;
        };
        let hits = self.known.with_untracked(|known| known.hits.len());
        match self.waits.get_untracked() {
            // An answer is on its way that may not have it.
            true => self.ask_soon(),
            false if hits > 0 => self.ask(typed, hits.max(PAGE), Some(Vec::new())),
            false => {}
        }
    }
}
