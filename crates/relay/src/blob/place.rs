//! Where the bytes of blobs are kept: a local folder, or a bucket of S3 and its kin.
//!
//! Errors of `object_store` name the object, which is an address: only [`reason`] may be logged or shown of them.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use xchat_wire::BlobHash;

use crate::disk;
use crate::limits::{BLOB_DISK_RESERVE, BLOB_PART};

/// What an operator names: a folder, or `s3://bucket` with perhaps a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobPlace {
    Folder(PathBuf),
    /// Bucket and prefix. Region, endpoint and credentials come from the `AWS_` variables that every S3 client knows.
    Bucket(String, String),
}

impl FromStr for BlobPlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let Some(bucket) = text.strip_prefix("s3://") else { return Ok(Self::Folder(text.into())) };
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        match bucket.is_empty() {
            true => Err(PlaceError::Bucket),
            false => Ok(Self::Bucket(bucket.to_owned(), prefix.trim_matches('/').to_owned())),
        }
    }
}

impl fmt::Display for BlobPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket(bucket, prefix) => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// Why blobs cannot be kept there: a sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// `s3://` and nothing behind it.
    #[error("s3:// is followed by the name of a bucket, and perhaps a prefix: s3://bucket/prefix")]
    Bucket,
    #[error("the folder of blobs, {0}, cannot be used: {1}")]
    Folder(PathBuf, String),
    #[error("the place of blobs cannot be used: {0}")]
    Settings(String),
    /// A build without it.
    #[cfg(not(feature = "s3"))]
    #[error("this relay was built without S3; name a folder, or build it with the feature s3")]
    NoS3,
}

/// The bytes of blobs.
#[derive(Clone)]
pub(crate) struct Place {
    objects: Arc<dyn ObjectStore>,
    /// Bytes that one upload holds in memory before they go on.
    part: usize,
    /// Of a folder: where to look for room.
    folder: Option<PathBuf>,
    /// Bytes that uploads under way may still write.
    reserved: Arc<AtomicU64>,
}

impl Place {
    /// Opens it, and removes what uploads that were cut off by a crash have left.
    pub(crate) fn open(place: &BlobPlace) -> Result<Self, PlaceError> {
        match place {
            BlobPlace::Folder(folder) => Self::folder(folder.clone()),
            #[cfg(feature = "s3")]
            BlobPlace::Bucket(bucket, prefix) => Self::bucket(bucket, prefix),
            #[cfg(not(feature = "s3"))]
            BlobPlace::Bucket(..) => Err(PlaceError::NoS3),
        }
    }

    /// In memory, for as long as it lives.
    #[cfg(test)]
    pub(crate) fn memory() -> Self {
        Self {
            objects: Arc::new(object_store::memory::InMemory::new()),
            part: BLOB_PART,
            folder: None,
            reserved: Arc::default(),
        }
    }

    fn folder(folder: PathBuf) -> Result<Self, PlaceError> {
        let failed = |error: std::io::Error| PlaceError::Folder(folder.clone(), error.to_string());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        remove_drafts(&folder).map_err(failed)?;
        let objects = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| PlaceError::Folder(folder.clone(), reason(&error)))?
            .with_fsync(true);
        Ok(Self { objects: Arc::new(objects), part: BLOB_PART, folder: Some(folder), reserved: Arc::default() })
    }

    /// A whole blob goes to a bucket in one request, so that a crash leaves no parts there that somebody has to pay for.
    #[cfg(feature = "s3")]
    fn bucket(bucket: &str, prefix: &str) -> Result<Self, PlaceError> {
        // Another part of the process may have named its own already, which is as good.
        _ = rustls::crypto::ring::default_provider().install_default();
        let objects = object_store::aws::AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .build()
            .map_err(|error| PlaceError::Settings(error.to_string()))?;
        let objects = object_store::prefix::PrefixStore::new(objects, prefix);
        let part = xchat_wire::MAX_BLOB as usize + 1;
        Ok(Self { objects: Arc::new(objects), part, folder: None, reserved: Arc::default() })
    }

    /// Whether a bucket is there and can be reached with these credentials. They must be allowed to list: without that, S3
    /// says of a blob that is not there that it may not be looked at.
    pub(crate) async fn check(&self) -> Result<(), PlaceError> {
        match self.objects.list(Some(&Path::from("00"))).next().await {
            None | Some(Ok(_)) => Ok(()),
            // For the operator, and no blob is named in it.
            Some(Err(error)) => Err(PlaceError::Settings(error.to_string())),
        }
    }

    /// Bytes that one upload holds in memory.
    pub(crate) fn part(&self) -> usize {
        self.part
    }

    /// Takes a blob's bytes; nothing is to be seen of them before its `shutdown`, and nothing is left if that never comes.
    pub(crate) fn writer(&self, hash: &BlobHash) -> BufWriter {
        BufWriter::with_capacity(self.objects.clone(), path(hash), self.part).with_max_concurrency(1)
    }

    /// The object itself.
    pub(crate) async fn get(
        &self,
        hash: &BlobHash,
        options: object_store::GetOptions,
    ) -> object_store::Result<object_store::GetResult> {
        self.objects.get_opts(&path(hash), options).await
    }

    /// Deletes a blob's bytes; none there is as good.
    pub(crate) async fn delete(&self, hash: BlobHash) -> object_store::Result<()> {
        match self.objects.delete(&path(&hash)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Room on the disk for a blob and, above it and all others under way, what the store of records needs; none when there is
    /// not so much. A bucket always has it. Blocks.
    pub(crate) fn reserve(&self, size: u64) -> Option<Room> {
        let Some(folder) = &self.folder else { return Some(Room::default()) };
        self.reserve_of(size, disk::free(folder))
    }

    fn reserve_of(&self, size: u64, free: Option<u64>) -> Option<Room> {
        // Taken before it is compared: of two that ask at once each sees the other, or the earlier one alone.
        let together = self.reserved.fetch_add(size, Ordering::SeqCst).saturating_add(size);
        let room = Room { reserved: self.reserved.clone(), size };
        free.is_none_or(|free| free >= together.saturating_add(BLOB_DISK_RESERVE)).then_some(room)
    }
}

/// Bytes of the disk that one upload may fill, until it is dropped. What it has written by then counts twice for so long: once as
/// taken and once as promised.
#[derive(Debug, Default)]
pub(crate) struct Room {
    reserved: Arc<AtomicU64>,
    size: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.reserved.fetch_sub(self.size, Ordering::SeqCst);
    }
}

/// Whether an error says that no more fits.
pub(crate) fn is_full(error: &(dyn Error + 'static)) -> bool {
    kind(error).is_some_and(disk::is_full)
}

/// What went wrong, without the object's name.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    use object_store::Error as E;
    match (error.downcast_ref(), kind(error)) {
        (Some(E::NotFound { .. }), _) => "not found".into(),
        (Some(E::PermissionDenied { .. }), _) => "permission denied".into(),
        (Some(E::Unauthenticated { .. }), _) => "the credentials are not accepted".into(),
        (_, Some(kind)) => kind.to_string(),
        (_, None) => "the object store failed".into(),
    }
}

/// The kind of the input or output error at the bottom of it, if there is one: `object_store` wraps such errors, and is
/// wrapped in them where it is a writer.
fn kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut next = Some(error);
    let chain = std::iter::from_fn(|| {
        let this = next?;
        next = this.source();
        Some(this)
    });
    chain.filter_map(|error| error.downcast_ref::<std::io::Error>()).last().map(std::io::Error::kind)
}

/// `ab/ab01..`: folders stay small.
fn path(hash: &BlobHash) -> Path {
    let name = hex::encode(hash.as_bytes());
    Path::from_iter([&name[..2], &name])
}

/// Removes files that are not whole: `object_store` writes a file as `name#number` and then renames it.
fn remove_drafts(folder: &std::path::Path) -> std::io::Result<()> {
    for shelf in std::fs::read_dir(folder)? {
        let shelf = shelf?;
        if shelf.file_name().len() != 2 || !shelf.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(shelf.path())? {
            let file = file?;
            if file.file_name().as_encoded_bytes().contains(&b'#') {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let bucket = |bucket: &str, prefix: &str| Ok(BlobPlace::Bucket(bucket.into(), prefix.into()));
        assert_eq!("/var/lib/blobs".parse(), Ok(BlobPlace::Folder("/var/lib/blobs".into())));
        assert_eq!("s3://chat".parse(), bucket("chat", ""));
        assert_eq!("s3://chat/a/b/".parse(), bucket("chat", "a/b"));
        assert_eq!("s3://".parse::<BlobPlace>(), Err(PlaceError::Bucket));
    }

    #[test]
    fn room_for_one_is_given_to_one_of_two_uploads_and_again_when_it_ends() {
        let place = Place::memory();
        let free = Some(BLOB_DISK_RESERVE + 100);
        let first = place.reserve_of(60, free).unwrap();
        assert!(place.reserve_of(60, free).is_none());
        let small = place.reserve_of(40, free).expect("who was refused holds nothing");
        assert!(place.clone().reserve_of(1, free).is_none(), "every handle counts the same");
        drop((first, small));
        assert!(place.reserve_of(100, free).is_some());
        assert!(place.reserve_of(101, free).is_none());
    }

    #[tokio::test]
    async fn an_error_is_told_without_the_blobs_address() {
        let hash = BlobHash::new([0xab; 32]);
        let error = Place::memory().get(&hash, object_store::GetOptions::default()).await.err().unwrap();
        assert!(error.to_string().contains("abab"), "which is why it is not told as it is");
        assert_eq!(reason(&error), "not found");

        // A file where the blob's folder would be.
        let folder = std::env::temp_dir().join(format!("xchat-blobs-{}-reason", std::process::id()));
        let place = Place::open(&BlobPlace::Folder(folder.clone())).unwrap();
        std::fs::write(folder.join("ab"), b"").unwrap();
        let error = tokio::io::AsyncWriteExt::shutdown(&mut place.writer(&hash)).await.err().unwrap();
        assert!(error.to_string().contains("abab"));
        assert!(!reason(&error).contains("abab"), "{}", reason(&error));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
