//! Requests that another part of the relay carries out, and that write nothing to the store (signals, grants of blobs, TURN); and
//! what gives such a grant's claim up again.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, BlobClaim, BlobHash, ClaimTag, Epoch, MAX_BLOB, MAX_SIGNAL, Proof, Refusal, Reply, Request, Right,
};

use super::requests::within;
use super::{Errand, Session};
use crate::limits::{BLOB_BYTES_CONNECTION_A_DAY, GRANTS, RELEASES, RETRY_AFTER_MS, SIGNALS, TURN, TURNS_A_MINUTE};
use crate::signal::Signal;
use crate::store::{Store, StoreError, Write, denied, refused, same_key};

/// How long until the bucket of TURN has another.
const TURN_RETRY_MS: u32 = 60_000 / TURNS_A_MINUTE as u32;

/// A blob that a client wants to upload.
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has blobs"))]
pub(crate) struct Wanted {
    /// In whose name.
    pub(crate) address: Address,
    pub(crate) hash: BlobHash,
    /// Bytes.
    pub(crate) size: u64,
    /// How long it is to be kept.
    pub(crate) seconds: u32,
    /// Of the claim that is to hold it.
    pub(crate) tag: Option<ClaimTag>,
}

impl Session {
    /// Hands a signal on, if its sender is a member of the log as it is now. Size first, then rate, then rights.
    pub(super) fn signal(
        &mut self,
        log: Address,
        epoch: Epoch,
        body: ByteVec,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        if let Err(refusal) = within(body.len(), MAX_SIGNAL) {
            return Ok(refused(refusal));
        }
        if self.signals.take(SIGNALS, 1, self.heard_at).is_err() {
            return Ok(refused(Refusal::Busy { retry_after_ms: RETRY_AFTER_MS }));
        }
        match self.member(&log, Some(epoch), store)? {
            Ok(()) => {
                self.errands.push(Errand::Signal(Signal::new(log, epoch, body)));
                Ok(Reply::Ok)
            }
            Err(reply) => Ok(reply),
        }
    }

    /// Passes a grant on, if the client may write at the address; else the answer. Size first, then rate, then rights, then
    /// what the connection was granted today.
    pub(super) fn want_blob(
        &mut self,
        request: Request,
        right: Right,
        proof: Option<Proof>,
        wanted: Wanted,
        store: &Store,
    ) -> Result<Option<Reply>, StoreError> {
        if wanted.size > MAX_BLOB {
            return Ok(Some(refused(Refusal::TooLarge)));
        }
        if self.grants.take(GRANTS, 1, self.heard_at).is_err() {
            return Ok(Some(refused(Refusal::Busy { retry_after_ms: RETRY_AFTER_MS })));
        }
        if let Err(reply) = self.may_write(right, &wanted.address, proof, store)? {
            return Ok(Some(reply));
        }
        if !self.granted.take(wanted.size, BLOB_BYTES_CONNECTION_A_DAY, self.heard_at) {
            return Ok(Some(refused(Refusal::Full)));
        }
        self.asked += 1;
        self.errands.push(Errand::Grant(request, wanted));
        Ok(None)
    }

    /// A claim is given up by whoever knows it. That there is nothing to give up is for the write to find out: each is as much work.
    pub(super) fn release_blob(&mut self, hash: BlobHash, claim: &BlobClaim) -> Result<Write, Refusal> {
        match self.releases.take(RELEASES, 1, self.heard_at) {
            Ok(()) => Ok(Write::ReleaseBlob { hash, tag: claim.tag() }),
            Err(_) => Err(Refusal::Busy { retry_after_ms: RETRY_AFTER_MS }),
        }
    }

    /// Passes a wish for TURN on, if the client is a member of anything at all; else the answer. Rate first, then rights.
    pub(super) fn want_turn(&mut self, request: Request) -> Option<Reply> {
        if self.turns.take(TURN, 1, self.heard_at).is_err() {
            return Some(refused(Refusal::Busy { retry_after_ms: TURN_RETRY_MS }));
        }
        if !self.rights.any_log() {
            return Some(denied());
        }
        self.errands.push(Errand::Turn(request));
        None
    }

    /// Whether the client has the right to write at this address; else the answer.
    fn may_write(
        &self,
        right: Right,
        address: &Address,
        proof: Option<Proof>,
        store: &Store,
    ) -> Result<Result<(), Reply>, StoreError> {
        let holds = match (right, proof) {
            (Right::Log, _) => return self.member(address, None, store),
            (Right::InboxOwner, _) => self.rights.owns(address),
            (Right::CellOwner, Some(proof)) => {
                let signed = self.signer(right, address, &proof).is_ok();
                let owner = store.snapshot()?.holder(right, address, Epoch(0))?.map(|(owner, _)| owner);
                signed & same_key(&proof.key, owner.as_ref())
            }
            (Right::CellOwner, None) | (Right::InboxWriter, _) => false,
        };
        Ok(if holds { Ok(()) } else { Err(denied()) })
    }

    /// Whether the connection has proved the log's current epoch, which must be `named` if that is given; else the answer.
    fn member(&self, log: &Address, named: Option<Epoch>, store: &Store) -> Result<Result<(), Reply>, StoreError> {
        let Some(run) = self.rights.log(log) else { return Ok(Err(denied())) };
        let row = store.snapshot()?.log(log)?.ok_or(StoreError::Corrupt("a proved log is gone"))?;
        let current = named.is_none_or(|named| named == row.epoch) && run.holds(row.epoch);
        Ok(if current { Ok(()) } else { Err(Reply::Stale { epoch: row.epoch }) })
    }
}
