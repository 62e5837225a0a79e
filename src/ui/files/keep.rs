//! What the person lets files do with this browser's room and connection. It is this browser's alone, and kept beside its looks.

use crate::ui::browser::prefs;

/// Megabytes that are kept at most; not set: the file worker's own limit.
const MOST: &str = "xchat.files.most";
/// Megabytes up to which pictures and voice messages come by themselves.
const BY_ITSELF: &str = "xchat.files.by-itself";
/// Where nothing was chosen.
const OWN: u64 = 8;
const MEGABYTE: u64 = 1_000_000;

fn megabytes(key: &str) -> Option<u64> {
    prefs::read(key)?.parse().ok()
}

/// What was chosen to be kept at most, in megabytes.
pub(crate) fn most() -> Option<u64> {
    megabytes(MOST)
}

/// The same in bytes.
pub(super) fn most_bytes() -> Option<u64> {
    most().map(|most| most.saturating_mul(MEGABYTE))
}

/// How many bytes are kept at most, if the browser has the room: as it was chosen, or by itself.
pub(crate) fn most_wanted() -> u64 {
    most_bytes().unwrap_or(1_000 * MEGABYTE)
}

pub(super) fn choose_most(megabytes: Option<u64>) {
    prefs::write(MOST, megabytes.map(|most| most.to_string()).as_deref());
}

/// Up to how many megabytes files come by themselves; 0: none does.
pub(crate) fn by_itself() -> u64 {
    megabytes(BY_ITSELF).unwrap_or(OWN)
}

/// Whether a file of so many bytes does.
pub(crate) fn comes_by_itself(bytes: u64) -> bool {
    bytes <= by_itself().saturating_mul(MEGABYTE)
}

pub(crate) fn choose_by_itself(megabytes: u64) {
    prefs::write(BY_ITSELF, Some(&megabytes.to_string()));
}
