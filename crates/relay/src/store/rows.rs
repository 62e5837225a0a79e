//! What the tables hold. Every row carries its version first; a row of a later version is refused, never guessed at.

use minicbor::CborLen;
use minicbor::bytes::{ByteSlice, ByteVec};
use xchat_wire::{
    ChainHash, Epoch, Kind, PostId, PublicKey, Seq,
    cbor::{Decode, Encode},
};

use super::StoreError;
use super::hold::Claimed;
use crate::bucket::Bucket;

/// Version of every row in this file.
pub(crate) const ROW: u8 = 1;

/// The running state of a sequence of records, in a log and in an inbox alike.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Journal {
    /// Last record ever accepted; 0 before the first.
    #[n(0)]
    pub(crate) head: Seq,
    /// First record still kept; 0 when there is none.
    #[n(1)]
    pub(crate) first: Seq,
    /// Time of the last record, in milliseconds, as retention keeps it: times never run backwards within one journal.
    #[n(2)]
    pub(crate) time: u64,
    /// Chain through the head.
    #[n(3)]
    pub(crate) chain: ChainHash,
    /// Records kept.
    #[n(4)]
    pub(crate) records: u64,
    /// Bytes that they count.
    #[n(5)]
    pub(crate) bytes: u64,
}

/// A log: its journal and its current epoch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct LogRow {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) journal: Journal,
    #[n(2)]
    pub(crate) epoch: Epoch,
    /// Access key of the current epoch.
    #[n(3)]
    pub(crate) key: PublicKey,
    /// Place of the first record of the current epoch, written or not.
    #[n(4)]
    pub(crate) start: Seq,
    /// What was committed while the store was nearly full.
    #[n(5)]
    pub(crate) last_commits: Option<Bucket>,
    /// Day of the last use, Unix milliseconds.
    #[n(6)]
    pub(crate) used: u64,
}

/// An epoch that is over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct EpochRow {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) key: PublicKey,
    /// Place of its first record.
    #[n(2)]
    pub(crate) start: Seq,
    /// Place of the commit that closed it.
    #[n(3)]
    pub(crate) end: Seq,
}

/// An inbox and the count of its pool.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct InboxRow {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) journal: Journal,
    #[n(2)]
    pub(crate) owner: PublicKey,
    #[n(3)]
    pub(crate) writer: PublicKey,
    /// One-time key packages in the pool.
    #[n(4)]
    pub(crate) packages: u32,
    /// Number of the next package that is put into the pool.
    #[n(5)]
    pub(crate) next_package: u64,
    /// How fast the pool is drained, while there is something to fall back on.
    #[n(6)]
    pub(crate) drain: Option<Bucket>,
    /// Day of the last use, Unix milliseconds.
    #[n(7)]
    pub(crate) used: u64,
}

/// Where a post landed: the answer to its repeat. 0 for a filled pool.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PostRow {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) seq: Seq,
}

/// A record as it is sent, with what the relay itself looks at beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct RecordRow<'b> {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) epoch: Epoch,
    #[n(2)]
    pub(crate) kind: Kind,
    #[n(3)]
    pub(crate) post: PostId,
    /// Bytes of the body.
    #[n(4)]
    pub(crate) size: u64,
    /// `xchat_wire::Record` as CBOR.
    #[cbor(b(5))]
    pub(crate) record: &'b ByteSlice,
    /// When its own time is over, Unix milliseconds; none: with retention.
    #[n(6)]
    pub(crate) ends: Option<u64>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct CellRow {
    #[n(0)]
    pub(crate) row: u8,
    #[n(1)]
    pub(crate) owner: PublicKey,
    #[n(2)]
    pub(crate) version: u64,
    #[n(3)]
    pub(crate) body: ByteVec,
    /// Day of the last use, Unix milliseconds.
    #[n(4)]
    pub(crate) used: u64,
}

/// A blob. Its bytes are not in the store.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct BlobRow {
    #[n(0)]
    pub(crate) row: u8,
    /// Bytes.
    #[n(1)]
    pub(crate) size: u64,
    /// Unix milliseconds from which on it is not there any more: the end of the last of its holds.
    #[n(2)]
    pub(crate) expires: u64,
    /// Its holds; none: one hold until then that nobody can give up, as in every row of before there were claims.
    #[n(3)]
    pub(crate) claimed: Option<Claimed>,
    /// From when on the sweep may take it, Unix milliseconds, where that is not its end: when it was given up.
    #[n(4)]
    pub(crate) swept: Option<u64>,
}

/// A row that knows its own version.
pub(crate) trait Row {
    /// The version that it was written with.
    fn row(&self) -> u8;
}

macro_rules! rows {
    ($($name:ty),*) => { $(impl Row for $name { fn row(&self) -> u8 { self.row } })* };
}
rows!(LogRow, EpochRow, InboxRow, PostRow, RecordRow<'_>, CellRow, BlobRow);

/// Bytes of a row.
pub(crate) fn pack<T: Encode<()> + CborLen<()>>(row: &T) -> Vec<u8> {
    xchat_wire::encode(row)
}

/// A row from its bytes.
pub(crate) fn unpack<'b, T: Row + Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, StoreError> {
    let row: T = minicbor::decode(bytes).map_err(StoreError::Row)?;
    match row.row() {
        ROW => Ok(row),
        other => Err(StoreError::Version(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::hold::Claim;
    use xchat_wire::ClaimTag;

    fn journal() -> Journal {
        Journal {
            head: Seq(7),
            first: Seq(5),
            time: 1_700_000_000_000,
            chain: ChainHash::new([0xee; 32]),
            records: 3,
            bytes: 900,
        }
    }

    /// Packs, compares with the frozen bytes, and reads those back.
    fn frozen<T: Row + Encode<()> + CborLen<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug>(
        row: T,
        bytes: &str,
    ) {
        assert_eq!(hex::encode(pack(&row)), bytes);
        assert_eq!(unpack::<T>(&hex::decode(bytes).unwrap()).unwrap(), row);
    }

    #[test]
    fn every_row_keeps_its_bytes() {
        let (key, epoch) = (PublicKey::new([0xcc; 32]), Epoch(2));
        frozen(
            LogRow { row: ROW, journal: journal(), epoch, key, start: Seq(6), last_commits: None, used: 9 },
            "a6000101a600070105021b0000018bcfe56800035820eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee0403051903840202035820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc04060609",
        );
        frozen(
            EpochRow { row: ROW, key, start: Seq(1), end: Seq(5) },
            "a40001015820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc02010305",
        );
        let (owner, writer) = (key, PublicKey::new([0xdd; 32]));
        frozen(
            InboxRow {
                row: ROW,
                journal: journal(),
                owner,
                writer,
                packages: 20,
                next_package: 31,
                drain: None,
                used: 9,
            },
            "a7000101a600070105021b0000018bcfe56800035820eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee040305190384025820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc035820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd041405181f0709",
        );
        frozen(PostRow { row: ROW, seq: Seq(7) }, "a200010107");
        frozen(
            CellRow { row: ROW, owner, version: 3, body: vec![1, 2, 3].into(), used: 9 },
            "a50001015820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc020303430102030409",
        );
    }

    #[test]
    fn a_blobs_row_keeps_its_bytes() {
        let row = BlobRow { expires: 1_700_000_000_000, ..BlobRow::new(900) };
        frozen(row.clone(), "a3000101190384021b0000018bcfe56800");
        let claims = vec![Claim { tag: ClaimTag::new([0x99; 32]), until: 1_700_000_000_000 }];
        frozen(
            BlobRow { claimed: Some(Claimed { held: 9, claims }), ..row.clone() },
            &format!("a4000101190384021b0000018bcfe5680003a200090181a2005820{}011b0000018bcfe56800", "99".repeat(32)),
        );
        frozen(BlobRow { expires: 0, swept: Some(1_700_000_000_000), ..row }, "a40001011903840200041b0000018bcfe56800");
    }

    #[test]
    fn a_record_row_keeps_its_bytes() {
        let record: &[u8] = &[1, 2, 3];
        let (epoch, kind, post) = (Epoch(2), Kind::Commit, PostId::new([0x0b; 16]));
        let row = RecordRow { row: ROW, epoch, kind, post, size: 900, record: record.into(), ends: None };
        let bytes = pack(&row);
        assert_eq!(hex::encode(&bytes), "a600010102020103500b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b041903840543010203");
        assert_eq!(unpack::<RecordRow<'_>>(&bytes).unwrap(), row);
        let row = RecordRow { ends: Some(1_700_000_000_000), ..row };
        let bytes = pack(&row);
        assert_eq!(
            hex::encode(&bytes),
            "a700010102020103500b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b041903840543010203061b0000018bcfe56800"
        );
        assert_eq!(unpack::<RecordRow<'_>>(&bytes).unwrap(), row);
    }

    #[test]
    fn a_row_of_a_later_version_is_refused() {
        let later = pack(&PostRow { row: ROW + 1, seq: Seq(7) });
        assert!(matches!(unpack::<PostRow>(&later), Err(StoreError::Version(2))));
    }
}
