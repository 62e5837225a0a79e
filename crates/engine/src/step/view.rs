//! What the page is shown: views of the account, of conversations, of messages.

use crate::sorted::SortedSet;

use sha2::{Digest, Sha256};
use xchat_wire::PublicKey;

use crate::{
    Engine, LoadError,
    api::{
        AccountView, Author, ChatId, ChatState, ChatView, Connection, Event, GroupView, OutView, PersonId,
        StorageProblem,
    },
    identity::{address_text, safety_number},
    state::{Account, Chat, GroupHead, Kind, Out},
};

/// One of the design's six person colours, 1 to 6.
pub(super) fn colour(person: &PublicKey) -> u8 {
    Sha256::digest(person.as_bytes())[0] % 6 + 1
}

impl Engine {
    pub(super) fn show_blocked(&mut self) {
        let blocked = self.chats.values().filter(|chat| chat.state == ChatState::Blocked);
        let chats = blocked.map(|chat| self.chat_view(chat)).collect();
        self.out.events.push(Event::Blocked { chats });
    }

    pub(crate) fn snapshot(&mut self) {
        let account = self.account.as_ref().map(|account| self.account_view(account));
        let chats = self.chats.values().filter(|chat| !chat.hidden).map(|chat| self.chat_view(chat)).collect();
        self.out.events.push(Event::Snapshot { account, chats, connection: self.connection_view() });
        if !self.joins.is_empty() {
            self.show_joins();
        }
        self.show_history();
        // `StorageProblem::Newer` is of the whole storage; these are single conversations, as damaged ones are.
        let newer = self.newer.iter().map(LoadError::to_string);
        let newer = newer.map(|detail| Event::Storage { problem: StorageProblem::Damaged, detail });
        self.out.events.extend(newer);
    }

    pub(super) fn connection_view(&self) -> Connection {
        match (&self.connection, self.connecting) {
            (Some(_), _) => Connection::Online,
            (None, _) if self.garbled => Connection::Garbled,
            (None, true) => Connection::Connecting,
            (None, false) => Connection::Offline,
        }
    }

    pub(super) fn account_view(&self, account: &Account) -> AccountView {
        let identity = self.identity_of(account);
        AccountView {
            name: account.name.clone(),
            address: address_text(&identity),
            link: self.own_link(account).text(&self.origin),
            colour: colour(&identity),
            words_pending: account.entropy.is_some(),
            card_published: account.card_published == account.card_version,
            privacy: account.privacy,
            removed: account.out,
            picture: account.picture.clone().map(Box::new),
            about: account.about.clone().unwrap_or_default(),
            person: PersonId(*identity.as_bytes()),
        }
    }

    pub(super) fn chat_view(&self, chat: &Chat) -> ChatView {
        let mut view = self.whole_view(chat);
        // Nothing of a stranger's choice reaches the browser's image decoders before they were let in.
        let known = matches!(chat.state, ChatState::Open | ChatState::New);
        let contact = self.contacts.get(&chat.id);
        view.notes = self.own_chat() == Some(chat.id);
        view.picture = chat.picture.or_else(|| contact?.picture).filter(|_| known).map(Box::new);
        view.about = contact.and_then(|contact| contact.about.clone()).filter(|_| known).unwrap_or_default();
        if let Some(last) = &mut view.last {
            last.mark = last.mark.map(|mark| self.shown_mark(mark));
        }
        view
    }

    fn whole_view(&self, chat: &Chat) -> ChatView {
        match &chat.kind {
            Kind::Direct(peer) => {
                let name = self.contacts.get(&chat.id).map(|contact| contact.name.clone()).unwrap_or_default();
                chat.view(name, address_text(peer), self.safety_number(chat.id, peer), colour(peer), None)
            }
            Kind::Group(head) => {
                let colour = Sha256::digest(head.state.id.0)[0] % 6 + 1;
                let name = head.state.name.as_str().to_owned();
                chat.view(name, String::new(), String::new(), colour, Some(Box::new(self.group_view(chat, head))))
            }
        }
    }

    /// Computed once for each conversation: neither identity in it ever changes.
    fn safety_number(&self, id: ChatId, peer: &PublicKey) -> String {
        #[cfg(feature = "hostile")]
        if self.omits_safety {
            return String::new();
        }
        let Some(own) = self.own_identity().filter(|own| own != peer) else { return String::new() };
        self.safety.borrow_mut().entry(id).or_insert_with(|| safety_number(&own, peer)).clone()
    }

    fn group_view(&self, chat: &Chat, head: &GroupHead) -> GroupView {
        let (id, asked) = (chat.id, chat.state == ChatState::Request);
        let out = match head.out {
            None if head.leaving => Some(OutView::Left),
            None => None,
            Some(Out::Left) => Some(OutView::Left),
            Some(Out::Removed(by)) => Some(OutView::Removed { by: self.author(id, &by) }),
            Some(Out::Lost) => Some(OutView::Lost),
        };
        GroupView {
            description: head.state.description.clone(),
            people: head.people,
            role: head.role,
            may_add: head.state.may_add,
            may_change: head.state.may_change,
            timer: head.state.timer,
            out,
            inviter: head.inviter.filter(|_| asked).map(|inviter| self.author(id, &inviter)),
            invite: self.own_invite(chat).map(|link| link.text(&self.origin)),
            requests: if self.own_invite(chat).is_some() { head.requests } else { 0 },
        }
    }

    /// Groups whose view names somebody: what people call themselves is in the conversation's own rows.
    pub(crate) fn chats_to_name(&self) -> SortedSet<ChatId> {
        let names = |chat: &&Chat| {
            let head = chat.group().filter(|_| !chat.hidden);
            head.is_some_and(|head| chat.state == ChatState::Request || matches!(head.out, Some(Out::Removed(_))))
        };
        self.chats.values().filter(names).map(|chat| chat.id).collect()
    }

    /// Somebody in a conversation.
    pub(super) fn author(&self, id: ChatId, person: &PublicKey) -> Author {
        Author { person: PersonId(*person.as_bytes()), name: self.name_of(id, person), colour: colour(person) }
    }
}
