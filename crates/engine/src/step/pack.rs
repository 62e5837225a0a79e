//! One chunk of history in the making: the rows of messages are looked up some at a time, newest first, until it is full.

use openmls_traits::OpenMlsProvider as _;
use std::collections::VecDeque;

use crate::sorted::SortedSet;
use xchat_wire::{Address, PublicKey, Seq};

use super::{act::What, message::once};
use crate::{
    Engine,
    api::{ChatId, Mark},
    device::{Clock, Head, Item, MAX_ITEMS, MAX_PARTS, PACK_VERSION, Pack, Section, Span, Stretch},
    room::Happened,
    rows::{Scope, Table, Want},
    state::{self, Kind, Stored, StoredBody, key},
};

/// Bytes of messages in one chunk: what one step packs, and another takes in.
const CHUNK: usize = 1024 * 1024;
/// Messages that are looked up together.
const LOOK: u64 = 64;

/// How far this device has read the log of a conversation that the other one is in; None: nobody brings it into this one.
pub(super) type Read = Option<(Address, Seq)>;

/// A chunk, as far as it is packed.
pub(super) struct Packing {
    pub(super) to: PublicKey,
    /// What is still to be looked at, next first. What is left of it at the end goes into the next chunk.
    pub(super) rest: VecDeque<Span>,
    ready: Vec<(ChatId, Read)>,
    /// The last message of these that is to be looked at, once it is known.
    next: Option<u64>,
    /// The stretch at the front begins with the latest message.
    first: bool,
    sections: Vec<(Stretch, Section)>,
    /// What the stretch at the front has given.
    items: Vec<Item>,
    count: usize,
    size: usize,
}

impl std::fmt::Debug for Packing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packing").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Packing {
    pub(super) fn new(to: PublicKey, spans: Vec<Span>, ready: Vec<(ChatId, Read)>) -> Self {
        let (sections, items) = (Vec::new(), Vec::new());
        Self { to, rest: spans.into(), ready, next: None, first: false, sections, items, count: 0, size: 0 }
    }

    fn is_full(&self) -> bool {
        self.size >= CHUNK || self.count >= MAX_ITEMS || self.sections.len() >= MAX_PARTS
    }

    /// Orders that are looked at together, from the last one down.
    fn window(&self) -> Option<(ChatId, u64, u64)> {
        let (span, last) = self.rest.front().zip(self.next)?;
        Some((span.chat, last.saturating_sub(LOOK - 1).max(span.from), last))
    }

    /// The stretches, the chunk's plaintext and how many messages it has. None: none.
    pub(super) fn finish(self) -> Option<(Vec<Stretch>, Vec<u8>, u32)> {
        let messages = u32::try_from(self.count).unwrap_or(u32::MAX);
        let (parts, sections): (Vec<Stretch>, Vec<Section>) = self.sections.into_iter().unzip();
        (!parts.is_empty()).then(|| (parts, state::encode(&Pack { version: PACK_VERSION, sections }), messages))
    }
}

impl Engine {
    /// Rows that the chunk needs next.
    pub(super) fn packing_needs(&self, packing: &Packing, wants: &mut SortedSet<Want>) {
        let Some(span) = packing.rest.front() else { return };
        let Some((chat, from, last)) = packing.window() else {
            if !self.out.before.contains_key(&(span.chat, span.before)) {
                wants.insert(Want::Before { chat: span.chat, table: Table::Messages, number: span.before, limit: 1 });
            }
            return;
        };
        let journal = self.provider.storage().journal();
        for order in from..=last {
            for table in [Table::Messages, Table::Receipts] {
                let key = order.to_be_bytes();
                if !journal.knows(Scope::Chat(chat), table, &key) {
                    wants.insert(Want::Row { chat, table, key: key.to_vec() });
                }
            }
        }
    }

    /// Goes on with a chunk whose rows are here.
    pub(super) fn pack(&mut self, own: ChatId, mut packing: Packing) {
        let Some(span) = packing.rest.front().copied() else { return self.packed(packing) };
        let Some((chat, from, last)) = packing.window() else {
            packing.first |= span.before == span.top;
            // What was looked up goes to the messages of this stretch, or says that there are none left.
            match self.out.before.get(&(span.chat, span.before)).copied().flatten() {
                Some(last) if last >= span.from => packing.next = Some(last),
                _ => self.close_stretch(&mut packing, span.from),
            }
            return self.go_on(own, packing);
        };
        let mut reached = from;
        for order in (from..=last).rev() {
            if let Some(item) = self.item(chat, order) {
                packing.size += item.row.len() + item.receipts.as_ref().map_or(0, |row| row.len()) + ITEM_BYTES;
                packing.count += 1;
                packing.items.push(item);
            }
            if packing.is_full() {
                reached = order;
                break;
            }
        }
        packing.next = None;
        if reached <= span.from || packing.is_full() {
            self.close_stretch(&mut packing, reached);
        } else if let Some(front) = packing.rest.front_mut() {
            // The stretch goes on below; what is packed of it belongs to the same section.
            front.before = reached;
        }
        self.go_on(own, packing);
    }

    fn go_on(&mut self, own: ChatId, packing: Packing) {
        match packing.is_full() || packing.rest.is_empty() {
            true => self.packed(packing),
            false => self.will_first(own, What::Pack(Box::new(packing))),
        }
    }

    /// The stretch at the front is packed down to this order; what lies below it stays in the queue.
    fn close_stretch(&mut self, packing: &mut Packing, reached: u64) {
        let Some(span) = packing.rest.pop_front() else { return };
        if reached > span.from {
            packing.rest.push_front(Span { before: reached, ..span });
        }
        let (items, begins) = (std::mem::take(&mut packing.items), std::mem::take(&mut packing.first));
        let Some(first) = items.first() else { return };
        let read = packing.ready.iter().find(|(id, _)| *id == span.chat).and_then(|(_, read)| *read);
        let before = first.order.saturating_add(1);
        let span = Span { before, from: reached, ..span };
        let section = Section { items, head: self.head_of(&span, read), people: self.people_of(span.chat, begins) };
        packing.sections.push((Stretch { span, read }, section));
    }

    /// A conversation that the other device is not brought into.
    fn head_of(&self, span: &Span, read: Read) -> Option<Box<Head>> {
        let chat = self.chats.get(&span.chat).filter(|_| read.is_none())?;
        let group = match &chat.kind {
            Kind::Direct(_) => None,
            Kind::Group(head) => Some((**head).clone()),
        };
        let said = (span.top == chat.next_order).then_some(chat.said);
        Some(Box::new(Head { part: self.own_part(chat.id)?, group, said }))
    }

    /// Who is or was in a group, once with each conversation.
    fn people_of(&self, id: ChatId, first: bool) -> Vec<(PublicKey, minicbor::bytes::ByteVec)> {
        let held = self.held.get(&id).filter(|_| first);
        let people = held.into_iter().flat_map(|held| &held.people);
        people.map(|(key, person)| (*key, state::encode(person).into())).collect()
    }

    /// A message as another device takes it. None: there is none, or it is this device's own to send.
    fn item(&self, id: ChatId, order: u64) -> Option<Item> {
        let chat = self.chats.get(&id)?;
        let row = order.to_be_bytes();
        let mut stored: Stored = self.stored(id, order)?;
        let mark = stored.mine.then(|| chat.mark(order));
        // What waits for the relay comes to the other device by the log.
        if stored.id.is_some() && mark.is_some_and(|mark| mark < Mark::Sent) {
            return None;
        }
        // Each device says by itself what people are called, from when it knows them.
        if matches!(&stored.body, StoredBody::Happened { what } if matches!(what[..], [Happened::Called(..)])) {
            return None;
        }
        let timers = self.held.get(&id).map(|held| &held.timers);
        let clock = timers.and_then(|timers| {
            timers.time_of(order).map(Clock::At).or_else(|| timers.seconds_of(order).map(Clock::After))
        });
        if matches!(clock, Some(Clock::At(time)) if time <= self.now) {
            return None;
        }
        let journal = self.provider.storage().journal();
        let get = |table, key: &[u8]| journal.get(Scope::Chat(id), table, key).map(<[u8]>::to_vec);
        // Two devices would show it twice.
        let sealed = stored.message().as_ref().and_then(once).filter(|_| !stored.mine);
        let bytes = match sealed {
            Some(file) => {
                stored.open(file.holds());
                state::encode(&stored)
            }
            None => get(Table::Messages, &row)?,
        };
        Some(Item {
            order,
            row: bytes.into(),
            receipts: get(Table::Receipts, &row).map(Into::into),
            mark,
            clock,
            unseen: get(Table::State, &key::of(key::UNSEEN, &row)).is_some(),
            pinned: chat.pins.iter().any(|pin| pin.order == order),
        })
    }
}

/// Bytes that a message takes beside its rows.
const ITEM_BYTES: usize = 32;
