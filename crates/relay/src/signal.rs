//! A signal: what one member of a log says to those who listen right now. Nothing of it is ever stored.

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use xchat_wire::{Address, Epoch, ServerFrame};

/// A signal on its way to its listeners, encoded once for all of them.
#[derive(Debug)]
pub(crate) struct Signal {
    pub(crate) log: Address,
    pub(crate) epoch: Epoch,
    /// The whole `ServerFrame::Signal`.
    pub(crate) frame: Bytes,
}

impl Signal {
    /// Encodes it.
    pub(crate) fn new(log: Address, epoch: Epoch, body: ByteVec) -> Self {
        Self { log, epoch, frame: xchat_wire::encode(&ServerFrame::Signal { address: log, epoch, body }).into() }
    }
}
