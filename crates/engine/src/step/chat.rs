//! Conversations as a person handles them: opened by link, written in, accepted, blocked, deleted.

use openmls_traits::OpenMlsProvider as _;
use sha2::{Digest, Sha256};
use xchat_wire::{ClientFrame, PublicKey, Reply};

use crate::{
    Engine,
    api::{ChatId, ChatState, Event, Problem},
    card::{self, About, CardSecret, Link, LinkError, SignedCard},
    connection::Purpose,
    device::Sync,
    picture::PictureId,
    room::Happened,
    rows::{Scope, Table, Wipe},
    search::fold,
    state::{self, Chat, Contact, Kind, Stored, StoredBody, Versioned as _, key},
};

/// The conversation with a person, on this device.
pub(super) fn chat_id(peer: &PublicKey) -> ChatId {
    let digest = Sha256::new().chain_update(b"xchat direct chat 1").chain_update(peer.as_bytes()).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    ChatId(id)
}

impl Engine {
    /// A contact link that somebody opened.
    pub(super) fn open_link(&mut self, text: &str) -> Result<(), Problem> {
        let account = self.account.as_ref().ok_or(Problem::NoChat)?;
        let parsed = Link::parse(text).map_err(|error| match error {
            LinkError::NotALink => Problem::NotALink,
            _ => Problem::LinkDamaged,
        })?;
        if parsed.origin.is_some_and(|origin| origin != self.origin) {
            return Err(Problem::LinkElsewhere);
        }
        let link = parsed.link;
        if link.identity == self.identity_of(account) {
            return Err(Problem::LinkIsOwn);
        }
        let id = chat_id(&link.identity);
        if self.show(id) {
            return Ok(());
        }
        if self.damaged.contains(&id) {
            return Err(Problem::RowDamaged);
        }
        if self.connection.is_none() {
            self.waiting_link = Some(link);
            self.out.events.push(Event::LinkWaiting);
            return Ok(());
        }
        self.ask_for_link(link);
        Ok(())
    }

    /// The conversation of this person with themselves. Their devices may have it already, to tell each other things.
    pub(super) fn open_notes(&mut self) -> Result<(), Problem> {
        let id = self.own_chat().ok_or(Problem::NoChat)?;
        self.begin_own_chat();
        if self.show(id) { Ok(()) } else { Err(Problem::RowDamaged) }
    }

    /// Shows a conversation that is there, and opens it. Answers whether it is.
    fn show(&mut self, id: ChatId) -> bool {
        let Some(chat) = self.chats.get_mut(&id) else { return false };
        let was_hidden = std::mem::take(&mut chat.hidden);
        self.out.chats_changed.insert(id);
        self.out.opened.push(id);
        if was_hidden {
            self.sync_hidden(id);
        }
        true
    }

    pub(super) fn ask_for_link(&mut self, link: Link) {
        let cell = link.cell();
        // Kept until it is answered: a connection that breaks takes the question with it.
        self.waiting_link = Some(link.clone());
        self.ask(Purpose::LinkCard { link }, |request| ClientFrame::GetCell { request, cell });
    }

    /// The card of a link: verified, it becomes a conversation.
    pub(super) fn link_card(&mut self, link: Link, reply: Reply) {
        self.waiting_link = None;
        let Reply::Cell { version, body } = reply else { return self.refuse(Problem::CardMissing) };
        let card = match card::open_card(&link, version, &body) {
            Ok(card) => card,
            Err(_) => return self.refuse(Problem::CardFalse),
        };
        let id = chat_id(&link.identity);
        if !self.chats.contains_key(&id) {
            self.add_chat(id, Kind::Direct(link.identity), ChatState::New);
        }
        let sync = Sync::Contact { link: link.to_bytes().to_vec().into(), card: card.bytes().to_vec().into() };
        self.meet(id, link.secret, card);
        self.sync(sync);
        self.out.events.push(Event::LinkOpened { chat: id });
    }

    /// A conversation that is not there yet. Its scope has no rows, so it counts as loaded.
    pub(super) fn add_chat(&mut self, id: ChatId, kind: Kind, state: ChatState) {
        self.provider.storage().journal_mut().load(Scope::Chat(id), Vec::new());
        self.held.entry(id).or_default();
        let chat = Chat { next_order: self.first_order(), ..Chat::new(id, kind, state, self.now) };
        self.chats.insert(id, chat);
        self.out.chats_changed.insert(id);
    }

    /// Keeps a verified card, unless a newer one is known.
    pub(super) fn set_contact(&mut self, id: ChatId, card_secret: CardSecret, card: SignedCard) {
        let known = self.contacts.get(&id);
        if known.is_some_and(|known| known.card_version > card.card().version) {
            return;
        }
        let name = card.card().name.as_str().to_owned();
        let renamed = |known: &Contact| (known.name != name).then(|| known.name.clone());
        let contact = Contact {
            version: Contact::VERSION,
            was: known.and_then(|known| known.was.clone().or_else(|| renamed(known))),
            name,
            card_secret: state::Secret::new(*card_secret.as_bytes()),
            card_version: card.card().version,
            picture: card.card().picture.as_ref().and_then(|bytes| PictureId::of(bytes)),
            about: card.card().about.clone().map(About::into_text),
            card: card.bytes().to_vec().into(),
        };
        self.put_account_row(&key::contact(&id), state::encode(&contact));
        self.contacts.insert(id, contact);
        self.out.chats_changed.insert(id);
    }

    /// Keeps a verified card of somebody whom this device may not have met before.
    pub(super) fn meet(&mut self, id: ChatId, card_secret: CardSecret, card: SignedCard) {
        let met = self.contacts.contains_key(&id);
        self.set_contact(id, card_secret, card);
        if !met {
            self.meet_anew(id);
        }
    }

    /// The conversation says once more whether somebody else is called as its person is.
    fn meet_anew(&mut self, id: ChatId) {
        self.set_was(id, Some(String::new()));
    }

    /// Sets what the conversation says that its person is called: what it said before, and what they are called.
    fn set_was(&mut self, id: ChatId, was: Option<String>) -> Option<(String, String)> {
        let contact = self.contacts.get_mut(&id)?;
        let before = std::mem::replace(&mut contact.was, was).unwrap_or_default();
        let (name, row) = (contact.name.clone(), state::encode(contact));
        self.put_account_row(&key::contact(&id), row);
        Some((before, name))
    }

    /// Says in each conversation that is at hand what its other person is called now, and whether somebody else is called so. It is no news:
    /// the list does not show it. Where a conversation was deleted it waits until there is one again.
    pub(crate) fn tell_names(&mut self) {
        let stands = |id: &ChatId| self.chats.get(id).filter(|chat| !chat.hidden);
        let due = |id: &ChatId| stands(id).is_some() && self.is_at_hand(*id) && !self.damaged.contains(id);
        let due: Vec<ChatId> =
            self.contacts.iter().filter(|(id, contact)| contact.was.is_some() && due(id)).map(|(id, _)| *id).collect();
        for id in due {
            let Some((was, name)) = self.set_was(id, None).filter(|(was, name)| was != name) else { continue };
            let folded = fold(&name);
            // Of those whom this person has not let in, or wants no more of, the conversations say it themselves.
            let known = |other: &ChatId| {
                *other != id
                    && self
                        .chats
                        .get(other)
                        .is_some_and(|chat| !chat.hidden && matches!(chat.state, ChatState::New | ChatState::Open))
            };
            let alike = self.contacts.iter().any(|(other, contact)| known(other) && fold(&contact.name) == folded);
            let Some(chat) = self.chats.get_mut(&id) else { continue };
            // Where nothing was said yet the name before stands nowhere.
            let was = if chat.state == ChatState::New { String::new() } else { was };
            if alike || !was.is_empty() {
                let order = chat.next_order;
                chat.next_order += 1;
                self.out.chats_changed.insert(id);
                let what = vec![Happened::Called(was, name, alike)];
                self.put_message(id, order, &Stored::new(false, self.now, StoredBody::Happened { what }));
            }
        }
    }

    pub(super) fn keep_card(&mut self, id: ChatId, card: SignedCard) {
        if let Some(secret) = self.contacts.get(&id).map(|contact| CardSecret::new(*contact.card_secret.bytes())) {
            self.set_contact(id, secret, card);
        }
    }

    /// Accepts a request: what was received is confirmed from now on.
    pub(super) fn accept(&mut self, id: ChatId) -> Result<(), Problem> {
        let chat = self.chats.get(&id).ok_or(Problem::NoChat)?;
        if chat.state != ChatState::Request {
            return Ok(());
        }
        self.note_lacking(id);
        let chat = self.chats.get_mut(&id).ok_or(Problem::NoChat)?;
        chat.state = ChatState::Open;
        if let Some(head) = chat.group_mut() {
            head.accepted = head.invitation;
        }
        self.sync_state(id);
        self.meet_anew(id);
        self.confirm_unseen(id);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
        Ok(())
    }

    /// Blocks a person. Nothing tells them; what they write is dropped.
    pub(super) fn block(&mut self, id: ChatId) -> Result<(), Problem> {
        let own = self.own_chat() == Some(id);
        let chat = self.chats.get_mut(&id).ok_or(Problem::NoChat)?;
        if own || chat.group().is_some() {
            return Err(Problem::NoChat);
        }
        if chat.state != ChatState::Blocked {
            // A request may be this device's alone, and nobody brings a new device into this one from now on.
            let version = self.account.as_ref().map_or(0, |account| account.devices_version);
            let everywhere = chat.current_room().is_some_and(|room| room.devices_seen >= version);
            let alone = chat.state == ChatState::Request || !everywhere;
            chat.unblocked = Some(chat.state);
            chat.state = ChatState::Blocked;
            chat.unread = 0;
            chat.first_unread = None;
            self.out.chats_changed.insert(id);
            self.fall_silent(id);
            match alone {
                true => self.tell_stranger(id),
                false => self.sync_state(id),
            }
            self.review_all_requests();
        }
        Ok(())
    }

    /// What a block ends on each device: the history that comes, and reports to a person who gets nothing more. Of what was read, this
    /// person's other devices know by them alone.
    pub(super) fn fall_silent(&mut self, id: ChatId) {
        self.refuse_further_history(id);
        self.tell_unreported(id);
    }

    pub(super) fn unblock(&mut self, id: ChatId) -> Result<(), Problem> {
        let chat = self.chats.get_mut(&id).ok_or(Problem::NoChat)?;
        if chat.state == ChatState::Blocked {
            chat.state = chat.unblocked.take().unwrap_or(ChatState::Request);
            self.sync_state(id);
            self.out.chats_changed.insert(id);
            self.out.pump.insert(id);
        }
        Ok(())
    }

    /// Deletes the messages and hides the conversation. The session with one person stays, so that their next message can be
    /// read; a group is left.
    pub(super) fn delete(&mut self, id: ChatId) -> Result<(), Problem> {
        if self.chats.get(&id).is_some_and(|chat| chat.group().is_some()) {
            self.leave_group(id)?;
        }
        self.chats.get(&id).ok_or(Problem::NoChat)?;
        self.put_away(id);
        self.sync_hidden(id);
        Ok(())
    }

    /// Takes a conversation out of the list, with its messages.
    pub(super) fn put_away(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.put_away();
        self.meet_anew(id);
        self.out.gone.insert(id);
        self.forget_messages(id);
    }

    /// Deletes the messages of a conversation here: other devices of this person keep theirs.
    pub(super) fn clear(&mut self, id: ChatId) -> Result<(), Problem> {
        self.chats.get(&id).filter(|chat| !chat.hidden).ok_or(Problem::NoChat)?;
        self.forget_messages(id);
        self.out.events.push(Event::Cleared { chat: id });
        Ok(())
    }

    /// Nothing of a conversation's messages is left, and nothing that was about them.
    fn forget_messages(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.last = None;
        chat.unread = 0;
        chat.first_unread = None;
        chat.behind.clear();
        chat.pins.clear();
        self.stop_timers(id);
        for prefix in [key::UNSEEN, key::OWN, key::ONCE] {
            for (row, _) in self.chat_rows(id, Table::State, prefix) {
                self.delete_chat_row(id, Table::State, &row);
            }
        }
        self.drop_unsent(id, None);
        if let Some(held) = self.held.get_mut(&id) {
            held.words = None;
        }
        self.provider.storage().journal_mut().wipe(Scope::Chat(id));
        self.out.wipes.push(Wipe(id));
        self.refuse_history(id);
    }
}
