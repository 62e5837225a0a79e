//! What a display name may be, said before the engine is asked.

use xchat_engine::api::{NameError, check_name};

use super::i18n::text;

/// The sentence under the field. A blank field is no error until it was sent.
pub fn name_error(name: &str, sent: bool, refused: bool) -> Option<String> {
    let t = text();
    let sentence = match check_name(name) {
        Ok(()) if refused => t.problem_name,
        Ok(()) => return None,
        Err(NameError::Empty) if !sent && name.trim().is_empty() => return None,
        Err(NameError::Empty | NameError::TooLong) => t.problem_name,
        Err(NameError::Character) => t.problem_name_marks,
    };
    Some(sentence.to_owned())
}
