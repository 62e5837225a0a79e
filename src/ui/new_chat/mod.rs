//! Finding each other: the own code and link, somebody else's link, and the page that a link opens.

mod dialog;
mod opening;
mod own_link;
mod pasted;
mod their_link;

pub(crate) use dialog::NewChat;
pub(crate) use opening::Opening;
pub(crate) use own_link::OwnLink;
