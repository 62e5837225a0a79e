//! One message against one view: for fuzz targets, which have no stream.

use bytes::Bytes;
use xchat_wire::{Address, BlobHash, ClaimTag, Epoch, PostId, PublicKey, Seq};

use super::applier::{Read, read};
use super::error::ClusterError;
use super::follow::Incoming;
use super::message;
use crate::rights::Run;
use crate::store::{Commit, Delivery, Filling, Kept, Place, Store, Write};

const LOG: Address = Address::new([1; 32]);
const INBOX: Address = Address::new([2; 32]);
const KEY: PublicKey = PublicKey::new([3; 32]);

/// Reads a message and applies it to a view with a log and an inbox. What cannot be read changes nothing but the view's place, and
/// what is of a later version stops; whether the view goes on.
pub(crate) fn try_message(bytes: &[u8]) -> bool {
    let incoming = |seq, bytes: &[u8]| Incoming { seq, at: 1_700_000_000_000, payload: Bytes::copy_from_slice(bytes) };
    let Read { entry, seen } = match read(incoming(2, bytes)) {
        Ok(read) => read,
        Err(error @ ClusterError::Newer { .. }) => {
            assert!(error.to_string().contains("upgrade this one too"));
            return false;
        }
        Err(other) => panic!("bytes alone stop no relay: {other}"),
    };
    let readable = message::decode(bytes).is_ok();
    assert_eq!(seen.is_some(), readable);
    assert!(readable || entry.writes.is_empty(), "what is no message applies nothing");
    if entry.writes.is_empty() {
        return true;
    }
    let store = Store::in_memory().expect("memory takes a new store");
    store.begin_view(&Place::start(7)).expect("memory does not fail");
    let begin =
        [&Write::CreateLog { log: LOG, key: KEY }, &Write::CreateInbox { inbox: INBOX, owner: KEY, writer: KEY }];
    let first = read(incoming(1, &message::encode([9; 16], 1, (0, [0; 32]), &begin))).expect("it was just written");
    store.follow(&[first.entry], false).expect("a new log and a new inbox");
    store.follow(&[entry], false).is_ok_and(|followed| followed[0].seq == 2)
}

/// A message with one write of every kind, for that view.
pub(crate) fn sample_message() -> Vec<u8> {
    let (run, post, epoch) = (Run::new(Epoch(0), Seq(1)), PostId::new([4; 16]), Epoch(0));
    let delivery = Delivery { inbox: INBOX, writer: Some(KEY), post, body: vec![1, 2].into(), ttl: Some(60) };
    let welcomes = vec![Delivery { writer: None, ..delivery.clone() }];
    let other = PostId::new([5; 16]);
    let commit = Commit { epoch, post: other, body: vec![3].into(), next_key: KEY, welcomes };
    let (hash, tag, other) = (BlobHash::new([6; 32]), ClaimTag::new([7; 32]), ClaimTag::new([8; 32]));
    let writes = [
        Write::Append { log: LOG, run, epoch, post, body: vec![5; 3].into(), ttl: None },
        Write::Commit { log: LOG, run, commit },
        Write::Deliver(delivery),
        Write::Acknowledge { inbox: INBOX, upto: Seq(1) },
        Write::FillPool { inbox: INBOX, filling: Filling { post, packages: vec![vec![4].into()], last_resort: None } },
        Write::TakePackage { inbox: INBOX, writer: KEY },
        Write::PutCell { cell: LOG, owner: KEY, version: 3, body: vec![6].into() },
        Write::Expire { keep: 1000, limit: 256 },
        Write::PutBlob { hash, size: 9, expires: 2000, now: 1000, most: 5000, tag: Some(tag) },
        Write::ClaimBlob { hash, size: 9, tag: other, expires: 2000, now: 1000 },
        Write::ReleaseBlob { hash, tag },
        Write::RemoveBlobs { hashes: vec![hash], ended: 2000 },
        Write::Bound { bytes: 1 << 30 },
        Write::End { limit: 256 },
        Write::Unused { keep: 1000, limit: 64 },
        Write::Use { kept: Kept::Inbox, address: INBOX },
    ];
    message::encode([8; 16], 1, (0, [0; 32]), &writes.iter().collect::<Vec<_>>())
}
