//! OpenMLS's storage as rows of the journal.
//!
//! A group's entities live in the scope that [`MlsStorage::enter`] named before the operation; key packages, key pairs and
//! PSKs belong to the account. Row key: one label byte, then the CBOR of OpenMLS's key. Row value: the CBOR of the entity.

use std::cell::{Cell, RefCell};

use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    journal::Journal,
    rows::{Scope, Table},
};

/// First byte of a row key. Stored for years: numbers are never reused.
mod label {
    pub(super) const JOIN_CONFIG: u8 = 1;
    pub(super) const TREE: u8 = 2;
    pub(super) const INTERIM_HASH: u8 = 3;
    pub(super) const CONTEXT: u8 = 4;
    pub(super) const CONFIRMATION_TAG: u8 = 5;
    pub(super) const GROUP_STATE: u8 = 6;
    pub(super) const MESSAGE_SECRETS: u8 = 7;
    pub(super) const RESUMPTION_PSKS: u8 = 8;
    pub(super) const OWN_LEAF_INDEX: u8 = 9;
    pub(super) const EPOCH_SECRETS: u8 = 10;
    pub(super) const SIGNATURE_KEY: u8 = 11;
    pub(super) const ENCRYPTION_KEY: u8 = 12;
    pub(super) const KEY_PACKAGE: u8 = 13;
    pub(super) const PSK: u8 = 14;
    pub(super) const OWN_LEAF_NODES: u8 = 15;
    pub(super) const PROPOSAL: u8 = 16;
    pub(super) const EPOCH_KEYS: u8 = 17;
    pub(super) const PROPOSAL_REFS: u8 = 18;
}

/// Why OpenMLS could not store or read an entity.
#[derive(Debug, Error)]
pub enum StorageError {
    #[error("entity does not encode: {0}")]
    Encode(String),
    #[error("stored entity {0} does not decode: {1}")]
    Decode(u8, String),
}

/// The storage provider over a [`Journal`].
pub struct MlsStorage {
    journal: RefCell<Journal>,
    scope: Cell<Scope>,
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StorageError> {
    minicbor_serde::to_vec(value).map_err(|error| StorageError::Encode(error.to_string()))
}

fn decode<T: DeserializeOwned>(label: u8, bytes: &[u8]) -> Result<T, StorageError> {
    minicbor_serde::from_slice(bytes).map_err(|error| StorageError::Decode(label, error.to_string()))
}

fn row_key<K: Serialize>(label: u8, key: &K) -> Result<Vec<u8>, StorageError> {
    let mut bytes = vec![label];
    bytes.extend_from_slice(&encode(key)?);
    Ok(bytes)
}

impl MlsStorage {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal: RefCell::new(journal), scope: Cell::new(Scope::Account) }
    }

    /// Group entities go to this scope from now on.
    pub(crate) fn enter(&self, scope: Scope) {
        self.scope.set(scope);
    }

    /// The journal, for rows that are not OpenMLS's. Never held across a call of OpenMLS.
    pub(crate) fn journal(&self) -> std::cell::Ref<'_, Journal> {
        self.journal.borrow()
    }

    pub(crate) fn journal_mut(&self) -> std::cell::RefMut<'_, Journal> {
        self.journal.borrow_mut()
    }

    fn put<K: Serialize, E: Serialize>(&self, label: u8, scope: Scope, key: &K, value: &E) -> Result<(), StorageError> {
        let (key, value) = (row_key(label, key)?, encode(value)?);
        self.journal_mut().put(scope, Table::Mls, &key, value);
        Ok(())
    }

    fn get<K: Serialize, E: DeserializeOwned>(
        &self,
        label: u8,
        scope: Scope,
        key: &K,
    ) -> Result<Option<E>, StorageError> {
        let key = row_key(label, key)?;
        self.journal().get(scope, Table::Mls, &key).map(|bytes| decode(label, bytes)).transpose()
    }

    /// The encoded references of a group's queued proposals, in order.
    fn proposal_refs<G: Serialize>(&self, group: &G) -> Result<Vec<Vec<u8>>, StorageError> {
        Ok(self.get(label::PROPOSAL_REFS, self.scope.get(), group)?.unwrap_or_default())
    }

    fn delete<K: Serialize>(&self, label: u8, scope: Scope, key: &K) -> Result<(), StorageError> {
        let key = row_key(label, key)?;
        self.journal_mut().delete(scope, Table::Mls, &key);
        Ok(())
    }
}

impl StorageProvider<V> for MlsStorage {
    type Error = StorageError;

    fn write_mls_join_config<G: traits::GroupId<V>, E: traits::MlsGroupJoinConfig<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::JOIN_CONFIG, self.scope.get(), group, value)
    }

    fn mls_group_join_config<G: traits::GroupId<V>, E: traits::MlsGroupJoinConfig<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::JOIN_CONFIG, self.scope.get(), group)
    }

    fn delete_group_config<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::JOIN_CONFIG, self.scope.get(), group)
    }

    fn write_tree<G: traits::GroupId<V>, E: traits::TreeSync<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::TREE, self.scope.get(), group, value)
    }

    fn tree<G: traits::GroupId<V>, E: traits::TreeSync<V>>(&self, group: &G) -> Result<Option<E>, Self::Error> {
        self.get(label::TREE, self.scope.get(), group)
    }

    fn delete_tree<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::TREE, self.scope.get(), group)
    }

    fn write_interim_transcript_hash<G: traits::GroupId<V>, E: traits::InterimTranscriptHash<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::INTERIM_HASH, self.scope.get(), group, value)
    }

    fn interim_transcript_hash<G: traits::GroupId<V>, E: traits::InterimTranscriptHash<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::INTERIM_HASH, self.scope.get(), group)
    }

    fn delete_interim_transcript_hash<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::INTERIM_HASH, self.scope.get(), group)
    }

    fn write_context<G: traits::GroupId<V>, E: traits::GroupContext<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::CONTEXT, self.scope.get(), group, value)
    }

    fn group_context<G: traits::GroupId<V>, E: traits::GroupContext<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::CONTEXT, self.scope.get(), group)
    }

    fn delete_context<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::CONTEXT, self.scope.get(), group)
    }

    fn write_confirmation_tag<G: traits::GroupId<V>, E: traits::ConfirmationTag<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::CONFIRMATION_TAG, self.scope.get(), group, value)
    }

    fn confirmation_tag<G: traits::GroupId<V>, E: traits::ConfirmationTag<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::CONFIRMATION_TAG, self.scope.get(), group)
    }

    fn delete_confirmation_tag<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::CONFIRMATION_TAG, self.scope.get(), group)
    }

    fn write_group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::GROUP_STATE, self.scope.get(), group, value)
    }

    fn group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::GROUP_STATE, self.scope.get(), group)
    }

    fn delete_group_state<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::GROUP_STATE, self.scope.get(), group)
    }

    fn write_message_secrets<G: traits::GroupId<V>, E: traits::MessageSecrets<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::MESSAGE_SECRETS, self.scope.get(), group, value)
    }

    fn message_secrets<G: traits::GroupId<V>, E: traits::MessageSecrets<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::MESSAGE_SECRETS, self.scope.get(), group)
    }

    fn delete_message_secrets<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::MESSAGE_SECRETS, self.scope.get(), group)
    }

    fn write_resumption_psk_store<G: traits::GroupId<V>, E: traits::ResumptionPskStore<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::RESUMPTION_PSKS, self.scope.get(), group, value)
    }

    fn resumption_psk_store<G: traits::GroupId<V>, E: traits::ResumptionPskStore<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::RESUMPTION_PSKS, self.scope.get(), group)
    }

    fn delete_all_resumption_psk_secrets<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::RESUMPTION_PSKS, self.scope.get(), group)
    }

    fn write_own_leaf_index<G: traits::GroupId<V>, E: traits::LeafNodeIndex<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::OWN_LEAF_INDEX, self.scope.get(), group, value)
    }

    fn own_leaf_index<G: traits::GroupId<V>, E: traits::LeafNodeIndex<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::OWN_LEAF_INDEX, self.scope.get(), group)
    }

    fn delete_own_leaf_index<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::OWN_LEAF_INDEX, self.scope.get(), group)
    }

    fn write_group_epoch_secrets<G: traits::GroupId<V>, E: traits::GroupEpochSecrets<V>>(
        &self,
        group: &G,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::EPOCH_SECRETS, self.scope.get(), group, value)
    }

    fn group_epoch_secrets<G: traits::GroupId<V>, E: traits::GroupEpochSecrets<V>>(
        &self,
        group: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::EPOCH_SECRETS, self.scope.get(), group)
    }

    fn delete_group_epoch_secrets<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::EPOCH_SECRETS, self.scope.get(), group)
    }

    fn write_signature_key_pair<K: traits::SignaturePublicKey<V>, E: traits::SignatureKeyPair<V>>(
        &self,
        key: &K,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::SIGNATURE_KEY, Scope::Account, key, value)
    }

    fn signature_key_pair<K: traits::SignaturePublicKey<V>, E: traits::SignatureKeyPair<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::SIGNATURE_KEY, Scope::Account, key)
    }

    fn delete_signature_key_pair<K: traits::SignaturePublicKey<V>>(&self, key: &K) -> Result<(), Self::Error> {
        self.delete(label::SIGNATURE_KEY, Scope::Account, key)
    }

    fn write_encryption_key_pair<K: traits::EncryptionKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        key: &K,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::ENCRYPTION_KEY, Scope::Account, key, value)
    }

    fn encryption_key_pair<E: traits::HpkeKeyPair<V>, K: traits::EncryptionKey<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::ENCRYPTION_KEY, Scope::Account, key)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<V>>(&self, key: &K) -> Result<(), Self::Error> {
        self.delete(label::ENCRYPTION_KEY, Scope::Account, key)
    }

    fn write_key_package<K: traits::HashReference<V>, E: traits::KeyPackage<V>>(
        &self,
        key: &K,
        value: &E,
    ) -> Result<(), Self::Error> {
        self.put(label::KEY_PACKAGE, Scope::Account, key, value)
    }

    fn key_package<K: traits::HashReference<V>, E: traits::KeyPackage<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, Self::Error> {
        self.get(label::KEY_PACKAGE, Scope::Account, key)
    }

    fn delete_key_package<K: traits::HashReference<V>>(&self, key: &K) -> Result<(), Self::Error> {
        self.delete(label::KEY_PACKAGE, Scope::Account, key)
    }

    fn write_psk<K: traits::PskId<V>, E: traits::PskBundle<V>>(&self, key: &K, value: &E) -> Result<(), Self::Error> {
        self.put(label::PSK, Scope::Account, key, value)
    }

    fn psk<E: traits::PskBundle<V>, K: traits::PskId<V>>(&self, key: &K) -> Result<Option<E>, Self::Error> {
        self.get(label::PSK, Scope::Account, key)
    }

    fn delete_psk<K: traits::PskId<V>>(&self, key: &K) -> Result<(), Self::Error> {
        self.delete(label::PSK, Scope::Account, key)
    }

    fn append_own_leaf_node<G: traits::GroupId<V>, E: traits::LeafNode<V>>(
        &self,
        group: &G,
        leaf: &E,
    ) -> Result<(), Self::Error> {
        let mut leaves: Vec<E> = self.own_leaf_nodes(group)?;
        // Entities are not Clone: the new one joins the list through its bytes.
        leaves.push(decode(label::OWN_LEAF_NODES, &encode(leaf)?)?);
        self.put(label::OWN_LEAF_NODES, self.scope.get(), group, &leaves)
    }

    fn own_leaf_nodes<G: traits::GroupId<V>, E: traits::LeafNode<V>>(&self, group: &G) -> Result<Vec<E>, Self::Error> {
        Ok(self.get(label::OWN_LEAF_NODES, self.scope.get(), group)?.unwrap_or_default())
    }

    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(label::OWN_LEAF_NODES, self.scope.get(), group)
    }

    fn queue_proposal<G: traits::GroupId<V>, R: traits::ProposalRef<V>, E: traits::QueuedProposal<V>>(
        &self,
        group: &G,
        reference: &R,
        proposal: &E,
    ) -> Result<(), Self::Error> {
        let mut refs = self.proposal_refs(group)?;
        let reference = encode(reference)?;
        if !refs.contains(&reference) {
            refs.push(reference.clone());
        }
        self.put(label::PROPOSAL_REFS, self.scope.get(), group, &refs)?;
        self.put(label::PROPOSAL, self.scope.get(), &(group, reference), proposal)
    }

    fn queued_proposal_refs<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<R>, Self::Error> {
        self.proposal_refs(group)?.iter().map(|bytes| decode(label::PROPOSAL_REFS, bytes)).collect()
    }

    fn queued_proposals<G: traits::GroupId<V>, R: traits::ProposalRef<V>, E: traits::QueuedProposal<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<(R, E)>, Self::Error> {
        let mut queue = Vec::new();
        for reference in self.proposal_refs(group)? {
            let key = decode(label::PROPOSAL_REFS, &reference)?;
            if let Some(proposal) = self.get(label::PROPOSAL, self.scope.get(), &(group, reference))? {
                queue.push((key, proposal));
            }
        }
        Ok(queue)
    }

    fn remove_proposal<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
        reference: &R,
    ) -> Result<(), Self::Error> {
        let reference = encode(reference)?;
        let mut refs = self.proposal_refs(group)?;
        refs.retain(|kept| *kept != reference);
        self.put(label::PROPOSAL_REFS, self.scope.get(), group, &refs)?;
        self.delete(label::PROPOSAL, self.scope.get(), &(group, reference))
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<(), Self::Error> {
        for reference in self.proposal_refs(group)? {
            self.delete(label::PROPOSAL, self.scope.get(), &(group, reference))?;
        }
        self.delete(label::PROPOSAL_REFS, self.scope.get(), group)
    }

    fn write_encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
        pairs: &[E],
    ) -> Result<(), Self::Error> {
        self.put(label::EPOCH_KEYS, self.scope.get(), &(group, epoch, leaf), &pairs)
    }

    fn encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
    ) -> Result<Vec<E>, Self::Error> {
        Ok(self.get(label::EPOCH_KEYS, self.scope.get(), &(group, epoch, leaf))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
    ) -> Result<(), Self::Error> {
        self.delete(label::EPOCH_KEYS, self.scope.get(), &(group, epoch, leaf))
    }
}
