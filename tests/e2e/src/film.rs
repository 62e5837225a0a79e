//! What a browser's camera sees: a film of one frame, which Chromium plays again and again (`--use-file-for-fake-video-capture`).

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::Browser;

/// The film's size in pixels.
const SIZE: (usize, usize) = (640, 480);
/// The side of a code in the film, in pixels, and so that some of the room around it is paper too.
const CODE: usize = 400;
/// Light and dark as a camera sees them: neither white nor black.
const LIGHT: u8 = 225;
const DARK: u8 = 40;

/// A code as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Modules a side, with the paper around.
    side: usize,
    /// Dark modules, row by row.
    dark: Vec<bool>,
}

impl Browser {
    /// The code that the page shows under this name.
    pub async fn code(&self, called: &str) -> Code {
        self.sees("img", called).await;
        let (side, path): (usize, String) =
            self.call("drawing", json!([called])).await.unwrap_or_else(|reason| panic!("{called}: {reason}"));
        Code::drawn(side, &path).unwrap_or_else(|| panic!("{called} is drawn in a way that this does not read: {path}"))
    }
}

impl Code {
    /// Reads runs of dark modules: `M3 1h5v1h-5z`.
    fn drawn(side: usize, path: &str) -> Option<Self> {
        let mut dark = vec![false; side * side];
        for run in path.split('M').skip(1) {
            let (from, length) = run.split_once('h')?;
            let (x, y) = from.split_once(' ')?;
            let (x, y, length): (usize, usize, usize) =
                (x.parse().ok()?, y.parse().ok()?, length.split_once('v')?.0.parse().ok()?);
            dark.get_mut(y * side + x..y * side + x + length)?.fill(true);
        }
        Some(Self { side, dark })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark[y * self.side + x]
    }
}

/// Writes the film: YUV4MPEG2, a plane of brightness, then two of colours at half the size, which say grey.
pub(crate) fn write(path: &Path, code: Option<&Code>) {
    let (width, height) = SIZE;
    let (left, top) = ((width - CODE) / 2, (height - CODE) / 2);
    let mut film = format!("YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\nFRAME\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            let within = (left..left + CODE).contains(&x) && (top..top + CODE).contains(&y);
            let dark = code
                .filter(|_| within)
                .is_some_and(|code| code.is_dark((x - left) * code.side / CODE, (y - top) * code.side / CODE));
            film.push(if dark { DARK } else { LIGHT });
        }
    }
    film.resize(film.len() + width * height / 2, 128);
    fs::write(path, film).expect("the test's folder can be written");
}
