//! Leaving by proposals, which another member's commit takes up: who proposes, when, and whose turn it is to commit.

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use sha2::{Digest, Sha256};
use xchat_wire::{Address, PostId, PublicKey, Refusal, Reply};

use super::{intent::Turn, save::RETRY_ROOM_MS};
use crate::{
    Engine,
    api::ChatId,
    connection::Purpose,
    mls::{MlsError, Plan},
    room::Roster,
    rows::{Scope, Table},
    state::{self, Out, Proposal, Room, Sealed, Versioned as _, Waiting, key},
};

/// Members take up a proposal one after another, this many milliseconds apart: the first usually does it for all.
const TAKE_UP_STEP_MS: u64 = 1_500;
/// The last one does it after this, in milliseconds.
const TAKE_UP_LAST_MS: u64 = 60_000;

impl Engine {
    /// Proposes in each epoch anew that this person's devices leave, until somebody has taken it up. A device that is
    /// alone just goes.
    pub(super) fn leave_turn(&mut self, id: ChatId, log: &Address, roster: &Roster) -> Result<Turn, MlsError> {
        let own = self.own_identity().ok_or(MlsError::Missing)?;
        if roster.leaves().len() == 1 {
            self.leave_room(id, log, Out::Left);
            return Ok(Turn::Void(None));
        }
        let Some(room) = self.chats.get(&id).and_then(|chat| chat.room(log)).cloned() else { return Ok(Turn::Waits) };
        // Nobody is left to take anything up once all who are here are leaving. The others must know that this person is, too.
        let leaving: Vec<PublicKey> = self.with_group(id, log, |group, _| Ok(group.leaving()))?;
        let said = self.connection.as_ref().is_some_and(|connection| connection.proposed.contains(log));
        if said && roster.people().all(|person| *person == own || leaving.contains(person)) {
            self.leave_room(id, log, Out::Left);
            return Ok(Turn::Void(None));
        }
        if self.proposal(id, log).is_none_or(|proposal| proposal.epoch != room.epoch) {
            let bearer = self.account.as_ref().and_then(|account| account.bearer(self.now)).ok_or(MlsError::Missing)?;
            let leaves: Vec<u32> = roster.of_person(&own).map(|leaf| leaf.index).collect();
            let bodies =
                self.with_group(id, log, |group, provider| group.propose_leaving(provider, &bearer, &leaves))?;
            let post = |body: Vec<u8>| (PostId::new(self.provider.rand().bytes()), body.into());
            let posts = bodies.into_iter().map(post).collect();
            let proposal = Proposal { version: Proposal::VERSION, epoch: room.epoch, posts };
            self.put_chat_row(id, Table::State, &key::proposal(log), state::encode(&proposal));
        }
        self.send_proposal(id, log);
        Ok(Turn::Waits)
    }

    fn proposal(&self, id: ChatId, log: &Address) -> Option<Proposal> {
        let journal = self.provider.storage().journal();
        state::decode(journal.get(Scope::Chat(id), Table::State, &key::proposal(log))?).ok()
    }

    /// Sends the stored proposal once on this connection.
    fn send_proposal(&mut self, id: ChatId, log: &Address) {
        let Some(Proposal { epoch, posts, .. }) = self.proposal(id, log) else { return };
        if !self.connection.as_mut().is_some_and(|connection| connection.proposed.insert(*log)) {
            return;
        }
        for (post, body) in posts {
            self.append(Purpose::Propose { chat: id }, Sealed { log: *log, epoch, post, body });
        }
    }

    /// The relay's word on a proposal: what counts is the log.
    pub(super) fn proposed(&mut self, id: ChatId, reply: Reply) {
        match reply {
            // The right was lost on this connection; another one proves it anew.
            Reply::Refused { reason: Refusal::Denied } => self.out.reconnect = Some(2_000),
            Reply::Refused { .. } => self.wait_for_room(id),
            _ => {}
        }
    }

    /// An own proposal that was read back.
    pub(super) fn is_own_proposal(&self, id: ChatId, log: &Address, post: &PostId, body: &[u8]) -> bool {
        let own = |(own, sent): &(PostId, ByteVec)| own == post && sent.as_slice() == body;
        self.proposal(id, log).is_some_and(|proposal| proposal.posts.iter().any(own))
    }

    /// A member wants to leave: this device takes it up when its turn comes, unless somebody does it before.
    pub(super) fn plan_take_up(&mut self, id: ChatId, room: &Room) {
        let Some(own) = self.own_identity() else { return };
        let roster = self.with_group(id, &room.log, |group, _| group.roster());
        let Ok(roster) = roster else { return };
        // An order that is another one in each epoch, and the same for all.
        let rank = |person: &PublicKey| {
            let digest = Sha256::new().chain_update(room.log.as_bytes()).chain_update(room.epoch.0.to_be_bytes());
            digest.chain_update(person.as_bytes()).finalize()
        };
        let mine = rank(&own);
        // Nothing is encrypted before it: a person's own words do not wait for others, as reports on messages do.
        let before = match self.has_own_words(id) {
            true => 0,
            false => roster.people().filter(|person| rank(person) < mine).count() as u64,
        };
        let at = self.now + (before * TAKE_UP_STEP_MS).min(TAKE_UP_LAST_MS);
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            room.take_up_at = Some(room.take_up_at.map_or(at, |planned| planned.min(at)));
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// When this device takes up what members have proposed. No plan is for longer, unless the clock was set back since.
    pub(super) fn take_up_at(&self, room: &Room) -> Option<u64> {
        room.take_up_at.map(|at| if at > self.now + TAKE_UP_LAST_MS { self.now } else { at })
    }

    /// A person leaves with all devices: this one too, once it reads that another has proposed it.
    pub(super) fn leave_along(&mut self, id: ChatId, log: &Address) {
        let leaving = self.with_group(id, log, |group, _| Ok(group.leaving())).unwrap_or_default();
        if self.own_identity().is_some_and(|own| leaving.contains(&own))
            && let Err(problem) = self.leave_group(id)
        {
            self.refuse(problem);
        }
    }

    /// Takes the accused out of a room that fell back, or takes up what members have proposed. Whether a commit is under way.
    pub(super) fn take_up_proposals(&mut self, id: ChatId, log: &Address) -> bool {
        let Some(room) = self.chats.get(&id).and_then(|chat| chat.room(log)).cloned() else { return false };
        let own = self.own_identity();
        if self.take_up_at(&room).is_none_or(|at| at > self.now) || own.is_some_and(|own| room.accused.contains(&own)) {
            return false;
        }
        let removes: Vec<u32> = room.accused.iter().flat_map(|person| self.leaves_of(id, log, person)).collect();
        let plan = Plan { removes, proposals: room.accused.is_empty(), renew: true, ..Plan::default() };
        let leaving = self.with_group(id, log, |group, _| Ok(group.leaving())).unwrap_or_default();
        // Whoever leaves cannot commit that.
        if own.is_some_and(|own| leaving.contains(&own)) {
            return false;
        }
        match self.stage(id, log, plan, &[], None) {
            Ok(()) => {
                self.resend_commit(id, log);
                true
            }
            Err(_) if room.accused.is_empty() => {
                if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
                    room.take_up_at = None;
                }
                // What nobody can take up must not keep everything else waiting.
                let _gone = self.with_group(id, log, |group, provider| group.drop_proposals(provider));
                false
            }
            // Nothing else may happen in the room before they are out.
            Err(_) => {
                self.put_off_take_up(id, log);
                false
            }
        }
    }

    /// Whether something that this person wrote waits to be encrypted.
    fn has_own_words(&self, id: ChatId) -> bool {
        self.entries(id).any(|(_, entry)| matches!(entry.state, Waiting::Queued) && entry.order.is_some())
    }

    /// Takes up what is to be taken up after a while, if nobody does it before.
    pub(super) fn put_off_take_up(&mut self, id: ChatId, log: &Address) {
        let at = self.now + RETRY_ROOM_MS;
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
            room.take_up_at = room.take_up_at.map(|planned| planned.max(at));
        }
        self.out.chats_changed.insert(id);
    }
}
