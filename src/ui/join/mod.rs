//! Coming into a group by its invite link (`#join/...`): what the link says, what joining means, the request, and the wait.
//!
//! What is shown of the group is a member's word. An admin's answer comes as a welcome, and then the conversation opens.

mod page;
mod refusal;
mod wait;
mod waiting;

pub(crate) use page::Joining;
pub(crate) use waiting::Waiting;
