//! Times and days as people write them, by the browser's own `Intl`.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::ui::i18n::{self, Lang};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How a day is named, seen from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The same day, or later: clocks differ.
    Today,
    /// The day before.
    Yesterday,
    /// Within the last week: its weekday.
    Weekday,
    /// Earlier: its date.
    Date,
}

/// Names a day by its distance; both are local day numbers.
pub fn named(today: i64, day: i64) -> Named {
    match today - day {
        ..=0 => Named::Today,
        1 => Named::Yesterday,
        2..=6 => Named::Weekday,
        _ => Named::Date,
    }
}

/// The local day number of a moment, given its offset as `Date.getTimezoneOffset` does (minutes, west positive).
pub fn day_number(time: u64, offset: i64) -> i64 {
    (i64::try_from(time).unwrap_or(i64::MAX) - offset * 60_000).div_euclid(DAY)
}

/// Unix milliseconds.
pub(crate) fn now() -> u64 {
    Date::now() as u64
}

/// The local day number of a moment.
pub(crate) fn local_day(time: u64) -> i64 {
    day_number(time, date(time).get_timezone_offset() as i64)
}

/// Hours and minutes.
pub(crate) fn time_of_day(time: u64) -> String {
    format(Style::Time, time)
}

/// For `datetime` attributes.
pub(crate) fn iso(time: u64) -> String {
    date(time).to_iso_string().into()
}

/// For a row of the list: the time today, else the day.
pub(crate) fn row(time: u64, now: u64) -> String {
    match named(local_day(now), local_day(time)) {
        Named::Today => time_of_day(time),
        Named::Yesterday => i18n::text().yesterday.to_owned(),
        Named::Weekday => format(Style::ShortWeekday, time),
        Named::Date => format(date_style(time, now, Style::ShortDate, Style::ShortDateYear), time),
    }
}

/// For the day lines of a conversation.
pub(crate) fn day(time: u64, now: u64) -> String {
    match named(local_day(now), local_day(time)) {
        Named::Today => i18n::text().today.to_owned(),
        Named::Yesterday => i18n::text().yesterday.to_owned(),
        Named::Weekday => format(Style::Weekday, time),
        Named::Date => format(date_style(time, now, Style::LongDate, Style::LongDateYear), time),
    }
}

/// Day, month and year.
pub(crate) fn date_and_year(time: u64) -> String {
    format(Style::ShortDateYear, time)
}

/// A length of time, in the largest unit of which it is a whole number.
pub(crate) fn span(seconds: u32) -> String {
    let units = [(604_800, Style::Weeks), (86_400, Style::Days), (3_600, Style::Hours), (60, Style::Minutes)];
    let (of, style) = units.into_iter().find(|(of, _)| seconds.is_multiple_of(*of)).unwrap_or((1, Style::Seconds));
    written(style, &(seconds / of).into())
}

fn date_style(time: u64, now: u64, same_year: Style, other_year: Style) -> Style {
    if date(time).get_full_year() == date(now).get_full_year() { same_year } else { other_year }
}

/// The last moment that a `Date` can hold, in Unix milliseconds; beyond it, its methods throw.
const LAST: u64 = 8_640_000_000_000_000;

fn date(time: u64) -> Date {
    Date::new(&JsValue::from_f64(time.min(LAST) as f64))
}

macro_rules! unit {
    ($unit:literal) => {
        &[("style", "unit"), ("unit", $unit), ("unitDisplay", "long")]
    };
}

/// From [`Style::Weeks`] on: lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Style {
    Time,
    ShortWeekday,
    Weekday,
    ShortDate,
    ShortDateYear,
    LongDate,
    LongDateYear,
    Weeks,
    Days,
    Hours,
    Minutes,
    Seconds,
}

impl Style {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::ShortWeekday => &[("weekday", "short")],
            Self::Weekday => &[("weekday", "long")],
            Self::ShortDate => &[("day", "numeric"), ("month", "short")],
            Self::ShortDateYear => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
            Self::LongDate => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::Weeks => unit!("week"),
            Self::Days => unit!("day"),
            Self::Hours => unit!("hour"),
            Self::Minutes => unit!("minute"),
            Self::Seconds => unit!("second"),
            Self::LongDateYear => &[("day", "numeric"), ("month", "long"), ("year", "numeric")],
        }
    }
}

/// Making a formatter costs far more than using it, so each is made once.
type Made = Vec<(Style, Lang, Function)>;

thread_local! {
    static MADE: RefCell<Made> = const { RefCell::new(Vec::new()) };
}

fn format(style: Style, time: u64) -> String {
    written(style, &date(time))
}

fn written(style: Style, value: &JsValue) -> String {
    let lang = i18n::spoken();
    let formatter = MADE.with_borrow_mut(|made| {
        if let Some((.., formatter)) = made.iter().find(|(s, l, _)| (*s, *l) == (style, lang)) {
            return Some(formatter.clone());
        }
        let formatter = formatter(style, lang)?;
        made.push((style, lang, formatter.clone()));
        Some(formatter)
    });
    formatter
        .and_then(|formatter| formatter.call1(&JsValue::UNDEFINED, value).ok())
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// The bound `format` of an `Intl.DateTimeFormat`, or of an `Intl.NumberFormat` for a length of time.
fn formatter(style: Style, lang: Lang) -> Option<Function> {
    let options = Object::new();
    for (name, value) in style.options() {
        Reflect::set(&options, &(*name).into(), &(*value).into()).ok()?;
    }
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let class = if style >= Style::Weeks { "NumberFormat" } else { "DateTimeFormat" };
    let make: Function = Reflect::get(&intl, &class.into()).ok()?.dyn_into().ok()?;
    let made = Reflect::construct(&make, &Array::of2(&locales(style, lang), &options)).ok()?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}

/// Words and hours follow the page's language, in the browser's flavour of it. English is read by many whose hours are not: there they
/// follow the browser's first language.
fn locales(style: Style, lang: Lang) -> JsValue {
    let wanted: Vec<String> = super::prefs::wanted_languages();
    let tag = match style {
        Style::Time if lang == Lang::English => wanted.first().cloned(),
        _ => wanted.into_iter().find(|tag| tag.split('-').next() == Some(lang.tag())),
    };
    JsValue::from_str(&tag.unwrap_or_else(|| lang.tag().to_owned()))
}

/// A signal that changes when the day does, so that "Today" does not go stale.
pub(crate) fn use_now() -> ReadSignal<u64> {
    let (now, set) = signal(now());
    let minute = std::time::Duration::from_secs(60);
    let timer = set_interval_with_handle(
        move || {
            let then = self::now();
            if local_day(then) != now.with_untracked(|time| local_day(*time)) {
                set.set(then);
            }
        },
        minute,
    )
    .ok();
    on_cleanup(move || {
        if let Some(timer) = timer {
            timer.clear();
        }
    });
    now
}
