//! A QR code as one SVG path, dark on white paper in both themes.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Modules of paper around the code, within the drawing; the frame's padding adds the rest of the four that ISO 18004 asks for.
const MARGIN: usize = 1;

/// A code's drawing: its side in modules, margin included, and the path of its dark modules.
pub fn draw(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|colour| **colour == Color::Dark).count();
            if run > 0 {
                path += &format!("M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN);
            }
            x += run.max(1);
        }
    }
    Some((width + 2 * MARGIN, path))
}

/// The code of a text. `label` says whose it is.
#[component]
pub(crate) fn Qr(#[prop(into)] value: Signal<String>, #[prop(into)] label: String) -> impl IntoView {
    let drawing = Memo::new(move |_| value.with(|text| draw(text)));
    view! {
        <div class="qr" role="img" aria-label=label>
            {move || {
                drawing
                    .get()
                    .map(|(side, path)| {
                        view! {
                            <svg viewBox=format!("0 0 {side} {side}") aria-hidden="true">
                                <path d=path />
                            </svg>
                        }
                    })
            }}
        </div>
    }
}
