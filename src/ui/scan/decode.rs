//! A picture in grey to the bytes of the first code in it that can be read.

use quircs::Quirc;

/// Colours and opacity, a byte each, as a canvas gives them.
const CHANNELS: usize = 4;

/// The bytes of a code; none if there is none, or if it is damaged beyond what its error correction mends. `pixels` are `width` times `height`
/// of a canvas, row by row.
pub fn decode(width: usize, height: usize, pixels: &[u8]) -> Option<Vec<u8>> {
    let wanted = width.checked_mul(height)?.checked_mul(CHANNELS)?;
    if wanted == 0 || pixels.len() != wanted {
        return None;
    }
    let image: Vec<u8> = pixels.chunks_exact(CHANNELS).map(grey).collect();
    Quirc::default().identify(width, height, &image).find_map(|code| Some(code.ok()?.decode().ok()?.payload))
}

/// How bright a pixel is, in whole numbers: the eye sees green best.
fn grey(pixel: &[u8]) -> u8 {
    let of = |channel: usize| u32::from(pixel.get(channel).copied().unwrap_or(0));
    u8::try_from((of(0) * 77 + of(1) * 150 + of(2) * 29) >> 8).unwrap_or(u8::MAX)
}
