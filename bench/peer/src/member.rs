//! One member of groups, without a database: what `Device` does in a browser, and what is measured natively.

use std::{collections::HashMap, fmt::Debug};

use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, LeafNodeParameters, MlsGroup,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, ProtocolVersion, StagedWelcome,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_traits::{
    OpenMlsProvider as _,
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};
use sha2::{Digest, Sha256};
use xchat_engine::{api::ChatId, provider::MlsProvider, rows::Scope};

/// What went wrong, in the library's own words.
#[derive(Debug)]
pub struct Failed(pub String);

/// Any error as one.
pub(crate) fn failed(error: impl Debug) -> Failed {
    Failed(format!("{error:?}"))
}

/// Of all calls here.
pub type Result<T> = std::result::Result<T, Failed>;

struct Key(SigningKey);

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> std::result::Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// A commit that adds people, and the welcome for all of them.
pub struct Added {
    /// For those who are in the group.
    pub commit: Vec<u8>,
    /// For those who come in; the ratchet tree is inside.
    pub welcome: Vec<u8>,
}

/// A client: its key, its rows, its groups. Calls come one after another; each begins a step as the engine does, with fresh randomness.
pub struct Member {
    name: String,
    suite: Ciphersuite,
    key: Key,
    pub(crate) provider: MlsProvider,
    /// As the engine keeps them: read from rows when they are first needed.
    groups: HashMap<String, MlsGroup>,
}

impl Member {
    /// `suite`: its number in RFC 9420's registry. `key`: the seed of the signature key.
    pub fn new(name: &str, suite: u16, key: [u8; 32]) -> Result<Self> {
        let suite = Ciphersuite::try_from(suite).map_err(failed)?;
        let key = Key(SigningKey::from_bytes(&key));
        Ok(Self { name: name.to_owned(), suite, key, provider: MlsProvider::new(), groups: HashMap::new() })
    }

    /// A fresh one-time key package.
    pub fn key_package(&mut self) -> Result<Vec<u8>> {
        self.step()?;
        let builder = KeyPackage::builder().leaf_node_capabilities(self.capabilities());
        let bundle = builder.build(self.suite, &self.provider, &self.key, self.credential()).map_err(failed)?;
        write(MlsMessageOut::from(bundle.into_key_package()))
    }

    /// A group of this member alone.
    pub fn create(&mut self, group: &str) -> Result<()> {
        self.step()?;
        self.provider.storage().enter(scope(group));
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(self.suite)
            .capabilities(self.capabilities())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .build();
        let id = GroupId::from_slice(group.as_bytes());
        let made = MlsGroup::new_with_group_id(&self.provider, &self.key, &config, id, self.credential());
        self.groups.insert(group.to_owned(), made.map_err(failed)?);
        Ok(())
    }

    /// One commit that adds all, merged here.
    pub fn add(&mut self, group: &str, packages: &[Vec<u8>]) -> Result<Added> {
        self.need(group)?;
        let mut members = Vec::with_capacity(packages.len());
        for bytes in packages {
            let MlsMessageBodyIn::KeyPackage(package) = read(bytes)? else {
                return Err(Failed("not a key package".to_owned()));
            };
            members.push(package.validate(self.provider.crypto(), ProtocolVersion::Mls10).map_err(failed)?);
        }
        let (open, provider, key) = self.open(group)?;
        let (commit, welcome, _) = open.add_members_without_update(provider, key, &members).map_err(failed)?;
        open.merge_pending_commit(provider).map_err(failed)?;
        Ok(Added { commit: write(commit)?, welcome: write(welcome)? })
    }

    /// Joins; the group is known by its id from then on.
    pub fn join(&mut self, welcome: &[u8]) -> Result<String> {
        self.step()?;
        let MlsMessageBodyIn::Welcome(welcome) = read(welcome)? else {
            return Err(Failed("not a welcome".to_owned()));
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None).map_err(failed)?;
        let id = String::from_utf8(staged.group_context().group_id().as_slice().to_vec()).map_err(failed)?;
        self.provider.storage().enter(scope(&id));
        let group = staged.into_group(&self.provider).map_err(failed)?;
        self.groups.insert(id.clone(), group);
        Ok(id)
    }

    /// One application message.
    pub fn encrypt(&mut self, group: &str, plaintext: &[u8]) -> Result<Vec<u8>> {
        self.need(group)?;
        let (open, provider, key) = self.open(group)?;
        write(open.create_message(provider, key, plaintext).map_err(failed)?)
    }

    /// Opens another member's message, or applies their commit (then nothing comes back).
    pub fn process(&mut self, group: &str, message: &[u8]) -> Result<Option<Vec<u8>>> {
        self.need(group)?;
        let MlsMessageBodyIn::PrivateMessage(message) = read(message)? else {
            return Err(Failed("not a private message".to_owned()));
        };
        let (open, provider, _) = self.open(group)?;
        let processed = open.process_message(provider, message).map_err(failed)?;
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Ok(Some(message.into_bytes())),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                open.merge_staged_commit(provider, *staged).map_err(failed)?;
                Ok(None)
            }
            _ => Err(Failed("neither message nor commit".to_owned())),
        }
    }

    /// A commit that renews this member's leaf and path, merged here.
    pub fn update(&mut self, group: &str) -> Result<Vec<u8>> {
        self.need(group)?;
        let (open, provider, key) = self.open(group)?;
        let bundle = open.self_update(provider, key, LeafNodeParameters::default()).map_err(failed)?;
        open.merge_pending_commit(provider).map_err(failed)?;
        write(bundle.into_commit())
    }

    /// Forgets what was changed, for members without a database.
    pub fn discard_changes(&self) {
        self.provider.storage().take_changes();
    }

    fn open(&mut self, group: &str) -> Result<(&mut MlsGroup, &MlsProvider, &Key)> {
        let open = self.groups.get_mut(group).ok_or_else(|| Failed("no such group".to_owned()))?;
        Ok((open, &self.provider, &self.key))
    }

    fn credential(&self) -> CredentialWithKey {
        let credential = BasicCredential::new(self.name.clone().into_bytes()).into();
        CredentialWithKey { credential, signature_key: self.key.0.verifying_key().to_bytes().to_vec().into() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::builder().versions(vec![ProtocolVersion::Mls10]).ciphersuites(vec![self.suite]).build()
    }

    fn step(&self) -> Result<()> {
        self.provider.reseed(random()?);
        Ok(())
    }

    /// Begins a step in a group, which is read from its rows when it is not in memory.
    fn need(&mut self, group: &str) -> Result<()> {
        self.step()?;
        self.provider.storage().enter(scope(group));
        if !self.groups.contains_key(group) {
            let stored = MlsGroup::load(self.provider.storage(), &GroupId::from_slice(group.as_bytes()));
            let stored = stored.map_err(failed)?.ok_or_else(|| Failed("no such group".to_owned()))?;
            self.groups.insert(group.to_owned(), stored);
        }
        Ok(())
    }
}

/// A group's rows are a conversation's.
pub(crate) fn scope(group: &str) -> Scope {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(group.as_bytes())[..16]);
    Scope::Chat(ChatId(id))
}

/// Fresh randomness.
pub fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn write(message: MlsMessageOut) -> Result<Vec<u8>> {
    message.tls_serialize_detached().map_err(failed)
}

fn read(bytes: &[u8]) -> Result<MlsMessageBodyIn> {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).map(MlsMessageIn::extract).map_err(failed)
}
