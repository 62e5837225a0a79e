//! Delivered and read: what this device says, and what the other side says.

use openmls_traits::OpenMlsProvider as _;

use crate::{
    Engine,
    api::{ChatId, ChatState, Mark, Problem},
    content::{self, Message, MessageId, Status, StatusReport},
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
        for part in messages.chunks(REPORT) {
            let salt = self.provider.rand().bytes();
            let report = StatusReport::new(part.iter().map(|message| (*message, status)));
            self.queue(id, None, report.message(salt).encode());
        }
    }

    /// The screen has shown everything up to this order.
    pub(super) fn seen(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        let chat = self.chats.get(&id).ok_or(Problem::NoChat)?;
        if chat.state != ChatState::Open {
            return Ok(());
        }
        let mut messages = Vec::new();
        let mut left = 0;
        let mut first = None;
        for (row, value) in self.chat_rows(id, Table::State, key::UNSEEN) {
            let Some(unseen) = order_of(&row, key::UNSEEN) else { continue };
            if unseen <= order {
                messages.extend(MessageId::from_slice(&value));
                self.delete_chat_row(id, Table::State, &row);
            } else {
                left += 1;
                first.get_or_insert(unseen);
            }
        }
        if messages.is_empty() {
            return Ok(());
        }
        // What is read need not be called delivered as well.
        if let Some(delivered) = self.out.delivered.get_mut(&id) {
            delivered.retain(|message| !messages.contains(message));
        }
        self.report(id, &messages, Status::Read);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.unread = left;
            chat.first_unread = first;
        }
        self.out.chats_changed.insert(id);
        Ok(())
    }

    /// Everything received while it was a request counts as delivered now.
    pub(super) fn confirm_unseen(&mut self, id: ChatId) {
        let rows = self.chat_rows(id, Table::State, key::UNSEEN);
        let messages = rows.iter().filter_map(|(_, value)| MessageId::from_slice(value)).collect();
        self.out.delivered.insert(id, messages);
    }

    /// A report by the other side. Marks only ever rise.
    pub(super) fn status(&mut self, id: ChatId, report: &StatusReport) {
        for &(message, status) in report.statuses() {
            let row = key::of(key::OWN, message.as_bytes());
            let order = {
                let journal = self.provider.storage().journal();
                let value = journal.get(crate::rows::Scope::Chat(id), Table::State, &row);
                value.and_then(|value| Some(u64::from_be_bytes(value.try_into().ok()?)))
            };
            let (Some(order), Some(chat)) = (order, self.chats.get_mut(&id)) else { continue };
            let mark = match status {
                Status::Delivered if order > chat.delivered => {
                    chat.delivered = order;
                    Mark::Delivered
                }
                Status::Read if order > chat.read => {
                    chat.read = order;
                    chat.delivered = chat.delivered.max(order);
                    Mark::Read
                }
                _ => continue,
            };
            self.out.chats_changed.insert(id);
            self.raise_marks(id, order, mark);
        }
        self.forget_read(id);
    }

    /// Own messages that were read need no index any more.
    fn forget_read(&mut self, id: ChatId) {
        let read = self.chats[&id].read;
        for (row, value) in self.chat_rows(id, Table::State, key::OWN) {
            let order = value.as_slice().try_into().map(u64::from_be_bytes);
            if order.is_ok_and(|order| order <= read) {
                self.delete_chat_row(id, Table::State, &row);
            }
        }
    }
}

fn order_of(row: &[u8], prefix: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(row.strip_prefix(prefix)?.try_into().ok()?))
}
