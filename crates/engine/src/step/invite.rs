//! A group's invite link and its cell. Whoever is an admin keeps the cell what it should be: the author of a change at once, the
//! others a while later, by their place. Each reads before it writes, so usually one write is all.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{ClientFrame, Epoch, PublicKey, Reply, Right};

use crate::{
    Engine,
    api::ChatId,
    card::{self, Invite, InviteLink, MAX_ADMINS},
    connection::{Purpose, Tending},
    mls::MlsError,
    room::{Role, RoomId, RoomState, Roster},
    sorted::in_order,
    state::{Chat, GroupHead, Invitee, Secret, Want},
};

/// A cell that is as it should be is looked at again after this, in milliseconds: 1 day. Reading it also keeps it at the relay.
const LOOK_EVERY_MS: u64 = 24 * 3600 * 1000;
/// Admins look one after another, so many milliseconds apart: the first usually does it for all.
const TURN_MS: u64 = 3_000;
/// One that was changed meanwhile is looked at again after this, in milliseconds.
const SOON_MS: u64 = 10_000;
/// One that the relay did not take is written again after this, in milliseconds.
const LATER_MS: u64 = 5 * 60 * 1000;
/// Links that were taken away and whose cells may not say so yet; the oldest are forgotten.
const MAX_CLOSING: usize = 8;

impl Engine {
    /// The invite link of a group that this person is in.
    pub(super) fn invite_link(&self, chat: &Chat) -> Option<InviteLink> {
        let head = chat.group().filter(|head| head.out.is_none() && !head.leaving)?;
        head.state.invite.as_ref().map(|secret| InviteLink::of(&head.state.id.0, secret))
    }

    /// The same, if it is for this person to hand it out and to answer who asks by it.
    pub(super) fn own_invite(&self, chat: &Chat) -> Option<InviteLink> {
        self.invite_link(chat).filter(|_| chat.group().is_some_and(|head| head.role >= Role::Admin))
    }

    /// The wish for a fresh link in place of the one that there is, or for none.
    pub(super) fn invite_wish(&self, head: &GroupHead, on: bool) -> Want {
        let instead = head.state.invite.filter(|_| on);
        Want::Invite { secret: on.then(|| self.provider.rand().bytes()), instead }
    }

    /// A commit was merged: what follows from it for link, cell and requests.
    pub(super) fn group_changed(&mut self, id: ChatId, before: &GroupHead, own: bool) {
        let Some(head) = self.chats.get_mut(&id).and_then(Chat::group_mut) else { return };
        if head.state == before.state && head.people == before.people && head.role == before.role {
            return;
        }
        if head.role < Role::Admin {
            head.cell_at = None;
            head.closing.clear();
            return self.drop_requests(id);
        }
        let replaced = before.state.invite.filter(|old| head.state.invite != Some(*old));
        if let Some(old) = replaced {
            head.closing.push(Secret::new(old));
            let extra = head.closing.len().saturating_sub(MAX_CLOSING);
            head.closing.drain(..extra);
        }
        let tended = head.state.invite.is_some() || !head.closing.is_empty();
        match replaced {
            Some(_) => self.drop_requests(id),
            None => self.review_requests(id),
        }
        if tended {
            let wait = if own { 0 } else { self.turn_of_own(id) };
            self.look_after_cell(id, wait);
        }
    }

    /// How long this device waits for admins before it to write the cell, in milliseconds.
    fn turn_of_own(&mut self, id: ChatId) -> u64 {
        let admins = self.read_group(id).map(|(state, roster)| admins(&state, &roster)).unwrap_or_default();
        let own = self.own_identity();
        let place = admins.iter().position(|admin| Some(*admin) == own).unwrap_or(admins.len());
        TURN_MS * (place as u64 + 1)
    }

    fn read_group(&mut self, id: ChatId) -> Result<(RoomState, Roster), MlsError> {
        let log = self.chats.get(&id).and_then(|chat| chat.current).ok_or(MlsError::Missing)?;
        self.with_group(id, &log, |group, _| Ok((group.state()?.ok_or(MlsError::Foreign)?, group.roster()?)))
    }

    /// The cell is to be looked at after so many milliseconds, at the latest.
    fn look_after_cell(&mut self, id: ChatId, wait: u64) {
        let at = self.now + wait;
        if let Some(tending) = self.connection.as_mut().and_then(|connection| connection.tending.get_mut(&id)) {
            tending.again_ms = tending.again_ms.min(SOON_MS);
        }
        if let Some(head) = self.chats.get_mut(&id).and_then(Chat::group_mut) {
            head.cell_at = Some(head.cell_at.map_or(at, |known| known.min(at)));
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// When the cell of a group's link is to be looked at by this device.
    pub(super) fn cell_at(&self, chat: &Chat) -> Option<u64> {
        let head = chat.group().filter(|head| self.is_active(chat) && !head.leaving && head.role >= Role::Admin)?;
        head.cell_at
    }

    /// Whether it is time for that.
    pub(super) fn cell_due(&self, chat: &Chat) -> bool {
        let tending = self.connection.as_ref().is_some_and(|connection| connection.tending.contains_key(&chat.id));
        !tending && self.cell_at(chat).is_some_and(|at| at <= self.now)
    }

    /// Reads the cells that may not say what they should: of the link, and of those that were taken away.
    pub(super) fn tend_cell(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get(&id).filter(|chat| self.cell_due(chat)) else { return };
        let Some(head) = chat.group() else { return };
        let Some(connection) = &mut self.connection else { return };
        // Who has not read the log to its end does not know what the cell should say.
        if !chat.current.is_some_and(|log| connection.caught_up.contains_key(&log)) {
            return;
        }
        let secrets: Vec<Secret<16>> = head.closing.iter().cloned().chain(head.state.invite.map(Secret::new)).collect();
        connection.tending.insert(id, Tending { outstanding: secrets.len(), again_ms: LOOK_EVERY_MS });
        let room = head.state.id;
        for secret in secrets {
            let cell = InviteLink::of(&room.0, secret.bytes()).cell();
            self.ask(Purpose::ReadInvite { chat: id, secret }, |request| ClientFrame::GetCell { request, cell });
        }
    }

    /// What a link's cell says, which is changed if it is not what it should say.
    pub(super) fn invite_read(&mut self, id: ChatId, secret: Secret<16>, reply: Reply) {
        let Some((room, wanted)) = self.wanted_invite(id, &secret) else {
            return self.cell_done(id, &secret, LATER_MS);
        };
        let link = InviteLink::of(&room.0, secret.bytes());
        let version = match reply {
            Reply::Cell { version, body } if card::open_invite(&link, version, &body).as_ref() == Ok(&wanted) => {
                return self.cell_done(id, &secret, LOOK_EVERY_MS);
            }
            Reply::Cell { version, .. } => version.saturating_add(1),
            // Nobody finds anything there, which is as good as a link that says that it was taken away.
            _ if wanted.is_none() => return self.cell_done(id, &secret, LOOK_EVERY_MS),
            _ => 1,
        };
        let body = card::seal_invite(&link, version, wanted.as_ref(), self.provider.rand().bytes()).into();
        let (cell, owner) = (link.cell(), card::cell_owner(&room.0, secret.bytes()));
        let Some(proof) = self.prove(&owner, Right::CellOwner, &cell, Epoch(0)) else { return };
        let purpose = Purpose::PutInvite { chat: id, secret };
        self.ask(purpose, |request| ClientFrame::PutCell { request, cell, proof, version, body });
    }

    /// What the cell of the link with this secret should say; none inside: that the link was taken away.
    fn wanted_invite(&mut self, id: ChatId, secret: &Secret<16>) -> Option<(RoomId, Option<Invite>)> {
        let (state, roster) = self.read_group(id).ok()?;
        let own = self.own_identity()?;
        if state.role(&own, &roster) < Role::Admin {
            return None;
        }
        if state.invite.as_ref() != Some(secret.bytes()) {
            return Some((state.id, None));
        }
        let people = &self.held.get(&id)?.people;
        let link = |person: &PublicKey| {
            let row = people.get(person)?;
            Some(Invitee { person: *person, card_secret: row.card_secret.clone() }.link())
        };
        let invite = Invite {
            tag: card::room_tag(&state.id.0),
            name: state.name.clone(),
            description: state.description.clone(),
            people: u32::try_from(roster.people().len()).unwrap_or(u32::MAX),
            admins: admins(&state, &roster).iter().filter_map(link).take(MAX_ADMINS).collect(),
        };
        Some((state.id, Some(invite)))
    }

    /// The relay's word on what was written into a cell.
    pub(super) fn invite_put(&mut self, id: ChatId, secret: &Secret<16>, reply: &Reply) {
        let again = match reply {
            Reply::Ok => LOOK_EVERY_MS,
            Reply::Conflict { .. } => SOON_MS,
            _ => LATER_MS,
        };
        self.cell_done(id, secret, again);
    }

    fn cell_done(&mut self, id: ChatId, secret: &Secret<16>, again_ms: u64) {
        let Some(connection) = &mut self.connection else { return };
        let Some(tending) = connection.tending.get_mut(&id) else { return };
        tending.outstanding = tending.outstanding.saturating_sub(1);
        tending.again_ms = tending.again_ms.min(again_ms);
        let over = (tending.outstanding == 0).then_some(tending.again_ms);
        if over.is_some() {
            connection.tending.remove(&id);
        }
        let now = self.now;
        let Some(head) = self.chats.get_mut(&id).and_then(Chat::group_mut) else { return };
        if again_ms == LOOK_EVERY_MS {
            head.closing.retain(|closing| closing != secret);
        }
        if let Some(again) = over {
            let tended = head.state.invite.is_some() || !head.closing.is_empty();
            head.cell_at = tended.then_some(now + again);
        }
        self.out.chats_changed.insert(id);
    }
}

/// Admins of a group, owners first, alike on every device.
fn admins(state: &RoomState, roster: &Roster) -> Vec<PublicKey> {
    let mut admins: Vec<PublicKey> = roster.people().copied().collect();
    admins.retain(|person| state.role(person, roster) >= Role::Admin);
    // The people of a roster ascend, and stay so within a role.
    in_order(&mut admins, |a, b| state.role(a, roster) > state.role(b, roster));
    admins
}
