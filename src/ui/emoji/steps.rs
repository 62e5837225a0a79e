//! Where the arrow keys lead in sections of rows.

/// Emoji in a row.
pub const COLUMNS: usize = 8;

/// From a section and a place in it, by a key, in sections of so many. None: the key is not one of these, or leads out.
pub fn step(sections: &[usize], (section, at): (usize, usize), key: &str, rtl: bool) -> Option<(usize, usize)> {
    let own = *sections.get(section)?;
    let filled = |section: usize| sections.get(section).copied().filter(|count| *count > 0);
    let next = || (section + 1..sections.len()).find_map(|to| Some((to, filled(to)?)));
    let before = || (0..section).rev().find_map(|to| Some((to, filled(to)?)));
    let row = at / COLUMNS;
    let last_row = own.checked_sub(1)? / COLUMNS;
    match (key, rtl) {
        ("ArrowRight", false) | ("ArrowLeft", true) if at + 1 < own => Some((section, at + 1)),
        ("ArrowRight", false) | ("ArrowLeft", true) => next().map(|(to, _)| (to, 0)),
        ("ArrowLeft", false) | ("ArrowRight", true) if at > 0 => Some((section, at - 1)),
        ("ArrowLeft", false) | ("ArrowRight", true) => before().map(|(to, count)| (to, count - 1)),
        ("ArrowDown", _) if row < last_row => Some((section, (at + COLUMNS).min(own - 1))),
        ("ArrowDown", _) => next().map(|(to, count)| (to, (at % COLUMNS).min(count - 1))),
        ("ArrowUp", _) if row > 0 => Some((section, at - COLUMNS)),
        ("ArrowUp", _) => before().map(|(to, count)| {
            let begin = (count - 1) / COLUMNS * COLUMNS;
            (to, (begin + at % COLUMNS).min(count - 1))
        }),
        ("Home", _) => Some((section, 0)),
        ("End", _) => Some((section, own - 1)),
        ("PageDown", _) => next().map(|(to, _)| (to, 0)),
        ("PageUp", _) => before().map(|(to, _)| (to, 0)),
        _ => None,
    }
}
