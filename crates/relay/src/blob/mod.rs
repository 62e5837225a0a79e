//! Blobs: immutable chunks of ciphertext under the SHA-256 of their bytes, uploaded with a grant, kept for a time.
//!
//! An upload goes `grant -> token -> bytes, checked as they come -> a row in the store -> the bytes under their name`. The
//! row is first, so that nothing is ever kept that no sweep would find; a row without bytes reads as no blob at all. The
//! sweep deletes bytes first and then the row, and no upload is finished meanwhile.
//!
//! It must never show bytes whose hash was not checked, wait for a disk on a thread of the runtime, or log a hash.

mod claim;
mod grant;
mod place;
mod settings;
#[cfg(test)]
mod tests;
mod upload;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::{GetOptions, GetRange};
use thiserror::Error;
use tokio::sync::{RwLock, Semaphore};
use xchat_wire::{Address, BlobHash, Refusal, Reply};

use crate::allowance::Ledger;
use crate::limits::{
    BLOB_ADDRESSES_A_DAY, BLOB_BYTES_ADDRESS_A_DAY, BLOB_EXPIRE_STEP, BLOB_MEMORY, BLOB_UPLOADS_AN_ADDRESS,
    CLAIMS_TOGETHER,
};
use crate::session::Wanted;
use crate::store::{Outcome, Store, StoreError, Write, refused};
use crate::writer::Writer;
pub(crate) use grant::Key;
use grant::KeyError;
pub(crate) use grant::Leave;
use place::Place;
pub use place::{BlobPlace, PlaceError};
pub use settings::BlobSettings;
pub(crate) use upload::UploadError;

/// Name of the key's file in the data folder.
const KEY_FILE: &str = "blob.key";
/// Name of the blobs' folder in the data folder.
const FOLDER: &str = "blobs";
/// Deletions under way together.
const DELETES: usize = 8;

/// Why there are no blobs: a sentence for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// What went wrong inside. Says nothing of which blob.
#[derive(Debug, Error)]
pub(crate) enum BlobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the place of blobs: {0}")]
    Place(String),
    #[error("the relay is stopping")]
    Stopping,
    #[error("the rows of blobs could not be changed")]
    Rows,
    #[error("a task was lost: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Bytes of a blob, as they come from where it is kept.
pub(crate) type Content = BoxStream<'static, object_store::Result<Bytes>>;

/// The blobs of one relay.
pub(crate) struct Blobs {
    store: Arc<Store>,
    writer: Writer,
    place: Place,
    key: Key,
    ledger: Mutex<Ledger<Address>>,
    /// Shared by uploads that are being finished and by claims, held alone by the sweep: bytes and rows change together.
    gate: RwLock<()>,
    /// One for each upload that may be under way.
    uploads: Semaphore,
    /// One for each claim that may be looked into.
    claims: Semaphore,
    most: u64,
    retention_ms: u64,
    clock: fn() -> u64,
}

impl Blobs {
    /// Opens what the settings name; none when they offer no blobs.
    pub(crate) async fn open(
        settings: &BlobSettings,
        data: &Path,
        retention_ms: u64,
        store: Arc<Store>,
        writer: Writer,
        clock: fn() -> u64,
    ) -> Result<Option<Self>, OpenError> {
        if settings.most() == 0 {
            return Ok(None);
        }
        let key = match &settings.blob_key_file {
            Some(path) => Key::read(path)?,
            None => Key::read_or_make(&data.join(KEY_FILE))?,
        };
        let place = match &settings.blobs {
            Some(place) => place.clone(),
            None => BlobPlace::Folder(data.join(FOLDER)),
        };
        let place = Place::open(&place)?;
        place.check().await?;
        Ok(Some(Self::over(place, key, settings.most(), retention_ms, (store, writer), clock)))
    }

    fn over(
        place: Place,
        key: Key,
        most: u64,
        retention_ms: u64,
        (store, writer): (Arc<Store>, Writer),
        clock: fn() -> u64,
    ) -> Self {
        let uploads = Semaphore::new(BLOB_MEMORY / place.part());
        let (ledger, gate) = (Mutex::default(), RwLock::default());
        let claims = Semaphore::new(CLAIMS_TOGETHER);
        Self { store, writer, place, key, ledger, gate, uploads, claims, most, retention_ms, clock }
    }

    /// Uploads that one network address may have under way: a few cannot take all that there are.
    pub(crate) fn uploads_an_address(&self) -> usize {
        (BLOB_MEMORY / self.place.part() / 4).clamp(1, BLOB_UPLOADS_AN_ADDRESS)
    }

    /// Answers a session whose client has a right to upload. A day is one of `steady`, a clock in milliseconds that nobody moves.
    pub(crate) fn grant(&self, wanted: &Wanted, steady: u64) -> Reply {
        if !self.pay(wanted, steady) {
            return refused(Refusal::Full);
        }
        self.leave_for(wanted)
    }

    /// Whether as much may be granted today in the name of this address; counted if so.
    fn pay(&self, wanted: &Wanted, steady: u64) -> bool {
        let (most, addresses) = (BLOB_BYTES_ADDRESS_A_DAY, BLOB_ADDRESSES_A_DAY);
        self.ledger().take(&wanted.address, wanted.size, most, addresses, steady) == Some(true)
    }

    /// A grant that is paid, as far as there is room; else it does not count.
    fn leave_for(&self, wanted: &Wanted) -> Reply {
        match self.store.snapshot().and_then(|snapshot| snapshot.blob_bytes()) {
            Ok(used) if used.saturating_add(wanted.size) <= self.most => {
                self.key.grant(wanted, self.retention_ms, (self.clock)())
            }
            Ok(_) => self.unpaid(wanted, Refusal::Full),
            Err(error) => self.failed(wanted, &error.into()),
        }
    }

    /// Something failed inside.
    fn failed(&self, wanted: &Wanted, error: &BlobError) -> Reply {
        tracing::error!(%error, "a grant could not be looked up");
        self.unpaid(wanted, Refusal::Internal)
    }

    /// Refused after it was paid: it does not count.
    fn unpaid(&self, wanted: &Wanted, reason: Refusal) -> Reply {
        self.ledger().give_back(&wanted.address, wanted.size);
        refused(reason)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Address>> {
        // Each change is complete before anything can panic.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a token allows for this hash; none for a token that is none, is another hash's, or is too old.
    pub(crate) fn leave(&self, hash: &BlobHash, token: &[u8]) -> Option<Leave> {
        self.key.open(hash, token).filter(|leave| (self.clock)() < leave.until)
    }

    /// Size of a blob that is there.
    pub(crate) async fn size(&self, hash: &BlobHash) -> Result<Option<u64>, BlobError> {
        let Some(size) = self.row(hash).await? else { return Ok(None) };
        let options = GetOptions { head: true, ..GetOptions::default() };
        Ok(self.fetch(hash, options).await?.map(|_| size))
    }

    /// Of a blob that has a row, all bytes or those of `part`, which lies within its size.
    pub(crate) async fn read(&self, hash: &BlobHash, part: Option<Range<u64>>) -> Result<Option<Content>, BlobError> {
        let options = GetOptions { range: part.map(GetRange::Bounded), ..GetOptions::default() };
        Ok(self.fetch(hash, options).await?.map(|found| found.into_stream()))
    }

    /// The size of a blob that has a row and whose time is not over; its bytes may still be missing.
    pub(crate) async fn row(&self, hash: &BlobHash) -> Result<Option<u64>, BlobError> {
        let (now, hash) = ((self.clock)(), *hash);
        let row = self.blocking(move |store| store.snapshot()?.blob(&hash)).await?;
        Ok(row.filter(|row| row.expires > now).map(|row| row.size))
    }

    async fn fetch(&self, hash: &BlobHash, options: GetOptions) -> Result<Option<object_store::GetResult>, BlobError> {
        match self.place.get(hash, options).await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(BlobError::Place(place::reason(&error))),
        }
    }

    /// Deletes blobs whose time is over; how many.
    pub(crate) async fn sweep(&self) -> Result<usize, BlobError> {
        let mut removed = 0;
        loop {
            let _alone = self.gate.write().await;
            let now = (self.clock)();
            let old = self.blocking(move |store| store.expired_blobs(now, BLOB_EXPIRE_STEP)).await?;
            let deletions = stream::iter(old.clone()).map(|hash| self.place.delete(hash)).buffer_unordered(DELETES);
            let failed: Vec<_> = deletions.filter_map(async |deleted| deleted.err()).collect().await;
            if let Some(error) = failed.first() {
                return Err(BlobError::Place(place::reason(error)));
            }
            let count = old.len();
            if count > 0 {
                match self.writer.chore(Write::RemoveBlobs { hashes: old, ended: now }).await {
                    Some(Outcome::Removed) => {}
                    // The same rows would come again, for ever.
                    Some(_) => return Err(BlobError::Rows),
                    None => return Err(BlobError::Stopping),
                }
            }
            removed += count;
            if count < BLOB_EXPIRE_STEP {
                return Ok(removed);
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let store = self.store.clone();
        Ok(tokio::task::spawn_blocking(move || act(&store)).await??)
    }
}
