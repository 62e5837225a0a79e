//! A person's address as text: `xc1...`, the identity's public key in bech32m (BIP-350), which catches typing errors.

use bech32::primitives::decode::{CheckedHrpstringError, ChecksumError};
use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use thiserror::Error;
use xchat_wire::PublicKey;

use super::is_usable_key;

const PREFIX: Hrp = Hrp::parse_unchecked("xc");
/// Characters of an address: prefix, separator, 52 for 32 bytes, 6 for the checksum.
const LENGTH: usize = 2 + 1 + 52 + 6;

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It does not begin with `xc1`.
    #[error("an address begins with xc1")]
    NotAnAddress,
    /// Characters are missing or too many.
    #[error("an address has {LENGTH} characters, this has {0}")]
    Length(usize),
    /// The checksum does not fit, a character does not belong there, or the key in it is none.
    #[error("a character of the address is wrong")]
    Damaged,
}

/// The address of an identity: 61 lower-case characters.
pub fn address_text(identity: &PublicKey) -> String {
    bech32::encode::<Bech32m>(PREFIX, identity.as_bytes()).expect("32 bytes are within what bech32m takes")
}

/// The identity behind an address; space around it and all-capitals are forgiven.
pub fn parse_address(text: &str) -> Result<PublicKey, AddressError> {
    let text = text.trim();
    if !text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xc1")) {
        return Err(AddressError::NotAnAddress);
    }
    let characters = text.chars().count();
    if characters != LENGTH {
        return Err(AddressError::Length(characters));
    }
    let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|error| match error {
        CheckedHrpstringError::Checksum(ChecksumError::InvalidLength) => AddressError::Length(characters),
        _ => AddressError::Damaged,
    })?;
    let mut key = [0; 32];
    let mut bytes = checked.byte_iter();
    for place in &mut key {
        *place = bytes.next().ok_or(AddressError::Damaged)?;
    }
    let key = PublicKey::new(key);
    if bytes.next().is_some() || !is_usable_key(&key) {
        return Err(AddressError::Damaged);
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::IdentityKey;

    fn identity() -> PublicKey {
        IdentityKey::from_seed(&[7; 32]).public()
    }

    #[test]
    fn the_text_is_frozen() {
        assert_eq!(address_text(&identity()), "xc1af9xcclzn3fq40h42pa3xtk9lx25wa4wh6l8hyjzrm4xj9zx6gkqerumu0");
    }

    #[test]
    fn space_and_capitals_are_forgiven() {
        let text = format!("  {}\n", address_text(&identity()).to_uppercase());
        assert_eq!(parse_address(&text), Ok(identity()));
    }

    #[test]
    fn each_single_typing_error_is_found() {
        let text = address_text(&identity());
        for at in 3..text.len() {
            for typed in "qpzry9x8".chars() {
                let mut typo: Vec<char> = text.chars().collect();
                if typo[at] != typed {
                    typo[at] = typed;
                    let typo: String = typo.into_iter().collect();
                    assert_eq!(parse_address(&typo), Err(AddressError::Damaged), "{typo}");
                }
            }
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let text = address_text(&identity());
        assert_eq!(parse_address("hello"), Err(AddressError::NotAnAddress));
        assert_eq!(parse_address(""), Err(AddressError::NotAnAddress));
        assert_eq!(parse_address(&text[..60]), Err(AddressError::Length(60)));
        assert_eq!(parse_address(&format!("{text}q")), Err(AddressError::Length(62)));
        let bech32 = bech32::encode::<bech32::Bech32>(PREFIX, identity().as_bytes()).unwrap();
        assert_eq!(parse_address(&bech32), Err(AddressError::Damaged));
    }

    #[test]
    fn a_key_that_is_none_is_refused_though_its_checksum_fits() {
        let mut weak = [0; 32];
        weak[0] = 1;
        assert_eq!(parse_address(&address_text(&PublicKey::new(weak))), Err(AddressError::Damaged));
    }

    proptest! {
        #[test]
        fn every_identity_survives(seed: [u8; 32]) {
            let key = IdentityKey::from_seed(&seed).public();
            prop_assert_eq!(parse_address(&address_text(&key)), Ok(key));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(xc1)?\\PC*") {
            let _ = parse_address(&text);
        }
    }
}
