//! What fuzz targets call, beside what clients can send: decoders of what a relay has written itself, and reads back from
//! places that others may have reached. Bytes in, and a panic is the finding. For `fuzz/` and `tests/fuzz.rs` alone.

use std::fmt::Debug;

use minicbor::{CborLen, Decode, Encode};

use crate::store::rows::{self, BlobRow, CellRow, EpochRow, InboxRow, LogRow, PostRow, RecordRow, Row};

/// A row of the store, of any table: whatever is read is written as the same.
pub fn row(bytes: &[u8]) {
    again::<LogRow>(bytes);
    again::<EpochRow>(bytes);
    again::<InboxRow>(bytes);
    again::<PostRow>(bytes);
    again::<CellRow>(bytes);
    again::<BlobRow>(bytes);
    if let Ok(row) = rows::unpack::<RecordRow<'_>>(bytes) {
        assert_eq!(rows::unpack::<RecordRow<'_>>(&rows::pack(&row)).ok().as_ref(), Some(&row));
    }
}

fn again<T: Row + Encode<()> + CborLen<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(row) = rows::unpack::<T>(bytes) {
        assert_eq!(rows::unpack::<T>(&rows::pack(&row)).ok().as_ref(), Some(&row));
    }
}

/// A blob's grant, as a client hands it in: nobody finds one, and nobody makes another of one that the relay made.
#[cfg(feature = "server")]
pub fn grant(bytes: &[u8]) {
    use crate::blob::{Key, Leave};
    let (key, hash) = (Key::of(1), xchat_wire::BlobHash::new([2; 32]));
    assert!(key.open(&hash, bytes).is_none(), "a grant by chance");
    for tag in [None, Some(xchat_wire::ClaimTag::new([3; 32]))] {
        let leave = Leave { size: 900, expires: 2000, until: 1000, tag };
        let mut token = key.seal(&hash, &leave);
        let made = token.clone();
        token.iter_mut().zip(bytes).for_each(|(byte, change)| *byte ^= change);
        token.truncate(made.len().saturating_sub(bytes.first().map_or(0, |cut| usize::from(cut % 4))));
        assert_eq!(key.open(&hash, &token), (token == made).then_some(leave));
    }
}

/// A message of a cluster's stream. Whether a relay would go on behind it: that it would apply, or pass over without a change.
#[cfg(feature = "nats")]
pub fn cluster_message(bytes: &[u8]) -> bool {
    crate::cluster::try_message(bytes)
}

/// One whole message of a cluster's stream, to be damaged.
#[cfg(feature = "nats")]
pub fn sample_cluster_message() -> Vec<u8> {
    crate::cluster::sample_message()
}
