//! Several entities in one row: a CBOR sequence (RFC 8742) of byte strings, each key and its value, in the keys' order.

use minicbor::{Decoder, Encoder, decode::Error};

/// The value of a part.
pub(super) fn find<'a>(row: &'a [u8], key: &[u8]) -> Result<Option<&'a [u8]>, Error> {
    let mut rest = Decoder::new(row);
    while rest.position() < row.len() {
        let (of, value) = (rest.bytes()?, rest.bytes()?);
        if of == key {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The row with this part, which may be there with another value.
pub(super) fn with(row: &[u8], key: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
    let mut written = Encoder::new(retained(row, |of| of < key)?);
    // A vector takes all that is written to it.
    let _written = written.bytes(key).and_then(|written| written.bytes(value)).is_ok();
    let mut written = written.into_writer();
    written.extend(retained(row, |of| of > key)?);
    Ok(written)
}

/// The row with those parts alone whose key is to stay.
pub(super) fn retained(row: &[u8], stays: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Error> {
    let (mut rest, mut kept) = (Decoder::new(row), Vec::with_capacity(row.len()));
    while rest.position() < row.len() {
        let begin = rest.position();
        let key = rest.bytes()?;
        rest.bytes()?;
        if stays(key) {
            kept.extend_from_slice(&row[begin..rest.position()]);
        }
    }
    Ok(kept)
}
