//! What a display name may be, as far as the page can say so before the engine does.

use xchat_engine::api::{MAX_NAME, Problem};

use super::problem;

/// Whether the engine would take it: 1 to [`MAX_NAME`] characters, none of them a control.
pub fn name_fits(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
}

/// The sentence under the field. A blank field is no error until it was sent.
pub(crate) fn name_error(name: &str, sent: bool, refused: bool) -> Option<String> {
    let wrong = refused || (!name_fits(name) && (sent || !name.trim().is_empty()));
    wrong.then(|| problem::sentence(Problem::Name).to_owned())
}
