//! Who is in a group and what happened to it, as its rows and its pages show it.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, Epoch, PublicKey};

use super::view::colour;
use crate::{
    Engine,
    api::{Body, Change, ChatId, Event, MemberView, PersonId, Problem},
    content::{MessageId, message_id},
    identity::address_text,
    mls::MlsError,
    room::{Happened, Roster},
    rows::{Scope, Table},
    sorted::in_order,
    state::{self, Introduced, Out, Person, Place, Role, Room, Stored, StoredBody, Versioned as _, key},
};

/// In the place of the epoch that a commit ended: what was there when a log began.
pub(super) const BEGUN: Epoch = Epoch(u64::MAX);

impl Engine {
    /// Remembers what people call themselves in a group, and that they are in its room of so many moves. None: it was left.
    pub(super) fn introduce_people(&mut self, id: ChatId, moves: Option<u32>, introduced: Vec<Introduced>) {
        if self.chats.get(&id).is_none_or(|chat| chat.group().is_none()) {
            return;
        }
        for Introduced { person, profile } in introduced {
            let people = &mut self.held.entry(id).or_default().people;
            let row = Person {
                version: Person::VERSION,
                name: profile.name.as_str().to_owned(),
                card_secret: profile.card_secret,
                moves: moves.or(people.get(&person).and_then(|known| known.moves)),
            };
            if people.get(&person) != Some(&row) {
                people.insert(person, row.clone());
                self.put_chat_row(id, Table::State, &key::person(&person), state::encode(&row));
            }
        }
    }

    /// Copies the group's state out of its room into the conversation's row.
    pub(super) fn refresh_head(&mut self, id: ChatId, log: &Address) {
        if self.chats.get(&id).is_none_or(|chat| chat.group().is_none()) {
            return;
        }
        let known = self.chats.get(&id).and_then(|chat| chat.picture);
        let read = self.with_group(id, log, |group, _| {
            let state = group.state()?.ok_or(MlsError::Foreign)?;
            let picture = (state.picture != known).then(|| group.picture());
            Ok((state, group.roster()?, picture))
        });
        let (Ok((state, roster, picture)), Some(own)) = (read, self.own_identity()) else { return };
        if let Some(picture) = picture {
            self.keep_picture(id, picture);
        }
        let Some(head) = self.chats.get_mut(&id).and_then(state::Chat::group_mut) else { return };
        head.people = u32::try_from(roster.people().len()).unwrap_or(u32::MAX);
        head.role = state.role(&own, &roster);
        head.state = state;
        self.out.members_changed.insert(id);
    }

    /// A line in the conversation for what a commit did.
    pub(super) fn tell_happened(&mut self, id: ChatId, author: &PublicKey, happened: Vec<Happened>) {
        self.tell_line(id, author, happened, None);
    }

    /// As [`Engine::tell_happened`], of a commit that ended this epoch of a log: a device that has the line finds it in what another
    /// gives it as history.
    pub(super) fn tell_commit(
        &mut self,
        id: ChatId,
        author: &PublicKey,
        happened: Vec<Happened>,
        (log, epoch): (&Address, Epoch),
    ) {
        let line = message_id("", "", log.as_bytes(), &u128::from(epoch.0).to_be_bytes()).of_a_line();
        self.tell_line(id, author, happened, Some(line));
    }

    fn tell_line(&mut self, id: ChatId, author: &PublicKey, mut happened: Vec<Happened>, line: Option<MessageId>) {
        happened.retain(Happened::is_told);
        if happened.is_empty() {
            return;
        }
        let mine = self.own_identity() == Some(*author);
        let (author, versions) = ((!mine).then_some(*author), line.into_iter().collect());
        let body = StoredBody::Happened { what: happened };
        let order = self.add_message(id, &Stored { author, versions, ..Stored::new(false, self.now, body) });
        if let Some((order, line)) = order.zip(line) {
            self.put_place(id, &line, Place { order, role: Role::Version });
        }
    }

    /// What such a line shows.
    pub(super) fn body_of_happened(&self, id: ChatId, happened: &[Happened]) -> Body {
        Body::Changed { changes: happened.iter().filter_map(|happened| self.change(id, happened)).collect() }
    }

    fn change(&self, id: ChatId, happened: &Happened) -> Option<Change> {
        let who = |person: &PublicKey| self.author(id, person);
        Some(match happened {
            Happened::Added(person) => Change::Added { who: who(person) },
            Happened::Removed(person) => Change::Removed { who: who(person) },
            Happened::Left(person) => Change::Left { who: who(person) },
            Happened::Renamed(name) => Change::Renamed { name: name.clone() },
            Happened::Described => Change::Described,
            Happened::Pictured(on) => Change::Pictured { on: *on },
            Happened::Role(person, role) => Change::Role { who: who(person), role: *role },
            Happened::MayAdd(who) => Change::MayAdd { who: *who },
            Happened::MayChange(who) => Change::MayChange { who: *who },
            Happened::Timer(seconds) => Change::Timer { seconds: *seconds },
            Happened::Breach(person) => Change::Breach { who: who(person) },
            Happened::Moved => Change::Moved,
            Happened::NotReached(person) => Change::NotReached { who: who(person) },
            Happened::Called(was, name, alike) => {
                Change::Called { was: was.clone(), name: name.clone(), alike: *alike }
            }
            Happened::DeviceAdded(_) | Happened::DeviceRemoved(_) | Happened::Invite(_) => return None,
        })
    }

    /// This device was taken out by a commit: the room is of no use any more, the conversation stays to be read.
    pub(super) fn taken_out(&mut self, id: ChatId, room: &Room, author: &PublicKey, happened: Vec<Happened>) {
        let own = self.own_identity();
        let left = happened.iter().any(|what| matches!(what, Happened::Left(person) if Some(*person) == own));
        // Another device of this person did it: the card says whether this one is theirs any more.
        if own == Some(*author) {
            self.ask_for_own_card();
        }
        self.tell_happened(id, author, happened);
        self.leave_room(id, &room.log, if left { Out::Left } else { Out::Removed(*author) });
    }

    /// A group that is made here has this person's other devices before anybody else, unless they cannot be reached: one that is
    /// taken off just then leaves nobody in it whom the others cannot take out. Whether that is under way.
    pub(super) fn bring_own_first(&mut self, id: ChatId, log: &Address) -> bool {
        let chat = self.chats.get(&id).filter(|chat| chat.group().is_some());
        let fresh = chat.and_then(state::Chat::current_room).is_some_and(|room| room.own && room.devices_seen == 0);
        if !fresh || self.goes_without_own(id) {
            return false;
        }
        let brings = self.bring_devices_in_line(id, log) || self.is_gathering(id);
        if let Some(connection) = self.connection.as_mut().filter(|_| !brings) {
            connection.without_own.insert(id);
        }
        brings
    }

    /// Gives up a group's room for good.
    pub(super) fn leave_room(&mut self, id: ChatId, log: &Address, out: Out) {
        self.requeue(id, log, None);
        self.forget_room(id, log);
        self.tell(&xchat_wire::ClientFrame::Unsubscribe { address: *log });
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.current = None;
        let told = chat.is_leaving();
        if let Some(head) = chat.group_mut() {
            head.out = Some(out);
            head.leaving = false;
            head.cell_at = None;
        }
        let left: Vec<Address> = chat.rooms.iter().map(|room| room.log).collect();
        for log in left {
            self.lose_room(id, &log);
        }
        // Whoever was taken out of a conversation of two by another device of theirs begins no room for it before the card can say why.
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.group().is_none()) {
            chat.renewing = false;
            self.retry_later(id);
        }
        if !told {
            self.tell_unreported(id);
        }
        self.drop_intents(id);
        self.drop_requests(id);
        self.out.members_changed.insert(id);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    pub(super) fn ask_members(&mut self, id: ChatId) -> Result<(), Problem> {
        self.chats.get(&id).and_then(state::Chat::group).ok_or(Problem::NoChat)?;
        self.show_members(id);
        Ok(())
    }

    /// The members of a group, for its page.
    pub(super) fn show_members(&mut self, id: ChatId) {
        let Some(log) = self.chats.get(&id).and_then(|chat| chat.current) else {
            return self.out.events.push(Event::Members { chat: id, members: Vec::new() });
        };
        let read =
            self.with_group(id, &log, |group, _| Ok((group.state()?.ok_or(MlsError::Foreign)?, group.roster()?)));
        let Ok((state, roster)) = read else { return };
        let own = self.own_identity();
        let mut members: Vec<MemberView> = roster
            .people()
            .map(|person| MemberView {
                person: PersonId(*person.as_bytes()),
                name: self.name_of(id, person),
                address: address_text(person),
                colour: colour(person),
                role: state.role(person, &roster),
                me: own == Some(*person),
                devices: u32::try_from(roster.of_person(person).count()).unwrap_or(u32::MAX),
            })
            .collect();
        in_order(&mut members, |a, b| (b.me, b.role, &a.name) < (a.me, a.role, &b.name));
        self.out.events.push(Event::Members { chat: id, members });
    }

    /// What somebody is called in a conversation: by their own leaf there, else by their card. Empty when neither is known.
    pub(super) fn name_of(&self, id: ChatId, person: &PublicKey) -> String {
        let here = match self.held.get(&id) {
            Some(held) => held.people.get(person).map(|person| person.name.clone()),
            // A group that is not loaded, of which this person's row may have been looked up.
            None => {
                let journal = self.provider.storage().journal();
                let row = journal.get(Scope::Chat(id), Table::State, &key::person(person));
                row.and_then(|row| state::decode::<Person>(row).ok()).map(|person| person.name)
            }
        };
        let card = || self.contacts.get(&super::chat::chat_id(person)).map(|contact| contact.name.clone());
        let own = || self.account.as_ref().filter(|_| self.own_identity() == Some(*person)).map(|a| a.name.clone());
        here.or_else(card).or_else(own).unwrap_or_default()
    }

    /// The leaves of a person in a group's current epoch.
    pub(super) fn leaves_of(&mut self, id: ChatId, log: &Address, person: &PublicKey) -> Vec<u32> {
        let roster: Result<Roster, MlsError> = self.with_group(id, log, |group, _| group.roster());
        roster.map(|roster| roster.of_person(person).map(|leaf| leaf.index).collect()).unwrap_or_default()
    }
}
