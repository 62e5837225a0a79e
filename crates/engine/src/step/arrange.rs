//! How a person keeps their conversations, alike on all their devices: each thing is a register that the last writer sets, by the
//! order of the relay. A device whose own write still waits there does not take an earlier one.

use super::act::What;
use crate::{
    Engine,
    api::{Arrange, Arrangement, ChatId, Draft, Event, MAX_TEXT, Problem},
    content::{Message, MessageId},
    device::{Arranged, Sync},
    rows::{Scope, Table},
    sorted::in_order,
    state::{self, Chat, Entry, Waiting, key},
};
use openmls_traits::OpenMlsProvider as _;

/// The other devices are told of a draft this long after its last change, in milliseconds.
const TELL_DRAFT_MS: u64 = 3_000;
/// What lies between two pinned conversations, so that one can be put there.
const GAP: u64 = 1 << 32;

impl Engine {
    /// Changes how a conversation is kept.
    pub(super) fn arrange(&mut self, id: ChatId, change: Arrange) -> Result<(), Problem> {
        let chat = self.chats.get(&id).filter(|chat| !chat.hidden).ok_or(Problem::NoChat)?;
        let what = match change {
            Arrange::Archive(on) => Arranged::Archived(on.then(|| chat.seen_at())),
            Arrange::Mute(until) => Arranged::MutedUntil(until.filter(|until| *until > self.now)),
            Arrange::Pin(Some(place)) => {
                self.pin_chat(id, place);
                return Ok(());
            }
            Arrange::Pin(None) => Arranged::Pinned(None),
            Arrange::Unread(on) => Arranged::Unread(on),
            Arrange::Verify(on) if chat.peer().is_some() => Arranged::Verified(on),
            Arrange::Verify(_) => return Err(Problem::NoChat),
        };
        self.set_arranged(id, what);
        Ok(())
    }

    /// Puts a conversation among the pinned ones. Their numbers leave room; where it is used up, all get new ones.
    fn pin_chat(&mut self, id: ChatId, place: u32) {
        let others = self.chats.values().filter(|chat| chat.id != id && !chat.hidden);
        let mut pinned: Vec<(u64, ChatId)> = others.filter_map(|chat| Some((chat.arranged.pinned?, chat.id))).collect();
        in_order(&mut pinned, |a, b| a < b);
        let at = pinned.len().min(place as usize);
        let above = at.checked_sub(1).map_or(0, |above| pinned[above].0);
        let below = pinned.get(at).map_or(above.saturating_add(2 * GAP), |below| below.0);
        let between = above + (below - above) / 2;
        if between > above {
            return self.set_arranged(id, Arranged::Pinned(Some(between)));
        }
        pinned.insert(at, (0, id));
        for ((_, id), number) in pinned.into_iter().zip(1..) {
            self.set_arranged(id, Arranged::Pinned(Some(number * GAP)));
        }
    }

    /// Sets a register here and on the other devices.
    pub(super) fn set_arranged(&mut self, id: ChatId, what: Arranged) {
        if self.apply_arranged(id, what) {
            self.sync_last(Sync::Arranged { chat: id, what });
        }
    }

    fn apply_arranged(&mut self, id: ChatId, what: Arranged) -> bool {
        let Some(chat) = self.chats.get_mut(&id) else { return false };
        let before = chat.arranged.clone();
        what.apply(&mut chat.arranged);
        let changed = chat.arranged != before;
        if changed {
            self.out.chats_changed.insert(id);
        }
        changed
    }

    /// Another device has set a register.
    pub(super) fn arranged_elsewhere(&mut self, id: ChatId, what: Arranged) {
        let kept = matches!(what, Arranged::MutedUntil(_)) || !self.deletes(id);
        if kept && !self.is_to_be_written(&Sync::Arranged { chat: id, what }) {
            self.apply_arranged(id, what);
        }
    }

    /// This device has deleted the conversation, which undoes what comes before that in the log, and has not read itself: also where
    /// a message has brought the conversation back meanwhile.
    pub(super) fn deletes(&self, id: ChatId) -> bool {
        let deletion = Sync::Chat { chat: id, state: None, hidden: Some(true), invitation: None };
        self.writes_of(&deletion)
            .iter()
            .any(|(_, entry)| !matches!(entry.state, Waiting::Failed) && said(entry).as_ref() == Some(&deletion))
    }

    /// A message has come: what is archived and not muted comes back.
    pub(super) fn unarchive(&mut self, id: ChatId, time: u64) {
        let Some(chat) = self.chats.get(&id) else { return };
        if chat.arranged.archived.is_some_and(|at| time > at) && !chat.arranged.is_muted(self.now) {
            self.set_arranged(id, Arranged::Archived(None));
        }
    }

    /// A conversation was deleted on another device before what this one has set of it and not read back.
    pub(super) fn arrange_again(&mut self, id: ChatId) {
        let Some(own) = self.own_chat() else { return };
        let set = |entry: &Entry| match said(entry) {
            Some(Sync::Arranged { chat, what }) if chat == id => Some(what),
            _ => None,
        };
        let set: Vec<Arranged> = self.entries(own).filter_map(|(_, entry)| set(entry)).collect();
        for what in set {
            self.apply_arranged(id, what);
        }
    }

    /// How a conversation was kept before this device could hear of it. What was set since, here or elsewhere, it knows.
    pub(super) fn arranged_before(&mut self, id: ChatId, before: &Arrangement) {
        for what in Arranged::set_in(before) {
            let same = |now: &Chat| Arranged::set_in(&now.arranged).any(|other| other.number() == what.number());
            let since = self.chats.get(&id).is_some_and(same);
            if !since && !self.is_to_be_written(&Sync::Arranged { chat: id, what }) {
                self.apply_arranged(id, what);
            }
        }
    }

    /// Entries of the own conversation that set the same register.
    fn writes_of(&self, sync: &Sync) -> Vec<(u64, &Entry)> {
        let Some(own) = self.own_chat() else { return Vec::new() };
        let same = |entry: &Entry| said(entry).is_some_and(|said| said.register() == sync.register());
        self.entries(own).filter(|(_, entry)| same(entry)).collect()
    }

    /// This device has set the same register, and has not read itself: its write comes later in the log.
    pub(super) fn is_to_be_written(&self, sync: &Sync) -> bool {
        self.writes_of(sync).iter().any(|(_, entry)| !matches!(entry.state, Waiting::Failed))
    }

    /// Tells the other devices what a register is now. What was to be told of it and is not under way is not told.
    pub(super) fn sync_last(&mut self, sync: Sync) {
        self.forget_deferred(&sync);
        let unsent = self.writes_of(&sync).into_iter().filter(|(_, entry)| !matches!(entry.state, Waiting::Sealed(_)));
        let unsent: Vec<u64> = unsent.map(|(number, _)| number).collect();
        if let Some(own) = self.own_chat() {
            unsent.into_iter().for_each(|number| _ = self.delete_entry(own, number));
        }
        self.sync(sync);
    }

    /// What was said of a register before this device set it says nothing any more.
    fn forget_deferred(&mut self, sync: &Sync) {
        let same = |other: &Sync| other.register() == sync.register();
        let numbers: Vec<u64> =
            self.deferred.iter().filter(|(_, other)| same(other)).map(|(number, _)| *number).collect();
        for number in numbers {
            self.take_deferred(number);
        }
    }

    /// Takes one out of what was said of conversations before they were loaded.
    pub(super) fn take_deferred(&mut self, number: u64) -> Option<Sync> {
        let row = key::of(key::SYNC, &number.to_be_bytes());
        self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &row);
        self.deferred.remove(&number)
    }

    /// Keeps what was begun. The page has it already, so it is not shown.
    pub(super) fn draft(&mut self, id: ChatId, draft: Option<Draft>) -> Result<(), Problem> {
        let draft = draft.filter(|draft| !draft.text.trim().is_empty());
        if draft.as_ref().is_some_and(|draft| draft.text.len() > MAX_TEXT) {
            return Err(Problem::Text);
        }
        self.set_draft(id, draft);
        Ok(())
    }

    fn set_draft(&mut self, id: ChatId, draft: Option<Draft>) {
        let others = self.tells_others();
        let tell_at = self.now + TELL_DRAFT_MS;
        let Some(chat) = self.chats.get_mut(&id).filter(|chat| !chat.hidden && chat.draft != draft) else { return };
        let to_tell = others && (draft.is_some() || chat.draft_told);
        chat.draft = draft;
        chat.tell_draft_at = to_tell.then_some(tell_at);
        self.forget_deferred(&Sync::Draft { chat: id, text: String::new(), reply: None });
        self.put_summary(id);
    }

    /// It was sent.
    pub(super) fn drop_draft(&mut self, id: ChatId) {
        self.set_draft(id, None);
    }

    /// All drafts are told (again): a device is new.
    pub(super) fn tell_drafts_soon(&mut self) {
        let at = self.now + TELL_DRAFT_MS;
        let begun: Vec<ChatId> = self.chats.values().filter(|chat| chat.draft.is_some()).map(|chat| chat.id).collect();
        for id in begun {
            if let Some(chat) = self.chats.get_mut(&id) {
                chat.tell_draft_at = Some(at);
            }
            self.put_summary(id);
        }
    }

    /// When the next draft is to be told.
    pub(super) fn next_draft(&self) -> Option<u64> {
        let whole = self.chats.values().filter(|chat| !self.damaged.contains(&chat.id));
        whole.filter_map(|chat| self.tell_draft_at(chat)).min().map(|at| at.max(self.now + 1))
    }

    /// When a draft is told. None is planned for longer, unless the clock was set back since.
    fn tell_draft_at(&self, chat: &Chat) -> Option<u64> {
        chat.tell_draft_at.map(|at| if at > self.now + TELL_DRAFT_MS { self.now } else { at })
    }

    /// Conversations whose drafts are to be told now.
    pub(crate) fn drafts_due(&self) -> impl Iterator<Item = ChatId> {
        let due = |chat: &&Chat| self.tell_draft_at(chat).is_some_and(|at| at <= self.now);
        let whole = self.chats.values().filter(|chat| !self.damaged.contains(&chat.id));
        whole.filter(due).map(|chat| chat.id)
    }

    pub(crate) fn tell_drafts(&mut self) {
        let due: Vec<ChatId> = self.drafts_due().collect();
        due.into_iter().for_each(|id| self.will(id, What::TellDraft));
    }

    /// Tells the others of a draft. The row of the message that it answers is here.
    pub(super) fn tell_draft(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.tell_draft_at = None;
        chat.draft_told = chat.draft.is_some();
        let Draft { text, reply } = chat.draft.clone().unwrap_or(Draft { text: String::new(), reply: None });
        let reply = reply.and_then(|order| self.stored(id, order)?.id);
        self.put_summary(id);
        self.sync_last(Sync::Draft { chat: id, text, reply });
    }

    /// What was begun on another device. Where the message is that it answers is known.
    pub(super) fn drafted_elsewhere(&mut self, id: ChatId, text: String, of: Option<MessageId>) {
        let reply = of.and_then(|of| self.place(id, &of)).map(|place| place.order);
        let draft = (!text.trim().is_empty()).then_some(Draft { text, reply });
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.draft_told = draft.is_some();
        // What this device is about to tell comes later.
        if chat.tell_draft_at.is_none() && chat.draft != draft {
            chat.draft.clone_from(&draft);
            self.out.events.push(Event::Drafted { chat: id, draft });
        }
        self.put_summary(id);
    }

    /// Writes a conversation's row of the account's scope without showing it.
    fn put_summary(&self, id: ChatId) {
        if let Some(chat) = self.chats.get(&id) {
            self.put_account_row(&key::chat(&id), state::encode(chat));
        }
    }
}

/// What an entry of the own conversation tells the other devices.
fn said(entry: &Entry) -> Option<Sync> {
    Sync::of(&Message::decode(&entry.content).ok()?)
}
