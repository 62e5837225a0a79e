//! An emoji goes into the text field.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::ChatId;

use crate::ui::browser::focus;
use crate::ui::session::Session;

/// Writes it at the caret, instead of what is selected there.
pub(super) fn write(session: Session, chat: ChatId, input: NodeRef<html::Textarea>, sign: &str, back: bool) {
    let Some(input) = input.get_untracked() else { return };
    let value: Vec<u16> = input.value().encode_utf16().collect();
    let end = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let place = |at: Result<Option<u32>, _>| at.ok().flatten().unwrap_or(end).min(end);
    let (from, to) = (place(input.selection_start()), place(input.selection_end()));
    let part = |units: &[u16]| String::from_utf16_lossy(units);
    let (before, after) = (&value[..from as usize], &value[to.max(from) as usize..]);
    session.typed(chat, format!("{}{sign}{}", part(before), part(after)));
    let caret = from + u32::try_from(sign.encode_utf16().count()).unwrap_or_default();
    // After the field has its new words, and the picker has gone.
    request_animation_frame(move || {
        if input.set_selection_range(caret, caret).is_err() {
            leptos::logging::warn!("the caret stays where it is");
        }
        if back {
            request_animation_frame(move || focus::focus(&input));
        }
    });
}
