//! The typed port between a page and the engine's worker.
//!
//! A page opens a [`Port`]: `Command` in, `Event` out. The worker keeps its ends in [`Ports`]. Both post CBOR as bytes
//! whose buffer is transferred; the few words that are not CBOR are in `letter`. Nothing is lost at the start: a page
//! holds its commands back until the worker has said that it listens. Whatever goes wrong (a worker that does not load,
//! that stops, or that is of another build) reaches the page as `Event::Fatal`; nothing is dropped in silence.
//!
//! Must never know what a command means, and never import the worker: the page's binary is built from this side.

mod letter;
mod page;
mod ports;

pub use page::Port;
pub use ports::{FromPage, PortId, Ports};
