//! A small world: real engines, the real relay in memory, a network that loses connections, devices that crash.
//!
//! A device's database is a map that commits whole steps. A crash drops the engine and what it had not yet sent; a broken
//! connection loses the frames under way in both directions, like TCP does. Everything random comes from one seed.
#![allow(dead_code, unused_imports, clippy::unwrap_used, unreachable_pub)]

mod database;
mod device;
mod dice;
mod groups;
pub mod invites;
mod linking;
mod network;
mod people;
mod trace;
mod world;

pub use database::Database;
pub use device::{Crash, Device, Thrift};
pub use dice::Dice;
pub use groups::{Groups, THREE, friends, hiking, roles};
pub use network::{Lie, ORIGIN, Tamper, Weather};
pub use trace::trace;
pub use world::World;
