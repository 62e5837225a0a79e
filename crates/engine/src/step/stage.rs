//! Own commits: planned, judged, staged in the group, stored, sent, and dropped when the relay refuses them.

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, MAX_FRAME, Post, PostId, Refusal, Reply, Right};

use super::save::UPDATE_EVERY_MS;
use crate::{
    Engine,
    api::ChatId,
    card::{self, Delivery, Welcome, WriterSeed},
    connection::{Found, Purpose},
    mls::{MlsError, Plan, Staged},
    rows::{Scope, Table},
    state::{self, Account, Chat, PendingCommit, Secret, Versioned as _, key},
};

/// What a welcome takes in a frame beside its bytes, at the most: address, proof, post id. The commit's own part is no longer.
const WELCOME_REST: usize = 256;

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
        let welcomes = match &staged.welcome {
            Some(welcome) => self.seal_welcomes(id, log, account, welcome, found)?,
            None => Vec::new(),
        };
        let bytes =
            welcomes.iter().map(|welcome| welcome.body.len() + WELCOME_REST).sum::<usize>() + staged.commit.len();
        if !welcomes.is_empty() && bytes + WELCOME_REST > MAX_FRAME {
            return Err(MlsError::TooLarge);
        }
        let next_access: Secret = staged.next_access.into();
        let commit = PendingCommit {
            version: PendingCommit::VERSION,
            epoch,
            post: PostId::new(self.provider.rand().bytes()),
            body: staged.commit.into(),
            next_key: Self::public(next_access.bytes()),
            next_access,
            welcomes,
            intent,
            happened,
            introduced: staged.facts.introduced,
        };
        self.put_chat_row(id, Table::State, &key::commit(log), state::encode(&commit));
        self.out.chats_changed.insert(id);
        Ok(())
    }

    /// The welcome for each device that comes in.
    fn seal_welcomes(
        &self,
        id: ChatId,
        log: &Address,
        account: &Account,
        welcome: &[u8],
        found: &[Found],
    ) -> Result<Vec<state::Delivery>, MlsError> {
        let card = self.own_card(account).ok_or(MlsError::Missing)?;
        let invitation = |own: Option<Vec<u8>>| {
            Delivery::Welcome(Box::new(Welcome {
                relay: self.origin.clone(),
                log: *log,
                welcome: welcome.to_vec(),
                sender: self.own_link(account),
                card: card.clone(),
                room: self.chats.get(&id).and_then(Chat::group).map(|head| head.state.id.0),
                base: self.chats.get(&id).and_then(|chat| chat.room(log)).map_or(0, |room| room.base),
                own,
            }))
        };
        let bytes = invitation(None).encode();
        let own = account.identity_key().public();
        let part = self.own_part(id).map(|part| state::encode(&part));
        let own_bytes = invitation(part).encode();
        found
            .iter()
            .map(|Found { device, person, .. }| {
                let bytes = if *person == own { &own_bytes } else { &bytes };
                let body = card::seal_envelope(self.provider.crypto(), &device.seal_key, &device.inbox, bytes)
                    .map_err(|_| MlsError::Malformed)?;
                Ok(state::Delivery {
                    inbox: device.inbox,
                    writer: Secret::new(*device.writer.as_bytes()),
                    post: PostId::new(self.provider.rand().bytes()),
                    body: ByteVec::from(body),
                })
            })
            .collect()
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
            Err(MlsError::Policy(_)) => self.put_off_renewal(id, log),
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

    /// Sends a room's stored commit once on this connection.
    pub(super) fn resend_commit(&mut self, id: ChatId, log: &Address) {
        let Some(commit) = self.pending_commit(id, log) else { return };
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
