use proptest::prelude::*;

use super::super::SEAL_KEY_LEN;
use super::*;
use crate::picture::MAX_PICTURE;

pub(in super::super) fn key() -> IdentityKey {
    IdentityKey::from_seed(&[7; 32])
}

pub(in super::super) fn device(relay: &str) -> CardDevice {
    CardDevice {
        relay: Origin::parse(relay).unwrap(),
        inbox: Address::new([1; 32]),
        writer: WriterSeed::new([2; 32]),
        seal_key: SealKey::from_slice(&[3; SEAL_KEY_LEN]).unwrap(),
        key: PublicKey::new([4; 32]),
    }
}

pub(in super::super) fn card() -> Card {
    Card {
        identity: key().public(),
        name: Name::parse("Ada").unwrap(),
        devices: vec![device("https://chat.example")],
        version: 3,
        picture: None,
        about: None,
    }
}

pub(in super::super) fn largest() -> Card {
    let relay = format!("https://{}", "a".repeat(247));
    Card {
        name: Name::parse(&"\u{1f980}".repeat(48)).unwrap(),
        devices: vec![device(&relay); MAX_DEVICES],
        version: u64::MAX,
        picture: Some([&[0xff, 0xd8, 0xff], [7; MAX_PICTURE - 3].as_slice()].concat().into()),
        about: About::parse(&"\u{1f980}".repeat(140)).unwrap(),
        ..card()
    }
}

fn encode(card: &Card) -> Vec<u8> {
    xchat_wire::encode(&Statement::from(card.clone()))
}

fn signed(statement: &[u8]) -> Vec<u8> {
    Signed::sign(&key(), Context::Card, statement)
}

#[test]
fn the_bytes_are_frozen() {
    use sha2::{Digest, Sha256};
    let card = Card { devices: Vec::new(), ..card() }.sign(&key()).unwrap();
    assert_eq!(
        hex::encode(card.bytes()),
        "a200582fa50001015820ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c0263416461038004030158405e1a110fd597ae2346997c7e128cf70abc4eef877bafc23680c816e35945d5ff7b219e39713e860016bbabcd5beea8268e97fa049fd910afc398142e3cab4f08"
    );
    let card = super::tests::card().sign(&key()).unwrap();
    assert_eq!(
        hex::encode(Sha256::digest(card.bytes())),
        "f1d172c9e033c1cc59e63f948471bfec5d08877fdb0a2f387a0f25e0880bd9d3"
    );
}

#[test]
fn a_signed_card_opens_as_it_was() {
    let signed = card().sign(&key()).unwrap();
    assert_eq!(SignedCard::open(signed.bytes()).unwrap(), signed);
    assert_eq!(signed.card(), &card());
}

#[test]
fn the_largest_card_is_within_the_limit() {
    let signed = largest().sign(&key()).unwrap();
    assert_eq!(SignedCard::open(signed.bytes()).unwrap().card(), &largest());
}

#[test]
fn nobody_signs_a_card_of_someone_else() {
    let stranger = IdentityKey::from_seed(&[8; 32]);
    assert_eq!(card().sign(&stranger), Err(CardError::OtherIdentity));
    let forged = Signed::sign(&stranger, Context::Card, &encode(&card()));
    assert_eq!(SignedCard::open(&forged), Err(CardError::Signature));
}

#[test]
fn a_certificate_of_the_same_bytes_is_no_card() {
    let other = Signed::sign(&key(), Context::DeviceCertificate, &encode(&card()));
    assert_eq!(SignedCard::open(&other), Err(CardError::Signature));
}

#[test]
fn too_many_devices_are_refused_on_both_ways() {
    let crowd = Card { devices: vec![device("https://chat.example"); MAX_DEVICES + 1], ..card() };
    assert_eq!(SignedCard::open(&signed(&encode(&crowd))), Err(CardError::Devices(9)));
    assert_eq!(crowd.sign(&key()), Err(CardError::Devices(9)));
}

#[test]
fn keys_of_a_later_app_are_skipped_and_a_later_format_is_named() {
    let mut statement = encode(&card());
    statement[0] = 0xa6;
    statement.extend_from_slice(&[0x07, 0x61, b'x']);
    assert_eq!(SignedCard::open(&signed(&statement)).unwrap().card(), &card());
    let mut statement = encode(&card());
    statement[2] = 2;
    assert_eq!(SignedCard::open(&signed(&statement)), Err(CardError::Format(2)));
}

#[test]
fn no_flipped_bit_passes() {
    let good = card().sign(&key()).unwrap();
    for at in 0..good.bytes().len() {
        let mut bad = good.bytes().to_vec();
        bad[at] ^= 1 << (at % 8);
        assert!(SignedCard::open(&bad).is_err(), "byte {at}");
    }
}

#[test]
fn a_name_that_breaks_the_rules_makes_no_card() {
    let bytes = encode(&card());
    let at = bytes.windows(3).position(|window| window == b"Ada").unwrap();
    let mut bad = bytes;
    bad[at] = b'\n';
    assert_eq!(SignedCard::open(&signed(&bad)), Err(CardError::Malformed));
}

#[test]
fn debug_shows_no_writer_seed() {
    let text = format!("{:?}", card().sign(&key()).unwrap());
    assert!(text.contains("WriterSeed(..)") && !text.contains("Ada"), "{text}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        prop_assert!(SignedCard::open(&bytes).is_err());
        prop_assert!(SignedCard::open(&signed(&bytes)).is_err());
    }
}

#[test]
fn what_is_no_picture_is_left_out_of_a_card_that_holds_without_it() {
    for bytes in [b"<svg/>".to_vec(), [&[0xff, 0xd8, 0xff], [7; MAX_PICTURE].as_slice()].concat()] {
        let bad = signed(&encode(&Card { picture: Some(bytes.into()), ..card() }));
        assert_eq!(SignedCard::open(&bad).unwrap().card(), &card());
    }
}

#[test]
fn a_line_that_breaks_the_rules_is_left_out_of_a_card_that_holds_without_it() {
    let mut statement = Statement::from(card());
    statement.about = Some("two\nlines".into());
    let opened = SignedCard::open(&signed(&xchat_wire::encode(&statement))).unwrap();
    assert_eq!(opened.card(), &card());
    statement.about = Some("Gone fishing".into());
    let opened = SignedCard::open(&signed(&xchat_wire::encode(&statement))).unwrap();
    assert_eq!(opened.card().about.clone().map(About::into_text).as_deref(), Some("Gone fishing"));
}
