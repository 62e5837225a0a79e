//! The engine under bytes of others: its decoders alone, a device that started for real against a hostile relay and a hostile
//! member, and stored rows that were damaged.
//!
//! `crates/engine/tests/fuzz.rs` compiles these files too. A panic is the finding; so is a broken promise, which panics here.

pub mod acts;
pub mod decoders;
pub mod device;
pub mod member;
pub mod play;
pub mod relay;
pub mod rows;
pub mod samples;
