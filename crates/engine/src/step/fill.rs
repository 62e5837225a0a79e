//! History goes where it belongs: below what a device has, once, as it was with the giver; and what was said of it meanwhile is
//! done to it then.

use crate::sorted::{SortedSet, in_order};

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::PublicKey;

use super::{
    act::{Said, What},
    message::alone,
};
use crate::{
    Engine,
    api::{ChatId, Mark, PinView},
    content::MessageId,
    device::{Clock, Item, MAX_ITEMS, Span},
    rows::{Scope, Table, Want},
    state::{self, Awaiting, Chat, FIRST_ORDER, HistoryFill as Fill, Place, Role, Stored, key},
};

/// Contents that wait for their message in one conversation; the oldest goes first.
const MAX_AWAITING: usize = 128;
/// Longest content that waits, in bytes: a reaction, a vote, an edit of usual length.
const MAX_AWAITING_BYTES: usize = 16 * 1024;
/// Messages that are pinned in one conversation.
const MAX_PINS: usize = 16;

/// Messages of one conversation that are to be taken.
pub(super) struct Filling {
    from: PublicKey,
    span: Span,
    items: Vec<(Item, Stored)>,
}

impl std::fmt::Debug for Filling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filling").field("count", &self.items.len()).finish_non_exhaustive()
    }
}

impl Filling {
    /// What does not decode, or does not lie where it says, is left out.
    pub(super) fn new(from: PublicKey, span: Span, items: Vec<Item>) -> Self {
        let within = |item: &Item| span.from <= item.order && item.order < span.before;
        let decoded = |item: Item| state::decode::<Stored>(&item.row).ok().map(|stored| (item, stored));
        let mut items: Vec<_> = items.into_iter().take(MAX_ITEMS).filter(within).filter_map(decoded).collect();
        in_order(&mut items, |(a, _), (b, _)| a.order > b.order);
        items.dedup_by_key(|(item, _)| item.order);
        Self { from, span, items }
    }
}

impl Engine {
    /// Where a conversation's history goes. None: nothing is taken, or the conversation was here before.
    fn fill_of(&self, id: ChatId) -> Option<Fill> {
        self.transfers.take.as_ref()?;
        let known = self.transfers.fills.get(&id).cloned();
        let made = self.chats.get(&id).is_some_and(|chat| chat.next_order >= FIRST_ORDER);
        known.or_else(|| made.then(|| Fill::below(FIRST_ORDER)))
    }

    fn put_fill(&mut self, id: ChatId, fill: Fill) {
        self.put_account_row(&key::of(key::HISTORY, &id.0), state::encode(&fill));
        self.transfers.fills.insert(id, fill);
    }

    /// A conversation was deleted: none of its history comes back.
    pub(super) fn refuse_history(&mut self, id: ChatId) {
        if self.transfers.take.is_some() {
            self.put_fill(id, Fill::below(0));
        }
    }

    /// Something is not heard here: what a giver has later than what was is not put below it.
    pub(super) fn refuse_further_history(&mut self, id: ChatId) {
        if let Some(fill) = self.fill_of(id) {
            self.put_fill(id, Fill { deaf: true, ..fill });
        }
    }

    /// Where a conversation's history goes when it comes from this giver.
    fn fill_for(&self, id: ChatId, filling: &Filling) -> Option<Fill> {
        let mut fill = self.fill_of(id)?;
        fill.turn_to(filling.from, filling.span.top);
        Some(fill)
    }

    /// Rows that tell what is here already.
    pub(super) fn filling_needs(&self, id: ChatId, filling: &Filling, wants: &mut SortedSet<Want>) {
        let Some(fill) = self.fill_for(id, filling) else { return };
        for (item, stored) in &filling.items {
            let replied = stored.message().and_then(|message| message.in_reply_to);
            for known in stored.known_by().into_iter().chain(replied.as_ref()) {
                self.want_row(id, Table::Ids, known.as_bytes(), wants);
            }
            if let Some(order) = fill.order(item.order) {
                self.want_row(id, Table::Messages, &order.to_be_bytes(), wants);
            }
        }
    }

    /// Takes them in. Of a conversation that was deleted here nothing comes back.
    pub(super) fn fill(&mut self, id: ChatId, filling: Filling) {
        let Some(mut fill) = self.fill_for(id, &filling) else { return };
        let (mut count, mut unseen, mut latest) = (0, false, None);
        let refused = if fill.deaf || self.has_left(id) { self.heard_up_to(id, &filling) } else { 0 };
        let mut items: Vec<_> = filling.items.into_iter().skip(refused).collect();
        let later = self.later_than_all(id, &items);
        items[..later].reverse();
        for (at, (item, stored)) in items.into_iter().enumerate() {
            let order = match at < later {
                true => self.chats.get(&id).filter(|_| stored.id.is_some()).map(|chat| chat.next_order),
                false => fill.order(item.order),
            };
            let Some(order) = order.filter(|order| self.is_new(id, *order, &stored, fill.again)) else { continue };
            if matches!(item.clock, Some(Clock::At(time)) if time <= self.now) {
                continue;
            }
            self.put_given(id, order, &fill, &item, stored);
            if let Some(chat) = self.chats.get_mut(&id) {
                chat.next_order = chat.next_order.max(order + 1);
            }
            fill.low = fill.low.min(order);
            unseen |= item.unseen;
            latest = latest.max(Some(order));
            count += 1;
        }
        let lasts = self.chats.get(&id).and_then(|chat| chat.last.as_ref()).map(|last| last.order);
        self.put_fill(id, fill);
        // The own notes show once there is something in them.
        if let Some(chat) = self.chats.get_mut(&id).filter(|_| count > 0) {
            chat.hidden = false;
        }
        if unseen {
            self.count_unseen(id, 0);
        }
        if let Some(order) = latest.filter(|order| lasts.is_none_or(|last| last < *order)) {
            self.show_as_last(id, order);
        }
        self.out.chats_changed.insert(id);
        self.count_taken(count);
        self.catch_up_with(id);
    }

    fn has_left(&self, id: ChatId) -> bool {
        let head = self.chats.get(&id).and_then(Chat::group);
        head.is_some_and(|head| head.leaving || head.out.is_some())
    }

    /// How many of the latest the giver has from something on that was heard here. Where this device no longer listens, or did not for
    /// a while, they are no history.
    fn heard_up_to(&self, id: ChatId, filling: &Filling) -> usize {
        let heard = |stored: &Stored| {
            let place = stored.id.as_ref().and_then(|message| self.place(id, message));
            place.is_some_and(|place| place.order >= FIRST_ORDER)
        };
        filling.items.iter().rposition(|(_, stored)| heard(stored)).map_or(0, |last| last + 1)
    }

    /// How many of the latest come after everything that is here: another giver has heard more of a conversation that nobody brings
    /// this device into.
    fn later_than_all(&self, id: ChatId, items: &[(Item, Stored)]) -> usize {
        if self.chats.get(&id).is_none_or(|chat| chat.next_order > FIRST_ORDER) {
            return 0;
        }
        let here = |stored: &Stored| stored.id.as_ref().is_some_and(|message| self.place(id, message).is_some());
        items.iter().position(|(_, stored)| here(stored)).unwrap_or(0)
    }

    /// Whether a message is not here yet.
    fn is_new(&self, id: ChatId, order: u64, stored: &Stored, again: bool) -> bool {
        let here = match stored.known_by() {
            Some(known) => self.place(id, known).is_some(),
            None => again,
        };
        let journal = self.provider.storage().journal();
        !here && journal.get(Scope::Chat(id), Table::Messages, &order.to_be_bytes()).is_none()
    }

    fn put_given(&mut self, id: ChatId, order: u64, fill: &Fill, item: &Item, mut stored: Stored) {
        let replied = stored.message().and_then(|message| message.in_reply_to);
        let here = replied.and_then(|of| self.place(id, &of)).filter(|place| place.role != Role::Reaction);
        stored.quoted = stored.quoted.and_then(|theirs| here.map(|place| place.order).or_else(|| fill.order(theirs)));
        let row = order.to_be_bytes();
        self.put_chat_row(id, Table::Messages, &row, state::encode(&stored));
        if !stored.mine && stored.id.is_some() {
            self.said_before(id, stored.time);
        }
        if let Some(message) = &stored.id {
            self.put_place(id, message, Place { order, role: Self::role(stored.mine) });
        }
        for version in &stored.versions {
            self.put_place(id, version, Place { order, role: Role::Version });
        }
        for given in &stored.reactions {
            self.put_place(id, &given.id, Place { order, role: Role::Reaction });
        }
        if let Some(receipts) = item.receipts.as_ref().filter(|row| state::decode::<state::Receipts>(row).is_ok()) {
            self.put_chat_row(id, Table::Receipts, &row, receipts.to_vec());
        }
        match item.clock {
            Some(Clock::At(time)) => self.vanish_at(id, order, time),
            Some(Clock::After(seconds)) => {
                self.begin_timer(id, order, Some(crate::content::Expiry::Relative(seconds)));
            }
            None => {}
        }
        if let Some(message) = stored.id.filter(|_| item.unseen && !stored.mine) {
            match self.held.entry(id).or_default().was_shown(&message) {
                true => self.start_timer(id, order),
                false => self.put_chat_row(id, Table::State, &key::of(key::UNSEEN, &row), message.as_bytes().to_vec()),
            }
        }
        if let Some((message, mark)) = stored.id.zip(item.mark.filter(|_| stored.mine)) {
            if let Some(chat) = self.chats.get_mut(&id) {
                chat.given(order, mark);
            }
            if mark < Mark::Read {
                self.index_own(id, &message, order);
            }
        }
        if item.pinned {
            let text = self.gist(id, &stored);
            if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.pins.len() < MAX_PINS) {
                let at = chat.pins.iter().position(|pin| pin.order > order).unwrap_or(chat.pins.len());
                chat.pins.insert(at, PinView { order, text });
            }
        }
    }

    /// The list shows it: nothing later is here.
    fn show_as_last(&mut self, id: ChatId, order: u64) {
        let Some((chat, stored)) = self.chats.get(&id).zip(self.stored(id, order)) else { return };
        let view = alone(self.message_view(chat, order, &stored), &stored);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.time = stored.time.saturating_add(999).min(self.now);
            chat.last = Some(view);
        }
    }

    /// Keeps a content about a message that may still come. Whether it may.
    pub(super) fn keep_for_history(&mut self, id: ChatId, said: &Said) -> bool {
        let target = said.message.replaces.or(said.message.in_reply_to);
        let missing = target.is_some_and(|target| self.place(id, &target).is_none());
        if !missing || said.bytes.len() > MAX_AWAITING_BYTES {
            return false;
        }
        let (sender, time, bytes) = (said.sender, said.time, said.bytes.clone().into());
        self.await_history(id, Awaiting::Said { sender, time, bytes })
    }

    /// A message answers one that may still come.
    pub(super) fn keep_quote(&mut self, id: ChatId, order: u64, of: MessageId) {
        self.await_history(id, Awaiting::Quote { order, of });
    }

    fn await_history(&mut self, id: ChatId, waiting: Awaiting) -> bool {
        if self.fill_of(id).is_none_or(|fill| fill.base == 0) {
            return false;
        }
        let mut awaiting = self.awaiting(id);
        awaiting.push(waiting);
        let beyond = awaiting.len().saturating_sub(MAX_AWAITING);
        awaiting.drain(..beyond);
        self.put_chat_row(id, Table::State, key::AWAITING, state::encode(&awaiting));
        true
    }

    fn awaiting(&self, id: ChatId) -> Vec<Awaiting> {
        let journal = self.provider.storage().journal();
        let row = journal.get(Scope::Chat(id), Table::State, key::AWAITING);
        row.and_then(|row| minicbor::decode(row).ok()).unwrap_or_default()
    }

    /// Does what was said of messages that are here now, in the order in which it was.
    fn catch_up_with(&mut self, id: ChatId) {
        let (mut left, mut doing) = (Vec::new(), SortedSet::new());
        let awaiting = self.awaiting(id);
        let before = awaiting.len();
        for waiting in awaiting {
            let (target, what) = match &waiting {
                Awaiting::Quote { order, of } => (Some(*of), What::Quote { order: *order, of: *of }),
                Awaiting::Said { sender, time, bytes } => {
                    let Ok((message, message_id)) = self.open_content(id, sender, bytes) else { continue };
                    let (target, bytes) = (message.replaces.or(message.in_reply_to), bytes.to_vec());
                    let said = Said { sender: *sender, time: *time, bytes, message, id: message_id };
                    (target, What::Content(Box::new(said)))
                }
            };
            // What is about another one that waited comes after it.
            if target.is_some_and(|target| doing.contains(&target) || self.place(id, &target).is_some()) {
                if let What::Content(said) = &what {
                    doing.insert(said.id);
                }
                self.will(id, what);
            } else {
                left.push(waiting);
            }
        }
        if left.len() < before {
            self.put_chat_row(id, Table::State, key::AWAITING, state::encode(&left));
        }
    }

    /// Nothing more comes that anything waits for.
    pub(super) fn drop_awaiting(&mut self, id: ChatId) {
        let journal = self.provider.storage().journal();
        let here = journal.get(Scope::Chat(id), Table::State, key::AWAITING).is_some();
        drop(journal);
        if here && self.transfers.take.is_none() {
            self.delete_chat_row(id, Table::State, key::AWAITING);
        }
    }
}
