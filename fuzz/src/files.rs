//! Files that others send: what they are, how large, what is noted in them, how they are called.

use xchat_files::{Kind, Layout, check_ending, dimensions, is_risky, metadata, safe, tiff_directory, tiff_metadata};

/// Whatever the first bytes are, they are looked at and done with.
pub fn first_bytes(bytes: &[u8]) {
    let _kind = Kind::of(bytes);
    let _size = dimensions(bytes);
    let _notes = metadata(bytes);
    let _directory = (tiff_directory(bytes), tiff_metadata(bytes, bytes));
}

/// A name that was made safe is short, has no path, and is the same when it is made safe again.
pub fn name(text: &str) {
    let once = safe(text, Kind::Other);
    assert!(!once.is_empty() && once.len() <= 200 && !once.contains(['/', '\\']), "{once:?}");
    assert_eq!(safe(&once, Kind::Other), once);
    let _risky = is_risky(text);
}

/// A record that was opened: what its layout does not say is refused.
pub fn record((size, record, opened): (u64, u64, &[u8])) {
    let Some(layout) = Layout::of(size) else { return };
    let wanted = layout.content_of(record);
    // A record is below 64 KiB.
    let ending = opened.get((wanted.end - wanted.start) as usize..).unwrap_or_default();
    if check_ending(layout, record, ending).is_ok() {
        assert_eq!(opened.len() as u64, layout.opened_len(record));
    }
}
