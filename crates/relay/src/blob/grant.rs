//! Grants: leave to upload one blob, as a token that any process with the same key can check without asking anyone.
//!
//! ```text
//! token = 1 (u8) || size (u64) || expires (u64) || until (u64) || mac
//! mac   = HMAC-SHA-256(key, "xchat blob grant 1" || hash || size || expires || until)      integers big-endian
//! ```

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use thiserror::Error;
use xchat_wire::{BlobHash, BlobToken, GRANT_MS, Reply};
use zeroize::Zeroizing;

use crate::session::Wanted;

const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"xchat blob grant 1";
const TOKEN: usize = 1 + 3 * 8 + 32;
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
        let keep = u64::from(wanted.seconds).saturating_mul(1000).min(retention_ms);
        let leave = Leave { size: wanted.size, expires: now.saturating_add(keep), until: now.saturating_add(GRANT_MS) };
        let token = BlobToken(self.seal(&wanted.hash, &leave).into());
        Reply::Grant { token, until: leave.until, expires: leave.expires }
    }

    /// The token of a grant.
    pub(crate) fn seal(&self, hash: &BlobHash, leave: &Leave) -> Vec<u8> {
        let mut token = Vec::with_capacity(TOKEN);
        token.push(VERSION);
        token.extend_from_slice(&fields(leave));
        token.extend_from_slice(&self.mac(hash, &fields(leave)).finalize().into_bytes());
        token
    }

    /// What a token allows for this hash, if this key made it for this hash. The caller looks at the time.
    pub(crate) fn open(&self, hash: &BlobHash, token: &[u8]) -> Option<Leave> {
        let (version, rest) = token.split_first()?;
        let (fields, mac) = rest.split_first_chunk::<24>()?;
        if *version != VERSION || token.len() != TOKEN {
            return None;
        }
        self.mac(hash, fields).verify_slice(mac).ok()?;
        let field = |n: usize| u64::from_be_bytes(std::array::from_fn(|i| fields[8 * n + i]));
        Some(Leave { size: field(0), expires: field(1), until: field(2) })
    }

    fn mac(&self, hash: &BlobHash, fields: &[u8; 24]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_ref()).expect("HMAC takes a key of any length");
        mac.chain_update(CONTEXT).chain_update(hash.as_bytes()).chain_update(fields)
    }
}

fn fields(leave: &Leave) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&leave.size.to_be_bytes());
    bytes[8..16].copy_from_slice(&leave.expires.to_be_bytes());
    bytes[16..].copy_from_slice(&leave.until.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: BlobHash = BlobHash::new([7; 32]);
    const LEAVE: Leave = Leave { size: 900, expires: 1_700_086_400_000, until: 1_700_000_600_000 };

    #[test]
    fn a_token_keeps_its_bytes() {
        let token = Key::of(1).seal(&HASH, &LEAVE);
        assert_eq!(
            hex::encode(token),
            "0100000000000003840000018bd50bc4000000018bcfee8fc0fcd5a69fe63f17a0c632165ad265d939ffd95c868bfd931f14ac6b818b81ae27"
        );
    }

    #[test]
    fn a_token_opens_for_its_own_hash_and_with_its_own_key_alone() {
        let token = Key::of(1).seal(&HASH, &LEAVE);
        assert_eq!(Key::of(1).open(&HASH, &token), Some(LEAVE));
        assert_eq!(Key::of(2).open(&HASH, &token), None);
        assert_eq!(Key::of(1).open(&BlobHash::new([8; 32]), &token), None);
    }

    #[test]
    fn a_token_with_any_bit_changed_or_of_another_length_is_none() {
        let token = Key::of(1).seal(&HASH, &LEAVE);
        for bit in 0..8 * token.len() {
            let mut forged = token.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Key::of(1).open(&HASH, &forged), None, "bit {bit}");
        }
        (0..token.len()).for_each(|length| assert_eq!(Key::of(1).open(&HASH, &token[..length]), None));
        assert_eq!(Key::of(1).open(&HASH, &[token, vec![0]].concat()), None);
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
