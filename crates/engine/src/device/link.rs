//! The link that a new device shows, and the offer that it leads to.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use minicbor::CborLen;
use sha2::Sha256;
use xchat_wire::{
    Address, MAX_CELL,
    cbor::{Decode, Encode},
};
use zeroize::Zeroizing;

use crate::{
    card::{CardDevice, Origin},
    seal::Sealer,
};

/// What the fragment begins with.
const ROUTE: &str = "#link/";
/// Characters of the payload: 32 bytes in base64url.
const PAYLOAD: usize = 43;
const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat link cell 1";
/// The meaning of the offer's keys.
const VERSION: u32 = 1;
/// Version of the cell: an offer is put once.
pub(crate) const OFFER_CELL: u64 = 1;
/// Longest name of a device in bytes.
pub const MAX_DEVICE_NAME: usize = 64;

/// 32 random bytes that only the new device and whoever reads its QR code know.
pub(crate) struct DeviceLink(Zeroizing<[u8; 32]>);

impl DeviceLink {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// `ORIGIN/#link/<43 base64url characters>`.
    pub(crate) fn text(&self, origin: &Origin) -> String {
        format!("{origin}/{ROUTE}{}", Base64UrlUnpadded::encode_string(self.0.as_slice()))
    }

    /// Whether a pasted text is such a link at all.
    pub(crate) fn is_one(text: &str) -> bool {
        text.contains(ROUTE)
    }

    /// Out of a pasted text: a whole URL or its fragment. None: it is incomplete, damaged or of another relay.
    pub(crate) fn parse(text: &str, origin: &Origin) -> Option<Self> {
        let (before, payload) = text.trim().split_once(ROUTE)?;
        if !before.is_empty() && !before.starts_with(origin.as_str()) {
            return None;
        }
        let mut secret = Zeroizing::new([0; 32]);
        (payload.len() == PAYLOAD).then_some(())?;
        Base64UrlUnpadded::decode(payload, secret.as_mut_slice()).ok()?;
        Some(Self(secret))
    }

    /// Where the offer lies.
    pub(crate) fn cell(&self) -> Address {
        Address::new(*self.derive(b"cell address"))
    }

    /// Who owns the cell.
    pub(crate) fn owner(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(b"cell owner"))
    }

    fn derive(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.0.as_slice())
            .expand_multi_info(&[b"xchat link 1 ", label], key.as_mut_slice())
            .expect("32 bytes are within what HKDF-SHA256 gives");
        key
    }
}

/// Who asks to be linked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Offer {
    #[n(0)]
    version: u32,
    #[n(1)]
    pub(crate) device: CardDevice,
    /// Hash of the nonce that the new device reveals once it has the other one's.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) commitment: [u8; 32],
    /// What it calls itself.
    #[n(3)]
    pub(crate) name: String,
}

impl Offer {
    pub(crate) fn new(device: CardDevice, commitment: [u8; 32], name: String) -> Self {
        Self { version: VERSION, device, commitment, name }
    }
}

/// The cell's body.
pub(crate) fn seal_offer(link: &DeviceLink, offer: &Offer, nonce: [u8; 24]) -> Vec<u8> {
    let plain = Zeroizing::new(xchat_wire::encode(offer));
    Sealer::new(&link.derive(b"sealing key")).seal(FORMAT, nonce, &associated(link), &plain)
}

/// The offer in a cell. None: not sealed with this link, or not what this version understands.
pub(crate) fn open_offer(link: &DeviceLink, body: &[u8]) -> Option<Offer> {
    if body.len() > MAX_CELL {
        return None;
    }
    let plain = Sealer::new(&link.derive(b"sealing key")).open(FORMAT, &associated(link), body).ok()?;
    let offer: Offer = xchat_wire::decode(&plain).ok()?;
    (offer.version == VERSION && offer.name.len() <= MAX_DEVICE_NAME).then_some(offer)
}

fn associated(link: &DeviceLink) -> Vec<u8> {
    [CONTEXT, link.cell().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{SEAL_KEY_LEN, SealKey, WriterSeed};
    use xchat_wire::PublicKey;

    fn offer() -> Offer {
        let device = CardDevice {
            relay: Origin::parse("https://chat.example").unwrap(),
            inbox: Address::new([1; 32]),
            writer: WriterSeed::new([2; 32]),
            seal_key: SealKey::from_slice(&[3; SEAL_KEY_LEN]).unwrap(),
            key: PublicKey::new([4; 32]),
        };
        Offer::new(device, [5; 32], "Firefox on Linux".to_owned())
    }

    #[test]
    fn an_offer_opens_with_its_link_and_with_no_other() {
        let origin = Origin::parse("https://chat.example").unwrap();
        let link = DeviceLink::new([9; 32]);
        let sealed = seal_offer(&link, &offer(), [7; 24]);
        assert!(sealed.len() <= MAX_CELL);
        let parsed = DeviceLink::parse(&link.text(&origin), &origin).unwrap();
        assert_eq!(open_offer(&parsed, &sealed), Some(offer()));
        assert_eq!(open_offer(&DeviceLink::new([8; 32]), &sealed), None);
        for cut in [0, 1, sealed.len() - 1] {
            assert_eq!(open_offer(&link, &sealed[..cut]), None);
        }
    }

    #[test]
    fn a_link_that_is_cut_off_changed_or_of_another_relay_is_none() {
        let origin = Origin::parse("https://chat.example").unwrap();
        let text = DeviceLink::new([9; 32]).text(&origin);
        assert_eq!(text, "https://chat.example/#link/CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk");
        assert!(DeviceLink::is_one(&text));
        let elsewhere = text.replace("chat.example", "other.example");
        let damaged = text.replace("CQkJ", "C!kJ");
        for bad in [&text[..text.len() - 1], &format!("{text}A"), &elsewhere, &damaged, "https://chat.example/#add/x"] {
            assert!(DeviceLink::parse(bad, &origin).is_none(), "{bad}");
        }
    }

    #[test]
    fn where_it_lies_and_who_owns_it_are_frozen() {
        let link = DeviceLink::new([9; 32]);
        let sum = |bytes: &[u8]| hex::encode(&bytes[..8]);
        let shown = [sum(link.cell().as_bytes()), sum(link.owner().verifying_key().as_bytes())];
        assert_eq!(shown, FROZEN);
    }

    /// The first was computed with an independent HKDF (Python: hmac).
    const FROZEN: [&str; 2] = ["f4658d5896aadb87", "3970d6c3d4238913"];
}
