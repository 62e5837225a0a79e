//! What must be true after any history. Each failure begins with the name of its invariant in brackets, by which histories shrink.

use std::collections::{BTreeMap, BTreeSet};

use xchat_engine::{
    Input,
    api::{Body, ChatState, Event as Told, MessageView},
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

/// Order of what a device that is given history hears first.
const FIRST_ORDER: u64 = 1 << 32;

/// Texts that are written once a history is over have this number and higher ones.
pub const LAST_WORDS: u32 = 1_000_000;

/// A text that is on a device's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    pub number: u32,
    /// The device that wrote it.
    author: usize,
    /// It is shown as this person's own.
    mine: bool,
    /// It came as history.
    given: bool,
}

impl Simulation {
    /// Lets the world come to rest, checks everything, lets everybody write once more, and checks that it arrives.
    pub fn check(&mut self) {
        self.calm_down();
        self.rest(3);
        self.check_histories();
        self.check_groups();
        self.check_quiet();
        (0..self.world.devices.len())
            .filter(|who| self.lives(*who))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|who| self.check_reload(who));
        self.check_alike();
        self.check_files();
        self.drop_on_the_way();
        self.check_files();
        for copies in [false, true] {
            self.take_all_back(copies);
            self.check_files();
        }
        self.check_that_life_goes_on();
        self.check_blindness();
    }

    /// A device's texts of one conversation, in order.
    pub fn shown(&mut self, who: usize, place: Place) -> Vec<Shown> {
        let Some(chat) = self.chat_id(place) else { return Vec::new() };
        let messages = self.world.messages(who, chat);
        messages.iter().filter_map(shown).collect()
    }

    pub fn places(&self, who: usize) -> Vec<Place> {
        let people = (0..self.people.len()).filter(|whom| *whom != self.owner(who)).map(Place::With);
        people.chain((0..self.groups.len()).map(Place::Group)).collect()
    }

    fn check_histories(&mut self) {
        let everybody: Vec<usize> = (0..self.world.devices.len()).filter(|who| self.lives(*who)).collect();
        let mut all: BTreeMap<(usize, Place), Vec<Shown>> = BTreeMap::new();
        for who in everybody.iter().copied() {
            for place in self.places(who) {
                let shown = self.shown(who, place);
                self.check_own(who, place, &shown);
                self.check_order(who, place, &shown);
                self.check_secrecy(who, place, &shown);
                self.check_called(who, place);
                self.check_gaps(who, place);
                all.insert((who, place), shown);
            }
        }
        for ((who, place), shown) in &all {
            for author in everybody.iter().copied().filter(|author| author != who) {
                let (place, person) = (*place, self.owner(author));
                if matches!(place, Place::With(whom) if whom != person && self.owner(*who) != person) {
                    continue;
                }
                let own = &all[&(author, self.there(*who, author, place))];
                self.check_arrived(author, *who, place, own, shown);
            }
        }
        for group in (0..self.groups.len()).map(Place::Group) {
            for (one, other) in everybody.iter().flat_map(|one| everybody.iter().map(|other| (*one, *other))) {
                if other >= one {
                    continue;
                }
                self.check_one_order(one, other, &all[&(one, group)], &all[&(other, group)]);
            }
        }
    }

    /// What was confirmed to the page as written is there, once, in the order in which it was written.
    fn check_own(&mut self, who: usize, place: Place, shown: &[Shown]) {
        let own: Vec<u32> = shown.iter().filter(|shown| shown.author == who).map(|shown| shown.number).collect();
        assert!(own.is_sorted_by(|a, b| a < b), "[own order] of {who} in {place:?}: {own:?}");
        if self.facts.deleted.contains(&(self.owner(who), place)) {
            return;
        }
        for written in self.written.iter().filter(|written| written.who == who && written.place == place) {
            let confirmed = self.world.devices[who].events.contains(&Told::Written { tag: written.number });
            let there = own.contains(&written.number);
            assert!(there || !confirmed, "[written is stored] {} of {who} in {place:?}", written.number);
        }
    }

    /// Nobody's texts are doubled, or stand in another order than they were written in.
    fn check_order(&mut self, who: usize, place: Place, shown: &[Shown]) {
        let apart = self.has_history_of_two(who, place);
        for author in (0..self.world.devices.len()).filter(|d| !self.facts.hostile.contains(&self.owner(*d))) {
            let theirs = shown.iter().filter(|s| s.author == author && !(apart && s.given));
            let mut theirs: Vec<u32> = theirs.map(|s| s.number).collect();
            // What had expired before anybody read it, its author too, is sent again, and comes after what was sent behind it and had not.
            if self.facts.expired {
                theirs.sort_unstable();
            }
            assert!(
                theirs.is_sorted_by(|a, b| a < b),
                "[author's order] of {author} as {who} sees it in {place:?}: {theirs:?}"
            );
        }
        for shown in shown {
            let written = self.written.iter().find(|written| written.number == shown.number);
            let written = written.unwrap_or_else(|| panic!("[nothing comes from nowhere] {shown:?} at {who}"));
            assert!(
                written.who == shown.author && self.there(shown.author, who, written.place) == place,
                "[right place] {shown:?} at {who} in {place:?}"
            );
            let mine = self.owner(who) == self.owner(shown.author);
            assert!(mine == shown.mine, "[right author] {shown:?} at {who} in {place:?}");
        }
    }

    /// Who was blocked or had been taken out was not heard, or did not hear.
    fn check_secrecy(&self, who: usize, place: Place, shown: &[Shown]) {
        let person = self.owner(who);
        for shown in shown.iter().filter(|shown| !shown.mine) {
            let Some(written) = self.written.iter().find(|written| written.number == shown.number) else { continue };
            match place {
                Place::With(whom) => {
                    let void = self.facts.unblocked.contains(&(person, whom)) || written.unaware.contains(&who);
                    assert!(void || !written.blocked, "[blocked is silent] {shown:?} at {who}");
                }
                Place::Group(group) => {
                    let again = self.facts.added.get(&(group, person)).is_some_and(|times| times.len() > 1);
                    assert!(
                        again || self.facts.lost_store || !written.former.contains(&person),
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
        let (person, writer) = (self.owner(who), self.owner(author));
        let here = (person, place);
        let there = (writer, self.there(who, author, place));
        if facts.expired || facts.lost_store || facts.deleted.contains(&here) || facts.deleted.contains(&there) {
            return;
        }
        if facts.hostile.contains(&writer) || facts.hostile.contains(&person) {
            return;
        }
        // Whether a device had sent all of its own before it was taken off, nobody can say.
        if facts.revoked.contains(&author) || facts.revoked.contains(&who) {
            return;
        }
        let first = self.people.len();
        let expected = own.iter().filter(|own| own.author == author).filter(|own| {
            who < first || self.written.iter().any(|w| w.number == own.number && w.further.contains(&who))
        });
        let expected = expected.filter(|own| match place {
            Place::With(_) if person == writer => facts.blocked.is_empty(),
            Place::With(_) => !facts.blocked.contains(&(person, writer)) && !facts.blocked.contains(&(writer, person)),
            Place::Group(group) => {
                let member = self.written.iter().any(|w| w.number == own.number && w.members.contains(&person));
                let parted = facts.parted.contains(&(group, person)) || facts.parted.contains(&(group, writer));
                let once = facts.added.get(&(group, person)).is_none_or(|times| times.len() <= 1);
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
        // What a person wrote before a device of theirs came stands there as it does where it was written: ahead of what was read later.
        let given = |device: usize, shown: &Shown| {
            let theirs = device >= self.people.len() && self.owner(device) == self.owner(shown.author);
            theirs && !self.written.iter().any(|w| w.number == shown.number && w.further.contains(&device))
        };
        let common = |from: &[Shown], of: &[Shown]| -> Vec<u32> {
            let by_others = from.iter().filter(|shown| shown.author != one && shown.author != other);
            let by_others = by_others.filter(|shown| !given(one, shown) && !given(other, shown));
            by_others.map(|shown| shown.number).filter(|number| of.iter().any(|s| s.number == *number)).collect()
        };
        // What had expired before some read it is sent again by an author who did not read it back either.
        let (a, b) = (common(a, b), common(b, a));
        assert!(self.facts.expired || a == b, "[one order] of {one} and {other}: {a:?} and {b:?}");
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
            for who in self.honest() {
                let Some(view) = self.chat(who, Place::Group(group)) else { continue };
                let open = view.state == ChatState::Open;
                let Some(shown) = view.group.filter(|shown| shown.out.is_none()) else { continue };
                if self.is_lured(who, group) {
                    continue;
                }
                accepted |= open;
                let members = self.members(who, group).unwrap_or_default();
                let mut roles: Vec<_> =
                    members.iter().map(|m| (self.number_of(&m.person), m.role, m.devices)).collect();
                roles.sort();
                rosters.insert(who, roles.iter().filter_map(|(person, ..)| *person).collect());
                let state = (view.name, shown.description, shown.people, shown.may_add, shown.may_change, shown.timer);
                seen.insert(who, format!("{state:?} {roles:?}"));
            }
            let states: BTreeSet<&String> = seen.values().collect();
            assert!(states.len() <= 1, "[one state] group {group}: {seen:?}");
            let inside: BTreeSet<usize> = seen.keys().map(|who| self.owner(*who)).collect();
            // Who has blocked the person that brings them in drops the welcome, and a welcome may expire. Where nobody has accepted the
            // group, nobody does anything in it: who leaves it is taken out by the first who does.
            let ghosts = !accepted
                || self.facts.expired
                || self.facts.made_by_revoked.contains(&group)
                || !self.facts.blocked.is_empty()
                || !self.facts.hostile.is_empty();
            // Whose only device in it was taken off before they accepted it is in it for the others.
            let revoked: BTreeSet<usize> = self.facts.revoked.iter().map(|device| self.owner(*device)).collect();
            for (who, roster) in &rosters {
                let strangers = roster.difference(&inside);
                let strangers =
                    strangers.filter(|other| !self.facts.hostile.contains(other) && !revoked.contains(other));
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
        let mut views: Vec<_> =
            self.honest().into_iter().filter_map(|who| Some((who, self.chat(who, place)?.group?))).collect();
        views.retain(|(who, shown)| {
            let Place::Group(group) = place else { return false };
            shown.out.is_none() && !self.is_lured(*who, group)
        });
        views.into_iter().map(|(who, _)| who).collect()
    }

    /// Who was taken out, or has left, has not read what a breach of the rules was, and whoever broke them can let them in where they are
    /// alone: at once, where the two know each other.
    fn is_lured(&self, who: usize, group: usize) -> bool {
        let place = (group, self.owner(who));
        let mut by = self.facts.added.get(&place).into_iter().flatten();
        self.facts.parted.contains(&place) && by.any(|by| self.facts.hostile.contains(by))
    }

    /// Whoever may write to somebody is heard.
    fn check_that_life_goes_on(&mut self) {
        let mut sent: Vec<(usize, Place, u32, Vec<usize>)> = Vec::new();
        let mut number = LAST_WORDS;
        let honest = self.honest();
        for who in honest.iter().copied() {
            for place in self.places(who) {
                let Some(view) = self.chat(who, place).filter(|view| view.state == ChatState::Open) else { continue };
                let hears: Vec<usize> = match place {
                    Place::With(whom) => {
                        let pair = [whom, self.owner(who)];
                        let others = honest.iter().copied().filter(|other| *other != who);
                        let others: Vec<usize> = others.filter(|other| pair.contains(&self.owner(*other))).collect();
                        let open = |other: &usize| {
                            let there = self.there(who, *other, place);
                            self.chat(*other, there).is_some_and(|view| view.state == ChatState::Open)
                        };
                        others.into_iter().filter(open).collect()
                    }
                    Place::Group(_) if view.group.as_ref().is_some_and(|shown| shown.out.is_some()) => vec![],
                    Place::Group(group) if self.is_lured(who, group) || self.is_being_left(who, group) => vec![],
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
        self.check_revoked();
        for (who, place, number, mut deaf) in sent {
            deaf.retain(|other| {
                let there = self.there(who, *other, place);
                !self.shown(*other, there).iter().any(|shown| (shown.number, shown.author) == (number, who))
                    && !self.is_apart(who, *other, place)
            });
            assert!(deaf.is_empty(), "[life goes on] {who} is not heard by {deaf:?} in {place:?}");
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
    Some(Shown {
        number: number.parse().ok()?,
        author: author.parse().ok()?,
        mine: message.mine,
        given: message.order < FIRST_ORDER,
    })
}
