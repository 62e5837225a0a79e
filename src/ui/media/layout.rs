//! How large pictures stand in a bubble: known before they are here, so nothing jumps when they come.

/// One picture is at most so wide and high, in CSS pixels. With words under it the style makes a narrow one as wide as they need.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 360.0;
/// One side is at least so long: a ring and a time must find room on it.
const LEAST: f64 = 140.0;
/// Width to height, at most and at least; what is longer is cut off at its ends.
const WIDEST: f64 = 2.4;
const TALLEST: f64 = 0.56;
/// Tiles of a mosaic; the others are behind the last of them.
pub const TILES: usize = 4;

/// Width and height of a picture alone, in CSS pixels. 0: the sender does not say.
pub fn alone(width: u32, height: u32) -> (u32, u32) {
    if width == 0 || height == 0 {
        return (WIDTH as u32, (WIDTH * 0.75) as u32);
    }
    let (width, height) = (f64::from(width), f64::from(height));
    let aspect = (width / height).clamp(TALLEST, WIDEST);
    // A small one is not blown up further than it must be.
    let least = if aspect > 1.0 { LEAST * aspect } else { LEAST };
    let across = WIDTH.min(HEIGHT * aspect).min(width.max(least));
    (across.round() as u32, (across / aspect).round() as u32)
}

/// How many tiles a mosaic of so many has, and how many more are behind the last.
pub fn mosaic(count: usize) -> (usize, usize) {
    (count.min(TILES), count.saturating_sub(TILES))
}

/// The heights of bars of a waveform, 0 to 1: so many as there is room for, each the loudest of its stretch.
pub fn bars(waveform: &[u8], count: usize) -> Vec<f64> {
    let of = waveform.len();
    let loudest = |at: usize| {
        let (from, to) = (at * of / count, ((at + 1) * of).div_ceil(count));
        waveform.get(from..to).unwrap_or_default().iter().copied().max().unwrap_or_default()
    };
    (0..count).map(|at| f64::from(loudest(at)) / 255.0).collect()
}
