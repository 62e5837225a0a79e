//! The device that gives history: what it still has to give, packed one chunk after another in steps of their own, each sealed
//! and told to the new device once it is at the relay.

use crate::sorted::{SortedSet, in_order};

use xchat_wire::PublicKey;

use super::{
    act::What,
    pack::{Packing, Read},
};
use crate::{
    Engine,
    api::{ChatId, Event},
    device::{Chunk, MAX_PARTS, Span, Sync},
    rows::Scope,
    state::{self, Chat, Give, Kind, key},
    transfer::Carries,
};
use openmls_traits::OpenMlsProvider as _;

/// Messages of each conversation that go before any other's earlier ones.
const RECENT: u64 = 64;
/// When nothing could be packed it is tried again after this, in milliseconds: at first, and at last.
const AGAIN_MS: u64 = 5_000;
/// See [`AGAIN_MS`]: 10 minutes.
const SELDOM_MS: u64 = 10 * 60_000;
/// Between two chunks, in milliseconds: what people do comes first.
const PAUSE_MS: u64 = 20;
/// Who cannot be given anything for so long, in milliseconds, is not: 7 days.
const PATIENCE_MS: u64 = 7 * 24 * 3600 * 1000;
/// Stretches that one device may ask for.
const MAX_QUEUE: usize = 65_536;

impl Engine {
    /// A new device gets the history of all conversations.
    pub(super) fn give_history(&mut self, to: PublicKey) {
        self.put_give(Give::new(to, self.now));
        self.pack_at(to, self.now);
    }

    fn put_give(&mut self, give: Give) {
        self.put_account_row(&key::of(key::GIVE, give.to.as_bytes()), state::encode(&give));
        self.transfers.gives.insert(give.to, give);
    }

    /// Nothing more goes to this device. What is on its way to the relay for it does not go there.
    pub(super) fn drop_give(&mut self, to: &PublicKey) {
        let row = key::of(key::GIVE, to.as_bytes());
        self.provider.storage().journal_mut().delete(Scope::Account, crate::rows::Table::State, &row);
        self.transfers.gives.remove(to);
        self.transfers.pack_at.remove(to);
        let of_it = |carries: &Carries| matches!(carries, Carries::History { to: whose, .. } if whose == to);
        let uploads = self.transfers.uploads.values().filter(|upload| of_it(&upload.carries));
        let uploads: Vec<_> = uploads.map(|upload| upload.blob.hash).collect();
        for hash in uploads {
            self.end_upload(&hash);
        }
    }

    /// It has had everything, or no more can go there.
    pub(super) fn end_give(&mut self, to: PublicKey) {
        let Some(give) = self.transfers.gives.get(&to).cloned() else { return };
        self.drop_give(&to);
        if let Some(from) = self.own_key() {
            self.sync(Sync::History { to, from, chunk: None });
        }
        self.tell_giving(&give, true);
    }

    pub(super) fn tell_giving(&mut self, give: &Give, over: bool) {
        let (messages, of) = (give.messages, give.of);
        let done = if over { of } else { of.saturating_sub(give.left()) };
        self.out.events.push(Event::History { giving: true, chats: Vec::new(), messages, done, of, over });
    }

    /// This device's signature key.
    pub(super) fn own_key(&self) -> Option<PublicKey> {
        self.account.as_ref().map(|account| Self::public(account.device.bytes()))
    }

    /// A chunk is at the relay: the device that it is for is told, with what opens it.
    pub(super) fn tell_chunk(&mut self, to: PublicKey, chunk: Chunk, messages: u32) {
        let Some(mut give) = self.transfers.gives.get(&to).cloned() else { return };
        let Some(from) = self.own_key() else { return };
        give.messages = give.messages.saturating_add(messages.into());
        self.tell_giving(&give, false);
        self.put_give(give);
        self.sync(Sync::History { to, from, chunk: Some(Box::new(chunk)) });
        self.pack_at(to, self.now.saturating_add(PAUSE_MS));
    }

    /// Another device of this person asks for history, or for stretches of it once more.
    pub(super) fn asked_for_history(&mut self, to: PublicKey, spans: Vec<Span>) {
        let ours = self.account.as_ref().is_some_and(|account| account.others.iter().any(|other| other.key == to));
        if !ours {
            return;
        }
        let now = self.now;
        let mut give = self.transfers.gives.remove(&to).unwrap_or_else(|| Give::new(to, now));
        give.since = now;
        if !spans.is_empty() {
            let fits = MAX_QUEUE.saturating_sub(give.queue.len());
            let sane = |span: &Span| self.chats.get(&span.chat).is_some_and(|chat| span.top <= chat.next_order);
            let spans: Vec<Span> = spans.into_iter().filter(sane).take(fits).collect();
            give.queue.splice(0..0, spans);
            // What was never begun is given from the beginning, and has these with it.
            give.begun |= !give.queue.is_empty();
        }
        give.of = give.of.max(give.left());
        self.put_give(give);
        self.pack_at(to, now);
    }

    /// When the next chunk may be packed.
    pub(super) fn next_pack(&self) -> Option<u64> {
        let (at, _) = self.next_give().filter(|_| self.transfers.uploads.is_empty() && !self.is_out())?;
        Some(at.max(self.now.saturating_add(1)))
    }

    fn pack_at(&mut self, to: PublicKey, at: u64) {
        self.transfers.pack_at.insert(to, at);
    }

    /// Whose turn it is, and when: who has waited longest. So nobody waits for a device that does not come in.
    fn next_give(&self) -> Option<(u64, &Give)> {
        let at = |give: &Give| self.transfers.pack_at.get(&give.to).copied().unwrap_or_default();
        self.transfers.gives.values().map(|give| (at(give), give)).min_by_key(|(at, _)| *at)
    }

    fn due_give(&self) -> Option<&Give> {
        let able = self.connection.is_some() && self.transfers.uploads.is_empty() && !self.is_out();
        self.next_give().filter(|(at, _)| able && *at <= self.now).map(|(_, give)| give)
    }

    /// Conversations that the next chunk may have something of.
    pub(crate) fn chats_to_pack(&self) -> Vec<ChatId> {
        let candidates = self.due_give().map(candidates).unwrap_or_default();
        candidates.into_iter().filter(|id| self.chats.contains_key(id)).collect()
    }

    /// Packs the next chunk if it is time: its messages are looked up, sealed and stored in this step.
    pub(crate) fn pack_if_due(&mut self) {
        // What has become due with this step is loaded for the next: of a conversation that is not here nobody knows what is unread in it
        // and what vanishes.
        if !self.chats_to_pack().into_iter().all(|id| self.is_at_hand(id)) {
            return;
        }
        let Some(mut give) = self.due_give().cloned() else { return };
        let to = give.to;
        // Who does not come in soon is looked for less and less often.
        let waited = self.now.saturating_sub(give.since) / 4;
        self.pack_at(to, self.now.saturating_add(waited.clamp(AGAIN_MS, SELDOM_MS)));
        let Some(own) = self.own_chat() else { return };
        let revoked = self.account.as_ref().is_some_and(|account| account.revoked.contains(&to));
        if revoked {
            return self.drop_give(&to);
        }
        // Nothing is told before the device can read it.
        let reachable = self.reaches(own, &to);
        if !reachable || give.since.saturating_add(PATIENCE_MS) <= self.now {
            if give.since.saturating_add(PATIENCE_MS) <= self.now {
                self.end_give(to);
            }
            return;
        }
        if !give.begun {
            give.begun = true;
            give.queue = self.everything();
            give.of = give.left();
            self.pack_at(to, self.now.saturating_add(PAUSE_MS));
            // Of the conversations in the list nothing was loaded for this step.
            return self.put_give(give);
        }
        if give.queue.is_empty() {
            return self.end_give(to);
        }
        let candidates: SortedSet<ChatId> = candidates(&give).into_iter().collect();
        let mut ready: Vec<(ChatId, Read)> = Vec::new();
        let mut gone = Vec::new();
        for id in &candidates {
            match self.chats.get(id) {
                Some(chat) if !chat.hidden && !self.damaged.contains(id) => {
                    let read = self.ready_for(*id, &to);
                    ready.extend(read.map(|read| (*id, read)));
                }
                _ => gone.push(*id),
            }
        }
        give.queue.retain(|span| !gone.contains(&span.chat));
        let (now, later): (Vec<Span>, Vec<Span>) =
            give.queue.drain(..).partition(|span| ready.iter().any(|(id, _)| *id == span.chat));
        // Those that wait for their conversation go behind those that were not looked at yet.
        let (waiting, unseen): (Vec<Span>, Vec<Span>) =
            later.into_iter().partition(|span| candidates.contains(&span.chat));
        give.queue = unseen.into_iter().chain(waiting).collect();
        if now.is_empty() {
            return self.put_give(give);
        }
        self.transfers.gives.insert(to, give);
        self.will(own, What::Pack(Box::new(Packing::new(to, now, ready))));
    }

    /// A chunk is whole: sealed and on its way to the relay. What was not packed stays in the queue.
    pub(super) fn packed(&mut self, packing: Packing) {
        let Some(mut give) = self.transfers.gives.get(&packing.to).cloned() else { return };
        give.queue.splice(0..0, packing.rest.iter().copied());
        let (to, left, of) = (packing.to, give.left(), give.of);
        self.put_give(give);
        let Some((parts, plaintext, messages)) = packing.finish() else {
            // There was nothing in these stretches.
            return self.pack_at(to, self.now.saturating_add(PAUSE_MS));
        };
        let (blob, bytes) = self.seal_blob(&plaintext);
        let chunk = Box::new(Chunk { blob, parts, left, of });
        self.upload(chunk.blob.clone(), bytes, Carries::History { to, chunk, messages });
    }

    /// Everything that there is, the latest of each conversation first.
    fn everything(&self) -> Vec<Span> {
        let mut chats: Vec<&Chat> = self.chats.values().filter(|chat| !chat.hidden && chat.next_order > 1).collect();
        in_order(&mut chats, |a, b| a.time > b.time);
        let recent = |chat: &&Chat| {
            let top = chat.next_order;
            Span { chat: chat.id, top, before: top, from: top.saturating_sub(RECENT) }
        };
        let rest = |chat: &&Chat| Span { before: recent(chat).from, from: 0, ..recent(chat) };
        let rest = chats.iter().map(rest).filter(|span| span.before > 1);
        chats.iter().map(recent).chain(rest).collect()
    }

    /// Whether a device has a leaf in a conversation's current room.
    pub(super) fn reaches(&mut self, id: ChatId, device: &PublicKey) -> bool {
        let Some(log) = self.chats.get(&id).and_then(|chat| chat.current) else { return false };
        let roster = self.with_group(id, &log, |group, _| group.roster());
        roster.is_ok_and(|roster| roster.leaves().iter().any(|leaf| leaf.device.key == *device))
    }

    /// How far this device has read a conversation that the other one is in. `Some(None)`: nobody brings it into this one, which is
    /// given as it is. None: it will come in, and is not yet.
    fn ready_for(&mut self, id: ChatId, to: &PublicKey) -> Option<Read> {
        let chat = self.chats.get(&id)?;
        let room = chat.current_room().filter(|_| self.is_active(chat)).map(|room| (room.log, room.cursor));
        let Some(read) = room else {
            let closed = match &chat.kind {
                Kind::Direct(_) => true,
                Kind::Group(head) => head.out.is_some() && !head.leaving,
            };
            return closed.then_some(None);
        };
        self.reaches(id, to).then_some(Some(read))
    }
}

/// The first conversations of what is still to be given.
fn candidates(give: &Give) -> Vec<ChatId> {
    let mut chats = Vec::new();
    for span in &give.queue {
        if !chats.contains(&span.chat) {
            chats.push(span.chat);
        }
        if chats.len() == MAX_PARTS {
            break;
        }
    }
    chats
}
