//! What people want of groups: kept until a commit that does it was read back, done again when another commit was first, and
//! dropped with a word when it makes no sense any more.

use xchat_wire::{Address, PublicKey};

use crate::{
    Engine,
    api::{ChatId, Problem},
    card::{CardDevice, CardSecret, Link, Name},
    connection::Found,
    mls::{MlsError, Plan, check_package, introduction},
    picture::PictureId,
    room::{Device, Happened, RoomState, Roster},
    rows::Table,
    state::{self, Intent, Invitee, Versioned as _, Want, key},
};

/// How often somebody who could not be reached is tried again before they are given up, each after a while.
const TRIES: u8 = 10;
/// Devices that one commit brings in: as many as the relay takes welcomes for, so that a group of 1,000 is 32 commits. What they share
/// goes through a blob where a frame does not hold it (`large.rs`); where it does not hold what is each one's own, fewer come at a time.
const ADDS: usize = xchat_wire::MAX_WELCOMES;

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

    /// Nobody wishes any more that somebody comes in.
    pub(super) fn drop_invitee(&mut self, id: ChatId, person: &PublicKey) {
        let intents = self.held.get(&id).map(|held| held.intents.clone()).unwrap_or_default();
        for (number, intent) in intents {
            let Some(people) = intent.want.invitees() else { continue };
            let left: Vec<Invitee> = people.iter().filter(|invitee| invitee.person != *person).cloned().collect();
            match left.is_empty() {
                true => self.drop_intent(id, number),
                false => self.put_intent(id, number, Intent { want: intent.want.with_invitees(left), ..intent }),
            }
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
        let intent = self.held.get(&id).and_then(|held| held.intents.get(&number)).cloned();
        let Some(intent) = intent else { return self.end_gathering(id) };
        if let Some(people) = intent.want.invitees() {
            let came = |person: &PublicKey| happened.contains(&Happened::Added(*person));
            self.use_up(id, came);
            let left: Vec<Invitee> = people.iter().filter(|invitee| !came(&invitee.person)).cloned().collect();
            if !left.is_empty() {
                let want = intent.want.with_invitees(left);
                return self.put_intent(id, number, Intent { want, ..intent });
            }
        }
        self.end_gathering(id);
        if let (Want::Readd { key, .. }, Some(connection)) = (&intent.want, &mut self.connection) {
            connection.let_in.insert((id, *key), self.now);
        }
        self.drop_intent(id, number);
    }

    /// What an intent needs is not to be had now.
    pub(super) fn put_off(&mut self, id: ChatId, number: u64) {
        self.retry_later(id);
        if let Some(connection) = &mut self.connection {
            connection.unreached.remove(&id);
        }
        let Some(intent) = self.held.get(&id).and_then(|held| held.intents.get(&number)).cloned() else { return };
        let brings = matches!(intent.want, Want::Bring(_));
        if brings && intent.tries == 0 {
            self.tell_not_reached(id, intent.want.invitees().into_iter().flatten());
        }
        if intent.tries >= TRIES && brings {
            // Whoever is left behind by a move is tried once more on each connection.
            self.connection.as_mut().map(|connection| connection.rested.insert(id));
            return;
        }
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
                Ok(Turn::Waits) => return intent.tries == 0 && intent.want.invitees().is_some(),
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
        let rested = self.connection.as_ref().is_some_and(|connection| connection.rested.contains(&id));
        let late = |intent: &Intent| intent.tries > 0 && matches!(intent.want, Want::Bring(_));
        let now = held.intents.iter().filter(|(_, intent)| !(rested && intent.tries >= TRIES && late(intent)));
        // What this person wants goes before what others ask for, and that before who could not be brought along.
        let first = now.min_by_key(|(number, intent)| (late(intent), intent.want.is_readd(), **number));
        first.map(|(number, intent)| (*number, intent.clone()))
    }

    fn turn(&mut self, id: ChatId, log: &Address, number: u64, intent: &Intent) -> Result<Turn, MlsError> {
        let (state, roster) = self.with_group(id, log, |group, _| Ok((group.state()?, group.roster()?)))?;
        let state = state.ok_or(MlsError::Foreign)?;
        match &intent.want {
            Want::Add(people) | Want::Bring(people) => self.add_turn(id, log, number, people, &roster),
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
                Some(after) => {
                    let picture = change.picture().map(<[u8]>::to_vec);
                    self.stage_turn(id, log, number, Plan { state: Some(after), picture, ..Plan::default() }, &[])
                }
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
        // This person's own devices come in with the others.
        let own = self.out_of_line(id, log).map(|(_, missing)| missing).unwrap_or_default();
        let Some(found) = self.gathered(id).map(<[Found]>::to_vec) else {
            if !self.is_gathering(id) {
                self.gather_next(id, number, &wanted, !own.is_empty());
            }
            return Ok(Turn::Waits);
        };
        self.note_unreached(id);
        let own: Vec<Found> = found.iter().filter(|found| own.contains(&found.device.key)).cloned().collect();
        // Whole people, as many as one commit takes: its welcomes travel with it, and each holds all leaves.
        let mut most = ADDS;
        loop {
            let mut adds = own.clone();
            for invitee in &wanted {
                let theirs: Vec<&Found> = found.iter().filter(|found| found.person == invitee.person).collect();
                if adds.is_empty() || adds.len() + theirs.len() <= most {
                    adds.extend(theirs.into_iter().cloned());
                }
            }
            if adds.is_empty() {
                break;
            }
            let plan = Plan { adds: adds.iter().map(|found| found.package.clone()).collect(), ..Plan::default() };
            match self.stage_turn(id, log, number, plan, &adds) {
                Err(MlsError::TooLarge) if most > 1 => most = adds.len().min(most) / 2,
                staged => return staged,
            }
        }
        self.end_gathering(id);
        self.gather_next(id, number, &wanted, false);
        Ok(Turn::Waits)
    }

    /// Asks for the cards of the next of these people; when all were asked in vain it is put off.
    fn gather_next(&mut self, id: ChatId, number: u64, wanted: &[&Invitee], own: bool) {
        let unreached = self.connection.as_ref().and_then(|connection| connection.unreached.get(&id));
        let untried = wanted.iter().filter(|invitee| !unreached.is_some_and(|tried| tried.contains(&invitee.person)));
        let mut links: Vec<Link> = untried.take(ADDS).map(|invitee| invitee.link()).collect();
        if links.is_empty() {
            return self.put_off(id, number);
        }
        links.extend(self.account.as_ref().filter(|_| own).map(|account| self.own_link(account)));
        self.gather(id, links);
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
        Want::Picture(_) => after.picture = want.picture().and_then(PictureId::of),
        // Another one is in its place already.
        Want::Invite { secret: Some(_), instead } if state.invite != *instead => {}
        Want::Invite { secret, .. } => after.invite = *secret,
        Want::Add(_) | Want::Bring(_) | Want::Remove(_) | Want::Leave | Want::Readd { .. } => return None,
    }
    Some(after)
}
