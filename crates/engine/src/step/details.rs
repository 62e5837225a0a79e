//! Who has an own message, and who has read it: kept for each person, and told when it is asked for.

use xchat_wire::PublicKey;

use super::act::What;
use crate::{
    Engine,
    api::{ChatId, Event, Known, Mark, Problem, Receipt, Version, Voted},
    content::{Message, MessageId, Status, StatusReport},
    rows::Table,
    state::{self, Chat, Had, Kind, Role},
};

/// Messages of one report that receipts are kept for; a report of this client names no more.
const MAX_KEPT: usize = 256;
/// Messages that one step takes receipts of.
const MAX_IN_STEP: usize = 2048;
/// People whose receipts are kept for one message.
const MAX_PEOPLE: usize = 1024;
/// In a larger conversation nobody says that a message has arrived.
const MAX_DELIVERED_PEOPLE: usize = 32;

/// What a report says that receipts are kept of.
pub(super) fn counted(report: &StatusReport) -> impl Iterator<Item = (&MessageId, Status)> {
    let counts = |status: &Status| matches!(status, Status::Delivered | Status::Read | Status::Expired);
    report.statuses().iter().take(MAX_KEPT).filter(move |(_, status)| counts(status)).map(|(id, status)| (id, *status))
}

impl Engine {
    /// People in a conversation, this one included.
    pub(super) fn people(&self, chat: &Chat) -> usize {
        match &chat.kind {
            Kind::Direct(_) => 2,
            Kind::Group(head) => head.people as usize,
        }
    }

    /// Whether this device says of messages in a conversation what became of them.
    pub(super) fn reports(&self, id: ChatId, status: Status) -> bool {
        let (Some(account), Some(chat)) = (&self.account, self.chats.get(&id)) else { return false };
        match status {
            Status::Delivered => account.privacy.delivered && self.people(chat) <= MAX_DELIVERED_PEOPLE,
            Status::Read => account.privacy.read,
            _ => true,
        }
    }

    /// A mark as far as this person lets others know the same.
    pub(super) fn shown_mark(&self, mark: Mark) -> Mark {
        let privacy = self.account.as_ref().map(|account| account.privacy).unwrap_or_default();
        match mark {
            Mark::Read if privacy.read => Mark::Read,
            Mark::Read | Mark::Delivered if privacy.delivered => Mark::Delivered,
            Mark::Read | Mark::Delivered => Mark::Sent,
            mark => mark,
        }
    }

    /// Somebody's report, to be kept by person.
    pub(super) fn will_keep_receipts(&mut self, id: ChatId, by: &PublicKey, time: u64, report: StatusReport) {
        let taken = self.out.acts.iter().map(|act| match &act.what {
            What::Receipts { report, .. } => report.statuses().len(),
            _ => 0,
        });
        // They are for curiosity: a flood of them must not hold messages up. That something was opened is said alone.
        let few = report.statuses().len() == 1 || taken.sum::<usize>() < MAX_IN_STEP;
        if few && counted(&report).next().is_some() {
            self.will(id, What::Receipts { by: *by, time, report });
        }
    }

    pub(super) fn keep_receipts(&mut self, id: ChatId, by: &PublicKey, time: u64, report: &StatusReport) {
        for (message, status) in counted(report) {
            let Some(place) = self.place(id, message) else {
                // It was opened on another device, and is still to come here.
                if status == Status::Expired && self.own_identity() == Some(*by) {
                    self.remember_elsewhere(id, message.opened());
                }
                continue;
            };
            if status == Status::Expired && !self.counts_as_opened(id, place, by) || place.role != Role::Own {
                continue;
            }
            let Some(mut receipts) = self.receipts(id, place.order) else { continue };
            let at = receipts.people.iter().position(|had| had.by == *by);
            let had = match at {
                Some(at) => &mut receipts.people[at],
                None if receipts.people.len() < MAX_PEOPLE => {
                    receipts.people.push(Had { by: *by, delivered: None, read: None, opened: None });
                    let Some(had) = receipts.people.last_mut() else { continue };
                    had
                }
                None => continue,
            };
            let told = match status {
                Status::Expired => &mut had.opened,
                Status::Read => &mut had.read,
                _ => &mut had.delivered,
            };
            // The first time counts.
            if told.is_none() {
                *told = Some(time);
                if status == Status::Expired {
                    had.read = had.read.or((time > 0).then_some(time));
                    self.opened_by_another(id, place.order, &receipts);
                }
                self.put_chat_row(id, Table::Receipts, &place.order.to_be_bytes(), state::encode(&receipts));
            }
        }
    }

    /// Tells what is known of a message.
    pub(super) fn details(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        let stored = self.stored(id, order).ok_or(Problem::NoMessage)?;
        let privacy = self.account.as_ref().map(|account| account.privacy).unwrap_or_default();
        let people = self.receipts(id, order).map(|receipts| receipts.people).unwrap_or_default();
        let receipts = people.iter().map(|had| Receipt {
            person: self.author(id, &had.by),
            delivered: had.delivered.filter(|_| privacy.delivered),
            read: had.read.filter(|_| privacy.read),
        });
        let receipts = receipts.filter(|receipt| receipt.delivered.or(receipt.read).is_some()).collect();
        let versions = stored.earlier.iter().map(|earlier| Version {
            text: Message::decode(&earlier.bytes).ok().and_then(|message| message.shown_text()).unwrap_or_default(),
            time: earlier.time,
        });
        let versions = versions.collect();
        let votes = stored.votes.iter();
        let votes =
            votes.map(|vote| Voted { person: self.author(id, &vote.by), choices: vote.choices.to_vec() }).collect();
        let known = Known { receipts, versions, votes }.to_bytes().into();
        self.out.events.push(Event::Details { chat: id, order, known });
        Ok(())
    }
}
