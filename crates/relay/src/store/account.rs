//! What everything that is stored counts, in one total, and what the total may come to.
//!
//! Each thing counts its bytes and a fixed rest for its rows (`RECORD_BYTES` and its kin in [`crate::limits`]). The total and its
//! bound are part of the state: relays that share a cluster come to the same total, and refuse the same writes.

use redb::ReadableTable;
use xchat_wire::MAX_PACKAGES;
#[cfg(feature = "server")]
use xchat_wire::{Address, PostId};

use super::tables::Tables;
use super::{Delivery, Filling, StoreError, Write};
use crate::limits::{
    CELL_ROW_BYTES, EPOCH_BYTES, INBOX_ROW_BYTES, LOG_ROW_BYTES, PACKAGE_BYTES, POST_BYTES, RECORD_BYTES,
    STORE_COMMITS, STORE_CREATIONS, STORE_MESSAGES,
};

/// Name in COUNTS: everything that is stored, but for blobs.
pub(super) const STORED: &str = "stored bytes";
/// Name in COUNTS: what that may come to; 0 or none is no bound.
pub(super) const BOUND: &str = "store bound";

/// What room is asked for, in the order in which a store that fills up refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// A log, an inbox or a cell that was not there.
    Creation,
    /// A message, a delivery, key packages, a cell that grows.
    Message,
    /// A commit.
    Commit,
    /// A commit without welcomes: how a group removes a member.
    Removal,
}

/// The total within one transaction; written when the transaction ends.
#[derive(Debug)]
pub(crate) struct Account {
    bytes: u64,
    bound: u64,
    /// Both as they were found.
    found: (u64, u64),
}

impl Account {
    pub(super) fn load(counts: &impl ReadableTable<&'static str, u64>) -> Result<Self, StoreError> {
        let count = |name| Ok::<_, StoreError>(counts.get(name)?.map_or(0, |count| count.value()));
        let (bytes, bound) = (count(STORED)?, count(BOUND)?);
        Ok(Self { bytes, bound, found: (bytes, bound) })
    }

    /// Counts more.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Counts less.
    pub(crate) fn subtract(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether so many more bytes may be stored for this.
    pub(crate) fn has_room(&self, need: Need, bytes: u64) -> bool {
        let hundredths = match need {
            Need::Creation => STORE_CREATIONS,
            Need::Message => STORE_MESSAGES,
            Need::Commit => STORE_COMMITS,
            Need::Removal => 100,
        };
        let most = u128::from(self.bound) * u128::from(hundredths) / 100;
        self.bound == 0 || u128::from(self.bytes) + u128::from(bytes) <= most
    }
}

impl Tables<'_> {
    /// From now on everything may come to this many bytes; 0 is no bound. What is there stays.
    pub(super) fn bound(&mut self, bytes: u64) {
        self.account.bound = bytes;
    }

    /// Writes the account: the last thing that a transaction does.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        let Account { bytes, bound, found } = self.account;
        if (bytes, bound) != found {
            self.blobs.counts.insert(STORED, bytes)?;
            self.blobs.counts.insert(BOUND, bound)?;
        }
        Ok(())
    }
}

#[cfg(feature = "server")]
impl super::Snapshot {
    /// What a write needs room for; none when it adds nothing: what is known, what grows no longer, what removes.
    pub(crate) fn need(&self, write: &Write) -> Result<Option<Need>, StoreError> {
        let new = |address: &Address, post: &PostId, need| Ok((!self.is_landed(address, post)?).then_some(need));
        match write {
            Write::CreateLog { log, .. } => Ok(self.log(log)?.is_none().then_some(Need::Creation)),
            Write::CreateInbox { inbox, .. } => Ok(self.inbox(inbox)?.is_none().then_some(Need::Creation)),
            Write::PutCell { cell, body, .. } => Ok(match self.cell(cell)? {
                None => Some(Need::Creation),
                Some(row) => (body.len() > row.body.len()).then_some(Need::Message),
            }),
            Write::Append { log, post, .. } => new(log, post, Need::Message),
            Write::Commit { log, commit, .. } if commit.welcomes.is_empty() => new(log, &commit.post, Need::Removal),
            Write::Commit { log, commit, .. } => new(log, &commit.post, Need::Commit),
            Write::Deliver(delivery) => new(&delivery.inbox, &delivery.post, Need::Message),
            Write::FillPool { inbox, filling } => new(inbox, &filling.post, Need::Message),
            Write::PutBlob { .. } | Write::ClaimBlob { .. } => Ok(Some(Need::Message)),
            Write::Acknowledge { .. } | Write::TakePackage { .. } | Write::ReleaseBlob { .. } => Ok(None),
            Write::Expire { .. } | Write::End { .. } | Write::Unused { .. } | Write::RemoveBlobs { .. } => Ok(None),
            Write::Use { .. } | Write::Bound { .. } => Ok(None),
        }
    }
}

impl super::Snapshot {
    /// Everything that is stored, as it is counted.
    pub(crate) fn stored_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.counts()?.get(STORED)?.map_or(0, |bytes| bytes.value()))
    }

    /// What that may come to; 0 is no bound.
    pub(crate) fn store_bound(&self) -> Result<u64, StoreError> {
        Ok(self.counts()?.get(BOUND)?.map_or(0, |bytes| bytes.value()))
    }
}

/// What a record with such a body counts, and the memory of its post id.
pub(crate) fn record_bytes(body: u64) -> u64 {
    body.saturating_add(RECORD_BYTES + POST_BYTES)
}

/// What these deliveries count.
pub(crate) fn delivery_bytes(deliveries: &[Delivery]) -> u64 {
    deliveries.iter().map(|delivery| record_bytes(delivery.body.len() as u64)).sum()
}

impl Filling {
    /// What this counts, with the memory of its post id.
    pub(crate) fn bytes(&self) -> u64 {
        let packages = self.packages.iter().take(MAX_PACKAGES).chain(&self.last_resort);
        POST_BYTES + packages.map(|package| package_bytes(package)).sum::<u64>()
    }
}

/// What a key package counts.
pub(crate) fn package_bytes(package: &[u8]) -> u64 {
    PACKAGE_BYTES + package.len() as u64
}

/// What a cell with such a body counts.
pub(crate) fn cell_bytes(body: &[u8]) -> u64 {
    CELL_ROW_BYTES + body.len() as u64
}

impl Write {
    /// What this would add to what is stored, were it new; 0 for what adds nothing.
    pub(crate) fn counted(&self) -> u64 {
        match self {
            Self::CreateLog { .. } => LOG_ROW_BYTES,
            Self::CreateInbox { .. } => INBOX_ROW_BYTES,
            Self::Append { body, .. } => record_bytes(body.len() as u64),
            Self::Commit { commit, .. } => {
                EPOCH_BYTES + record_bytes(commit.body.len() as u64) + delivery_bytes(&commit.welcomes)
            }
            Self::Deliver(delivery) => delivery_bytes(std::slice::from_ref(delivery)),
            Self::FillPool { filling, .. } => filling.bytes(),
            Self::PutCell { body, .. } => cell_bytes(body),
            Self::Acknowledge { .. } | Self::TakePackage { .. } | Self::ReleaseBlob { .. } => 0,
            // The relay's own.
            Self::Expire { .. }
            | Self::End { .. }
            | Self::Unused { .. }
            | Self::Use { .. }
            | Self::PutBlob { .. }
            | Self::ClaimBlob { .. }
            | Self::RemoveBlobs { .. }
            | Self::Bound { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests;
