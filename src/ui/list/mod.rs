//! The list of conversations: the pane at the side, or the whole page of a phone.

mod empty;
mod filter;
mod find;
mod header;
mod menu;
mod pane;
mod preview;
mod reminder;
mod row;
mod scarce;
mod skeleton;
mod summon;

pub(crate) use find::{FIELD, fits};
pub(crate) use menu::layer;
pub(crate) use pane::ListPane;
pub(crate) use preview::words;
pub(crate) use row::Unread;
pub(crate) use scarce::Scarce;
pub(crate) use skeleton::ListSkeleton;
pub(crate) use summon::Over;
