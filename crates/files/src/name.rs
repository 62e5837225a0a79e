//! What a file is called: a name that somebody else chose becomes one that is safe to show and to save.

use crate::Kind;

/// Longest name, in characters and bytes: what every file system takes.
const MAX_CHARS: usize = 120;
const MAX_BYTES: usize = 200;
/// Longest ending of a name that is kept whole when the rest is cut, in bytes.
const MAX_ENDING: usize = 20;

/// Endings of what a system runs, or opens in something that runs what is in it. In order.
const RISKY: [&str; 80] = [
    "ade",
    "adp",
    "apk",
    "app",
    "appimage",
    "application",
    "appref-ms",
    "appx",
    "bash",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "crx",
    "deb",
    "desktop",
    "diagcab",
    "dll",
    "dmg",
    "docm",
    "exe",
    "gadget",
    "hta",
    "htm",
    "html",
    "img",
    "inf",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "library-ms",
    "lnk",
    "mht",
    "mhtml",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "pif",
    "pkg",
    "ps1",
    "psm1",
    "py",
    "pyw",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "service",
    "settingcontent-ms",
    "sh",
    "shtml",
    "svg",
    "svgz",
    "swf",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "webloc",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xht",
    "xhtml",
    "xll",
    "xlsm",
    "zsh",
];

impl Kind {
    /// What a sender says that a file is: good for nothing but a name, until its bytes are here.
    pub fn claimed(media_type: &str) -> Self {
        const KINDS: [Kind; 22] = [
            Kind::Jpeg,
            Kind::Png,
            Kind::Gif,
            Kind::Webp,
            Kind::Avif,
            Kind::Heic,
            Kind::Bmp,
            Kind::Ico,
            Kind::Tiff,
            Kind::Mp4,
            Kind::QuickTime,
            Kind::Webm,
            Kind::Matroska,
            Kind::Mp3,
            Kind::M4a,
            Kind::Aac,
            Kind::Ogg,
            Kind::Wav,
            Kind::Flac,
            Kind::Pdf,
            Kind::Zip,
            Kind::Text,
        ];
        KINDS.into_iter().find(|kind| kind.media_type() == media_type).unwrap_or(Self::Other)
    }
}

/// The name under which a file is shown and saved. Never empty, without path, control and direction characters.
pub fn safe(name: &str, kind: Kind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !is_hidden(*c)).map(|c| if is_reserved(c) { '_' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // A point in front hides a file, one at the end is lost on the way.
    let plain = plain.trim_start_matches([' ', '.', '~']).trim_end_matches([' ', '.']);
    let (stem, ending) = split(plain);
    match stem.is_empty() {
        true => format!("file{}", ending_of(kind)),
        false => shortened(&if is_device(stem) { format!("_{stem}") } else { stem.to_owned() }, ending),
    }
}

/// Whether opening a file of this name may run something: say so before it is saved.
pub fn is_risky(name: &str) -> bool {
    // A system that does not take points and spaces at the end leaves them out.
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| RISKY.binary_search(&ending.as_str()).is_ok())
}

/// Stem and ending, the latter with its point. An ending that is too long, or has a space, is none.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if name.len() - at <= MAX_ENDING && !name[at..].contains(' ') => name.split_at(at),
        _ => (name, ""),
    }
}

fn shortened(stem: &str, ending: &str) -> String {
    let (mut chars, mut bytes) = (ending.chars().count(), ending.len());
    let fits = |c: &char| {
        (chars, bytes) = (chars + 1, bytes + c.len_utf8());
        chars <= MAX_CHARS && bytes <= MAX_BYTES
    };
    let stem: String = stem.chars().take_while(fits).collect();
    [stem.trim_end_matches([' ', '.']), ending].concat()
}

/// What is not seen, or changes how what stands beside it is seen.
fn is_hidden(c: char) -> bool {
    let blank = matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    let joins = matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}');
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}');
    let tells = matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control() || blank || joins || turns || tells
}

/// What some file system does not take within a name.
fn is_reserved(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Names that Windows has for devices, whatever stands behind their first point.
fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    let numbered = first.strip_prefix("com").or_else(|| first.strip_prefix("lpt"));
    matches!(first.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered.is_some_and(|number| {
            matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
}

fn ending_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Jpeg => ".jpg",
        Kind::Png => ".png",
        Kind::Gif => ".gif",
        Kind::Webp => ".webp",
        Kind::Avif => ".avif",
        Kind::Heic => ".heic",
        Kind::Bmp => ".bmp",
        Kind::Ico => ".ico",
        Kind::Tiff => ".tiff",
        Kind::Mp4 => ".mp4",
        Kind::QuickTime => ".mov",
        Kind::Webm => ".webm",
        Kind::Matroska => ".mkv",
        Kind::Mp3 => ".mp3",
        Kind::M4a => ".m4a",
        Kind::Aac => ".aac",
        Kind::Ogg => ".ogg",
        Kind::Wav => ".wav",
        Kind::Flac => ".flac",
        Kind::Pdf => ".pdf",
        Kind::Zip => ".zip",
        Kind::Svg => ".svg",
        Kind::Html => ".html",
        Kind::Text => ".txt",
        Kind::Other => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_keeps_what_a_person_would_read_of_it_and_nothing_else() {
        for (name, safe_name) in [
            ("hut in the snow.jpg", "hut in the snow.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system.ini", "system.ini"),
            (".bashrc", "bashrc"),
            ("..", "file.pdf"),
            ("", "file.pdf"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("in\u{200b}voice\u{7}.pdf", "invoice.pdf"),
            ("photo.jpg.exe", "photo.jpg.exe"),
            ("photo.jpg            .exe", "photo.jpg.exe"),
            ("a<b>c:d\"e|f?g*.txt", "a_b_c_d_e_f_g_.txt"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("lpt9.tar.gz", "_lpt9.tar.gz"),
            ("console.txt", "console.txt"),
            ("ends with points...", "ends with points"),
            ("~lock.odt", "lock.odt"),
            ("\u{a0}.a.b", "a.b"),
            ("name.\u{a0}", "name"),
            ("invoice.pdf\u{3164}\u{2800}\u{3164}.exe", "invoice.pdf.exe"),
            ("نامه\u{200c}ها.txt", "نامه\u{200c}ها.txt"),
        ] {
            assert_eq!(safe(name, Kind::Pdf), safe_name, "{name:?}");
        }
        assert_eq!(safe("/", Kind::Other), "file");
    }

    #[test]
    fn of_a_long_name_the_ending_stays() {
        let long = safe(&format!("{}.jpeg", "long ".repeat(60)), Kind::Jpeg);
        assert!(long.ends_with("long.jpeg") && long.chars().count() <= MAX_CHARS, "{long}");
        let wide = safe(&format!("{}.png", "🎈".repeat(90)), Kind::Png);
        assert!(wide.ends_with("🎈.png") && wide.len() <= MAX_BYTES, "{wide}");
    }

    #[test]
    fn what_runs_when_it_is_opened_is_risky() {
        assert!(RISKY.is_sorted());
        for name in [
            "setup.exe",
            "photo.jpg.EXE",
            "a.svg",
            "page.html",
            "x.sh",
            "run.command",
            "a.lnk",
            "odd.exe ",
            "setup.exe.",
            "run.bat. .",
        ] {
            assert!(is_risky(name), "{name}");
        }
        for name in ["photo.jpg", "exe", "notes.txt", "paper.pdf", "archive.tar.gz"] {
            assert!(!is_risky(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_short_visible_and_the_same_when_made_safe_again(name in "\\PC{0,40}|[./\\\\ ~a-z:*]{0,30}|.{0,300}") {
            let once = safe(&name, Kind::Other);
            prop_assert!(!once.is_empty() && once.len() <= MAX_BYTES && once.chars().count() <= MAX_CHARS);
            prop_assert!(!once.contains(['/', '\\']) && !once.starts_with('.') && !once.contains(is_hidden));
            prop_assert_eq!(safe(&once, Kind::Other), once);
        }
    }
}
