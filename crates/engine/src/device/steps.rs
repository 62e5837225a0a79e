//! What two devices tell each other until one has linked the other.

use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha256};
use xchat_wire::cbor::{Decode, Encode};

use super::{Named, Offer};
use crate::{
    api::{Arrangement, ChatState, Privacy},
    card::{CardDevice, Link},
    state::Secret,
};

/// One step, sealed to the other device's inbox. A device that knows nothing of a linking drops it.
#[derive(Clone, Encode, Decode)]
pub(crate) enum LinkStep {
    /// To the new device: this one has read the offer.
    #[n(0)]
    #[cbor(map)]
    Start {
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        nonce: [u8; 32],
        /// Where the answer goes.
        #[n(1)]
        device: Box<CardDevice>,
    },
    /// From the new device: what its offer committed to.
    #[n(1)]
    #[cbor(map)]
    Reveal {
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        nonce: [u8; 32],
    },
    /// To the new device: everything that makes it one of this person's.
    #[n(2)]
    Grant(#[n(0)] Box<Grant>),
    /// From the new device to all others: it can be brought into conversations now.
    #[n(3)]
    Ready,
    /// To the other device: the digits were said not to be alike. Nobody else knows the nonce: the sender's own.
    #[n(4)]
    #[cbor(map)]
    Differ {
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        nonce: [u8; 32],
    },
}

/// The account, for a device that is to be this person's.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Grant {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) identity: Secret,
    #[n(2)]
    pub(crate) backup: Secret,
    #[n(3)]
    pub(crate) backup_owner: Secret,
    #[n(4)]
    pub(crate) card_owner: Secret,
    #[n(5)]
    pub(crate) card_secret: Secret<16>,
    #[n(6)]
    pub(crate) card_version: u64,
    /// The devices that there are.
    #[n(7)]
    pub(crate) devices: Vec<CardDevice>,
    #[n(8)]
    pub(crate) privacy: Privacy,
    /// What they are called.
    #[n(9)]
    pub(crate) names: Vec<Named>,
    /// The nonce that the linking device began with: who did not begin cannot grant.
    #[n(10)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) start: [u8; 32],
    /// The history of all conversations follows.
    #[n(11)]
    #[cbor(default)]
    pub(crate) history: bool,
    #[n(12)]
    pub(crate) picture: Option<ByteVec>,
    #[n(13)]
    pub(crate) about: Option<String>,
}

/// What a welcome to another device of the same person says beside: the conversation as this device has it.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct OwnPart {
    #[n(0)]
    pub(crate) state: ChatState,
    /// Order of the next message here: what came before can be put below what the other device receives.
    #[n(1)]
    pub(crate) next_order: u64,
    /// The other person of a conversation of two: 48 bytes of a contact link, and their signed card.
    #[n(2)]
    link: Option<ByteVec>,
    #[n(3)]
    pub(crate) card: Option<ByteVec>,
    /// The other person was heard in the room; not said where they were not.
    #[n(4)]
    pub(crate) heard: Option<bool>,
    #[n(10)]
    #[cbor(default)]
    pub(crate) arranged: Arrangement,
    /// In the conversation of this person with themselves: what they tell others.
    #[n(11)]
    pub(crate) privacy: Option<Privacy>,
    /// Something was said in it before; not said where nothing was.
    #[n(12)]
    pub(crate) begun: Option<bool>,
    /// Of a group, the invitation by which this person is in it.
    #[n(13)]
    pub(crate) invitation: Option<u64>,
}

impl OwnPart {
    pub(crate) fn new(state: ChatState, next_order: u64, peer: Option<(&Link, &[u8])>) -> Self {
        let link = peer.map(|(link, _)| link.to_bytes().to_vec().into());
        let card = peer.map(|(_, card)| card.to_vec().into());
        Self {
            state,
            next_order,
            link,
            card,
            heard: None,
            arranged: Arrangement::default(),
            privacy: None,
            begun: None,
            invitation: None,
        }
    }

    /// The other person's link.
    pub(crate) fn link(&self) -> Option<Link> {
        let bytes: &[u8; Link::LEN] = self.link.as_ref()?.as_slice().try_into().ok()?;
        Link::from_bytes(bytes).ok()
    }
}

/// What an offer holds instead of the nonce.
pub(crate) fn commitment(nonce: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"xchat link nonce 1").chain_update(nonce).finalize().into()
}

/// The six digits that both devices show: "123 456". They bind the offer, both nonces and the linking device.
pub(crate) fn link_code(offer: &Offer, theirs: &[u8; 32], ours: &[u8; 32], device: &CardDevice) -> String {
    let digest = Sha256::new()
        .chain_update(b"xchat link code 1")
        .chain_update(Sha256::digest(xchat_wire::encode(offer)))
        .chain_update(theirs)
        .chain_update(ours)
        .chain_update(Sha256::digest(xchat_wire::encode(device)))
        .finalize();
    let mut number = [0; 8];
    number.copy_from_slice(&digest[..8]);
    let number = u64::from_be_bytes(number) % 1_000_000;
    format!("{:03} {:03}", number / 1000, number % 1000)
}
