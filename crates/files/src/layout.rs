//! How a file lies in records and chunks. All of it follows from the file's size.

use std::ops::Range;

use crate::padding_block;

/// Bytes of each sealed record but the last, which may be shorter (RFC 8188's `rs`).
pub const RECORD: u32 = 65_536;
/// Bytes of the header (RFC 8188, without a name of the key), which stands before the first record.
pub const HEADER: u64 = 21;
/// Records of a chunk. With the header a chunk is below the 8 MiB of a blob.
pub const RECORDS_PER_CHUNK: u64 = 127;
/// Largest file, in bytes of its content: 2 GiB.
pub const MAX_FILE: u64 = 2 << 30;
/// What a record has beside its content: the byte that ends it, and the cipher's tag.
const OVERHEAD: u64 = 17;
/// Content and padding of a full record.
const ROOM: u64 = RECORD as u64 - OVERHEAD;

/// Where the records of a file are. Only a coarse size shows: the content is padded to its Padmé size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    size: u64,
    padded: u64,
}

/// Where a sealed record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which chunk.
    pub chunk: u32,
    /// Its first byte within the chunk.
    pub at: u64,
    /// Sealed bytes.
    pub len: u64,
}

impl Layout {
    /// Of a file with so many bytes of content. None: it is over [`MAX_FILE`].
    pub fn of(size: u64) -> Option<Self> {
        let block = padding_block(usize::try_from(size).ok().filter(|_| size <= MAX_FILE)?) as u64;
        // An empty file looks like a small one.
        Some(Self { size, padded: size.max(1).next_multiple_of(block) })
    }

    /// Bytes of the content.
    pub fn size(self) -> u64 {
        self.size
    }

    /// How many records there are; at least one.
    pub fn records(self) -> u64 {
        self.padded.div_ceil(ROOM)
    }

    /// How many chunks there are; at least one.
    pub fn chunks(self) -> u32 {
        // At most 2 GiB in chunks of almost 8 MiB.
        self.records().div_ceil(RECORDS_PER_CHUNK) as u32
    }

    /// All sealed bytes, with the header.
    pub fn sealed(self) -> u64 {
        HEADER + self.padded + OVERHEAD * self.records()
    }

    /// The records of a chunk.
    pub fn records_of(self, chunk: u32) -> Range<u64> {
        let first = u64::from(chunk) * RECORDS_PER_CHUNK;
        first.min(self.records())..(first + RECORDS_PER_CHUNK).min(self.records())
    }

    /// Bytes of a chunk; 0 for one that there is not.
    pub fn chunk_size(self, chunk: u32) -> u64 {
        let records: u64 = self.records_of(chunk).map(|record| self.sealed_len(record)).sum();
        records + if chunk == 0 { HEADER } else { 0 }
    }

    /// Content and padding of a record.
    fn room(self, record: u64) -> u64 {
        self.padded.saturating_sub(record.saturating_mul(ROOM)).min(ROOM)
    }

    /// Bytes of a record once it is opened: content, the byte that ends it, padding.
    pub fn opened_len(self, record: u64) -> u64 {
        self.room(record) + 1
    }

    /// Sealed bytes of a record.
    pub fn sealed_len(self, record: u64) -> u64 {
        self.room(record) + OVERHEAD
    }

    /// Which bytes of the content a record has. Empty: it is all padding.
    pub fn content_of(self, record: u64) -> Range<u64> {
        let first = record.saturating_mul(ROOM).min(self.size);
        first..(first + ROOM).min(self.size)
    }

    /// Where a record is.
    pub fn place(self, record: u64) -> Place {
        let chunk = record / RECORDS_PER_CHUNK;
        let before = (record % RECORDS_PER_CHUNK) * u64::from(RECORD) + if chunk == 0 { HEADER } else { 0 };
        Place { chunk: chunk as u32, at: before, len: self.sealed_len(record) }
    }

    /// The records that have these bytes of the content.
    pub fn records_for(self, content: Range<u64>) -> Range<u64> {
        let end = content.end.min(self.size);
        match content.start >= end {
            true => 0..0,
            false => content.start / ROOM..end.div_ceil(ROOM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 12] =
        [0, 1, 255, 256, 257, ROOM - 1, ROOM, ROOM + 1, 8 << 20, (8 << 20) + 1, 300 << 20, MAX_FILE];

    #[test]
    fn records_lie_one_after_the_other_and_chunks_have_all_of_them() {
        for layout in SIZES.map(|size| Layout::of(size).unwrap()) {
            let mut at = HEADER;
            let mut content = 0;
            for chunk in 0..layout.chunks() {
                for record in layout.records_of(chunk) {
                    let place = layout.place(record);
                    assert_eq!((place.chunk, place.at), (chunk, at), "{layout:?}");
                    at += place.len;
                    assert_eq!(layout.content_of(record).start, content);
                    content = layout.content_of(record).end;
                }
                assert_eq!(layout.chunk_size(chunk), at, "{layout:?}");
                assert!(at <= xchat_wire::MAX_BLOB);
                at = 0;
            }
            assert_eq!(content, layout.size());
            let chunks: u64 = (0..layout.chunks()).map(|chunk| layout.chunk_size(chunk)).sum();
            assert_eq!(chunks, layout.sealed());
            assert_eq!(layout.chunk_size(layout.chunks()), 0);
        }
        assert_eq!(Layout::of(MAX_FILE + 1), None);
        assert_eq!(Layout::of(u64::MAX), None);
    }

    #[test]
    fn a_range_of_the_content_is_in_the_records_that_have_it_and_no_others() {
        let layout = Layout::of(3 * ROOM + 7).unwrap();
        for (range, records) in [
            (0..1, 0..1),
            (0..ROOM, 0..1),
            (0..ROOM + 1, 0..2),
            (ROOM..ROOM + 1, 1..2),
            (ROOM - 1..3 * ROOM, 0..3),
            (3 * ROOM..u64::MAX, 3..4),
            (5..5, 0..0),
            (9 * ROOM..10 * ROOM, 0..0),
        ] {
            assert_eq!(layout.records_for(range.clone()), records, "{range:?}");
        }
    }

    #[test]
    fn files_of_about_one_size_look_alike() {
        let sealed = |size| Layout::of(size).unwrap().sealed();
        assert_eq!(sealed(0), sealed(256));
        assert_eq!(sealed(3_000_000), sealed(3_010_000));
    }
}
