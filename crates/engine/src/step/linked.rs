//! A device that was just linked: it becomes this person's, and tells the others once it can be brought in.

use ed25519_dalek::SigningKey;
use xchat_wire::{PublicKey, Reply};

use super::linking::Linking;
use crate::{
    Engine,
    api::Problem,
    card::{About, CardDevice, Name},
    connection::Purpose,
    device::LinkStep,
    identity::{DeviceCertificate, IdentityKey},
    picture::PictureId,
    state::{Account, Versioned as _},
};

impl Engine {
    /// The new device is this person's from now on.
    pub(super) fn become_linked(&mut self) {
        let Some(Linking::New(new)) = self.linking.take() else { return };
        let Some(grant) = new.grant else { return };
        let identity = IdentityKey::from_seed(grant.identity.bytes());
        let key = PublicKey::new(SigningKey::from_bytes(new.device.bytes()).verifying_key().to_bytes());
        if Name::parse(&grant.name).is_err() {
            return self.refuse(Problem::RowDamaged);
        }
        let account = Account {
            version: Account::VERSION,
            name: grant.name,
            picture: grant.picture.filter(|bytes| PictureId::of(bytes).is_some()),
            about: About::claimed(grant.about).map(About::into_text),
            entropy: None,
            identity: grant.identity,
            backup: grant.backup,
            backup_owner: grant.backup_owner,
            card_owner: grant.card_owner,
            card_secret: grant.card_secret,
            // With this device on it, above the one that there is.
            card_version: grant.card_version.saturating_add(1),
            card_published: 0,
            device: new.device,
            certificate: DeviceCertificate::issue(&identity, key, self.now).into(),
            inbox: new.inbox,
            inbox_owner: new.owner,
            inbox_writer: new.writer,
            seal: new.seal,
            inbox_cursor: new.cursor,
            inbox_chain: None,
            last_resort_made: 0,
            card_put_at: 0,
            card_seen: 0,
            name_from: 0,
            privacy: grant.privacy,
            others: grant.devices,
            devices_version: 1,
            revoked: Vec::new(),
            out: false,
            names: grant.names,
            heard: Vec::new(),
            untold: Vec::new(),
            granted: None,
            announce: true,
        };
        self.account = Some(account);
        self.out.account_changed = true;
        if grant.history {
            self.expect_history();
        }
        self.open_own_inbox();
        self.publish_card();
        self.snapshot();
    }

    /// Tells the others that this device can be brought in, once its packages and the card with it are at the relay.
    pub(super) fn announce(&mut self) {
        let Some(account) = &self.account else { return };
        let version = account.card_version;
        let ready = account.announce && account.card_published == account.card_version && self.fill.is_none();
        let here = account.others.iter().filter(|device| device.relay == self.origin);
        let others: Vec<CardDevice> = here.cloned().collect();
        let Some(connection) = self.connection.as_mut().filter(|connection| ready && !connection.announced) else {
            return;
        };
        connection.announced = true;
        for device in others {
            self.deliver_step(&device, &LinkStep::Ready, Purpose::Announce { version });
        }
    }

    /// One of them has it; those who do not read the card when they connect.
    pub(super) fn announced(&mut self, version: u64, reply: &Reply) {
        // Of a later one they were not told by that.
        let account = self.account.as_mut().filter(|account| account.card_version == version);
        if let (Reply::Accepted { .. }, Some(account)) = (reply, account) {
            account.announce = false;
            self.out.account_changed = true;
        }
    }

    /// The others are to be told, also where they were on this connection.
    pub(super) fn announce_anew(&mut self) {
        if let Some(account) = self.account.as_mut().filter(|account| !account.others.is_empty()) {
            account.announce = true;
            self.out.account_changed = true;
        }
        if let Some(connection) = &mut self.connection {
            connection.announced = false;
        }
    }
}
