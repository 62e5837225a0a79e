//! Blobs that are there and claimed in place of an upload, and given up again.

use xchat_wire::ClaimTag;

use super::*;
use crate::limits::{CLAIM_MARGIN_MS, RELEASED_MS};

fn tag(n: u8) -> ClaimTag {
    ClaimTag::new([n; 32])
}

/// What somebody asks who has these bytes, in the name of the address `n`.
fn claimed(bytes: &[u8], n: u8) -> Wanted {
    let (address, size, seconds) = (Address::new([n; 32]), bytes.len() as u64, 3600);
    Wanted { address, hash: hash(bytes), size, seconds, tag: Some(tag(n)) }
}

/// A grant as the driver of a session gets it.
async fn ask(blobs: &Blobs, wanted: &Wanted) -> Reply {
    match blobs.may_be_claimed(wanted) {
        true => blobs.claim(wanted, 0).await,
        false => blobs.grant(wanted, 0),
    }
}

/// The bytes go up with a claim, if the relay has not got them.
async fn hold(blobs: &Blobs, bytes: &[u8], n: u8) {
    match ask(blobs, &claimed(bytes, n)).await {
        Reply::Grant { token, .. } => {
            let leave = blobs.leave(&hash(bytes), &token.0).unwrap();
            blobs.receive(&hash(bytes), leave, body(bytes)).await.unwrap();
        }
        Reply::Kept { .. } => {}
        other => panic!("{other:?}"),
    }
}

async fn release(blobs: &Blobs, bytes: &[u8], n: u8) {
    let release = Write::ReleaseBlob { hash: hash(bytes), tag: tag(n) };
    assert_eq!(blobs.writer.chore(release).await.unwrap(), Outcome::Reply(Reply::Ok));
}

/// Whether the bytes themselves are kept, whatever the row says.
async fn is_kept(blobs: &Blobs, bytes: &[u8]) -> bool {
    blobs.place.get(&hash(bytes), GetOptions::default()).await.is_ok()
}

#[tokio::test]
async fn a_blob_lasts_until_the_last_of_those_who_claim_it_gives_it_up() {
    let (blobs, bytes) = (blobs(Place::memory(), ALL), content(1000, 1));
    hold(&blobs, &bytes, 1).await;
    let kept = ask(&blobs, &claimed(&bytes, 2)).await;
    assert_eq!(kept, Reply::Kept { expires: START + HOUR });
    release(&blobs, &bytes, 1).await;
    release(&blobs, &bytes, 1).await;
    assert_eq!(read(&blobs, &hash(&bytes), None).await.as_ref(), Some(&bytes));
    release(&blobs, &bytes, 2).await;
    assert_eq!(read(&blobs, &hash(&bytes), None).await, None, "it is gone at once");
    assert_eq!(blobs.size(&hash(&bytes)).await.unwrap(), None);

    assert_eq!(blobs.sweep().await.unwrap(), 0);
    NOW.set(now() + RELEASED_MS);
    assert_eq!(blobs.sweep().await.unwrap(), 1);
    assert!(!is_kept(&blobs, &bytes).await);
    hold(&blobs, &bytes, 1).await;
    assert_eq!(read(&blobs, &hash(&bytes), None).await.as_ref(), Some(&bytes), "and it can come again");
}

#[tokio::test]
async fn what_was_uploaded_without_a_claim_is_there_for_its_time() {
    let (blobs, bytes) = (blobs(Place::memory(), ALL), content(1000, 1));
    put(&blobs, &bytes).await.unwrap();
    hold(&blobs, &bytes, 1).await;
    release(&blobs, &bytes, 1).await;
    assert!(read(&blobs, &hash(&bytes), None).await.is_some());
}

#[tokio::test]
async fn only_what_is_there_for_a_while_with_row_and_bytes_and_of_this_size_is_claimed() {
    let (blobs, bytes) = (blobs(Place::memory(), ALL), content(1000, 1));
    let granted = async |wanted: &Wanted| matches!(ask(&blobs, wanted).await, Reply::Grant { .. });
    let wanted = claimed(&bytes, 1);
    assert!(granted(&wanted).await, "nothing is there");
    let row =
        Write::PutBlob { hash: hash(&bytes), size: 1000, expires: now() + HOUR, now: now(), most: ALL, tag: None };
    blobs.store.write([&row], now()).unwrap();
    assert!(granted(&wanted).await, "its bytes never came");
    put(&blobs, &bytes).await.unwrap();
    assert!(granted(&Wanted { size: 999, ..claimed(&bytes, 1) }).await, "another size");
    assert!(granted(&Wanted { tag: None, ..claimed(&bytes, 1) }).await, "without a claim there is nothing to keep");
    NOW.set(now() + HOUR - CLAIM_MARGIN_MS);
    assert!(granted(&wanted).await, "another relay may be about to sweep it");
    NOW.set(now() - 1);
    assert!(matches!(ask(&blobs, &wanted).await, Reply::Kept { .. }));
    NOW.set(now() + HOUR);
    assert!(granted(&wanted).await, "its time is over");
}

#[tokio::test]
async fn a_claim_counts_as_an_upload_but_needs_no_room() {
    let (blobs, bytes) = (blobs(Place::memory(), 1000), content(1000, 1));
    hold(&blobs, &bytes, 1).await;
    let full = refused(Refusal::Full);
    assert_eq!(ask(&blobs, &claimed(&content(1, 9), 2)).await, full, "the relay is full");
    assert!(matches!(ask(&blobs, &claimed(&bytes, 2)).await, Reply::Kept { .. }));
    let used = |n: u8| blobs.ledger().take(&Address::new([n; 32]), 0, 1000, 9, 0) == Some(true);
    let all_used = |n: u8| blobs.ledger().take(&Address::new([n; 32]), 1, 1000, 9, 0) == Some(false);
    assert!(used(2) && all_used(2), "it keeps what is there for longer");

    let bound = blobs.store.snapshot().unwrap().stored_bytes().unwrap();
    blobs.store.write([&Write::Bound { bytes: bound }], now()).unwrap();
    assert_eq!(ask(&blobs, &claimed(&bytes, 3)).await, full, "a claim is stored");
    let given_back = blobs.ledger().take(&Address::new([3; 32]), 1000, 1000, 9, 0);
    assert_eq!(given_back, Some(true), "what was refused does not count");
    let again = ask(&blobs, &claimed(&bytes, 2)).await;
    assert!(matches!(again, Reply::Kept { .. }), "the same claim is no more than before: {again:?}");
}

#[tokio::test]
async fn more_claims_together_than_may_be_are_busy() {
    let (blobs, bytes) = (blobs(Place::memory(), ALL), content(1000, 1));
    hold(&blobs, &bytes, 1).await;
    let all = blobs.claims.try_acquire_many(CLAIMS_TOGETHER as u32).unwrap();
    assert!(matches!(ask(&blobs, &claimed(&bytes, 2)).await, Reply::Refused { reason: Refusal::Busy { .. } }));
    drop(all);
    assert!(matches!(ask(&blobs, &claimed(&bytes, 2)).await, Reply::Kept { .. }));
}

#[tokio::test]
async fn bytes_that_come_after_their_claim_was_given_up_are_found_by_the_sweep() {
    let folder = Folder::new("late");
    let (blobs, bytes) = (blobs(folder.place(), ALL), content(1000, 1));
    // An upload of another relay of the cluster, between its row and its bytes.
    let (hash, expires, most) = (hash(&bytes), now() + HOUR, ALL);
    let row = Write::PutBlob { hash, size: 1000, expires, now: now(), most, tag: Some(tag(1)) };
    blobs.store.write([&row], now()).unwrap();
    release(&blobs, &bytes, 1).await;
    assert_eq!(blobs.sweep().await.unwrap(), 0, "not before they must be there");
    let mut writer = blobs.place.writer(&hash);
    writer.put(Bytes::copy_from_slice(&bytes)).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut writer).await.unwrap();
    assert!(read(&blobs, &hash, None).await.is_none() && is_kept(&blobs, &bytes).await);
    NOW.set(now() + RELEASED_MS);
    assert_eq!(blobs.sweep().await.unwrap(), 1);
    assert_eq!(folder.files(), [""; 0]);
}

#[tokio::test]
async fn whatever_comes_while_it_is_swept_a_blob_that_was_said_to_be_kept_is_there() {
    let folder = Folder::new("kept");
    let (blobs, bytes) = (blobs(folder.place(), ALL), content(1000, 1));
    let mut kept = 0;
    for round in 0..60 {
        hold(&blobs, &bytes, 1).await;
        if round % 3 != 0 {
            release(&blobs, &bytes, 1).await;
        }
        NOW.set(now() + RELEASED_MS);
        let wanted = claimed(&bytes, 2);
        let (swept, reply) = match round % 2 {
            0 => tokio::join!(blobs.sweep(), ask(&blobs, &wanted)),
            _ => {
                let (reply, swept) = tokio::join!(ask(&blobs, &wanted), blobs.sweep());
                (swept, reply)
            }
        };
        swept.unwrap();
        if matches!(reply, Reply::Kept { .. }) {
            kept += 1;
            assert_eq!(read(&blobs, &hash(&bytes), None).await.as_ref(), Some(&bytes), "round {round}");
        }
        NOW.set(now() + HOUR);
        blobs.sweep().await.unwrap();
        assert_eq!(folder.files(), [""; 0], "round {round}");
    }
    assert!(kept > 0);
}
