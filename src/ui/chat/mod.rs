//! A conversation: its head, its timeline, and what is at its foot (the composer, or an answer to give).
//!
//! Data path: `Session::history` -> `blocks` -> groups -> bubbles; a bubble shows the engine's tree of
//! the text, which can hold nothing that it has no name for. Never `inner_html`.

mod answer;
pub mod blocks;
mod bubble;
pub mod changes;
mod code;
mod composer;
mod conversation;
mod foot;
mod group;
mod header;
mod hero;
mod jump;
mod notice;
mod out;
mod prose;
mod quote;
mod reactions;
mod scroll;
mod timeline;

pub(crate) use changes::{sentences, shown_name};
pub(crate) use conversation::Conversation;
pub(crate) use notice::timer_sentence;
