//! Groups as a person handles them: made, joined, changed, left.

use openmls_traits::OpenMlsProvider as _;
use sha2::{Digest, Sha256};
use xchat_wire::{Address, Epoch, PublicKey};

use super::{chat::chat_id, members::BEGUN, moving::Place};
use crate::{
    Engine,
    api::{ChatId, ChatState, Event, GroupChange, PersonId, Problem},
    card::{Name, Welcome},
    mls::{Invited, MlsError},
    picture::PictureId,
    room::{Happened, MAX_DESCRIPTION, Role, RoomId, RoomState, Who},
    state::{Chat, GroupHead, Invitee, Kind, Room, Secret, Want},
};

/// The conversation of a group, on this device.
pub(super) fn group_chat_id(room: &RoomId) -> ChatId {
    let digest = Sha256::new().chain_update(b"xchat group chat 1").chain_update(room.0).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    ChatId(id)
}

/// The number of the invitation that a commit is which ends this epoch of a group after so many moves.
fn invitation(moves: u32, epoch: u64) -> u64 {
    u64::from(moves) << 32 | epoch.min(u64::from(u32::MAX))
}

impl Engine {
    /// A group of this person, with whom they want to have in it. It is there at once; the others come in when there is a connection.
    pub(super) fn create_group(&mut self, name: &str, people: &[PersonId]) -> Result<(), Problem> {
        let own = self.own_identity().ok_or(Problem::NoChat)?;
        let name = Name::parse(name).map_err(|_| Problem::Name)?;
        let invitees = people.iter().map(|person| self.invitee(None, person)).collect::<Option<Vec<_>>>();
        let invitees = invitees.ok_or(Problem::NoChat)?;
        let state = RoomState::new(RoomId(self.provider.rand().bytes()), name, own);
        let id = group_chat_id(&state.id);
        let head = GroupHead::new(state.clone(), 1, Role::Owner, None);
        self.add_chat(id, Kind::Group(Box::new(head)), ChatState::Open);
        let log = self.begin_room(id, Some(&state)).map_err(|_| Problem::RowDamaged)?;
        if !invitees.is_empty() {
            self.want(id, Want::Add(invitees));
        }
        let named = vec![Happened::Renamed(state.name.as_str().to_owned())];
        self.tell_commit(id, &own, named, (&log, BEGUN));
        self.open_room(id, &log);
        self.out.members_changed.insert(id);
        self.out.events.push(Event::GroupMade { chat: id });
        Ok(())
    }

    /// Somebody who can be brought in: a contact, or a member of this group as their leaf introduced them.
    pub(super) fn invitee(&self, group: Option<ChatId>, person: &PersonId) -> Option<Invitee> {
        let person = PublicKey::new(person.0);
        let here = group.and_then(|id| self.held.get(&id)?.people.get(&person)).map(|person| &person.card_secret);
        let contact = self.contacts.get(&chat_id(&person)).map(|contact| &contact.card_secret);
        here.or(contact).map(|card_secret| Invitee { person, card_secret: card_secret.clone() })
    }

    /// What a person wants of a group. What they may not do now is refused at once; the rest is judged again when it is done.
    pub(super) fn change_group(&mut self, id: ChatId, change: GroupChange) -> Result<(), Problem> {
        let change = match change {
            GroupChange::Move { without } => return self.move_group(id, &without),
            change => change,
        };
        let head = self.chats.get(&id).and_then(Chat::group).ok_or(Problem::NoChat)?;
        if head.out.is_some() || head.leaving {
            return Err(Problem::NotAMember);
        }
        let admin = head.role >= Role::Admin;
        let may = |who: Who| admin || who == Who::Everyone;
        let (may_add, may_change, owner) =
            (may(head.state.may_add), may(head.state.may_change), head.role == Role::Owner);
        let own = self.own_identity();
        let (allowed, want) = match change {
            GroupChange::Add { people } => {
                let invitees = people.iter().map(|person| self.invitee(Some(id), person)).collect::<Option<Vec<_>>>();
                (may_add, Want::Add(invitees.filter(|people| !people.is_empty()).ok_or(Problem::NoChat)?))
            }
            GroupChange::Remove { person } => {
                let person = PublicKey::new(person.0);
                let allowed = admin && own != Some(person);
                if allowed {
                    self.drop_invitee(id, &person);
                }
                (allowed, Want::Remove(person))
            }
            GroupChange::Rename { name } => {
                let name = Name::parse(&name).map_err(|_| Problem::Name)?;
                (may_change, Want::Rename(name.as_str().to_owned()))
            }
            GroupChange::Describe { text } if text.len() > MAX_DESCRIPTION => return Err(Problem::Text),
            GroupChange::Describe { text } => (may_change, Want::Describe(text.trim().to_owned())),
            GroupChange::Role { person, role } => {
                let person = PublicKey::new(person.0);
                (owner || own == Some(person), Want::Role(person, role))
            }
            GroupChange::MayAdd { who } => (admin, Want::MayAdd(who)),
            GroupChange::MayChange { who } => (admin, Want::MayChange(who)),
            GroupChange::Timer { seconds } => (may_change, Want::Timer(seconds)),
            GroupChange::Picture { picture } => {
                let good = picture.as_ref().is_none_or(|bytes| PictureId::of(bytes).is_some());
                (may_change, Want::Picture(Some(picture).filter(|_| good).ok_or(Problem::Picture)?))
            }
            GroupChange::Move { .. } => return Ok(()),
            GroupChange::Invite { on } => (admin, self.invite_wish(head, on)),
            GroupChange::Approve { person } => return self.approve(id, &person),
            GroupChange::Decline { person } => return self.decline(id, &person),
        };
        if !allowed && !self.is_hostile() {
            return Err(Problem::NotAllowed);
        }
        self.want(id, want);
        Ok(())
    }

    /// Leaves a group. For this person it is over at once; the others take their devices out as soon as one of them is there.
    pub(super) fn leave_group(&mut self, id: ChatId) -> Result<(), Problem> {
        let head = self.chats.get_mut(&id).and_then(Chat::group_mut).ok_or(Problem::NoChat)?;
        if head.out.is_some() || head.leaving {
            return Ok(());
        }
        head.leaving = true;
        // Another device of this person may be out before it reads them.
        self.tell_unreported(id);
        self.drop_intents(id);
        self.want(id, Want::Leave);
        Ok(())
    }

    /// A welcome into a group.
    pub(super) fn welcomed_to_group(
        &mut self,
        id: ChatId,
        welcome: &Welcome,
        invited: &Invited,
        time: u64,
    ) -> Result<Room, MlsError> {
        let state = invited.state.clone().ok_or(MlsError::Foreign)?;
        let own = self.own_identity().ok_or(MlsError::Missing)?;
        if group_chat_id(&state.id) != id || Some(state.id.0) != welcome.room || !invited.roster.has(&own) {
            return Err(MlsError::Foreign);
        }
        let place = self.place_of(id, &state, invited, own)?;
        let access: Secret = invited.group.access(&self.provider, &welcome.log)?.into();
        // A joiner's leaf came out of a pool: it is renewed as soon as this device writes, or when its turn comes.
        let turn = super::spread::wait(invited.group.own_leaf(), invited.roster.leaves().len());
        let room = Room::new(welcome.log, access, self.now.saturating_add(turn));
        let epoch = invited.group.epoch().checked_sub(welcome.base).ok_or(MlsError::Foreign)?;
        let room = Room { epoch: Epoch(epoch), group: invited.id, base: welcome.base, ..room };
        if place == Place::Aside {
            return Ok(Room { left_at: Some(self.read_until()), ..room });
        }
        let known = self.chats.get(&id).and_then(Chat::group);
        let inside = known.is_some_and(|head| head.out.is_none());
        let back = place == Place::Back;
        let moved = known.is_some_and(|head| head.state.moves() < state.moves());
        let leaving = known.is_some_and(|head| inside && head.leaving);
        let since = known.and_then(|head| head.lost_from);
        let role = state.role(&own, &invited.roster);
        let people = u32::try_from(invited.roster.people().len()).unwrap_or(u32::MAX);
        // Who was asked for it lets this person in without a question.
        let asked =
            self.has_asked(&state.id, &invited.sender) && state.role(&invited.sender, &invited.roster) >= Role::Admin;
        let moves = state.moves();
        let stays = inside || back;
        let part = super::inbox::own_part(welcome, Some(own)).filter(|_| invited.sender == own);
        let mut head = GroupHead::new(state, people, role, Some(invited.sender));
        head.leaving = leaving;
        head.invitation = match (&part, known) {
            (_, Some(known)) if stays => known.invitation,
            (Some(part), _) => part.invitation.unwrap_or(0),
            (None, _) => invitation(moves, invited.group.epoch()),
        };
        // Another device may have accepted it before it was here. One that is not later than the last says its number falsely.
        let before = known.filter(|known| stays || known.invitation < head.invitation);
        head.accepted = before.map_or(0, |known| known.accepted);
        let accepted = head.invitation <= head.accepted;
        let same_link = known.is_some_and(|known| known.state.invite == head.state.invite);
        if let Some(known) = known.filter(|_| same_link) {
            head.requests = known.requests;
        }
        // The cell may say something else than what is so in this room.
        head.cell_at = head.state.invite.map(|_| self.now);
        let room_id = head.state.id;
        // Contacts bring each other into groups; anybody else asks first.
        let friend = self.chats.get(&chat_id(&invited.sender)).is_some_and(|chat| chat.state == ChatState::Open);
        let fresh = match &part {
            _ if accepted => ChatState::Open,
            Some(part) => part.state,
            None if friend || asked => ChatState::Open,
            None => ChatState::Request,
        };
        match self.chats.get_mut(&id) {
            Some(chat) => {
                chat.kind = Kind::Group(Box::new(head));
                if !stays {
                    chat.state = fresh;
                }
                chat.time = chat.time.max(time);
                chat.hidden = false;
            }
            None => {
                self.add_chat(id, Kind::Group(Box::new(head)), fresh);
                if let Some((chat, part)) = self.chats.get_mut(&id).zip(part) {
                    chat.next_order = chat.next_order.max(part.next_order);
                    chat.arranged = part.arranged.clone();
                    self.begins_here(id, &part);
                }
            }
        }
        if !same_link {
            self.drop_requests(id);
        }
        // Another device may not have heard yet of the asking, or that the sender is a contact.
        if fresh == ChatState::Open && !stays {
            self.sync_state(id);
        }
        self.keep_picture(id, invited.group.picture());
        self.end_joins(&room_id);
        self.introduce_people(id, Some(moves), invited.introduced.clone());
        if !(moved && stays) {
            self.forget_absent(id, &invited.roster);
        }
        if !stays && invited.sender != own {
            self.tell_happened(id, &invited.sender, vec![Happened::Added(own)]);
        }
        if back {
            self.add_gap(id, since.unwrap_or(self.now), time);
        }
        if moved && stays {
            self.tell_commit(id, &invited.sender, vec![Happened::Moved], (&room.log, BEGUN));
        }
        self.out.members_changed.insert(id);
        Ok(room)
    }

    /// Whether a log's group can be one that is named by its own address.
    pub(super) fn is_in_place(log: &Address, invited: &Invited, base: u64) -> bool {
        (base == 0) == (invited.id == *log)
    }
}
