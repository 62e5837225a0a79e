//! The end of a step: rows for what changed, views for what shows, a timer for what is due.

use openmls_traits::OpenMlsProvider as _;

use crate::{
    Engine,
    api::{ChatId, ChatState, Event},
    rows::{Scope, Table},
    state::{self, Held, key},
};

/// A room that could not be made is tried again after this, in milliseconds.
pub(super) const RETRY_ROOM_MS: u64 = 30_000;
/// A device renews its leaf this often, in milliseconds: 7 days.
pub(super) const UPDATE_EVERY_MS: u64 = 7 * 24 * 3600 * 1000;

impl Engine {
    /// Puts a row of the account's scope.
    pub(super) fn put_account_row(&self, row_key: &[u8], value: Vec<u8>) {
        self.provider.storage().journal_mut().put(Scope::Account, Table::State, row_key, value);
    }

    /// Puts a row of a conversation's scope.
    pub(super) fn put_chat_row(&self, chat: ChatId, table: Table, row_key: &[u8], value: Vec<u8>) {
        self.provider.storage().journal_mut().put(Scope::Chat(chat), table, row_key, value);
    }

    pub(super) fn delete_chat_row(&self, chat: ChatId, table: Table, row_key: &[u8]) {
        self.provider.storage().journal_mut().delete(Scope::Chat(chat), table, row_key);
    }

    /// The rows of a conversation under a prefix, as owned pairs: callers change rows while they walk them.
    pub(super) fn chat_rows(&self, chat: ChatId, table: Table, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let journal = self.provider.storage().journal();
        journal.range(Scope::Chat(chat), table, prefix).map(|(k, v)| (k.to_vec(), v.to_vec())).collect()
    }

    fn has_rows(&self, chat: ChatId, table: Table, prefix: &[u8]) -> bool {
        self.provider.storage().journal().range(Scope::Chat(chat), table, prefix).next().is_some()
    }

    /// Writes the rows of everything that the step touched, and shows it.
    pub(crate) fn save(&mut self) {
        self.save_take();
        if std::mem::take(&mut self.out.account_changed)
            && let Some(account) = &self.account
        {
            self.put_account_row(key::ACCOUNT, state::encode(account));
            let account = self.account_view(account);
            self.out.events.push(Event::Account { account });
        }
        for id in std::mem::take(&mut self.out.chats_changed) {
            for (row, value) in self.held.get_mut(&id).map(Held::take_changed).unwrap_or_default() {
                self.put_chat_row(id, Table::State, &row, value);
            }
            // A damaged one only counts as loaded: what it has in its outbox is not here.
            let loaded = self.provider.storage().journal().is_loaded(Scope::Chat(id)) && !self.damaged.contains(&id);
            let busy = loaded
                && (self.has_rows(id, Table::Outbox, b"")
                    || self.has_rows(id, Table::State, key::COMMIT)
                    || self.has_rows(id, Table::State, key::INTENT));
            let Some(chat) = self.chats.get_mut(&id) else { continue };
            if loaded {
                chat.busy = busy;
            }
            let row = state::encode(chat);
            self.put_account_row(&key::chat(&id), row);
            let event = match self.chats[&id].hidden {
                true if !self.out.gone.remove(&id) => continue,
                true => Event::ChatGone { chat: id },
                false => Event::Chat { chat: self.chat_view(&self.chats[&id]) },
            };
            self.out.events.push(event);
        }
        if std::mem::take(&mut self.out.devices_changed) {
            self.show_devices();
        }
        for chat in std::mem::take(&mut self.out.members_changed) {
            self.show_members(chat);
        }
        for chat in std::mem::take(&mut self.out.requests_changed) {
            self.show_requests(chat);
        }
        if std::mem::take(&mut self.out.joins_changed) {
            self.show_joins();
        }
        for chat in std::mem::take(&mut self.out.opened) {
            self.out.events.push(Event::LinkOpened { chat });
        }
    }

    /// Conversations that have something to do now, if there is a connection.
    pub(crate) fn chats_to_pump(&self) -> crate::sorted::SortedSet<ChatId> {
        if self.connection.is_none() {
            return Default::default();
        }
        self.chats.values().filter(|chat| chat.busy || self.is_due(chat)).map(|chat| chat.id).collect()
    }

    /// Something in the conversation's current room is due.
    pub(super) fn is_due(&self, chat: &state::Chat) -> bool {
        let take_up = chat.current_room().and_then(|room| self.take_up_at(room));
        self.update_due(chat)
            || self.rejoin_due(chat)
            || self.devices_due(chat)
            || self.cell_due(chat)
            || self.has_deferred(chat.id)
            || self.full_is_over(chat.id)
            || self.left_is_read(chat)
            || self.renewal_due(chat)
            || self.lack_is_due(chat)
            || (self.is_active(chat) && take_up.is_some_and(|at| at <= self.now))
    }

    /// Whether a lost room is to be replaced, and was not tried on this connection.
    fn renewal_due(&self, chat: &state::Chat) -> bool {
        let tried = self.connection.as_ref().is_some_and(|connection| connection.retry.contains_key(&chat.id));
        self.needs_fresh_room(chat) && self.is_active(chat) && !tried
    }

    /// Whether a conversation of two goes on in a fresh room, also where nothing waits to be sent.
    pub(super) fn needs_fresh_room(&self, chat: &state::Chat) -> bool {
        chat.renewing || self.is_stranded(chat)
    }

    /// An open conversation of two that this person's other device gave to this one, their only one by now, and brought it into no room
    /// of: the other person writes where nobody is left who could.
    fn is_stranded(&self, chat: &state::Chat) -> bool {
        let open = chat.state == ChatState::Open && chat.rooms.is_empty() && chat.group().is_none();
        open && !self.has_others() && self.contacts.contains_key(&chat.id) && self.own_chat() != Some(chat.id)
    }

    /// Whether another device of this person has taken this one off: it does nothing more.
    pub(super) fn is_out(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.out)
    }

    /// Whether this device does things in a conversation: an open one that it is in, or one that it is leaving.
    pub(super) fn is_active(&self, chat: &state::Chat) -> bool {
        let leaving = chat.is_leaving();
        !self.is_out() && chat.is_in() && (chat.state == ChatState::Open || leaving)
    }

    /// This device's leaf in the conversation's current room is due for renewal.
    pub(super) fn update_due(&self, chat: &state::Chat) -> bool {
        self.is_active(chat) && chat.current_room().is_some_and(|room| room.update_at <= self.now)
    }

    /// When the next thing is due that no input announces.
    pub(crate) fn next_timer(&self) -> Option<u64> {
        self.next_sweep().into_iter().chain(self.next_draft()).chain(self.next_online()).min()
    }

    /// The same, of what takes a connection.
    fn next_online(&self) -> Option<u64> {
        let connection = self.connection.as_ref()?;
        let retries = connection.retry.values().chain(connection.full.values()).copied();
        let updates = self
            .chats
            .values()
            .filter(|chat| self.is_active(chat))
            .filter_map(|chat| chat.current_room())
            .flat_map(|room| [Some(room.update_at), self.take_up_at(room)].into_iter().flatten());
        let left = self.chats.values().flat_map(|chat| &chat.rooms).filter_map(|room| room.left_at);
        let rejoins = self.chats.values().filter_map(|chat| self.rejoin_at(chat));
        let cells = self.chats.values().filter_map(|chat| self.cell_at(chat)).chain(self.next_join());
        // A renewal that became due while its conversation was not loaded: the next tick loads it.
        let unloaded = self
            .chats
            .values()
            .filter(|chat| self.is_due(chat))
            .any(|chat| !self.provider.storage().journal().is_loaded(Scope::Chat(chat.id)));
        let soon = unloaded.then_some(self.now + 1_000);
        let history = [self.next_blob(), self.next_pack(), self.next_ask(), self.next_release()].into_iter().flatten();
        // What was due at the last tick waits for something other than time. What became due since then, while something else
        // happened, is done with the next one.
        let since = self.ticked.min(self.now);
        let times = retries.chain(updates).chain(left).chain(rejoins).chain(cells).chain(history);
        times.filter(|at| *at > since).map(|at| at.max(self.now + 1)).chain(soon).min()
    }
}
