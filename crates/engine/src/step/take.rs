//! The new device takes history: it keeps what it is told of, fetches one chunk after another, and asks again for what is gone.

use xchat_wire::{BlobHash, PublicKey};

use super::{act::What, fill::Filling};
use crate::{
    Engine,
    api::{ChatId, Event},
    device::{Chunk, Head, PACK_VERSION, Pack, Section, Span, Stretch, Sync},
    rows::{Scope, Table},
    seal::BlobRef,
    state::{self, FIRST_ORDER, Give, Kind, Take, Told, key},
};
use openmls_traits::OpenMlsProvider as _;

/// Chunks that wait to be taken: 4 GiB of history.
const MAX_CHUNKS: usize = 4096;
/// A giver who says nothing for so long while this device is connected, in milliseconds, is asked, or the next one: 15 minutes.
const SILENCE_MS: u64 = 15 * 60_000;
/// How often history is asked for again.
const MAX_ASKS: u32 = 64;
/// How long a chunk waits for a room that has another log by now, and for a conversation that is not here at all, in milliseconds.
const OTHER_ROOM_MS: u64 = 3600 * 1000;
/// The second of these: 1 day.
const NO_CHAT_MS: u64 = 24 * 3600 * 1000;

impl Engine {
    /// This device is new and will be given history.
    pub(super) fn expect_history(&mut self) {
        self.transfers.take = Some(Take::new(self.now));
        self.transfers.take_changed = true;
    }

    /// Writes the row of what is taken, once a step.
    pub(super) fn save_take(&mut self) {
        if !std::mem::take(&mut self.transfers.take_changed) {
            return;
        }
        match &self.transfers.take {
            Some(take) => self.put_account_row(key::TAKE, state::encode(take)),
            None => self.provider.storage().journal_mut().delete(Scope::Account, Table::State, key::TAKE),
        }
    }

    /// Order of the first message of a conversation that is made now: history needs room below it.
    pub(super) fn first_order(&self) -> u64 {
        if self.transfers.take.is_some() { FIRST_ORDER } else { 1 }
    }

    fn take_mut(&mut self) -> Option<&mut Take> {
        self.transfers.take_changed |= self.transfers.take.is_some();
        self.transfers.take.as_mut()
    }

    /// Another device has laid out a chunk for this one, or says that this was all.
    pub(super) fn history_told(&mut self, to: PublicKey, from: PublicKey, chunk: Option<Chunk>) {
        let (own, now) = (self.own_key(), self.now);
        let Some(take) = self.take_mut().filter(|_| own == Some(to)) else { return };
        take.heard = now;
        take.from = Some(from);
        let Some(chunk) = chunk else {
            take.ended = true;
            return self.end_take_if_over();
        };
        take.ended = false;
        let known = take.chunks.iter().any(|told| told.chunk.blob.hash == chunk.blob.hash);
        if chunk.is_valid() && !known && take.chunks.len() < MAX_CHUNKS {
            (take.left, take.of) = (chunk.left, chunk.of);
            take.chunks.push(Told { from, at: now, chunk });
        }
    }

    /// The first chunk that can be taken now.
    pub(super) fn wanted_chunk(&self) -> Option<(BlobHash, u64)> {
        let take = self.transfers.take.as_ref().filter(|_| !self.is_out())?;
        let told = take.chunks.iter().find(|told| told.chunk.parts.iter().all(|part| self.is_ready(told, part)))?;
        Some((told.chunk.blob.hash, told.chunk.blob.size))
    }

    /// Whether this device has read a conversation as far as the giver had: what was said up to there is here, and is known when it
    /// comes again. What was said later the giver did not give.
    fn is_ready(&self, told: &Told, part: &Stretch) -> bool {
        let waited = self.now.saturating_sub(told.at);
        match (self.chats.get(&part.span.chat), part.read) {
            (_, None) => true,
            (Some(chat), Some((log, seq))) => match chat.room(&log) {
                Some(room) => room.cursor >= seq,
                None => waited >= OTHER_ROOM_MS,
            },
            (None, Some(_)) => waited >= NO_CHAT_MS,
        }
    }

    /// What opens a blob that this device was told of.
    pub(super) fn told_chunk(&self, hash: &BlobHash) -> Option<&BlobRef> {
        Some(&self.told(hash)?.chunk.blob)
    }

    fn told(&self, hash: &BlobHash) -> Option<&Told> {
        self.transfers.take.as_ref()?.chunks.iter().find(|told| told.chunk.blob.hash == *hash)
    }

    /// Conversations that a chunk is about.
    pub(super) fn chats_of_chunk(&self, hash: &BlobHash) -> Vec<ChatId> {
        let parts = self.told(hash).into_iter().flat_map(|told| &told.chunk.parts);
        parts.map(|part| part.span.chat).filter(|id| self.chats.contains_key(id)).collect()
    }

    /// A chunk is here and opened: all of it is taken in this step.
    pub(super) fn take_chunk(&mut self, hash: &BlobHash, plaintext: &[u8]) {
        let Some(told) = self.told(hash).cloned() else { return };
        let pack = minicbor::decode::<Pack>(plaintext).ok();
        let pack = pack.filter(|pack| pack.version == PACK_VERSION && pack.sections.len() == told.chunk.parts.len());
        self.drop_chunk(hash);
        // What this build does not understand it does without.
        let sections = pack.map(|pack| pack.sections).unwrap_or_default();
        for (section, part) in sections.into_iter().zip(&told.chunk.parts) {
            self.take_section(section, told.from, part.span);
        }
        self.tell_taking(told.chunk.parts.iter().map(|part| part.span.chat).collect());
        if let Some(own) = self.own_chat() {
            self.will(own, What::Taken);
        }
    }

    fn take_section(&mut self, section: Section, from: PublicKey, span: Span) {
        if let Some(head) = section.head.filter(|_| !self.chats.contains_key(&span.chat)) {
            self.add_given_chat(span.chat, *head);
        }
        if !self.chats.contains_key(&span.chat) || self.damaged.contains(&span.chat) {
            return;
        }
        let known = self.held.get(&span.chat);
        let people = section.people.into_iter();
        let people: Vec<_> =
            people.filter(|(key, _)| known.is_none_or(|held| !held.people.contains_key(key))).collect();
        for (person, row) in people {
            if let Ok(row) = state::decode(&row) {
                self.put_chat_row(span.chat, Table::State, &key::person(&person), state::encode::<state::Person>(&row));
                self.held.entry(span.chat).or_default().people.insert(person, row);
            }
        }
        self.will(span.chat, What::Fill(Box::new(Filling::new(from, span, section.items))));
    }

    /// A conversation that nobody brings this device into: one with a person, or a group that this person is out of.
    fn add_given_chat(&mut self, id: ChatId, Head { part, group, said }: Head) {
        let kind = match group {
            Some(head) if head.out.is_some() && super::group::group_chat_id(&head.state.id) == id => {
                Kind::Group(Box::new(head))
            }
            Some(_) => return,
            None => match part.link() {
                Some(link) if super::chat::chat_id(&link.identity) == id => Kind::Direct(link.identity),
                _ => return,
            },
        };
        let peer = match &kind {
            Kind::Direct(peer) => Some(*peer),
            Kind::Group(_) => None,
        };
        self.add_chat(id, kind, part.state);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.arranged = part.arranged.clone();
            chat.given = chat.peer().map(|_| said.unwrap_or(0));
        }
        let card = part.card.as_ref().and_then(|card| crate::card::SignedCard::open(card).ok());
        if let Some((link, card)) = part.link().zip(card)
            && Some(card.card().identity) == peer
        {
            self.meet(id, link.secret, card);
        }
    }

    fn drop_chunk(&mut self, hash: &BlobHash) {
        self.transfers.attempts.remove(hash);
        if let Some(take) = self.take_mut() {
            take.chunks.retain(|told| told.chunk.blob.hash != *hash);
        }
    }

    /// Messages of history are here.
    pub(super) fn count_taken(&mut self, messages: u64) {
        if let Some(take) = self.take_mut() {
            take.messages = take.messages.saturating_add(messages);
        }
    }

    fn tell_taking(&mut self, chats: Vec<ChatId>) {
        self.transfers.filled.extend(chats);
    }

    /// A chunk was taken whole: the pages hear of it.
    pub(super) fn taken(&mut self) {
        let Some(take) = &self.transfers.take else { return };
        let (messages, of) = (take.messages, take.of);
        // What still waits may be of any conversation.
        let done = of.saturating_sub(take.left);
        let chats: Vec<ChatId> = std::mem::take(&mut self.transfers.filled).into_iter().collect();
        self.out.events.push(Event::History { giving: false, chats, messages, done, of, over: false });
        self.end_take_if_over();
    }

    /// How far history has come, for a page that opens meanwhile.
    pub(super) fn show_history(&mut self) {
        if let Some(take) = &self.transfers.take {
            let (messages, done, of) = (take.messages, take.of.saturating_sub(take.left), take.of);
            self.out.events.push(Event::History { giving: false, chats: Vec::new(), messages, done, of, over: false });
        }
        // Who was let in and has not come may never do.
        let here =
            |give: &Give| self.account.iter().flat_map(|account| &account.others).any(|other| other.key == give.to);
        let gives: Vec<Give> = self.transfers.gives.values().filter(|give| here(give)).cloned().collect();
        gives.iter().for_each(|give| self.tell_giving(give, false));
    }

    /// Everything that was given is here.
    fn end_take_if_over(&mut self) {
        let Some(take) = self.transfers.take.as_ref().filter(|take| take.ended && take.chunks.is_empty()) else {
            return;
        };
        let (messages, of) = (take.messages, take.of);
        self.transfers.take = None;
        self.transfers.take_changed = true;
        for (id, _) in std::mem::take(&mut self.transfers.fills) {
            let row = key::of(key::HISTORY, &id.0);
            self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &row);
            self.drop_awaiting(id);
        }
        self.out.events.push(Event::History { giving: false, chats: Vec::new(), messages, done: of, of, over: true });
    }

    /// A chunk is not at the relay any more: its stretches are asked for once more.
    pub(super) fn chunk_is_gone(&mut self, hash: &BlobHash) {
        let Some(told) = self.told(hash).cloned() else {
            self.transfers.attempts.remove(hash);
            return;
        };
        self.drop_chunk(hash);
        let spans = told.chunk.parts.iter().map(|part| part.span).collect();
        match self.ask_for_history(told.from, spans) {
            true => {}
            false => self.end_take_if_over(),
        }
    }

    /// Asks a device for history; with stretches, for these alone. False: it was asked for too often.
    fn ask_for_history(&mut self, of: PublicKey, spans: Vec<Span>) -> bool {
        let now = self.now;
        let Some(own) = self.own_key() else { return false };
        let Some(take) = self.take_mut().filter(|take| take.asks < MAX_ASKS) else { return false };
        take.asks += 1;
        take.heard = now;
        take.from = Some(of);
        take.ended = false;
        self.sync(Sync::AskHistory { of, to: own, spans });
        true
    }

    /// When a giver who says nothing is asked.
    pub(super) fn next_ask(&self) -> Option<u64> {
        let take = self.transfers.take.as_ref().filter(|take| !take.ended && !self.is_out())?;
        Some(take.heard.saturating_add(SILENCE_MS))
    }

    /// Asks the next of this person's devices when the one that gave has not been heard of for long.
    pub(crate) fn ask_if_due(&mut self) {
        if self.connection.is_none() || self.next_ask().is_none_or(|at| at > self.now) {
            return;
        }
        let from = self.transfers.take.as_ref().and_then(|take| take.from);
        let others: Vec<PublicKey> =
            self.account.iter().flat_map(|account| &account.others).map(|other| other.key).collect();
        let after = from.and_then(|from| others.iter().position(|other| *other == from)).map_or(0, |at| at + 1);
        let Some(next) = others.get(after).or(others.first()).copied() else { return };
        if !self.ask_for_history(next, Vec::new()) {
            // Nobody gives anything any more: what is here is all that there will be.
            if let Some(take) = self.take_mut() {
                take.ended = true;
            }
            self.end_take_if_over();
        }
    }
}
