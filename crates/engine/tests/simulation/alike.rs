//! What must be alike on all devices of a person, and what must stay closed to a device that was taken off.

use std::collections::{BTreeMap, BTreeSet};

use xchat_engine::{
    api::{Arrangement, Body, Change, ChatId, ChatState},
    content::MessageId,
    rows::Table,
};

use crate::{check::LAST_WORDS, event::Place, run::Simulation};

/// How a conversation is kept on a device.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    state: ChatState,
    arranged: Arrangement,
    draft: Option<String>,
    /// It is a group that this person is not in.
    out: bool,
    group: bool,
}

impl Simulation {
    /// No device takes itself for taken off that nobody has taken off.
    fn check_listed(&mut self) {
        for device in self.honest() {
            let removed = self.world.account(device).removed;
            assert!(!removed, "[taken off by nobody] {device}");
        }
    }

    /// Where a conversation of two says that something is not there, another device of that person has it.
    pub fn check_gaps(&mut self, who: usize, place: Place) {
        let (Place::With(_), Some(chat)) = (place, self.chat_id(place)) else { return };
        let (owner, facts) = (self.owner(who), &self.facts);
        if facts.expired || facts.lost_store || facts.lied || facts.deleted.contains(&(owner, place)) {
            return;
        }
        let all = (0..self.world.devices.len()).filter(|other| self.owner(*other) == owner && *other != who);
        let others: Vec<usize> = all.filter(|other| self.lives(*other)).collect();
        for gap in self.world.messages(who, chat) {
            // From 0: the device came without any history.
            let Body::Gap { from: from @ 1.., .. } = gap.body else { continue };
            // Where the line ends is no later than the device's own clock, which may be behind.
            let mut theirs = |device: usize| {
                let messages = self.world.messages(device, chat).into_iter();
                let since = messages.filter(|message| !message.mine && message.time > from);
                since.filter(|message| !matches!(message.body, Body::Gap { .. } | Body::Changed { .. })).count()
            };
            let here = theirs(who);
            let elsewhere: Vec<usize> = others.iter().map(|other| theirs(*other)).collect();
            let missing = elsewhere.iter().any(|there| *there > here);
            assert!(missing, "[gap] from {from} at {who} in {place:?}: {here}, and {elsewhere:?}");
        }
    }

    /// Each name that somebody took is said once, after the one that they had before, and so is each that a group was given.
    pub fn check_called(&mut self, who: usize, place: Place) {
        let Some(chat) = self.chat_id(place) else { return };
        let mut named: Option<String> = None;
        let mut groups = BTreeSet::new();
        for message in self.world.messages(who, chat) {
            let Body::Changed { changes } = message.body else { continue };
            let by = message.author.map_or(Some(self.owner(who)), |author| self.number_of(&author.person));
            for change in changes {
                if let Change::Renamed { name } = &change {
                    // Where a log is given up what was wanted in it is done once more in the next one.
                    let void = self.facts.lied || self.facts.lost_store || !self.facts.hostile.is_empty();
                    let once = groups.insert(name.clone()) || by.is_some_and(|by| self.was_let_in_anew(by, chat));
                    assert!(once || void, "[called] {name} twice at {who} in {place:?}");
                }
                let Change::Called { was, name, .. } = change else { continue };
                assert!(named.is_none_or(|named| named == was), "[called] {was} at {who} in {place:?}");
                named = Some(name);
            }
        }
        let last = self.chat(who, place).filter(|_| named.is_some()).map(|chat| chat.name);
        assert!(last == named, "[called] {last:?} and {named:?} at {who} in {place:?}");
    }

    /// A device of this person was let into a group anew. What it had done there may have expired before it read that back: it cannot
    /// know that it was done, and does it once more.
    fn was_let_in_anew(&mut self, person: usize, chat: ChatId) -> bool {
        let all = (0..self.world.devices.len()).filter(|device| self.owner(*device) == person && self.lives(*device));
        self.facts.expired && all.collect::<Vec<_>>().into_iter().any(|device| self.is_noticed(device, chat))
    }

    /// All of a person's devices that should be equal are equal.
    pub fn check_alike(&mut self) {
        self.check_listed();
        // What devices tell each other is lost with a store, in a lie, and by retention while one of them is away.
        if self.facts.lost_store || self.facts.lied || self.facts.expired {
            return;
        }
        for person in (0..self.people.len()).filter(|person| !self.facts.hostile.contains(person)).collect::<Vec<_>>() {
            let devices = self.devices_of(person);
            let [first, others @ ..] = devices.as_slice() else { continue };
            for other in others {
                self.check_two(*first, *other);
            }
        }
    }

    fn check_two(&mut self, one: usize, other: usize) {
        let revoked = self.facts.revoked.iter().any(|device| self.owner(*device) == self.owner(one));
        let lists = [one, other].map(|device| self.called(device));
        let [here, there] = lists.each_ref().map(|list| list.keys().collect::<Vec<_>>());
        assert!(here == there, "[one list of devices] of {one} and {other}: {lists:?}");
        // What a device is called that was linked by one that was then taken off, nobody else may know.
        assert!(revoked || lists[0] == lists[1], "[one name of a device] at {one} and {other}: {lists:?}");
        let names = [one, other].map(|device| self.world.account(device).name);
        assert!(names[0] == names[1], "[one name] of {one} and {other}: {names:?}");
        let told = [one, other].map(|device| self.world.account(device).privacy);
        assert!(told[0] == told[1], "[others are told alike] by {one} and {other}: {told:?}");
        let kept = [one, other].map(|device| self.kept(device));
        let own = self.person_of_chats(one);
        for chat in kept[0].keys().chain(kept[1].keys()).collect::<BTreeSet<_>>() {
            let deleted = own.get(chat).is_some_and(|place| self.facts.deleted.contains(&(self.owner(one), *place)));
            let both = kept[0].get(chat).zip(kept[1].get(chat));
            // A message that came before the deletion on one of them and after it on the other shows on one. A device that comes
            // later is brought into no request, and into no group that its person is not in, nor by a device that was revoked.
            let (a, b) = (kept[0].get(chat), kept[1].get(chat));
            let either = || [a, b].into_iter().flatten();
            let asked = either().any(|kept| kept.state == ChatState::Request);
            // There it may be met by its link.
            let met = either().any(|kept| kept.state == ChatState::New);
            // Who invites a person that blocks them may reach one device before the block and another after it.
            let blocks = self.facts.blocked.iter().any(|(who, _)| *who == self.owner(one));
            let group = either().any(|kept| kept.group);
            if blocks && group && (both.is_none() || a.map(|kept| kept.out) != b.map(|kept| kept.out)) {
                continue;
            }
            let alone = asked || revoked || either().any(|kept| kept.out);
            if (deleted || alone) && both.is_none() || asked && met {
                continue;
            }
            assert!(a == b, "[alike on all devices] {chat:?} at {one}: {a:?}, at {other}: {b:?}");
            // A message that came before the deletion on one of them and after it on the other is unread on one.
            if !deleted {
                // Who blocks its author, or has left the group, does not hear that a message was deleted for all, nor does a device that
                // nobody brings into a request; another of the person's devices may have heard it.
                let then = |who| own.get(chat).is_some_and(|place| self.asked_then.contains(&(who, *place)));
                let deaf = blocks || asked || [one, other].into_iter().any(then) || either().any(|kept| kept.out);
                self.check_unread(one, other, *chat, deaf);
            }
        }
    }

    fn person_of_chats(&self, who: usize) -> BTreeMap<ChatId, Place> {
        self.places(who).into_iter().filter_map(|place| Some((self.chat_id(place)?, place))).collect()
    }

    fn kept(&mut self, device: usize) -> BTreeMap<ChatId, Kept> {
        let kept = |chat: xchat_engine::api::ChatView| {
            let draft = chat.draft.map(|draft| draft.text);
            let group = chat.group.is_some();
            let out = chat.group.is_some_and(|group| group.out.is_some());
            (chat.id, Kept { state: chat.state, arranged: *chat.arranged, draft, out, group })
        };
        self.world.chats(device).into_iter().map(kept).collect()
    }

    /// Of the messages that both have, the same ones are unread: of those that both still have, where one may not have heard of a deletion.
    fn check_unread(&mut self, one: usize, other: usize, chat: ChatId, deaf: bool) {
        let unread = |this: &Self, device: usize| -> BTreeSet<MessageId> {
            let rows = this.world.devices[device].database.rows(chat, Table::State);
            rows.filter(|(key, _)| key.starts_with(b"unseen/"))
                .filter_map(|(_, value)| MessageId::from_slice(value))
                .collect()
        };
        let unread = [one, other].map(|device| unread(self, device));
        if unread[0] == unread[1] {
            return;
        }
        let [here, there] = [one, other].map(|device| self.known(device, chat, deaf));
        let both: BTreeSet<MessageId> = here.intersection(&there).copied().collect();
        let unread = unread.map(|unread| unread.intersection(&both).copied().collect::<BTreeSet<_>>());
        assert!(
            unread[0] == unread[1],
            "[read on all devices] {chat:?}: {} at {one}, {} at {other}",
            unread[0].len(),
            unread[1].len()
        );
    }

    /// The ids of a conversation's messages on a device, also of those that were deleted for all.
    fn known(&mut self, device: usize, chat: ChatId, without_deleted: bool) -> BTreeSet<MessageId> {
        let mut gone = BTreeSet::new();
        if without_deleted {
            let messages = self.world.messages(device, chat).into_iter();
            gone.extend(messages.filter(|message| matches!(message.body, Body::Deleted)).map(|message| message.order));
        }
        let ids = self.world.devices[device].database.rows(chat, Table::Ids);
        let stands = |value: &[u8]| !gone.contains(&minicbor::decode::<(u64, u8)>(value).unwrap().0);
        ids.filter(|(_, value)| stands(value)).filter_map(|(key, _)| MessageId::from_slice(key)).collect()
    }

    /// What was written after the world had come to rest is on no device that was taken off before.
    pub fn check_revoked(&mut self) {
        if self.facts.lost_store || self.facts.lied || !self.facts.hostile.is_empty() {
            return;
        }
        for device in self.facts.revoked.clone() {
            for place in self.places(device) {
                // Nobody does anything in a conversation with somebody whom they block, so the device stays in it.
                let blocked = |(who, whom): &(usize, usize)| {
                    *who == self.owner(device) && (place == Place::With(*whom) || matches!(place, Place::Group(_)))
                };
                if self.facts.blocked.iter().any(blocked) {
                    continue;
                }
                // Nor in one that none of the person's other devices has accepted.
                let others = self.devices_of(self.owner(device));
                let mut open = |other: usize| self.chat(other, place).is_some_and(|chat| chat.state == ChatState::Open);
                if !others.into_iter().any(&mut open) {
                    continue;
                }
                let late = self.shown(device, place).into_iter().find(|shown| shown.number >= LAST_WORDS);
                assert!(late.is_none(), "[revoked reads nothing] {late:?} at {device} in {place:?}");
            }
        }
    }
}
