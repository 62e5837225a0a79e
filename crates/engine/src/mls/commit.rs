//! Commits and proposals: made, staged, taken apart into facts, merged.
//!
//! A commit that brings people in or changes the group's state has no path: its size does not grow with the group, and the
//! keys of those who were there are renewed on schedule. One that takes somebody out always has one (RFC 9420 12.4).

use openmls::prelude::{
    KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsMessageOut, Proposal, QueuedProposal, Sender, StagedCommit,
    tls_codec::Serialize as _,
};
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, PublicKey};
use zeroize::Zeroizing;

use super::{
    Group, MlsError, MlsProvider,
    error::refused,
    group::{ACCESS_LABEL, access_seed},
    leaf::{Bearer, certified, introduced, known, of_package, profile},
    shared::{checked_state_of, extensions_of},
};
use crate::{
    room::{Added, Device, Proposed, Removal, RoomState},
    state::Introduced,
};

/// What an own commit is to do.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) adds: Vec<KeyPackage>,
    /// Leaf indices.
    pub(crate) removes: Vec<u32>,
    pub(crate) state: Option<RoomState>,
    /// The bytes of the picture that the state names, where the group has another one or none.
    pub(crate) picture: Option<Vec<u8>>,
    /// Renew this device's leaf, with its profile as it is now.
    pub(crate) renew: bool,
    /// Take up what members have proposed in this epoch: that they leave.
    pub(crate) proposals: bool,
}

/// An own commit that is staged: what goes to the relay, and what it does.
pub(crate) struct Staged {
    pub(crate) commit: Vec<u8>,
    /// For those whom the commit adds.
    pub(crate) welcome: Option<Vec<u8>>,
    /// Seed of the access key of the epoch that it opens.
    pub(crate) next_access: Zeroizing<[u8; 32]>,
    pub(crate) facts: Facts,
}

/// What a commit does.
pub(crate) struct Facts {
    pub(crate) proposed: Proposed,
    /// Who says what of themselves in leaves that it brings or renews.
    pub(crate) introduced: Vec<Introduced>,
}

impl Group {
    /// Stages a commit. To be merged when it is read back, or cleared when another was first.
    pub(crate) fn stage(
        &mut self,
        provider: &MlsProvider,
        bearer: &Bearer,
        log: &Address,
        plan: Plan,
    ) -> Result<Staged, MlsError> {
        let removes = plan.removes.into_iter().map(LeafNodeIndex::new);
        let kept = self.picture();
        let mut builder = self
            .0
            .commit_builder()
            .consume_proposal_store(plan.proposals)
            .force_self_update(plan.renew)
            .propose_adds(plan.adds)
            .propose_removals(removes);
        if let Some(state) = &plan.state {
            let picture = plan.picture.or(kept).filter(|_| state.picture.is_some());
            builder = builder.propose_group_context_extensions(extensions_of(state, picture)?).map_err(refused)?;
        }
        if plan.renew {
            let renewed = LeafNodeParameters::builder().with_extensions(bearer.extensions()?).build();
            builder = builder.leaf_node_parameters(renewed);
        }
        let bundle = builder
            .load_psks(provider.storage())
            .map_err(refused)?
            .build(provider.rand(), provider.crypto(), &bearer.signer, |_| true)
            .map_err(refused)?
            .stage_commit(provider)
            .map_err(refused)?;
        let welcome = bundle.to_welcome_msg();
        self.staged(provider, &bundle.into_commit(), welcome, bearer, log)
    }

    fn staged(
        &self,
        provider: &MlsProvider,
        commit: &MlsMessageOut,
        welcome: Option<MlsMessageOut>,
        bearer: &Bearer,
        log: &Address,
    ) -> Result<Staged, MlsError> {
        let pending = self.0.pending_commit().ok_or(MlsError::Missing)?;
        let next_access = self.next_access(provider, pending, log)?.ok_or(MlsError::Missing)?;
        let author = known(&bearer.credential().credential)?;
        Ok(Staged {
            commit: commit.tls_serialize_detached().map_err(refused)?,
            welcome: welcome.map(|welcome| welcome.tls_serialize_detached()).transpose().map_err(refused)?,
            next_access,
            facts: self.facts(pending, &author)?,
        })
    }

    /// Seed of the access key of the epoch that a commit opens. None: it removes this device.
    pub(super) fn next_access(
        &self,
        provider: &MlsProvider,
        staged: &StagedCommit,
        log: &Address,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, MlsError> {
        if staged.self_removed() {
            return Ok(None);
        }
        let secret = staged.export_secret(provider.crypto(), ACCESS_LABEL, log.as_bytes(), 32).map_err(refused)?;
        Ok(Some(access_seed(secret)))
    }

    /// Takes a commit apart. Every new leaf must be certified; what is no add, removal or state is refused.
    pub(super) fn facts(&self, staged: &StagedCommit, author: &Device) -> Result<Facts, MlsError> {
        let mut proposed = Proposed { author: author.person, adds: Vec::new(), removals: Vec::new(), state: None };
        let mut known_people = Vec::new();
        for queued in staged.queued_proposals() {
            match queued.proposal() {
                Proposal::Add(add) => {
                    let device = of_package(add.key_package())?;
                    known_people.extend(introduced(add.key_package().leaf_node(), &device));
                    let profile = profile(add.key_package().leaf_node());
                    proposed.adds.push(Added {
                        device,
                        made: profile.as_ref().map_or(0, |profile| profile.made),
                        for_room: profile.and_then(|profile| profile.for_room),
                    });
                }
                Proposal::Remove(_) => proposed.removals.push(self.removal(queued)?),
                Proposal::GroupContextExtensions(changed) => {
                    proposed.state = Some(checked_state_of(changed.extensions())?.ok_or(MlsError::Foreign)?);
                }
                _ => return Err(MlsError::Foreign),
            }
        }
        if let Some(leaf) = staged.update_path_leaf_node() {
            let renewed = certified(leaf.credential(), leaf.signature_key().as_slice())?;
            if renewed != *author {
                return Err(MlsError::Leaf);
            }
            known_people.extend(introduced(leaf, &renewed));
        }
        Ok(Facts { proposed, introduced: known_people })
    }

    /// A proposal to remove a leaf: which device, and who proposes it.
    fn removal(&self, queued: &QueuedProposal) -> Result<Removal, MlsError> {
        let (Proposal::Remove(remove), Sender::Member(by)) = (queued.proposal(), queued.sender()) else {
            return Err(MlsError::Foreign);
        };
        let (device, made) = (self.device_at(remove.removed())?, self.made(remove.removed().u32()));
        Ok(Removal { device, by: self.device_at(*by)?.person, made })
    }

    pub(super) fn device_at(&self, index: LeafNodeIndex) -> Result<Device, MlsError> {
        known(&self.0.member_at(index).ok_or(MlsError::Leaf)?.credential)
    }

    /// Keeps a member's proposal for the commits of this epoch: that devices of their own leave. Whether it was such a one.
    pub(super) fn keep_proposal(&mut self, provider: &MlsProvider, queued: QueuedProposal) -> Result<bool, MlsError> {
        let leaving = self.removal(&queued).is_ok_and(|removal| removal.device.person == removal.by);
        if leaving {
            self.0.store_pending_proposal(provider.storage(), queued).map_err(refused)?;
        }
        Ok(leaving)
    }

    /// Whether members have proposed something in this epoch. RFC 9420, 12.4: before an application message goes out, a commit has to
    /// take it up.
    pub(crate) fn has_proposals(&self) -> bool {
        self.0.pending_proposals().next().is_some()
    }

    /// Forgets what was proposed in this epoch, where no commit can be made of it.
    pub(crate) fn drop_proposals(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.clear_pending_proposals(provider.storage()).map_err(refused)
    }

    /// People who have proposed in this epoch to leave.
    pub(crate) fn leaving(&self) -> Vec<PublicKey> {
        let removals = self.0.pending_proposals().filter_map(|queued| self.removal(queued).ok());
        removals.map(|removal| removal.device.person).collect()
    }

    /// Proposes that these leaves of this person go: one message each, for the log.
    pub(crate) fn propose_leaving(
        &mut self,
        provider: &MlsProvider,
        bearer: &Bearer,
        leaves: &[u32],
    ) -> Result<Vec<Vec<u8>>, MlsError> {
        leaves
            .iter()
            .map(|leaf| {
                let (message, _) = self
                    .0
                    .propose_remove_member(provider, &bearer.signer, LeafNodeIndex::new(*leaf))
                    .map_err(refused)?;
                message.tls_serialize_detached().map_err(refused)
            })
            .collect()
    }

    /// Merges the own commit that was read back.
    pub(crate) fn merge_own(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.merge_pending_commit(provider).map_err(refused)
    }

    /// Forgets the own commit: another one was first.
    pub(crate) fn clear_own(&mut self, provider: &MlsProvider) -> Result<(), MlsError> {
        self.0.clear_pending_commit(provider.storage()).map_err(refused)
    }

    /// Merges another device's commit.
    pub(crate) fn merge(&mut self, provider: &MlsProvider, staged: StagedCommit) -> Result<(), MlsError> {
        self.0.merge_staged_commit(provider, staged).map_err(refused)
    }
}
