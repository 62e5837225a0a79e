//! Conversations: a summary row each, loaded with the account, and the messages.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, PublicKey,
    cbor::{Decode, Encode},
};

use super::{Room, Secret, Versioned};
use crate::{
    api::{Arrangement, Body, ChatId, ChatState, ChatView, Draft, GroupView, Mark, MessageView, PersonId, PinView},
    picture::PictureId,
    room::{Role, RoomState},
};

/// A conversation's summary: enough for its row in the list and for opening its logs.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Chat {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) id: ChatId,
    #[n(2)]
    pub(crate) kind: Kind,
    #[n(3)]
    pub(crate) state: ChatState,
    /// The groups that carry it: one, or for a while two when both sides began at the same moment or one was renewed.
    #[n(4)]
    pub(crate) rooms: Vec<Room>,
    /// Where new messages go.
    #[n(5)]
    pub(crate) current: Option<Address>,
    /// Order of the next message.
    #[n(6)]
    pub(crate) next_order: u64,
    /// Number of the next outbox entry.
    #[n(7)]
    pub(crate) next_entry: u64,
    #[n(8)]
    pub(crate) last: Option<MessageView>,
    #[n(9)]
    pub(crate) unread: u32,
    #[n(10)]
    pub(crate) first_unread: Option<u64>,
    #[n(11)]
    pub(crate) time: u64,
    /// Own messages up to these orders were read back from the log, are delivered, are read.
    #[n(12)]
    pub(crate) sent: u64,
    #[n(13)]
    pub(crate) delivered: u64,
    #[n(14)]
    pub(crate) read: u64,
    /// Orders of own messages that failed.
    #[n(15)]
    pub(crate) failed: Vec<u64>,
    /// Orders of own messages that had failed and are tried again.
    #[n(20)]
    pub(crate) retried: Vec<u64>,
    /// Own messages that have come less far than the counters above say: reports named later ones and left them out.
    #[n(21)]
    #[cbor(default)]
    pub(crate) behind: Vec<Behind>,
    /// Something waits in the outbox: load the conversation when there is a connection.
    #[n(16)]
    pub(crate) busy: bool,
    /// Deleted by the person; comes back with the next message.
    #[n(17)]
    pub(crate) hidden: bool,
    /// State to return to when a block is taken back.
    #[n(18)]
    pub(crate) unblocked: Option<ChatState>,
    /// Rooms that were lost, for the notice when a fresh one opens.
    #[n(19)]
    pub(crate) renewing: bool,
    /// How long new messages live after they were read, in seconds.
    #[n(40)]
    pub(crate) timer: Option<u32>,
    /// What is pinned, in the order in which it was.
    #[n(41)]
    #[cbor(default)]
    pub(crate) pins: Vec<PinView>,
    /// When the next message vanishes, Unix milliseconds.
    #[n(42)]
    pub(crate) sweep_at: Option<u64>,
    #[n(60)]
    #[cbor(default)]
    pub(crate) arranged: Arrangement,
    /// What was begun.
    #[n(61)]
    pub(crate) draft: Option<Draft>,
    /// When this person's other devices are to be told of it, Unix milliseconds.
    #[n(62)]
    pub(crate) tell_draft_at: Option<u64>,
    /// What they were told last, or told, was a draft and not that there is none.
    #[n(63)]
    #[cbor(default)]
    pub(crate) draft_told: bool,
    /// A group's picture, whose bytes are in a row of the conversation's scope.
    #[n(64)]
    pub(crate) picture: Option<PictureId>,
    /// The highest generation of a room of two that this device has known of.
    #[n(65)]
    #[cbor(default)]
    pub(crate) generation: u64,
    /// Generation and log of a room that the other person began while they were blocked. What they wrote there is not shown until this
    /// device has read it to its head.
    #[n(66)]
    pub(crate) silent: Option<(u64, Address)>,
    /// When the last message by the other person reached the relay, Unix milliseconds. 0: none has come.
    #[n(67)]
    #[cbor(default)]
    pub(crate) said: u64,
    /// It came as history, and nobody brought this device into it: the same of what was said in it by then, or is missing by a line since.
    #[n(68)]
    pub(crate) given: Option<u64>,
    /// Up to when something was said in it without this device, Unix milliseconds, while history may still bring that. 0: nothing is known of.
    #[n(70)]
    #[cbor(default)]
    pub(crate) lacks: u64,
    /// Devices of this person that were in no room of it when it was accepted and are to be told what they lack.
    #[n(69)]
    #[cbor(default)]
    pub(crate) lacking: Vec<Lacking>,
}

/// A device that was not there when something was said in a request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Lacking {
    #[n(0)]
    pub(crate) device: PublicKey,
    /// When the last of it reached the relay, Unix milliseconds.
    #[n(1)]
    pub(crate) until: u64,
}

/// Whom a conversation is with.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Kind {
    /// One person.
    #[n(0)]
    Direct(#[n(0)] PublicKey),
    /// Several.
    #[n(1)]
    Group(#[n(0)] Box<GroupHead>),
}

/// A group as its row in the list shows it: copied out of the MLS group with each epoch.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct GroupHead {
    #[n(0)]
    pub(crate) state: RoomState,
    /// How many people are in it.
    #[n(1)]
    pub(crate) people: u32,
    /// What this person may do.
    #[n(2)]
    pub(crate) role: Role,
    /// Why this device is not in it.
    #[n(3)]
    pub(crate) out: Option<Out>,
    /// Who brought this person in; none: they made it.
    #[n(4)]
    pub(crate) inviter: Option<PublicKey>,
    /// This person has left; the group's members do not know it yet.
    #[n(5)]
    pub(crate) leaving: bool,
    /// When this device asked last to be let in anew, Unix milliseconds.
    #[n(6)]
    pub(crate) asked: Option<u64>,
    /// What was said from this time on (Unix milliseconds) is not on this device.
    #[n(7)]
    pub(crate) lost_from: Option<u64>,
    /// When this device looks after the cell of the invite link next, Unix milliseconds.
    #[n(20)]
    pub(crate) cell_at: Option<u64>,
    /// Secrets of links that were taken away and whose cells may not say so yet.
    #[n(21)]
    #[cbor(default)]
    pub(crate) closing: Vec<Secret<16>>,
    /// Requests to come in that wait for an answer.
    #[n(22)]
    #[cbor(default)]
    pub(crate) requests: u32,
    /// The invitation by which this person is in it, and the last one that they accepted: numbers that grow, alike on all their devices.
    #[n(23)]
    #[cbor(default)]
    pub(crate) invitation: u64,
    #[n(24)]
    #[cbor(default)]
    pub(crate) accepted: u64,
}

impl GroupHead {
    /// A group of this state that this device is in.
    pub(crate) fn new(state: RoomState, people: u32, role: Role, inviter: Option<PublicKey>) -> Self {
        Self {
            state,
            people,
            role,
            out: None,
            inviter,
            leaving: false,
            asked: None,
            lost_from: None,
            cell_at: None,
            closing: Vec::new(),
            requests: 0,
            invitation: 0,
            accepted: 0,
        }
    }
}

/// Why this device is not in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Out {
    /// This person left.
    #[n(0)]
    Left,
    /// Somebody took this person out.
    #[n(1)]
    Removed(#[n(0)] PublicKey),
    /// The group went on without this device; it has asked to be let in anew.
    #[n(2)]
    Lost,
}

/// An own message that was left out by reports about later ones.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Behind {
    #[n(0)]
    pub(crate) order: u64,
    #[n(1)]
    pub(crate) mark: Mark,
}

/// Who the other person is, by their card.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Contact {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) name: String,
    /// Their card secret: reads their card's cell.
    #[n(2)]
    pub(crate) card_secret: Secret<16>,
    /// Their signed card, as it was received.
    #[n(3)]
    pub(crate) card: ByteVec,
    #[n(4)]
    pub(crate) card_version: u64,
    /// The picture on it.
    #[n(5)]
    pub(crate) picture: Option<PictureId>,
    /// What they say of themselves on it.
    #[n(6)]
    pub(crate) about: Option<String>,
    /// What the conversation says that they are called, while it has not said that they are called something else. Empty: they were just
    /// met, and it has not said whether somebody else is called so.
    #[n(7)]
    pub(crate) was: Option<String>,
}

impl Versioned for Chat {
    const NAME: &'static str = "chat";
    const VERSION: u8 = 1;
}

impl Versioned for Contact {
    const NAME: &'static str = "contact";
    const VERSION: u8 = 1;
}

impl Chat {
    pub(crate) fn new(id: ChatId, kind: Kind, state: ChatState, now: u64) -> Self {
        Self {
            version: Self::VERSION,
            id,
            kind,
            state,
            rooms: Vec::new(),
            current: None,
            next_order: 1,
            next_entry: 0,
            last: None,
            unread: 0,
            first_unread: None,
            time: now,
            sent: 0,
            delivered: 0,
            read: 0,
            failed: Vec::new(),
            retried: Vec::new(),
            behind: Vec::new(),
            busy: false,
            hidden: false,
            unblocked: None,
            renewing: false,
            timer: None,
            pins: Vec::new(),
            sweep_at: None,
            arranged: Arrangement::default(),
            draft: None,
            tell_draft_at: None,
            draft_told: false,
            picture: None,
            generation: 0,
            silent: None,
            said: 0,
            given: None,
            lacks: 0,
            lacking: Vec::new(),
        }
    }

    /// When the last record that was processed reached the relay, Unix milliseconds.
    pub(crate) fn seen_at(&self) -> u64 {
        self.rooms.iter().map(|room| room.seen_at).max().unwrap_or(0)
    }

    /// It is deleted: nothing is left of how it was kept but that it is muted.
    pub(crate) fn put_away(&mut self) {
        self.hidden = true;
        self.last = None;
        self.forget_arrangement();
    }

    /// All that is kept of how a deleted conversation was kept is that it is muted.
    pub(crate) fn forget_arrangement(&mut self) {
        self.arranged = Arrangement { muted_until: self.arranged.muted_until, ..Arrangement::default() };
        self.draft = None;
        self.tell_draft_at = None;
        self.draft_told = false;
    }

    /// The other person, if there is just one.
    pub(crate) fn peer(&self) -> Option<PublicKey> {
        match &self.kind {
            Kind::Direct(peer) => Some(*peer),
            Kind::Group(_) => None,
        }
    }

    pub(crate) fn group(&self) -> Option<&GroupHead> {
        match &self.kind {
            Kind::Direct(_) => None,
            Kind::Group(head) => Some(head),
        }
    }

    pub(crate) fn group_mut(&mut self) -> Option<&mut GroupHead> {
        match &mut self.kind {
            Kind::Direct(_) => None,
            Kind::Group(head) => Some(head),
        }
    }

    /// Whether this device can take part.
    pub(crate) fn is_in(&self) -> bool {
        self.group().is_none_or(|head| head.out.is_none())
    }

    /// Whether this person is about to be out of it, as far as this device knows.
    pub(crate) fn is_leaving(&self) -> bool {
        self.group().is_some_and(|head| head.leaving)
    }

    /// Whether nothing is shown of what the other person has written in this log.
    pub(crate) fn is_silent(&self, log: &Address) -> bool {
        self.silent.is_some_and(|(_, silent)| silent == *log)
    }

    pub(crate) fn room(&self, log: &Address) -> Option<&Room> {
        self.rooms.iter().find(|room| room.log == *log)
    }

    pub(crate) fn room_mut(&mut self, log: &Address) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.log == *log)
    }

    pub(crate) fn current_room(&self) -> Option<&Room> {
        self.current.as_ref().and_then(|log| self.room(log))
    }

    /// The row of the list. `name`, `address`, `safety_number` and `colour` are derived from the contact.
    pub(crate) fn view(
        &self,
        name: String,
        address: String,
        safety_number: String,
        colour: u8,
        group: Option<Box<GroupView>>,
    ) -> ChatView {
        let mut last = self.last.clone();
        if let Some(last) = last.as_mut().filter(|last| last.mine) {
            last.mark = (last.body != Body::Deleted).then(|| self.mark(last.order));
        }
        // A group's is of its state.
        let timer = group.as_ref().map_or(self.timer, |group| group.timer);
        ChatView {
            id: self.id,
            name,
            address,
            colour,
            state: self.state,
            last,
            unread: self.unread,
            time: self.time,
            first_unread: self.first_unread,
            safety_number,
            group,
            pins: self.pins.clone(),
            timer,
            arranged: Box::new(self.arranged.clone()),
            draft: self.draft.clone().map(Box::new),
            picture: None,
            about: String::new(),
            notes: false,
            person: self.peer().map(|peer| Box::new(PersonId(*peer.as_bytes()))),
        }
    }
}
