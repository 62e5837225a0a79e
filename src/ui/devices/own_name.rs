//! What this browser calls itself to its person's other devices.

use leptos::prelude::window;

/// In this order: most browsers name others before themselves.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Android calls itself Linux as well, and the iPhone Mac OS X.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

pub(super) fn own_name() -> String {
    name_of_agent(&window().navigator().user_agent().unwrap_or_default())
}

/// `Firefox, Linux` out of a user agent; what is not known is left out.
pub fn name_of_agent(agent: &str) -> String {
    let known =
        |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    }
}
