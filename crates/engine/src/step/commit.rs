//! Commits in a log: judged, merged, told. In a log the first that names an epoch wins; later ones of the same epoch are void.

use xchat_wire::{Address, Epoch, PublicKey, Record, Seq};

use super::save::UPDATE_EVERY_MS;
use crate::{
    Engine,
    api::ChatId,
    mls::{Commit, Content, Fallback, MlsError},
    room::{Breach, Happened, Proposed, RoomState, Roster, judge, judge_accused, judge_direct},
    rows::Table,
    state::{Chat, Introduced, Kind, PendingCommit, Room, Secret, key},
};

/// Logs that are given up in one MLS epoch, each for the next, before the room is lost: who is in the epoch can spoil every one.
const MAX_FALLS: u8 = 4;

/// State and members before a commit.
pub(super) type Before = (Option<RoomState>, Roster);

/// What a merged commit came to.
struct Merged {
    author: PublicKey,
    happened: Vec<Happened>,
    introduced: Vec<Introduced>,
    /// None: it removed this device.
    next_access: Option<Secret>,
    own: bool,
    /// It lets this device in anew, which did not ask for it.
    replaced: bool,
}

/// Why a commit was not merged.
enum Unmerged {
    /// Its author had no right to it. All members see the same.
    Breach(PublicKey),
    /// No member can go on from it, and nothing proves who made it so: it does not open, it is not where the record says, or the relay's
    /// record names a key that the members cannot derive, which nobody signs.
    Useless,
    /// This device cannot process it.
    Failed,
}

impl From<MlsError> for Unmerged {
    fn from(error: MlsError) -> Self {
        match error {
            MlsError::Unreadable(_) | MlsError::Malformed => Self::Useless,
            _ => Self::Failed,
        }
    }
}

impl Engine {
    /// Judges what a commit does, by the kind of the conversation and the epoch before it.
    pub(super) fn judge(
        &self,
        id: ChatId,
        before: &Before,
        accused: &[PublicKey],
        proposed: &Proposed,
    ) -> Result<Vec<Happened>, Breach> {
        let chat = self.chats.get(&id).ok_or(Breach::Kind)?;
        match (&chat.kind, &before.0) {
            (Kind::Direct(peer), None) => {
                let own = self.own_identity().ok_or(Breach::Kind)?;
                judge_direct(&[own, *peer], proposed)
            }
            (Kind::Group(_), Some(state)) => match accused.is_empty() {
                false => judge_accused(&before.1, accused, proposed),
                true => judge(state, &before.1, proposed),
            },
            _ => Err(Breach::Kind),
        }
    }

    /// A commit of the current epoch, or one that is void. It lies in the record or in the record's blob; None: it is not to be had there.
    pub(super) fn commit_record(&mut self, id: ChatId, room: &Room, record: &Record, commit: Option<&[u8]>) {
        if record.epoch != room.epoch {
            return;
        }
        let own = self.pending_commit(id, &room.log).filter(|commit| commit.epoch == room.epoch);
        let had_own = own.is_some();
        let merged = match (own, commit) {
            // Anybody can write under a post id that they have seen.
            (Some(own), Some(_)) if own.post == record.post && own.body.as_slice() == &record.body[..] => {
                self.merge_own(id, room, own, record)
            }
            (_, commit) => self.merge_theirs(id, room, record, commit, had_own),
        };
        let merged = match merged {
            Err(Unmerged::Useless | Unmerged::Failed) if self.doubts_first(id, room, record) => return,
            Err(unmerged) if had_own => self.clear_commit(id, &room.log).map_err(Unmerged::from).and(Err(unmerged)),
            merged => merged,
        };
        // What does not fit the log may be shown to this device alone, and whoever falls back alone hears nobody any more.
        let with_all = merged.is_err() && self.can_fall_back(id, room) && self.fits(room, record);
        match merged {
            Ok(merged) => self.enter_epoch(id, room, merged),
            Err(Unmerged::Breach(author)) if with_all => self.fall_back(id, room, Some(author)),
            Err(Unmerged::Useless) if with_all => self.fall_back(id, room, None),
            Err(_) => self.lose_room(id, &room.log),
        }
    }

    /// Nothing tells whether the first record behind a welcome is the one that the others have. One from which this device cannot go on is
    /// as if it had not come, and is read once more.
    fn doubts_first(&mut self, id: ChatId, room: &Room, record: &Record) -> bool {
        let sure = room.chain.is_some() || record.previous == Seq(0);
        if sure || !self.doubts(room, record.seq) {
            return false;
        }
        self.held.entry(id).or_default().forget(&room.log);
        if let Some(after) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            after.clone_from(room);
        }
        true
    }

    fn merge_own(&mut self, id: ChatId, room: &Room, own: PendingCommit, record: &Record) -> Result<Merged, Unmerged> {
        if record.next_key != Some(own.next_key) {
            return Err(Unmerged::Useless);
        }
        self.with_group(id, &room.log, |group, provider| group.merge_own(provider))?;
        self.delete_chat_row(id, Table::State, &key::commit(&room.log));
        if let Some(number) = own.intent {
            self.fulfilled(id, number, &own.happened);
        }
        let author = self.own_identity().ok_or(Unmerged::Failed)?;
        let PendingCommit { happened, introduced, next_access, .. } = own;
        Ok(Merged { author, happened, introduced, next_access: Some(next_access), own: true, replaced: false })
    }

    fn merge_theirs(
        &mut self,
        id: ChatId,
        room: &Room,
        record: &Record,
        commit: Option<&[u8]>,
        had_own: bool,
    ) -> Result<Merged, Unmerged> {
        let (log, commit) = (room.log, commit.ok_or(Unmerged::Useless)?);
        let (before, commit) = self.with_group(id, &log, |group, provider| {
            let before = (group.state()?, group.roster()?);
            match group.process(provider, &log, commit)? {
                Content::Commit(commit) => Ok((before, Ok(commit))),
                Content::Broken(author) => Ok((before, Err(Unmerged::Breach(author)))),
                // An own one that this device does not remember: the others can process it.
                Content::Nothing => Ok((before, Err(Unmerged::Failed))),
                // The relay's word alone makes a commit of it.
                Content::Message { .. } | Content::Leaving => Ok((before, Err(Unmerged::Useless))),
            }
        })?;
        let commit = commit?;
        let Commit { staged, facts, next_access } = *commit;
        let author = facts.proposed.author;
        let breach = |_| Unmerged::Breach(author);
        let happened = self.judge(id, &before, &room.accused, &facts.proposed).map_err(breach)?;
        // Whoever names a key that the members cannot derive would lock them all out.
        if next_access.as_ref().is_some_and(|seed| record.next_key != Some(Self::public(seed))) {
            return Err(Unmerged::Useless);
        }
        if had_own {
            self.clear_commit(id, &log)?;
        }
        self.with_group(id, &log, |group, provider| group.merge(provider, staged))?;
        let next_access = next_access.map(Secret::from);
        let device = self.account.as_ref().map(|account| Self::public(account.device.bytes()));
        let replaced = facts.proposed.adds.iter().any(|added| Some(added.device.key) == device);
        Ok(Merged { author, happened, introduced: facts.introduced, next_access, own: false, replaced })
    }

    fn enter_epoch(&mut self, id: ChatId, before: &Room, merged: Merged) {
        let Merged { author, mut happened, introduced, next_access, own, replaced } = merged;
        let left = before.left_at.is_some();
        if let Some(connection) = &mut self.connection {
            connection.commits.remove(&before.log);
            connection.proposed.remove(&before.log);
        }
        match left {
            // What is done to a room that the group has left is not done to the group.
            true => happened.clear(),
            false => self.note_members(id, &mut happened),
        }
        let moves = self.chats.get(&id).and_then(Chat::group).filter(|_| !left).map(|head| head.state.moves());
        self.introduce_people(id, moves, introduced);
        let access = match next_access {
            Some(access) => access,
            None if replaced || left => return self.lose_room(id, &before.log),
            None => return self.taken_out(id, before, &author, happened),
        };
        let update_at = self.now + UPDATE_EVERY_MS;
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&before.log)) {
            room.epoch = before.epoch.next();
            room.access = access;
            room.accused.clear();
            room.falls = 0;
            room.take_up_at = None;
            if own {
                room.update_at = update_at;
            }
        }
        if !own {
            self.heard_in(id, &before.log, &author, None);
        }
        // What was encrypted for the epoch that ended and was not read back was never accepted.
        self.requeue(id, &before.log, Some(before.epoch));
        if self.chats.get(&id).is_some_and(|chat| chat.current == Some(before.log)) {
            let head = self.chats.get(&id).and_then(Chat::group).cloned();
            self.refresh_head(id, &before.log);
            head.into_iter().for_each(|head| self.group_changed(id, &head, own));
        }
        self.excuse(id, &happened);
        self.tell_commit(id, &author, happened, (&before.log, before.epoch));
        self.prove_again(id, &before.log);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// Opens a room's log in its present epoch.
    pub(super) fn prove_again(&mut self, id: ChatId, log: &Address) {
        if let Some(room) = self.chats.get(&id).and_then(|chat| chat.room(log)).cloned() {
            self.prove_room(id, &room);
        }
    }

    /// Whether a room has a log left to fall back to.
    fn can_fall_back(&self, id: ChatId, room: &Room) -> bool {
        self.chats[&id].group().is_some() && room.left_at.is_none() && room.falls < MAX_FALLS
    }

    /// A member broke the policy, or the log cannot be followed any further: the members of the last good epoch meet in a log that
    /// they alone can find, and the first commit there takes out whoever was proved an offender. Who is offline comes to the same log
    /// later. The offender is of that epoch too, and may write there first: that is a breach in turn.
    fn fall_back(&mut self, id: ChatId, room: &Room, offender: Option<PublicKey>) {
        let log = room.log;
        let (fallback, epoch) =
            match self.with_group(id, &log, |group, provider| Ok((group.fallback(provider, &log)?, group.epoch()))) {
                Ok(found) => found,
                Err(_) => return self.lose_room(id, &log),
            };
        let Fallback { log: next, access } = fallback;
        let found_out = offender.filter(|offender| !room.accused.contains(offender));
        let accused: Vec<PublicKey> = room.accused.iter().copied().chain(found_out).collect();
        let fresh = Room {
            log: next,
            epoch: Epoch(0),
            access: access.into(),
            cursor: Seq(0),
            chain: None,
            created: false,
            base: epoch,
            accused,
            take_up_at: None,
            falls: room.falls + 1,
            ..room.clone()
        };
        self.requeue(id, &log, None);
        if let Some(connection) = &mut self.connection {
            connection.forget(&log);
        }
        if let Some(group) = self.groups.remove(&log) {
            self.groups.insert(next, group);
        }
        for row in [key::chain(&log), key::proposal(&log)] {
            self.delete_chat_row(id, Table::State, &row);
        }
        if let Some(held) = self.held.get_mut(&id) {
            held.forget(&log);
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.rooms.retain(|room| room.log != log);
            chat.rooms.push(fresh.clone());
            // A group's older room says nothing about where the group is now.
            if chat.current == Some(log) {
                chat.current = Some(next);
            }
        }
        self.tell(&xchat_wire::ClientFrame::Unsubscribe { address: log });
        if let Some(offender) = found_out {
            self.tell_commit(id, &offender, vec![Happened::Breach(offender)], (&log, room.epoch));
        }
        self.open_room(id, &next);
        if !fresh.accused.is_empty() {
            // The commit that takes them out ends the epoch, and with it what was proposed in it: who wants to leave says so again
            // then, and may make that commit.
            let _gone = self.with_group(id, &next, |group, provider| group.drop_proposals(provider));
        }
        if !fresh.accused.is_empty() || room.take_up_at.is_some() {
            self.plan_take_up(id, &fresh);
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }
}
