//! The own inbox: welcomes from people, and the pool of key packages that lets them write first.

use std::cmp::Reverse;

use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use sha2::{Digest, Sha256};
use xchat_wire::{Address, ClientFrame, Epoch, PostId, PublicKey, Record, Reply, Seq, chain_start};

use super::{chat::chat_id, group::group_chat_id, log::follows};
use crate::{
    Engine,
    api::{ChatId, ChatState},
    card::{self, Delivery, SealKeyPair, Welcome},
    connection::Purpose,
    device::OwnPart,
    mls::{Group, Invited, MlsError, make_packages},
    room::RoomId,
    rows::Scope,
    state::{self, Account, Chat, Fill, Kind, Room, Versioned as _, key},
};

/// Key packages made in one step: each costs a hybrid key pair.
const POOL_STEP: u32 = 5;
/// Message requests that wait for an answer; more are dropped as they come.
const MAX_REQUESTS: usize = 200;
/// The last-resort key package is replaced this often, in milliseconds: 30 days.
const LAST_RESORT_MS: u64 = 30 * 24 * 3600 * 1000;

/// What another device of this person says of the conversation. Of anybody else it is not even read: it would choose the
/// conversation that the welcome is into.
pub(super) fn own_part(welcome: &Welcome, own: Option<PublicKey>) -> Option<OwnPart> {
    own.filter(|own| *own == welcome.sender.identity)?;
    minicbor::decode(welcome.own.as_ref()?).ok()
}

/// The conversation that a welcome is into.
fn chat_of_welcome(welcome: &Welcome, own: Option<PublicKey>) -> ChatId {
    match welcome.room {
        Some(room) => group_chat_id(&RoomId(room)),
        // Another device of this person's says with whom it is.
        None => {
            chat_id(&own_part(welcome, own).and_then(|part| part.link()).unwrap_or(welcome.sender.clone()).identity)
        }
    }
}

impl Engine {
    /// The key pair that deliveries are sealed to: derived from the account's seed when it is first needed, and kept, since
    /// deriving costs as much as opening. None only when the account's row makes no sense.
    pub(super) fn seal_pair(&self) -> Option<&SealKeyPair> {
        if self.seal_pair.get().is_none() {
            let seed = self.account.as_ref()?.seal.bytes();
            let pair = SealKeyPair::derive(self.provider.crypto(), seed).ok()?;
            return Some(self.seal_pair.get_or_init(|| pair));
        }
        self.seal_pair.get()
    }

    /// Unseals a delivery, once for a step: it is opened to know what to load, and asked for again when that is there. None
    /// for what was not made for this device.
    pub(super) fn unseal(&self, body: &[u8]) -> Option<Delivery> {
        let hash = Sha256::digest(body).into();
        self.unsealed.borrow_mut().entry(hash).or_insert_with(|| self.open_delivery(body)).clone()
    }

    fn open_delivery(&self, body: &[u8]) -> Option<Delivery> {
        let inbox = &self.account.as_ref()?.inbox;
        let bytes = card::open_envelope(self.provider.crypto(), self.seal_pair()?, inbox, body).ok()?;
        Delivery::decode(&bytes).ok()
    }

    /// The conversation that a delivery is for, new or known. None for what is not of the own inbox.
    pub(super) fn chat_of_delivery(&self, address: &Address, body: &[u8]) -> Option<ChatId> {
        self.account.as_ref().filter(|account| account.inbox == *address)?;
        Some(match self.unseal(body)? {
            Delivery::Welcome(welcome) => chat_of_welcome(&welcome, self.own_identity()),
            Delivery::Rejoin(rejoin) => group_chat_id(&RoomId(rejoin.room)),
            Delivery::Join(join) => return self.chat_of_invite(&join.cell),
            Delivery::Link(_) => return None,
        })
    }

    /// A delivery. What does not open, or breaks the rules, is acknowledged and forgotten: it costs its receiver nothing.
    pub(super) fn delivery(&mut self, record: Record) {
        let Some(account) = &self.account else { return };
        let (inbox, cursor, chain) = (account.inbox, account.inbox_cursor, account.inbox_chain);
        if record.seq <= cursor || self.is_doubted(&inbox) {
            return;
        }
        // What is acknowledged is gone: a delivery that was altered or left out on its way once is asked for again.
        let chain = chain.or((cursor == Seq(0)).then(|| chain_start(&inbox)));
        let fits = chain.is_none_or(|chain| record.previous == cursor && follows(chain, &record));
        if !fits && self.doubts_once(inbox, record.seq) {
            return;
        }
        if !fits {
            self.miss_rooms();
        }
        let Some(account) = &mut self.account else { return };
        account.inbox_cursor = record.seq;
        account.inbox_chain = Some(record.chain);
        self.out.account_changed = true;
        // What is refused leaves nothing behind but a used-up key package.
        let _refused = match self.unseal(&record.body) {
            Some(Delivery::Welcome(welcome)) => self.welcomed(*welcome, &record.body, record.time),
            Some(Delivery::Rejoin(rejoin)) => self.rejoin_asked(&rejoin),
            Some(Delivery::Join(join)) => self.join_asked(&join, record.time),
            Some(Delivery::Link(step)) => {
                self.link_step(&step);
                Ok(())
            }
            None => Ok(()),
        };
    }

    /// A welcome, which came sealed as `body`.
    pub(super) fn welcomed(&mut self, welcome: Welcome, body: &ByteVec, time: u64) -> Result<(), MlsError> {
        let id = chat_of_welcome(&welcome, self.own_identity());
        let inviter = chat_id(&welcome.sender.identity);
        let by_own = self.own_identity() == Some(welcome.sender.identity);
        let requests = self.chats.values().filter(|chat| chat.state == ChatState::Request).count();
        // What this person has asked for is no request of a stranger.
        let asked = welcome.room.is_some_and(|room| self.has_asked(&RoomId(room), &welcome.sender.identity));
        if welcome.relay != self.origin
            || welcome.card.card().identity != welcome.sender.identity
            || by_own != welcome.own.is_some()
            || self.damaged.contains(&id)
            || self.chat_of_log(&welcome.log).is_some_and(|chat| chat != id)
            || (!by_own && !asked && !self.chats.contains_key(&id) && requests >= MAX_REQUESTS)
        {
            return Err(MlsError::Foreign);
        }
        if !by_own && self.chats.get(&inviter).is_some_and(|chat| chat.state == ChatState::Blocked) {
            return self.welcomed_by_blocked(id, &welcome, body, time);
        }
        let known = welcome.room.is_some() && (by_own || self.has_met(id, &welcome.sender.identity));
        if self.chat_of_log(&welcome.log).is_some() || (known && self.comes_early(id, &welcome.log)) {
            self.keep_late(id, &welcome.log, body.clone(), time);
            return Ok(());
        }
        if let Some(blob) = welcome.elsewhere {
            return self.await_welcome(id, &welcome.log, &blob, body.clone(), time);
        }
        self.provider.storage().enter(Scope::Chat(id));
        let invited = Group::join(&self.provider, &welcome.welcome)?;
        // A device that was taken off is let in nowhere, nor does it let others in.
        let revoked = self.account.as_ref().map(|account| account.revoked.as_slice()).unwrap_or_default();
        let has_revoked = invited.roster.leaves().iter().any(|leaf| revoked.contains(&leaf.device.key));
        if by_own && has_revoked {
            self.miss_room(id, &welcome.log, welcome.generation);
        }
        let room = match invited.sender == welcome.sender.identity
            && !(by_own && has_revoked)
            && Self::is_in_place(&welcome.log, &invited, welcome.base)
        {
            false => Err(MlsError::Foreign),
            true if by_own && welcome.room.is_none() => self.welcomed_by_own(id, &welcome, &invited),
            true if welcome.room.is_some() => self.welcomed_to_group(id, &welcome, &invited, time),
            true => self.welcomed_by_one(id, &welcome, &invited, time),
        };
        match room {
            Ok(room) => {
                self.groups.insert(room.log, invited.group);
                self.add_room(id, room);
                Ok(())
            }
            Err(error) => {
                self.provider.storage().enter(Scope::Chat(id));
                Group::erase(&self.provider, &invited.id)?;
                Err(error)
            }
        }
    }

    /// Nobody who is blocked is followed into a room. But this person's other devices may write there for good: one of them has taken the
    /// block back, it may be, and this one has not heard. So of the welcomes by one person the one into the first room in the order is kept
    /// until they are not blocked, and nothing is shown of what they wrote there before that.
    fn welcomed_by_blocked(
        &mut self,
        id: ChatId,
        welcome: &Welcome,
        body: &ByteVec,
        time: u64,
    ) -> Result<(), MlsError> {
        self.miss_room(id, &welcome.log, welcome.generation);
        let place = (welcome.generation, Reverse(welcome.log));
        let first = |chat: &&mut Chat| chat.silent.is_none_or(|(generation, log)| (generation, Reverse(log)) <= place);
        let chat = self.chats.get_mut(&id).filter(|chat| chat.group().is_none()).filter(first);
        let before = chat.ok_or(MlsError::Foreign)?.silent.replace((welcome.generation, welcome.log));
        if let Some((_, log)) = before {
            self.drop_late(id, &log);
        }
        self.keep_late(id, &welcome.log, body.clone(), time);
        Ok(())
    }

    /// A room of two that is not come into, though others may write in it for good, is replaced as a lost one is: one that somebody has
    /// begun who was blocked, once that is taken back; one that was made by a device of this person which was taken off, and into which
    /// the other side may have gone, at once.
    fn miss_room(&mut self, id: ChatId, log: &Address, generation: u64) {
        let chat = self.chats.get_mut(&id).filter(|chat| chat.group().is_none());
        let Some(chat) = chat.filter(|chat| chat.room(log).is_none()) else { return };
        chat.renewing = true;
        chat.generation = chat.generation.max(generation);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// The inbox was read to its head, and the last of it was not there any more.
    pub(super) fn skip_deliveries(&mut self, head: Seq) {
        let Some(account) = &mut self.account else { return };
        (account.inbox_cursor, account.inbox_chain) = (head, None);
        self.out.account_changed = true;
        self.miss_rooms();
    }

    /// Deliveries are gone that this device has not read, and with them, it may be, a room of any conversation of two: the other side does
    /// not know that it was not come into.
    fn miss_rooms(&mut self) {
        let alone = self.own_chat().filter(|_| !self.has_others());
        let two = self.chats.values_mut().filter(|chat| chat.group().is_none() && !chat.rooms.is_empty());
        for chat in two.filter(|chat| Some(chat.id) != alone) {
            chat.renewing = true;
            self.out.chats_changed.insert(chat.id);
            self.out.pump.insert(chat.id);
        }
    }

    /// A welcome by another device of this person into a conversation of two.
    fn welcomed_by_own(&mut self, id: ChatId, welcome: &Welcome, invited: &Invited) -> Result<Room, MlsError> {
        let part =
            own_part(welcome, self.own_identity()).filter(|_| invited.state.is_none()).ok_or(MlsError::Foreign)?;
        self.welcomed_by_own_device(id, &part, &invited.roster)?;
        self.note_lacking(id);
        let access = invited.group.access(&self.provider, &welcome.log)?.into();
        let room = Room::new(welcome.log, access, self.now);
        // In the own conversation the other devices are the other side.
        let confirmed = part.heard == Some(true) || self.own_chat() == Some(id);
        Ok(Room { epoch: Epoch(invited.group.epoch()), confirmed, generation: welcome.generation, ..room })
    }

    /// A welcome into a conversation of two.
    fn welcomed_by_one(
        &mut self,
        id: ChatId,
        welcome: &Welcome,
        invited: &Invited,
        time: u64,
    ) -> Result<Room, MlsError> {
        let peer = welcome.sender.identity;
        let own = self.own_identity().ok_or(MlsError::Missing)?;
        let people: Vec<&PublicKey> = invited.roster.people().collect();
        if id != chat_id(&peer)
            || invited.state.is_some()
            || people.len() != 2
            || !invited.roster.has(&peer)
            || !invited.roster.has(&own)
            || self.was_taken_off(id, &invited.device, welcome.card.card().version)
        {
            return Err(MlsError::Foreign);
        }
        let access = invited.group.access(&self.provider, &welcome.log)?.into();
        if !self.chats.contains_key(&id) {
            self.add_chat(id, Kind::Direct(peer), ChatState::Request);
        } else if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.state == ChatState::New) {
            // Their link was opened here, but nobody has said yes to anything.
            chat.state = ChatState::Request;
        }
        self.meet(id, welcome.sender.secret.clone(), welcome.card.clone());
        self.doubt_deserted(id, &peer);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.time = chat.time.max(time);
        }
        // A joiner's leaf came out of a pool: it is renewed as soon as this device writes.
        let room = Room::new(welcome.log, access, self.now);
        Ok(Room { epoch: Epoch(invited.group.epoch()), generation: welcome.generation, ..room })
    }

    /// Tells the relay how far the inbox was read, once a batch.
    pub(super) fn acknowledge(&mut self) {
        let Some(account) = &self.account else { return };
        let (inbox, upto) = (account.inbox, account.inbox_cursor);
        if upto > self.acknowledged && self.connection.is_some() {
            self.acknowledged = upto;
            self.ask(Purpose::Plain, |request| ClientFrame::Acknowledge { request, inbox, upto });
        }
    }

    /// The inbox is open; its pool is looked after. An empty pool may be a new one at a relay that lost its store: then card
    /// and last-resort package are gone as well, and go there again. What the own devices put there meanwhile may not know of each
    /// other: they are told to read the card.
    pub(super) fn inbox_opened(&mut self, reply: Reply) {
        let Reply::Proved { packages, .. } = reply else { return };
        if packages == Some(0)
            && let Some(account) = self.account.as_mut().filter(|account| account.card_published > 0)
        {
            account.card_published = 0;
            account.last_resort_made = 0;
            self.out.account_changed = true;
            self.announce_anew();
            self.publish_card();
        }
        self.refill(packages.unwrap_or(0));
    }

    /// Fills the pool when it runs low, and renews the last-resort package when it is due.
    pub(super) fn refill(&mut self, packages: u32) {
        if self.connection.as_ref().is_none_or(|connection| connection.filling) {
            return;
        }
        if self.fill.is_none() {
            let Some(account) = self.account.clone() else { return };
            let last_resort_due = account.last_resort_made.saturating_add(LAST_RESORT_MS) <= self.now;
            if packages >= self.pool.div_ceil(2) && !last_resort_due && !self.filling_up {
                return;
            }
            self.filling_up = true;
            let count = self.pool.saturating_sub(packages).min(POOL_STEP);
            if count == 0 && !last_resort_due {
                self.filling_up = false;
                return;
            }
            match self.make_fill(&account, count, last_resort_due) {
                Ok(fill) => self.fill = Some(fill),
                // Making key packages only fails when the account's keys are unusable; then nothing works.
                Err(_) => return,
            }
        }
        self.send_fill();
    }

    fn make_fill(&mut self, account: &Account, count: u32, last_resort: bool) -> Result<Fill, MlsError> {
        let provider = &self.provider;
        provider.storage().enter(Scope::Account);
        let seal = |package: Vec<u8>| {
            let nonce = provider.rand().bytes();
            card::seal_package(&account.writer(), &account.inbox, nonce, &package).map(ByteVec::from)
        };
        let make = |count: usize, last_resort: bool| {
            let bearer = account.bearer(self.now).ok_or(MlsError::Missing)?;
            let packages = make_packages(provider, &bearer, count, last_resort, self.now)?;
            packages.into_iter().map(seal).collect::<Result<Vec<ByteVec>, _>>().map_err(|_| MlsError::Malformed)
        };
        let packages = make(count as usize, false)?;
        let last = if last_resort { make(1, true)?.pop() } else { None };
        let fill =
            Fill { version: Fill::VERSION, post: PostId::new(provider.rand().bytes()), packages, last_resort: last };
        self.put_account_row(key::FILL, state::encode(&fill));
        if last_resort && let Some(account) = &mut self.account {
            account.last_resort_made = self.now;
            self.out.account_changed = true;
        }
        Ok(fill)
    }

    fn send_fill(&mut self) {
        let (Some(fill), Some(account)) = (self.fill.clone(), &self.account) else { return };
        let inbox = account.inbox;
        if let Some(connection) = &mut self.connection {
            connection.filling = true;
        }
        let Fill { post, packages, last_resort, .. } = fill;
        self.ask(Purpose::Fill, |request| ClientFrame::FillPool { request, inbox, post, packages, last_resort });
    }

    /// The pool took them.
    pub(super) fn filled(&mut self, reply: Reply) {
        if let Some(connection) = &mut self.connection {
            connection.filling = false;
        }
        self.fill = None;
        self.announce();
        self.provider.storage().journal_mut().delete(Scope::Account, crate::rows::Table::State, key::FILL);
        match reply {
            Reply::Pool { packages } => self.refill(packages),
            _ => self.filling_up = false,
        }
    }
}
