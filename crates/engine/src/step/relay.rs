//! The relay's frames: the connection's life, replies by purpose, and what is asked when it opens.

use crate::sorted::SortedSet;

use ed25519_dalek::SigningKey;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{
    Address, ClientFrame, Epoch, Goodbye, Kind, Post, PostId, Proof, Refusal, Reply, Request, Right, Seq, ServerFrame,
};

use crate::{
    Engine,
    api::{ChatId, Event},
    card::{self, CardDevice},
    connection::{Connection, Purpose},
    mls::MlsError,
    state,
};

/// Records under way for one subscription.
pub(super) const CREDIT: u32 = 256;
/// A connection on which a request failed for an unknown reason is opened anew after this.
pub(super) const AGAIN_MS: u32 = 2_000;

impl Engine {
    /// Conversations whose rows a batch of frames needs.
    pub(crate) fn chats_of_frames(&self, frames: &[ServerFrame]) -> SortedSet<ChatId> {
        let mut chats = SortedSet::new();
        for frame in frames {
            match frame {
                ServerFrame::Welcome { .. } => {
                    chats.extend(self.chats.values().filter(|c| c.busy || self.is_due(c)).map(|c| c.id));
                }
                ServerFrame::Record { address, record } if record.kind == Kind::Delivery => {
                    chats.extend(self.chat_of_delivery(address, &record.body));
                }
                ServerFrame::Record { address, .. }
                | ServerFrame::CaughtUp { address, .. }
                | ServerFrame::Signal { address, .. }
                | ServerFrame::Fenced { address, .. } => chats.extend(self.chat_of_log(address)),
                ServerFrame::Reply { request, .. } => {
                    let purpose = self.connection.as_ref().and_then(|c| c.purpose(*request));
                    if let Some(Purpose::BlobGrant { hash }) = purpose {
                        chats.extend(self.chats_of_blob(hash));
                    }
                    chats.extend(purpose.and_then(chat_of_purpose));
                }
                _ => {}
            }
        }
        chats
    }

    /// The conversation that a log belongs to.
    pub(super) fn chat_of_log(&self, log: &Address) -> Option<ChatId> {
        let chat = self.chats.values().find(|chat| chat.room(log).is_some())?;
        (!self.damaged.contains(&chat.id)).then_some(chat.id)
    }

    pub(crate) fn frames(&mut self, frames: Vec<ServerFrame>) {
        let mut credit: crate::sorted::SortedMap<Address, u32> = Default::default();
        for frame in frames {
            match frame {
                ServerFrame::Welcome { challenge, .. } => self.connected(Connection::new(challenge)),
                ServerFrame::Reply { request, reply } => self.reply(request, reply),
                ServerFrame::Record { address, record } => {
                    *credit.entry(address).or_default() += 1;
                    self.record(address, record);
                }
                ServerFrame::CaughtUp { address, head } => self.caught_up(address, head),
                ServerFrame::Fenced { address, epoch } => self.fenced(address, epoch),
                ServerFrame::Signal { address, epoch, body } => self.signalled(address, epoch, &body),
                ServerFrame::Pong => {}
                // What is behind a lost record shows the gap as it does behind an expired one; without more, nothing can be done.
                ServerFrame::Gone { .. } => {}
                ServerFrame::Pool { packages, .. } => self.refill(packages),
                ServerFrame::Goodbye { reason, retry_after_ms } => {
                    self.garbled = reason == Goodbye::BadFrame;
                    self.out.reconnect = Some(retry_after_ms);
                }
            }
        }
        for (address, more) in credit {
            self.tell(&ClientFrame::Credit { address, more });
        }
        self.acknowledge();
    }

    pub(crate) fn set_connecting(&mut self) {
        self.connecting = true;
        self.connection = None;
        self.show_connection();
    }

    pub(crate) fn disconnected(&mut self) {
        self.connecting = false;
        self.connection = None;
        self.show_connection();
    }

    /// Relay and client do not understand each other: one of them is damaged, or older than the other.
    pub(crate) fn garbled(&mut self) {
        self.garbled = true;
        self.disconnected();
    }

    fn show_connection(&mut self) {
        let connection = self.connection_view();
        self.out.events.push(Event::Connection { connection });
    }

    fn connected(&mut self, connection: Connection) {
        self.connecting = false;
        self.garbled = false;
        self.connection = Some(connection);
        self.show_connection();
        self.forget_grants();
        self.introduce();
        self.acknowledged = Seq(0);
        if let Some(link) = self.waiting_link.clone() {
            self.ask_for_link(link);
        }
        if let Some(link) = self.waiting_invite.clone() {
            self.ask_for_invite(link);
        }
        let whole = self.chats.values().filter(|chat| !self.damaged.contains(&chat.id));
        let rooms: Vec<_> = whole.flat_map(|chat| chat.rooms.iter().map(|room| (chat.id, room.log))).collect();
        for (chat, log) in rooms {
            self.open_room(chat, &log);
        }
        self.out.pump.extend(self.chats_to_pump());
    }

    /// Opens the own inbox and puts what the relay lacks of this account.
    pub(super) fn introduce(&mut self) {
        self.offer_this_device();
        let Some(account) = self.account.clone() else { return };
        self.open_own_inbox();
        self.subscribe(account.inbox, account.inbox_cursor);
        self.publish_card();
        if !(account.others.is_empty() && account.names.is_empty()) {
            self.ask_for_own_card();
        }
        self.announce();
    }

    /// Creates or proves the own inbox.
    pub(super) fn open_own_inbox(&mut self) {
        let Some(account) = self.account.clone() else { return };
        let (inbox, writer) = (account.inbox, account.writer().public());
        if let Some(proof) = self.prove(&account.inbox_owner.signing_key(), Right::InboxOwner, &inbox, Epoch(0)) {
            self.ask(Purpose::Inbox, |request| ClientFrame::CreateInbox { request, inbox, proof, writer });
        }
    }

    /// Signs a proof for this connection.
    pub(super) fn prove(&self, key: &SigningKey, right: Right, address: &Address, epoch: Epoch) -> Option<Proof> {
        let connection = self.connection.as_ref()?;
        Some(Proof::sign(key, self.origin.as_str(), &connection.challenge, right, address, epoch))
    }

    /// Sends a request; nothing happens without a connection.
    pub(super) fn ask(&mut self, purpose: Purpose, frame: impl FnOnce(Request) -> ClientFrame) {
        if let Some(connection) = &mut self.connection {
            let request = connection.request(purpose);
            self.out.frames.push(state::encode(&frame(request)));
        }
    }

    /// Seals a delivery to a device and sends it to its inbox; lost with the connection.
    pub(super) fn deliver(&mut self, to: &CardDevice, plain: &[u8], purpose: Purpose) -> Result<(), MlsError> {
        let sealed = card::seal_envelope(self.provider.crypto(), &to.seal_key, &to.inbox, plain);
        let body = sealed.map_err(|_| MlsError::Malformed)?.into();
        let proof = self.prove(&to.writer.signing_key(), Right::InboxWriter, &to.inbox, Epoch(0));
        let (proof, post) = (proof.ok_or(MlsError::Missing)?, PostId::new(self.provider.rand().bytes()));
        let delivery = Post { inbox: to.inbox, proof, post, body, ttl: None };
        self.ask(purpose, |request| ClientFrame::Deliver { request, delivery });
        Ok(())
    }

    /// Sends a frame that has no reply.
    pub(super) fn tell(&mut self, frame: &ClientFrame) {
        if self.connection.is_some() {
            self.out.frames.push(state::encode(frame));
        }
    }

    fn reply(&mut self, request: Request, reply: Reply) {
        let Some(purpose) = self.connection.as_mut().and_then(|connection| connection.take(request)) else { return };
        if matches!(purpose, Purpose::Signal) {
            return;
        }
        // Who asks too often for these hears it on a connection that goes on.
        if let Reply::Refused { reason: Refusal::Busy { .. } } = reply {
            match &purpose {
                Purpose::BlobGrant { hash } => return self.blob_granted(*hash, reply),
                Purpose::Release { release } => return self.released(*release, &reply),
                _ => {}
            }
        }
        // An unknown outcome is settled by asking again on a fresh connection, with the same post ids.
        if let Reply::Refused { reason: Refusal::Internal | Refusal::Busy { .. } } = reply {
            let after = match reply {
                Reply::Refused { reason: Refusal::Busy { retry_after_ms } } => retry_after_ms.max(AGAIN_MS),
                _ => AGAIN_MS,
            };
            self.out.reconnect = Some(after);
            return;
        }
        if chat_of_purpose(&purpose).is_some_and(|chat| self.damaged.contains(&chat)) {
            return;
        }
        match purpose {
            Purpose::Inbox => self.inbox_opened(reply),
            Purpose::Room { chat, log } => self.room_opened(chat, log, reply),
            Purpose::Append { chat, entry, post } => self.appended(chat, entry, post, reply),
            Purpose::Commit { chat, log } => self.committed(chat, log, reply),
            Purpose::LinkCard { link } => self.link_card(link, reply),
            Purpose::GatherCard { chat, number, link } => self.gather_card(chat, number, &link, reply),
            Purpose::GatherPackage { chat, number, person, device, tries } => {
                self.gather_package(chat, number, person, *device, tries, reply);
            }
            Purpose::BlobGrant { hash } => self.blob_granted(hash, reply),
            Purpose::Propose { chat } => self.proposed(chat, reply),
            Purpose::Announce { version } => self.announced(version, &reply),
            Purpose::OwnCard => self.own_card_read(reply),
            Purpose::LinkOffer => self.link_offer(reply),
            Purpose::Grant => self.granted(&reply),
            Purpose::RejoinCard { chat, link } => self.rejoin_card(chat, &link, reply),
            Purpose::Invite { link } => self.invite_opened(link, reply),
            Purpose::ReadInvite { chat, secret } => self.invite_read(chat, secret, reply),
            Purpose::PutInvite { chat, secret } => self.invite_put(chat, &secret, &reply),
            Purpose::JoinCell { cell } => self.join_cell(cell, reply),
            Purpose::JoinCard { cell, link } => self.join_card(cell, &link, reply),
            Purpose::JoinSent { cell } => self.join_sent(cell, &reply),
            Purpose::Fill => self.filled(reply),
            Purpose::Card { version } => self.card_put(version, reply),
            Purpose::Release { release } => self.released(release, &reply),
            Purpose::Signal | Purpose::Plain => {}
        }
    }

    /// The proved epoch ends here. When its commit was not among the records, the relay keeps it no more, and this device
    /// can never follow: the room is lost.
    fn fenced(&mut self, address: Address, epoch: Epoch) {
        let Some(chat) = self.chat_of_log(&address) else { return };
        let room = self.chats[&chat].room(&address).filter(|room| room.epoch < epoch).cloned();
        let Some(room) = room.filter(|_| !(self.is_doubted(&address) || self.is_held(&address))) else { return };
        // The commit that fences comes before this. It may have been left out.
        if !self.doubts(&room, Seq(room.cursor.0.saturating_add(1))) {
            self.lose_room(chat, &address);
        }
    }

    /// A subscription has reached the head: what waits may go. A head behind the own cursor is a relay that lost its store.
    fn caught_up(&mut self, address: Address, head: Seq) {
        if let Some(account) = self.account.as_mut().filter(|account| account.inbox == address) {
            let cursor = account.inbox_cursor;
            if head < cursor {
                account.inbox_cursor = Seq(0);
                account.inbox_chain = None;
                self.acknowledged = Seq(0);
                self.out.account_changed = true;
                self.subscribe(address, Seq(0));
            } else if head > cursor && !(self.is_doubted(&address) || self.doubts_once(address, head)) {
                self.skip_deliveries(head);
            }
            return;
        }
        let waits = self.is_doubted(&address) || self.is_held(&address);
        let Some(chat) = self.chat_of_log(&address).filter(|_| !waits) else { return };
        if let Some(room) = self.chats[&chat].room(&address).filter(|room| head < room.cursor).cloned() {
            // A relay that says so once may err.
            if !self.doubts(&room, head) {
                self.lose_room(chat, &address);
            }
            return;
        }
        if let Some(connection) = &mut self.connection {
            connection.caught_up.insert(address, head);
        }
        if let Some(chat) = self.chats.get_mut(&chat).filter(|chat| chat.is_silent(&address)) {
            chat.silent = None;
            self.out.chats_changed.insert(chat.id);
        }
        self.out.pump.insert(chat);
    }

    /// Reads a log or inbox on from a cursor.
    pub(super) fn subscribe(&mut self, address: Address, after: Seq) {
        self.ask(Purpose::Plain, |request| ClientFrame::Subscribe { request, address, after, credit: CREDIT });
    }
}

fn chat_of_purpose(purpose: &Purpose) -> Option<ChatId> {
    match purpose {
        Purpose::Room { chat, .. }
        | Purpose::Append { chat, .. }
        | Purpose::Commit { chat, .. }
        | Purpose::Propose { chat }
        | Purpose::RejoinCard { chat, .. }
        | Purpose::ReadInvite { chat, .. }
        | Purpose::PutInvite { chat, .. }
        | Purpose::GatherCard { chat, .. }
        | Purpose::GatherPackage { chat, .. } => Some(*chat),
        _ => None,
    }
}
