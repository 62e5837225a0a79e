//! The storage provider beside OpenMLS's own memory storage: two devices, one on each, reload before every operation and
//! stay in step.
#![allow(clippy::unwrap_used)]

use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, LeafNodeParameters, MlsGroup,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, OpenMlsProvider,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, StagedWelcome,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use xchat_engine::provider::MlsProvider;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

struct Key(ed25519_dalek::SigningKey);

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        use ed25519_dalek::Signer as _;
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> openmls_traits::types::SignatureScheme {
        openmls_traits::types::SignatureScheme::ED25519
    }
}

struct Device<P> {
    provider: P,
    key: Key,
    group: GroupId,
}

fn parse(message: MlsMessageOut) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact_bytes(&message.tls_serialize_detached().unwrap()).unwrap()
}

impl<P: OpenMlsProvider> Device<P> {
    fn new(provider: P, seed: u8) -> Self {
        let key = Key(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]));
        Self { provider, key, group: GroupId::from_slice(&[9; 32]) }
    }

    fn credential(&self) -> CredentialWithKey {
        let public = self.key.0.verifying_key().to_bytes().to_vec();
        CredentialWithKey { credential: BasicCredential::new(public.clone()).into(), signature_key: public.into() }
    }

    fn load(&self) -> MlsGroup {
        MlsGroup::load(self.provider.storage(), &self.group).unwrap().unwrap()
    }

    fn create(&self) {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(Capabilities::builder().ciphersuites(vec![SUITE]).build())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        MlsGroup::new_with_group_id(&self.provider, &self.key, &config, self.group.clone(), self.credential()).unwrap();
    }

    fn package(&self) -> KeyPackage {
        let capabilities = Capabilities::builder().ciphersuites(vec![SUITE]).build();
        let builder = KeyPackage::builder().leaf_node_capabilities(capabilities);
        builder.build(SUITE, &self.provider, &self.key, self.credential()).unwrap().into_key_package()
    }

    fn add(&self, package: KeyPackage) -> MlsMessageOut {
        let (_, welcome, _) = self.load().add_members(&self.provider, &self.key, &[package]).unwrap();
        self.load().merge_pending_commit(&self.provider).unwrap();
        welcome
    }

    fn join(&self, welcome: MlsMessageOut) {
        let MlsMessageBodyIn::Welcome(welcome) = parse(welcome).extract() else { panic!("no welcome") };
        let config = MlsGroupJoinConfig::builder().wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY).build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None).unwrap();
        staged.into_group(&self.provider).unwrap();
    }

    fn say(&self, text: &[u8]) -> MlsMessageOut {
        self.load().create_message(&self.provider, &self.key, text).unwrap()
    }

    /// Stages an update; kept over a reload, then merged or cleared.
    fn update(&self) -> MlsMessageOut {
        let bundle = self.load().self_update(&self.provider, &self.key, LeafNodeParameters::default()).unwrap();
        bundle.into_commit()
    }

    fn merge(&self) {
        self.load().merge_pending_commit(&self.provider).unwrap();
    }

    fn clear(&self) {
        self.load().clear_pending_commit(self.provider.storage()).unwrap();
    }

    fn hear(&self, message: MlsMessageOut) -> Option<Vec<u8>> {
        let mut group = self.load();
        let message = parse(message).try_into_protocol_message().unwrap();
        match group.process_message(&self.provider, message).unwrap().into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Some(message.into_bytes()),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(&self.provider, *staged).unwrap();
                None
            }
            _ => panic!("unexpected content"),
        }
    }

    fn secret(&self) -> Vec<u8> {
        self.load().export_secret(self.provider.crypto(), "test", b"", 32).unwrap()
    }
}

#[test]
fn a_device_on_our_storage_and_one_on_openmls_own_stay_in_step() {
    let ours = MlsProvider::new();
    ours.reseed([3; 32]);
    let (ada, ben) = (Device::new(ours, 1), Device::new(OpenMlsRustCrypto::default(), 2));
    ada.create();
    ben.join(ada.add(ben.package()));
    assert_eq!(ada.secret(), ben.secret());
    for round in 0..3u8 {
        assert_eq!(ben.hear(ada.say(&[round])), Some(vec![round]));
        assert_eq!(ada.hear(ben.say(&[round, 1])), Some(vec![round, 1]));
        let lost = ada.update();
        drop(lost);
        ada.clear();
        let commit = ben.update();
        ada.hear(commit);
        ben.merge();
        assert_eq!(ada.secret(), ben.secret());
        let commit = ada.update();
        ben.hear(commit);
        ada.merge();
        assert_eq!(ada.secret(), ben.secret());
    }
}

#[test]
fn a_device_that_joins_on_our_storage_follows_one_on_openmls_own() {
    let ours = MlsProvider::new();
    ours.reseed([4; 32]);
    let (ada, ben) = (Device::new(OpenMlsRustCrypto::default(), 1), Device::new(ours, 2));
    ada.create();
    ben.join(ada.add(ben.package()));
    assert_eq!(ben.hear(ada.say(b"hello")), Some(b"hello".to_vec()));
    let commit = ben.update();
    ada.hear(commit);
    ben.merge();
    assert_eq!(ada.secret(), ben.secret());
}
