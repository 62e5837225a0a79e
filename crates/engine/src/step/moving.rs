//! Moving a group to a fresh one: who may, who follows whom, and what is read on in the room that was left.
//!
//! A fresh room is an MLS group and a log of their own with the state of the old, one move on. Of two rooms the one of more moves holds,
//! and of as many the one whose MLS group has the lower id, so that all who move at once meet in one.

use xchat_wire::{Address, PublicKey};

use super::{members::BEGUN, room::MAX_ROOMS};
use crate::{
    Engine,
    api::{ChatId, ChatState, PersonId, Problem},
    mls::{Invited, MlsError},
    picture::PictureId,
    room::{Happened, Role, RoomState, Roster, judge_move},
    rows::Table,
    sorted::SortedMap,
    state::{self, Chat, Invitee, Out, Room, Want, key},
};

/// A room that the group has left is read for so long, in milliseconds: 10 minutes. Others may not have heard of the move yet.
const READ_ON_MS: u64 = 10 * 60 * 1000;
/// Moves that a welcome may be ahead of what this device knows: nobody uses them up.
const MAX_MOVES_AHEAD: u32 = 1000;

/// Where a welcome into a group leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Into a group that is new to this device, or that it had left.
    New,
    /// Back into the group that this device had lost.
    Back,
    /// Into the room where the group is now.
    On,
    /// Into one that gave way to another: it is read for a while.
    Aside,
}

impl Engine {
    /// Moves a group to a fresh one, with everybody but these. It is there at once; the others come in when there is a connection.
    pub(super) fn move_group(&mut self, id: ChatId, without: &[PersonId]) -> Result<(), Problem> {
        let own = self.own_identity().ok_or(Problem::NoChat)?;
        let chat = self.chats.get(&id).ok_or(Problem::NoChat)?;
        let head = chat.group().ok_or(Problem::NoChat)?;
        let has_it = head.out.is_none_or(|out| out == Out::Lost);
        if !has_it || head.leaving || chat.state != ChatState::Open || self.is_out() {
            return Err(Problem::NotAMember);
        }
        let role = head.role;
        let without: Vec<PublicKey> = without.iter().map(|person| PublicKey::new(person.0)).collect();
        let above = |engine: &mut Self, person: &PublicKey| *person != own && engine.rank_of(id, person) < role;
        if !self.is_hostile() && (role < Role::Admin || !without.iter().all(|person| above(self, person))) {
            return Err(Problem::NotAllowed);
        }
        self.begin_fresh(id, own, &without).map_err(|_| Problem::RowDamaged)
    }

    pub(super) fn begin_fresh(&mut self, id: ChatId, own: PublicKey, without: &[PublicKey]) -> Result<(), MlsError> {
        let (state, people) = self.last_known(id)?;
        let picture = self.held.get(&id).and_then(|held| PictureId::of(held.picture.as_deref()?));
        let mut fresh = state.moved(without);
        fresh.picture = picture;
        let old = self.chats.get(&id).and_then(|chat| chat.current);
        let log = self.begin_room(id, Some(&fresh))?;
        if let Some(old) = old {
            self.leave_behind(id, &old);
        }
        let chat = self.chats.get_mut(&id).ok_or(MlsError::Missing)?;
        if let Some(room) = chat.room_mut(&log) {
            room.without = without.to_vec();
        }
        let head = chat.group_mut().ok_or(MlsError::Missing)?;
        let lost_from = head.lost_from.take().filter(|_| head.out.is_some());
        head.out = None;
        head.asked = None;
        self.refresh_head(id, &log);
        without.iter().for_each(|person| self.drop_invitee(id, person));
        let mut follow = Vec::new();
        let mut unknown = Vec::new();
        for person in people.into_iter().filter(|person| *person != own && !without.contains(person)) {
            match self.invitee(Some(id), &PersonId(*person.as_bytes())) {
                Some(invitee) => follow.push(invitee),
                None => unknown.push(Happened::NotReached(person)),
            }
        }
        if let Some(from) = lost_from {
            self.add_gap(id, from, self.now);
        }
        self.tell_commit(id, &own, vec![Happened::Moved], (&log, BEGUN));
        self.tell_happened(id, &own, unknown);
        if !follow.is_empty() {
            self.want(id, Want::Bring(follow));
        }
        self.open_room(id, &log);
        Ok(())
    }

    /// State and people of a group, as far as this device has read.
    fn last_known(&mut self, id: ChatId) -> Result<(RoomState, Vec<PublicKey>), MlsError> {
        if let Some((state, roster)) = self.state_here(id) {
            return Ok((state, roster.people().copied().collect()));
        }
        let head = self.chats.get(&id).and_then(Chat::group).ok_or(MlsError::Missing)?;
        let moves = Some(head.state.moves());
        let people = self.held.get(&id).into_iter().flat_map(|held| &held.people);
        let here = people.filter(|(_, row)| row.moves == moves).map(|(person, _)| *person).collect();
        Ok((head.state.clone(), here))
    }

    /// State and members of the group's current room.
    fn state_here(&mut self, id: ChatId) -> Option<(RoomState, Roster)> {
        let log = self.chats.get(&id)?.current?;
        let (state, roster) = self.with_group(id, &log, |group, _| Ok((group.state()?, group.roster()?))).ok()?;
        Some((state?, roster))
    }

    /// What a person may do in a group, as far as this device knows. Who was in the room that the group has left counts as well: they
    /// may be still to come.
    fn rank_of(&mut self, id: ChatId, person: &PublicKey) -> Role {
        if let Some((state, roster)) = self.state_here(id).filter(|(_, roster)| roster.has(person)) {
            return state.role(person, &roster);
        }
        let head = self.chats.get(&id).and_then(Chat::group);
        let seen = self.held.get(&id).and_then(|held| held.people.get(person)).and_then(|row| row.moves);
        let near = |head: &&state::GroupHead| seen.is_some_and(|seen| seen.saturating_add(1) >= head.state.moves());
        head.filter(near).map_or(Role::Member, |head| head.state.given(person))
    }

    /// Where a welcome into a group leads, or that it leads nowhere.
    pub(super) fn place_of(
        &mut self,
        id: ChatId,
        state: &RoomState,
        invited: &Invited,
        own: PublicKey,
    ) -> Result<Place, MlsError> {
        let by_own = invited.sender == own;
        let rank = self.rank_of(id, &invited.sender);
        let Some(chat) = self.chats.get(&id) else { return Ok(Place::New) };
        let Some(head) = chat.group() else { return Ok(Place::New) };
        let (mine, theirs) = (head.state.moves(), state.moves());
        let may = by_own || judge_move(&head.state, state, &invited.sender, rank).is_ok();
        let ahead = theirs > mine && theirs - mine <= MAX_MOVES_AHEAD;
        match (head.out, chat.current_room()) {
            (None, current) => match (may, theirs == mine) {
                (true, true) if current.is_some_and(|current| invited.id > current.group) => Ok(Place::Aside),
                (true, same) if same || ahead => Ok(Place::On),
                _ => Err(MlsError::Foreign),
            },
            // Who was never in it lets nobody in anew: that is an invitation like any other.
            (Some(Out::Lost), _) if by_own || self.has_met(id, &invited.sender) => match theirs == mine {
                true => Ok(Place::Back),
                false if may && ahead => Ok(Place::Back),
                false => Err(MlsError::Foreign),
            },
            _ => Ok(Place::New),
        }
    }

    /// Whether somebody is or was in a group, as this device knows it.
    pub(super) fn has_met(&self, id: ChatId, person: &PublicKey) -> bool {
        self.held.get(&id).is_some_and(|held| held.people.contains_key(person)) || self.own_identity() == Some(*person)
    }

    /// A room of a group that came by welcome: where the group is now, or one to be read for a while.
    pub(super) fn add_group_room(&mut self, id: ChatId, room: Room) {
        let (log, left) = (room.log, room.left_at.is_some());
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let before = chat.current.filter(|_| !left);
        chat.rooms.push(room);
        if !left {
            chat.current = Some(log);
        }
        if let Some(before) = before {
            self.leave_behind(id, &before);
            self.keep_without(id, &before, &log);
        }
        let Some(chat) = self.chats.get(&id) else { return };
        let beyond = chat.rooms.len().saturating_sub(MAX_ROOMS);
        let oldest = chat.rooms.iter().filter(|room| room.left_at.is_some()).map(|room| room.log);
        for old in oldest.take(beyond).collect::<Vec<_>>() {
            self.lose_room(id, &old);
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
        self.open_room(id, &log);
    }

    /// Whom this device did not bring along when it moved the group at the same time does not stay in the room that holds.
    fn keep_without(&mut self, id: ChatId, before: &Address, after: &Address) {
        let moves = |engine: &mut Self, log| engine.with_group(id, log, |group, _| group.state()).ok().flatten();
        let same = moves(self, before).map(|state| state.moves()) == moves(self, after).map(|state| state.moves());
        let room = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(before));
        for person in room.map(|room| std::mem::take(&mut room.without)).unwrap_or_default() {
            if same {
                self.want(id, Want::Remove(person));
            }
        }
    }

    pub(super) fn read_until(&self) -> u64 {
        self.now + READ_ON_MS
    }

    /// The group goes on elsewhere: nothing more is done in this room, and what was not done or read back in it waits for the next.
    fn leave_behind(&mut self, id: ChatId, log: &Address) {
        let until = self.read_until();
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
            room.left_at = Some(until);
            room.take_up_at = None;
        }
        // The commit may be in the log already. What it stands for is done again all the same.
        if let Some(commit) = self.pending_commit(id, log).filter(|commit| commit.intent.is_some()) {
            let commit = state::PendingCommit { intent: None, ..commit };
            self.put_chat_row(id, Table::State, &key::commit(log), state::encode(&commit));
        }
        self.requeue(id, log, None);
        self.end_gathering(id);
    }

    /// Whether a room that the group has left was read for long enough, and to its end.
    pub(super) fn left_is_read(&self, chat: &Chat) -> bool {
        chat.rooms.iter().any(|room| self.is_read(room))
    }

    fn is_read(&self, room: &Room) -> bool {
        let caught_up = |log| self.connection.as_ref().is_some_and(|connection| connection.caught_up.contains_key(log));
        room.left_at.is_some_and(|at| at <= self.now) && caught_up(&room.log)
    }

    /// Gives up the rooms that the group has left and that were read.
    pub(super) fn end_left(&mut self, id: ChatId) {
        let rooms = self.chats.get(&id).map(|chat| chat.rooms.as_slice()).unwrap_or_default();
        let read: Vec<Address> = rooms.iter().filter(|room| self.is_read(room)).map(|room| room.log).collect();
        for log in read {
            self.lose_room(id, &log);
        }
    }

    /// Notes who went, and leaves untold that people came in who have only followed a move.
    pub(super) fn note_members(&mut self, id: ChatId, happened: &mut Vec<Happened>) {
        let Some(moves) = self.chats.get(&id).and_then(Chat::group).map(|head| head.state.moves()) else { return };
        let people = self.held.get(&id).map(|held| &held.people);
        let seen = |person: &PublicKey| people.and_then(|people| people.get(person)).and_then(|row| row.moves);
        happened.retain(|what| {
            !matches!(what, Happened::Added(person) if seen(person).is_some_and(|seen| seen.saturating_add(1) == moves))
        });
        let went = happened.iter().filter_map(|what| match what {
            Happened::Removed(person) | Happened::Left(person) => Some(*person),
            _ => None,
        });
        let went: Vec<PublicKey> = went.collect();
        self.forget_members(id, |person| went.contains(person));
    }

    /// Nobody is a member but these.
    pub(super) fn forget_absent(&mut self, id: ChatId, roster: &Roster) {
        self.forget_members(id, |person| !roster.has(person));
    }

    fn forget_members(&mut self, id: ChatId, went: impl Fn(&PublicKey) -> bool) {
        let people = self.held.get_mut(&id).map(|held| &mut held.people).into_iter().flat_map(SortedMap::iter_mut);
        let mut rows = Vec::new();
        for (person, row) in people.filter(|(person, row)| row.moves.is_some() && went(person)) {
            row.moves = None;
            rows.push((key::person(person), state::encode(row)));
        }
        for (row, value) in rows {
            self.put_chat_row(id, Table::State, &row, value);
        }
    }

    /// A line for this person: who could not be brought along yet.
    pub(super) fn tell_not_reached<'a>(&mut self, id: ChatId, people: impl Iterator<Item = &'a Invitee>) {
        let happened = people.map(|invitee| Happened::NotReached(invitee.person)).collect();
        if let Some(own) = self.own_identity() {
            self.tell_happened(id, &own, happened);
        }
    }
}
