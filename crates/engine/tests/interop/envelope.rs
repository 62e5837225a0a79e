//! Envelopes (PROTOCOL.md, section 13) by the peer's HPKE: what it seals opens here, what is sealed here opens there.

use mls_rs_core::crypto::{CipherSuiteProvider, CryptoProvider, HpkeCiphertext};
use openmls_traits::OpenMlsProvider as _;
use proptest::prelude::*;
use xchat_engine::card::{SealKeyPair, open_envelope, seal_envelope};
use xchat_engine::provider::MlsProvider;
use xchat_wire::Address;

use super::suite::{HYBRID, HybridProvider, HybridSuite};

/// Format 1, then an X-Wing ciphertext, then what the AEAD gives.
const ENCAPSULATED: usize = 1120;

fn suite() -> HybridSuite {
    HybridProvider.cipher_suite_provider(HYBRID).unwrap()
}

fn info(inbox: &Address) -> Vec<u8> {
    [b"xchat inbox envelope 1".as_slice(), inbox.as_bytes()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_envelope_opens_with_another_hpke_and_one_by_another_hpke_opens(
        seed: [u8; 32], inbox: [u8; 32], plaintext in prop::collection::vec(any::<u8>(), 0..1000),
    ) {
        let (provider, inbox) = (MlsProvider::new(), Address::new(inbox));
        let ours = SealKeyPair::derive(provider.crypto(), &seed).unwrap();
        let (secret, public) = suite().kem_derive(&seed).unwrap();
        prop_assert_eq!(public.as_ref(), ours.public().as_bytes(), "one key pair of one seed");

        let envelope = seal_envelope(provider.crypto(), ours.public(), &inbox, &plaintext).unwrap();
        prop_assert_eq!(envelope[0], 1);
        let (kem_output, ciphertext) = envelope[1..].split_at(ENCAPSULATED);
        let sealed = HpkeCiphertext { kem_output: kem_output.to_vec(), ciphertext: ciphertext.to_vec() };
        let padded = suite().hpke_open(&sealed, &secret, &public, &info(&inbox), None).unwrap();
        let mut expected = (plaintext.len() as u32).to_be_bytes().to_vec();
        expected.extend_from_slice(&plaintext);
        prop_assert_eq!(&padded[..expected.len()], expected.as_slice());
        prop_assert!(padded.len().is_multiple_of(256) && padded[expected.len()..].iter().all(|byte| *byte == 0));

        let sealed = suite().hpke_seal(&public, &info(&inbox), None, &padded).unwrap();
        let theirs = [[1].as_slice(), &sealed.kem_output, &sealed.ciphertext].concat();
        let opened = open_envelope(provider.crypto(), &ours, &inbox, &theirs).unwrap();
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
    }
}
