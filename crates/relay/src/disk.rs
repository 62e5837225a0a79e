//! The disk below: how much of it is free, and whether an error says that nothing is.

use std::io::ErrorKind;
#[cfg(feature = "server")]
use std::path::Path;

/// Bytes that are free where this folder is; none where that cannot be told.
#[cfg(all(unix, feature = "server"))]
pub(crate) fn free(folder: &Path) -> Option<u64> {
    let room = nix::sys::statvfs::statvfs(folder).ok()?;
    Some((room.blocks_available() as u64).saturating_mul(room.fragment_size() as u64))
}

#[cfg(all(not(unix), feature = "server"))]
pub(crate) fn free(_: &Path) -> Option<u64> {
    None
}

/// Whether an error of this kind says that no more fits.
pub(crate) fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}
