//! What becomes of the rows of blobs.

use super::*;
use crate::limits::{CLAIM_BYTES, RELEASED_MS};
use crate::store::{Outcome, Write};

const ALL: u64 = u64::MAX;

fn hash(n: u8) -> BlobHash {
    BlobHash::new([n; 32])
}

impl Store {
    fn put_blob(&self, hash: &BlobHash, size: u64, expires: u64, now: u64, most: u64) -> Result<Shelved, StoreError> {
        let put = Write::PutBlob { hash: *hash, size, expires, now, most, tag: None };
        match self.write([&put], now)?.remove(0).outcome {
            Outcome::Shelved(shelved) => Ok(shelved),
            other => panic!("{other:?}"),
        }
    }

    /// An upload, or a claim of what is there, and what became of it.
    fn hold_blob(&self, hash: &BlobHash, n: u8, expires: u64, now: u64, upload: bool) -> Shelved {
        let (hash, size, tag) = (*hash, 10, tag(n));
        let write = match upload {
            true => Write::PutBlob { hash, size, expires, now, most: ALL, tag: Some(tag) },
            false => Write::ClaimBlob { hash, size, tag, expires, now },
        };
        match self.write([&write], now).unwrap().remove(0).outcome {
            Outcome::Shelved(shelved) => shelved,
            other => panic!("{other:?}"),
        }
    }

    fn release_blob(&self, hash: &BlobHash, n: u8, now: u64) -> Outcome {
        self.write([&Write::ReleaseBlob { hash: *hash, tag: tag(n) }], now).unwrap().remove(0).outcome
    }

    fn lasts(&self, hash: &BlobHash) -> u64 {
        self.snapshot().unwrap().blob(hash).unwrap().map_or(0, |row| row.expires)
    }

    fn remove_blobs(&self, hashes: &[BlobHash], ended: u64) {
        let removal = Write::RemoveBlobs { hashes: hashes.to_vec(), ended };
        self.write([&removal], 0).unwrap();
    }
}

fn tag(n: u8) -> ClaimTag {
    ClaimTag::new([n; 32])
}

fn counted(store: &Store) -> u64 {
    store.snapshot().unwrap().stored_bytes().unwrap()
}

fn bytes(store: &Store) -> u64 {
    store.snapshot().unwrap().blob_bytes().unwrap()
}

#[test]
fn a_blob_is_counted_once_and_prolonged_but_never_shortened() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.put_blob(&hash(1), 10, 100, 0, ALL).unwrap(), Shelved::New);
    assert_eq!(store.put_blob(&hash(1), 10, 200, 50, ALL).unwrap(), Shelved::Known);
    assert_eq!(store.put_blob(&hash(1), 10, 60, 50, ALL).unwrap(), Shelved::Known);
    assert_eq!(store.snapshot().unwrap().blob(&hash(1)).unwrap().unwrap().expires, 200);
    assert_eq!(bytes(&store), 10);
    assert_eq!(store.expired_blobs(199, 9).unwrap(), [], "its first end is forgotten");
    assert_eq!(store.expired_blobs(200, 9).unwrap(), [hash(1)]);
}

#[test]
fn a_claim_takes_nothing_from_another_that_lasts_less_than_what_is_claimed_has_to() {
    let store = Store::in_memory().unwrap();
    let (hash, at) = (hash(1), |now: u64| now + CLAIM_MARGIN_MS);
    assert_eq!(store.hold_blob(&hash, 2, at(1000), 0, true), Shelved::New);
    assert_eq!(store.hold_blob(&hash, 1, 1000, at(0), false), Shelved::Known);
    assert_eq!(store.hold_blob(&hash, 2, 500, at(0), false), Shelved::Known);
    store.release_blob(&hash, 2, 0);
    assert_eq!(store.lasts(&hash), 1000, "the other claim still holds it");
}

#[test]
fn a_damaged_row_goes_with_the_sweep_and_the_sum_is_made_anew() {
    use crate::store::damage::Victim;
    let store = Store::in_memory().unwrap();
    (1..=3).for_each(|n| _ = store.put_blob(&hash(n), 10, u64::from(n) * 100, 0, ALL).unwrap());
    store.damage(Victim::Blob(hash(1)));
    let removal = Write::RemoveBlobs { hashes: store.expired_blobs(200, 9).unwrap(), ended: 200 };
    let applied = store.write([&removal], 0).unwrap().remove(0);
    assert_eq!((applied.outcome, applied.damaged), (Outcome::Removed, 1));
    assert_eq!((bytes(&store), store.expired_blobs(200, 9).unwrap()), (10, vec![]), "no sweep comes to it again");
    assert_eq!(store.put_blob(&hash(1), 5, 400, 300, ALL).unwrap(), Shelved::New, "and it can be put again");
    assert_eq!(bytes(&store), 15);
}

#[test]
fn a_blob_that_has_expired_is_new_again() {
    let store = Store::in_memory().unwrap();
    store.put_blob(&hash(1), 10, 100, 0, ALL).unwrap();
    assert_eq!(store.put_blob(&hash(1), 10, 300, 100, ALL).unwrap(), Shelved::New);
    assert_eq!((bytes(&store), store.expired_blobs(299, 9).unwrap()), (10, vec![]));
}

#[test]
fn what_is_over_the_quota_is_not_taken_and_removing_makes_room() {
    let store = Store::in_memory().unwrap();
    store.put_blob(&hash(1), 60, 100, 0, 100).unwrap();
    assert_eq!(store.put_blob(&hash(2), 41, 200, 0, 100).unwrap(), Shelved::Full);
    assert_eq!(store.put_blob(&hash(3), 40, 200, 0, 100).unwrap(), Shelved::New);
    assert_eq!(store.put_blob(&hash(1), 60, 150, 0, 100).unwrap(), Shelved::Known, "it takes no more room");
    store.remove_blobs(&[hash(1)], 149);
    assert_eq!(bytes(&store), 100, "its time was not over");
    store.remove_blobs(&[hash(1), hash(9)], 150);
    assert_eq!(bytes(&store), 40);
    assert_eq!(store.put_blob(&hash(2), 41, 200, 0, 100).unwrap(), Shelved::New);
}

#[test]
fn a_blob_that_is_given_up_by_all_is_gone_at_once_and_its_bytes_go_with_a_later_sweep() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 0, true), Shelved::New);
    assert_eq!(store.hold_blob(&hash(1), 2, 8000, 10, false), Shelved::Known);
    assert_eq!(counted(&store), BLOB_ROW_BYTES + 2 * CLAIM_BYTES);
    store.release_blob(&hash(1), 1, 20);
    assert_eq!(store.lasts(&hash(1)), 8000);
    assert_eq!(store.expired_blobs(7999, 9).unwrap(), []);
    assert_eq!(store.expired_blobs(8000, 9).unwrap(), [hash(1)], "its first end is forgotten");
    store.release_blob(&hash(1), 2, 30);
    assert_eq!(store.lasts(&hash(1)), 0, "by whatever clock");
    assert_eq!(counted(&store), BLOB_ROW_BYTES);

    let swept = 30 + RELEASED_MS;
    assert_eq!(store.expired_blobs(swept - 1, 9).unwrap(), []);
    assert_eq!(store.expired_blobs(swept, 9).unwrap(), [hash(1)]);
    store.remove_blobs(&[hash(1)], swept - 1);
    assert_eq!(bytes(&store), 10, "nor is its row removed before");
    store.remove_blobs(&[hash(1)], swept);
    assert_eq!((bytes(&store), counted(&store)), (0, 0));
    assert_eq!(store.expired_blobs(ALL, 9).unwrap(), [], "nothing of it is left");
}

#[test]
fn every_release_is_answered_the_same_and_only_the_claim_itself_changes_anything() {
    let store = Store::in_memory().unwrap();
    store.put_blob(&hash(1), 10, 9_000_000, 0, ALL).unwrap();
    store.hold_blob(&hash(2), 1, 9_000_000, 0, true);
    store.hold_blob(&hash(3), 1, 5, 0, true);
    let before = counted(&store);
    for (blob, claim) in [(9, 1), (1, 1), (2, 2), (2, 3)] {
        assert_eq!(store.release_blob(&hash(blob), claim, 20), Outcome::Reply(Reply::Ok), "{blob} {claim}");
        assert_eq!(counted(&store), before);
    }
    assert_eq!((store.lasts(&hash(1)), store.lasts(&hash(2))), (9_000_000, 9_000_000));
    for (blob, claim, now) in [(2, 1, 20), (2, 1, 9000), (3, 1, 20), (3, 1, 9000)] {
        assert_eq!(store.release_blob(&hash(blob), claim, now), Outcome::Reply(Reply::Ok), "{blob} {claim}");
    }
    assert_eq!((store.lasts(&hash(2)), store.lasts(&hash(3))), (0, 0));
    assert_eq!(store.expired_blobs(20 + RELEASED_MS, 9).unwrap().len(), 2, "a repeat puts nothing off");
}

#[test]
fn a_release_of_a_row_that_cannot_be_read_is_answered_like_any_other() {
    use crate::store::damage::Victim;
    let store = Store::in_memory().unwrap();
    store.hold_blob(&hash(1), 1, 9000, 0, true);
    store.damage(Victim::Blob(hash(1)));
    assert_eq!(store.release_blob(&hash(1), 1, 20), Outcome::Reply(Reply::Ok));
    store.remove_blobs(&[hash(1)], 9000);
    assert_eq!(store.expired_blobs(ALL, 9).unwrap(), []);
}

#[test]
fn only_a_blob_that_is_there_and_of_this_size_is_claimed() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 0, false), Shelved::Absent);
    assert_eq!((bytes(&store), counted(&store)), (0, 0));
    store.put_blob(&hash(1), 10, 100, 0, ALL).unwrap();
    store.put_blob(&hash(2), 11, 100, 0, ALL).unwrap();
    assert_eq!(store.hold_blob(&hash(2), 1, 9000, 0, false), Shelved::Absent, "of another size");
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 100, false), Shelved::Absent, "its time is over");
    assert_eq!(store.lasts(&hash(1)), 100);
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 99, false), Shelved::Known);
    assert_eq!(store.lasts(&hash(1)), 9000);
    store.release_blob(&hash(1), 1, 99);
    assert_eq!(store.lasts(&hash(1)), 100, "what held it before was never given up");
}

#[test]
fn what_was_given_up_comes_again_by_an_upload_alone_and_is_not_swept() {
    let store = Store::in_memory().unwrap();
    store.hold_blob(&hash(1), 1, 9000, 0, true);
    store.release_blob(&hash(1), 1, 20);
    assert_eq!(store.hold_blob(&hash(1), 2, 9000, 30, false), Shelved::Absent);
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 30, true), Shelved::New, "with a token of before");
    assert_eq!((bytes(&store), store.lasts(&hash(1))), (10, 9000));
    // The sweep had found it before it came again.
    store.remove_blobs(&[hash(1)], 20);
    assert_eq!((store.lasts(&hash(1)), store.expired_blobs(8999, 9).unwrap()), (9000, vec![]));
}

#[test]
fn a_full_store_takes_no_claim_but_a_repeat_and_every_release() {
    let store = Store::in_memory().unwrap();
    store.hold_blob(&hash(1), 1, 100, 0, true);
    store.write([&Write::Bound { bytes: counted(&store) }], 0).unwrap();
    assert_eq!(store.hold_blob(&hash(1), 2, 9000, 0, false), Shelved::Full);
    assert_eq!(store.hold_blob(&hash(1), 2, 9000, 0, true), Shelved::Full);
    assert_eq!(store.lasts(&hash(1)), 100);
    assert_eq!(store.hold_blob(&hash(1), 1, 9000, 0, false), Shelved::Known);
    assert_eq!(store.put_blob(&hash(1), 10, 9500, 0, ALL).unwrap(), Shelved::Known, "a hold takes no room");
    store.release_blob(&hash(1), 1, 0);
    assert_eq!((store.lasts(&hash(1)), counted(&store)), (9500, BLOB_ROW_BYTES));
}
