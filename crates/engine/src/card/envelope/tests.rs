use openmls_rust_crypto::RustCrypto;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

const INBOX: Address = Address::new([1; 32]);

fn pair(crypto: &RustCrypto) -> SealKeyPair {
    SealKeyPair::derive(crypto, &[6; 32]).unwrap()
}

#[test]
fn the_key_of_a_seed_is_frozen() {
    let crypto = RustCrypto::default();
    assert_eq!(
        hex::encode(Sha256::digest(pair(&crypto).public().as_bytes())),
        "3a33e25ae00f783ce979a4aca7a102748c85b7fc079e774707b082d700e16a3b"
    );
}

#[test]
fn the_device_opens_what_was_sealed_to_it() {
    let crypto = RustCrypto::default();
    let sealed = seal_envelope(&crypto, pair(&crypto).public(), &INBOX, b"hello").unwrap();
    assert_eq!(open_envelope(&crypto, &pair(&crypto), &INBOX, &sealed).unwrap().as_slice(), b"hello");
}

#[test]
fn neither_another_device_nor_another_inbox_opens_it() {
    let crypto = RustCrypto::default();
    let sealed = seal_envelope(&crypto, pair(&crypto).public(), &INBOX, b"hello").unwrap();
    let other = SealKeyPair::derive(&crypto, &[7; 32]).unwrap();
    assert_eq!(open_envelope(&crypto, &other, &INBOX, &sealed), Err(EnvelopeError::Sealed));
    let elsewhere = Address::new([2; 32]);
    assert_eq!(open_envelope(&crypto, &pair(&crypto), &elsewhere, &sealed), Err(EnvelopeError::Sealed));
}

#[test]
fn the_length_is_padded() {
    let crypto = RustCrypto::default();
    let sealed = |length| seal_envelope(&crypto, pair(&crypto).public(), &INBOX, &vec![0; length]).unwrap().len();
    assert_eq!(sealed(0), 256 + OVERHEAD);
    assert_eq!(sealed(252), 256 + OVERHEAD);
    assert_eq!(sealed(10_000), sealed(10_200));
}

#[test]
fn the_largest_plaintext_fits_a_delivery_and_one_byte_more_is_refused() {
    let crypto = RustCrypto::default();
    let most = vec![1; MAX_ENVELOPE_PLAINTEXT];
    let sealed = seal_envelope(&crypto, pair(&crypto).public(), &INBOX, &most).unwrap();
    assert!(sealed.len() <= MAX_DELIVERY && sealed.len() + 2048 > MAX_DELIVERY);
    assert_eq!(open_envelope(&crypto, &pair(&crypto), &INBOX, &sealed).unwrap().as_slice(), most);
    let more = vec![1; most.len() + 1];
    let refused = seal_envelope(&crypto, pair(&crypto).public(), &INBOX, &more);
    assert_eq!(refused, Err(EnvelopeError::TooLarge(more.len())));
}

#[test]
fn changed_and_shortened_envelopes_do_not_open() {
    let crypto = RustCrypto::default();
    let pair = pair(&crypto);
    let good = seal_envelope(&crypto, pair.public(), &INBOX, b"hello").unwrap();
    for at in [1, 500, 1100, 1 + ENCAPSULATED, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(open_envelope(&crypto, &pair, &INBOX, &bad), Err(EnvelopeError::Sealed), "byte {at}");
    }
    for length in [0, 1, ENCAPSULATED, 1 + ENCAPSULATED, 1 + ENCAPSULATED + 15, good.len() - 1] {
        assert_eq!(open_envelope(&crypto, &pair, &INBOX, &good[..length]), Err(EnvelopeError::Sealed), "{length}");
    }
    let mut later = good;
    later[0] = 2;
    assert_eq!(open_envelope(&crypto, &pair, &INBOX, &later), Err(EnvelopeError::Format(2)));
}

#[test]
fn bytes_that_are_no_key_are_refused_without_a_panic() {
    let crypto = RustCrypto::default();
    // Every coefficient of ML-KEM's half is over its modulus (FIPS 203 7.2).
    let key = SealKey::from_slice(&[0xff; SEAL_KEY_LEN]).unwrap();
    assert_eq!(seal_envelope(&crypto, &key, &INBOX, b"hello"), Err(EnvelopeError::Key));
    assert_eq!(SealKey::from_slice(&[0; SEAL_KEY_LEN - 1]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let crypto = RustCrypto::default();
        if let Some(first) = bytes.first_mut() {
            *first = FORMAT;
        }
        prop_assert!(open_envelope(&crypto, &pair(&crypto), &INBOX, &bytes).is_err());
    }
}
