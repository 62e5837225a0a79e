//! What people want of groups: kept until a commit that does it was read back, done again when another commit was first, and
//! dropped with a word when it makes no sense any more.

use xchat_wire::{Address, PublicKey};

use crate::{
    Engine,
    api::{ChatId, Problem},
    card::{CardDevice, CardSecret, Link, Name},
    connection::Found,
    mls::{MlsError, Plan, check_package, introduction},
    room::{Device, Happened, RoomState, Roster},
    rows::Table,
    state::{self, Intent, Invitee, Versioned as _, Want, key},
};

/// How often somebody who could not be reached is tried again before they are given up, each after a while.
const TRIES: u8 = 10;
/// Devices that one commit brings in: its welcomes travel with it, and each holds all of them.
const ADDS: usize = 16;

/// What became of an intent when it was looked at.
pub(super) enum Turn {
    /// A commit of it is under way.
    Staged,
    /// It waits for answers; messages may go meanwhile.
    Waits,
    /// It was done by others, or makes no sense any more.
    Void(Option<Problem>),
}

impl Engine {
    /// Remembers that something is wanted of a group.
    pub(super) fn want(&mut self, id: ChatId, want: Want) {
        // Not the number of a wish that was dropped while a commit of it is under way: that commit would fulfil this one.
        let under_way = self.chats.get(&id).and_then(|chat| chat.current).and_then(|log| self.pending_commit(id, &log));
        let held = self.held.entry(id).or_default();
        let last = held.intents.last_key_value().map(|(number, _)| *number);
        let number = last.max(under_way.and_then(|commit| commit.intent)).map_or(0, |number| number + 1);
        self.put_intent(id, number, Intent { version: Intent::VERSION, want, tries: 0 });
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    fn put_intent(&mut self, id: ChatId, number: u64, intent: Intent) {
        self.put_chat_row(id, Table::State, &key::intent(number), state::encode(&intent));
        self.held.entry(id).or_default().intents.insert(number, intent);
    }

    fn drop_intent(&mut self, id: ChatId, number: u64) {
        self.delete_chat_row(id, Table::State, &key::intent(number));
        if let Some(held) = self.held.get_mut(&id) {
            held.intents.remove(&number);
        }
        self.out.chats_changed.insert(id);
    }

    /// Says that a wish does not come about. That somebody else's does not is nothing to this person.
    fn refuse_wish(&mut self, want: &Want, problem: Problem) {
        if !want.is_readd() {
            self.refuse(problem);
        }
    }

    /// Earlier requests of a device to be let in anew: the newest holds.
    pub(super) fn drop_readds(&mut self, id: ChatId, device: &PublicKey) {
        let theirs = |want: &Want| matches!(want, Want::Readd { key, .. } if key == device);
        let intents = self.held.get(&id).into_iter().flat_map(|held| &held.intents);
        let numbers: Vec<u64> = intents.filter(|(_, intent)| theirs(&intent.want)).map(|(number, _)| *number).collect();
        for number in numbers {
            self.drop_intent(id, number);
        }
    }

    /// Nothing is wanted of a group any more.
    pub(super) fn drop_intents(&mut self, id: ChatId) {
        let numbers: Vec<u64> =
            self.held.get(&id).map(|held| held.intents.keys().copied().collect()).unwrap_or_default();
        for number in numbers {
            self.drop_intent(id, number);
        }
    }

    /// An own commit was read back. People whom it did not bring in are still wanted.
    pub(super) fn fulfilled(&mut self, id: ChatId, number: u64, happened: &[Happened]) {
        self.end_gathering(id);
        let Some(intent) = self.held.get(&id).and_then(|held| held.intents.get(&number)).cloned() else { return };
        if let Want::Add(people) = &intent.want {
            let came = |invitee: &Invitee| happened.contains(&Happened::Added(invitee.person));
            let left: Vec<Invitee> = people.iter().filter(|invitee| !came(invitee)).cloned().collect();
            if !left.is_empty() {
                return self.put_intent(id, number, Intent { want: Want::Add(left), ..intent });
            }
        }
        if let (Want::Readd { key, .. }, Some(connection)) = (&intent.want, &mut self.connection) {
            connection.let_in.insert((id, *key), self.now);
        }
        self.drop_intent(id, number);
    }

    /// What an intent needs is not to be had now.
    pub(super) fn put_off(&mut self, id: ChatId, number: u64) {
        self.retry_later(id);
        let Some(intent) = self.held.get(&id).and_then(|held| held.intents.get(&number)).cloned() else { return };
        if intent.tries >= TRIES {
            self.drop_intent(id, number);
            return self.refuse_wish(&intent.want, Problem::Unreachable);
        }
        self.put_intent(id, number, Intent { tries: intent.tries + 1, ..intent });
    }

    /// Stages a commit for what is wanted first. Whether messages wait for it.
    pub(super) fn do_wanted(&mut self, id: ChatId, log: &Address) -> bool {
        while let Some((number, intent)) = self.first_intent(id).filter(|_| !self.is_put_off(id)) {
            match self.turn(id, log, number, &intent) {
                Ok(Turn::Staged) => {
                    self.resend_commit(id, log);
                    return true;
                }
                // What is written after people were brought in is for them as well, unless they cannot be reached.
                Ok(Turn::Waits) => return intent.tries == 0 && matches!(intent.want, Want::Add(_)),
                Ok(Turn::Void(problem)) => {
                    self.drop_intent(id, number);
                    problem.into_iter().for_each(|problem| self.refuse_wish(&intent.want, problem));
                }
                // The policy has changed under it.
                Err(MlsError::Policy(_)) => {
                    self.drop_intent(id, number);
                    self.refuse_wish(&intent.want, Problem::NotAllowed);
                }
                Err(_) => {
                    self.put_off(id, number);
                    return false;
                }
            }
        }
        false
    }

    fn first_intent(&self, id: ChatId) -> Option<(u64, Intent)> {
        let held = self.held.get(&id)?;
        // What this person wants goes before what others ask for.
        let first = held.intents.iter().min_by_key(|(number, intent)| (intent.want.is_readd(), **number));
        first.map(|(number, intent)| (*number, intent.clone()))
    }

    fn turn(&mut self, id: ChatId, log: &Address, number: u64, intent: &Intent) -> Result<Turn, MlsError> {
        let (state, roster) = self.with_group(id, log, |group, _| Ok((group.state()?, group.roster()?)))?;
        let state = state.ok_or(MlsError::Foreign)?;
        match &intent.want {
            Want::Add(people) => self.add_turn(id, log, number, people, &roster),
            Want::Readd { person, key, device, package } => {
                self.readd_turn(id, log, number, Device { person: *person, key: *key }, device, package)
            }
            Want::Remove(person) => {
                let removes: Vec<u32> = roster.of_person(person).map(|leaf| leaf.index).collect();
                match removes.is_empty() {
                    true => Ok(Turn::Void(None)),
                    false => self.stage_turn(id, log, number, Plan { removes, renew: true, ..Plan::default() }, &[]),
                }
            }
            Want::Leave => self.leave_turn(id, log, &roster),
            change => match changed(&state, &roster, change) {
                Some(after) if after == state => Ok(Turn::Void(None)),
                Some(after) => self.stage_turn(id, log, number, Plan { state: Some(after), ..Plan::default() }, &[]),
                None => Ok(Turn::Void(Some(Problem::NotAllowed))),
            },
        }
    }

    fn stage_turn(
        &mut self,
        id: ChatId,
        log: &Address,
        number: u64,
        plan: Plan,
        found: &[Found],
    ) -> Result<Turn, MlsError> {
        self.stage(id, log, plan, found, Some(number)).map(|()| Turn::Staged)
    }

    fn add_turn(
        &mut self,
        id: ChatId,
        log: &Address,
        number: u64,
        people: &[Invitee],
        roster: &Roster,
    ) -> Result<Turn, MlsError> {
        let wanted: Vec<&Invitee> = people.iter().filter(|invitee| !roster.has(&invitee.person)).collect();
        if wanted.is_empty() {
            return Ok(Turn::Void(None));
        }
        let Some(found) = self.gathered(id).map(<[Found]>::to_vec) else {
            if !self.is_gathering(id) {
                self.gather(id, wanted.into_iter().map(Invitee::link).collect());
            }
            return Ok(Turn::Waits);
        };
        // Whole people, as many as one commit takes.
        let mut adds: Vec<Found> = Vec::new();
        for invitee in &wanted {
            let theirs: Vec<&Found> = found.iter().filter(|found| found.person == invitee.person).collect();
            if adds.is_empty() || adds.len() + theirs.len() <= ADDS {
                adds.extend(theirs.into_iter().cloned());
            }
        }
        if adds.is_empty() {
            self.put_off(id, number);
            return Ok(Turn::Waits);
        }
        let plan = Plan { adds: adds.iter().map(|found| found.package.clone()).collect(), ..Plan::default() };
        self.stage_turn(id, log, number, plan, &adds)
    }

    /// Lets a device in anew: out and in with one commit. One that is not in the group any more has nothing to come back to.
    fn readd_turn(
        &mut self,
        id: ChatId,
        log: &Address,
        number: u64,
        asking: Device,
        device: &CardDevice,
        package: &[u8],
    ) -> Result<Turn, MlsError> {
        let package = check_package(&self.provider, package, &asking.person)?;
        let made = introduction(&package).map_or(0, |profile| profile.made);
        let Some(leaf) = self.stale_leaf(id, log, &asking, made)? else { return Ok(Turn::Void(None)) };
        let found = Found { person: asking.person, device: device.clone(), package: package.clone() };
        let plan = Plan { adds: vec![package], removes: vec![leaf], renew: true, ..Plan::default() };
        self.stage_turn(id, log, number, plan, &[found])
    }
}

impl Invitee {
    /// Where their card is.
    pub(crate) fn link(&self) -> Link {
        Link { identity: self.person, secret: CardSecret::new(*self.card_secret.bytes()) }
    }
}

/// The state that a wish makes of this one. None: it makes no sense (any more).
fn changed(state: &RoomState, roster: &Roster, want: &Want) -> Option<RoomState> {
    let mut after = state.clone();
    match want {
        Want::Rename(name) => after.name = Name::parse(name).ok()?,
        Want::Describe(text) => after.description.clone_from(text),
        Want::Role(person, _) if !roster.has(person) => return None,
        Want::Role(person, role) => after.give(*person, *role),
        Want::MayAdd(who) => after.may_add = *who,
        Want::MayChange(who) => after.may_change = *who,
        Want::Timer(seconds) => after.timer = *seconds,
        // Another one is in its place already.
        Want::Invite { secret: Some(_), instead } if state.invite != *instead => {}
        Want::Invite { secret, .. } => after.invite = *secret,
        Want::Add(_) | Want::Remove(_) | Want::Leave | Want::Readd { .. } => return None,
    }
    Some(after)
}
