//! A blob that is there already is claimed in place of an upload.

use xchat_wire::{ClaimTag, Refusal, Reply};

use super::{BlobError, Blobs};
use crate::limits::{CLAIM_MARGIN_MS, RETRY_AFTER_MS};
use crate::session::Wanted;
use crate::store::{Outcome, Shelved, Write, refused};

impl Blobs {
    /// Whether it is worth the while to look: by its row alone. A row that cannot be read is for [`Blobs::claim`] to meet.
    pub(crate) fn may_be_claimed(&self, wanted: &Wanted) -> bool {
        let row = || self.store.snapshot()?.blob(&wanted.hash);
        wanted.tag.is_some()
            && row().map_or(true, |row| row.is_some_and(|row| row.expires > (self.clock)() && row.size == wanted.size))
    }

    /// Answers a session whose client has a right to upload: a blob that is there is claimed, any other may be uploaded. It stores
    /// nothing and keeps what is there for longer, so it counts as an upload does; but it needs no room.
    pub(crate) async fn claim(&self, wanted: &Wanted, steady: u64) -> Reply {
        let (Some(tag), Ok(_place)) = (wanted.tag, self.claims.try_acquire()) else {
            return refused(Refusal::Busy { retry_after_ms: RETRY_AFTER_MS });
        };
        if !self.pay(wanted, steady) {
            return refused(Refusal::Full);
        }
        let now = (self.clock)();
        let expires = wanted.expires(self.retention_ms, now);
        match self.keep(wanted, tag, expires, now).await {
            Ok(Shelved::New | Shelved::Known) => Reply::Kept { expires },
            Ok(Shelved::Absent) => self.leave_for(wanted),
            Ok(Shelved::Full) => self.unpaid(wanted, Refusal::Full),
            Err(error) => self.failed(wanted, &error),
        }
    }

    async fn keep(&self, wanted: &Wanted, tag: ClaimTag, expires: u64, now: u64) -> Result<Shelved, BlobError> {
        // As with an upload: no sweep takes the bytes between the look at them and the claim.
        let _shared = self.gate.read().await;
        let (hash, size) = (wanted.hash, wanted.size);
        if self.size(&hash).await? != Some(size) {
            return Ok(Shelved::Absent);
        }
        let claim = Write::ClaimBlob { hash, size, tag, expires, now: now.saturating_add(CLAIM_MARGIN_MS) };
        match self.writer.chore(claim).await {
            Some(Outcome::Shelved(shelved)) => Ok(shelved),
            Some(_) => Err(BlobError::Rows),
            None => Err(BlobError::Stopping),
        }
    }
}

impl Wanted {
    /// Until when it is kept, in Unix milliseconds: as long as is asked, at most for the retention.
    pub(crate) fn expires(&self, retention_ms: u64, now: u64) -> u64 {
        now.saturating_add(u64::from(self.seconds).saturating_mul(1000).min(retention_ms))
    }
}
