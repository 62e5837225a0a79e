//! One MLS group: made, joined, loaded; messages out and in; the access key of each epoch.

use openmls::prelude::{
    GroupId, LeafNodeIndex, MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessMessageError, ProcessedMessageContent, Sender, StageCommitError,
    StagedCommit, StagedWelcome,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, PublicKey};
use zeroize::Zeroizing;

use super::{
    MlsError, MlsProvider,
    commit::Facts,
    error::refused,
    leaf::{Bearer, capabilities, certified, introduced, known, profile},
    shared::{checked_state_of, extensions_of, picture_of, state_of},
};
use crate::{
    content::padding_block,
    room::{Leaf, RoomState, Roster},
    state::Introduced,
};

/// Label of the exporter that gives an epoch's access key at the relay; the context is the log's address.
pub(super) const ACCESS_LABEL: &str = "xchat relay access 1";
/// Label of the exporter that gives an epoch's key for signals; the context is the log's address.
const SIGNAL_LABEL: &str = "xchat signal 1";
/// The same of the key for commits that stand elsewhere.
const REFERENCE_LABEL: &str = "xchat reference 1";

/// Labels of the exporter that give a fallback log's address and first access key; the context is the address of the log
/// that is given up.
const FALLBACK_LOG_LABEL: &str = "xchat relay fallback log 1";
const FALLBACK_ACCESS_LABEL: &str = "xchat relay fallback access 1";

/// A log that the members of an epoch agree on without a word.
pub(crate) struct Fallback {
    pub(crate) log: Address,
    pub(crate) access: Zeroizing<[u8; 32]>,
}

/// A group joined by welcome, who invited, and who is in it.
pub(crate) struct Invited {
    pub(crate) group: Group,
    pub(crate) id: Address,
    pub(crate) sender: PublicKey,
    /// The sender's device.
    pub(crate) device: PublicKey,
    pub(crate) roster: Roster,
    pub(crate) introduced: Vec<Introduced>,
    /// None: a conversation of two.
    pub(crate) state: Option<RoomState>,
}

/// What a record of a log turned out to be.
pub(crate) enum Content {
    /// An application message by a device of `sender`, with what it said of the log in its authenticated data.
    Message { sender: PublicKey, device: PublicKey, bytes: Vec<u8>, authenticated: Vec<u8> },
    /// A commit by another device. Nothing is merged yet, and nobody has judged it.
    Commit(Box<Commit>),
    /// A commit of this member's device that MLS lets through and X Chat does not know: a leaf that is not certified, say.
    Broken(PublicKey),
    /// A member proposed that devices of their own leave; the group remembers it for the commits of this epoch.
    Leaving,
    /// An own message that this device remembers no more, or a proposal that no group of X Chat takes up.
    Nothing,
}

/// A commit by another device.
pub(crate) struct Commit {
    pub(crate) staged: StagedCommit,
    pub(crate) facts: Facts,
    /// Seed of the access key of the epoch that it opens. None: it removes this device.
    pub(crate) next_access: Option<Zeroizing<[u8; 32]>>,
}

/// One group of this device. Loaded from rows, used within a step, dropped.
pub(crate) struct Group(pub(super) MlsGroup);

fn join_config(padding: usize) -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .padding_size(padding)
        .build()
}

pub(super) fn parse(bytes: &[u8]) -> Result<MlsMessageBodyIn, MlsError> {
    let (message, rest) = MlsMessageIn::tls_deserialize_bytes(bytes).map_err(|_| MlsError::Malformed)?;
    match rest.is_empty() {
        true => Ok(message.extract()),
        false => Err(MlsError::Malformed),
    }
}

pub(super) fn access_seed(secret: Vec<u8>) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(secret);
    let mut seed = Zeroizing::new([0; 32]);
    // The exporter was asked for exactly this length.
    seed.copy_from_slice(&secret);
    seed
}

/// Whether a record is of no use to any member, or this device alone cannot process it: its rows are damaged, or the path of a
/// commit holds garbage for it, or it has not read a proposal that the commit takes up (OpenMLS tells no author then). Whoever falls
/// back alone is alone there: in doubt others are asked to let this device in anew.
fn unprocessed<E: std::fmt::Display>(error: ProcessMessageError<E>) -> MlsError {
    let text = error.to_string();
    match error {
        ProcessMessageError::StorageError(_)
        | ProcessMessageError::LibraryError(_)
        | ProcessMessageError::GroupStateError(_)
        | ProcessMessageError::InvalidCommit(
            StageCommitError::UpdatePathError(_)
            | StageCommitError::MissingProposal
            | StageCommitError::OwnKeyNotFound
            | StageCommitError::MissingDecryptionKey
            | StageCommitError::LibraryError(_),
        ) => MlsError::Refused(text),
        _ => MlsError::Unreadable(text),
    }
}

impl Group {
    /// A group of this device alone, at epoch 0. Its id is the log's address. A conversation of two has no state;
    /// a state comes with the bytes of its picture.
    pub(crate) fn create(
        provider: &MlsProvider,
        bearer: &Bearer,
        log: &Address,
        state: Option<(&RoomState, Option<Vec<u8>>)>,
    ) -> Result<Self, MlsError> {
        let mut config = MlsGroupCreateConfig::builder()
            .ciphersuite(provider.suite())
            .capabilities(capabilities(provider.suite()))
            .with_leaf_node_extensions(bearer.extensions()?)
            .map_err(refused)?
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .padding_size(padding_block(0));
        if let Some((state, picture)) = state {
            config = config.with_group_context_extensions(extensions_of(state, picture)?);
        }
        let id = GroupId::from_slice(log.as_bytes());
        MlsGroup::new_with_group_id(provider, &bearer.signer, &config.build(), id, bearer.credential())
            .map(Self)
            .map_err(refused)
    }

    /// The group of this id, from the rows of the current scope.
    pub(crate) fn load(provider: &MlsProvider, id: &Address) -> Result<Self, MlsError> {
        let id = GroupId::from_slice(id.as_bytes());
        MlsGroup::load(provider.storage(), &id).map_err(refused)?.map(Self).ok_or(MlsError::Missing)
    }

    /// Joins by welcome. Consumes the key package that it answers. Every leaf must be certified, the suite the hybrid one.
    pub(crate) fn join(provider: &MlsProvider, welcome: &[u8]) -> Result<Invited, MlsError> {
        let MlsMessageBodyIn::Welcome(welcome) = parse(welcome)? else { return Err(MlsError::Malformed) };
        let staged = StagedWelcome::new_from_welcome(provider, &join_config(padding_block(0)), welcome, None)
            .map_err(refused)?;
        let context = staged.group_context();
        if context.ciphersuite() != provider.suite() {
            return Err(MlsError::Foreign);
        }
        let id = context.group_id().as_slice().try_into().map(Address::new).map_err(|_| MlsError::Foreign)?;
        let state = checked_state_of(context.extensions())?;
        for member in staged.members() {
            certified(&member.credential, &member.signature_key)?;
        }
        let leaf = staged.welcome_sender().map_err(refused)?;
        let inviter = known(leaf.credential())?;
        let group = Self(staged.into_group(provider).map_err(refused)?);
        let (roster, introduced) = (group.roster()?, group.introduced());
        Ok(Invited { group, id, sender: inviter.person, device: inviter.key, roster, introduced, state })
    }

    /// What everybody in it says of themselves.
    fn introduced(&self) -> Vec<Introduced> {
        let leaves = self.0.treesync().full_leaves();
        leaves.filter_map(|(_, leaf)| introduced(leaf, &known(leaf.credential()).ok()?)).collect()
    }

    /// Who is in it now.
    pub(crate) fn roster(&self) -> Result<Roster, MlsError> {
        let leaf = |member: openmls::prelude::Member| {
            known(&member.credential).map(|device| Leaf { index: member.index.u32(), device })
        };
        self.0.members().map(leaf).collect::<Result<_, _>>().map(Roster::new)
    }

    /// When a leaf was made, by its device's clock (Unix milliseconds); 0 when it does not say.
    pub(crate) fn made(&self, index: u32) -> u64 {
        let leaf = self.0.public_group().leaf(LeafNodeIndex::new(index));
        leaf.and_then(profile).map_or(0, |profile| profile.made)
    }

    /// Key of the current epoch's signals in a log.
    pub(crate) fn signal_key(&self, provider: &MlsProvider, log: &Address) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        self.export(provider, SIGNAL_LABEL, log)
    }

    /// Key of what a log has in the place of a commit of the current epoch that lies in a blob.
    pub(crate) fn reference_key(&self, provider: &MlsProvider, log: &Address) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        self.export(provider, REFERENCE_LABEL, log)
    }

    /// This device's leaf.
    pub(crate) fn own_leaf(&self) -> u32 {
        self.0.own_leaf_index().u32()
    }

    /// Who a leaf speaks for.
    pub(crate) fn identity_at(&self, leaf: u32) -> Result<PublicKey, MlsError> {
        self.device_at(LeafNodeIndex::new(leaf)).map(|device| device.person)
    }

    /// The state that its members share. None: a conversation of two.
    pub(crate) fn state(&self) -> Result<Option<RoomState>, MlsError> {
        state_of(self.0.extensions())
    }

    /// The bytes of its picture.
    pub(crate) fn picture(&self) -> Option<Vec<u8>> {
        picture_of(self.0.extensions())
    }

    /// The MLS epoch.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.epoch().as_u64()
    }

    /// Seed of the current epoch's access key at a log.
    pub(crate) fn access(&self, provider: &MlsProvider, log: &Address) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        self.export(provider, ACCESS_LABEL, log)
    }

    /// Where the members of this epoch meet when a log has become of no use: its address, and the seed of its first access key.
    /// Each member finds it without a word.
    pub(crate) fn fallback(&self, provider: &MlsProvider, log: &Address) -> Result<Fallback, MlsError> {
        let next = Address::new(*self.export(provider, FALLBACK_LOG_LABEL, log)?);
        Ok(Fallback { log: next, access: self.export(provider, FALLBACK_ACCESS_LABEL, log)? })
    }

    fn export(&self, provider: &MlsProvider, label: &str, log: &Address) -> Result<Zeroizing<[u8; 32]>, MlsError> {
        self.0.export_secret(provider.crypto(), label, log.as_bytes(), 32).map(access_seed).map_err(refused)
    }

    /// Encrypts one application message of the current epoch, padded; `authenticated` travels with it, bound but readable.
    pub(crate) fn encrypt(
        &mut self,
        provider: &MlsProvider,
        bearer: &Bearer,
        authenticated: Vec<u8>,
        content: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        let padding = padding_block(content.len());
        if self.0.configuration().padding_size() != padding {
            self.0.set_configuration(provider.storage(), &join_config(padding)).map_err(refused)?;
        }
        self.0.set_aad(authenticated);
        let message = self.0.create_message(provider, &bearer.signer, content).map_err(refused)?;
        message.tls_serialize_detached().map_err(refused)
    }

    /// Opens a record of the current epoch, read in this log.
    pub(crate) fn process(&mut self, provider: &MlsProvider, log: &Address, bytes: &[u8]) -> Result<Content, MlsError> {
        let message = match parse(bytes)? {
            MlsMessageBodyIn::PrivateMessage(message) => message,
            _ => return Err(MlsError::Malformed),
        };
        let processed = self.0.process_message(provider, message).map_err(unprocessed)?;
        let Sender::Member(index) = *processed.sender() else { return Err(MlsError::Foreign) };
        let authenticated = processed.aad().to_vec();
        let author = self.device_at(index)?;
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let (sender, device) = (author.person, author.key);
                Ok(Content::Message { sender, device, bytes: message.into_bytes(), authenticated })
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let Ok(facts) = self.facts(&staged, &author) else { return Ok(Content::Broken(author.person)) };
                let next_access = self.next_access(provider, &staged, log)?;
                Ok(Content::Commit(Box::new(Commit { staged: *staged, facts, next_access })))
            }
            ProcessedMessageContent::ProposalMessage(queued) => {
                Ok(if self.keep_proposal(provider, *queued)? { Content::Leaving } else { Content::Nothing })
            }
            ProcessedMessageContent::OwnPrivateMessage | ProcessedMessageContent::OwnPendingCommit => {
                Ok(Content::Nothing)
            }
            _ => Err(MlsError::Foreign),
        }
    }

    /// Deletes the rows of the group of this id in the current scope.
    pub(crate) fn erase(provider: &MlsProvider, id: &Address) -> Result<(), MlsError> {
        provider.storage().erase(&GroupId::from_slice(id.as_bytes())).map_err(refused)
    }
}
