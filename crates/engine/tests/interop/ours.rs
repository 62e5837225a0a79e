//! A member on OpenMLS over the engine's provider. No group stays in memory: each operation loads it from its rows.

use std::collections::BTreeMap;

use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, Extension, ExtensionType, Extensions, GroupContext,
    GroupId, KeyPackage, KeyPackageIn, LeafNodeIndex, LeafNodeParameters, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY,
    ProcessedMessageContent, ProtocolVersion, RequiredCapabilitiesExtension, Sender, StagedWelcome, UnknownExtension,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_traits::OpenMlsProvider as _;
use openmls_traits::signatures::{Signer, SignerError};
use xchat_engine::provider::MlsProvider;

use super::member::{Change, Committed, Heard, Member, NOTE, Said, Suite};

/// The engine's least padding block.
const PADDING: usize = 256;

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

struct Ours {
    name: String,
    suite: Ciphersuite,
    provider: MlsProvider,
    key: Key,
    group: GroupId,
}

pub fn member(name: &str, suite: Suite, seed: [u8; 32]) -> Box<dyn Member> {
    let provider = MlsProvider::new();
    provider.reseed(seed);
    let suite = match suite {
        Suite::Classical => Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
        Suite::Hybrid => Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519,
    };
    let key = Key(ed25519_dalek::SigningKey::from_bytes(&seed));
    Box::new(Ours { name: name.to_owned(), suite, provider, key, group: GroupId::from_slice(&[]) })
}

fn parse(bytes: &[u8]) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).unwrap()
}

fn bytes(message: &MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}

fn note(text: &[u8]) -> Extensions<GroupContext> {
    let required = RequiredCapabilitiesExtension::new(&[ExtensionType::Unknown(NOTE)], &[], &[]);
    let note = Extension::Unknown(NOTE, UnknownExtension(text.to_vec()));
    Extensions::from_vec(vec![Extension::RequiredCapabilities(required), note]).unwrap()
}

impl Ours {
    fn load(&self) -> MlsGroup {
        MlsGroup::load(self.provider.storage(), &self.group).unwrap().unwrap()
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.name.clone().into_bytes()).into(),
            signature_key: self.key.0.verifying_key().to_bytes().to_vec().into(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::builder()
            .versions(vec![ProtocolVersion::Mls10])
            .ciphersuites(vec![self.suite])
            .extensions(vec![ExtensionType::LastResort, ExtensionType::Unknown(NOTE)])
            .build()
    }
}

fn name_of(credential: openmls::prelude::Credential) -> String {
    String::from_utf8(BasicCredential::try_from(credential).unwrap().identity().to_vec()).unwrap()
}

impl Member for Ours {
    fn name(&self) -> &str {
        &self.name
    }

    fn create(&mut self, id: &[u8], text: &[u8]) {
        self.group = GroupId::from_slice(id);
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(self.suite)
            .capabilities(self.capabilities())
            .with_group_context_extensions(note(text))
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .padding_size(PADDING)
            .build();
        MlsGroup::new_with_group_id(&self.provider, &self.key, &config, self.group.clone(), self.credential()).unwrap();
    }

    fn key_package(&mut self) -> Vec<u8> {
        let builder = KeyPackage::builder().leaf_node_capabilities(self.capabilities());
        let bundle = builder.build(self.suite, &self.provider, &self.key, self.credential()).unwrap();
        bytes(&MlsMessageOut::from(bundle.into_key_package()))
    }

    fn join(&mut self, welcome: &[u8]) {
        let MlsMessageBodyIn::Welcome(welcome) = parse(welcome).extract() else { panic!("no welcome") };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .padding_size(PADDING)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None).unwrap();
        self.group = staged.group_context().group_id().clone();
        staged.into_group(&self.provider).unwrap();
    }

    fn commit(&mut self, change: &Change) -> Committed {
        let (mut group, provider, key) = (self.load(), &self.provider, &self.key);
        let (commit, welcome) = match change {
            Change::Update => {
                let bundle = group.self_update(provider, key, LeafNodeParameters::default()).unwrap();
                (bundle.into_commit(), None)
            }
            Change::Add(package) => {
                let MlsMessageBodyIn::KeyPackage(package) = parse(package).extract() else { panic!("no key package") };
                let package: KeyPackageIn = package;
                let package = package.validate(provider.crypto(), ProtocolVersion::Mls10).unwrap();
                let (commit, welcome, _) = group.add_members(provider, key, &[package]).unwrap();
                (commit, Some(welcome))
            }
            Change::Remove(name) => {
                let leaf = LeafNodeIndex::new(self.roster()[name]);
                let (commit, welcome, _) = group.remove_members(provider, key, &[leaf]).unwrap();
                (commit, welcome)
            }
            Change::Note(text) => {
                let (commit, welcome, _) = group.update_group_context_extensions(provider, note(text), key).unwrap();
                (commit, welcome)
            }
        };
        Committed { commit: bytes(&commit), welcome: welcome.as_ref().map(bytes) }
    }

    fn merge(&mut self) {
        self.load().merge_pending_commit(&self.provider).unwrap();
    }

    fn discard(&mut self) {
        self.load().clear_pending_commit(self.provider.storage()).unwrap();
    }

    fn say(&mut self, text: &[u8], aad: &[u8]) -> Vec<u8> {
        let mut group = self.load();
        group.set_aad(aad.to_vec());
        bytes(&group.create_message(&self.provider, &self.key, text).unwrap())
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, String> {
        let mut group = self.load();
        let MlsMessageBodyIn::PrivateMessage(message) = parse(bytes).extract() else {
            return Err("not a PrivateMessage".to_owned());
        };
        let processed = group.process_message(&self.provider, message).map_err(|error| error.to_string())?;
        let Sender::Member(author) = *processed.sender() else { return Err("from no member".to_owned()) };
        let who = name_of(group.member_at(author).unwrap().credential);
        let aad = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                Ok(Heard::Said(Said { who, text: message.into_bytes(), aad }))
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let removed = staged.self_removed();
                group.merge_staged_commit(&self.provider, *staged).map_err(|error| error.to_string())?;
                Ok(if removed { Heard::Removed } else { Heard::Commit })
            }
            _ => Err("neither message nor commit".to_owned()),
        }
    }

    fn epoch(&self) -> u64 {
        self.load().epoch().as_u64()
    }

    fn exported(&self, label: &str, context: &[u8], length: usize) -> Vec<u8> {
        self.load().export_secret(self.provider.crypto(), label, context, length).unwrap()
    }

    fn authenticator(&self) -> Vec<u8> {
        self.load().epoch_authenticator().as_slice().to_vec()
    }

    fn roster(&self) -> BTreeMap<String, u32> {
        self.load().members().map(|member| (name_of(member.credential), member.index.u32())).collect()
    }

    fn note(&self) -> Option<Vec<u8>> {
        self.load().extensions().unknown(NOTE).map(|extension| extension.0.clone())
    }
}
