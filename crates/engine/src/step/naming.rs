//! What a person's devices are called, alike on all of them: a register for each device that the last writer sets, by the order of
//! the own log.

use xchat_wire::PublicKey;

use crate::{
    Engine,
    api::{DeviceView, Event, PersonId, Problem},
    card::{MAX_DEVICES, Name},
    device::{MAX_DEVICE_NAME, Named, Sync},
    identity::DeviceCertificate,
    state::{Account, Heard},
};

/// Nobody needs to know it better.
const HOUR_MS: u64 = 60 * 60 * 1000;
/// Names that are kept: those of the devices on the card, and of as many that are on their way there.
const MAX_NAMES: usize = 2 * MAX_DEVICES;

impl Engine {
    /// Gives one of this person's devices a name.
    pub(super) fn name_device(&mut self, device: &PersonId, name: &str) -> Result<(), Problem> {
        let key = PublicKey::new(device.0);
        let name = device_name(name).ok_or(Problem::Name)?;
        if !self.is_own_device(&key) {
            return Err(Problem::NoChat);
        }
        let named = Named { name, ..self.named(key) };
        if self.call_device(named.clone()) {
            self.sync_last(Sync::Named(named));
        }
        Ok(())
    }

    /// Another device of this person has given one a name, perhaps before the card has it. What does not look like a name is left.
    pub(super) fn named_elsewhere(&mut self, named: Named) {
        let fits = device_name(&named.name).is_some_and(|name| name == named.name);
        if fits && !self.is_revoked(&named.key) && !self.is_to_be_written(&Sync::Named(named.clone())) {
            self.call_device(named);
        }
    }

    /// A device was let in: this one knows what it calls itself and since when it is there, and tells the others.
    pub(super) fn call_new_device(&mut self, key: PublicKey, name: &str) {
        // The new one is told of this one as well.
        if let Some(own) = self.account.as_ref().map(|account| Self::public(account.device.bytes())) {
            self.call_device(self.named(own));
        }
        let named = Named { key, name: device_name(name).unwrap_or_default(), since: self.now };
        if self.call_device(named.clone()) {
            self.sync_last(Sync::Named(named));
        }
    }

    /// Whether that is new.
    fn call_device(&mut self, named: Named) -> bool {
        let Some(account) = self.account.as_mut().filter(|account| !account.names.contains(&named)) else {
            return false;
        };
        account.names.retain(|other| other.key != named.key);
        if account.names.len() >= MAX_NAMES {
            let own = Self::public(account.device.bytes());
            let listed = |key| key == own || account.others.iter().any(|device| device.key == key);
            let gone = account.names.iter().position(|named| !listed(named.key)).unwrap_or(0);
            account.names.remove(gone);
        }
        account.names.push(named);
        self.out.account_changed = true;
        self.show_devices();
        true
    }

    fn is_own_device(&self, key: &PublicKey) -> bool {
        let Some(account) = &self.account else { return false };
        Self::public(account.device.bytes()) == *key || account.others.iter().any(|device| device.key == *key)
    }

    fn is_revoked(&self, key: &PublicKey) -> bool {
        self.account.as_ref().is_some_and(|account| account.revoked.contains(key))
    }

    /// What is known of a device.
    fn named(&self, key: PublicKey) -> Named {
        let account = self.account.as_ref();
        let known = account.and_then(|account| account.names.iter().find(|named| named.key == key));
        known.cloned().unwrap_or_else(|| Named { key, name: String::new(), since: self.certified(&key) })
    }

    /// When this device's certificate was made; 0 for another device.
    fn certified(&self, key: &PublicKey) -> u64 {
        let certificate = self.account.as_ref().and_then(|account| DeviceCertificate::read(&account.certificate).ok());
        certificate.filter(|certificate| certificate.device() == key).map_or(0, |certificate| certificate.issued_ms())
    }

    /// A message by another device of this person has come, whatever is in it. The relay's time of it is all that is kept, to the hour:
    /// nothing is asked for it and nobody is told.
    pub(super) fn heard_from(&mut self, key: PublicKey, time: u64) {
        let at = time - time % HOUR_MS;
        let Some(account) = &mut self.account else { return };
        if account.heard.iter().any(|heard| heard.key == key && heard.at >= at) {
            return;
        }
        let Account { heard, others, .. } = account;
        heard.retain(|heard| heard.key != key && others.iter().any(|device| device.key == heard.key));
        heard.push(Heard { key, at });
        self.out.account_changed = true;
        self.show_devices();
    }

    /// The devices of this person, this one first.
    pub(super) fn show_devices(&mut self) {
        let Some(account) = &self.account else { return };
        let own = Self::public(account.device.bytes());
        let keys = std::iter::once(own).chain(account.others.iter().map(|device| device.key));
        let devices = keys.map(|key| {
            let Named { name, since, .. } = self.named(key);
            let heard = account.heard.iter().find(|heard| heard.key == key).map_or(0, |heard| heard.at);
            DeviceView { device: PersonId(*key.as_bytes()), name, here: key == own, since, heard }
        });
        let devices = devices.collect();
        self.out.events.push(Event::Devices { devices });
    }
}

/// A name as it is kept: like a person's, and no longer than an offer may have it.
fn device_name(text: &str) -> Option<String> {
    let name = Name::parse(text).ok()?;
    (name.as_str().len() <= MAX_DEVICE_NAME).then(|| name.as_str().to_owned())
}
