//! The account: who lives in this browser, and this device.

use ed25519_dalek::SigningKey;
use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, ChainHash, PostId, PublicKey, Seq,
    cbor::{Decode, Encode},
};

use super::{Secret, Versioned};
use crate::{
    api::Privacy,
    card::{CardDevice, Name, WriterSeed},
    device::Named,
    identity::IdentityKey,
    mls::{Bearer, DeviceSigner},
    room::LeafProfile,
};

/// One row. Everything in it but the name and the counters is fixed when the account is made.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Account {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) name: String,
    /// Entropy of the 12 words (16 bytes), until the person has confirmed them.
    #[n(2)]
    pub(crate) entropy: Option<Secret<16>>,
    #[n(3)]
    pub(crate) identity: Secret,
    #[n(4)]
    pub(crate) backup: Secret,
    #[n(5)]
    pub(crate) backup_owner: Secret,
    #[n(6)]
    pub(crate) card_owner: Secret,
    /// With the identity key it makes the contact link.
    #[n(7)]
    pub(crate) card_secret: Secret<16>,
    /// Version of the own card; above `card_published` it waits to be put.
    #[n(8)]
    pub(crate) card_version: u64,
    #[n(9)]
    pub(crate) card_published: u64,
    /// The device's MLS signature key.
    #[n(10)]
    pub(crate) device: Secret,
    #[n(11)]
    pub(crate) certificate: ByteVec,
    #[n(12)]
    pub(crate) inbox: Address,
    #[n(13)]
    pub(crate) inbox_owner: Secret,
    #[n(14)]
    pub(crate) inbox_writer: Secret,
    /// Input of the key pair that deliveries are sealed to.
    #[n(15)]
    pub(crate) seal: Secret,
    #[n(16)]
    pub(crate) inbox_cursor: Seq,
    /// When a last-resort key package was made last, Unix milliseconds.
    #[n(17)]
    pub(crate) last_resort_made: u64,
    /// What this person tells others, and is told by them.
    #[n(30)]
    pub(crate) privacy: Privacy,
    /// This person's other devices, as the card has them.
    #[n(31)]
    pub(crate) others: Vec<CardDevice>,
    /// Grows with each change of the devices; conversations that have not seen it are brought in line.
    #[n(32)]
    pub(crate) devices_version: u64,
    /// Devices that were taken off, by their signature keys: they do not come back.
    #[n(33)]
    pub(crate) revoked: Vec<PublicKey>,
    /// Another device took this one off.
    #[n(34)]
    pub(crate) out: bool,
    /// What devices are called.
    #[n(35)]
    pub(crate) names: Vec<Named>,
    /// The other devices have not been told yet that this one is there.
    #[n(36)]
    pub(crate) announce: bool,
    /// Highest version of the own card that was read or put with this device on it, or that took it off; 0 before. Never lowered:
    /// no relay brings an older one back.
    #[n(37)]
    pub(crate) card_seen: u64,
    /// Version of the own card from which on it has the name and picture that were last chosen on this device. While that one waits to be put,
    /// what another device has put changes no name here.
    #[n(38)]
    pub(crate) name_from: u64,
    /// What this person looks like, as the card has it.
    #[n(39)]
    pub(crate) picture: Option<ByteVec>,
    /// What they say of themselves, as the card has it.
    #[n(41)]
    pub(crate) about: Option<String>,
    /// When other devices were heard from last.
    #[n(40)]
    #[cbor(default)]
    pub(crate) heard: Vec<Heard>,
    /// Devices that are new on the card, until they are in the room of this person's devices: nothing reaches them before.
    #[n(42)]
    #[cbor(default)]
    pub(crate) untold: Vec<PublicKey>,
    /// The switches that the last granted device has been given, until one is new on the card: nothing that is turned reaches it before.
    #[n(43)]
    pub(crate) granted: Option<Privacy>,
    /// When the relay took the own card last, Unix milliseconds.
    #[n(18)]
    pub(crate) card_put_at: u64,
    /// The inbox's chain up to its cursor. None: unknown, as before the first delivery, or while this device was being linked.
    #[n(19)]
    pub(crate) inbox_chain: Option<ChainHash>,
}

/// The hour in which something of a device came last, Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Heard {
    #[n(0)]
    pub(crate) key: PublicKey,
    #[n(1)]
    pub(crate) at: u64,
}

impl Versioned for Account {
    const NAME: &'static str = "account";
    const VERSION: u8 = 1;
}

impl Versioned for Fill {
    const NAME: &'static str = "fill";
    const VERSION: u8 = 1;
}

impl Account {
    pub(crate) fn identity_key(&self) -> IdentityKey {
        IdentityKey::from_seed(self.identity.bytes())
    }

    /// What the inbox is written with; those who have the card know it.
    pub(crate) fn writer(&self) -> WriterSeed {
        WriterSeed::new(*self.inbox_writer.bytes())
    }

    /// What this device is in every group. None only when the row makes no sense.
    pub(crate) fn bearer(&self, now: u64) -> Option<Bearer> {
        let profile = LeafProfile::new(Name::parse(&self.name).ok()?, self.card_secret.clone(), now);
        let signer = DeviceSigner(SigningKey::from_bytes(self.device.bytes()));
        Some(Bearer { signer, certificate: self.certificate.to_vec(), profile })
    }
}

/// Key packages on their way into the pool: sent again as they are until the relay answers.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Fill {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) post: PostId,
    #[n(2)]
    pub(crate) packages: Vec<ByteVec>,
    #[n(3)]
    pub(crate) last_resort: Option<ByteVec>,
}
