//! A member on mls-rs.

use std::collections::BTreeMap;

use mls_rs::client_builder::MlsConfig;
use mls_rs::extension::built_in::RequiredCapabilitiesExt;
use mls_rs::group::{CommitEffect, ReceivedMessage};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::{CipherSuiteProvider, Client, CryptoProvider, Extension, ExtensionList, Group, MlsMessage};
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::ExtensionType;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

use super::member::{Change, Committed, Heard, Member, NOTE, Said, Suite};
use super::suite::{HYBRID, HybridProvider};

pub fn member(name: &str, suite: Suite) -> Box<dyn Member> {
    match suite {
        Suite::Classical => with(name, RustCryptoProvider::default(), CipherSuite::CURVE25519_AES128),
        Suite::Hybrid => with(name, HybridProvider, HYBRID),
    }
}

fn with<P: CryptoProvider + Clone + 'static>(name: &str, provider: P, suite: CipherSuite) -> Box<dyn Member> {
    let (secret, public) = provider.cipher_suite_provider(suite).unwrap().signature_key_generate().unwrap();
    let credential = BasicCredential::new(name.as_bytes().to_vec());
    let rules = DefaultMlsRules::new()
        .with_commit_options(CommitOptions::new().with_path_required(true))
        .with_encryption_options(EncryptionOptions::new(true, mls_rs::client_builder::PaddingMode::Padme));
    let client = Client::builder()
        .identity_provider(BasicIdentityProvider)
        .crypto_provider(provider)
        .mls_rules(rules)
        .extension_type(ExtensionType::new(NOTE))
        .signing_identity(SigningIdentity::new(credential.into_credential(), public), secret, suite)
        .build();
    Box::new(Theirs { name: name.to_owned(), client, group: None })
}

struct Theirs<C: MlsConfig> {
    name: String,
    client: Client<C>,
    group: Option<Group<C>>,
}

fn note(bytes: &[u8]) -> ExtensionList {
    let mut extensions = ExtensionList::new();
    let required = RequiredCapabilitiesExt { extensions: vec![ExtensionType::new(NOTE)], ..Default::default() };
    extensions.set_from(required).unwrap();
    extensions.set(Extension::new(ExtensionType::new(NOTE), bytes.to_vec()));
    extensions
}

impl<C: MlsConfig> Theirs<C> {
    fn group(&self) -> &Group<C> {
        self.group.as_ref().unwrap()
    }

    fn group_mut(&mut self) -> &mut Group<C> {
        self.group.as_mut().unwrap()
    }

    fn who(&self, index: u32) -> String {
        let member = self.group().member_at_index(index).unwrap();
        let credential = member.signing_identity.credential.as_basic().unwrap();
        String::from_utf8(credential.identifier.clone()).unwrap()
    }
}

impl<C: MlsConfig + 'static> Member for Theirs<C> {
    fn name(&self) -> &str {
        &self.name
    }

    fn create(&mut self, id: &[u8], text: &[u8]) {
        let group = self.client.create_group_with_id(id.to_vec(), note(text), ExtensionList::new(), None).unwrap();
        self.group = Some(group);
    }

    fn key_package(&mut self) -> Vec<u8> {
        let package = self.client.generate_key_package_message(ExtensionList::new(), ExtensionList::new(), None);
        package.unwrap().to_bytes().unwrap()
    }

    fn join(&mut self, welcome: &[u8]) {
        let (group, _) = self.client.join_group(None, &MlsMessage::from_bytes(welcome).unwrap(), None).unwrap();
        self.group = Some(group);
    }

    fn commit(&mut self, change: &Change) -> Committed {
        let roster = self.roster();
        let mut builder = self.group_mut().commit_builder();
        match change {
            Change::Update => {}
            Change::Add(package) => builder = builder.add_member(MlsMessage::from_bytes(package).unwrap()).unwrap(),
            Change::Remove(name) => builder = builder.remove_member(roster[name]).unwrap(),
            Change::Note(text) => builder = builder.set_group_context_ext(note(text)).unwrap(),
        }
        let output = builder.build().unwrap();
        Committed {
            commit: output.commit_message().to_bytes().unwrap(),
            welcome: output.welcome_messages().first().map(|welcome| welcome.to_bytes().unwrap()),
        }
    }

    fn merge(&mut self) {
        self.group_mut().apply_pending_commit().unwrap();
    }

    fn discard(&mut self) {
        self.group_mut().clear_pending_commit();
    }

    fn say(&mut self, text: &[u8], aad: &[u8]) -> Vec<u8> {
        self.group_mut().encrypt_application_message(text, aad.to_vec()).unwrap().to_bytes().unwrap()
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, String> {
        let message = MlsMessage::from_bytes(bytes).map_err(|error| error.to_string())?;
        match self.group_mut().process_incoming_message(message).map_err(|error| error.to_string())? {
            ReceivedMessage::ApplicationMessage(message) => Ok(Heard::Said(Said {
                who: self.who(message.sender_index),
                text: message.data().to_vec(),
                aad: message.authenticated_data.clone(),
            })),
            ReceivedMessage::Commit(commit) => match commit.effect {
                CommitEffect::NewEpoch(_) => Ok(Heard::Commit),
                CommitEffect::Removed { .. } => Ok(Heard::Removed),
                CommitEffect::ReInit(_) => Err("nobody closes the group".to_owned()),
            },
            other => Err(format!("unexpected: {other:?}")),
        }
    }

    fn epoch(&self) -> u64 {
        self.group().current_epoch()
    }

    fn exported(&self, label: &str, context: &[u8], length: usize) -> Vec<u8> {
        self.group().export_secret(label.as_bytes(), context, length).unwrap().as_bytes().to_vec()
    }

    fn authenticator(&self) -> Vec<u8> {
        self.group().epoch_authenticator().unwrap().as_bytes().to_vec()
    }

    fn roster(&self) -> BTreeMap<String, u32> {
        self.group().roster().members_iter().map(|member| (self.who(member.index), member.index)).collect()
    }

    fn note(&self) -> Option<Vec<u8>> {
        let extension = self.group().context().extensions.get(ExtensionType::new(NOTE));
        extension.map(|extension| extension.extension_data)
    }
}
