//! Files that scenarios send: made of bytes, or as a browser makes them.

use std::iter::repeat_n;

use serde_json::json;

use crate::{Browser, Given};

/// A JPEG, red above and blue below.
const DRAWN: &str = "
    const [width, height] = arguments;
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    for (const [colour, top] of [['#f00', 0], ['#00f', height / 2]]) {
        context.fillStyle = colour;
        context.fillRect(0, top, width, height / 2);
    }
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg'))
        .then((blob) => blob.arrayBuffer())
        .then((bytes) => [...new Uint8Array(bytes)]);";

/// A film of most of a second.
const FILMED: &str = "
    return (async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 160 });
        const context = canvas.getContext('2d');
        const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm' });
        const parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const over = new Promise((ok) => { recorder.onstop = ok; });
        recorder.start();
        for (let at = 0; at < 20; at++) {
            context.fillStyle = `hsl(${at * 18} 90% 50%)`;
            context.fillRect(0, 0, 320, 160);
            await new Promise((ok) => setTimeout(ok, 40));
        }
        recorder.stop();
        await over;
        return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    })()";

/// Width and height of a picture, and what colours are at its left and right edge in the middle.
const SEEN: &str = "
    return createImageBitmap(new Blob([new Uint8Array(arguments[0])])).then((picture) => {
        const { width, height } = picture;
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = canvas.getContext('2d');
        context.drawImage(picture, 0, 0);
        const colour = (x) => {
            const [red, , blue] = context.getImageData(x, height / 2, 1, 1).data;
            return red > blue ? 'red' : 'blue';
        };
        return [width, height, colour(width * 0.1), colour(width * 0.9)];
    });";

impl Browser {
    /// A photo of a camera that was held upright, which is noted in it beside the place: on its side red is above and blue below.
    pub async fn photo(&self, width: u32, height: u32) -> Vec<u8> {
        noted(&self.script::<Vec<u8>>(DRAWN, vec![json!(width), json!(height)]).await)
    }

    /// A film of 320 by 160 pixels, without sound.
    pub async fn film(&self) -> Vec<u8> {
        self.script(FILMED, Vec::new()).await
    }

    /// What a picture shows: width and height, and the colours at left and right.
    pub async fn looks_at(&self, picture: &[u8]) -> (u32, u32, String, String) {
        self.script(SEEN, vec![json!(picture)]).await
    }
}

/// The JPEG with a camera's notes: which way up it is, and where it was taken.
fn noted(jpeg: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // Two entries, which end at 38; there the directory of the place, whose numbers are at 56.
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, 6));
    tiff.extend(entry(0x8825, 4, 1, 38));
    tiff.extend([0; 4]);
    tiff.extend(1_u16.to_le_bytes());
    tiff.extend(entry(2, 5, 3, 56));
    tiff.extend([0; 4]);
    for number in [48_u32, 51, 30] {
        tiff.extend(number.to_le_bytes());
        tiff.extend(1_u32.to_le_bytes());
    }
    let notes = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = u16::try_from(notes.len() + 2).expect("the notes are short").to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &notes, &jpeg[2..]].concat()
}

impl Given {
    /// Silence, of 8000 samples a second.
    pub fn sound(name: &str, seconds: u32) -> Self {
        let (rate, count) = (8000_u32, 8000 * seconds);
        let mut wave = b"RIFF".to_vec();
        wave.extend((36 + count).to_le_bytes());
        wave.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        wave.extend([rate, rate].map(u32::to_le_bytes).concat());
        wave.extend(b"\x01\0\x08\0data");
        wave.extend(count.to_le_bytes());
        wave.extend(repeat_n(128, count as usize));
        Self::new(name, "audio/wav", wave)
    }

    /// A page of paper with nothing on it.
    pub fn pdf(name: &str) -> Self {
        let objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"];
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>";
        let mut pdf = "%PDF-1.4\n".to_owned();
        let mut table = "0000000000 65535 f \n".to_owned();
        for (number, object) in objects.into_iter().chain([page]).enumerate() {
            table += &format!("{:010} 00000 n \n", pdf.len());
            pdf += &format!("{} 0 obj{object}endobj\n", number + 1);
        }
        let at = pdf.len();
        pdf += &format!("xref\n0 4\n{table}trailer<</Size 4/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n");
        Self::new(name, "application/pdf", pdf)
    }

    /// Bytes that are nothing in particular, the same each time.
    pub fn noise(name: &str, count: usize) -> Self {
        let mut state = 0x2545_f491_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        };
        Self::new(name, "", (0..count).map(|_| next()).collect::<Vec<u8>>())
    }
}
