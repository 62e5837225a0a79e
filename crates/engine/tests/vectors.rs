//! The MLS working group's vectors through the engine's own provider, natively and in the browser.
#![allow(clippy::unwrap_used)]

use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, KeyPackage, KeyPackageBundle, MlsGroup, MlsGroupJoinConfig,
    MlsMessageBodyIn, MlsMessageIn, OpenMlsSignaturePublicKey, ProcessedMessageContent, RatchetTreeIn, StagedWelcome,
    Verifiable as _, Welcome,
    tls_codec::{Deserialize as _, DeserializeBytes as _},
};
use openmls::schedule::PreSharedKeyId;
use openmls_traits::{OpenMlsProvider as _, storage::StorageProvider as _};
use serde_json::Value;
use xchat_engine::provider::MlsProvider;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const PASSIVE: &str = include_str!("../../../tests/fixtures/mls-vectors/passive-client-welcome.json");
const WELCOME: &str = include_str!("../../../tests/fixtures/mls-vectors/welcome.json");
const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn message(bytes: &[u8]) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).unwrap()
}

/// The serde form of a private key with other bytes in it.
fn with_bytes(form: &Value, bytes: &[u8]) -> Value {
    match form {
        Value::Array(items) if items.iter().all(Value::is_u64) => bytes.iter().copied().map(Value::from).collect(),
        Value::Array(items) => items.iter().map(|item| with_bytes(item, bytes)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), with_bytes(field, bytes))).collect())
        }
        other => other.clone(),
    }
}

/// A stored key package out of a vector. OpenMLS makes such bundles only with fresh keys, so one is made and refilled with the
/// private keys that the vector has.
fn store_key_package(provider: &MlsProvider, vector: &Value) {
    let MlsMessageBodyIn::KeyPackage(package) = message(&bytes(&vector["key_package"])).extract() else {
        panic!("no key package in the vector")
    };
    // Its lifetime is long over, so it is not validated but taken over as it is.
    let package: KeyPackage = serde_json::from_value(serde_json::to_value(&package).unwrap()).unwrap();
    let signer = Signer(ed25519_dalek::SigningKey::from_bytes(&[1; 32]));
    let credential = CredentialWithKey {
        credential: BasicCredential::new(b"somebody".to_vec()).into(),
        signature_key: signer.0.verifying_key().to_bytes().to_vec().into(),
    };
    let fresh = KeyPackage::builder().build(SUITE, provider, &signer, credential).unwrap();
    let mut form = serde_json::to_value(&fresh).unwrap();
    form["key_package"] = serde_json::to_value(&package).unwrap();
    for (field, name) in [("private_init_key", "init_priv"), ("private_encryption_key", "encryption_priv")] {
        if !vector[name].is_null() {
            form[field] = with_bytes(&form[field], &bytes(&vector[name]));
        }
    }
    let bundle: KeyPackageBundle = serde_json::from_value(form).unwrap();
    let reference = package.hash_ref(provider.crypto()).unwrap();
    provider.storage().write_key_package(&reference, &bundle).unwrap();
}

fn welcome(vector: &Value) -> Welcome {
    match message(&bytes(&vector["welcome"])).extract() {
        MlsMessageBodyIn::Welcome(welcome) => welcome,
        _ => panic!("no welcome in the vector"),
    }
}

struct Signer(ed25519_dalek::SigningKey);

impl openmls_traits::signatures::Signer for Signer {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, openmls_traits::signatures::SignerError> {
        use ed25519_dalek::Signer as _;
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> openmls_traits::types::SignatureScheme {
        openmls_traits::types::SignatureScheme::ED25519
    }
}

/// Joins, and follows every epoch of the vector.
fn follow(vector: &Value) {
    let provider = MlsProvider::new();
    provider.reseed([7; 32]);
    store_key_package(&provider, vector);
    for psk in vector["external_psks"].as_array().unwrap() {
        let id = PreSharedKeyId::external(bytes(&psk["psk_id"]), vec![0; 32]);
        id.store(&provider, &bytes(&psk["psk"])).unwrap();
    }
    let tree = vector["ratchet_tree"].as_str().map(|text| {
        let bytes = hex::decode(text).unwrap();
        RatchetTreeIn::tls_deserialize(&mut bytes.as_slice()).unwrap()
    });
    let config = MlsGroupJoinConfig::builder().use_ratchet_tree_extension(true).build();
    let mut joining =
        StagedWelcome::build_from_welcome(&provider, &config, welcome(vector)).unwrap().skip_lifetime_validation();
    if let Some(tree) = tree {
        joining = joining.with_ratchet_tree(tree);
    }
    let staged = joining.build().unwrap();
    let group = staged.into_group(&provider).unwrap();
    assert_eq!(group.epoch_authenticator().as_slice(), bytes(&vector["initial_epoch_authenticator"]));

    for epoch in vector["epochs"].as_array().unwrap() {
        // Each step begins from the stored rows, as after a restart.
        let mut group = MlsGroup::load(provider.storage(), group.group_id()).unwrap().unwrap();
        for proposal in epoch["proposals"].as_array().unwrap() {
            let processed =
                group.process_message(&provider, message(&bytes(proposal)).try_into_protocol_message().unwrap());
            match processed.unwrap().into_content() {
                ProcessedMessageContent::ProposalMessage(proposal) => {
                    group.store_pending_proposal(provider.storage(), *proposal).unwrap();
                }
                _ => panic!("no proposal"),
            }
        }
        let commit = message(&bytes(&epoch["commit"])).try_into_protocol_message().unwrap();
        match group.process_message(&provider, commit).unwrap().into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(&provider, *staged).unwrap();
            }
            _ => panic!("no commit"),
        }
        assert_eq!(group.epoch_authenticator().as_slice(), bytes(&epoch["epoch_authenticator"]));
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_passive_client_joins_and_follows_every_epoch_of_the_vectors() {
    let vectors: Vec<Value> = serde_json::from_str(PASSIVE).unwrap();
    let ours: Vec<_> = vectors.iter().filter(|vector| vector["cipher_suite"] == 1).collect();
    assert_eq!(ours.len(), 8);
    ours.into_iter().for_each(follow);
}

/// Opens a welcome without its ratchet tree, which these vectors do not have: group secrets and GroupInfo are decrypted, then the
/// GroupInfo's signature is verified. Its confirmation tag is checked when a tree is there, as in the passive client's vectors.
fn open(vector: &Value, signer: &[u8]) -> bool {
    let provider = MlsProvider::new();
    provider.reseed([7; 32]);
    store_key_package(&provider, vector);
    let config = MlsGroupJoinConfig::default();
    let joining = StagedWelcome::build_from_welcome(&provider, &config, welcome(vector)).unwrap();
    let key = OpenMlsSignaturePublicKey::new(signer.to_vec().into(), SUITE.signature_algorithm()).unwrap();
    joining.processed_welcome().unverified_group_info().verify_no_out(provider.crypto(), &key).is_ok()
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn the_welcome_of_the_vectors_opens_and_is_signed_by_its_signer_alone() {
    let vectors: Vec<Value> = serde_json::from_str(WELCOME).unwrap();
    let ours: Vec<_> = vectors.iter().filter(|vector| vector["cipher_suite"] == 1).collect();
    assert_eq!(ours.len(), 1);
    assert!(open(ours[0], &bytes(&ours[0]["signer_pub"])));
    let somebody = Signer(ed25519_dalek::SigningKey::from_bytes(&[2; 32])).0.verifying_key().to_bytes();
    assert!(!open(ours[0], &somebody));
}
