//! Delivered and read: what this device says, and what the other side says.

use crate::sorted::SortedMap;

use openmls_traits::OpenMlsProvider as _;

use crate::{
    Engine,
    api::{ChatId, ChatState, Event, Mark, Problem},
    content::{self, Message, MessageId, Status, StatusReport},
    device::{Arranged, Sync},
    rows::Table,
    state::key,
};

/// Message ids in one report.
const REPORT: usize = 256;

/// Whether a content is a status report.
pub(super) fn is_status(message: &Message) -> bool {
    message.content_type() == Some(content::STATUS_TYPE)
}

impl Engine {
    /// One report for all that the step received.
    pub(crate) fn confirm_delivered(&mut self) {
        for (id, messages) in std::mem::take(&mut self.out.delivered) {
            self.report(id, &messages, Status::Delivered);
        }
    }

    fn report(&mut self, id: ChatId, messages: &[MessageId], status: Status) {
        if !self.reports(id, status) {
            return;
        }
        for part in messages.chunks(REPORT) {
            let salt = self.provider.rand().bytes();
            let report = StatusReport::new(part.iter().map(|message| (*message, status)));
            self.queue(id, None, report.message(salt).encode());
        }
    }

    /// The screen has shown everything up to this order.
    pub(super) fn seen(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        self.set_arranged(id, Arranged::Unread(false));
        let chat = self.chats.get(&id).ok_or(Problem::NoChat)?;
        if chat.state != ChatState::Open {
            self.count_unseen(id, order);
            return Ok(());
        }
        let mut messages = Vec::new();
        for (row, value) in self.chat_rows(id, Table::State, key::UNSEEN) {
            let Some(unseen) = order_of(&row, key::UNSEEN) else { continue };
            if unseen <= order {
                messages.extend(MessageId::from_slice(&value));
                self.delete_chat_row(id, Table::State, &row);
                self.start_timer(id, unseen);
            }
        }
        if messages.is_empty() {
            return Ok(());
        }
        // What is read need not be called delivered as well.
        if let Some(delivered) = self.out.delivered.get_mut(&id) {
            delivered.retain(|message| !messages.contains(message));
        }
        self.report_or_tell(id, messages, Status::Read);
        self.count_unseen(id, order);
        Ok(())
    }

    /// Reports tell this person's other devices as well, but not those that are out of the group by then.
    pub(super) fn report_or_tell(&mut self, id: ChatId, messages: Vec<MessageId>, status: Status) {
        let stays = self.chats.get(&id).is_some_and(|chat| chat.is_in() && !chat.is_leaving());
        match stays && self.reports(id, status) {
            true => self.report(id, &messages, status),
            false => self.sync(Sync::Seen { chat: id, messages, opened: status == Status::Expired }),
        }
    }

    /// Reports that may reach nobody, of a group that this device leaves or is out of or to a person who is blocked: its own devices are told all the same.
    pub(super) fn tell_unreported(&mut self, id: ChatId) {
        let (mut read, mut opened) = (Vec::new(), Vec::new());
        for (_, entry) in self.entries(id) {
            if let Ok(Ok(report)) = Message::decode(&entry.content).map(|message| StatusReport::of(&message)) {
                read.extend(report.named(Status::Read));
                opened.extend(report.named(Status::Expired));
            }
        }
        for (messages, opened) in [(read, false), (opened, true)] {
            for messages in messages.chunks(REPORT) {
                self.sync(Sync::Seen { chat: id, messages: messages.to_vec(), opened });
            }
        }
    }

    /// Counts what lies behind this order as unread. What a request has shown is said to nobody, and kept for the day when
    /// it is accepted.
    pub(super) fn count_unseen(&mut self, id: ChatId, order: u64) {
        let rows = self.chat_rows(id, Table::State, key::UNSEEN);
        let left: Vec<u64> =
            rows.iter().filter_map(|(row, _)| order_of(row, key::UNSEEN)).filter(|unseen| *unseen > order).collect();
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.unread = u32::try_from(left.len()).unwrap_or(u32::MAX);
            chat.first_unread = left.first().copied();
            self.out.chats_changed.insert(id);
        }
    }

    /// Everything received while it was a request counts as delivered now, and as unread until the screen says otherwise.
    pub(super) fn confirm_unseen(&mut self, id: ChatId) {
        self.count_unseen(id, 0);
        let rows = self.chat_rows(id, Table::State, key::UNSEEN);
        let messages = rows.iter().filter_map(|(_, value)| MessageId::from_slice(value)).collect();
        self.out.delivered.insert(id, messages);
    }

    /// A report by the other side. Marks only ever rise, and only of what is named.
    pub(super) fn status(&mut self, id: ChatId, report: &StatusReport) {
        let waiting: SortedMap<Vec<u8>, u64> = self
            .chat_rows(id, Table::State, key::OWN)
            .into_iter()
            .filter_map(|(row, value)| Some((row, u64::from_be_bytes(value.as_slice().try_into().ok()?))))
            .collect();
        let mut named = SortedMap::new();
        for &(message, status) in report.statuses() {
            let Some(&order) = waiting.get(&key::of(key::OWN, message.as_bytes())) else { continue };
            let mark = match status {
                Status::Delivered => Mark::Delivered,
                Status::Read => Mark::Read,
                _ => continue,
            };
            let best = named.entry(order).or_insert(mark);
            *best = mark.max(*best);
        }
        let Some(chat) = self.chats.get_mut(&id).filter(|_| !named.is_empty()) else { return };
        let orders: Vec<u64> = waiting.values().copied().collect();
        let counters = (chat.delivered, chat.read);
        chat.reported(&orders, &named);
        let (delivered, read) = (chat.delivered, chat.read);
        // Those that an earlier report had left out: the counters had passed them, so raising marks does not reach them.
        let passed = |order: u64, mark: Mark| order <= if mark == Mark::Read { counters.1 } else { counters.0 };
        let late = named.keys().map(|order| (*order, chat.mark(*order))).filter(|(order, mark)| passed(*order, *mark));
        let late: Vec<(u64, Mark)> = late.collect();
        self.out.chats_changed.insert(id);
        if delivered > counters.0 {
            self.raise_marks(id, delivered, Mark::Delivered);
        }
        if read > counters.1 {
            self.raise_marks(id, read, Mark::Read);
        }
        for (order, mark) in late {
            self.out.events.push(Event::MarkedOne { chat: id, order, mark: self.shown_mark(mark) });
        }
        self.forget_read(id, waiting);
    }

    /// Own messages that were read need no index any more.
    fn forget_read(&mut self, id: ChatId, waiting: SortedMap<Vec<u8>, u64>) {
        for (row, order) in waiting {
            if self.chats[&id].mark(order) == Mark::Read {
                self.delete_chat_row(id, Table::State, &row);
            }
        }
    }
}

pub(super) fn order_of(row: &[u8], prefix: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(row.strip_prefix(prefix)?.try_into().ok()?))
}
