//! A conversation: its head, its timeline, and what is at its foot (the composer, or an answer to give).
//!
//! Data path: `Session::history` -> `blocks` -> groups -> bubbles; a bubble shows the engine's tree of
//! the text, which can hold nothing that it has no name for. Never `inner_html`. What is done to a message starts in its menu:
//! `summon` hears how it is called, `offers` says what is in it, `over` shows it and the dialogs that it leads to.

pub(crate) mod acts;
mod answer;
pub mod ask;
pub mod blocks;
mod bubble;
pub mod changes;
mod chosen;
mod code;
mod complete;
mod composer;
mod conversation;
mod delete;
mod details;
mod foot;
pub mod format;
mod forward;
mod group;
mod header;
mod hero;
mod jump;
mod long;
mod menu;
mod notice;
pub mod offers;
mod out;
mod over;
mod pinned;
pub mod place;
pub mod poll;
mod preview;
mod prose;
mod quote;
mod reactions;
mod scroll;
mod summon;
mod target;
mod timeline;
pub mod timer;
pub mod writing;

pub(crate) use changes::{sentences, shown_name};
pub(crate) use conversation::Conversation;
pub(crate) use notice::timer_sentence;
pub(crate) use target::aim;
pub(crate) use timer::Timer;
