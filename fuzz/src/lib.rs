//! What each fuzz target does with its bytes. The targets themselves are one line each. From the workspace's root:
//!
//! ```text
//! cargo +nightly fuzz run session -- -max_total_time=60 -max_len=4096 -len_control=0
//! ```
//!
//! `crates/relay/tests/fuzz.rs` and `crates/engine/tests/fuzz.rs` compile these same files and run them over random bytes, so that
//! they are exercised without libFuzzer and a nightly compiler too. A panic is the finding; there is no other answer.

pub mod acts;
pub mod engine;
pub mod files;
pub mod frames;
pub mod judge;
pub mod session;
pub mod stored;
