//! The card in its cell: sealed so that the relay learns neither whose it is nor how long the name is.

use thiserror::Error;
use xchat_wire::MAX_CELL;

use super::padding::{pad, unpad};
use super::{CardError, Link, SignedCard};
use crate::seal::{OpenError, Sealer};

/// Sealed cards come in multiples of this many bytes (and the overhead): a device is about three, a name hides in one.
const GRANULE: usize = 512;
/// Largest signed card in bytes whose sealed form fits a cell.
pub(super) const MAX_CARD: usize = (MAX_CELL - Sealer::OVERHEAD) / GRANULE * GRANULE - 4;
const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat card cell 1";

/// Why a cell holds no card for this link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CellError {
    /// Sealed by a later version of the app.
    #[error("sealed contact card of unknown format {0}")]
    Format(u8),
    /// Not sealed with this link's secret, for this cell and version, or changed since.
    #[error("contact card does not open")]
    Sealed,
    /// It opens, but what is inside is no good card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// It opens with an invite link, but what is inside is no word on a group.
    #[error("not what an invite link leads to")]
    Invite,
    /// A good card, of another identity than the link's.
    #[error("contact card is of another identity than the link")]
    OtherIdentity,
}

/// Seals a card for the cell at [`Link::cell`]. `version`: the cell's, as `PutCell` will name it, so that the relay cannot
/// show an old card under a new version. `nonce`: fresh random bytes.
pub fn seal_card(link: &Link, version: u64, card: &SignedCard, nonce: [u8; 24]) -> Result<Vec<u8>, CellError> {
    if card.card().identity != link.identity {
        return Err(CellError::OtherIdentity);
    }
    let padded = pad(card.bytes(), |_| GRANULE, 0);
    Ok(Sealer::new(&link.sealing_key()).seal(FORMAT, nonce, &associated(link, version), &padded))
}

/// Opens what the relay says is the cell's `version`, and checks that the link's identity signed it.
pub fn open_card(link: &Link, version: u64, body: &[u8]) -> Result<SignedCard, CellError> {
    if body.len() > MAX_CELL {
        return Err(CellError::Sealed);
    }
    let padded =
        Sealer::new(&link.sealing_key()).open(FORMAT, &associated(link, version), body).map_err(
            |error| match error {
                OpenError::Format(format) => CellError::Format(format),
                OpenError::Sealed => CellError::Sealed,
            },
        )?;
    let card = SignedCard::open(unpad(&padded).ok_or(CardError::Malformed)?)?;
    if card.card().identity != link.identity {
        return Err(CellError::OtherIdentity);
    }
    Ok(card)
}

fn associated(link: &Link, version: u64) -> Vec<u8> {
    [CONTEXT, link.cell().as_bytes(), &version.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::contact::tests::{card, key, largest};
    use super::super::{Card, CardSecret, Name};
    use super::*;
    use crate::identity::IdentityKey;

    const NONCE: [u8; 24] = [4; 24];

    fn link() -> Link {
        Link { identity: key().public(), secret: CardSecret::new([9; 16]) }
    }

    fn sealed() -> Vec<u8> {
        seal_card(&link(), 5, &card().sign(&key()).unwrap(), NONCE).unwrap()
    }

    #[test]
    fn a_sealed_card_opens_with_its_link() {
        assert_eq!(open_card(&link(), 5, &sealed()).unwrap().card(), &card());
    }

    #[test]
    fn the_bytes_are_frozen() {
        use sha2::{Digest, Sha256};
        assert_eq!(
            hex::encode(Sha256::digest(sealed())),
            "27c5cc3fcd95d7bb0820fe4c2de9fd4f1cfdf32f228ebfae3d7e0f5d3c61e1c7"
        );
    }

    #[test]
    fn a_card_does_not_open_as_another_version_of_its_cell() {
        assert_eq!(open_card(&link(), 6, &sealed()), Err(CellError::Sealed));
    }

    #[test]
    fn a_card_does_not_open_with_another_secret() {
        let other = Link { secret: CardSecret::new([8; 16]), ..link() };
        assert_eq!(open_card(&other, 5, &sealed()), Err(CellError::Sealed));
    }

    #[test]
    fn someone_who_knows_the_secret_cannot_put_their_own_card_there() {
        // Eve was given the link, so she can seal; what she seals is signed by herself.
        let eve = IdentityKey::from_seed(&[8; 32]);
        let evil = Card { identity: eve.public(), ..card() }.sign(&eve).unwrap();
        assert_eq!(seal_card(&link(), 5, &evil, NONCE), Err(CellError::OtherIdentity));
        let padded = pad(evil.bytes(), |_| GRANULE, 0);
        let body = Sealer::new(&link().sealing_key()).seal(FORMAT, NONCE, &associated(&link(), 5), &padded);
        assert_eq!(open_card(&link(), 5, &body), Err(CellError::OtherIdentity));
    }

    #[test]
    fn a_longer_name_does_not_show() {
        let long = Card { name: Name::parse(&"n".repeat(48)).unwrap(), ..card() }.sign(&key()).unwrap();
        assert_eq!(seal_card(&link(), 5, &long, NONCE).unwrap().len(), sealed().len());
    }

    #[test]
    fn the_largest_card_fits_a_cell() {
        let body = seal_card(&link(), 1, &largest().sign(&key()).unwrap(), NONCE).unwrap();
        assert!(body.len() <= MAX_CELL);
        assert_eq!(open_card(&link(), 1, &body).unwrap().card(), &largest());
        assert!(MAX_CARD.next_multiple_of(GRANULE) + Sealer::OVERHEAD <= MAX_CELL);
    }

    #[test]
    fn no_changed_byte_opens() {
        let good = sealed();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            assert!(open_card(&link(), 5, &bad).is_err(), "byte {at}");
        }
        assert_eq!(open_card(&link(), 5, &good[..good.len() - 1]), Err(CellError::Sealed));
    }

    #[test]
    fn a_later_format_is_named() {
        let mut later = sealed();
        later[0] = 2;
        assert_eq!(open_card(&link(), 5, &later), Err(CellError::Format(2)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(open_card(&link(), 1, &bytes).is_err());
        }
    }
}
