//! Full pages that stand before the app or instead of it.

pub(crate) mod cut_off;
mod elsewhere;
mod fatal;
pub(crate) mod frame;
pub(crate) mod storage;

pub(crate) use elsewhere::Elsewhere;
pub(crate) use fatal::Fatal;
pub(crate) use storage::StoragePage;
