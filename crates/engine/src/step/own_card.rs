//! The own card: put into its cell, read back, and what other devices have put there taken over.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{ClientFrame, Epoch, PublicKey, Reply, Right};

use crate::{
    Engine,
    card::{self, About, Card, CardDevice, CardSecret, Link, MAX_DEVICES, Name, SignedCard},
    connection::Purpose,
    device::Sync,
    sorted::SortedMap,
    state::Account,
};

/// How far a cell may be ahead of the own card, in versions: more than a person's devices ever put, and so little that a relay
/// cannot use the versions up, above which no card would be taken.
const MAX_LEAP: u64 = 1 << 32;
/// The own card is put again after this, in milliseconds: 180 days. A relay keeps a cell that nobody reads for 400.
const CARD_EVERY_MS: u64 = 180 * 24 * 3600 * 1000;

impl Engine {
    /// Reads the own card as the relay has it: another device may have changed it.
    pub(super) fn ask_for_own_card(&mut self) {
        let Some(cell) = self.account.as_ref().map(|account| self.own_link(account).cell()) else { return };
        self.ask(Purpose::OwnCard, |request| ClientFrame::GetCell { request, cell });
    }

    /// The own card. What another device has put on it holds here too; what this one has changed meanwhile goes above it.
    pub(super) fn own_card_read(&mut self, reply: Reply) {
        let Some(account) = self.account.clone() else { return };
        // Where there is none that holds, the own one goes, if it is not there.
        let Reply::Cell { version, body } = reply else { return self.publish_card() };
        match card::open_card(&self.own_link(&account), version, &body) {
            Ok(card) => self.adopt_card(&account, &card),
            Err(_) => {
                self.own_cell_read(version);
                self.publish_card();
            }
        }
    }

    fn own_cell_read(&mut self, version: u64) {
        if let Some(connection) = &mut self.connection {
            connection.own_cell.version = version;
            connection.own_cell.unread = false;
        }
    }

    pub(super) fn adopt_card(&mut self, before: &Account, card: &SignedCard) {
        let card = card.card();
        self.own_cell_read(card.version);
        let key = Self::public(before.device.bytes());
        if card.version <= before.card_seen {
            if card.version == before.card_seen {
                self.take_in_twin(key, card);
            }
            // Nothing new, but what this device has to say may not be there yet.
            return self.publish_card();
        }
        let listed = card.devices.iter().any(|device| device.key == key);
        let unsaid = before.card_published < before.card_version;
        let named = before.card_published < before.name_from;
        let was_listed = before.card_seen > 0;
        // What was seen once is not taken back by an older card. One that has never had this device says nothing of it yet.
        if let Some(account) = self.account.as_mut().filter(|_| listed || was_listed) {
            account.card_seen = card.version;
            self.out.account_changed = true;
        }
        if !listed && was_listed {
            return self.revoked_here();
        }
        if listed {
            self.listed_here();
        }
        let others = card.devices.iter().filter(|device| device.key != key && !before.revoked.contains(&device.key));
        let others: Vec<CardDevice> = others.cloned().collect();
        let keys = card.devices.iter().map(|device| device.key);
        let back: Vec<PublicKey> = keys.filter(|key| before.revoked.contains(key)).collect();
        let Some(account) = &mut self.account else { return };
        let new = others.iter().filter(|device| !account.others.contains(device));
        let new: Vec<PublicKey> = new.map(|device| device.key).collect();
        if account.others != others {
            account.others = others;
            self.others_changed(&new);
        }
        // Whoever has put it there was brought in by it, or has not heard: the card alone is not read again.
        back.iter().for_each(|key| self.sync(Sync::Revoked { key: *key }));
        let Some(account) = &mut self.account else { return };
        if !named {
            account.name = card.name.as_str().to_owned();
            account.picture.clone_from(&card.picture);
            account.about = card.about.clone().map(About::into_text);
        }
        // The others know this device, or have one that was revoked: said once more, above what there is.
        let again = unsaid || !listed || !back.is_empty();
        // Never below a version that others were shown already.
        let next = if again { card.version.saturating_add(1) } else { card.version };
        account.card_version = account.card_version.max(next);
        account.card_published = if again { account.card_published } else { card.version };
        self.out.account_changed = true;
        self.publish_card();
    }

    /// A card of the number that was seen last, which says other devices than that one: a relay had lost its store, and each was put
    /// above what there was. The devices of both hold, as far as a card has room. Neither took anybody off whom this device does not
    /// know to be revoked, so the next has them all; a name is this device's.
    fn take_in_twin(&mut self, key: PublicKey, card: &Card) {
        let Some(account) = self.account.as_mut().filter(|account| account.card_seen > 0 && !account.out) else {
            return;
        };
        let lists = |devices: &[CardDevice], key: &PublicKey| devices.iter().any(|device| device.key == *key);
        let known = |device: &CardDevice| {
            device.key == key || account.revoked.contains(&device.key) || lists(&account.others, &device.key)
        };
        let lacks =
            !lists(&card.devices, &key) || account.others.iter().any(|device| !lists(&card.devices, &device.key));
        let new: SortedMap<PublicKey, CardDevice> =
            card.devices.iter().filter(|device| !known(device)).map(|device| (device.key, device.clone())).collect();
        if !lacks && new.is_empty() {
            return;
        }
        // In the same order on all devices: they come to the same list.
        let room = (MAX_DEVICES - 1).saturating_sub(account.others.len());
        account.others.extend(new.iter().take(room).map(|(_, device)| device.clone()));
        account.card_version = account.card_version.max(card.version.saturating_add(1));
        self.out.account_changed = true;
        // Whoever put the other one takes it for the last.
        self.announce_anew();
        if !new.is_empty() {
            self.others_changed(&new.keys().copied().collect::<Vec<_>>());
        }
    }

    /// This person's other devices are not those that they were; the conversations are brought in line, and new ones are told.
    pub(super) fn others_changed(&mut self, new: &[PublicKey]) {
        let Some(account) = &mut self.account else { return };
        account.devices_version += 1;
        account.untold.extend(new);
        self.out.devices_changed = true;
        self.show_devices();
        self.out.pump.extend(self.chats.keys().copied());
        if !new.is_empty() {
            self.tell_turned();
            // This device may not have heard that the relay has the grant, and made no room then.
            if self.strangers().next().is_some() {
                self.begin_own_chat();
            }
        }
    }

    pub(super) fn own_link(&self, account: &Account) -> Link {
        Link { identity: self.identity_of(account), secret: CardSecret::new(*account.card_secret.bytes()) }
    }

    /// The own card, signed. None only when the account's row makes no sense.
    pub(super) fn own_card(&self, account: &Account) -> Option<SignedCard> {
        let devices = std::iter::once(self.own_device()?).chain(account.others.iter().cloned()).collect();
        let key = account.identity_key();
        let name = Name::parse(&account.name).ok()?;
        let (version, picture) = (account.card_version, account.picture.clone());
        let about = About::claimed(account.about.clone());
        let card = Card { identity: key.public(), name, devices, version, picture, about };
        card.sign(&key).ok()
    }

    /// Puts the card into its cell when the relay lacks this version, or has had it for long: it removes what nobody uses. One put at
    /// a time, and each one above the card that was read or put last: so nothing that another device has put meanwhile goes under it.
    pub(super) fn publish_card(&mut self) {
        let now = self.now;
        let Some(account) = &mut self.account else { return };
        let taken = account.card_published > 0 && account.card_published >= account.card_version;
        if taken && account.card_put_at.saturating_add(CARD_EVERY_MS) <= now {
            account.card_version += 1;
            self.out.account_changed = true;
        }
        let mut account = account.clone();
        let own_cell = self.connection.as_ref().map(|connection| connection.own_cell);
        let Some(own_cell) = own_cell.filter(|cell| !cell.putting && !cell.unread) else { return };
        if account.out || account.card_published >= account.card_version {
            return;
        }
        // A device that was just linked has read none. It was told how far the card is.
        let base = account.card_seen.max(own_cell.version);
        if base > 0 {
            account.card_version = account.card_version.min(base.saturating_add(1));
        }
        let link = self.own_link(&account);
        let (cell, version) = (link.cell(), account.card_version);
        let nonce = self.provider.rand().bytes();
        let Some(card) = self.own_card(&account) else { return };
        let Ok(body) = card::seal_card(&link, version, &card, nonce) else { return };
        let body = body.into();
        let Some(proof) = self.prove(&account.card_owner.signing_key(), Right::CellOwner, &cell, Epoch(0)) else {
            return;
        };
        if let Some(connection) = &mut self.connection {
            connection.own_cell.putting = true;
        }
        self.ask(Purpose::Card { version }, |request| ClientFrame::PutCell { request, cell, proof, version, body });
    }

    /// The relay's word on the card.
    pub(super) fn card_put(&mut self, version: u64, reply: Reply) {
        let (Some(account), Some(connection)) = (&mut self.account, &mut self.connection) else { return };
        connection.own_cell.putting = false;
        match reply {
            Reply::Ok => {
                let named = (account.card_published + 1..=version).contains(&account.name_from);
                account.card_published = account.card_published.max(version);
                account.card_seen = account.card_seen.max(version);
                account.card_put_at = self.now;
                self.announce();
                if named {
                    self.sync(Sync::Card);
                }
                self.publish_card();
            }
            // The cell is ahead, but for a leap that only a lying relay makes: this card goes above what is there once that was read. Another
            // device may have put it, also one that this device does not know: what it says holds here too.
            Reply::Conflict { version: stored }
                if stored >= version && stored.saturating_sub(account.card_version) < MAX_LEAP =>
            {
                account.card_version = account.card_version.max(stored.saturating_add(1));
                connection.own_cell.unread = true;
                self.ask_for_own_card();
            }
            _ => return,
        }
        self.out.account_changed = true;
    }
}
