//! One message of the stream: a batch of writes of one relay, with what any relay needs to apply it exactly as all others do.
//!
//! ```text
//! message = { 0: format, 1: rules, 2: publisher 16, 3: number, 4: seen seq, 5: seen hash 32, 6: [* write] }      CBOR
//! ```
//!
//! It names no time: that is the stream's own, of when the servers took the message. One without writes is a *pulse*: its sender
//! only wants to read it back ([`super::pulse`]).

use minicbor::CborLen;
use minicbor::bytes::ByteArray;
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

use crate::store::Write;

/// Version of these bytes.
pub(crate) const FORMAT: u8 = 1;
/// Version of what applying a write does: the layout of rows, the limits of [`crate::limits`] that the store looks at, the
/// bytes that a view's hash is over. Raised by whoever changes any of them; a relay stops at a message of a later version, so
/// that no two of different rules apply the same message.
pub(crate) const RULES: u32 = 3;

/// Format and rules: what every version begins with, a map whose first two entries they are. What comes after is for those to
/// read who know them.
fn head(bytes: &[u8]) -> Result<(u8, u32), minicbor::decode::Error> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.map()?;
    let mut entry = |key: u8| match decoder.u8()? {
        found if found == key => decoder.u32(),
        _ => Err(minicbor::decode::Error::message("it does not begin with its format and its rules")),
    };
    let (format, rules) = (entry(0)?, entry(1)?);
    Ok((format.try_into().unwrap_or(u8::MAX), rules))
}

/// A message that was read.
#[derive(Debug, PartialEq, Eq, Decode)]
#[cbor(map)]
pub(crate) struct Message {
    /// The relay process that sent it.
    #[n(2)]
    pub(crate) publisher: ByteArray<16>,
    /// Its number among the batches of this process, or among its pulses, from 1.
    #[n(3)]
    pub(crate) number: u64,
    /// Last message that the publisher had applied when it sent this.
    #[n(4)]
    pub(crate) seen: u64,
    /// Hash of its view behind that.
    #[n(5)]
    pub(crate) hash: ByteArray<32>,
    #[n(6)]
    pub(crate) writes: Vec<Write>,
}

#[derive(Encode, CborLen)]
#[cbor(map)]
struct Outgoing<'w> {
    #[n(0)]
    format: u8,
    #[n(1)]
    rules: u32,
    #[n(2)]
    publisher: ByteArray<16>,
    #[n(3)]
    number: u64,
    #[n(4)]
    seen: u64,
    #[n(5)]
    hash: ByteArray<32>,
    #[n(6)]
    writes: &'w [&'w Write],
}

/// Why bytes are no message that this relay may apply.
#[derive(Debug, Error)]
pub(crate) enum Unreadable {
    /// Of a relay that must be answered by an upgrade of this one.
    #[error("a message of format {0} and rules {1}; this relay knows format {FORMAT} and rules {RULES}")]
    Newer(u8, u32),
    /// No relay wrote this.
    #[error("no message of a relay: {0}")]
    Garbage(#[from] minicbor::decode::Error),
}

/// The bytes of a batch, or of a pulse. `seen` is the publisher's place and its hash.
pub(crate) fn encode(publisher: [u8; 16], number: u64, seen: (u64, [u8; 32]), writes: &[&Write]) -> Vec<u8> {
    let (publisher, hash, seen) = (publisher.into(), seen.1.into(), seen.0);
    xchat_wire::encode(&Outgoing { format: FORMAT, rules: RULES, publisher, number, seen, hash, writes })
}

/// The message in these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Message, Unreadable> {
    let (format, rules) = head(bytes)?;
    if format > FORMAT || rules > RULES {
        return Err(Unreadable::Newer(format, rules));
    }
    Ok(minicbor::decode(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::Run;
    use crate::store::{Commit, Delivery, Filling, Kept};
    use xchat_wire::{Address, BlobHash, ClaimTag, Epoch, PostId, PublicKey, Seq};

    const A: Address = Address::new([0xaa; 32]);
    const KEY: PublicKey = PublicKey::new([0xcc; 32]);
    const POST: PostId = PostId::new([0x0b; 16]);
    const BLOB: BlobHash = BlobHash::new([0xdd; 32]);
    const TAG: ClaimTag = ClaimTag::new([0x99; 32]);

    /// One write of every kind.
    fn writes() -> Vec<Write> {
        let run = Run::new(Epoch(2), Seq(7));
        let delivery = Delivery { inbox: A, writer: Some(KEY), post: POST, body: vec![1, 2].into(), ttl: Some(60) };
        let unsigned = Delivery { writer: None, ttl: None, ..delivery.clone() };
        let welcomes = vec![delivery.clone(), unsigned];
        let commit = Commit { epoch: Epoch(2), post: POST, body: vec![3].into(), next_key: KEY, welcomes };
        let filling = Filling { post: POST, packages: vec![vec![4].into()], last_resort: None };
        vec![
            Write::CreateLog { log: A, key: KEY },
            Write::CreateInbox { inbox: A, owner: KEY, writer: KEY },
            Write::Append { log: A, run, epoch: Epoch(2), post: POST, body: vec![5; 3].into(), ttl: None },
            Write::Append { log: A, run, epoch: Epoch(2), post: POST, body: vec![5; 3].into(), ttl: Some(3600) },
            Write::Commit { log: A, run, commit },
            Write::Deliver(delivery),
            Write::Acknowledge { inbox: A, upto: Seq(9) },
            Write::FillPool { inbox: A, filling },
            Write::TakePackage { inbox: A, writer: KEY },
            Write::PutCell { cell: A, owner: KEY, version: 3, body: vec![6].into() },
            Write::Expire { keep: 1000, limit: 256 },
            Write::PutBlob { hash: BLOB, size: 9, expires: 2000, now: 1000, most: 5000, tag: None },
            Write::PutBlob { hash: BLOB, size: 9, expires: 2000, now: 1000, most: 5000, tag: Some(TAG) },
            Write::RemoveBlobs { hashes: vec![BLOB], ended: 2000 },
            Write::Bound { bytes: 1 << 30 },
            Write::End { limit: 256 },
            Write::Unused { keep: 1000, limit: 64 },
            Write::Use { kept: Kept::Inbox, address: A },
            Write::ClaimBlob { hash: BLOB, size: 9, tag: TAG, expires: 2000, now: 1000 },
            Write::ReleaseBlob { hash: BLOB, tag: TAG },
        ]
    }

    fn bytes(writes: &[Write]) -> Vec<u8> {
        let writes: Vec<&Write> = writes.iter().collect();
        encode([7; 16], 5, (4, [8; 32]), &writes)
    }

    #[test]
    fn every_write_keeps_its_bytes_and_reads_back() {
        let frozen = include_str!("message.hex");
        let found: Vec<String> = writes().into_iter().map(|write| hex::encode(bytes(&[write]))).collect();
        assert_eq!(found, frozen.lines().collect::<Vec<_>>(), "now:\n{}", found.join("\n"));
        for (line, write) in frozen.lines().zip(writes()) {
            let message = decode(&hex::decode(line).unwrap()).unwrap();
            assert_eq!((*message.publisher, message.number), ([7; 16], 5));
            assert_eq!((message.seen, *message.hash), (4, [8; 32]));
            assert_eq!(message.writes, [write]);
        }
    }

    #[test]
    fn what_a_relay_of_earlier_rules_has_left_in_the_stream_is_still_read() {
        let lines = include_str!("message.hex").lines().zip(writes());
        for (line, write) in lines {
            let earlier = line.replacen("a700010103", "a700010102", 1);
            assert_ne!(line, earlier);
            assert_eq!(decode(&hex::decode(earlier).unwrap()).unwrap().writes, [write]);
        }
    }

    #[test]
    fn a_message_of_later_rules_or_format_is_told_from_garbage_whatever_else_is_in_it() {
        let later = [
            [0xa3, 0x00, 0x02, 0x01, 0x01, 0x18, 0x63, 0xf6].as_slice(),
            &[0xa2, 0x00, 0x01, 0x01, 0x04],
            // What follows is not even CBOR to this version.
            &[0xa7, 0x00, 0x01, 0x01, 0x04, 0xff, 0xff],
            &[0xbf, 0x00, 0x19, 0x01, 0x01, 0x01, 0x01],
        ];
        for later in later {
            assert!(matches!(decode(later), Err(Unreadable::Newer(..))), "{later:?}");
        }
        assert!(matches!(decode(b""), Err(Unreadable::Garbage(_))));
        assert!(matches!(decode(b"hello"), Err(Unreadable::Garbage(_))));
    }

    #[test]
    fn no_bytes_make_it_panic_and_what_is_cut_off_is_no_message() {
        let whole = bytes(&writes());
        assert_eq!(decode(&whole).unwrap().writes, writes());
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
        for at in 0..whole.len() {
            for bit in [1, 0x20, 0x80] {
                let mut damaged = whole.clone();
                damaged[at] ^= bit;
                _ = decode(&damaged);
            }
        }
        // A list that says it is longer than any memory.
        assert!(decode(&[0xa1, 0x06, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
