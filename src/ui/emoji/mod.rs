//! The emoji picker: for the composer and for reactions.
//!
//! Data path: `/emoji-LANGUAGE.txt`, fetched when the picker first opens -> `data` -> sections or what was searched for -> one emoji, written
//! at the caret or given to a message. What was used last, and the skin tone, stay in this browser.

pub mod data;
mod kept;
mod load;
mod picker;
mod place;
mod sections;
pub mod steps;
mod write;

use leptos::html;
use leptos::prelude::*;
use picker::Picker;
use xchat_engine::api::ChatId;

use super::part::part;

/// What this part shows: the picker, for what is picked and until the callback closes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// Into the text field of a conversation.
    Write(ChatId, NodeRef<html::Textarea>, Callback<()>),
    /// To the message of this order.
    React(ChatId, u64, Callback<()>),
}

part!(emoji: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    view! { <Picker screen /> }.into_any()
}
