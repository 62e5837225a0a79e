//! One device: its key, its groups, its rows.

use std::collections::{HashMap, HashSet};

use ed25519_dalek::{Signer as _, SigningKey};
use js_sys::{Array, Uint8Array};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, LeafNodeParameters, MlsGroup,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY,
    ProcessedMessageContent, ProtocolVersion, StagedWelcome,
};
use openmls_traits::{
    OpenMlsProvider as _,
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsError, JsValue, prelude::wasm_bindgen};
use xchat::worker::db::Db;
use xchat_engine::{
    api::ChatId,
    provider::MlsProvider,
    rows::{Change, Scope, Table},
};

use crate::wire::{read, thrown, write};

/// Under it the device's own key lies in the account's scope.
const KEY: &[u8] = b"peer";

struct Key(SigningKey);

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// A client. Its calls come one after another.
#[wasm_bindgen]
pub struct Device {
    name: String,
    suite: Ciphersuite,
    key: Key,
    provider: MlsProvider,
    /// None: everything stays in memory.
    db: Option<Db>,
    /// As the engine keeps them: read from rows when they are first needed.
    groups: HashMap<String, MlsGroup>,
    loaded: HashSet<Scope>,
    /// Changes wait for [`Device::release`].
    held: bool,
}

#[wasm_bindgen]
impl Device {
    /// A new device in memory, or the stored one of this name, made where there is none. `suite`: its number in RFC 9420's registry.
    pub async fn open(name: String, suite: u16, store: bool) -> Result<Device, JsError> {
        let suite = Ciphersuite::try_from(suite).map_err(thrown)?;
        let provider = MlsProvider::new();
        let db = match store {
            true => Some(Db::open(&format!("xchat-bench-{name}")).await.map_err(thrown)?),
            false => None,
        };
        let rows = match &db {
            Some(db) => db.load(Scope::Account).await.map_err(thrown)?,
            None => Vec::new(),
        };
        let stored = rows.iter().find(|row| row.table == Table::State && row.key == KEY);
        let seed: Option<[u8; 32]> = stored.map(|row| row.value.as_slice().try_into()).transpose().map_err(thrown)?;
        provider.storage().load(Scope::Account, rows);
        let key = match seed {
            Some(seed) => seed,
            None => {
                let fresh = random()?;
                let change = Change {
                    scope: Scope::Account,
                    table: Table::State,
                    key: KEY.to_vec(),
                    value: Some(fresh.to_vec()),
                };
                if let Some(db) = &db {
                    db.commit(&[], &[change]).await.map_err(thrown)?;
                }
                fresh
            }
        };
        let key = Key(SigningKey::from_bytes(&key));
        Ok(Self { name, suite, key, provider, db, groups: HashMap::new(), loaded: HashSet::new(), held: false })
    }

    /// Fresh one-time key packages.
    #[wasm_bindgen(js_name = keyPackages)]
    pub async fn key_packages(&mut self, count: u32) -> Result<Array, JsError> {
        self.step()?;
        let packages = Array::new();
        for _ in 0..count {
            let builder = KeyPackage::builder().leaf_node_capabilities(self.capabilities());
            let bundle = builder.build(self.suite, &self.provider, &self.key, self.credential()).map_err(thrown)?;
            let bytes = write(MlsMessageOut::from(bundle.into_key_package()))?;
            packages.push(&Uint8Array::from(&bytes[..]));
        }
        self.save().await?;
        Ok(packages)
    }

    /// A group of this device alone.
    pub async fn create(&mut self, group: String) -> Result<(), JsError> {
        self.step()?;
        self.provider.storage().enter(scope(&group));
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(self.suite)
            .capabilities(self.capabilities())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .build();
        let id = GroupId::from_slice(group.as_bytes());
        let made = MlsGroup::new_with_group_id(&self.provider, &self.key, &config, id, self.credential());
        self.loaded.insert(scope(&group));
        self.groups.insert(group, made.map_err(thrown)?);
        self.save().await
    }

    /// One commit that adds all, merged here: `[commit, welcome]`.
    pub async fn add(&mut self, group: String, packages: Vec<Uint8Array>) -> Result<Array, JsError> {
        self.need(&group).await?;
        let mut members = Vec::with_capacity(packages.len());
        for bytes in packages {
            let MlsMessageBodyIn::KeyPackage(package) = read(&bytes.to_vec())? else {
                return Err(JsError::new("not a key package"));
            };
            members.push(package.validate(self.provider.crypto(), ProtocolVersion::Mls10).map_err(thrown)?);
        }
        let Self { groups, provider, key, .. } = self;
        let open = groups.get_mut(&group).ok_or_else(|| JsError::new("no such group"))?;
        let (commit, welcome, _) = open.add_members_without_update(provider, key, &members).map_err(thrown)?;
        open.merge_pending_commit(provider).map_err(thrown)?;
        self.save().await?;
        let bytes = |message| Ok::<JsValue, JsError>(Uint8Array::from(&write(message)?[..]).into());
        Ok(Array::of2(&bytes(commit)?, &bytes(welcome)?))
    }

    /// Joins; the group is known by its id from then on.
    pub async fn join(&mut self, welcome: Vec<u8>) -> Result<(), JsError> {
        self.step()?;
        let MlsMessageBodyIn::Welcome(welcome) = read(&welcome)? else { return Err(JsError::new("not a welcome")) };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None).map_err(thrown)?;
        let id = String::from_utf8(staged.group_context().group_id().as_slice().to_vec()).map_err(thrown)?;
        self.provider.storage().enter(scope(&id));
        let group = staged.into_group(&self.provider).map_err(thrown)?;
        self.loaded.insert(scope(&id));
        self.groups.insert(id, group);
        self.save().await
    }

    /// One application message.
    pub async fn encrypt(&mut self, group: String, plaintext: Vec<u8>) -> Result<Vec<u8>, JsError> {
        self.need(&group).await?;
        let Self { groups, provider, key, .. } = self;
        let open = groups.get_mut(&group).ok_or_else(|| JsError::new("no such group"))?;
        let message = open.create_message(provider, key, &plaintext).map_err(thrown)?;
        self.save().await?;
        write(message)
    }

    /// Opens another member's message, or applies their commit (then nothing comes back).
    pub async fn process(&mut self, group: String, message: Vec<u8>) -> Result<Option<Vec<u8>>, JsError> {
        self.need(&group).await?;
        let MlsMessageBodyIn::PrivateMessage(message) = read(&message)? else {
            return Err(JsError::new("not a private message"));
        };
        let Self { groups, provider, .. } = self;
        let open = groups.get_mut(&group).ok_or_else(|| JsError::new("no such group"))?;
        let processed = open.process_message(provider, message).map_err(thrown)?;
        let plaintext = match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Some(message.into_bytes()),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                open.merge_staged_commit(provider, *staged).map_err(thrown)?;
                None
            }
            _ => return Err(JsError::new("neither message nor commit")),
        };
        self.save().await?;
        Ok(plaintext)
    }

    /// A commit that renews this device's leaf and path, merged here.
    pub async fn update(&mut self, group: String) -> Result<Vec<u8>, JsError> {
        self.need(&group).await?;
        let Self { groups, provider, key, .. } = self;
        let open = groups.get_mut(&group).ok_or_else(|| JsError::new("no such group"))?;
        let bundle = open.self_update(provider, key, LeafNodeParameters::default()).map_err(thrown)?;
        open.merge_pending_commit(provider).map_err(thrown)?;
        self.save().await?;
        write(bundle.into_commit())
    }

    /// From now on changes are kept back, as those of one step are.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Writes what was kept back in one transaction.
    pub async fn release(&mut self) -> Result<(), JsError> {
        self.held = false;
        self.save().await
    }
}

impl Device {
    fn credential(&self) -> CredentialWithKey {
        let credential = BasicCredential::new(self.name.clone().into_bytes()).into();
        CredentialWithKey { credential, signature_key: self.key.0.verifying_key().to_bytes().to_vec().into() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::builder().versions(vec![ProtocolVersion::Mls10]).ciphersuites(vec![self.suite]).build()
    }

    /// Begins a step as the engine does: with fresh randomness.
    fn step(&self) -> Result<(), JsError> {
        self.provider.reseed(random()?);
        Ok(())
    }

    /// Begins a step in a group, which is read from its rows when it is not in memory.
    async fn need(&mut self, group: &str) -> Result<(), JsError> {
        self.step()?;
        let scope = scope(group);
        if let Some(db) = self.db.as_ref().filter(|_| self.loaded.insert(scope)) {
            self.provider.storage().load(scope, db.load(scope).await.map_err(thrown)?);
        }
        self.provider.storage().enter(scope);
        if !self.groups.contains_key(group) {
            let stored = MlsGroup::load(self.provider.storage(), &GroupId::from_slice(group.as_bytes()));
            let stored = stored.map_err(thrown)?.ok_or_else(|| JsError::new("no such group"))?;
            self.groups.insert(group.to_owned(), stored);
        }
        Ok(())
    }

    /// Ends a step: what it changed is on disk when this is done.
    async fn save(&mut self) -> Result<(), JsError> {
        if self.held {
            return Ok(());
        }
        let changes = self.provider.storage().take_changes();
        match &self.db {
            Some(db) => db.commit(&[], &changes).await.map_err(thrown),
            None => Ok(()),
        }
    }
}

/// A group's rows are a conversation's.
fn scope(group: &str) -> Scope {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(group.as_bytes())[..16]);
    Scope::Chat(ChatId(id))
}

fn random() -> Result<[u8; 32], JsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(thrown)?;
    Ok(bytes)
}
