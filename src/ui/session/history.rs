//! The messages of the open conversation: all that was loaded, and the stretch of it that is on the page.
//!
//! What is loaded has no holes. A message far from it is not reached by loading everything in between: the stretch around it takes the
//! place of what was loaded, and the conversation may go on before and after it (`seek.rs`). At most [`MAX_SHOWN`] messages are drawn
//! (and while new ones come, up to [`PIECE`] more), so a long read does not slow the page.

use leptos::prelude::*;
use xchat_engine::api::{Body, MessageView, PersonId, Quote};

use super::seek::after;

/// Messages drawn at once, at most.
pub const MAX_SHOWN: usize = 400;
/// A group of one author's messages is drawn in pieces that end below multiples of this order: what comes, or is cut away above, costs
/// the drawing of a piece, however much somebody wrote in one go.
pub const PIECE: u64 = 32;
/// Messages added when the reader comes near an edge; also the page asked from the engine.
pub const STEP: usize = 60;

/// What a message needs for its place in the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In a bubble.
    Bubble,
    /// A line of the conversation's own.
    Notice,
}

/// A message with what decides where it stands, and a signal for what it shows.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place; the key.
    pub order: u64,
    /// Written by this person.
    pub mine: bool,
    /// Who wrote it, in a conversation of several people.
    pub author: Option<PersonId>,
    /// Unix milliseconds.
    pub time: u64,
    /// Bubble or line.
    pub shape: Shape,
    /// It came while the conversation was open, so it may move in.
    pub fresh: bool,
    /// All of it.
    pub view: ArcRwSignal<MessageView>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        let place = |entry: &Self| (entry.order, entry.mine, entry.author, entry.time, entry.shape);
        place(self) == place(other)
    }
}

impl Entry {
    /// From what the engine sent.
    pub fn new(message: MessageView, fresh: bool) -> Self {
        Self {
            order: message.order,
            mine: message.mine,
            author: message.author.as_ref().map(|author| author.person),
            time: message.time,
            shape: match message.body {
                Body::Notice { .. } | Body::Timer { .. } | Body::Changed { .. } | Body::Gap { .. } => Shape::Notice,
                Body::Text { .. } | Body::Unsupported | Body::Deleted | Body::Opened(_) | Body::Poll { .. } => {
                    Shape::Bubble
                }
            },
            fresh,
            view: ArcRwSignal::new(message),
        }
    }
}

/// A page that was asked for and has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The last one.
    Last,
    /// What stands before the first.
    Older,
    /// What stands after the last: all below this order.
    Newer(u64),
    /// What stands around this message.
    Around(u64),
}

/// A stretch of the open conversation's messages, oldest first, without holes.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(super) entries: Vec<Entry>,
    /// Newest messages that are not drawn.
    below: usize,
    /// Messages drawn, counted upwards from `below`.
    shown: usize,
    /// The engine holds more before the first.
    more: bool,
    /// Where the stretch ends, unless that is the conversation's end: every message below this order is here.
    pub(super) end: Option<u64>,
    /// The newest message that was heard of, here or not.
    heard: u64,
    pub(super) asked: Option<Asked>,
    /// The last page came once.
    loaded: bool,
    /// The message that was sought last and is nowhere.
    pub(super) missing: Option<u64>,
}

impl History {
    /// A conversation just opened: its last page was asked for.
    pub fn opening() -> Self {
        Self { asked: Some(Asked::Last), ..Self::default() }
    }

    /// The messages to draw.
    pub fn drawn(&self) -> &[Entry] {
        let end = self.entries.len() - self.below;
        &self.entries[end - self.shown..end]
    }

    /// The newest message's order, drawn or not.
    pub fn newest(&self) -> Option<u64> {
        self.entries.last().map(|entry| entry.order)
    }

    /// The oldest message's order, drawn or not.
    pub fn oldest(&self) -> Option<u64> {
        self.entries.first().map(|entry| entry.order)
    }

    /// A message, drawn or not.
    pub fn find(&self, order: u64) -> Option<&Entry> {
        let at = self.entries.binary_search_by_key(&order, |entry| entry.order).ok()?;
        self.entries.get(at)
    }

    /// The newest message of which this holds. None also while the newest are not here.
    pub(crate) fn last(&self, holds: fn(&MessageView) -> bool) -> Option<&Entry> {
        let mut newest_first = self.entries.iter().rev().filter(|_| self.end.is_none());
        newest_first.find(|entry| entry.view.with_untracked(holds))
    }

    /// Whether the newest message is among the drawn ones.
    pub fn ends_here(&self) -> bool {
        self.below == 0 && self.end.is_none()
    }

    /// Whether the last page has come.
    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// Whether a page is on its way.
    pub fn loading(&self) -> bool {
        self.asked.is_some()
    }

    /// Takes a page. `before` is what was asked: none means the last page. Answers whether the reader wanted to be at its end.
    pub fn page(&mut self, messages: Vec<MessageView>, more: bool, before: Option<u64>) -> bool {
        let back = self.end.is_some() && self.asked == Some(Asked::Last);
        match (before, self.asked) {
            (None, _) if self.end.is_some() && !back => self.hear(messages.last()),
            (None, _) => self.last_page(messages, more),
            (Some(before), Some(Asked::Older)) if Some(before) == self.oldest() => self.older_page(messages, more),
            (Some(before), Some(Asked::Newer(asked))) if before == asked => self.newer_page(messages, before),
            (Some(before), Some(Asked::Around(order))) if before == after(order) => {
                self.page_around(order, messages, more, before);
            }
            // Nobody waits for it any more.
            _ => return false,
        }
        self.asked = None;
        back
    }

    fn last_page(&mut self, messages: Vec<MessageView>, more: bool) {
        if self.misses(&messages) {
            *self = Self::opening();
        }
        self.hear(messages.last());
        (self.loaded, self.end) = (true, None);
        let reaches = match (messages.first(), self.oldest()) {
            (Some(oldest), Some(first)) => oldest.order <= first,
            (None, _) | (Some(_), None) => true,
        };
        if reaches {
            self.more = more;
        }
        let added = self.place_all(messages);
        self.shown = (self.shown + added).min(MAX_SHOWN).min(self.entries.len() - self.below);
    }

    fn older_page(&mut self, messages: Vec<MessageView>, more: bool) {
        self.more = more;
        let added = self.place_all(messages);
        self.reveal(added);
    }

    /// All messages from the end of what is here to `before`, and perhaps some that are here.
    fn newer_page(&mut self, mut messages: Vec<MessageView>, before: u64) {
        messages.retain(|message| self.end.is_some_and(|end| message.order >= end));
        let added = self.place_all(messages);
        self.shown = (self.shown + added).min(MAX_SHOWN);
        self.ends_before(before);
    }

    /// It takes the place of all that was here, unless the message is not in it.
    fn page_around(&mut self, order: u64, messages: Vec<MessageView>, more: bool, before: u64) {
        if !messages.iter().any(|message| message.order == order) {
            self.missing = Some(order);
            return;
        }
        *self = Self { heard: self.heard, loaded: true, more, ..Self::default() };
        self.shown = self.place_all(messages);
        self.ends_before(before);
    }

    fn ends_before(&mut self, order: u64) {
        self.end = (order <= self.heard).then_some(order);
    }

    fn hear(&mut self, message: Option<&MessageView>) {
        self.heard = self.heard.max(message.map_or(0, |message| message.order));
    }

    /// The engine holds more before the first than it did. Whether there is no first to ask before.
    pub fn deepen(&mut self) -> bool {
        self.more |= self.loaded;
        self.missing = None;
        self.loaded && self.entries.is_empty()
    }

    /// Takes a message that is new or changed. `following`: the reader stands at the end.
    pub fn message(&mut self, message: MessageView, following: bool) {
        if !self.loaded {
            return;
        }
        let held = self.entries.len();
        let older = self.entries.first().is_some_and(|first| message.order < first.order);
        self.hear(Some(&message));
        let newer = self.end.is_some_and(|end| message.order >= end);
        // It comes with the page that it stands on.
        if older && self.more || newer {
            return;
        }
        if matches!(message.body, Body::Deleted) {
            self.requote(message.order, &Quote::Deleted { order: message.order });
        }
        self.place(message, true);
        if self.entries.len() == held {
            return;
        }
        if self.below > 0 || (!following && self.shown >= MAX_SHOWN) {
            self.below += 1;
        } else {
            self.shown += 1;
            // Cut back by whole pieces: one that loses a part of itself is drawn anew.
            if self.shown > MAX_SHOWN + PIECE as usize {
                let end = self.entries.len() - self.below;
                let begin = self.entries[end - MAX_SHOWN].order / PIECE * PIECE;
                self.shown = end - self.entries.partition_point(|entry| entry.order < begin);
            }
        }
    }

    /// Takes a message out that is no more.
    pub fn remove(&mut self, order: u64) {
        let Ok(at) = self.entries.binary_search_by_key(&order, |entry| entry.order) else { return };
        let end = self.entries.len() - self.below;
        match at {
            _ if at >= end => self.below -= 1,
            _ if at >= end - self.shown => self.shown -= 1,
            _ => {}
        }
        self.entries.remove(at);
        self.requote(order, &Quote::Missing);
    }

    /// What quotes a message shows this instead.
    fn requote(&self, order: u64, to: &Quote) {
        let quotes =
            |message: &MessageView| matches!(&message.quote, Some(Quote::Here { order: of, .. }) if *of == order);
        for entry in self.entries.iter().filter(|entry| entry.view.with_untracked(quotes)) {
            entry.view.update(|message| message.quote = Some(to.clone()));
        }
    }

    /// Draws older messages. Answers the order before which a page must be loaded, if memory holds no more.
    pub fn older(&mut self) -> Option<u64> {
        let above = self.entries.len() - self.below - self.shown;
        if above > 0 {
            self.reveal(above.min(STEP));
            return None;
        }
        if !self.more || self.loading() {
            return None;
        }
        self.asked = Some(Asked::Older);
        self.oldest()
    }

    /// Draws newer messages, where the newest are not drawn. Answers the order before which a page must be loaded, if memory holds no
    /// more: so many orders are at most so many messages.
    pub fn newer(&mut self) -> Option<u64> {
        if self.below > 0 {
            let step = self.below.min(STEP);
            self.below -= step;
            self.shown = (self.shown + step).min(MAX_SHOWN);
            return None;
        }
        let before = self.end.filter(|_| !self.loading())? + STEP as u64;
        self.asked = Some(Asked::Newer(before));
        Some(before)
    }

    /// Draws a message that is in memory, with what stands around it.
    pub(super) fn show(&mut self, order: u64) {
        let at = self.entries.partition_point(|entry| entry.order < order);
        let end = (at + MAX_SHOWN / 2).min(self.entries.len());
        self.below = self.entries.len() - end;
        self.shown = end.min(MAX_SHOWN);
    }

    /// Draws the newest messages again. Answers whether the last page must be loaded for that; what is here stays until it comes.
    pub fn latest(&mut self) -> bool {
        if self.end.is_some() {
            return self.asked.replace(Asked::Last) != Some(Asked::Last);
        }
        self.below = 0;
        self.shown = self.entries.len().min(MAX_SHOWN);
        false
    }

    /// Whether there is anything older, in memory or at the engine.
    pub fn has_older(&self) -> bool {
        self.more || self.entries.len() > self.below + self.shown
    }

    /// Whether the last page starts after everything held: between the two there would be a hole.
    fn misses(&self, last: &[MessageView]) -> bool {
        match (self.newest(), last.first()) {
            (Some(newest), Some(first)) => first.order > newest,
            _ => false,
        }
    }

    fn reveal(&mut self, older: usize) {
        let shown = self.shown + older;
        self.below += shown.saturating_sub(MAX_SHOWN);
        self.shown = shown.min(MAX_SHOWN);
    }

    /// Answers how many were not here.
    fn place_all(&mut self, messages: Vec<MessageView>) -> usize {
        let held = self.entries.len();
        messages.into_iter().for_each(|message| self.place(message, false));
        self.entries.len() - held
    }

    fn place(&mut self, message: MessageView, fresh: bool) {
        match self.entries.binary_search_by_key(&message.order, |entry| entry.order) {
            Ok(at) => {
                let view = self.entries[at].view.clone();
                let entry = Entry::new(message.clone(), self.entries[at].fresh);
                self.entries[at] = Entry { view, ..entry };
                let view = &self.entries[at].view;
                if view.with_untracked(|now| *now != message) {
                    view.set(message);
                }
            }
            Err(at) => self.entries.insert(at, Entry::new(message, fresh)),
        }
    }
}
