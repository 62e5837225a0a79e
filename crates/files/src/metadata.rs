//! What a picture or a film says beside what is seen: where it was taken, with what and when. Whoever sends an original is told.

use crate::Kind;

/// What was found in the notes of a picture (Exif, XMP) or a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Where it was taken.
    pub place: bool,
    /// With what, by whom or when.
    pub camera: bool,
}

/// Tags of TIFF and Exif (CIPA DC-008).
const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const DATE: u16 = 0x0132;
const ARTIST: u16 = 0x013b;
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const TAKEN: u16 = 0x9003;
const LATITUDE: u16 = 2;
/// Entries of a directory that are looked at.
const MOST: u16 = 512;

/// What is noted in a picture, of which these are the bytes or the first of them: a JPEG has its notes in front, a WebP behind what is drawn.
pub fn metadata(bytes: &[u8]) -> Metadata {
    let notes = match Kind::of(bytes) {
        Kind::Jpeg => jpeg(bytes),
        Kind::Png => chunks(bytes, 8, |length, name| (u32::from_be_bytes(length), name), 4),
        Kind::Webp => chunks(bytes, 12, |name, length| (u32::from_le_bytes(length), name), 0),
        // Its items are somewhere in the file; that there are notes is said by their type.
        Kind::Avif | Kind::Heic => {
            let camera = bytes.windows(4).any(|four| four == b"Exif");
            return Metadata { camera, place: camera };
        }
        _ => Vec::new(),
    };
    let found = notes.into_iter().map(|note| match note.strip_prefix(b"Exif\0\0".as_slice()) {
        Some(tiff) => exif(tiff),
        None if note.starts_with(b"II*\0") || note.starts_with(b"MM\0*") => exif(note),
        None => Some(xmp(note)),
    });
    found.flatten().fold(Metadata::default(), |all, one| Metadata {
        place: all.place || one.place,
        camera: all.camera || one.camera,
    })
}

/// Bytes of a directory of a TIFF that are looked at.
pub const TIFF_DIRECTORY: u64 = 2 + 12 * MOST as u64;

/// Where the first directory of a TIFF begins, by its first bytes: mostly behind all that is drawn. None: it is none.
pub fn tiff_directory(head: &[u8]) -> Option<u64> {
    long(head, 4, is_big(head)?).map(|at| at as u64)
}

/// What is noted in a TIFF, by its first bytes and those of that directory. What it leads to is elsewhere, and taken for what it should be.
pub fn tiff_metadata(head: &[u8], directory: &[u8]) -> Metadata {
    let big = is_big(head).unwrap_or_default();
    noted(entries(directory, 0, big), &|_, tag| tag == LATITUDE)
}

/// Length and name of a box of a film (ISO 14496-12), by its first 16 bytes. None: it is none. What goes on to the end has the length of all.
pub fn film_box(head: &[u8]) -> Option<(u64, [u8; 4])> {
    let (length, name) = (head.get(..4)?.try_into().ok()?, head.get(4..8)?.try_into().ok()?);
    let length = match u32::from_be_bytes(length) {
        0 => u64::MAX,
        1 => u64::from_be_bytes(head.get(8..16)?.try_into().ok()?),
        length => length.into(),
    };
    (length >= 8).then_some((length, name))
}

/// What is noted in a box of a film. Its notes stand under names of their own, and so do tracks that say for each moment where it was.
pub fn film_metadata(notes: &[u8]) -> Metadata {
    let says = |names: &[&[u8]]| names.iter().any(|name| notes.windows(name.len()).any(|at| at == *name));
    Metadata {
        place: says(&[b"\xa9xyz", b"location.ISO6709", b"loci", b"GPSLatitude", b"GPSCoordinates", b"gpmd", b"camm"]),
        camera: says(&[b"\xa9mak", b"\xa9mod", b"quicktime.make", b"quicktime.model"]),
    }
}

/// The segments of a JPEG that applications use for notes.
fn jpeg(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut notes, mut at) = (Vec::new(), 2);
    while let (Some(0xff), Some(marker)) = (bytes.get(at), bytes.get(at + 1)) {
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 | 0xda | 0x00 => break,
            _ => {
                let Some(length) = bytes.get(at + 2..at + 4) else { break };
                let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                if *marker == 0xe1 {
                    notes.extend(bytes.get(at + 4..(at + 2 + length).min(bytes.len())));
                }
                at += 2 + length;
            }
        }
    }
    notes
}

/// What the two parts of a chunk's head are: its length and its name.
type ReadHead = fn([u8; 4], [u8; 4]) -> (u32, [u8; 4]);

/// The chunks of a PNG or a WebP that hold notes: a head of two times four bytes, which `read` makes length and name of, the content, and
/// `behind` bytes after it.
fn chunks(bytes: &[u8], mut at: usize, read: ReadHead, behind: usize) -> Vec<&[u8]> {
    let four = |at: usize| bytes.get(at..at + 4)?.try_into().ok();
    let mut notes = Vec::new();
    while let (Some(first), Some(second)) = (four(at), four(at + 4)) {
        let (length, name) = read(first, second);
        let content = at + 8;
        let end = content.saturating_add(length as usize);
        if matches!(&name, b"eXIf" | b"EXIF" | b"XMP " | b"iTXt") {
            notes.extend(bytes.get(content..end.min(bytes.len())));
        }
        // In a WebP an odd length is filled up.
        let padding = if behind == 0 { length as usize & 1 } else { behind };
        at = end.saturating_add(padding);
    }
    notes
}

fn xmp(note: &[u8]) -> Metadata {
    let says = |name: &[u8]| note.windows(name.len()).any(|at| at == name);
    Metadata { place: says(b"GPSLatitude"), camera: says(b"tiff:Make") || says(b"tiff:Model") || says(b"CreateDate") }
}

/// The directories of a TIFF that say something. None: it is none.
fn exif(tiff: &[u8]) -> Option<Metadata> {
    let big = is_big(tiff)?;
    let leads = |at: usize, to: u16| entries(tiff, at, big).any(|(tag, _)| tag == to);
    Some(noted(entries(tiff, long(tiff, 4, big)?, big), &leads))
}

/// What the entries of a TIFF's first directory say. `leads`: a directory, at this place, has this tag.
fn noted(entries: impl Iterator<Item = (u16, usize)>, leads: &dyn Fn(usize, u16) -> bool) -> Metadata {
    let mut found = Metadata::default();
    for (tag, value) in entries {
        match tag {
            MAKE | MODEL | DATE | ARTIST => found.camera = true,
            EXIF => found.camera |= leads(value, TAKEN),
            GPS => found.place |= leads(value, LATITUDE),
            _ => {}
        }
    }
    found
}

/// Whether a TIFF has the large end of its numbers first. None: it is none.
fn is_big(tiff: &[u8]) -> Option<bool> {
    match tiff.get(..4)? {
        b"MM\0*" => Some(true),
        b"II*\0" => Some(false),
        _ => None,
    }
}

fn short(tiff: &[u8], at: usize, big: bool) -> Option<u16> {
    let two: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
}

fn long(tiff: &[u8], at: usize, big: bool) -> Option<usize> {
    let four: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) } as usize)
}

/// Tags and values of a directory.
fn entries(tiff: &[u8], at: usize, big: bool) -> impl Iterator<Item = (u16, usize)> {
    let count = short(tiff, at, big).unwrap_or_default().min(MOST);
    (0..usize::from(count)).map_while(move |entry| {
        let at = at + 2 + 12 * entry;
        Some((short(tiff, at, big)?, long(tiff, at + 8, big)?))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A TIFF with one directory of these entries, and one more at 200.
    fn tiff(entries: &[(u16, u32)], more: &[(u16, u32)]) -> Vec<u8> {
        let directory = |entries: &[(u16, u32)]| {
            let mut bytes = u16::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
            for (tag, value) in entries {
                bytes.extend_from_slice(&[&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &value.to_be_bytes()].concat());
            }
            bytes
        };
        let mut bytes = [b"MM\0*\0\0\0\x08".as_slice(), &directory(entries)].concat();
        bytes.resize(200, 0);
        bytes.extend_from_slice(&directory(more));
        bytes
    }

    fn jpeg_with(note: &[u8]) -> Vec<u8> {
        let length = u16::try_from(note.len() + 2).unwrap().to_be_bytes();
        [b"\xff\xd8\xff\xe0\0\x04JF\xff\xe1".as_slice(), &length, note, b"\xff\xda\0\x02"].concat()
    }

    fn exif_of(tiff: &[u8]) -> Vec<u8> {
        [b"Exif\0\0", tiff].concat()
    }

    const NOTHING: Metadata = Metadata { place: false, camera: false };
    const PLACE: Metadata = Metadata { place: true, camera: false };
    const CAMERA: Metadata = Metadata { place: false, camera: true };

    #[test]
    fn what_a_camera_notes_is_found() {
        assert_eq!(metadata(&jpeg_with(&exif_of(&tiff(&[(GPS, 200)], &[(1, 0), (LATITUDE, 0)])))), PLACE);
        assert_eq!(metadata(&jpeg_with(&exif_of(&tiff(&[(GPS, 200)], &[(0, 0)])))), NOTHING, "a place without a place");
        assert_eq!(metadata(&jpeg_with(&exif_of(&tiff(&[(0x0112, 6), (MODEL, 0)], &[])))), CAMERA);
        assert_eq!(metadata(&jpeg_with(&exif_of(&tiff(&[(0x0112, 6), (EXIF, 200)], &[(TAKEN, 0)])))), CAMERA);
        assert_eq!(
            metadata(&jpeg_with(&exif_of(&tiff(&[(0x0112, 6)], &[])))),
            NOTHING,
            "which side is up says nothing"
        );
        let xmp = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='1'/>";
        assert_eq!(metadata(&jpeg_with(xmp)), PLACE);
        assert_eq!(metadata(b"\xff\xd8\xff\xdb\0\x02\xff\xda"), NOTHING);
    }

    #[test]
    fn other_pictures_are_looked_through_as_well() {
        let note = tiff(&[(GPS, 200), (MAKE, 0)], &[(LATITUDE, 0)]);
        let both = Metadata { place: true, camera: true };
        let length = u32::try_from(note.len()).unwrap();
        let png = [
            b"\x89PNG\r\n\x1a\n\0\0\0\x01IHDRx\0\0\0\0".as_slice(),
            &length.to_be_bytes(),
            b"eXIf",
            &note,
            b"\0\0\0\0",
        ]
        .concat();
        assert_eq!(metadata(&png), both);
        let webp = [b"RIFF\0\0\0\0WEBPVP8 \x03\0\0\0abc\0EXIF".as_slice(), &length.to_le_bytes(), &note].concat();
        assert_eq!(metadata(&webp), both);
        assert_eq!(metadata(b"\0\0\0\x14ftypheic\0\0\0\0mif1....infeExif"), both);
    }

    #[test]
    fn a_film_is_a_row_of_boxes_some_of_which_say_where_it_was_taken() {
        assert_eq!(film_box(b"\0\0\0\x14ftypqt  "), Some((20, *b"ftyp")));
        assert_eq!(film_box(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0"), Some((1 << 32, *b"mdat")));
        assert_eq!(film_box(b"\0\0\0\0mdat"), Some((u64::MAX, *b"mdat")));
        for none in [b"\0\0\0\x07mdat".as_slice(), b"\0\0\0\x01mdat\0\0", b"\0\0\0\x14ft"] {
            assert_eq!(film_box(none), None);
        }
        assert_eq!(film_metadata(b"..udta..\xa9xyz\0\x12\x15\xc7+48.8584+002.2945/"), PLACE);
        assert_eq!(film_metadata(b"..keys..mdtacom.apple.quicktime.location.ISO6709"), PLACE);
        assert_eq!(film_metadata(b"..keys..mdtacom.apple.quicktime.make"), CAMERA);
        assert_eq!(film_metadata(b"..trak..mdia..\xa9too\0Lavf"), NOTHING);
    }

    #[test]
    fn a_tiff_says_it_in_a_directory_wherever_that_is() {
        let directory = |bytes: &[u8]| {
            let at = usize::try_from(tiff_directory(bytes).unwrap()).unwrap();
            tiff_metadata(&bytes[..8], &bytes[at..])
        };
        assert_eq!(directory(&tiff(&[(0x0100, 9), (GPS, 70_000)], &[])), PLACE);
        assert_eq!(directory(&tiff(&[(0x0100, 9), (MAKE, 70_000)], &[])), CAMERA);
        assert_eq!(directory(&tiff(&[(0x0100, 9), (MODEL, 70_000)], &[])), CAMERA);
        assert_eq!(directory(&tiff(&[(0x0100, 9), (EXIF, 70_000)], &[])), NOTHING, "most have one, for their colours");
        // Behind what is drawn, the small end of the numbers first.
        let entry = |tag: u16| [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0, 0, 0, 1, 0]].concat();
        let small = [b"II*\0\x0c\0\0\0draw\x02\0".as_slice(), &entry(0x0100), &entry(GPS)].concat();
        assert_eq!((tiff_directory(&small), directory(&small)), (Some(12), PLACE));
        assert_eq!(tiff_metadata(&small[..8], &small[12..small.len() - 1]), NOTHING, "its last entry is cut off");
        for none in [b"II*\0\x0c\0\0".as_slice(), b"MM*\0\0\0\0\x08", b"II+\0\x08\0\0\0"] {
            assert_eq!(tiff_directory(none), None);
        }
    }

    proptest! {
        #[test]
        fn no_directory_makes_it_panic(big: bool, bytes in prop::collection::vec(any::<u8>(), 0..8000)) {
            let head: &[u8] = if big { b"MM\0*" } else { b"II*\0" };
            let _found = (tiff_directory(&[head, &bytes].concat()), tiff_metadata(head, &bytes));
            let _found = tiff_metadata(&bytes, &bytes);
        }

        #[test]
        fn no_bytes_make_it_panic_or_go_on_for_ever(magic in 0_usize..5, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let tiff = tiff(&[(GPS, 200), (EXIF, 8)], &[(EXIF, 8)]);
            let exif = jpeg_with(&exif_of(&tiff));
            let magic: &[u8] = [b"\xff\xd8\xff\xe1".as_slice(), b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", &exif, b"GIF89a"][magic];
            let _found = metadata(&[magic, &bytes].concat());
            let mut changed = exif.clone();
            for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte > 200) {
                let place = at % changed.len();
                changed[place] = *byte;
            }
            let _found = metadata(&changed);
        }
    }
}
