//! People's devices: linked over the relay, taken off, and what is done on one that is to be alike on all.

use std::collections::{BTreeMap, BTreeSet};

use xchat_engine::api::{
    Arrange, Body, ChatId, ChatState, ChatView, Command, DeviceView, Draft, Event as Told, FOR_EVER, Notice, PersonId,
    Privacy,
};

use crate::{
    event::{Event, Keep, Place},
    run::{MARKER, Simulation},
};

/// How often a device that dies over a question is asked it.
const TRIES: usize = 4;

impl Simulation {
    /// Whose device this is, or will be.
    pub fn owner(&self, device: usize) -> usize {
        device % self.people.len()
    }

    /// Whether this browser has an account.
    pub fn lives(&self, device: usize) -> bool {
        let rows = &self.world.devices[device].database;
        rows.0.keys().any(|(scope, _, key)| *scope == [0; 16] && key == b"account")
    }

    /// Devices that have an account and were not taken off.
    pub fn active(&self) -> Vec<usize> {
        let all = 0..self.world.devices.len();
        all.filter(|device| !self.facts.revoked.contains(device) && self.lives(*device)).collect()
    }

    /// The same, of people who keep the rules.
    pub fn honest(&self) -> Vec<usize> {
        self.active().into_iter().filter(|device| !self.facts.hostile.contains(&self.owner(*device))).collect()
    }

    /// A person's devices that are not taken off.
    pub fn devices_of(&self, person: usize) -> Vec<usize> {
        self.active().into_iter().filter(|device| self.owner(*device) == person).collect()
    }

    /// Devices of a person, also those that were taken off, that do not know that this other one is blocked.
    pub fn not_blocking(&mut self, person: usize, other: usize) -> BTreeSet<usize> {
        let all = (0..self.world.devices.len()).filter(|device| self.owner(*device) == person && self.lives(*device));
        let all: Vec<usize> = all.collect();
        let blocks = |chat: ChatView| chat.state == ChatState::Blocked;
        all.into_iter().filter(|device| !self.chat(*device, Place::With(other)).is_some_and(blocks)).collect()
    }

    /// Whether a device says in a conversation that something went wrong.
    pub fn is_noticed(&mut self, who: usize, chat: ChatId) -> bool {
        self.world.messages(who, chat).iter().any(|message| {
            matches!(
                message.body,
                Body::Gap { .. }
                    | Body::Notice { notice: Notice::HistoryDiffers | Notice::Unreadable | Notice::Renewed }
            )
        })
    }

    /// Nobody brings a device into a request: it hears nothing there before that is accepted, or the other person begins another room for a
    /// lost one. Who gives it history then may have heard what whoever gave before did not have yet, and there is no place for it between
    /// that and what the device has heard itself.
    pub fn has_history_of_two(&mut self, who: usize, place: Place) -> bool {
        let lost = self.facts.lied || self.facts.lost_store;
        let asked = lost && self.chat(who, place).is_some_and(|chat| chat.state == ChatState::Request);
        who >= self.people.len() && (asked || self.asked_then.contains(&(who, place)))
    }

    /// A device whose next commit had expired goes on in a room of two into which nobody comes who blocks its person. Its person's others
    /// read that room, but write where the other side was heard, as they must where nobody blocks them and the welcomes expired.
    pub fn is_apart(&mut self, who: usize, other: usize, place: Place) -> bool {
        let (Place::With(whom), own) = (place, self.owner(who)) else { return false };
        let lost = self.facts.expired && self.owner(other) == own && whom != own;
        lost && self.not_blocking(whom, own).is_empty()
            && self.chat_id(place).is_some_and(|chat| self.is_noticed(other, chat))
    }

    /// The keys that a device lists, its own first.
    pub fn listed(&mut self, device: usize) -> Vec<PersonId> {
        self.shown_devices(device).into_iter().map(|shown| shown.device).collect()
    }

    /// What a device calls those that it lists.
    pub fn called(&mut self, device: usize) -> BTreeMap<PersonId, String> {
        self.shown_devices(device).into_iter().map(|shown| (shown.device, shown.name)).collect()
    }

    fn shown_devices(&mut self, device: usize) -> Vec<DeviceView> {
        for _ in 0..TRIES {
            self.world.devices[device].events.retain(|event| !matches!(event, Told::Devices { .. }));
            self.world.command(device, Command::Devices);
            let found = self.world.devices[device].events.iter().find_map(|event| match event {
                Told::Devices { devices } => Some(devices.clone()),
                _ => None,
            });
            if let Some(found) = found {
                return found;
            }
        }
        Vec::new()
    }

    pub fn device_event(&mut self, number: u32, event: Event) {
        match event {
            Event::Offer { who } => self.world.command(who, Command::LinkThisDevice { name: format!("device {who}") }),
            Event::Scan { who, new } => {
                let shown = self.world.devices[new].events.iter().rev().find_map(|event| match event {
                    Told::DeviceLink { link } => Some(link.clone()),
                    _ => None,
                });
                if let Some(link) = shown.filter(|_| self.owner(who) == self.owner(new)) {
                    self.world.command(who, Command::LinkDevice { link });
                }
            }
            Event::Confirm { who, other } => {
                let (here, there) = (self.digits(who), self.digits(other));
                if here.is_some() {
                    self.world.command(who, Command::ConfirmLink { right: here == there });
                }
            }
            Event::Revoke { who, device } => self.revoke(who, device),
            Event::Keep { who, place, what } => {
                if let Some(chat) = self.chat_id(place).filter(|_| self.lives(who)) {
                    self.keep(number, who, chat, what);
                }
            }
            Event::Settle => {
                self.world.settle();
                self.settled = self.active().into_iter().collect();
                self.settled_groups = self.groups.len();
                self.asked_then = BTreeSet::new();
                for device in self.settled.clone() {
                    for place in self.places(device) {
                        if self.chat(device, place).is_some_and(|view| view.state == ChatState::Request) {
                            self.asked_then.insert((device, place));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn digits(&self, device: usize) -> Option<String> {
        self.world.devices[device].events.iter().rev().find_map(|event| match event {
            Told::LinkCode { code } => Some(code.clone()),
            _ => None,
        })
    }

    /// A device that was taken off itself takes nobody off. One that is not yet in every conversation does so at the price of those:
    /// nobody else can bring it in.
    fn revoke(&mut self, who: usize, device: usize) {
        if !self.settled.contains(&who) || !self.lives(device) || self.facts.revoked.contains(&who) {
            return;
        }
        let Some(key) = self.listed(device).first().copied() else { return };
        if !self.listed(who).contains(&key) {
            return;
        }
        self.world.command(who, Command::RevokeDevice { device: key });
        if !self.listed(who).contains(&key) {
            self.facts.revoked.insert(device);
            let late = (self.settled_groups..self.groups.len()).filter(|group| self.makers[*group] == device);
            self.facts.made_by_revoked.extend(late);
        }
    }

    fn keep(&mut self, number: u32, who: usize, chat: ChatId, what: Keep) {
        let arrange = |change| Command::Arrange { chat, change };
        let command = match what {
            Keep::Archived(on) => arrange(Arrange::Archive(on)),
            Keep::Muted(on) => arrange(Arrange::Mute(on.then_some(FOR_EVER - u64::from(number)))),
            Keep::Pinned(on) => arrange(Arrange::Pin(on.then_some(0))),
            Keep::Unread(on) => arrange(Arrange::Unread(on)),
            Keep::Draft(on) => {
                let draft = on.then(|| Draft { text: format!("begun {number}: {MARKER}"), reply: None });
                Command::Draft { chat, draft }
            }
            Keep::Quiet(on) => Command::SetPrivacy { privacy: Privacy { read: !on, ..Privacy::default() } },
        };
        self.world.command(who, command);
    }

    /// Another device of the same person may be leaving the group for all of them, and nobody else does anything in it.
    pub fn is_being_left(&mut self, who: usize, group: usize) -> bool {
        let person = self.owner(who);
        let others: Vec<usize> = self.honest().into_iter().filter(|other| self.owner(*other) != person).collect();
        let mut open = |other: usize| {
            let view = self.chat(other, crate::event::Place::Group(group));
            view.is_some_and(|view| view.state == xchat_engine::api::ChatState::Open)
        };
        let accepted = others.into_iter().any(&mut open);
        self.facts.parted.contains(&(group, person)) && !accepted
    }

    /// Whom a text must reach beside those that were there from the beginning: further devices that had come to rest with their
    /// person's others, and in whose list the conversation is open. Nobody brings them into one that is a request on another.
    pub fn settled_there(&mut self, who: usize, place: crate::event::Place) -> BTreeSet<usize> {
        let further: Vec<usize> = self.settled.iter().copied().filter(|device| *device >= self.people.len()).collect();
        let mut there = BTreeSet::new();
        for device in further {
            let place = self.there(who, device, place);
            // Nobody brings a device into a request, and who does it once that is accepted may be taken off before.
            if matches!(place, Place::With(_)) && self.asked_then.contains(&(device, place)) {
                continue;
            }
            let own = self.devices_of(self.owner(device));
            let mut is = |device, state| self.chat(device, place).is_some_and(|view| view.state == state);
            if is(device, ChatState::Open) && !own.into_iter().any(|own| is(own, ChatState::Request)) {
                there.insert(device);
            }
        }
        there
    }
}
