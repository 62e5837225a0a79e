//! The bars of a sound, in a drawing that is 26 high.

use leptos::prelude::*;

/// Between the beginnings of two bars.
const STEP: usize = 4;

/// Bars of these heights, 0 to 1; `heard` is how much of the sound was, 0 to 1.
pub(super) fn waveform(heights: Vec<f64>, heard: impl Fn() -> f64 + Copy + Send + 'static) -> AnyView {
    let count = heights.len() as f64;
    let bar = |(number, height): (usize, f64)| {
        let height = 3.0 + height * 21.0;
        view! {
            <rect
                class:is-played=move || (number as f64 + 0.5) / count <= heard()
                x=(number * STEP).to_string()
                y=format!("{:.1}", 13.0 - height / 2.0)
                width="2.2"
                height=format!("{height:.1}")
                rx="1.1"
            />
        }
    };
    heights.into_iter().enumerate().map(bar).collect_view().into_any()
}
