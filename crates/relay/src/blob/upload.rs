//! One upload: bytes are counted and hashed as they come, and are seen by nobody before both agree with the grant.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::buffered::BufWriter;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use xchat_wire::{BlobHash, GRANT_MS};

use super::place::{is_full, reason};
use super::{BlobError, Blobs, Leave};
use crate::limits::{BLOB_WINDOW_BYTES, BLOB_WINDOW_MS};
use crate::store::{Outcome, Shelved, Write};

/// Why a blob was not taken. Nothing of it is there.
#[derive(Debug, Error)]
pub(crate) enum UploadError {
    /// No token at all.
    #[error("an upload needs a grant in an Authorization: Bearer header")]
    NoGrant,
    /// A token that is none, is another hash's, or is too old: which of them is not told.
    #[error("this is no grant for this blob, or not any more")]
    Grant,
    /// As many uploads as the relay has memory for are under way.
    #[error("too many uploads are under way: try again in a moment")]
    Busy,
    /// More bytes than were granted.
    #[error("these are more bytes than were granted")]
    TooLong,
    /// The end came before as many bytes as were granted.
    #[error("these are fewer bytes than were granted")]
    TooShort,
    /// The bytes are not those of the address.
    #[error("the SHA-256 of these bytes is not the blob's address")]
    Hash,
    /// The connection broke.
    #[error("the upload was cut off")]
    Broken,
    /// Too little came for a while, or the grant ran out.
    #[error("the upload took too long")]
    Slow,
    /// The quota is used up, or the disk is.
    #[error("the relay has no room for this blob")]
    Full,
    #[error("the relay failed; try again")]
    Failed(#[from] BlobError),
}

impl Blobs {
    /// Takes the bytes of a blob. `New` or `Known` say that it is there and durable, unless it was given up meanwhile.
    pub(crate) async fn receive<E>(
        &self,
        hash: &BlobHash,
        leave: Leave,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Shelved, UploadError> {
        let Ok(_place) = self.uploads.try_acquire() else { return Err(UploadError::Busy) };
        let (place, size) = (self.place.clone(), leave.size);
        // Held until the bytes are there or given up.
        let room = tokio::task::spawn_blocking(move || place.reserve(size)).await.map_err(BlobError::Task)?;
        let mut writer = room.as_ref().map(|_| self.place.writer(hash));
        // A clock that was set back since the grant makes it no longer.
        let left = Duration::from_millis(leave.until.saturating_sub((self.clock)()).min(GRANT_MS));
        let outcome = match timeout(left, take(&mut writer, hash, leave.size, body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(UploadError::Slow),
        };
        match (outcome, writer) {
            (Ok(()), Some(writer)) => self.shelve(hash, leave, writer).await,
            (Ok(()), None) => Err(UploadError::Full),
            (Err(error), writer) => {
                give_up(writer).await;
                Err(error)
            }
        }
    }

    /// The bytes are right: gives them a row, and then their name.
    async fn shelve(&self, hash: &BlobHash, leave: Leave, mut writer: BufWriter) -> Result<Shelved, UploadError> {
        let _shared = self.gate.read().await;
        let (now, most) = ((self.clock)(), self.most);
        let put = Write::PutBlob { hash: *hash, size: leave.size, expires: leave.expires, now, most, tag: leave.tag };
        let shelved = match self.writer.chore(put).await {
            Some(Outcome::Shelved(shelved @ (Shelved::New | Shelved::Known))) => shelved,
            Some(Outcome::Shelved(Shelved::Full)) => {
                give_up(Some(writer)).await;
                return Err(UploadError::Full);
            }
            _ => {
                give_up(Some(writer)).await;
                return Err(BlobError::Stopping.into());
            }
        };
        match writer.shutdown().await {
            Ok(()) => Ok(shelved),
            Err(error) => Err(refusal(&error)),
        }
    }
}

/// Reads the whole body. Once nothing more can be written the rest is still read, so that the client hears why.
async fn take<E>(
    writer: &mut Option<BufWriter>,
    hash: &BlobHash,
    size: u64,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(), UploadError> {
    let (mut count, mut sum, mut failed, mut pace) = (0, Sha256::new(), None, Pace::default());
    while let Some(chunk) = pace.next(&mut body).await? {
        count += chunk.len() as u64;
        if count > size {
            return Err(UploadError::TooLong);
        }
        sum.update(&chunk);
        if let (Some(writer), None) = (&mut *writer, &failed) {
            failed = writer.put(chunk).await.err();
        }
    }
    match failed {
        _ if count < size => Err(UploadError::TooShort),
        _ if sum.finalize().as_slice() != hash.as_bytes() => Err(UploadError::Hash),
        Some(error) => Err(refusal(&error)),
        None => Ok(()),
    }
}

/// How fast a body comes. Counts the time that is spent waiting for it, and not what this relay's own disk takes.
#[derive(Default)]
struct Pace {
    waited: Duration,
    bytes: usize,
}

impl Pace {
    async fn next<E>(
        &mut self,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Option<Bytes>, UploadError> {
        const WINDOW: Duration = Duration::from_millis(BLOB_WINDOW_MS);
        loop {
            let began = Instant::now();
            match timeout(WINDOW.saturating_sub(self.waited), body.next()).await {
                Ok(None) => return Ok(None),
                Ok(Some(chunk)) => {
                    let chunk = chunk.map_err(|_| UploadError::Broken)?;
                    self.waited += began.elapsed();
                    self.bytes += chunk.len();
                    return Ok(Some(chunk));
                }
                Err(_) if self.bytes < BLOB_WINDOW_BYTES => return Err(UploadError::Slow),
                Err(_) => *self = Self::default(),
            }
        }
    }
}

fn refusal(error: &(dyn std::error::Error + 'static)) -> UploadError {
    match is_full(error) {
        true => UploadError::Full,
        false => UploadError::Failed(BlobError::Place(reason(error))),
    }
}

/// Removes what was written. What cannot be removed now is removed at the next start.
async fn give_up(writer: Option<BufWriter>) {
    if let Some(mut writer) = writer
        && let Err(error) = writer.abort().await
    {
        tracing::warn!(reason = reason(&error), "an unfinished upload could not be removed");
    }
}
