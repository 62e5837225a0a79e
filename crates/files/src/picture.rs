//! How large a picture is, by its header and before anything of it is decoded: a small file can say that it is a very large picture.

use crate::Kind;

/// Pixels of a picture that is decoded, at most: some 256 MiB in memory.
pub const MAX_PIXELS: u64 = 64_000_000;
/// Its longer side, at most.
pub const MAX_SIDE: u32 = 16_384;

/// Bytes of a picture that should be looked at: notes of a camera come before the size, and take up to 64 KiB each.
pub const PICTURE_HEAD: usize = 256 * 1024;

/// Width and height in pixels, by the first [`PICTURE_HEAD`] bytes of a picture. None: they do not tell, and nothing of it is to be decoded.
pub fn dimensions(first: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = match Kind::of(first) {
        Kind::Png => (big32(first, 16)?, big32(first, 20)?),
        Kind::Gif => gif(first)?,
        Kind::Bmp => (little32(first, 18)?, little32(first, 22)?.cast_signed().unsigned_abs()),
        Kind::Webp => webp(first)?,
        Kind::Jpeg => jpeg(first)?,
        Kind::Avif | Kind::Heic => boxed(first)?,
        _ => return None,
    };
    (width > 0 && height > 0).then_some((width, height))
}

/// Whether a picture of this size may be decoded.
pub fn is_decodable((width, height): (u32, u32)) -> bool {
    width.max(height) <= MAX_SIDE && u64::from(width) * u64::from(height) <= MAX_PIXELS
}

/// The larger of the screen and the first frame: a browser makes room for a frame that is larger than its screen.
fn gif(first: &[u8]) -> Option<(u32, u32)> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let (width, height) = (little16(first, 6)?, little16(first, 8)?);
    let mut at = 13 + table(*first.get(10)?);
    while *first.get(at)? == 0x21 {
        // An extension: blocks, each behind its length, until one is empty.
        at += 2;
        while *first.get(at)? != 0 {
            at += 1 + usize::from(first[at]);
        }
        at += 1;
    }
    match *first.get(at)? {
        0x2c => Some((width.max(little16(first, at + 5)?), height.max(little16(first, at + 7)?))),
        _ => None,
    }
}

fn webp(first: &[u8]) -> Option<(u32, u32)> {
    match first.get(12..16)? {
        b"VP8X" => Some((little24(first, 24)? + 1, little24(first, 27)? + 1)),
        b"VP8L" if first.get(20) == Some(&0x2f) => {
            let bits = little32(first, 21)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " if first.get(23..26) == Some(&[0x9d, 1, 0x2a]) => {
            Some((little16(first, 26)? & 0x3fff, little16(first, 28)? & 0x3fff))
        }
        _ => None,
    }
}

/// Segment by segment to the first that begins a frame.
fn jpeg(first: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        match (*first.get(at)?, *first.get(at + 1)?) {
            // Any number of these may stand in front of a marker.
            (0xff, 0xff) => at += 1,
            (0xff, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) => {
                return Some((big16(first, at + 7)?, big16(first, at + 5)?));
            }
            // These have no length.
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, 0xd9 | 0xda | 0x00) => return None,
            (0xff, _) => at += 2 + (big16(first, at + 2)? as usize).max(2),
            _ => return None,
        }
    }
}

/// The largest of the sizes (`ispe`) of a file's items: a picture in tiles says the size of a tile as well.
fn boxed(first: &[u8]) -> Option<(u32, u32)> {
    let sizes = first.windows(4).enumerate().filter(|(_, name)| *name == b"ispe");
    let sizes = sizes.filter_map(|(at, _)| Some((big32(first, at + 8)?, big32(first, at + 12)?)));
    sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn big16(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(|part| u16::from_be_bytes(part).into())
}

fn big32(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(u32::from_be_bytes)
}

fn little16(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(|part| u16::from_le_bytes(part).into())
}

fn little24(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

fn little32(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pictures_size_is_read_from_its_header() {
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 1, 44, 0, 0, 0, 200], b"\x08\x06"].concat();
        let bmp =
            [b"BM\x36\0\x0c\0\0\0\0\0\x36\0\0\0\x28\0\0\0".as_slice(), &[44, 1, 0, 0, 56, 255, 255, 255]].concat();
        let vp8x = [b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".as_slice(), &[43, 1, 0, 199, 0, 0]].concat();
        let lossless = 299_u32 | 199 << 14;
        let vp8l = [b"RIFF\x24\0\0\0WEBPVP8L\x0a\0\0\0\x2f".as_slice(), &lossless.to_le_bytes()].concat();
        let vp8 = [b"RIFF\x24\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a".as_slice(), &[44, 1, 200, 0]].concat();
        // A screen of one pixel, a table of two colours, an extension, and a frame that is larger.
        let gif = [
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0".as_slice(),
            &[44, 1, 200, 0, 0, 2],
        ]
        .concat();
        // A marker of an application, fill bytes, tables, then a progressive frame.
        let jpeg =
            b"\xff\xd8\xff\xe1\0\x04ab\xff\xff\xdb\0\x03x\xff\xc4\0\x02\xff\xc2\0\x11\x08\0\xc8\x01\x2c\x03".to_vec();
        let avif = [
            b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x14ispe\0\0\0\0".as_slice(),
            &[0, 0, 0, 64, 0, 0, 0, 64],
            b"\0\0\0\x14ispe\0\0\0\0",
            &[0, 0, 1, 44, 0, 0, 0, 200],
        ]
        .concat();
        for picture in [png, gif, bmp, vp8x, vp8l, vp8, jpeg, avif] {
            assert_eq!(dimensions(&picture), Some((300, 200)), "{:?}", Kind::of(&picture));
            for cut in 0..picture.len() - 1 {
                let _size = dimensions(&picture[..cut]);
            }
        }
        assert_eq!(dimensions(b"GIF89a\0\0\xc8\0\0\0"), None, "nothing has no size");
        assert_eq!(dimensions(b"%PDF-1.7"), None);
    }

    #[test]
    fn what_would_fill_the_memory_is_not_decoded() {
        assert!(is_decodable((8_000, 8_000)) && is_decodable((16_384, 3_000)));
        assert!(!is_decodable((8_001, 8_000)) && !is_decodable((16_385, 1)) && !is_decodable((u32::MAX, u32::MAX)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_go_on_for_ever(magic in 0_usize..6, bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            let magic: &[u8] = [
                b"\xff\xd8\xff".as_slice(), b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a", b"BM\0\0\0\0\0\0\0\0", b"\0\0\0\x14ftypavif",
            ][magic];
            let _size = dimensions(&[magic, &bytes].concat());
            let _size = dimensions(&[magic, b"\xff".repeat(bytes.len()).as_slice()].concat());
        }
    }
}
