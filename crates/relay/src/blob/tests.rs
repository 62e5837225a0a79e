//! What holds for every place of blobs, and what holds for the sweep and the grants over it.

use std::cell::Cell;
use std::convert::Infallible;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use xchat_wire::{Address, GRANT_MS, MAX_BLOB};

use super::*;
use crate::limits::{BLOB_WINDOW_BYTES, BLOB_WINDOW_MS};
use crate::metrics::Metrics;
use crate::storage::Embedded;
use crate::store::{Shelved, Write};

mod claims;

const START: u64 = 1_700_000_000_000;
const HOUR: u64 = 60 * 60 * 1000;
const ALL: u64 = u64::MAX;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(START) };
}

fn now() -> u64 {
    NOW.get()
}

fn blobs(place: Place, most: u64) -> Blobs {
    let store = Arc::new(Store::in_memory().unwrap());
    let (hub, metrics) = (Arc::default(), Arc::new(Metrics::default()));
    let storage = Embedded { store: store.clone(), hub, metrics: metrics.clone(), clock: now };
    let (writer, _) = Writer::start(Box::new(storage), metrics).unwrap();
    Blobs::over(place, Key::of(1), most, 24 * HOUR, (store, writer), now)
}

/// A folder that is gone with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xchat-blobs-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn place(&self) -> Place {
        Place::open(&BlobPlace::Folder(self.0.clone())).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        for shelf in std::fs::read_dir(&self.0).unwrap() {
            let files_of = std::fs::read_dir(shelf.unwrap().path()).unwrap();
            files.extend(files_of.map(|file| file.unwrap().file_name().into_string().unwrap()));
        }
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn content(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8 ^ seed).collect()
}

fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash::new(Sha256::digest(bytes).into())
}

fn leave(size: usize) -> Leave {
    Leave { size: size as u64, expires: now() + HOUR, until: now() + GRANT_MS, tag: None }
}

/// A body in pieces as a socket brings them.
fn body(bytes: &[u8]) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
    let pieces: Vec<_> = bytes.chunks(50_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

async fn put(blobs: &Blobs, bytes: &[u8]) -> Result<Shelved, UploadError> {
    blobs.receive(&hash(bytes), leave(bytes.len()), body(bytes)).await
}

async fn read(blobs: &Blobs, hash: &BlobHash, part: Option<Range<u64>>) -> Option<Vec<u8>> {
    blobs.row(hash).await.unwrap()?;
    let mut stream = blobs.read(hash, part).await.unwrap()?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    Some(bytes)
}

/// The one test of what a place must do, whichever it is.
async fn conforms(place: Place) {
    let blobs = blobs(place, ALL);
    for size in [0, 1, 1000, 700_000] {
        let bytes = content(size, 1);
        let hash = hash(&bytes);
        assert_eq!(blobs.size(&hash).await.unwrap(), None, "nothing is there at first");
        assert_eq!(put(&blobs, &bytes).await.unwrap(), Shelved::New);
        assert_eq!(put(&blobs, &bytes).await.unwrap(), Shelved::Known);
        assert_eq!(blobs.size(&hash).await.unwrap(), Some(size as u64));
        assert_eq!(read(&blobs, &hash, None).await.unwrap(), bytes);
    }
    let large = content(700_000, 1);
    let part = read(&blobs, &hash(&large), Some(250_000..300_001)).await.unwrap();
    assert_eq!(part, large[250_000..300_001]);

    let (wanted, other) = (content(600_000, 2), content(600_000, 3));
    let at = hash(&wanted);
    let refused = blobs.receive(&at, leave(600_000), body(&other)).await;
    assert!(matches!(refused, Err(UploadError::Hash)));
    let refused = blobs.receive(&at, leave(600_000), body(&wanted[..599_999])).await;
    assert!(matches!(refused, Err(UploadError::TooShort)));
    let refused = blobs.receive(&at, leave(599_999), body(&wanted)).await;
    assert!(matches!(refused, Err(UploadError::TooLong)));
    let cut = body(&wanted[..500_000]).map(|piece| piece.map_err(|_| ())).chain(stream::iter([Err(())]));
    assert!(matches!(blobs.receive(&at, leave(600_000), cut).await, Err(UploadError::Broken)));
    assert_eq!(blobs.size(&at).await.unwrap(), None, "nothing of these is to be seen");
    let bytes = blobs.place.get(&at, GetOptions::default()).await;
    assert!(matches!(bytes, Err(object_store::Error::NotFound { .. })), "nor is it there");

    assert_eq!(blobs.sweep().await.unwrap(), 0);
    NOW.set(now() + HOUR);
    assert_eq!(read(&blobs, &hash(&large), None).await, None, "gone when its time is over, not when it is swept");
    assert_eq!(blobs.sweep().await.unwrap(), 4);
    let bytes = blobs.place.get(&hash(&large), GetOptions::default()).await;
    assert!(matches!(bytes, Err(object_store::Error::NotFound { .. })));
    assert_eq!(put(&blobs, &large).await.unwrap(), Shelved::New, "and it can come again");
    assert_eq!(read(&blobs, &hash(&large), None).await.unwrap(), large);
}

#[tokio::test]
async fn memory_is_a_place_for_blobs() {
    conforms(Place::memory()).await;
}

#[tokio::test]
async fn a_folder_is_a_place_for_blobs_and_keeps_nothing_else() {
    let folder = Folder::new("conforms");
    conforms(folder.place()).await;
    assert_eq!(folder.files(), [hex::encode(hash(&content(700_000, 1)).as_bytes())]);
}

/// Runs where `AWS_ENDPOINT` and its kin name an S3 server with an empty bucket `chat`; elsewhere it says that it does not.
#[cfg(feature = "s3")]
#[tokio::test]
async fn a_bucket_is_a_place_for_blobs() {
    if std::env::var_os("AWS_ENDPOINT").is_none() {
        eprintln!("skipped: AWS_ENDPOINT names no S3 server");
        return;
    }
    let place = Place::open(&"s3://chat/relay".parse().unwrap()).unwrap();
    place.check().await.unwrap();
    conforms(place).await;
    assert!(Place::open(&"s3://nobody".parse().unwrap()).unwrap().check().await.is_err());
}

#[tokio::test]
async fn what_a_crash_cut_off_is_removed_at_the_next_start_and_whole_blobs_stay() {
    let folder = Folder::new("drafts");
    let bytes = content(1000, 1);
    put(&blobs(folder.place(), ALL), &bytes).await.unwrap();
    let whole = hex::encode(hash(&bytes).as_bytes());
    std::fs::write(folder.0.join(&whole[..2]).join(format!("{whole}#1")), b"half").unwrap();
    assert_eq!(folder.files().len(), 2);
    folder.place();
    assert_eq!(folder.files(), [whole]);
}

#[test]
fn a_disk_keeps_a_reserve_that_blobs_do_not_get() {
    let folder = Folder::new("reserve");
    assert!(folder.place().reserve(1).is_some(), "a machine that runs tests has that much");
    assert!(folder.place().reserve(ALL).is_none());
    assert!(Place::memory().reserve(ALL).is_some(), "what is not on a disk here has its own bounds");
}

#[tokio::test]
async fn a_row_whose_bytes_never_came_is_no_blob_and_an_upload_mends_it() {
    let blobs = blobs(Place::memory(), ALL);
    let bytes = content(1000, 1);
    let row =
        Write::PutBlob { hash: hash(&bytes), size: 1000, expires: now() + HOUR, now: now(), most: ALL, tag: None };
    blobs.store.write([&row], now()).unwrap();
    assert_eq!(blobs.size(&hash(&bytes)).await.unwrap(), None);
    assert_eq!(read(&blobs, &hash(&bytes), None).await, None);
    put(&blobs, &bytes).await.unwrap();
    assert_eq!(read(&blobs, &hash(&bytes), None).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_blob_that_comes_again_while_it_is_swept_is_there_afterwards() {
    let folder = Folder::new("race");
    let blobs = blobs(folder.place(), ALL);
    let bytes = content(1000, 1);
    for round in 0..100 {
        put(&blobs, &bytes).await.unwrap();
        NOW.set(now() + HOUR);
        let (swept, put) = tokio::join!(blobs.sweep(), put(&blobs, &bytes));
        swept.unwrap();
        put.unwrap();
        assert_eq!(read(&blobs, &hash(&bytes), None).await.as_ref(), Some(&bytes), "round {round}");
        NOW.set(now() + HOUR);
        blobs.sweep().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_over_the_quota_is_full_and_leaves_nothing() {
    let folder = Folder::new("quota");
    let blobs = blobs(folder.place(), 1500);
    put(&blobs, &content(1000, 1)).await.unwrap();
    assert!(matches!(put(&blobs, &content(501, 2)).await, Err(UploadError::Full)));
    assert_eq!(folder.files().len(), 1);
    put(&blobs, &content(500, 3)).await.unwrap();
}

#[tokio::test]
async fn more_uploads_than_there_is_memory_for_are_busy() {
    let blobs = blobs(Place::memory(), ALL);
    let all = blobs.uploads.try_acquire_many(blobs.uploads.available_permits() as u32).unwrap();
    assert!(matches!(put(&blobs, b"x").await, Err(UploadError::Busy)));
    drop(all);
    put(&blobs, b"x").await.unwrap();
}

/// A body of which so many bytes come each second, for ever.
fn drip(bytes: usize) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Unpin {
    Box::pin(stream::unfold((), move |()| async move {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Some((Ok(Bytes::from(vec![1; bytes])), ()))
    }))
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stalls_or_drips_is_given_up() {
    let blobs = blobs(Place::memory(), ALL);
    let slowest = BLOB_WINDOW_BYTES / (BLOB_WINDOW_MS / 1000) as usize;
    for slow in [body(b"half").chain(stream::pending()).boxed(), drip(slowest / 2).boxed()] {
        let began = tokio::time::Instant::now();
        assert!(matches!(blobs.receive(&hash(b"x"), leave(1_000_000), slow).await, Err(UploadError::Slow)));
        assert_eq!(began.elapsed().as_secs(), BLOB_WINDOW_MS / 1000);
    }
    let began = tokio::time::Instant::now();
    let stalls_later = drip(10 * slowest).take(40).chain(stream::pending()).boxed();
    assert!(matches!(blobs.receive(&hash(b"x"), leave(8_000_000), stalls_later).await, Err(UploadError::Slow)));
    assert!(began.elapsed().as_secs() <= 40 + 2 * BLOB_WINDOW_MS / 1000, "what came before is no credit");
}

#[tokio::test(start_paused = true)]
async fn the_largest_upload_at_the_slowest_pace_is_whole_before_its_grant_ends() {
    let blobs = blobs(Place::memory(), ALL);
    let bytes = vec![1; MAX_BLOB as usize];
    let slowest = BLOB_WINDOW_BYTES / (BLOB_WINDOW_MS / 1000) as usize;
    let slow = drip(slowest).scan(bytes.len(), |left, some: Result<Bytes, _>| {
        let next = some.map(|some| some.slice(..some.len().min(*left))).inspect(|some| *left -= some.len());
        std::future::ready(next.as_ref().is_ok_and(|some| !some.is_empty()).then_some(next))
    });
    assert!(matches!(blobs.receive(&hash(&bytes), leave(bytes.len()), slow.boxed()).await, Ok(Shelved::New)));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_begins_late_does_not_outlive_its_grant() {
    let blobs = blobs(Place::memory(), ALL);
    let began = tokio::time::Instant::now();
    let leave = Leave { until: START + 60_000, ..leave(MAX_BLOB as usize) };
    assert!(matches!(blobs.receive(&hash(b"x"), leave, drip(3 * 1024)).await, Err(UploadError::Slow)));
    assert_eq!(began.elapsed().as_secs(), 60);
}

fn wanted(n: u8, size: u64, seconds: u32) -> Wanted {
    Wanted { address: Address::new([n; 32]), hash: hash(b"x"), size, seconds, tag: None }
}

#[test]
fn a_grant_holds_for_75_minutes_and_its_blob_no_longer_than_the_retention() {
    let blobs = blobs(Place::memory(), ALL);
    let Reply::Grant { token, until, expires } = blobs.grant(&wanted(1, 1, u32::MAX), 0) else { panic!("no grant") };
    assert_eq!((until, expires), (START + GRANT_MS, START + 24 * HOUR));
    assert_eq!(blobs.leave(&hash(b"x"), &token.0), Some(Leave { size: 1, expires, until, tag: None }));
    NOW.set(until - 1);
    assert!(blobs.leave(&hash(b"x"), &token.0).is_some());
    NOW.set(until);
    assert_eq!(blobs.leave(&hash(b"x"), &token.0), None);
}

#[test]
fn an_address_is_granted_so_many_bytes_a_day_over_all_connections() {
    let blobs = blobs(Place::memory(), ALL);
    let steady = Cell::new(0);
    let full = refused(Refusal::Full);
    let granted =
        |n| matches!(blobs.grant(&wanted(n, BLOB_BYTES_ADDRESS_A_DAY / 4, 60), steady.get()), Reply::Grant { .. });
    assert!((0..4).all(|_| granted(1)));
    assert_eq!(blobs.grant(&wanted(1, 1, 60), 0), full);
    assert!(granted(2));
    NOW.set(START + 24 * HOUR);
    assert!(!granted(1), "a wall clock that is moved makes no new day");
    steady.set(24 * HOUR);
    assert!(granted(1));
}
