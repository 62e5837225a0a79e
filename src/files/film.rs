//! What is noted in a film, which goes as it is.

use web_sys::Blob;
use xchat_files::{Metadata, film_box, film_metadata};

use super::js::{bytes, size, slice};
use crate::filing::Failure;

/// Boxes that are looked at.
const MOST: usize = 64;
/// So much of a box is read, at its end: notes stand behind the tables.
const READ: u64 = 8 << 20;

/// Goes from box to box: the notes are in front of all that is seen, or behind it.
pub(super) async fn notes(film: &Blob) -> Result<Metadata, Failure> {
    let (mut found, mut at) = (Metadata::default(), 0);
    for _ in 0..MOST {
        let head = bytes(&slice(film, at, size(film).min(at + 16))?).await?.to_vec();
        let Some((length, name)) = film_box(&head) else { break };
        let end = at.saturating_add(length).min(size(film));
        if matches!(&name, b"moov" | b"meta" | b"udta" | b"uuid") {
            let notes = bytes(&slice(film, at.max(end.saturating_sub(READ)), end)?).await?;
            let notes = film_metadata(&notes.to_vec());
            found = Metadata { place: found.place || notes.place, camera: found.camera || notes.camera };
        }
        at = end;
    }
    Ok(found)
}
