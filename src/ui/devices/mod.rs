//! A person's devices: the list in the settings, linking on both sides, and what a removed device says.

mod digits;
mod erase;
mod heard;
mod history;
mod join;
mod link;
mod own_name;
mod page;
mod patience;
mod removed;
mod rename;
mod twins;

pub(crate) use history::{HistoryStrip, StillComing};
pub(crate) use join::Join;
pub use own_name::name_of_agent;
pub(crate) use page::DevicesPage;
pub(crate) use removed::Removed;
