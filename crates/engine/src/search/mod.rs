//! The words of messages, as a search compares them: without capitals and accents, by what is cheap to know.
//!
//! The path: a message's words -> [`fold`] -> a block of the table `words` (`state/words.rs`) -> [`Query::fits`] -> the message
//! itself -> [`Query::snippet`]. Must never hold what a message said once it is gone: blocks are written in the step that
//! changes their messages (`step/words.rs`).

mod fold;
mod query;

pub(crate) use fold::fold;
pub(crate) use query::Query;
