//! Requests that write nothing to the store and that another part of the relay carries out: signals.

use minicbor::bytes::ByteVec;
use xchat_wire::{Address, Epoch, MAX_SIGNAL, Refusal, Reply};

use super::requests::within;
use super::{Errand, Session};
use crate::limits::RETRY_AFTER_MS;
use crate::signal::Signal;
use crate::store::{Store, StoreError, denied, refused};

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
        if !self.signals.take(self.heard_at) {
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

    /// Whether the connection has proved the log's current epoch, which must be `named` if that is given; else the answer.
    fn member(&self, log: &Address, named: Option<Epoch>, store: &Store) -> Result<Result<(), Reply>, StoreError> {
        let Some(run) = self.rights.log(log) else { return Ok(Err(denied())) };
        let row = store.snapshot()?.log(log)?.ok_or(StoreError::Corrupt("a proved log is gone"))?;
        let current = named.is_none_or(|named| named == row.epoch) && run.holds(row.epoch);
        Ok(if current { Ok(()) } else { Err(Reply::Stale { epoch: row.epoch }) })
    }
}
