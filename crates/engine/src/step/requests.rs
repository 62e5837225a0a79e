//! Requests to be let into a group, at its admins: taken in, approved, declined, and gone when they have become void.
//!
//! A stranger with the link costs an admin's device so many rows and no more, and cannot put out what is there: the first requests
//! stay, later ones are dropped until there is room.

use xchat_wire::PublicKey;

use super::{chat::chat_id, view::colour};
use crate::{
    Engine,
    api::{ChatId, ChatState, Event, JoinRequestView, PersonId, Problem},
    card::{Asks, Join},
    device::Sync,
    identity::address_text,
    mls::MlsError,
    room::Role,
    rows::Table,
    sorted::in_order,
    state::{self, Ask, Chat, Invitee, Person, Secret, Versioned as _, Want, key},
};

/// Requests of a group that wait for an answer.
const MAX_WAITING: usize = 100;
/// Requests of a group that were answered and are remembered; those that nobody declined are forgotten first, then the oldest.
const MAX_ANSWERED: usize = 200;

impl Engine {
    /// The group that a link's cell is of, if this person answers its requests.
    pub(super) fn chat_of_invite(&self, cell: &xchat_wire::Address) -> Option<ChatId> {
        let mut open = self.chats.values().filter(|chat| chat.state == ChatState::Open);
        open.find(|chat| self.own_invite(chat).is_some_and(|link| link.cell() == *cell)).map(|chat| chat.id)
    }

    /// Somebody asks to be let in. What is no such request, or void, costs nothing.
    pub(super) fn join_asked(&mut self, join: &Join, came: u64) -> Result<(), MlsError> {
        let id = self.chat_of_invite(&join.cell).filter(|id| !self.damaged.contains(id)).ok_or(MlsError::Missing)?;
        let link = self.own_invite(&self.chats[&id]).ok_or(MlsError::Missing)?;
        let person = join.sender.identity;
        if join.relay != self.origin || join.check(&link).is_err() || self.is_void(id, &person) {
            return Err(MlsError::Foreign);
        }
        let asks = &self.held.entry(id).or_default().asks;
        let known = asks.get(&person);
        if known.is_some_and(|known| known.declined || known.time >= join.time) {
            return Ok(());
        }
        let waits = known.is_some_and(|known| known.waits.is_some());
        match join.asks {
            Asks::Nothing if waits => self.answer(id, &person, false),
            Asks::ToJoin if waits || asks.values().filter(|ask| ask.waits.is_some()).count() < MAX_WAITING => {
                let waits = Some(Person {
                    version: Person::VERSION,
                    name: join.card.card().name.as_str().to_owned(),
                    card_secret: Secret::new(*join.sender.secret.as_bytes()),
                    moves: None,
                });
                let came = known.filter(|known| known.waits.is_some()).map_or(came, |known| known.came);
                let ask = Ask { version: Ask::VERSION, waits, declined: false, time: join.time, came };
                self.put_ask(id, &person, ask);
                self.count_requests(id);
            }
            Asks::Nothing | Asks::ToJoin => {}
        }
        Ok(())
    }

    /// Whether nobody has to answer what this person asks: they are in the group, or blocked here.
    fn is_void(&mut self, id: ChatId, person: &PublicKey) -> bool {
        let blocked = self.chats.get(&chat_id(person)).is_some_and(|chat| chat.state == ChatState::Blocked);
        let Some(log) = self.chats.get(&id).and_then(|chat| chat.current) else { return true };
        blocked || !self.leaves_of(id, &log, person).is_empty()
    }

    fn put_ask(&mut self, id: ChatId, person: &PublicKey, ask: Ask) {
        self.put_chat_row(id, Table::State, &key::ask(person), state::encode(&ask));
        self.held.entry(id).or_default().asks.insert(*person, ask);
    }

    fn forget_ask(&mut self, id: ChatId, person: &PublicKey) {
        self.delete_chat_row(id, Table::State, &key::ask(person));
        if let Some(held) = self.held.get_mut(&id) {
            held.asks.remove(person);
        }
    }

    /// A request has its answer. It is remembered, so that the same one does not come again.
    fn answer(&mut self, id: ChatId, person: &PublicKey, declined: bool) {
        let known = self.held.get(&id).and_then(|held| held.asks.get(person)).cloned();
        let (time, came) = known.map_or((0, self.now), |known| (known.time, known.came));
        self.put_ask(id, person, Ask { version: Ask::VERSION, waits: None, declined, time, came });
        let asks = self.held.get(&id).into_iter().flat_map(|held| &held.asks);
        let answered: Vec<_> = asks.filter(|(_, ask)| ask.waits.is_none()).collect();
        let first = answered.iter().min_by_key(|(_, ask)| (ask.declined, ask.came)).map(|(person, _)| **person);
        if let Some(first) = first.filter(|_| answered.len() > MAX_ANSWERED) {
            self.forget_ask(id, &first);
        }
        self.count_requests(id);
    }

    fn count_requests(&mut self, id: ChatId) {
        let waiting = self.held.get(&id).map_or(0, |held| held.asks.values().filter(|a| a.waits.is_some()).count());
        if let Some(head) = self.chats.get_mut(&id).and_then(Chat::group_mut) {
            head.requests = u32::try_from(waiting).unwrap_or(u32::MAX);
        }
        self.out.chats_changed.insert(id);
        self.out.requests_changed.insert(id);
    }

    /// Lets somebody in who has asked: a wish like any other. Where nobody waits, another admin was first.
    pub(super) fn approve(&mut self, id: ChatId, person: &PersonId) -> Result<(), Problem> {
        let person = PublicKey::new(person.0);
        let Some(waits) = self.waiting(id, &person)? else { return Ok(()) };
        self.answer(id, &person, false);
        self.want(id, Want::Add(vec![Invitee { person, card_secret: waits.card_secret }]));
        Ok(())
    }

    /// Does not let them in, now or later under this link. They do not hear of it.
    pub(super) fn decline(&mut self, id: ChatId, person: &PersonId) -> Result<(), Problem> {
        let person = PublicKey::new(person.0);
        if self.waiting(id, &person)?.is_some() {
            self.answer(id, &person, true);
            if let Some(link) = self.chats.get(&id).and_then(|chat| self.own_invite(chat)) {
                self.sync(Sync::Declined { chat: id, cell: link.cell(), person });
            }
        }
        Ok(())
    }

    fn waiting(&self, id: ChatId, person: &PublicKey) -> Result<Option<Person>, Problem> {
        let head = self.chats.get(&id).and_then(Chat::group).ok_or(Problem::NoChat)?;
        if head.role < Role::Admin {
            return Err(Problem::NotAllowed);
        }
        Ok(self.held.get(&id).and_then(|held| held.asks.get(person)).and_then(|ask| ask.waits.clone()))
    }

    /// Another device of this person has declined somebody.
    pub(super) fn declined_elsewhere(&mut self, id: ChatId, cell: &xchat_wire::Address, person: &PublicKey) {
        if self.chats.get(&id).and_then(|chat| self.own_invite(chat)).is_some_and(|link| link.cell() == *cell) {
            self.answer(id, person, true);
        }
    }

    /// Requests of people who are in, or blocked, vanish.
    pub(super) fn review_requests(&mut self, id: ChatId) {
        let asks = self.held.get(&id).into_iter().flat_map(|held| &held.asks);
        let waiting: Vec<PublicKey> = asks.filter(|(_, ask)| ask.waits.is_some()).map(|(person, _)| *person).collect();
        for person in waiting {
            if self.is_void(id, &person) {
                self.answer(id, &person, false);
            }
        }
    }

    /// The same in every group that is loaded: somebody was blocked.
    pub(super) fn review_all_requests(&mut self) {
        for id in self.chats_with_requests() {
            self.review_requests(id);
        }
    }

    /// Groups in which somebody waits for an answer.
    pub(crate) fn chats_with_requests(&self) -> Vec<ChatId> {
        let waits = |chat: &&Chat| chat.group().is_some_and(|head| head.requests > 0);
        self.chats.values().filter(waits).map(|chat| chat.id).filter(|id| !self.damaged.contains(id)).collect()
    }

    /// The link is another one, or this person answers no requests any more: nothing of them is kept.
    pub(super) fn drop_requests(&mut self, id: ChatId) {
        let people: Vec<PublicKey> =
            self.held.get(&id).map(|held| held.asks.keys().copied().collect()).unwrap_or_default();
        if !people.is_empty() {
            people.iter().for_each(|person| self.forget_ask(id, person));
            self.count_requests(id);
        }
    }

    pub(super) fn ask_requests(&mut self, id: ChatId) -> Result<(), Problem> {
        self.chats.get(&id).and_then(Chat::group).ok_or(Problem::NoChat)?;
        self.review_requests(id);
        self.out.requests_changed.insert(id);
        Ok(())
    }

    /// Those who wait, first come first.
    pub(super) fn show_requests(&mut self, id: ChatId) {
        let asks = self.held.get(&id).into_iter().flat_map(|held| &held.asks);
        let view = |(person, ask): (&PublicKey, &Ask)| {
            let name = ask.waits.as_ref()?.name.clone();
            let (id, address) = (PersonId(*person.as_bytes()), address_text(person));
            Some(JoinRequestView { person: id, name, address, colour: colour(person), time: ask.came })
        };
        let mut requests: Vec<JoinRequestView> = asks.filter_map(view).collect();
        in_order(&mut requests, |a, b| a.time < b.time);
        self.out.events.push(Event::JoinRequests { chat: id, requests });
    }
}
