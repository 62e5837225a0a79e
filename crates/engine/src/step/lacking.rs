//! What was said in a request before a device of this person came into it. Nobody brings one in before the request is accepted, and what it
//! was given as history ends where that was given. Those who were there tell it up to when something was said, and a line names what is
//! not there.

use xchat_wire::{Address, PublicKey};

use crate::{
    Engine,
    api::{ChatId, ChatState},
    device::Sync,
    state::{Chat, Lacking},
};

/// Devices in a room. None: that cannot be told.
type Devices = Option<Vec<PublicKey>>;

impl Engine {
    fn devices_in(&mut self, id: ChatId, log: &Address) -> Devices {
        let roster = self.with_group(id, log, |group, _| group.roster()).ok()?;
        Some(roster.leaves().iter().map(|leaf| leaf.device.key).collect())
    }

    /// The other person has said something in one of the rooms.
    pub(super) fn said_in(&mut self, id: ChatId, log: &Address, time: u64) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.said = chat.said.max(time);
        if chat.lacking.is_empty() {
            return;
        }
        let Some(there) = self.devices_in(id, log) else { return };
        let lacking = self.chats.get_mut(&id).into_iter().flat_map(|chat| &mut chat.lacking);
        for lacking in lacking.filter(|lacking| !there.contains(&lacking.device)) {
            lacking.until = lacking.until.max(time);
        }
    }

    /// The same, as history tells it.
    pub(super) fn said_before(&mut self, id: ChatId, time: u64) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.said = chat.said.max(time);
        chat.given = chat.given.map(|given| given.max(time));
    }

    /// A request is about to be accepted, on this device or on another one: who is in no room of it has heard nothing there.
    pub(super) fn note_lacking(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get(&id) else { return };
        if chat.state != ChatState::Request || chat.peer().is_none() || chat.rooms.is_empty() {
            return;
        }
        let (said, logs) = (chat.said, chat.rooms.iter().map(|room| room.log).collect::<Vec<_>>());
        let mut there: Vec<PublicKey> = chat.lacking.iter().map(|lacking| lacking.device).collect();
        for log in &logs {
            let Some(devices) = self.devices_in(id, log) else { return };
            there.extend(devices);
        }
        let others = self.account.iter().flat_map(|account| &account.others).map(|other| other.key);
        let absent = others.filter(|device| !there.contains(device));
        let absent: Vec<_> = absent.map(|device| Lacking { device, until: said }).collect();
        if let Some(chat) = self.chats.get_mut(&id).filter(|_| !absent.is_empty()) {
            chat.lacking.extend(absent);
            self.out.chats_changed.insert(id);
        }
    }

    /// Tells those who are in by now, once all is read that was said where they are not.
    pub(super) fn tell_lacking(&mut self, id: ChatId, logs: &[Address]) {
        let Some(chat) = self.chats.get(&id).filter(|chat| !chat.lacking.is_empty()) else { return };
        let (noted, mut left) = (chat.lacking.clone(), Vec::new());
        let caught_up = |log: &Address| self.connection.as_ref().is_some_and(|c| c.caught_up.contains_key(log));
        let read: Vec<bool> = logs.iter().map(caught_up).collect();
        let rooms: Vec<Devices> = logs.iter().map(|log| self.devices_in(id, log)).collect();
        let others = self.account.iter().flat_map(|account| &account.others);
        let others: Vec<PublicKey> = others.map(|other| other.key).collect();
        for lacking in noted.iter().filter(|lacking| others.contains(&lacking.device)) {
            let there = |room: &Devices| room.as_ref().is_some_and(|devices| devices.contains(&lacking.device));
            let over = rooms.iter().zip(&read).all(|(room, read)| *read || there(room));
            match over && rooms.iter().any(there) {
                true => self.sync(Sync::Lacks { to: lacking.device, chat: id, until: lacking.until }),
                false => left.push(lacking.clone()),
            }
        }
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.lacking != left) {
            chat.lacking = left;
            self.out.chats_changed.insert(id);
        }
    }

    /// Something was said up to this time, Unix milliseconds, when this device was not there.
    pub(super) fn lacks(&mut self, id: ChatId, until: u64) {
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.given.is_some()) {
            chat.lacks = chat.lacks.max(until);
            self.out.chats_changed.insert(id);
        }
    }

    /// Whether what is known to have been said without this device is to be named: no history comes any more that may bring it.
    pub(super) fn lack_is_due(&self, chat: &Chat) -> bool {
        chat.lacks > 0 && self.transfers.take.is_none() && !self.damaged.contains(&chat.id)
    }

    /// Names it in each conversation that is at hand.
    pub(crate) fn name_lacking(&mut self) {
        let due = self.chats.values().filter(|chat| self.lack_is_due(chat) && self.is_at_hand(chat.id));
        let due: Vec<ChatId> = due.map(|chat| chat.id).collect();
        due.into_iter().for_each(|id| self.name_what_lacks(id));
    }

    /// A line where less is here. It is no news, so the list does not show it.
    fn name_what_lacks(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let until = std::mem::take(&mut chat.lacks);
        let (last, time, hidden) = (chat.last.clone(), chat.time, chat.hidden);
        self.out.chats_changed.insert(id);
        let Some(given) = chat.given.filter(|given| *given > 0 && *given < until && !hidden) else { return };
        self.add_gap(id, given, until.min(self.now));
        if let Some(chat) = self.chats.get_mut(&id) {
            (chat.last, chat.time, chat.given) = (last, time, Some(until));
        }
    }
}
