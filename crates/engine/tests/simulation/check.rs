//! What must be true after any history. Each failure begins with the name of its invariant in brackets, by which histories shrink.

use std::collections::{BTreeMap, BTreeSet};

use xchat_engine::{
    Input,
    api::{Body, ChatId, ChatState, Event as Told, MessageView, Notice},
    card::Origin,
};

use crate::{
    event::Place,
    run::{MARKER, NAME, Simulation},
    sim::ORIGIN,
};

/// Frames that a device sends in one step at most: what it opens on a connection, and a window of messages for each conversation.
const MOST_FRAMES_IN_A_STEP: usize = 200;
/// Frames that a device sends in a quiet hour at most.
const MOST_FRAMES_IN_AN_HOUR: u64 = 60;

/// A text that is on a device's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    number: u32,
    author: usize,
}

impl Simulation {
    /// Lets the world come to rest, checks everything, lets everybody write once more, and checks that it arrives.
    pub fn check(&mut self) {
        self.calm_down();
        self.rest(3);
        self.check_histories();
        self.check_groups();
        self.check_quiet();
        (0..self.people.len()).for_each(|who| self.check_reload(who));
        self.check_that_life_goes_on();
        self.check_blindness();
    }

    /// A device's texts of one conversation, in order.
    fn shown(&mut self, who: usize, place: Place) -> Vec<Shown> {
        let Some(chat) = self.chat_id(place) else { return Vec::new() };
        let messages = self.world.messages(who, chat);
        messages.iter().filter_map(shown).collect()
    }

    /// Whether a device says in a conversation that something went wrong.
    fn is_noticed(&mut self, who: usize, chat: ChatId) -> bool {
        self.world.messages(who, chat).iter().any(|message| {
            matches!(
                message.body,
                Body::Gap { .. }
                    | Body::Notice { notice: Notice::HistoryDiffers | Notice::Unreadable | Notice::Renewed }
            )
        })
    }

    fn places(&self, who: usize) -> Vec<Place> {
        let people = (0..self.people.len()).filter(|whom| *whom != who).map(Place::With);
        people.chain((0..self.groups.len()).map(Place::Group)).collect()
    }

    /// The same conversation, as another device names it.
    fn there(&self, who: usize, place: Place) -> Place {
        match place {
            Place::With(_) => Place::With(who),
            group => group,
        }
    }

    fn check_histories(&mut self) {
        let everybody = 0..self.people.len();
        let mut all: BTreeMap<(usize, Place), Vec<Shown>> = BTreeMap::new();
        for who in everybody.clone() {
            for place in self.places(who) {
                let shown = self.shown(who, place);
                self.check_own(who, place, &shown);
                self.check_order(who, place, &shown);
                self.check_secrecy(who, place, &shown);
                all.insert((who, place), shown);
            }
        }
        for ((who, place), shown) in &all {
            for author in everybody.clone().filter(|author| author != who) {
                let place = *place;
                if matches!(place, Place::With(whom) if whom != author) {
                    continue;
                }
                let own = &all[&(author, self.there(*who, place))];
                self.check_arrived(author, *who, place, own, shown);
            }
        }
        for group in (0..self.groups.len()).map(Place::Group) {
            for (one, other) in everybody.clone().flat_map(|one| (0..one).map(move |other| (one, other))) {
                self.check_one_order(one, other, &all[&(one, group)], &all[&(other, group)]);
            }
        }
    }

    /// What was confirmed to the page as written is there, once, in the order in which it was written.
    fn check_own(&mut self, who: usize, place: Place, shown: &[Shown]) {
        let own: Vec<u32> = shown.iter().filter(|shown| shown.author == who).map(|shown| shown.number).collect();
        assert!(own.is_sorted_by(|a, b| a < b), "[own order] of {who} in {place:?}: {own:?}");
        if self.facts.deleted.contains(&(who, place)) {
            return;
        }
        for written in self.written.iter().filter(|written| written.who == who && written.place == place) {
            let confirmed = self.world.devices[who].events.contains(&Told::Written { tag: written.number });
            let there = own.contains(&written.number);
            assert!(there || !confirmed, "[written is stored] {} of {who} in {place:?}", written.number);
        }
    }

    /// Nobody's texts are doubled, or stand in another order than they were written in.
    fn check_order(&self, who: usize, place: Place, shown: &[Shown]) {
        for author in (0..self.people.len()).filter(|author| !self.facts.hostile.contains(author)) {
            let theirs: Vec<u32> = shown.iter().filter(|s| s.author == author).map(|s| s.number).collect();
            assert!(
                theirs.is_sorted_by(|a, b| a < b),
                "[author's order] of {author} as {who} sees it in {place:?}: {theirs:?}"
            );
        }
        for shown in shown {
            let written = self.written.iter().find(|written| written.number == shown.number);
            let written = written.unwrap_or_else(|| panic!("[nothing comes from nowhere] {shown:?} at {who}"));
            assert!(
                written.who == shown.author
                    && (who == shown.author || self.there(shown.author, written.place) == place),
                "[right place] {shown:?} at {who} in {place:?}"
            );
        }
    }

    /// Who was blocked or had been taken out was not heard, or did not hear.
    fn check_secrecy(&self, who: usize, place: Place, shown: &[Shown]) {
        for shown in shown.iter().filter(|shown| shown.author != who) {
            let Some(written) = self.written.iter().find(|written| written.number == shown.number) else { continue };
            match place {
                Place::With(whom) => {
                    let void = self.facts.unblocked.contains(&(who, whom));
                    assert!(void || !written.blocked, "[blocked is silent] {shown:?} at {who}");
                }
                Place::Group(group) => {
                    let again = self.facts.added.get(&(group, who)).is_some_and(|times| *times > 1);
                    assert!(
                        again || self.facts.lost_store || !written.former.contains(&who),
                        "[removed reads nothing] {shown:?} at {who} in {place:?}"
                    );
                }
            }
        }
    }

    /// What one wrote and the other had a right to is there; `own` is what the author has.
    fn check_arrived(&mut self, author: usize, who: usize, place: Place, own: &[Shown], shown: &[Shown]) {
        let theirs: BTreeSet<u32> = shown.iter().filter(|s| s.author == author).map(|s| s.number).collect();
        let facts = &self.facts;
        let here = (who, place);
        let there = (author, self.there(who, place));
        if facts.expired || facts.lost_store || facts.deleted.contains(&here) || facts.deleted.contains(&there) {
            return;
        }
        if facts.hostile.contains(&author) || facts.hostile.contains(&who) {
            return;
        }
        let expected = own.iter().filter(|own| own.author == author).filter(|own| match place {
            Place::With(_) => !facts.blocked.contains(&(who, author)) && !facts.blocked.contains(&(author, who)),
            Place::Group(group) => {
                let member = self.written.iter().any(|w| w.number == own.number && w.members.contains(&who));
                let parted = facts.parted.contains(&(group, who)) || facts.parted.contains(&(group, author));
                let once = facts.added.get(&(group, who)).is_none_or(|times| *times <= 1);
                member && !parted && once && facts.blocked.is_empty()
            }
        });
        let missing: Vec<u32> = expected.map(|own| own.number).filter(|number| !theirs.contains(number)).collect();
        if missing.is_empty() {
            return;
        }
        let (lied, chats) = (facts.lied, [self.chat_id(place), self.chat_id(there.1)]);
        let noticed = lied
            && chats[0].is_some_and(|chat| self.is_noticed(who, chat))
                | chats[1].is_some_and(|chat| self.is_noticed(author, chat));
        assert!(noticed, "[nothing is lost] {missing:?} of {author} at {who} in {place:?}");
    }

    /// What two have from others is in one order at both.
    fn check_one_order(&self, one: usize, other: usize, a: &[Shown], b: &[Shown]) {
        let common = |from: &[Shown], of: &[Shown]| -> Vec<Shown> {
            let by_others = from.iter().filter(|shown| shown.author != one && shown.author != other);
            by_others.filter(|shown| of.contains(shown)).copied().collect()
        };
        assert_eq!(common(a, b), common(b, a), "[one order] of {one} and {other}");
    }

    /// All who are in a group see the same of it, and nobody is thought to be in it who is not.
    fn check_groups(&mut self) {
        if self.facts.lost_store || self.facts.lied {
            return;
        }
        for group in 0..self.groups.len() {
            let mut seen: BTreeMap<usize, String> = BTreeMap::new();
            let mut rosters: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
            let mut accepted = false;
            for who in (0..self.people.len()).filter(|who| !self.facts.hostile.contains(who)).collect::<Vec<_>>() {
                let Some(view) = self.chat(who, Place::Group(group)) else { continue };
                let open = view.state == ChatState::Open;
                let Some(shown) = view.group.filter(|shown| shown.out.is_none()) else { continue };
                accepted |= open;
                let members = self.members(who, group).unwrap_or_default();
                let mut roles: Vec<_> =
                    members.iter().map(|m| (self.device_of(&m.person), m.role, m.devices)).collect();
                roles.sort();
                rosters.insert(who, roles.iter().filter_map(|(device, ..)| *device).collect());
                let state = (view.name, shown.description, shown.people, shown.may_add, shown.may_change, shown.timer);
                seen.insert(who, format!("{state:?} {roles:?}"));
            }
            let states: BTreeSet<&String> = seen.values().collect();
            assert!(states.len() <= 1, "[one state] group {group}: {seen:?}");
            let inside: BTreeSet<usize> = seen.keys().copied().collect();
            // Who has blocked the person that brings them in drops the welcome, and a welcome may expire. Where nobody has accepted the
            // group, nobody does anything in it: who leaves it is taken out by the first who does.
            let ghosts =
                !accepted || self.facts.expired || !self.facts.blocked.is_empty() || !self.facts.hostile.is_empty();
            for (who, roster) in &rosters {
                let strangers = roster.difference(&inside).filter(|other| !self.facts.hostile.contains(other));
                let strangers: Vec<_> = strangers.collect();
                assert!(ghosts || strangers.is_empty(), "[no ghosts] {strangers:?} for {who} in group {group}");
                assert!(
                    inside.is_subset(roster),
                    "[members know it] {inside:?} and {roster:?} at {who}, group {group}"
                );
            }
        }
    }

    /// Devices that have nothing to say say nothing.
    fn check_quiet(&mut self) {
        let before: Vec<u64> = self.world.devices.iter().map(|device| device.frames).collect();
        self.rest(1);
        for (who, device) in self.world.devices.iter().enumerate() {
            let sent = device.frames - before[who];
            assert!(sent <= MOST_FRAMES_IN_AN_HOUR, "[quiet when nothing happens] {sent} frames of {who}");
            let most = device.most_frames;
            assert!(most <= MOST_FRAMES_IN_A_STEP, "[no storms] {most} frames of {who} in one step");
        }
    }

    /// What a device has stored is what it has in memory.
    fn check_reload(&mut self, who: usize) {
        let before = self.world.snapshot(who);
        let mut fresh = xchat_engine::Engine::new(Origin::parse(ORIGIN).unwrap());
        fresh.omit_safety_numbers();
        while let Some(scope) = fresh.missing(&Input::Attach).first().copied() {
            fresh.load(scope, self.world.devices[who].database.scope(scope)).unwrap();
        }
        let step = fresh.step(Input::Attach, self.world.clock(who), [7; 32]);
        let after = step.effects.into_iter().find_map(|effect| match effect {
            xchat_engine::Effect::Notify(event @ Told::Snapshot { .. }) => Some(event),
            _ => None,
        });
        let (Told::Snapshot { account, chats, .. }, Some(Told::Snapshot { account: a, chats: c, .. })) =
            (before, after)
        else {
            panic!("[reload] no snapshot of {who}")
        };
        assert!(account == a && chats == c, "[reload] of {who}: {chats:?}\n{c:?}");
    }

    /// Honest devices that are in a group by their own account.
    fn inside(&mut self, place: Place) -> Vec<usize> {
        let honest: Vec<usize> = (0..self.people.len()).filter(|who| !self.facts.hostile.contains(who)).collect();
        let views = honest.into_iter().map(|who| (who, self.chat(who, place).and_then(|view| view.group)));
        views.filter(|(_, group)| group.as_ref().is_some_and(|group| group.out.is_none())).map(|(who, _)| who).collect()
    }

    /// Whoever may write to somebody is heard.
    fn check_that_life_goes_on(&mut self) {
        let mut sent: Vec<(usize, Place, u32, Vec<usize>)> = Vec::new();
        let mut number = 1_000_000;
        for who in (0..self.people.len()).filter(|who| !self.facts.hostile.contains(who)).collect::<Vec<_>>() {
            for place in self.places(who) {
                let Some(view) = self.chat(who, place).filter(|view| view.state == ChatState::Open) else { continue };
                let hears: Vec<usize> = match place {
                    Place::With(whom) => {
                        let open = self.chat(whom, Place::With(who)).is_some_and(|v| v.state == ChatState::Open);
                        if open && !self.facts.hostile.contains(&whom) { vec![whom] } else { vec![] }
                    }
                    Place::Group(_) if view.group.as_ref().is_some_and(|shown| shown.out.is_some()) => vec![],
                    Place::Group(_) => self.inside(place).into_iter().filter(|other| *other != who).collect(),
                };
                if hears.is_empty() {
                    continue;
                }
                self.apply(number, crate::event::Event::Write { who, place });
                sent.push((who, place, number, hears));
                number += 1;
            }
        }
        self.rest(1);
        for (who, place, number, hears) in sent {
            for other in hears {
                let there = self.there(who, place);
                let shown = self.shown(other, there);
                assert!(
                    shown.contains(&Shown { number, author: who }),
                    "[life goes on] {who} is not heard by {other} in {place:?}"
                );
            }
        }
    }

    /// Nothing that the relay was shown holds a word, a name or an identity.
    fn check_blindness(&mut self) {
        let shown = self.world.shown.take().unwrap_or_default();
        // One character for a byte: a text is searched by the library's own search.
        let hay: String = shown.iter().map(|byte| char::from(*byte)).collect();
        let identities = self.people.iter().map(|person| person.0.iter().map(|byte| char::from(*byte)).collect());
        for needle in identities.chain([MARKER.to_owned(), NAME.to_owned()]) {
            assert!(!hay.contains(&needle), "[the relay is blind] it saw {needle:?}");
        }
    }
}

/// What a message says of itself.
fn shown(message: &MessageView) -> Option<Shown> {
    let Body::Text { text, .. } = &message.body else { return None };
    let (number, rest) = text.split_once(" by ")?;
    let (author, _) = rest.split_once(':')?;
    Some(Shown { number: number.parse().ok()?, author: author.parse().ok()? })
}
