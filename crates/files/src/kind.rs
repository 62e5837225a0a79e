//! What a file is by its first bytes: what its sender calls it decides nothing.

use minicbor::CborLen;
use xchat_wire::cbor::{Decode, Encode};

/// The kinds that make a difference to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Kind {
    #[n(0)]
    Jpeg,
    #[n(1)]
    Png,
    #[n(2)]
    Gif,
    #[n(3)]
    Webp,
    #[n(4)]
    Avif,
    #[n(5)]
    Heic,
    #[n(6)]
    Bmp,
    #[n(7)]
    Mp4,
    #[n(8)]
    QuickTime,
    #[n(9)]
    Webm,
    #[n(10)]
    Matroska,
    #[n(11)]
    Mp3,
    #[n(12)]
    M4a,
    #[n(13)]
    Aac,
    #[n(14)]
    Ogg,
    #[n(15)]
    Wav,
    #[n(16)]
    Flac,
    #[n(17)]
    Pdf,
    #[n(18)]
    Zip,
    /// A picture that can hold scripts.
    #[n(19)]
    Svg,
    #[n(20)]
    Html,
    /// UTF-8 without control characters.
    #[n(21)]
    Text,
    #[n(22)]
    Ico,
    #[n(23)]
    Tiff,
    /// Nothing of these.
    #[n(24)]
    Other,
}

/// As what a kind may be shown within the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Picture,
    Video,
    Sound,
    /// By the browser, on a page of its own.
    Pdf,
    /// As plain text, whatever it says.
    Text,
}

/// So many bytes are enough to tell.
pub const FIRST_BYTES: usize = 4096;

impl Kind {
    /// By the first [`FIRST_BYTES`] of a file, or all of a shorter one.
    pub fn of(first: &[u8]) -> Self {
        let first = &first[..first.len().min(FIRST_BYTES)];
        let known = by_magic(first).or_else(|| boxed(first)).or_else(|| matroska(first)).or_else(|| framed(first));
        known.or_else(|| written(first)).unwrap_or(Self::Other)
    }

    /// The media type that a browser is told. What could run in it is given as bytes or as text, so that it never does.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Bmp => "image/bmp",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Webm => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Text | Self::Svg | Self::Html => "text/plain",
            Self::Ico => "image/vnd.microsoft.icon",
            Self::Tiff => "image/tiff",
            Self::Other => "application/octet-stream",
        }
    }

    /// As what it may be shown. None: it is only saved.
    pub fn shows_as(self) -> Option<Shows> {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp | Self::Avif | Self::Bmp => Some(Shows::Picture),
            Self::Mp4 | Self::QuickTime | Self::Webm | Self::Matroska => Some(Shows::Video),
            Self::Mp3 | Self::M4a | Self::Aac | Self::Ogg | Self::Wav | Self::Flac => Some(Shows::Sound),
            Self::Pdf => Some(Shows::Pdf),
            Self::Text => Some(Shows::Text),
            Self::Heic | Self::Ico | Self::Tiff | Self::Zip | Self::Svg | Self::Html | Self::Other => None,
        }
    }
}

fn by_magic(first: &[u8]) -> Option<Kind> {
    let magic: [(&[u8], Kind); 17] = [
        (b"\xff\xd8\xff", Kind::Jpeg),
        (b"\x89PNG\r\n\x1a\n", Kind::Png),
        (b"GIF87a", Kind::Gif),
        (b"GIF89a", Kind::Gif),
        (b"OggS\0", Kind::Ogg),
        (b"fLaC", Kind::Flac),
        (b"ID3", Kind::Mp3),
        (b"%PDF-", Kind::Pdf),
        (b"PK\x03\x04", Kind::Zip),
        (b"PK\x05\x06", Kind::Zip),
        (b"ADIF", Kind::Aac),
        (b"BM", Kind::Bmp),
        (b"\0\0\x01\0", Kind::Ico),
        (b"II*\0", Kind::Tiff),
        (b"MM\0*", Kind::Tiff),
        (b"II+\0", Kind::Tiff),
        (b"MM\0+", Kind::Tiff),
    ];
    let riff = |kind: &[u8; 4]| first.starts_with(b"RIFF") && first.get(8..12) == Some(kind);
    if riff(b"WEBP") {
        return Some(Kind::Webp);
    }
    if riff(b"WAVE") {
        return Some(Kind::Wav);
    }
    let found = magic.into_iter().find(|(magic, _)| first.starts_with(magic)).map(|(_, kind)| kind);
    // Two letters alone are many a text's beginning: the header of such a picture says how long it is, and has zeros.
    found.filter(|kind| match kind {
        Kind::Bmp => first.get(6..10) == Some(&[0; 4]),
        // How many pictures are in it, and of the first a byte that is none: a box may be as long as this begins.
        Kind::Ico => first.get(4..10).is_some_and(|head| head[0] > 0 && head[1] == 0 && head[5] == 0),
        Kind::Mp3 => {
            first.get(3..10).is_some_and(|head| matches!(head[0], 2..=4) && head[3..].iter().all(|byte| *byte < 0x80))
        }
        _ => true,
    })
}

/// Files of boxes (ISO 14496-12): the brand in the first of them tells.
fn boxed(first: &[u8]) -> Option<Kind> {
    // The length in front of a name: one that would be letters belongs to a text.
    if first.first() != Some(&0) {
        return None;
    }
    if first.get(4..8) == Some(b"moov") || first.get(4..8) == Some(b"mdat") {
        return Some(Kind::QuickTime);
    }
    let brands = first.get(8..).filter(|_| first.get(4..8) == Some(b"ftyp"))?;
    let size = u32::from_be_bytes(first.get(..4)?.try_into().ok()?) as usize;
    let brands = brands.get(..size.saturating_sub(8)).unwrap_or(brands);
    let (major, others) = (brands.get(..4)?, brands.get(8..).unwrap_or_default());
    let is = |brand: &[u8; 4]| major == brand || others.chunks_exact(4).any(|other| other == brand);
    Some(match () {
        () if is(b"avif") || is(b"avis") => Kind::Avif,
        () if [b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"].into_iter().any(is) => Kind::Heic,
        () if major == b"M4A " || major == b"M4B " => Kind::M4a,
        () if major == b"qt  " => Kind::QuickTime,
        () => Kind::Mp4,
    })
}

/// EBML: the type of the document stands near the beginning.
fn matroska(first: &[u8]) -> Option<Kind> {
    let header = first.strip_prefix(b"\x1a\x45\xdf\xa3")?;
    let header = &header[..header.len().min(64)];
    let says = |name: &[u8]| header.windows(name.len()).any(|at| at == name);
    match says(b"webm") {
        true => Some(Kind::Webm),
        false => says(b"matroska").then_some(Kind::Matroska),
    }
}

/// Sound without a container: a frame, and another one where the first one ends.
fn framed(first: &[u8]) -> Option<Kind> {
    let head: [u8; 4] = first.get(..4)?.try_into().ok()?;
    if head[0] != 0xff {
        return None;
    }
    let next = |length: usize| {
        first.get(length..length + 2).is_some_and(|next| next[0] == 0xff && next[1] & 0xf6 == head[1] & 0xf6)
    };
    if head[1] & 0xf6 == 0xf0 {
        let length =
            usize::from(head[3] & 3) << 11 | usize::from(*first.get(4)?) << 3 | usize::from(*first.get(5)? >> 5);
        return (length > 7 && next(length)).then_some(Kind::Aac);
    }
    mp3_frame(head).is_some_and(next).then_some(Kind::Mp3)
}

/// Bytes of a frame of MPEG-1 or 2, layer III, by its header.
fn mp3_frame(head: [u8; 4]) -> Option<usize> {
    const V1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let (version, layer) = (head[1] >> 3 & 3, head[1] >> 1 & 3);
    if head[1] & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let kilobits = *(if version == 3 { V1 } else { V2 }).get(usize::from(head[2] >> 4)).filter(|rate| **rate > 0)?;
    let rate = *[44_100, 48_000, 32_000_u32].get(usize::from(head[2] >> 2 & 3))?;
    let (rate, samples) = match version {
        3 => (rate, 144),
        2 => (rate / 2, 72),
        _ => (rate / 4, 72),
    };
    Some((samples * kilobits * 1000 / rate + u32::from(head[2] >> 1 & 1)) as usize)
}

/// Letters: what a browser could take for a page or a drawing, and other text.
fn written(first: &[u8]) -> Option<Kind> {
    let whole = first.len() < FIRST_BYTES;
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        // The cut may fall into a letter.
        Err(error) if !whole && error.error_len().is_none() => {
            std::str::from_utf8(&first[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.is_empty() || text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}')) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let begins = lower.trim_start();
    let marks = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<iframe",
        "<!--",
        "<h1",
        "<div",
        "<a ",
        "<p>",
        "<title",
        "<style",
        "<table",
    ];
    Some(match () {
        () if lower.contains("<svg") => Kind::Svg,
        () if marks.iter().any(|mark| begins.starts_with(mark))
            || lower.contains("<script")
            || lower.contains("<html") =>
        {
            Kind::Html
        }
        () => Kind::Text,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ftyp(brands: &[&[u8; 4]]) -> Vec<u8> {
        let size = u32::try_from(12 + 4 * brands.len()).unwrap();
        let mut bytes = [size.to_be_bytes().as_slice(), b"ftyp", brands[0], &[0; 4]].concat();
        brands[1..].iter().for_each(|brand| bytes.extend_from_slice(*brand));
        bytes.extend_from_slice(b"\0\0\0\x08free");
        bytes
    }

    #[test]
    fn a_kind_is_the_same_between_page_and_worker_and_by_the_type_that_it_is_sent_with() {
        let mut kinds = Vec::new();
        while let Ok(kind) = minicbor::decode::<Kind>(&minicbor::to_vec(kinds.len()).unwrap()) {
            assert_eq!(minicbor::to_vec(kind).unwrap(), minicbor::to_vec(kinds.len()).unwrap());
            kinds.push(kind);
        }
        assert_eq!((kinds.len(), kinds.last()), (25, Some(&Kind::Other)));
        for kind in kinds {
            let runs = matches!(kind, Kind::Svg | Kind::Html);
            assert_eq!(Kind::claimed(kind.media_type()), if runs { Kind::Text } else { kind });
        }
        assert_eq!(Kind::claimed("text/html"), Kind::Other);
    }

    #[test]
    fn each_kind_is_known_by_its_first_bytes() {
        let mp3 = {
            // 128 kbit/s at 44.1 kHz: frames of 417 bytes.
            let mut bytes = vec![0; 500];
            bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0]);
            bytes[417..421].copy_from_slice(&[0xff, 0xfb, 0x90, 0]);
            bytes
        };
        let bmp = [b"BM\x36\0\x0c\0".as_slice(), &[0; 4], &[54, 0, 0, 0, 40, 0, 0, 0]].concat();
        let mut long = ftyp(&[b"isom", b"mp42"]);
        long[..4].copy_from_slice(b"\0\0\x01\0");
        let cases: [(&[u8], Kind); 32] = [
            (b"\xff\xd8\xff\xe1\x12\x34Exif", Kind::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind::Png),
            (b"GIF89a\x01\0\x01\0", Kind::Gif),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Kind::Webp),
            (b"RIFF\x24\0\0\0WAVEfmt ", Kind::Wav),
            (b"RIFF\x24\0\0\0AVI LIST", Kind::Other),
            (&ftyp(&[b"avif", b"mif1"]), Kind::Avif),
            (&ftyp(&[b"mif1", b"heic"]), Kind::Heic),
            (&ftyp(&[b"isom", b"mp42"]), Kind::Mp4),
            (&ftyp(&[b"qt  "]), Kind::QuickTime),
            (&ftyp(&[b"M4A ", b"mp42"]), Kind::M4a),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", Kind::Webm),
            (b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska", Kind::Matroska),
            (b"ID3\x04\0\0\0\0\0\0", Kind::Mp3),
            (&mp3, Kind::Mp3),
            (b"OggS\0\x02", Kind::Ogg),
            (b"fLaC\0\0\0\x22", Kind::Flac),
            (b"%PDF-1.7\n", Kind::Pdf),
            (b"PK\x03\x04\x14\0", Kind::Zip),
            (&bmp, Kind::Bmp),
            (b"BMW is a make of cars", Kind::Text),
            (b"ID3 tags are in front of the sound", Kind::Text),
            (b"The moov is a box, Abc ftypes are not", Kind::Text),
            ("\u{feff}Grüße\r\n\tund mehr".as_bytes(), Kind::Text),
            (b"<?xml version='1.0'?>\n<SVG onload='x()'/>", Kind::Svg),
            (b"  \n<!DOCTYPE html><p>", Kind::Html),
            (b"\0\0\x01\0\x02\0\x20\x20\0\0\x01\0\x20\0", Kind::Ico),
            (&long, Kind::Mp4),
            (b"II*\0\x08\0\0\0", Kind::Tiff),
            (b"MM\0*\0\0\0\x08", Kind::Tiff),
            (b"MM\0+\0\x08\0\0", Kind::Tiff),
            (b"MZ\x90\0\x03\0\0\0", Kind::Other),
        ];
        for (bytes, kind) in cases {
            assert_eq!(Kind::of(bytes), kind, "{:?}", bytes.escape_ascii().to_string());
        }
        assert_eq!(Kind::of(b""), Kind::Other);
    }

    #[test]
    fn one_frame_by_chance_makes_no_sound() {
        let mut bytes = vec![0; 500];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0]);
        assert_eq!(Kind::of(&bytes), Kind::Other);
    }

    #[test]
    fn a_letter_that_is_cut_at_the_end_of_what_was_read_does_not_change_the_kind() {
        let text = format!("{}ß and so on", "x".repeat(FIRST_BYTES - 1));
        assert_eq!(Kind::of(text.as_bytes()), Kind::Text);
        assert_eq!(Kind::of(&text.as_bytes()[..FIRST_BYTES - 1]), Kind::Text);
        assert_eq!(Kind::of(b"cut \xc3"), Kind::Other, "but not at the end of the file");
    }

    #[test]
    fn nothing_that_can_hold_a_script_is_shown_or_named_as_what_it_is() {
        for kind in [Kind::Svg, Kind::Html] {
            assert_eq!((kind.shows_as(), kind.media_type()), (None, "text/plain"));
        }
        // Browsers differ in whether they decode these.
        assert_eq!((Kind::Ico.shows_as(), Kind::Tiff.shows_as()), (None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_of_some_kind(bytes in prop::collection::vec(any::<u8>(), 0..200), magic in 0_usize..6) {
            let magic: &[u8] = [b"".as_slice(), b"\xff\xfb", b"\xff\xf1", b"\0\0\0\xffftyp", b"\x1a\x45\xdf\xa3", b"RIFF"][magic];
            let _kind = Kind::of(&[magic, &bytes].concat());
        }
    }
}
