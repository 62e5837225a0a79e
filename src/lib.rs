//! The browser client: the page (`ui`), the engine's worker (`worker`), which talk over a typed port (`link`), and the file worker
//! (`files`), of which a page asks what stands in `filing`.
//!
//! Three thin binaries start them, so that the page paints while the engine loads, and neither brings along what it takes to read and seal
//! files. `ui` must never import `worker` or `files`: the page's binary holds no key of the account, no MLS and no database.

mod backoff;
pub mod chunks;
pub mod files;
pub mod filing;
mod folder;
mod idb;
pub mod link;
mod thrown;
pub mod ui;
pub mod worker;
