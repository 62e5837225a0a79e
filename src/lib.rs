//! The browser client: the page (`ui`) and the engine's worker (`worker`), which talk over a typed port (`link`).
//!
//! Two thin binaries start them, so that the page paints while the engine loads. `ui` must never import `worker`:
//! the page's binary holds no key, no MLS and no database.

mod backoff;
mod idb;
pub mod link;
mod thrown;
pub mod ui;
pub mod worker;
