//! Coming into a group by its invite link: read, asked for, asked for again, taken back.
//!
//! A request goes to every device of some admins; others are asked when nobody has answered for a day. What was asked is a row, so
//! that a welcome by one of these admins is an answer and no request of a stranger.

use crate::sorted::SortedSet;

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, PublicKey, Reply};

use crate::{
    Engine,
    api::{ChatId, Event, InviteView, JoinView, Problem, Standing},
    card::{self, Asks, CardDevice, CellError, Delivery, Invite, InviteLink, Link, LinkError},
    connection::Purpose,
    mls::MlsError,
    room::RoomId,
    rows::{Scope, Table},
    state::{self, Invitee, Join, Secret, Versioned as _, key},
};

/// Admins who are asked at a time.
const ASKED: usize = 3;
/// Others are asked after this, in milliseconds: 1 day.
const ASK_EVERY_MS: u64 = 24 * 3600 * 1000;
/// How often it is asked, until it just waits.
const MAX_ROUNDS: u32 = 14;
/// On one connection what came to nothing is tried again after this, in milliseconds: 1 hour.
const TRY_EVERY_MS: u64 = 3600 * 1000;
/// Nobody is told any more after this, in milliseconds, that a request was taken back: 7 days.
const TELL_FOR_MS: u64 = 7 * 24 * 3600 * 1000;
/// Own requests at a time.
const MAX_JOINS: usize = 20;

impl Engine {
    /// An invite link as it was pasted or opened.
    fn parse_invite(&self, text: &str) -> Result<InviteLink, Problem> {
        let (link, origin) = InviteLink::parse(text).map_err(|error| match error {
            LinkError::NotALink => Problem::NotALink,
            _ => Problem::LinkDamaged,
        })?;
        match origin.is_some_and(|origin| origin != self.origin) {
            true => Err(Problem::LinkElsewhere),
            false => Ok(link),
        }
    }

    /// Somebody opened an invite link: what it says of the group, so that they can decide.
    pub(super) fn open_invite(&mut self, text: &str) -> Result<(), Problem> {
        self.account.as_ref().ok_or(Problem::NoChat)?;
        let link = self.parse_invite(text)?;
        if self.shows_inside(&link) {
            return Ok(());
        }
        if self.connection.is_none() {
            self.out.events.push(Event::LinkWaiting);
        }
        self.ask_for_invite(link);
        Ok(())
    }

    pub(super) fn ask_for_invite(&mut self, link: InviteLink) {
        let cell = link.cell();
        // Kept until it is answered: a connection that breaks takes the question with it.
        self.waiting_invite = Some(link.clone());
        self.ask(Purpose::Invite { link }, |request| ClientFrame::GetCell { request, cell });
    }

    /// Who is in the group of a link already is shown the conversation. Whether they are.
    fn shows_inside(&mut self, link: &InviteLink) -> bool {
        let inside = self.chats.values().find(|chat| self.invite_link(chat).as_ref() == Some(link));
        let Some(chat) = inside else { return false };
        let (id, Some(head)) = (chat.id, chat.group()) else { return false };
        let (name, description, people) =
            (head.state.name.as_str().to_owned(), head.state.description.clone(), head.people);
        let link = link.text(&self.origin);
        self.show_inside(id, InviteView { link, name, description, people, standing: Standing::Inside(id) });
        true
    }

    fn show_inside(&mut self, id: ChatId, invite: InviteView) {
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.hidden = false;
        }
        self.out.chats_changed.insert(id);
        self.out.opened.push(id);
        self.out.events.push(Event::Invite { invite });
    }

    /// The group of this tag, if this person is in it.
    fn inside(&self, tag: &[u8; 16]) -> Option<ChatId> {
        let mut groups = self.chats.values().filter(|chat| chat.is_in());
        let is = |room: &RoomId| card::room_tag(&room.0) == *tag;
        groups.find(|chat| chat.group().is_some_and(|head| !head.leaving && is(&head.state.id))).map(|chat| chat.id)
    }

    /// What the cell of an opened link says.
    pub(super) fn invite_opened(&mut self, link: InviteLink, reply: Reply) {
        self.waiting_invite = None;
        let invite = match invite_of(&link, reply) {
            Some(Ok(Some(invite))) => invite,
            Some(Ok(None)) => {
                self.forget_join(&link.cell());
                return self.refuse(Problem::InviteClosed);
            }
            None | Some(Err(_)) => return self.refuse(Problem::InviteMissing),
        };
        let inside = self.inside(&invite.tag);
        let asked = self.joins.get(&link.cell()).is_some_and(|join| !join.withdrawn);
        let view = InviteView {
            link: link.text(&self.origin),
            name: invite.name.as_str().to_owned(),
            description: invite.description.clone(),
            people: invite.people,
            standing: match (inside, asked) {
                (Some(chat), _) => Standing::Inside(chat),
                (None, true) => Standing::Asked,
                (None, false) => Standing::Outside,
            },
        };
        self.last_invite = Some((link, invite));
        match inside {
            Some(id) => self.show_inside(id, view),
            None => self.out.events.push(Event::Invite { invite: view }),
        }
    }

    /// Asks to be let into the group of a link, now or with the next connection. Who has asked already stays so.
    pub(super) fn ask_to_join(&mut self, text: &str) -> Result<(), Problem> {
        self.account.as_ref().ok_or(Problem::NoChat)?;
        let link = self.parse_invite(text)?;
        if self.shows_inside(&link) {
            return Ok(());
        }
        let cell = link.cell();
        if self.joins.get(&cell).is_some_and(|join| !join.withdrawn) {
            self.out.joins_changed = true;
            return Ok(());
        }
        if self.joins.len() >= MAX_JOINS {
            return Err(Problem::TooMany);
        }
        let mut join = Join {
            version: Join::VERSION,
            link: Secret::new(*link.as_bytes()),
            tag: None,
            name: String::new(),
            admins: Vec::new(),
            // Later than that it was taken back, if it was.
            time: self.joins.get(&cell).map_or(0, |before| before.time),
            asked_at: None,
            rounds: 0,
            next: 0,
            told: Vec::new(),
            withdrawn: false,
        };
        if let Some((_, invite)) = self.last_invite.as_ref().filter(|(read, _)| *read == link) {
            take_word(&mut join, invite);
        }
        if let Some(connection) = &mut self.connection {
            connection.joins.remove(&cell);
        }
        self.put_join(cell, join);
        Ok(())
    }

    /// Takes a request back: who was asked hears it, and a welcome that comes all the same is a request like any other.
    pub(super) fn withdraw_join(&mut self, text: &str) -> Result<(), Problem> {
        let cell = self.parse_invite(text)?.cell();
        let Some(mut join) = self.joins.get(&cell).filter(|join| !join.withdrawn).cloned() else { return Ok(()) };
        if join.told.is_empty() {
            self.forget_join(&cell);
            return Ok(());
        }
        join.withdrawn = true;
        join.time = self.now.max(join.time + 1);
        if let Some(connection) = &mut self.connection {
            connection.joins.remove(&cell);
        }
        self.put_join(cell, join);
        Ok(())
    }

    fn put_join(&mut self, cell: Address, join: Join) {
        self.put_account_row(&key::join(&cell), state::encode(&join));
        self.joins.insert(cell, join);
        self.out.joins_changed = true;
    }

    fn forget_join(&mut self, cell: &Address) {
        if self.joins.remove(cell).is_some() {
            self.provider.storage().journal_mut().delete(Scope::Account, Table::State, &key::join(cell));
            self.out.joins_changed = true;
        }
    }

    /// The own requests that nobody has answered.
    pub(crate) fn show_joins(&mut self) {
        let view = |join: &Join| JoinView {
            link: InviteLink::new(*join.link.bytes()).text(&self.origin),
            name: join.name.clone(),
            asked_at: join.asked_at,
        };
        let joins = self.joins.values().filter(|join| !join.withdrawn).map(view).collect();
        self.out.events.push(Event::Joins { joins });
    }

    /// When a request is to be sent (again), if there is a connection.
    fn join_at(&self, cell: &Address, join: &Join) -> Option<u64> {
        let tried = self.connection.as_ref()?.joins.get(cell).copied().unwrap_or(0);
        let due = match join.asked_at {
            _ if join.withdrawn => 0,
            Some(at) if join.rounds < MAX_ROUNDS => at.saturating_add(ASK_EVERY_MS),
            Some(_) => return None,
            None => 0,
        };
        Some(due.max(tried))
    }

    /// When the next one is.
    pub(super) fn next_join(&self) -> Option<u64> {
        self.joins.iter().filter_map(|(cell, join)| self.join_at(cell, join)).min()
    }

    /// Sends the requests that are due: what the link says now comes first, who the admins are changes.
    pub(crate) fn pursue_joins(&mut self) {
        if self.account.is_none() || self.is_out() {
            return;
        }
        let at = |cell: &Address, join: &Join| self.join_at(cell, join).is_some_and(|at| at <= self.now);
        let due: Vec<(Address, Join)> =
            self.joins.iter().filter(|(cell, join)| at(cell, join)).map(|(cell, join)| (*cell, join.clone())).collect();
        for (cell, mut join) in due {
            if join.withdrawn && join.time.saturating_add(TELL_FOR_MS) <= self.now {
                self.forget_join(&cell);
                continue;
            }
            if let Some(connection) = &mut self.connection {
                connection.joins.insert(cell, self.now + TRY_EVERY_MS);
            }
            if join.withdrawn {
                join.told.iter().map(Invitee::link).for_each(|admin| self.ask_for_admin(cell, admin));
                continue;
            }
            join.time = self.now.max(join.time + 1);
            self.put_join(cell, join);
            self.ask(Purpose::JoinCell { cell }, |request| ClientFrame::GetCell { request, cell });
        }
    }

    /// What a link says now: some of its admins are asked.
    pub(super) fn join_cell(&mut self, cell: Address, reply: Reply) {
        let Some(mut join) = self.joins.get(&cell).filter(|join| !join.withdrawn).cloned() else { return };
        let invite = match invite_of(&InviteLink::new(*join.link.bytes()), reply) {
            Some(Ok(Some(invite))) => invite,
            Some(Ok(None)) => {
                self.forget_join(&cell);
                return self.refuse(Problem::InviteClosed);
            }
            // The relay may have lost it, and an admin puts it there again.
            None | Some(Err(_)) => return,
        };
        if self.inside(&invite.tag).is_some() {
            return self.forget_join(&cell);
        }
        take_word(&mut join, &invite);
        let own = self.own_identity();
        let mut admins: Vec<Invitee> = join.admins.iter().filter(|admin| Some(admin.person) != own).cloned().collect();
        let shift = join.next as usize % admins.len().max(1);
        admins.rotate_left(shift);
        admins.truncate(ASKED);
        join.next = join.next.wrapping_add(ASKED as u32);
        for admin in &admins {
            join.told.retain(|told| told.person != admin.person);
            join.told.push(admin.clone());
        }
        let extra = join.told.len().saturating_sub(card::MAX_ADMINS);
        join.told.drain(..extra);
        self.put_join(cell, join);
        admins.iter().map(Invitee::link).for_each(|admin| self.ask_for_admin(cell, admin));
    }

    fn ask_for_admin(&mut self, cell: Address, link: Link) {
        let card = link.cell();
        self.ask(Purpose::JoinCard { cell, link }, |request| ClientFrame::GetCell { request, cell: card });
    }

    /// An admin's card: the request goes to each of their devices.
    pub(super) fn join_card(&mut self, cell: Address, link: &Link, reply: Reply) {
        let Reply::Cell { version, body } = reply else { return };
        let Ok(card) = card::open_card(link, version, &body) else { return };
        let devices = card.card().devices.iter().filter(|device| device.relay == self.origin);
        for device in devices.cloned().collect::<Vec<_>>() {
            // Without a request nothing goes out; it is tried again later.
            let _failed = self.send_join(cell, &device);
        }
    }

    fn send_join(&mut self, cell: Address, device: &CardDevice) -> Result<(), MlsError> {
        let join = self.joins.get(&cell).ok_or(MlsError::Missing)?;
        let (link, asks) =
            (InviteLink::new(*join.link.bytes()), if join.withdrawn { Asks::Nothing } else { Asks::ToJoin });
        let at = (join.time, asks);
        let account = self.account.as_ref().ok_or(MlsError::Missing)?;
        let card = self.own_card(account).ok_or(MlsError::Missing)?;
        let (key, sender) = (account.identity_key(), self.own_link(account));
        let request = Delivery::Join(Box::new(card::Join::sign(&key, &link, self.origin.clone(), sender, card, at)));
        self.deliver(device, &request.encode(), Purpose::JoinSent { cell })
    }

    /// The relay's word on a request: once it has taken one, the group is asked.
    pub(super) fn join_sent(&mut self, cell: Address, reply: &Reply) {
        let Some(mut join) = self.joins.get(&cell).filter(|_| matches!(reply, Reply::Accepted { .. })).cloned() else {
            return;
        };
        if join.withdrawn {
            return self.forget_join(&cell);
        }
        if join.asked_at != Some(join.time) {
            join.asked_at = Some(join.time);
            join.rounds = join.rounds.saturating_add(1);
            self.put_join(cell, join);
        }
    }

    /// Whether this person has asked this admin to be let into this group.
    pub(super) fn has_asked(&self, room: &RoomId, admin: &PublicKey) -> bool {
        let asked = |join: &Join| !join.withdrawn && join.admins.iter().any(|asked| asked.person == *admin);
        let mut joins = self.joins.values().filter(|join| asked(join)).peekable();
        joins.peek().is_some() && {
            let tag = card::room_tag(&room.0);
            joins.any(|join| join.tag == Some(tag))
        }
    }

    /// This person is in the group: nothing is asked for any more.
    pub(super) fn end_joins(&mut self, room: &RoomId) {
        if self.joins.is_empty() {
            return;
        }
        let tag = Some(card::room_tag(&room.0));
        let done: SortedSet<Address> =
            self.joins.iter().filter(|(_, join)| join.tag == tag).map(|(cell, _)| *cell).collect();
        done.iter().for_each(|cell| self.forget_join(cell));
    }
}

/// What a reply says of a link's group; none: there is no cell.
fn invite_of(link: &InviteLink, reply: Reply) -> Option<Result<Option<Invite>, CellError>> {
    match reply {
        Reply::Cell { version, body } => Some(card::open_invite(link, version, &body)),
        _ => None,
    }
}

/// Remembers what a link says of its group.
fn take_word(join: &mut Join, invite: &Invite) {
    join.tag = Some(invite.tag);
    join.name = invite.name.as_str().to_owned();
    let admin = |link: &Link| Invitee { person: link.identity, card_secret: Secret::new(*link.secret.as_bytes()) };
    join.admins = invite.admins.iter().map(admin).collect();
}
