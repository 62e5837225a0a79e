//! Markdown by keys: what is selected in a field is put between marks, or taken out of them.

use leptos::ev::KeyboardEvent;
use web_sys::HtmlTextAreaElement;

use crate::ui::browser::write::write;

/// The marks of a key that is pressed with Ctrl, or with Cmd on a Mac; letters as the keyboard's layout has them.
pub fn marks(key: &str, shift: bool) -> Option<&'static str> {
    match (key, shift) {
        ("b" | "B", false) => Some("**"),
        ("i" | "I", false) => Some("*"),
        ("e" | "E", false) => Some("`"),
        ("x" | "X", true) => Some("~~"),
        _ => None,
    }
}

/// The text with its selection between marks, or out of them where it stands between them already; and what is selected then.
/// Places are in UTF-16 units, as the browser counts; `None`: the selection is not within the text.
pub fn marked(text: &str, (start, end): (usize, usize), marks: &str) -> Option<(String, (usize, usize))> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (before, rest) = units.split_at_checked(start)?;
    let (chosen, after) = rest.split_at_checked(end.checked_sub(start)?)?;
    let text = |units: &[u16]| String::from_utf16(units).ok();
    let (before, chosen, after) = (text(before)?, text(chosen)?, text(after)?);
    let inside = before.strip_suffix(marks).zip(after.strip_prefix(marks));
    // A star beside a word that is bold is half of the marks for bold.
    let half = |outer: &str| marks == "*" && outer.ends_with('*') && !outer.ends_with("**");
    if let Some((outer, rest)) = inside.filter(|(outer, _)| !half(outer)) {
        return Some((format!("{outer}{chosen}{rest}"), (start - marks.len(), end - marks.len())));
    }
    Some((format!("{before}{marks}{chosen}{marks}{after}"), (start + marks.len(), end + marks.len())))
}

/// Whether a text may hold Markdown that looks like something: a mark, or a line that may begin a list. The engine says what it is.
pub fn may_look(text: &str) -> bool {
    let begins = |line: &str| line.starts_with(['-', '+']) || line.starts_with(|c: char| c.is_ascii_digit());
    text.contains(['*', '_', '~', '`', '[', '#', '>', '|']) || text.lines().any(|line| begins(line.trim_start()))
}

/// Does to a field what a key asks. Answers whether it asks for anything.
pub(super) fn pressed(event: &KeyboardEvent, field: &HtmlTextAreaElement) -> bool {
    asked(event, field).is_some()
}

fn asked(event: &KeyboardEvent, field: &HtmlTextAreaElement) -> Option<()> {
    let held = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
    let marks = marks(&event.key(), event.shift_key()).filter(|_| held)?;
    let at = |place: Result<Option<u32>, _>| place.ok().flatten().and_then(|at| usize::try_from(at).ok());
    let selected = at(field.selection_start()).zip(at(field.selection_end()))?;
    let before: Vec<u16> = field.value().encode_utf16().collect();
    let (after, chosen) = marked(&field.value(), selected, marks)?;
    let after: Vec<u16> = after.encode_utf16().collect();
    // Marks that go stand around what is selected.
    let around = if after.len() < before.len() { marks.len() } else { 0 };
    let (from, to) = (selected.0 - around, selected.1 + around);
    let written = after.get(from..after.len() - (before.len() - to))?;
    write(field, (from, to), &String::from_utf16(written).ok()?);
    let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
    if field.set_selection_range(narrow(chosen.0), narrow(chosen.1)).is_err() {
        leptos::logging::warn!("the selection was lost");
    }
    Some(())
}
