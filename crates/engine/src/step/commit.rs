//! Commits in a log: judged, merged, told. In a log the first that names an epoch wins; later ones of the same epoch are void.

use xchat_wire::{Address, Epoch, PublicKey, Record, Seq};

use super::save::UPDATE_EVERY_MS;
use crate::{
    Engine,
    api::ChatId,
    mls::{Commit, Content, Fallback, MlsError},
    room::{Breach, Happened, Proposed, RoomState, Roster, judge, judge_accused, judge_direct},
    rows::Table,
    state::{Introduced, Kind, PendingCommit, Room, Secret, key},
};

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
    /// Its author had no right to it, or named a key that the members cannot derive. All members see the same.
    Breach(PublicKey),
    /// This device cannot process it.
    Failed,
}

impl From<MlsError> for Unmerged {
    fn from(_: MlsError) -> Self {
        Self::Failed
    }
}

impl Engine {
    /// Judges what a commit does, by the kind of the conversation and the epoch before it.
    pub(super) fn judge(
        &self,
        id: ChatId,
        before: &Before,
        accused: Option<&PublicKey>,
        proposed: &Proposed,
    ) -> Result<Vec<Happened>, Breach> {
        let chat = self.chats.get(&id).ok_or(Breach::Kind)?;
        match (&chat.kind, &before.0) {
            (Kind::Direct(peer), None) => {
                let own = self.own_identity().ok_or(Breach::Kind)?;
                judge_direct(&[own, *peer], proposed)
            }
            (Kind::Group(_), Some(state)) => match accused {
                Some(accused) => judge_accused(&before.1, accused, proposed),
                None => judge(state, &before.1, proposed),
            },
            _ => Err(Breach::Kind),
        }
    }

    /// A commit of the current epoch, or one that is void.
    pub(super) fn commit_record(&mut self, id: ChatId, room: &Room, record: &Record) {
        if record.epoch != room.epoch {
            return;
        }
        let own = self.pending_commit(id, &room.log).filter(|commit| commit.epoch == room.epoch);
        let merged = match own {
            Some(own) if own.post == record.post => self.merge_own(id, room, own),
            own => self.merge_theirs(id, room, record, own.is_some()),
        };
        match merged {
            Ok(merged) => self.enter_epoch(id, room, merged),
            Err(Unmerged::Breach(author)) if self.chats[&id].group().is_some() => self.fall_back(id, room, author),
            Err(_) => self.lose_room(id, &room.log),
        }
    }

    fn merge_own(&mut self, id: ChatId, room: &Room, own: PendingCommit) -> Result<Merged, Unmerged> {
        self.with_group(id, &room.log, |group, provider| group.merge_own(provider))?;
        self.delete_chat_row(id, Table::State, &key::commit(&room.log));
        if let Some(number) = own.intent {
            self.fulfilled(id, number, &own.happened);
        }
        let author = self.own_identity().ok_or(Unmerged::Failed)?;
        let PendingCommit { happened, introduced, next_access, .. } = own;
        Ok(Merged { author, happened, introduced, next_access: Some(next_access), own: true, replaced: false })
    }

    fn merge_theirs(&mut self, id: ChatId, room: &Room, record: &Record, had_own: bool) -> Result<Merged, Unmerged> {
        if had_own {
            self.clear_commit(id, &room.log)?;
        }
        let log = room.log;
        let (before, commit) = self.with_group(id, &log, |group, provider| {
            let before = (group.state()?, group.roster()?);
            match group.process(provider, &log, &record.body)? {
                Content::Commit(commit) => Ok((before, commit)),
                _ => Err(MlsError::Malformed),
            }
        })?;
        let Commit { staged, facts, next_access } = *commit;
        let author = facts.proposed.author;
        let breach = |_| Unmerged::Breach(author);
        let happened = self.judge(id, &before, room.accused.as_ref(), &facts.proposed).map_err(breach)?;
        // Whoever names a key that the members cannot derive would lock them all out.
        if next_access.as_ref().is_some_and(|seed| record.next_key != Some(Self::public(seed))) {
            return Err(Unmerged::Breach(author));
        }
        self.with_group(id, &log, |group, provider| group.merge(provider, staged))?;
        let next_access = next_access.map(Secret::from);
        let device = self.account.as_ref().map(|account| Self::public(account.device.bytes()));
        let replaced = facts.proposed.adds.iter().any(|added| Some(added.key) == device);
        Ok(Merged { author, happened, introduced: facts.introduced, next_access, own: false, replaced })
    }

    fn enter_epoch(&mut self, id: ChatId, before: &Room, merged: Merged) {
        let Merged { author, happened, introduced, next_access, own, replaced } = merged;
        if let Some(connection) = &mut self.connection {
            connection.commits.remove(&before.log);
            connection.proposed.remove(&before.log);
        }
        self.introduce_people(id, introduced);
        let access = match next_access {
            Some(access) => access,
            None if replaced => return self.lose_room(id, &before.log),
            None => return self.taken_out(id, before, &author, happened),
        };
        let update_at = self.now + UPDATE_EVERY_MS;
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&before.log)) {
            room.epoch = before.epoch.next();
            room.access = access;
            room.accused = None;
            room.take_up_at = None;
            if own {
                room.update_at = update_at;
            }
        }
        if !own {
            self.heard_in(id, &before.log);
        }
        // What was encrypted for the epoch that ended and was not read back was never accepted.
        self.requeue(id, &before.log, |epoch| epoch <= before.epoch);
        self.refresh_head(id, &before.log);
        self.tell_happened(id, &author, happened);
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

    /// A member broke the policy, or would have locked everybody out: the members of the last good epoch meet in a log that only
    /// they can find, and the first commit there takes the offender out. Who is offline comes to the same log later.
    fn fall_back(&mut self, id: ChatId, room: &Room, offender: PublicKey) {
        let log = room.log;
        let (fallback, epoch) =
            match self.with_group(id, &log, |group, provider| Ok((group.fallback(provider, &log)?, group.epoch()))) {
                Ok(found) => found,
                Err(_) => return self.lose_room(id, &log),
            };
        let Fallback { log: next, access } = fallback;
        let fresh = Room {
            log: next,
            epoch: Epoch(0),
            access: access.into(),
            cursor: Seq(0),
            chain: None,
            created: false,
            base: epoch,
            accused: Some(offender),
            take_up_at: None,
            ..room.clone()
        };
        self.requeue(id, &log, |_| true);
        if let Some(connection) = &mut self.connection {
            connection.forget(&log);
        }
        if let Some(group) = self.groups.remove(&log) {
            self.groups.insert(next, group);
        }
        self.delete_chat_row(id, Table::State, &key::chain(&log));
        if let Some(held) = self.held.get_mut(&id) {
            held.forget(&log);
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.rooms.retain(|room| room.log != log);
            chat.rooms.push(fresh.clone());
            chat.current = Some(next);
        }
        self.tell(&xchat_wire::ClientFrame::Unsubscribe { address: log });
        self.tell_happened(id, &offender, vec![Happened::Breach(offender)]);
        self.open_room(id, &next);
        self.plan_take_up(id, &fresh);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }
}
