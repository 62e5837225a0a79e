//! OpenMLS's storage as rows of the journal.
//!
//! A group's entities live in the scope that [`MlsStorage::enter`] named before the operation; key packages, key pairs and
//! PSKs belong to the account. An entity's key: one label byte, then the CBOR of OpenMLS's key. Its value: its CBOR.
//!
//! Some have a row each, under that key. What a group is with each epoch, besides the tree, is one row: nine of them cost more to
//! store one by one than all that they say ([`parts`]).

mod label;
mod parts;

use std::cell::{Cell, RefCell};

use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use self::label::Label;
use super::entity;
use crate::{
    journal::Journal,
    rows::{Change, Row, Scope, Table},
};

/// Key of that row.
const EPOCH: &[u8] = &[Label::Epoch as u8];

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
    entity::encode(value).map_err(|error| StorageError::Encode(error.to_string()))
}

fn decode<T: DeserializeOwned>(label: Label, bytes: &[u8]) -> Result<T, StorageError> {
    entity::decode(bytes).map_err(|error| StorageError::Decode(label as u8, error.to_string()))
}

fn row_key<K: Serialize>(label: Label, key: &K) -> Result<Vec<u8>, StorageError> {
    let mut bytes = vec![label as u8];
    bytes.extend_from_slice(&encode(key)?);
    Ok(bytes)
}

/// The bytes of an entity.
#[inline(never)] // Who reads it is compiled for each type.
fn find<'a>(journal: &'a Journal, scope: Scope, label: Label, key: &[u8]) -> Result<Option<&'a [u8]>, StorageError> {
    let get = |key| journal.get(scope, Table::Mls, key);
    let part = match get(EPOCH).filter(|_| label.is_part()) {
        Some(row) => parts::find(row, key).map_err(broken)?,
        None => None,
    };
    // Rows written before there were parts stand alone.
    Ok(part.or_else(|| get(key)))
}

fn set_row(journal: &mut Journal, scope: Scope, key: &[u8], value: Option<Vec<u8>>) {
    match value {
        Some(value) => journal.put(scope, Table::Mls, key, value),
        None => journal.delete(scope, Table::Mls, key),
    }
}

fn broken(error: minicbor::decode::Error) -> StorageError {
    StorageError::Decode(Label::Epoch as u8, error.to_string())
}

impl MlsStorage {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal: RefCell::new(journal), scope: Cell::new(Scope::Account) }
    }

    /// Group entities go to this scope from now on.
    pub fn enter(&self, scope: Scope) {
        self.scope.set(scope);
    }

    /// Takes a scope's rows as they are stored.
    pub fn load(&self, scope: Scope, rows: Vec<Row>) {
        self.journal_mut().load(scope, rows);
    }

    /// What changed since the last call, for whoever keeps the rows.
    pub fn take_changes(&self) -> Vec<Change> {
        self.journal_mut().take_changes()
    }

    /// The journal, for rows that are not OpenMLS's. Never held across a call of OpenMLS.
    pub(crate) fn journal(&self) -> std::cell::Ref<'_, Journal> {
        self.journal.borrow()
    }

    pub(crate) fn journal_mut(&self) -> std::cell::RefMut<'_, Journal> {
        self.journal.borrow_mut()
    }

    /// Where a kind of entity lives: with its group, or with the account.
    fn scope_of(&self, label: Label) -> Scope {
        match label {
            Label::SignatureKey | Label::EncryptionKey | Label::KeyPackage | Label::Psk => Scope::Account,
            _ => self.scope.get(),
        }
    }

    fn put<K: Serialize, E: Serialize>(&self, label: Label, key: &K, value: &E) -> Result<(), StorageError> {
        self.set(label, &row_key(label, key)?, Some(encode(value)?))
    }

    fn get<K: Serialize, E: DeserializeOwned>(&self, label: Label, key: &K) -> Result<Option<E>, StorageError> {
        let key = row_key(label, key)?;
        find(&self.journal(), self.scope_of(label), label, &key)?.map(|bytes| decode(label, bytes)).transpose()
    }

    fn delete<K: Serialize>(&self, label: Label, key: &K) -> Result<(), StorageError> {
        self.set(label, &row_key(label, key)?, None)
    }

    /// Writes an entity, or deletes it.
    #[inline(never)] // As for [`find`].
    fn set(&self, label: Label, key: &[u8], mut value: Option<Vec<u8>>) -> Result<(), StorageError> {
        let (scope, mut journal) = (self.scope_of(label), self.journal_mut());
        if label.is_part() {
            let row = journal.get(scope, Table::Mls, EPOCH).unwrap_or_default();
            let row = match value.take() {
                Some(value) => parts::with(row, key, &value),
                None => parts::retained(row, |of| of != key),
            };
            set_row(&mut journal, scope, EPOCH, Some(row.map_err(broken)?).filter(|row| !row.is_empty()));
        }
        set_row(&mut journal, scope, key, value);
        Ok(())
    }

    /// Deletes all that a group has in the scope that was entered, also where it does not load. A row of parts that cannot be read
    /// goes whole: nothing loads from it.
    pub fn erase<G: Serialize>(&self, group: &G) -> Result<(), StorageError> {
        let group = encode(group)?;
        // OpenMLS's key is the group's id, or an array that begins with it.
        let is_of_it = |key: &[u8]| [1, 2].iter().any(|at| key.get(*at..).is_some_and(|id| id.starts_with(&group)));
        let (scope, mut journal) = (self.scope.get(), self.journal_mut());
        let keys = journal.range(scope, Table::Mls, &[]).map(|(key, _)| key.to_vec());
        for key in keys.filter(|key| is_of_it(key)).collect::<Vec<_>>() {
            journal.delete(scope, Table::Mls, &key);
        }
        if let Some(row) = journal.get(scope, Table::Mls, EPOCH) {
            let row = parts::retained(row, |key| !is_of_it(key)).ok();
            set_row(&mut journal, scope, EPOCH, row.filter(|row| !row.is_empty()));
        }
        Ok(())
    }

    /// The encoded references of a group's queued proposals, in order.
    fn proposal_refs<G: Serialize>(&self, group: &G) -> Result<Vec<Vec<u8>>, StorageError> {
        Ok(self.get(Label::ProposalRefs, group)?.unwrap_or_default())
    }
}

/// The three methods of an entity that stands alone under its key. The trait is not of one mind on the order of its type
/// parameters, `K` for the key and `E` for the entity, so each method says its own.
macro_rules! entity {
    (
        $label:ident: $key:ident => $entity:ident,
        $write:ident<$w1:ident, $w2:ident>,
        $read:ident<$r1:ident, $r2:ident>,
        $delete:ident $(,)?
    ) => {
        fn $write<$w1, $w2>(&self, key: &K, value: &E) -> Result<(), Self::Error>
        where
            K: traits::$key<V>,
            E: traits::$entity<V>,
        {
            self.put(Label::$label, key, value)
        }

        fn $read<$r1, $r2>(&self, key: &K) -> Result<Option<E>, Self::Error>
        where
            K: traits::$key<V>,
            E: traits::$entity<V>,
        {
            self.get(Label::$label, key)
        }

        fn $delete<K: traits::$key<V>>(&self, key: &K) -> Result<(), Self::Error> {
            self.delete(Label::$label, key)
        }
    };
}

impl StorageProvider<V> for MlsStorage {
    type Error = StorageError;

    entity!(
        JoinConfig: GroupId => MlsGroupJoinConfig,
        write_mls_join_config<K, E>,
        mls_group_join_config<K, E>,
        delete_group_config,
    );
    entity!(Tree: GroupId => TreeSync, write_tree<K, E>, tree<K, E>, delete_tree);
    entity!(
        InterimHash: GroupId => InterimTranscriptHash,
        write_interim_transcript_hash<K, E>,
        interim_transcript_hash<K, E>,
        delete_interim_transcript_hash,
    );
    entity!(Context: GroupId => GroupContext, write_context<K, E>, group_context<K, E>, delete_context);
    entity!(
        ConfirmationTag: GroupId => ConfirmationTag,
        write_confirmation_tag<K, E>,
        confirmation_tag<K, E>,
        delete_confirmation_tag,
    );
    entity!(GroupState: GroupId => GroupState, write_group_state<E, K>, group_state<E, K>, delete_group_state);
    entity!(
        MessageSecrets: GroupId => MessageSecrets,
        write_message_secrets<K, E>,
        message_secrets<K, E>,
        delete_message_secrets,
    );
    entity!(
        ResumptionPsks: GroupId => ResumptionPskStore,
        write_resumption_psk_store<K, E>,
        resumption_psk_store<K, E>,
        delete_all_resumption_psk_secrets,
    );
    entity!(
        OwnLeafIndex: GroupId => LeafNodeIndex,
        write_own_leaf_index<K, E>,
        own_leaf_index<K, E>,
        delete_own_leaf_index,
    );
    entity!(
        EpochSecrets: GroupId => GroupEpochSecrets,
        write_group_epoch_secrets<K, E>,
        group_epoch_secrets<K, E>,
        delete_group_epoch_secrets,
    );
    entity!(
        SignatureKey: SignaturePublicKey => SignatureKeyPair,
        write_signature_key_pair<K, E>,
        signature_key_pair<K, E>,
        delete_signature_key_pair,
    );
    entity!(
        EncryptionKey: EncryptionKey => HpkeKeyPair,
        write_encryption_key_pair<K, E>,
        encryption_key_pair<E, K>,
        delete_encryption_key_pair,
    );
    entity!(KeyPackage: HashReference => KeyPackage, write_key_package<K, E>, key_package<K, E>, delete_key_package);
    entity!(Psk: PskId => PskBundle, write_psk<K, E>, psk<E, K>, delete_psk);

    fn append_own_leaf_node<G: traits::GroupId<V>, E: traits::LeafNode<V>>(
        &self,
        group: &G,
        leaf: &E,
    ) -> Result<(), Self::Error> {
        let mut leaves: Vec<E> = self.own_leaf_nodes(group)?;
        // Entities are not Clone: the new one joins the list through its bytes.
        leaves.push(decode(Label::OwnLeafNodes, &encode(leaf)?)?);
        self.put(Label::OwnLeafNodes, group, &leaves)
    }

    fn own_leaf_nodes<G: traits::GroupId<V>, E: traits::LeafNode<V>>(&self, group: &G) -> Result<Vec<E>, Self::Error> {
        Ok(self.get(Label::OwnLeafNodes, group)?.unwrap_or_default())
    }

    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), Self::Error> {
        self.delete(Label::OwnLeafNodes, group)
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
        self.put(Label::ProposalRefs, group, &refs)?;
        self.put(Label::Proposal, &(group, reference), proposal)
    }

    fn queued_proposal_refs<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<R>, Self::Error> {
        self.proposal_refs(group)?.iter().map(|bytes| decode(Label::ProposalRefs, bytes)).collect()
    }

    fn queued_proposals<G: traits::GroupId<V>, R: traits::ProposalRef<V>, E: traits::QueuedProposal<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<(R, E)>, Self::Error> {
        let mut queue = Vec::new();
        for reference in self.proposal_refs(group)? {
            let key = decode(Label::ProposalRefs, &reference)?;
            if let Some(proposal) = self.get(Label::Proposal, &(group, reference))? {
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
        self.put(Label::ProposalRefs, group, &refs)?;
        self.delete(Label::Proposal, &(group, reference))
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<(), Self::Error> {
        for reference in self.proposal_refs(group)? {
            self.delete(Label::Proposal, &(group, reference))?;
        }
        self.delete(Label::ProposalRefs, group)
    }

    fn write_encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
        pairs: &[E],
    ) -> Result<(), Self::Error> {
        self.put(Label::EpochKeys, &(group, epoch, leaf), &pairs)
    }

    fn encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
    ) -> Result<Vec<E>, Self::Error> {
        Ok(self.get(Label::EpochKeys, &(group, epoch, leaf))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>>(
        &self,
        group: &G,
        epoch: &K,
        leaf: u32,
    ) -> Result<(), Self::Error> {
        self.delete(Label::EpochKeys, &(group, epoch, leaf))
    }
}
