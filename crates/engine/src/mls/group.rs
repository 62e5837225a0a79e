//! One MLS group: create, add, join, encrypt, process, and the access key of each epoch.

use openmls::prelude::{
    BasicCredential, Capabilities, CredentialWithKey, ExtensionType, GroupId, KeyPackage, KeyPackageBuilder,
    KeyPackageIn, LeafNodeIndex, LeafNodeParameters, Lifetime, MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig,
    MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent,
    Proposal, ProtocolVersion, Sender, StagedCommit, StagedWelcome,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_traits::OpenMlsProvider as _;
use thiserror::Error;
use xchat_wire::{Address, Epoch, PublicKey};
use zeroize::Zeroizing;

use super::{DeviceSigner, MlsProvider, SUITE};
use crate::{content::padding_block, identity::DeviceCertificate};

/// Label of the exporter that gives an epoch's access key at the relay; the context is the log's address.
const ACCESS_LABEL: &str = "xchat relay access 1";
/// Label of the exporter that gives an epoch's key for signals; the context is the log's address.
const SIGNAL_LABEL: &str = "xchat signal 1";
/// How long a key package may be used: 90 days, in seconds. A day of clock error is allowed before it.
const PACKAGE_LIFETIME_S: u64 = 90 * 24 * 3600;
const CLOCK_ERROR_S: u64 = 24 * 3600;

/// Why an MLS operation failed. None is retryable with the same input.
#[derive(Debug, Error)]
pub(crate) enum MlsError {
    /// The bytes are no MLS message of the expected kind.
    #[error("not an MLS message of the expected kind")]
    Malformed,
    /// OpenMLS refused it: not decryptable, not valid, not this epoch.
    #[error("MLS refused it: {0}")]
    Refused(String),
    /// A leaf whose certificate does not verify, or of somebody who has no place here.
    #[error("a leaf is not certified")]
    Leaf,
    /// A commit that does more than this group allows.
    #[error("a commit breaks the group's policy")]
    Policy,
    /// The group's rows are missing or damaged.
    #[error("no such group here")]
    Missing,
}

fn refused(error: impl std::fmt::Display) -> MlsError {
    MlsError::Refused(error.to_string())
}

/// An own commit that is staged: what goes to the relay.
pub(crate) struct Added {
    pub(crate) commit: Vec<u8>,
    /// For those whom the commit adds.
    pub(crate) welcome: Option<Vec<u8>>,
    /// Seed of the access key of the epoch that it opens.
    pub(crate) next_access: Zeroizing<[u8; 32]>,
}

/// A group joined by welcome, and who invited.
pub(crate) struct Invited {
    pub(crate) group: Group,
    pub(crate) sender: PublicKey,
}

/// What a record of a log turned out to be.
pub(crate) enum Content {
    /// An application message by a device of `sender`, with what it said of the log in its authenticated data.
    Message { sender: PublicKey, bytes: Vec<u8>, authenticated: Vec<u8> },
    /// A commit by another device. Nothing is merged yet.
    Commit { staged: Box<StagedCommit>, next_access: Zeroizing<[u8; 32]> },
    /// An own message that this device remembers no more.
    Own,
}

/// One group of this device. Loaded from rows, used within a step, dropped.
pub(crate) struct Group(MlsGroup);

fn capabilities() -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![SUITE])
        .extensions(vec![ExtensionType::LastResort])
        .build()
}

fn join_config(padding: usize) -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .padding_size(padding)
        .build()
}

fn credential(certificate: &[u8], signer: &DeviceSigner) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(certificate.to_vec()).into(),
        signature_key: signer.0.verifying_key().to_bytes().to_vec().into(),
    }
}

/// Who a leaf speaks for, once its certificate holds for its signature key.
fn certified(credential: &openmls::prelude::Credential, signature_key: &[u8]) -> Result<PublicKey, MlsError> {
    let certificate = BasicCredential::try_from(credential.clone()).map_err(|_| MlsError::Leaf)?;
    DeviceCertificate::verify(certificate.identity(), signature_key)
        .map(|certificate| *certificate.identity())
        .map_err(|_| MlsError::Leaf)
}

/// Fresh key packages of this device, their private parts stored in the account's scope.
pub(crate) fn make_packages(
    provider: &MlsProvider,
    signer: &DeviceSigner,
    certificate: &[u8],
    count: usize,
    last_resort: bool,
    now_ms: u64,
) -> Result<Vec<Vec<u8>>, MlsError> {
    let now = now_ms / 1000;
    (0..count)
        .map(|_| {
            let mut builder: KeyPackageBuilder = KeyPackage::builder()
                .leaf_node_capabilities(capabilities())
                .key_package_lifetime(Lifetime::init(now.saturating_sub(CLOCK_ERROR_S), now + PACKAGE_LIFETIME_S));
            if last_resort {
                builder = builder.mark_as_last_resort();
            }
            let bundle = builder.build(SUITE, provider, signer, credential(certificate, signer)).map_err(refused)?;
            MlsMessageOut::from(bundle.into_key_package()).tls_serialize_detached().map_err(refused)
        })
        .collect()
}

/// Validates a key package out of a pool: its suite, signature, lifetime, and that it speaks for `owner`.
pub(crate) fn check_package(provider: &MlsProvider, bytes: &[u8], owner: &PublicKey) -> Result<KeyPackage, MlsError> {
    let package: KeyPackageIn = match parse(bytes)? {
        MlsMessageBodyIn::KeyPackage(package) => package,
        _ => return Err(MlsError::Malformed),
    };
    let package = package.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(refused)?;
    if package.ciphersuite() != SUITE {
        return Err(MlsError::Policy);
    }
    let leaf = package.leaf_node();
    match certified(leaf.credential(), leaf.signature_key().as_slice())? == *owner {
        true => Ok(package),
        false => Err(MlsError::Leaf),
    }
}

fn parse(bytes: &[u8]) -> Result<MlsMessageBodyIn, MlsError> {
    let (message, rest) = MlsMessageIn::tls_deserialize_bytes(bytes).map_err(|_| MlsError::Malformed)?;
    match rest.is_empty() {
        true => Ok(message.extract()),
        false => Err(MlsError::Malformed),
    }
}

fn access_seed(secret: Vec<u8>) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(secret);
    let mut seed = Zeroizing::new([0; 32]);
    // The exporter was asked for exactly this length.
    seed.copy_from_slice(&secret);
    seed
}

impl Group {
    /// A group of this device alone, at epoch 0. Its id is the log's address.
    pub(crate) fn create(
        provider: &MlsProvider,
        signer: &DeviceSigner,
        certificate: &[u8],
        log: &Address,
    ) -> Result<Self, MlsError> {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(capabilities())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .padding_size(padding_block(0))
            .build();
        let id = GroupId::from_slice(log.as_bytes());
        MlsGroup::new_with_group_id(provider, signer, &config, id, credential(certificate, signer))
            .map(Self)
            .map_err(refused)
    }

    /// The group of a log, from the rows of the current scope.
    pub(crate) fn load(provider: &MlsProvider, log: &Address) -> Result<Self, MlsError> {
        let id = GroupId::from_slice(log.as_bytes());
        MlsGroup::load(provider.storage(), &id).map_err(refused)?.map(Self).ok_or(MlsError::Missing)
    }

    /// Joins by welcome. Consumes the key package that it answers. Every leaf must be certified, the suite the hybrid one.
    pub(crate) fn join(provider: &MlsProvider, welcome: &[u8], log: &Address) -> Result<Invited, MlsError> {
        let MlsMessageBodyIn::Welcome(welcome) = parse(welcome)? else { return Err(MlsError::Malformed) };
        let staged = StagedWelcome::new_from_welcome(provider, &join_config(padding_block(0)), welcome, None)
            .map_err(refused)?;
        if staged.group_context().ciphersuite() != SUITE
            || staged.group_context().group_id().as_slice() != log.as_bytes()
        {
            return Err(MlsError::Policy);
        }
        for member in staged.members() {
            certified(&member.credential, &member.signature_key)?;
        }
        let leaf = staged.welcome_sender().map_err(refused)?;
        let sender = certified(leaf.credential(), leaf.signature_key().as_slice())?;
        let group = staged.into_group(provider).map_err(refused)?;
        Ok(Invited { group: Self(group), sender })
    }

    /// The identities that the group's leaves speak for, in leaf order.
    pub(crate) fn identities(&self) -> Result<Vec<PublicKey>, MlsError> {
        self.0.members().map(|member| certified(&member.credential, &member.signature_key)).collect()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.0.epoch().as_u64())
    }

    /// Seed of the current epoch's access key.
    pub(crate) fn access(&self, provider: &MlsProvider) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        let log = self.0.group_id().as_slice();
        self.0.export_secret(provider.crypto(), ACCESS_LABEL, log, 32).map(access_seed).map_err(refused)
    }

    /// Key of the current epoch's signals.
    pub(crate) fn signal_key(&self, provider: &MlsProvider) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        let log = self.0.group_id().as_slice();
        self.0.export_secret(provider.crypto(), SIGNAL_LABEL, log, 32).map(access_seed).map_err(refused)
    }

    /// This device's leaf.
    pub(crate) fn own_leaf(&self) -> u32 {
        self.0.own_leaf_index().u32()
    }

    /// Who a leaf speaks for.
    pub(crate) fn identity_at(&self, leaf: u32) -> Result<PublicKey, MlsError> {
        let member = self.0.member_at(LeafNodeIndex::new(leaf)).ok_or(MlsError::Leaf)?;
        certified(&member.credential, &member.signature_key)
    }

    /// Stages a commit that adds these devices. To be merged when it is read back, or cleared when another was first.
    pub(crate) fn add(
        &mut self,
        provider: &MlsProvider,
        signer: &DeviceSigner,
        packages: &[KeyPackage],
    ) -> Result<Added, MlsError> {
        let (commit, welcome, _) = self.0.add_members(provider, signer, packages).map_err(refused)?;
        self.staged(provider, commit, Some(welcome))
    }

    /// Stages a commit that renews this device's leaf.
    pub(crate) fn update(&mut self, provider: &MlsProvider, signer: &DeviceSigner) -> Result<Added, MlsError> {
        let bundle = self.0.self_update(provider, signer, LeafNodeParameters::default()).map_err(refused)?;
        self.staged(provider, bundle.into_commit(), None)
    }

    fn staged(
        &self,
        provider: &MlsProvider,
        commit: MlsMessageOut,
        welcome: Option<MlsMessageOut>,
    ) -> Result<Added, MlsError> {
        let pending = self.0.pending_commit().ok_or(MlsError::Missing)?;
        let log = self.0.group_id().as_slice();
        let next_access = pending.export_secret(provider.crypto(), ACCESS_LABEL, log, 32).map_err(refused)?;
        Ok(Added {
            commit: commit.tls_serialize_detached().map_err(refused)?,
            welcome: welcome.map(|welcome| welcome.tls_serialize_detached()).transpose().map_err(refused)?,
            next_access: access_seed(next_access),
        })
    }

    /// Merges the own commit that was read back.
    pub(crate) fn merge_own(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.merge_pending_commit(provider).map_err(refused)
    }

    /// Forgets the own commit: another one was first.
    pub(crate) fn clear_own(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.clear_pending_commit(provider.storage()).map_err(refused)
    }

    /// Encrypts one application message of the current epoch, padded; `authenticated` travels with it, bound but readable.
    pub(crate) fn encrypt(
        &mut self,
        provider: &MlsProvider,
        signer: &DeviceSigner,
        authenticated: Vec<u8>,
        content: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        let padding = padding_block(content.len());
        if self.0.configuration().padding_size() != padding {
            self.0.set_configuration(provider.storage(), &join_config(padding)).map_err(refused)?;
        }
        self.0.set_aad(authenticated);
        let message = self.0.create_message(provider, signer, content).map_err(refused)?;
        message.tls_serialize_detached().map_err(refused)
    }

    /// Opens a record of the current epoch. A commit is checked against `allowed` (the identities that may be members):
    /// it may add certified devices of theirs, remove devices of its author's, and renew the author's leaf; nothing else.
    pub(crate) fn process(
        &mut self,
        provider: &MlsProvider,
        bytes: &[u8],
        allowed: &[PublicKey],
    ) -> Result<Content, MlsError> {
        let message = match parse(bytes)? {
            MlsMessageBodyIn::PrivateMessage(message) => message,
            _ => return Err(MlsError::Malformed),
        };
        let processed = self.0.process_message(provider, message).map_err(refused)?;
        let Sender::Member(index) = *processed.sender() else { return Err(MlsError::Policy) };
        let authenticated = processed.aad().to_vec();
        let author = self.0.member_at(index).ok_or(MlsError::Leaf)?;
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Ok(Content::Message {
                sender: certified(&author.credential, &author.signature_key)?,
                bytes: message.into_bytes(),
                authenticated,
            }),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let author = certified(&author.credential, &author.signature_key)?;
                self.check_commit(&staged, &author, allowed)?;
                let log = self.0.group_id().as_slice();
                let next = staged.export_secret(provider.crypto(), ACCESS_LABEL, log, 32).map_err(refused)?;
                Ok(Content::Commit { staged, next_access: access_seed(next) })
            }
            ProcessedMessageContent::OwnPrivateMessage | ProcessedMessageContent::OwnPendingCommit => Ok(Content::Own),
            _ => Err(MlsError::Policy),
        }
    }

    fn check_commit(&self, staged: &StagedCommit, author: &PublicKey, allowed: &[PublicKey]) -> Result<(), MlsError> {
        for queued in staged.queued_proposals() {
            match queued.proposal() {
                Proposal::Add(add) => {
                    let leaf = add.key_package().leaf_node();
                    let identity = certified(leaf.credential(), leaf.signature_key().as_slice())?;
                    if !allowed.contains(&identity) {
                        return Err(MlsError::Policy);
                    }
                }
                Proposal::Remove(remove) => {
                    let removed = self.0.member_at(remove.removed()).ok_or(MlsError::Policy)?;
                    if certified(&removed.credential, &removed.signature_key)? != *author {
                        return Err(MlsError::Policy);
                    }
                }
                _ => return Err(MlsError::Policy),
            }
        }
        if let Some(leaf) = staged.update_path_leaf_node() {
            let renewed = certified(leaf.credential(), leaf.signature_key().as_slice())?;
            if renewed != *author {
                return Err(MlsError::Leaf);
            }
        }
        Ok(())
    }

    /// Merges another device's commit.
    pub(crate) fn merge(&mut self, provider: &MlsProvider, staged: StagedCommit) -> Result<(), MlsError> {
        self.0.merge_staged_commit(provider, staged).map_err(refused)
    }

    /// Deletes the group's rows in the current scope.
    pub(crate) fn delete(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.delete(provider.storage()).map_err(refused)
    }
}
