//! What a group is beside its keys: a state that all members share, a profile in each leaf, and a policy for each change.
//!
//! The path: [`RoomState`] lies in the group context (RFC 9420 8.1) under a private extension, so that every member has the
//! same; [`LeafProfile`] lies in each leaf. A commit is turned into [`Proposed`] facts and judged by [`judge`] against the state and the
//! [`Roster`] of the epoch before it, by those who make it and by those who read it alike; what it did comes out as
//! [`Happened`]. Nothing in here decrypts, stores or sends.

mod happened;
mod leaf;
mod policy;
mod roster;
mod state;

pub(crate) use happened::Happened;
pub(crate) use leaf::{LEAF_EXTENSION, LeafProfile};
pub(crate) use policy::{Added, Breach, Proposed, Removal, judge, judge_accused, judge_direct, judge_move};
pub(crate) use roster::{Device, Leaf, Roster};
pub use state::{MAX_DESCRIPTION, Role, Who};
pub(crate) use state::{PICTURE_EXTENSION, ROOM_EXTENSION, RoomId, RoomState};
