//! A search: the words of one conversation or of all are read backwards, block by block, until there are enough hits.
//!
//! Conversations are merged by time. Each is a lane, known from its latest message down to some order; the lane whose next message
//! may be the latest of all is read on. What fits is looked up itself before it counts. A step reads so many rows and no more;
//! where it stopped is in what it answers, so that the next begins there and the engine remembers nothing.

use std::collections::VecDeque;

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;

use super::{
    message::{attachments, once},
    words::{indexed, links_of, sign, words_of},
};
use crate::{
    Engine,
    api::{ChatId, ChatState, Event, Found, Hit, Shelf},
    rows::{Row, Scope, Table, Want},
    search::Query,
    sorted::{SortedSet, in_order},
    state::{self, BLOCK, Chat, Stored, Words, key},
};

/// Characters of the words of a message that a gallery shows.
const GALLERY_CHARS: usize = 160;
/// Hits of one answer.
const HITS: usize = 30;
/// Rows that one step reads: some 40 ms of work in a browser.
const ROWS: usize = 512;
/// Rows of words that are looked up together, at first and at most: what is said often is found in the first of them.
const FIRST_ROUND: usize = 16;
const ROUND: usize = 256;
/// Conversations that are read on together, and rows of each at least.
const LANES: usize = 64;
const STRETCH: usize = 4;

/// What is looked for, and how far that is.
#[derive(Debug)]
pub(crate) struct Searching {
    number: u32,
    query: Query,
    /// A gallery's: hits have what is on it.
    shelf: Option<Shelf>,
    lanes: Vec<Lane>,
    hits: Vec<Hit>,
    /// Rows that were read so far, and how many of words the next round reads.
    rows: usize,
    round: usize,
}

/// One conversation.
#[derive(Debug)]
struct Lane {
    chat: ChatId,
    /// Orders below this one are still to be read.
    below: u64,
    /// None of them counts as later than this.
    time: u64,
    /// There is nothing below.
    over: bool,
    /// What fits by its words and was not looked up yet: orders and the times that they count by, the latest first.
    fits: VecDeque<(u64, u64)>,
}

/// Where a lane goes on: conversation, order and time.
type Mark = (ChatId, u64, u64);

impl Lane {
    /// The time of the latest message that it may still give.
    fn next(&self) -> Option<u64> {
        let fit = self.fits.front().map(|(_, time)| *time);
        fit.or((!self.over).then_some(self.time))
    }

    /// Takes a row of words in.
    fn take(&mut self, query: &Query, block: u64, words: &Words) {
        if query.fits(words.text()) || words.has_long() {
            for (at, time, text) in words.latest_first() {
                let order = block * BLOCK + u64::from(at);
                if order < self.below && (text.is_empty() || query.fits(text)) {
                    // Clocks may be off, but what stands further up never counts as later.
                    self.time = self.time.min(time);
                    self.fits.push_back((order, self.time));
                }
            }
        }
        self.time = self.time.min(words.oldest().unwrap_or(u64::MAX));
        self.below = self.below.min(block * BLOCK);
    }

    fn mark(&self) -> Option<Mark> {
        match self.fits.front() {
            Some((order, time)) => Some((self.chat, order + 1, *time)),
            None => (!self.over).then_some((self.chat, self.below, self.time)),
        }
    }
}

impl Engine {
    /// Looks for words: from the latest message on, or where an earlier answer stopped.
    pub(super) fn search(&mut self, number: u32, query: &str, chat: Option<ChatId>, from: Option<ByteVec>) {
        self.look_for(number, Query::parse(query), None, chat, from);
    }

    /// Looks for what a conversation has on a shelf, as [`Engine::search`] does for words.
    pub(super) fn gallery(&mut self, number: u32, chat: ChatId, shelf: Shelf, from: Option<ByteVec>) {
        self.look_for(number, Some(Query::of_sign(sign(shelf))), Some(shelf), Some(chat), from);
    }

    fn look_for(
        &mut self,
        number: u32,
        query: Option<Query>,
        shelf: Option<Shelf>,
        chat: Option<ChatId>,
        from: Option<ByteVec>,
    ) {
        let latest = |chat: &Chat| (chat.id, chat.next_order, chat.time);
        let marks = match from {
            None => self.chats.values().map(latest).collect(),
            Some(from) => minicbor::decode::<Vec<Mark>>(&from).unwrap_or_default(),
        };
        // The list shows nothing of what somebody who is blocked has written.
        let shown = |id: &ChatId| match self.chats.get(id) {
            Some(of) if !of.hidden => chat.map_or(of.state != ChatState::Blocked, |only| only == *id),
            _ => false,
        };
        let lane = |(chat, below, time)| Lane { chat, below, time, over: false, fits: VecDeque::new() };
        let lanes = marks.into_iter().filter(|(id, ..)| shown(id)).map(lane).collect();
        match query {
            Some(query) => {
                self.out.searching =
                    Some(Searching { number, query, shelf, lanes, hits: Vec::new(), rows: 0, round: FIRST_ROUND });
            }
            None => self.tell_found(Found { search: number, hits: Vec::new(), more: None }),
        }
    }

    /// Goes on with what is looked for in this step, if anything is. Answers the rows that it needs first.
    pub(crate) fn search_on(&mut self) -> Vec<Want> {
        let Some(mut searching) = self.out.searching.take() else { return Vec::new() };
        while searching.hits.len() < HITS {
            let next = searching.lanes.iter().enumerate().filter_map(|(at, lane)| Some((lane.next()?, at))).max();
            let Some((_, at)) = next else { break };
            let lane = &mut searching.lanes[at];
            let wants = match lane.fits.front().copied() {
                Some((order, _)) if self.knows_hit(lane.chat, order) => {
                    let hit = match searching.shelf {
                        None => self.hit(&searching.query, lane.chat, order),
                        Some(_) => self.shelved(&searching.query, lane.chat, order),
                    };
                    lane.fits.pop_front();
                    searching.hits.extend(hit);
                    continue;
                }
                _ if searching.rows >= ROWS => break,
                Some(_) => self.wants_of_hits(&searching),
                None => searching.wants_of_words(),
            };
            searching.rows += wants.len();
            self.out.searching = Some(searching);
            return wants;
        }
        let marks: Vec<Mark> = searching.lanes.iter().filter_map(Lane::mark).collect();
        let more = (!marks.is_empty()).then(|| state::encode(&marks).into());
        self.tell_found(Found { search: searching.number, hits: searching.hits, more });
        Vec::new()
    }

    fn tell_found(&mut self, found: Found) {
        self.out.events.push(Event::Found { found: found.to_bytes().into() });
    }

    /// Takes rows of words that were looked up.
    pub(super) fn take_words(&mut self, chat: ChatId, limit: u32, rows: &[Row]) {
        let Some(searching) = &mut self.out.searching else { return };
        let Some(lane) = searching.lanes.iter_mut().find(|lane| lane.chat == chat) else { return };
        searching.rows += rows.len();
        lane.over = rows.len() < limit as usize;
        for row in rows.iter().rev() {
            let Ok(block) = row.key.as_slice().try_into().map(u64::from_be_bytes) else { continue };
            // One that does not decode holds nothing that can be shown.
            let words = state::decode::<Words>(&row.value).unwrap_or_default();
            lane.take(&searching.query, block, &words);
        }
    }

    /// Whether a message is here, with the name of its author.
    fn knows_hit(&self, chat: ChatId, order: u64) -> bool {
        let mut wants = SortedSet::new();
        self.want_hit(chat, order, &mut wants);
        wants.is_empty()
    }

    fn want_hit(&self, chat: ChatId, order: u64, wants: &mut SortedSet<Want>) {
        if self.want_row(chat, Table::Messages, &order.to_be_bytes(), wants)
            && let Some(author) = self.stored(chat, order).and_then(|stored| stored.author)
            && !self.provider.storage().journal().is_loaded(Scope::Chat(chat))
        {
            self.want_row(chat, Table::State, &key::person(&author), wants);
        }
    }

    /// What is missing of the messages that fit and are the latest.
    fn wants_of_hits(&self, searching: &Searching) -> Vec<Want> {
        let of = |lane: &Lane| {
            let chat = lane.chat;
            lane.fits.iter().take(HITS).map(move |(order, time)| (*time, chat, *order)).collect::<Vec<_>>()
        };
        let mut fits: Vec<(u64, ChatId, u64)> = searching.lanes.iter().flat_map(of).collect();
        in_order(&mut fits, |a, b| a > b);
        let mut wants = SortedSet::new();
        // The first of them may be of a lane that is in turn behind another of the same time.
        for lane in &searching.lanes {
            if let Some((order, time)) = lane.fits.front()
                && fits.first().is_some_and(|(latest, ..)| latest == time)
            {
                self.want_hit(lane.chat, *order, &mut wants);
            }
        }
        for (_, chat, order) in fits.into_iter().take(HITS) {
            self.want_hit(chat, order, &mut wants);
        }
        wants.into_iter().collect()
    }

    /// A message that fits. None: it does not, or is not there.
    fn hit(&self, query: &Query, chat: ChatId, order: u64) -> Option<Hit> {
        let stored: Stored = self.stored(chat, order)?;
        let snippet = query.snippet(&words_of(&stored)?)?;
        Some(self.hit_of(chat, order, &stored, snippet))
    }

    /// A message that has something on the shelf of this query. None: it has nothing, or is not there.
    fn shelved(&self, query: &Query, chat: ChatId, order: u64) -> Option<Hit> {
        let stored: Stored = self.stored(chat, order)?;
        if !query.fits(&indexed(&stored)?) {
            return None;
        }
        let message = stored.message()?;
        let words: String = words_of(&stored).unwrap_or_default().chars().take(GALLERY_CHARS).collect();
        let attachments = self.shown_files(chat, order, attachments(&message)).filter(|_| once(&message).is_none());
        Some(Hit { attachments, links: links_of(&message), ..self.hit_of(chat, order, &stored, vec![words]) })
    }

    fn hit_of(&self, chat: ChatId, order: u64, stored: &Stored, snippet: Vec<String>) -> Hit {
        let author = stored.author.as_ref().map(|author| self.author(chat, author));
        let (mine, time) = (stored.mine, stored.time);
        Hit { chat, order, mine, author, time, snippet, attachments: None, links: Vec::new() }
    }
}

impl Searching {
    /// The next rows of the conversations that may have the latest messages.
    fn wants_of_words(&mut self) -> Vec<Want> {
        let round = self.round;
        self.round = (round * 2).min(ROUND);
        let mut lanes: Vec<&Lane> = self.lanes.iter().filter(|lane| !lane.over && lane.fits.is_empty()).collect();
        in_order(&mut lanes, |a, b| a.time > b.time);
        lanes.truncate(LANES);
        let limit = u32::try_from((round / lanes.len().max(1)).max(STRETCH)).unwrap_or(u32::MAX);
        let want = |lane: &Lane| {
            let number = lane.below.div_ceil(BLOCK);
            Want::Before { chat: lane.chat, table: Table::Words, number, limit }
        };
        lanes.into_iter().map(want).collect()
    }
}
