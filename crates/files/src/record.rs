//! Encrypted content encoding `aes128gcm` (RFC 8188): a header, then records of one size, each sealed by AES-128-GCM under a nonce that counts.
//!
//! The cipher is the caller's, as a browser has its own; what goes into it and what comes out is made and checked here. A record that was
//! changed, moved, left out or repeated does not open, since its nonce is its place; how much of it is content follows from the
//! [`Layout`], and what says otherwise is refused.

use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{FileKey, FileSource, HEADER, Layout, RECORD};

/// Ends the content of a record after which others come.
const MORE: u8 = 1;
/// Ends the content of the last record.
const LAST: u8 = 2;

/// Why a record, or the header before them, is not this file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Another salt, size of records, or name of a key than the file's.
    #[error("the header is another one")]
    Header,
    /// It has more or less content than the record of this place, or ends as if others followed or did not.
    #[error("the record is not what stands in this place")]
    Place,
}

/// The header of a file's sealed bytes (RFC 8188 section 2.1). The key has no name in it.
pub fn header(source: &FileSource) -> [u8; HEADER as usize] {
    let mut header = [0; HEADER as usize];
    header[..16].copy_from_slice(source.salt.as_slice());
    header[16..20].copy_from_slice(&RECORD.to_be_bytes());
    header
}

/// Whether these are the bytes of the header of this file.
pub fn check_header(source: &FileSource, bytes: &[u8]) -> Result<(), RecordError> {
    match bytes == header(source) {
        true => Ok(()),
        false => Err(RecordError::Header),
    }
}

/// What seals the records of one file.
pub struct RecordKey {
    key: Zeroizing<[u8; 16]>,
    nonce: [u8; 12],
}

impl RecordKey {
    /// RFC 8188 sections 2.2 and 2.3: by HKDF with SHA-256, out of the keying material and the salt.
    pub fn derive(key: &FileKey, salt: &[u8; 16]) -> Self {
        let material = Hkdf::<Sha256>::new(Some(salt), key.bytes());
        let mut derived = Self { key: Zeroizing::new([0; 16]), nonce: [0; 12] };
        let lengths = "HKDF gives up to 8160 bytes";
        material.expand(b"Content-Encoding: aes128gcm\0", derived.key.as_mut_slice()).expect(lengths);
        material.expand(b"Content-Encoding: nonce\0", &mut derived.nonce).expect(lengths);
        derived
    }

    /// The key of the cipher.
    pub fn key(&self) -> &[u8; 16] {
        &self.key
    }

    /// The nonce of a record, counted from 0.
    pub fn nonce(&self, record: u64) -> [u8; 12] {
        let mut nonce = self.nonce;
        nonce.iter_mut().skip(4).zip(record.to_be_bytes()).for_each(|(byte, count)| *byte ^= count);
        nonce
    }
}

/// What stands behind the content in what is sealed as a record: the byte that ends it, and padding.
pub fn ending(layout: Layout, record: u64) -> Vec<u8> {
    let content = layout.content_of(record);
    // At most a record, which is 64 KiB.
    let mut ending = vec![0; (layout.opened_len(record) - (content.end - content.start)) as usize];
    ending[0] = end_of(layout, record);
    ending
}

/// Whether this is what stands behind the content of a record that was opened.
pub fn check_ending(layout: Layout, record: u64, bytes: &[u8]) -> Result<(), RecordError> {
    match record < layout.records() && bytes == ending(layout, record) {
        true => Ok(()),
        false => Err(RecordError::Place),
    }
}

fn end_of(layout: Layout, record: u64) -> u8 {
    if record.saturating_add(1) == layout.records() { LAST } else { MORE }
}

#[cfg(test)]
mod tests {
    use aes_gcm::{Aes128Gcm, KeyInit as _, Nonce, aead::Aead as _};
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use proptest::prelude::*;
    use xchat_wire::BlobHash;

    use super::*;

    /// What is sealed as a record.
    fn filled(layout: Layout, record: u64, content: &[u8]) -> Vec<u8> {
        [content, ending(layout, record).as_slice()].concat()
    }

    /// The content of a record that was opened.
    fn content(layout: Layout, record: u64, opened: &[u8]) -> Result<&[u8], RecordError> {
        let wanted = layout.content_of(record);
        let (content, rest) = opened.split_at(opened.len().min((wanted.end - wanted.start) as usize));
        check_ending(layout, record, rest).map(|()| content)
    }

    fn source(key: u8, size: u64) -> FileSource {
        FileSource { key: FileKey::new([key; 16]), salt: [key; 16].into(), size, chunks: Vec::<BlobHash>::new() }
    }

    fn key_of(source: &FileSource) -> (RecordKey, Aes128Gcm) {
        let key = RecordKey::derive(&source.key, &source.salt);
        let cipher = Aes128Gcm::new(key.key().into());
        (key, cipher)
    }

    /// The sealed records of a file, each for itself.
    fn sealed(source: &FileSource, file: &[u8]) -> Vec<Vec<u8>> {
        let (key, cipher) = key_of(source);
        let layout = Layout::of(source.size).unwrap();
        let seal = |record| {
            let content = layout.content_of(record);
            let filled = filled(layout, record, &file[content.start as usize..content.end as usize]);
            let sealed = cipher.encrypt(Nonce::from_slice(&key.nonce(record)), filled.as_slice()).unwrap();
            assert_eq!(sealed.len() as u64, layout.sealed_len(record));
            sealed
        };
        (0..layout.records()).map(seal).collect()
    }

    /// The file, if all records open in their places and there is none too many.
    fn opened(source: &FileSource, records: &[Vec<u8>]) -> Option<Vec<u8>> {
        let (key, cipher) = key_of(source);
        let layout = Layout::of(source.size).unwrap();
        if records.len() as u64 != layout.records() {
            return None;
        }
        let mut file = Vec::new();
        for (record, sealed) in (0..).zip(records) {
            let opened = cipher.decrypt(Nonce::from_slice(&key.nonce(record)), sealed.as_slice()).ok()?;
            file.extend_from_slice(content(layout, record, &opened).ok()?);
        }
        Some(file)
    }

    fn bytes(text: &str) -> Vec<u8> {
        Base64UrlUnpadded::decode_vec(&text.replace(char::is_whitespace, "")).unwrap()
    }

    /// RFC 8188 section 3.1: one record, whose padding is empty.
    #[test]
    fn the_first_example_of_the_rfc_opens() {
        let sealed = bytes("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg");
        let key = FileKey::new(bytes("yqdlZ-tYemfogSmv7Ws5PQ").try_into().unwrap());
        let salt: [u8; 16] = sealed[..16].try_into().unwrap();
        let key = RecordKey::derive(&key, &salt);
        let cipher = Aes128Gcm::new(key.key().into());
        let opened = cipher.decrypt(Nonce::from_slice(&key.nonce(0)), &sealed[21..]).unwrap();
        assert_eq!(opened, b"I am the walrus\x02");
    }

    /// RFC 8188 section 3.2: two records of 25 bytes under a key with a name, the first padded.
    #[test]
    fn the_second_example_of_the_rfc_opens() {
        let sealed =
            bytes("uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA");
        let key = FileKey::new(bytes("BO3ZVPxUlnLORbVGMpbT1Q").try_into().unwrap());
        let salt: [u8; 16] = sealed[..16].try_into().unwrap();
        let key = RecordKey::derive(&key, &salt);
        let cipher = Aes128Gcm::new(key.key().into());
        let open = |record: u64, sealed: &[u8]| cipher.decrypt(Nonce::from_slice(&key.nonce(record)), sealed).unwrap();
        let records = &sealed[21 + usize::from(sealed[20])..];
        assert_eq!(open(0, &records[..25]), b"I am th\x01\0");
        assert_eq!(open(1, &records[25..]), b"e walrus\x02");
    }

    #[test]
    fn the_header_is_the_files_own() {
        let source = source(7, 5);
        let bytes = header(&source);
        assert_eq!(hex::encode(bytes), format!("{}0001000000", "07".repeat(16)));
        assert_eq!(check_header(&source, &bytes), Ok(()));
        for bit in 0..8 * bytes.len() {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check_header(&source, &changed), Err(RecordError::Header));
        }
        assert_eq!(check_header(&source, &bytes[..20]), Err(RecordError::Header));
    }

    #[test]
    fn every_flipped_bit_of_a_file_is_refused() {
        let source = source(1, 20);
        let records = sealed(&source, &[9; 20]);
        assert_eq!(opened(&source, &records).unwrap(), [9; 20]);
        for bit in 0..8 * records[0].len() {
            let mut changed = records.clone();
            changed[0][bit / 8] ^= 1 << (bit % 8);
            assert_eq!(opened(&source, &changed), None, "bit {bit}");
        }
    }

    #[test]
    fn records_that_are_moved_repeated_dropped_or_of_another_file_are_refused() {
        let file: Vec<u8> = (0..300_000_u32).map(|at| at as u8).collect();
        let source = source(1, 300_000);
        let records = sealed(&source, &file);
        assert_eq!(opened(&source, &records).unwrap(), file);
        let refused = |records: Vec<Vec<u8>>| assert_eq!(opened(&source, &records), None);
        for a in 0..records.len() {
            for b in 0..a {
                let mut changed = records.clone();
                changed.swap(a, b);
                refused(changed);
                let mut changed = records.clone();
                changed[a] = records[b].clone();
                refused(changed);
            }
            let mut changed = records.clone();
            changed.remove(a);
            refused(changed);
            let mut changed = records.clone();
            changed.insert(a, records[a].clone());
            refused(changed);
            let mut changed = records.clone();
            changed[a].pop();
            refused(changed);
        }
        let other = sealed(&self::source(2, 300_000), &file);
        for at in 0..records.len() {
            let mut changed = records.clone();
            changed[at] = other[at].clone();
            refused(changed);
        }
    }

    /// What somebody who has the key makes of a file may not be taken for another one: it is the layout's, or it is none.
    #[test]
    fn a_record_that_ends_where_the_layout_does_not_is_refused() {
        let layout = Layout::of(70_000).unwrap();
        let whole = filled(layout, 0, &[5; 65_519]);
        assert_eq!(content(layout, 0, &whole).unwrap(), [5; 65_519]);
        let last = filled(layout, 1, &[5; 4_481]);
        assert_eq!(last.len() as u64, layout.opened_len(1));
        assert_eq!(content(layout, 1, &last).unwrap().len(), 4_481);
        let changed = |at: usize, to: u8| {
            let mut changed = last.clone();
            changed[at] = to;
            content(layout, 1, &changed).map(<[u8]>::len)
        };
        let refused = Err(RecordError::Place);
        assert_eq!(changed(4_481, MORE), refused, "others would follow");
        assert_eq!(changed(4_481, 0), refused, "it would not end");
        assert_eq!(changed(4_490, 1), refused, "something stands in the padding");
        assert_eq!(content(layout, 1, &last[..last.len() - 1]).map(<[u8]>::len), refused);
        assert_eq!(content(layout, 0, &last).map(<[u8]>::len), refused);
        assert_eq!(content(layout, 2, &last).map(<[u8]>::len), refused);
        assert_eq!(content(layout, 1, &[]).map(<[u8]>::len), refused);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_goes_in_comes_out(size in prop_oneof![0_u64..600, 65_000_u64..66_100, 131_000_u64..131_100], key in 0_u8..255) {
            let file: Vec<u8> = (0..size).map(|at| (at as u8) ^ key).collect();
            let source = source(key, size);
            prop_assert_eq!(opened(&source, &sealed(&source, &file)).unwrap(), file);
        }

        #[test]
        fn no_bytes_make_it_panic(size in 0_u64..200_000, record in prop_oneof![0_u64..5, Just(u64::MAX)], opened in prop::collection::vec(any::<u8>(), 0..900)) {
            let layout = Layout::of(size).unwrap();
            let _refused = content(layout, record, &opened);
        }
    }
}
