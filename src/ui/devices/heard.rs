//! How long ago another device was heard from, in the words of the browser's `Intl`.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::ui::browser::{clock, js};
use crate::ui::i18n::spoken;

const HOUR: u64 = 60 * 60 * 1000;
const DAYS_OF_WEEKS: i64 = 14;
const DAYS_OF_MONTHS: i64 = 60;

/// "3 hours ago", "yesterday", "2 months ago". The time is known to the hour, so nothing finer is said.
pub(super) fn ago(time: u64, now: u64) -> String {
    let hours = now.saturating_sub(time) / HOUR;
    let days = clock::local_day(now) - clock::local_day(time);
    let (count, unit) = match days {
        ..=0 => (i64::try_from(hours).unwrap_or_default(), "hour"),
        1..DAYS_OF_WEEKS => (days, "day"),
        DAYS_OF_WEEKS..DAYS_OF_MONTHS => (days / 7, "week"),
        _ => (days / 30, "month"),
    };
    relative(-count, unit).unwrap_or_else(|| clock::date_and_year(time))
}

fn relative(count: i64, unit: &'static str) -> Option<String> {
    let options = Object::new();
    js::set(&options, "numeric", "auto");
    let intl = js::get(&window(), "Intl");
    let make: Function = js::get(&intl, "RelativeTimeFormat").dyn_into().ok()?;
    let arguments = Array::of2(&spoken().tag().into(), &options);
    let format = Reflect::construct(&make, &arguments).ok()?;
    js::call(&format, "format", &[JsValue::from_f64(count as f64), unit.into()])?.as_string()
}
