//! Sizes, lengths of time and kinds as people write them.

use js_sys::Object;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use xchat_engine::api::{Attachment, Holds};
use xchat_files::{Kind, safe};

use crate::ui::browser::js::{call, make, set};
use crate::ui::i18n::{fill, media, spoken, text};

/// Bytes per unit, from the largest.
const UNITS: [(&str, f64); 4] = [("gigabyte", 1e9), ("megabyte", 1e6), ("kilobyte", 1e3), ("byte", 1.0)];

fn unit(bytes: f64) -> (&'static str, f64) {
    UNITS.into_iter().find(|(_, of)| bytes >= *of).unwrap_or(UNITS[3])
}

/// By the browser's way of writing numbers in the page's language.
fn written(number: f64, unit: Option<&str>) -> String {
    let options = Object::new();
    if let Some(unit) = unit {
        set(&options, "style", "unit");
        set(&options, "unit", unit);
        set(&options, "unitDisplay", if unit == "byte" { "long" } else { "short" });
    }
    set(&options, "maximumFractionDigits", if number < 10.0 { 1 } else { 0 });
    // An object: a bare number has no methods to ask for by name.
    let number = make("Number", &[JsValue::from_f64(number)]);
    let write = |number| call(&number, "toLocaleString", &[spoken().tag().into(), options.into()])?.as_string();
    number.and_then(write).unwrap_or_default()
}

/// "214 kB".
pub fn size(bytes: u64) -> String {
    let (name, of) = unit(bytes as f64);
    written(bytes as f64 / of, Some(name))
}

/// "3.4 of 12 MB": both in the unit of the whole.
pub fn part_of(done: u64, total: u64) -> String {
    let (_, of) = unit(total as f64);
    let done = written(done.min(total) as f64 / of, None);
    fill(media().part_of, &[("done", &done), ("total", &size(total))])
}

/// "0:24", "1:02:03".
pub fn clock(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) as u64 } else { 0 };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// "20 s left", roughly.
pub fn left(seconds: f64) -> String {
    let seconds = seconds.max(1.0);
    let (unit, of) =
        [("hour", 3600.0), ("minute", 60.0)].into_iter().find(|(_, of)| seconds >= *of).unwrap_or(("second", 1.0));
    fill(media().time_left, &[("time", &written((seconds / of).round(), Some(unit)))])
}

/// The word for what a message holds.
pub(super) fn word(holds: Holds) -> &'static str {
    text().holds[holds as usize]
}

/// The name under which a file is shown and saved. Nothing but the sender's word is known of its kind yet.
pub fn name(file: &Attachment) -> String {
    safe(&file.name, Kind::claimed(&file.content_type))
}

/// Name and ending, the latter with its point: it stays in sight however long the name is.
pub fn ends(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 12 => name.split_at(at),
        _ => (name, ""),
    }
}

/// Letters before the ending that stay in sight with it: a cut that ended at its point would look like four of them.
const TAIL: usize = 4;

/// A name, which is cut in its middle where there is no room. In one piece for who hears it.
pub(super) fn cut(name: &str) -> AnyView {
    let (stem, _) = ends(name);
    let at = stem.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    let (start, end) = if at > TAIL { name.split_at(at) } else { name.split_at(stem.len()) };
    view! {
        <bdi aria-hidden="true">
            <span>{start.to_owned()}</span>
            <span>{end.to_owned()}</span>
        </bdi>
        <span class="visually-hidden">{name.to_owned()}</span>
    }
    .into_any()
}

/// "PDF", of "paper.pdf". None: the name does not say.
pub(super) fn kind_of(name: &str) -> Option<String> {
    let (_, ending) = ends(name);
    Some(ending.trim_start_matches('.').to_ascii_uppercase()).filter(|kind| !kind.is_empty())
}
