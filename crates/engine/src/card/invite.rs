//! The invite link of a group, `https://HOST/#join/<22 characters>`, and the cell that it leads to.
//!
//! The members of a group share a secret. What the link carries derives from it, and so does the key that owns the cell: who was
//! given the link can read what the cell says of the group and prove that they have the link, but cannot write the cell.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use minicbor::{CborLen, bytes::ByteVec};
use sha2::Sha256;
use xchat_wire::{
    Address, MAX_CELL,
    cbor::{Decode, Encode},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    CellError, Link, LinkError, Name, Origin,
    link::{MAX_TEXT, origin_of},
    padding::{pad, unpad},
};
use crate::{
    room::MAX_DESCRIPTION,
    seal::{OpenError, Sealer},
};

const ROUTE: &str = "#join/";
/// Characters of the payload: 16 bytes in base64url.
const PAYLOAD: usize = 22;
/// The format of a sealed cell, and the meaning of its keys.
const FORMAT: u8 = 1;
const VERSION: u32 = 1;
const CONTEXT: &[u8] = b"xchat invite cell 1";
/// A cell is as large as this (and the overhead), whatever it says: the longest name, the longest description and all admins fit.
const GRANULE: usize = 3072;
/// Admins whom a cell names at most.
pub const MAX_ADMINS: usize = 8;

/// What a group's invite link carries: 16 bytes that say where its cell is and open it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct InviteLink([u8; 16]);

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteLink(..)")
    }
}

/// What a link's cell says of the group. Every member can write it, so it is a member's word and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Tells the group from others to who is in it; see [`room_tag`].
    pub tag: [u8; 16],
    pub name: Name,
    /// At most [`MAX_DESCRIPTION`] bytes.
    pub description: String,
    /// How many people are in it.
    pub people: u32,
    /// Whom to ask, owners first, at most [`MAX_ADMINS`].
    pub admins: Vec<Link>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Body {
    #[n(0)]
    version: u32,
    /// None: the link was taken away.
    #[n(1)]
    open: Option<Open>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Open {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    tag: [u8; 16],
    #[n(1)]
    name: Name,
    #[n(2)]
    description: String,
    #[n(3)]
    people: u32,
    #[n(4)]
    admins: Vec<ByteVec>,
}

/// HKDF-SHA256 (RFC 5869) of a secret under this salt.
fn derive<const N: usize>(salt: Option<&[u8]>, secret: &[u8], label: &[u8]) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(salt, secret)
        .expand_multi_info(&[b"xchat invite 1 ", label], key.as_mut_slice())
        .expect("so few bytes are within what HKDF-SHA256 gives");
    key
}

/// Tells a group from others to who knows its id, and says nothing to who does not.
pub fn room_tag(room: &[u8; 32]) -> [u8; 16] {
    *derive(None, room, b"room tag")
}

/// The key that owns the cell of a group's link: members alone can derive it.
pub fn cell_owner(room: &[u8; 32], secret: &[u8; 16]) -> SigningKey {
    SigningKey::from_bytes(&derive(Some(room), secret, b"cell owner"))
}

impl InviteLink {
    /// Of the group of this id, whose state has this secret.
    pub fn of(room: &[u8; 32], secret: &[u8; 16]) -> Self {
        Self(*derive(Some(room), secret, b"link"))
    }

    /// Back from [`InviteLink::as_bytes`].
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a sealed row.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// `ORIGIN/#join/<22 base64url characters>`.
    pub fn text(&self, origin: &Origin) -> String {
        format!("{origin}/{ROUTE}{}", Base64UrlUnpadded::encode_string(&self.0))
    }

    /// Reads a pasted text, a whole URL or its fragment, and where it points to, if that is said.
    pub fn parse(text: &str) -> Result<(Self, Option<Origin>), LinkError> {
        if text.len() > MAX_TEXT {
            return Err(LinkError::NotALink);
        }
        let word = text.split_whitespace().find(|word| word.contains(ROUTE)).ok_or(LinkError::NotALink)?;
        let word = word.trim_matches(['<', '>', '"', '\'', '(', ')', ',', '.']);
        let (before, payload) = word.split_once(ROUTE).ok_or(LinkError::NotALink)?;
        let mut bytes = Zeroizing::new([0; 16]);
        match payload.len() {
            PAYLOAD => _ = Base64UrlUnpadded::decode(payload, bytes.as_mut_slice()).map_err(|_| LinkError::Damaged)?,
            length if length < PAYLOAD => return Err(LinkError::Incomplete(length)),
            _ => return Err(LinkError::Damaged),
        }
        Ok((Self(*bytes), origin_of(before)?))
    }

    /// Where the cell lies.
    pub fn cell(&self) -> Address {
        Address::new(*derive(None, &self.0, b"cell address"))
    }

    /// What a request to come in signs with its identity: only who has the link knows it.
    pub fn challenge(&self) -> Zeroizing<[u8; 32]> {
        derive(None, &self.0, b"request")
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(&derive(None, &self.0, b"sealing key"))
    }

    fn associated(&self, version: u64) -> Vec<u8> {
        [CONTEXT, self.cell().as_bytes(), &version.to_be_bytes()].concat()
    }
}

/// Seals what the cell of a link says; none: that the link was taken away. `version`: the cell's, as `PutCell` will name it.
/// `nonce`: fresh random bytes.
pub fn seal_invite(link: &InviteLink, version: u64, invite: Option<&Invite>, nonce: [u8; 24]) -> Vec<u8> {
    let open = invite.map(|invite| Open {
        tag: invite.tag,
        name: invite.name.clone(),
        description: invite.description.clone(),
        people: invite.people,
        admins: invite.admins.iter().map(|admin| admin.to_bytes().to_vec().into()).collect(),
    });
    let padded = pad(&xchat_wire::encode(&Body { version: VERSION, open }), |_| GRANULE, 0);
    link.sealer().seal(FORMAT, nonce, &link.associated(version), &padded)
}

/// Opens what the relay says is the cell's `version`. `Ok(None)`: the link was taken away.
pub fn open_invite(link: &InviteLink, version: u64, body: &[u8]) -> Result<Option<Invite>, CellError> {
    if body.len() > MAX_CELL {
        return Err(CellError::Sealed);
    }
    let padded = link.sealer().open(FORMAT, &link.associated(version), body).map_err(|error| match error {
        OpenError::Format(format) => CellError::Format(format),
        OpenError::Sealed => CellError::Sealed,
    })?;
    let body: Body = unpad(&padded).and_then(|bytes| xchat_wire::decode(bytes).ok()).ok_or(CellError::Invite)?;
    if body.version != VERSION {
        return Err(CellError::Invite);
    }
    body.open.map(Invite::try_from).transpose()
}

impl TryFrom<Open> for Invite {
    type Error = CellError;

    fn try_from(open: Open) -> Result<Self, CellError> {
        if open.description.len() > MAX_DESCRIPTION || open.admins.len() > MAX_ADMINS {
            return Err(CellError::Invite);
        }
        let link = |bytes: &ByteVec| {
            let bytes: &[u8; Link::LEN] = bytes.as_slice().try_into().map_err(|_| CellError::Invite)?;
            Link::from_bytes(bytes).map_err(|_| CellError::Invite)
        };
        let admins = open.admins.iter().map(link).collect::<Result<_, _>>()?;
        let Open { tag, name, description, people, .. } = open;
        Ok(Self { tag, name, description, people, admins })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{CardSecret, contact::tests::key};
    use super::*;

    fn link() -> InviteLink {
        InviteLink::of(&[7; 32], &[5; 16])
    }

    pub(crate) fn invite() -> Invite {
        let admin = Link { identity: key().public(), secret: CardSecret::new([9; 16]) };
        let (name, description) = (Name::parse("Hiking").unwrap(), "Every Sunday".to_owned());
        Invite { tag: room_tag(&[7; 32]), name, description, people: 3, admins: vec![admin] }
    }

    fn largest() -> Invite {
        let name = Name::parse(&"\u{1f980}".repeat(48)).unwrap();
        let admins = vec![invite().admins[0].clone(); MAX_ADMINS];
        Invite { name, description: "x".repeat(MAX_DESCRIPTION), people: u32::MAX, admins, ..invite() }
    }

    #[test]
    fn what_derives_from_the_secret_is_frozen() {
        let short = |bytes: &[u8]| hex::encode(&bytes[..8]);
        let link = link();
        let shown = [
            short(link.as_bytes()),
            short(link.cell().as_bytes()),
            short(link.challenge().as_slice()),
            short(cell_owner(&[7; 32], &[5; 16]).as_bytes()),
            short(&room_tag(&[7; 32])),
        ];
        assert_eq!(shown, FROZEN);
    }

    /// Computed with an independent HKDF (Python: hmac).
    const FROZEN: [&str; 5] =
        ["1bbca2c78ac2a5db", "f02925303080bfcd", "1f778a73c89a59ff", "7e2eade780badca9", "15b8541d1eb1bac5"];

    #[test]
    fn the_text_of_a_link_leads_back_to_it() {
        let origin = Origin::parse("https://chat.example").unwrap();
        let text = link().text(&origin);
        for pasted in [text.clone(), format!("come: <{text}>."), text.replace("https://chat.example/", "")] {
            let (read, at) = InviteLink::parse(&pasted).unwrap();
            assert_eq!(read, link());
            assert!(at.is_none_or(|at| at == origin));
        }
        assert_eq!(InviteLink::parse(&text[..text.len() - 1]), Err(LinkError::Incomplete(21)));
        assert_eq!(InviteLink::parse(&format!("{text}A")), Err(LinkError::Damaged));
        assert_eq!(InviteLink::parse(&text.replace("#join/", "#add/")), Err(LinkError::NotALink));
    }

    #[test]
    fn a_cell_opens_with_its_link_and_version_alone() {
        let sealed = seal_invite(&link(), 5, Some(&invite()), [4; 24]);
        assert_eq!(open_invite(&link(), 5, &sealed), Ok(Some(invite())));
        assert_eq!(open_invite(&link(), 6, &sealed), Err(CellError::Sealed));
        assert_eq!(open_invite(&InviteLink::new([1; 16]), 5, &sealed), Err(CellError::Sealed));
        assert_eq!(open_invite(&link(), 5, &seal_invite(&link(), 5, None, [4; 24])), Ok(None));
    }

    #[test]
    fn every_cell_is_of_one_size() {
        let sealed = |invite: Option<&Invite>| seal_invite(&link(), 1, invite, [4; 24]);
        let largest = sealed(Some(&largest()));
        assert!(largest.len() <= MAX_CELL);
        assert_eq!([sealed(None).len(), sealed(Some(&invite())).len()], [largest.len(); 2]);
        assert!(open_invite(&link(), 1, &largest).is_ok());
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let more = Invite { admins: vec![invite().admins[0].clone(); MAX_ADMINS + 1], ..invite() };
        let longer = Invite { description: "x".repeat(MAX_DESCRIPTION + 1), ..invite() };
        for invite in [more, longer] {
            let sealed = seal_invite(&link(), 1, Some(&invite), [4; 24]);
            assert_eq!(open_invite(&link(), 1, &sealed), Err(CellError::Invite));
        }
    }

    #[test]
    fn the_bytes_are_frozen() {
        let body = |open| hex::encode(xchat_wire::encode(&Body { version: VERSION, open }));
        let open = Open {
            tag: [1; 16],
            name: Name::parse("Hiking").unwrap(),
            description: String::new(),
            people: 3,
            admins: vec![vec![2; 48].into()],
        };
        let (tag, admin) = ("01".repeat(16), "02".repeat(48));
        assert_eq!(
            body(Some(open)),
            format!("a2000101a50050{tag}016648696b696e6702600303 0481 5830{admin}").replace(' ', "")
        );
        assert_eq!(body(None), "a10001");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(open_invite(&link(), 1, &bytes).is_err());
            let padded = pad(&bytes, |_| GRANULE, 0);
            let sealed = link().sealer().seal(FORMAT, [4; 24], &link().associated(1), &padded);
            let _ = open_invite(&link(), 1, &sealed);
        }
    }
}
