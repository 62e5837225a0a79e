//! X Chat's MLS as one peer of a benchmark of browser libraries: the engine's provider under OpenMLS, and the worker's
//! database, sealed rows and strict transactions included. `adapter.js` is what such a benchmark loads; `bench/engine` measures the
//! same natively, without a database.
//!
//! It measures what every MLS library does. What only X Chat's groups have (certificates, a state, padding, access keys) is left out.

#[cfg(all(target_arch = "wasm32", feature = "archive"))]
mod archive;
#[cfg(target_arch = "wasm32")]
mod device;
#[cfg(all(target_arch = "wasm32", feature = "archive"))]
mod lay;
mod member;

#[cfg(all(target_arch = "wasm32", feature = "archive"))]
pub use archive::Archive;
#[cfg(target_arch = "wasm32")]
pub use device::Device;
#[cfg(all(target_arch = "wasm32", feature = "archive"))]
pub use lay::lay;
pub use member::{Added, Failed, Member, Result, random};
