//! How large a picture is, by the first bytes of its file: before a browser unfolds it.

/// Width and height in pixels. None: it is no PNG, JPEG, GIF or WebP, or what says so is not among these bytes.
pub fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return (bytes.get(12..16)? == b"IHDR")
            .then_some(())
            .and_then(|()| Some((number(bytes, 16, 4, false)?, number(bytes, 20, 4, false)?)));
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some((number(bytes, 6, 2, true)?, number(bytes, 8, 2, true)?));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12)? == b"WEBP" {
        return webp(bytes);
    }
    if bytes.starts_with(&[0xff, 0xd8]) { jpeg(bytes) } else { None }
}

/// One of the three kinds of a WebP's first chunk (RFC 9649, sections 2.5 to 2.7).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((number(bytes, 24, 3, true)? + 1, number(bytes, 27, 3, true)? + 1)),
        b"VP8 " => Some((number(bytes, 26, 2, true)? & 0x3fff, number(bytes, 28, 2, true)? & 0x3fff)),
        b"VP8L" => {
            let sides = number(bytes, 21, 4, true)?;
            Some(((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// The frame header (ITU-T T.81, B.2.2) behind whatever segments come before it.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        // A marker may be filled up with more of the same byte.
        while bytes.get(at + 1)? == &0xff {
            at += 1;
        }
        let marker = (bytes.get(at)? == &0xff).then_some(*bytes.get(at + 1)?)?;
        match marker {
            // Not among them: tables of Huffman (C4), of arithmetic coding (CC) and JPG (C8).
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((number(bytes, at + 7, 2, false)?, number(bytes, at + 5, 2, false)?));
            }
            // These have no length; the scan and the end come after every frame header.
            0x01 | 0xd0..=0xd7 => at += 2,
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::try_from(number(bytes, at + 2, 2, false)?).ok()?,
        }
    }
}

/// A number of up to four bytes.
fn number(bytes: &[u8], at: usize, length: usize, little: bool) -> Option<u32> {
    let of = bytes.get(at..at.checked_add(length)?)?;
    let add = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
    Some(if little { of.iter().rev().fold(0, add) } else { of.iter().fold(0, add) })
}
