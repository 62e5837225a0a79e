//! A group that went on without this device: it asks some members to let it in anew, and lets others in who ask.
//!
//! The request carries a key package that the device made for this group alone, so nobody else can ask in its name; and a leaf says
//! when it was made, so that a request is served once: by whoever commits first.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{ClientFrame, PublicKey, Reply};

use super::group::group_chat_id;
use crate::{
    Engine,
    api::{ChatId, ChatState},
    card::{self, CardDevice, Delivery, Link, Rejoin},
    connection::Purpose,
    mls::{MlsError, check_package, introduction, make_packages},
    room::{Device, RoomId},
    rows::Scope,
    state::{Chat, Invitee, Out, Want},
};

/// Members who are asked at a time.
const ASKED: usize = 3;
/// Others are asked after this, in milliseconds: 1 hour.
const ASK_EVERY_MS: u64 = 3600 * 1000;

impl Engine {
    /// Whether it is time to ask (again) to be let in.
    pub(super) fn rejoin_due(&self, chat: &Chat) -> bool {
        self.rejoin_at(chat).is_some_and(|at| at <= self.now)
    }

    /// When to ask to be let in.
    pub(super) fn rejoin_at(&self, chat: &Chat) -> Option<u64> {
        let head = chat.group().filter(|head| head.out == Some(Out::Lost) && !head.leaving && !self.is_out())?;
        Some(head.asked.map_or(0, |asked| asked + ASK_EVERY_MS))
    }

    /// Asks some members, other ones each time.
    pub(super) fn ask_to_rejoin(&mut self, id: ChatId) {
        if self.connection.is_none() || !self.chats.get(&id).is_some_and(|chat| self.rejoin_due(chat)) {
            return;
        }
        let own = self.own_identity();
        let people = self.held.get(&id).map(|held| &held.people).into_iter().flatten();
        let mut links: Vec<Link> = people
            .filter(|(person, _)| Some(**person) != own)
            .map(|(person, row)| Invitee { person: *person, card_secret: row.card_secret.clone() }.link())
            .collect();
        let now = self.now;
        if let Some(head) = self.chats.get_mut(&id).and_then(Chat::group_mut) {
            head.asked = Some(now);
        }
        self.out.chats_changed.insert(id);
        if let Some(connection) = &mut self.connection {
            connection.asking.remove(&id);
        }
        let shift = u64::from_be_bytes(self.provider.rand().bytes()) as usize % links.len().max(1);
        links.rotate_left(shift);
        for link in links.into_iter().take(ASKED) {
            let cell = link.cell();
            self.ask(Purpose::RejoinCard { chat: id, link }, |request| ClientFrame::GetCell { request, cell });
        }
    }

    /// A member's card: the request goes to each of their devices.
    pub(super) fn rejoin_card(&mut self, id: ChatId, link: &Link, reply: Reply) {
        let Reply::Cell { version, body } = reply else { return };
        let Ok(card) = card::open_card(link, version, &body) else { return };
        let devices = card.card().devices.iter().filter(|device| device.relay == self.origin);
        for device in devices.cloned().collect::<Vec<_>>() {
            // Without a request nothing goes out; the next ones are asked in an hour.
            let _failed = self.send_rejoin(id, &device);
        }
    }

    fn send_rejoin(&mut self, id: ChatId, device: &CardDevice) -> Result<(), MlsError> {
        let room = self.chats.get(&id).and_then(Chat::group).ok_or(MlsError::Missing)?.state.id;
        let account = self.account.clone().ok_or(MlsError::Missing)?;
        let mut bearer = account.bearer(self.now).ok_or(MlsError::Missing)?;
        bearer.profile.for_room = Some(room);
        let made = self.connection.as_ref().and_then(|connection| connection.asking.get(&id)).cloned();
        let package = match made {
            Some(package) => package,
            None => {
                self.provider.storage().enter(Scope::Account);
                make_packages(&self.provider, &bearer, 1, false, self.now)?.pop().ok_or(MlsError::Missing)?
            }
        };
        if let Some(connection) = &mut self.connection {
            connection.asking.insert(id, package.clone());
        }
        let request = Delivery::Rejoin(Box::new(Rejoin {
            relay: self.origin.clone(),
            room: room.0,
            sender: self.own_link(&account),
            card: self.own_card(&account).ok_or(MlsError::Missing)?,
            inbox: account.inbox,
            package,
        }));
        self.deliver(device, &request.encode(), Purpose::Plain)
    }

    /// A member's device asks to be let in anew. What is no such request costs nothing.
    pub(super) fn rejoin_asked(&mut self, rejoin: &Rejoin) -> Result<(), MlsError> {
        let id = group_chat_id(&RoomId(rejoin.room));
        let chat = self.chats.get(&id).ok_or(MlsError::Missing)?;
        let log = chat.current.ok_or(MlsError::Missing)?;
        if rejoin.relay != self.origin || chat.state != ChatState::Open || !chat.is_in() || self.damaged.contains(&id) {
            return Err(MlsError::Foreign);
        }
        let person = rejoin.sender.identity;
        let package = check_package(&self.provider, &rejoin.package, &person)?;
        let introduced = introduction(&package).filter(|profile| profile.for_room == Some(RoomId(rejoin.room)));
        let made = introduced.ok_or(MlsError::Foreign)?.made;
        let key = package.leaf_node().signature_key().as_slice().try_into().map_err(|_| MlsError::Leaf)?;
        let asking = Device { person, key: PublicKey::new(key) };
        let device =
            rejoin.card.card().devices.iter().find(|device| device.inbox == rejoin.inbox && device.key == asking.key);
        let device = device.ok_or(MlsError::Foreign)?.clone();
        if self.stale_leaf(id, &log, &asking, made)?.is_none() {
            return Err(MlsError::Foreign);
        }
        let again = |at: &u64| at.saturating_add(ASK_EVERY_MS) > self.now;
        if self.connection.as_ref().and_then(|connection| connection.let_in.get(&(id, asking.key))).is_some_and(again) {
            return Err(MlsError::Foreign);
        }
        let package = rejoin.package.clone().into();
        self.drop_readds(id, &asking.key);
        self.want(id, Want::Readd { person, key: asking.key, device: Box::new(device), package });
        Ok(())
    }

    /// The leaf of a device, if it was made before this time. None: the device is not in the group, or came in anew already.
    pub(super) fn stale_leaf(
        &mut self,
        id: ChatId,
        log: &xchat_wire::Address,
        device: &Device,
        made: u64,
    ) -> Result<Option<u32>, MlsError> {
        self.with_group(id, log, |group, _| {
            let roster = group.roster()?;
            let leaf = roster.of_person(&device.person).find(|leaf| leaf.device == *device);
            Ok(leaf.map(|leaf| leaf.index).filter(|index| group.made(*index) < made))
        })
    }
}
