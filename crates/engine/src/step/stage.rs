//! Own commits: planned, judged, staged in the group, stored, sent, and dropped when the relay refuses them.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, Post, PostId, Refusal, Reply, Right};

use super::save::UPDATE_EVERY_MS;
use crate::{
    Engine,
    api::ChatId,
    card::WriterSeed,
    connection::{Found, Purpose},
    mls::{MlsError, Plan, Staged},
    rows::{Scope, Table},
    state::{self, Account, PendingCommit, Secret, Versioned as _, key},
    transfer::Carries,
};

impl Engine {
    pub(super) fn pending_commit(&self, chat: ChatId, log: &Address) -> Option<PendingCommit> {
        let journal = self.provider.storage().journal();
        let row = journal.get(Scope::Chat(chat), Table::State, &key::commit(log))?;
        state::decode(row).ok()
    }

    /// Stages a commit of this plan, which brings in `found`, and stores it with its welcomes. What the policy forbids is not staged.
    pub(super) fn stage(
        &mut self,
        id: ChatId,
        log: &Address,
        plan: Plan,
        found: &[Found],
        intent: Option<u64>,
    ) -> Result<(), MlsError> {
        let account = self.account.clone().ok_or(MlsError::Missing)?;
        let bearer = account.bearer(self.now).ok_or(MlsError::Missing)?;
        let before = self.with_group(id, log, |group, _| Ok((group.state()?, group.roster()?)))?;
        let staged = self.with_group(id, log, |group, provider| group.stage(provider, &bearer, log, plan))?;
        let stored = self.store_staged(id, log, &account, &before, staged, found, intent);
        if stored.is_err() {
            self.with_group(id, log, |group, provider| group.clear_own(provider))?;
        }
        stored
    }

    /// Stages a commit that brings in as many of `found`, from the first on, as a frame has room for. The others come in later.
    pub(super) fn stage_adds(&mut self, id: ChatId, log: &Address, mut found: &[Found]) -> Result<(), MlsError> {
        loop {
            let adds = found.iter().map(|found| found.package.clone()).collect();
            match self.stage(id, log, Plan { adds, ..Plan::default() }, found, None) {
                Err(MlsError::TooLarge) if found.len() > 1 => found = &found[..found.len() / 2],
                staged => return staged,
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one commit, each from another hand")]
    fn store_staged(
        &mut self,
        id: ChatId,
        log: &Address,
        account: &Account,
        before: &super::commit::Before,
        staged: Staged,
        found: &[Found],
        intent: Option<u64>,
    ) -> Result<(), MlsError> {
        let room = self.chats.get(&id).and_then(|chat| chat.room(log)).ok_or(MlsError::Missing)?;
        let (epoch, accused) = (room.epoch, room.accused.clone());
        let happened = match self.judge(id, before, &accused, &staged.facts.proposed) {
            Err(_) if self.is_hostile() => Vec::new(),
            judged => judged?,
        };
        let super::large::Packed { body, welcomes, blobs } =
            self.pack_commit(id, (log, epoch), account, &staged, found)?;
        let next_access: Secret = staged.next_access.into();
        let commit = PendingCommit {
            version: PendingCommit::VERSION,
            epoch,
            post: PostId::new(self.provider.rand().bytes()),
            body: body.into(),
            next_key: Self::public(next_access.bytes()),
            next_access,
            welcomes,
            intent,
            happened,
            introduced: staged.facts.introduced,
        };
        self.put_chat_row(id, Table::State, &key::commit(log), state::encode(&commit));
        for (blob, bytes) in blobs {
            self.upload(blob, bytes, Carries::Commit { chat: id, log: *log });
        }
        self.out.chats_changed.insert(id);
        Ok(())
    }

    /// This device's leaf in a room is due now.
    pub(super) fn renew_leaf_now(&mut self, id: ChatId, log: &Address) {
        let now = self.now;
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
            room.update_at = now;
            self.out.chats_changed.insert(id);
            self.out.pump.insert(id);
        }
    }

    /// Stages a renewal of this device's leaf and sends it.
    pub(super) fn update_leaf(&mut self, id: ChatId, log: &Address) {
        match self.stage(id, log, Plan { renew: true, ..Plan::default() }, &[], None) {
            Ok(()) => self.resend_commit(id, log),
            // Not allowed at this moment: nothing is wrong with the room.
            Err(MlsError::Policy(_) | MlsError::TooLarge) => self.put_off_renewal(id, log),
            Err(_) => self.lose_room(id, log),
        }
    }

    /// Tries the renewal of this device's leaf again in a day.
    fn put_off_renewal(&mut self, id: ChatId, log: &Address) {
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
            room.update_at = self.now + UPDATE_EVERY_MS / 7;
        }
        self.out.chats_changed.insert(id);
    }

    /// Sends a room's stored commit once on this connection, when all that it refers to is at the relay.
    pub(super) fn resend_commit(&mut self, id: ChatId, log: &Address) {
        let Some(commit) = self.pending_commit(id, log).filter(|_| !self.is_uploading(log)) else { return };
        let Some(connection) = &mut self.connection else { return };
        if !connection.commits.insert(*log) {
            return;
        }
        let welcomes = commit
            .welcomes
            .iter()
            .filter_map(|delivery| {
                let key = WriterSeed::new(*delivery.writer.bytes()).signing_key();
                let proof = self.prove(&key, Right::InboxWriter, &delivery.inbox, Epoch(0))?;
                let (inbox, post, body) = (delivery.inbox, delivery.post, delivery.body.clone());
                Some(Post { inbox, proof, post, body, ttl: None })
            })
            .collect();
        let PendingCommit { epoch, post, body, next_key, .. } = commit;
        self.ask(Purpose::Commit { chat: id, log: *log }, |request| ClientFrame::Commit {
            request,
            log: *log,
            epoch,
            post,
            body,
            next_key,
            welcomes,
        });
    }

    /// The relay's word on a commit. What counts is the log; only a refusal is acted upon.
    pub(super) fn committed(&mut self, id: ChatId, log: Address, reply: Reply) {
        let Reply::Refused { reason } = reply else { return };
        let Some(commit) = self.pending_commit(id, &log) else { return };
        // With welcomes it may be one inbox that is full, of a device that is gone: nobody waits for that one.
        if reason == Refusal::Full && commit.welcomes.is_empty() {
            return self.wait_for_room(id);
        }
        if !self.begins_room(id, &log) {
            return self.drop_commit(id, &log, &commit);
        }
        // One of this person's own devices may be what is in the way: they come in once the room is there.
        if let Some(connection) = &mut self.connection {
            connection.without_own.insert(id);
        }
        // Their inbox is not there (any more): the room reaches nobody. A new try reads their card anew.
        self.lose_room(id, &log);
        self.retry_later(id);
    }

    /// Whether a commit is the first of a room of two: nobody else is in it, so nothing is lost with it. The own conversation stands
    /// without others.
    fn begins_room(&self, id: ChatId, log: &Address) -> bool {
        let chat = self.chats.get(&id).filter(|chat| chat.group().is_none() && self.own_chat() != Some(id));
        chat.and_then(|chat| chat.room(log)).is_some_and(|room| room.own && room.epoch == Epoch(0))
    }

    /// Forgets a staged commit, its row and its group's part of it: it can never be accepted.
    pub(super) fn clear_commit(&mut self, id: ChatId, log: &Address) -> Result<(), MlsError> {
        self.delete_chat_row(id, Table::State, &key::commit(log));
        self.end_uploads(log);
        if let Some(connection) = &mut self.connection {
            connection.commits.remove(log);
        }
        self.with_group(id, log, |group, provider| group.clear_own(provider))
    }

    /// The relay refused a commit for good.
    fn drop_commit(&mut self, id: ChatId, log: &Address, commit: &PendingCommit) {
        if self.clear_commit(id, log).is_err() {
            self.lose_room(id, log);
        }
        match commit.intent {
            // Somebody's inbox may be gone: their cards are read anew.
            Some(number) => self.put_off(id, number),
            // What no intent stands for is tried again after a while, not at once; a renewal of the leaf on schedule.
            None => {
                self.retry_later(id);
                self.put_off_take_up(id, log);
                self.put_off_renewal(id, log);
            }
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }
}
