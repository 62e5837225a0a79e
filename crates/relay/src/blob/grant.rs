//! Grants: leave to upload one blob, as a token that any process with the same key can check without asking anyone.
//!
//! ```text
//! token  = version (u8) || fields || mac
//! fields = size (u64) || expires (u64) || until (u64), and in version 2 || tag (32) of a claim      integers big-endian
//! mac    = HMAC-SHA-256(key, "xchat blob grant 1", or "... 2" || hash || fields)
//! ```
//!
//! A grant without a claim stays of version 1, so that those of before an upgrade hold.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use thiserror::Error;
use xchat_wire::{BlobHash, BlobToken, ClaimTag, GRANT_MS, Reply};
use zeroize::Zeroizing;

use crate::session::Wanted;

/// Version and context of a grant without a claim, ...
const PLAIN: (u8, &[u8]) = (1, b"xchat blob grant 1");
/// ... and of one with a claim.
const CLAIMED: (u8, &[u8]) = (2, b"xchat blob grant 2");
const NUMBERS: usize = 3 * 8;
const MAC: usize = 32;
const KEY: usize = 32;

/// What a grant allows, beside the hash that it is for. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leave {
    /// Bytes of the blob.
    pub(crate) size: u64,
    /// The blob is kept until then.
    pub(crate) expires: u64,
    /// The grant holds until then.
    pub(crate) until: u64,
    /// Of the claim that holds the blob.
    pub(crate) tag: Option<ClaimTag>,
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A file that cannot be read or written.
    #[error("the key of blob grants, {0}, cannot be used: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// A file with something else in it.
    #[error("{0} holds no key of blob grants: it must be 64 hex digits (openssl rand -hex 32 writes such a file)")]
    Content(PathBuf),
    /// The system gives no randomness.
    #[error("no randomness for the key of blob grants: {0}")]
    Random(getrandom::Error),
}

/// What grants are made and checked with.
pub(crate) struct Key(Zeroizing<[u8; KEY]>);

impl Key {
    /// The key in this file, 64 hex digits.
    pub(crate) fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(path.to_owned(), error);
        let mut text = Zeroizing::new(String::new());
        // One byte more than a key and its line end would be too long already.
        File::open(path).map_err(failed)?.take(128).read_to_string(&mut text).map_err(failed)?;
        let mut key = Zeroizing::new([0; KEY]);
        hex::decode_to_slice(text.trim(), key.as_mut()).map_err(|_| KeyError::Content(path.to_owned()))?;
        Ok(Self(key))
    }

    /// The key in this file; one that is not there is made, readable by its owner alone.
    pub(crate) fn read_or_make(path: &Path) -> Result<Self, KeyError> {
        match Self::read(path) {
            Err(KeyError::File(_, error)) if error.kind() == ErrorKind::NotFound => Self::make(path),
            read => read,
        }
    }

    /// One for tests and fuzz targets.
    pub(crate) fn of(n: u8) -> Self {
        Self(Zeroizing::new([n; KEY]))
    }

    fn make(path: &Path) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; KEY]);
        getrandom::fill(key.as_mut()).map_err(KeyError::Random)?;
        let text = Zeroizing::new(format!("{}\n", hex::encode(key.as_ref())));
        // Half a key under the right name would stop the next start, so it gets its name when it is whole.
        let draft = path.with_extension("new");
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&draft, path)
        };
        write().map_err(|error| KeyError::File(path.to_owned(), error))?;
        Ok(Self(key))
    }

    /// The answer to a client that has a right and room: the blob is kept as long as it asks, at most for the retention.
    pub(crate) fn grant(&self, wanted: &Wanted, retention_ms: u64, now: u64) -> Reply {
        let (expires, until) = (wanted.expires(retention_ms, now), now.saturating_add(GRANT_MS));
        let leave = Leave { size: wanted.size, expires, until, tag: wanted.tag };
        let token = BlobToken(self.seal(&wanted.hash, &leave).into());
        Reply::Grant { token, until: leave.until, expires: leave.expires }
    }

    /// The token of a grant.
    pub(crate) fn seal(&self, hash: &BlobHash, leave: &Leave) -> Vec<u8> {
        let (version, context) = if leave.tag.is_some() { CLAIMED } else { PLAIN };
        let mut fields = Vec::with_capacity(NUMBERS + ClaimTag::LEN);
        [leave.size, leave.expires, leave.until]
            .iter()
            .for_each(|number| fields.extend_from_slice(&number.to_be_bytes()));
        leave.tag.iter().for_each(|tag| fields.extend_from_slice(tag.as_bytes()));
        let mac = self.mac(context, hash, &fields).finalize().into_bytes();
        [&[version], fields.as_slice(), &mac].concat()
    }

    /// What a token allows for this hash, if this key made it for this hash. The caller looks at the time.
    pub(crate) fn open(&self, hash: &BlobHash, token: &[u8]) -> Option<Leave> {
        let (version, rest) = token.split_first()?;
        let (fields, mac) = rest.split_last_chunk::<MAC>()?;
        let (numbers, tag) = fields.split_first_chunk::<NUMBERS>()?;
        let tag = ClaimTag::from_slice(tag);
        let (expected, context) = if tag.is_some() { CLAIMED } else { PLAIN };
        if *version != expected || fields.len() != NUMBERS + tag.map_or(0, |_| ClaimTag::LEN) {
            return None;
        }
        self.mac(context, hash, fields).verify_slice(mac).ok()?;
        let field = |n: usize| u64::from_be_bytes(std::array::from_fn(|i| numbers[8 * n + i]));
        Some(Leave { size: field(0), expires: field(1), until: field(2), tag })
    }

    fn mac(&self, context: &[u8], hash: &BlobHash, fields: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_ref()).expect("HMAC takes a key of any length");
        mac.chain_update(context).chain_update(hash.as_bytes()).chain_update(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: BlobHash = BlobHash::new([7; 32]);
    const LEAVE: Leave = Leave { size: 900, expires: 1_700_086_400_000, until: 1_700_000_600_000, tag: None };
    const CLAIM: Leave = Leave { tag: Some(ClaimTag::new([0x99; 32])), ..LEAVE };

    #[test]
    fn a_token_keeps_its_bytes() {
        let token = Key::of(1).seal(&HASH, &LEAVE);
        assert_eq!(
            hex::encode(token),
            "0100000000000003840000018bd50bc4000000018bcfee8fc0fcd5a69fe63f17a0c632165ad265d939ffd95c868bfd931f14ac6b818b81ae27"
        );
    }

    #[test]
    fn a_token_with_a_claim_keeps_its_bytes() {
        let numbers = "00000000000003840000018bd50bc4000000018bcfee8fc0";
        let mac = "96aab64b6ab3b27685da3b5bdf7698391528d749b09d91d51b757aa13a6fe8e0";
        let expected = format!("02{numbers}{}{mac}", "99".repeat(32));
        assert_eq!(hex::encode(Key::of(1).seal(&HASH, &CLAIM)), expected);
    }

    #[test]
    fn a_token_opens_for_its_own_hash_and_with_its_own_key_alone() {
        for leave in [LEAVE, CLAIM] {
            let token = Key::of(1).seal(&HASH, &leave);
            assert_eq!(Key::of(1).open(&HASH, &token), Some(leave));
            assert_eq!(Key::of(2).open(&HASH, &token), None);
            assert_eq!(Key::of(1).open(&BlobHash::new([8; 32]), &token), None);
        }
    }

    #[test]
    fn a_token_with_any_bit_changed_or_of_another_length_is_none() {
        for leave in [LEAVE, CLAIM] {
            let token = Key::of(1).seal(&HASH, &leave);
            for bit in 0..8 * token.len() {
                let mut forged = token.clone();
                forged[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Key::of(1).open(&HASH, &forged), None, "bit {bit}");
            }
            (0..token.len()).for_each(|length| assert_eq!(Key::of(1).open(&HASH, &token[..length]), None));
            assert_eq!(Key::of(1).open(&HASH, &[token, vec![0]].concat()), None);
        }
    }

    #[test]
    fn a_claim_is_neither_taken_out_of_a_token_nor_put_into_one() {
        let (plain, claimed) = (Key::of(1).seal(&HASH, &LEAVE), Key::of(1).seal(&HASH, &CLAIM));
        let without = [&[1], &claimed[1..25], &claimed[57..]].concat();
        let with = [&[2], &plain[1..25], &[0x99; 32], &plain[25..]].concat();
        assert_eq!(Key::of(1).open(&HASH, &without), None);
        assert_eq!(Key::of(1).open(&HASH, &with), None);
    }

    #[test]
    fn a_key_is_made_once_and_read_ever_after() {
        let path = std::env::temp_dir().join(format!("xchat-blob-key-{}", std::process::id()));
        _ = std::fs::remove_file(&path);
        let made = Key::read_or_make(&path).unwrap();
        let read = Key::read_or_make(&path).unwrap();
        assert_eq!(read.open(&HASH, &made.seal(&HASH, &LEAVE)), Some(LEAVE));
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o077, 0, "it is nobody else's to read");
        }
        std::fs::write(&path, "0123").unwrap();
        assert!(matches!(Key::read_or_make(&path), Err(KeyError::Content(_))), "and never replaced");
        std::fs::remove_file(&path).unwrap();
    }
}
