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
use xchat_engine::{
    provider::{MlsProvider, MlsStorage},
    rows::{Change, Row, Scope, Table},
};

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

/// Labels of rows (`mls/storage.rs`): the tree, the message secrets, and what else changes with an epoch.
const TREE: u8 = 2;
const MESSAGE_SECRETS: u8 = 7;
const EPOCH: u8 = 19;
/// Of what is secret in an epoch, where each entity has a row: its secrets, and the private keys of its path.
const EPOCH_SECRETS: u8 = 10;
const EPOCH_KEYS: u8 = 17;

/// The labels of the group's rows that changed, and whether they are there now.
fn changed(device: &Device<MlsProvider>) -> Vec<(u8, bool)> {
    let of = |change: Change| (change.scope == Scope::Account).then(|| (change.key[0], change.value.is_some()));
    device.provider.storage().take_changes().into_iter().filter_map(of).collect()
}

fn pair(ours: MlsProvider) -> (Device<MlsProvider>, Device<OpenMlsRustCrypto>) {
    ours.reseed([5; 32]);
    let (ada, ben) = (Device::new(ours, 1), Device::new(OpenMlsRustCrypto::default(), 2));
    ada.create();
    ben.join(ada.add(ben.package()));
    (ada, ben)
}

#[test]
fn a_group_is_three_rows_of_which_a_message_changes_one() {
    let (ada, ben) = pair(MlsProvider::new());
    assert_eq!(changed(&ada), [(TREE, true), (MESSAGE_SECRETS, true), (EPOCH, true)]);
    ben.hear(ada.say(b"hello"));
    assert_eq!(changed(&ada), [(MESSAGE_SECRETS, true)]);
    ada.hear(ben.update());
    ben.merge();
    assert_eq!(changed(&ada), [(TREE, true), (MESSAGE_SECRETS, true), (EPOCH, true)]);
    assert_eq!(ada.secret(), ben.secret());
}

#[test]
fn rows_of_before_an_epoch_was_one_are_read_and_leave_no_secret_behind() {
    let (ada, ben) = pair(MlsProvider::new());
    // Each part as a row of its own, as they were stored once.
    let stored = ada.provider.storage().take_changes().into_iter().flat_map(|Change { table, key, value, .. }| {
        let value = value.unwrap();
        if key != [EPOCH] {
            return vec![Row { table, key, value }];
        }
        let mut parts = minicbor::Decoder::new(&value);
        let mut rows = Vec::new();
        while parts.position() < value.len() {
            let (key, value) = (parts.bytes().unwrap().to_vec(), parts.bytes().unwrap().to_vec());
            rows.push(Row { table: Table::Mls, key, value });
        }
        rows
    });
    let stored: Vec<Row> = stored.collect();
    assert_eq!(stored.len(), 11);
    let ours = MlsProvider::new();
    ours.reseed([6; 32]);
    ours.storage().load(Scope::Account, stored);
    let ada = Device { provider: ours, ..ada };
    assert_eq!(ada.secret(), ben.secret());
    assert_eq!(ben.hear(ada.say(b"hello")), Some(b"hello".to_vec()));
    assert_eq!(changed(&ada), [(MESSAGE_SECRETS, true)]);
    ada.hear(ben.update());
    ben.merge();
    assert_eq!(ada.secret(), ben.secret());
    let changed = changed(&ada);
    for gone in [EPOCH_SECRETS, EPOCH_KEYS] {
        assert!(changed.contains(&(gone, false)), "{changed:?}");
    }
    assert!(changed.contains(&(EPOCH, true)) && ada.load().epoch().as_u64() == 2);
}

#[test]
fn a_deleted_group_leaves_no_row() {
    let (ada, _ben) = pair(MlsProvider::new());
    changed(&ada);
    ada.load().delete(ada.provider.storage()).unwrap();
    assert_eq!(changed(&ada), [(TREE, false), (MESSAGE_SECRETS, false), (EPOCH, false)]);
}

#[test]
fn a_group_that_does_not_load_leaves_no_row_and_no_part_and_another_one_of_its_scope_goes_on() {
    let (ada, ben) = pair(MlsProvider::new());
    ada.hear(ben.update());
    ben.merge();
    let other = Device { group: GroupId::from_slice(&[8; 32]), ..ada };
    other.create();
    let storage = other.provider.storage();
    let rows =
        |storage: &MlsStorage| storage.take_changes().into_iter().filter(|change| change.scope == Scope::Account);
    let stored: Vec<Row> =
        rows(storage).filter_map(|Change { table, key, value, .. }| Some(Row { table, key, value: value? })).collect();
    let (broken, whole) = (GroupId::from_slice(&[9; 32]), other.group.clone());
    let tree = |row: &Row| row.key[0] == TREE && row.key.windows(2).any(|two| two == [9, 9]);
    let ours = MlsProvider::new();
    ours.reseed([7; 32]);
    ours.storage().load(Scope::Account, stored.into_iter().filter(|row| !tree(row)).collect());
    assert!(MlsGroup::load(ours.storage(), &broken).is_ok_and(|group| group.is_none()));
    ours.storage().erase(&broken).unwrap();
    let changed: Vec<Change> = rows(ours.storage()).collect();
    let labels: Vec<_> = changed.iter().map(|change| (change.key[0], change.value.is_some())).collect();
    assert_eq!(labels, [(MESSAGE_SECRETS, false), (EPOCH, true)]);
    let has = |bytes: &[u8], id: u8| bytes.windows(32).any(|some| some == [id; 32]);
    let row = changed[1].value.as_ref().unwrap();
    assert!(has(row, 8) && !has(row, 9));
    let other = Device { provider: ours, key: other.key, group: whole };
    let before = other.secret();
    other.update();
    other.merge();
    assert_ne!(other.secret(), before);
}
