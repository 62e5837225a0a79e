//! A person's devices: how a new one is linked, and what the linked ones tell each other.
//!
//! Linking: the new device lays an [`Offer`] into a cell that only its [`DeviceLink`] finds and opens, and shows the link as a QR code. The
//! device that opens it sends a nonce, the new one answers with the nonce that its offer had committed to, and both show the
//! same six digits: nobody in between could choose a nonce after seeing the other. Once a person has said on both sides that the
//! digits agree, the keys follow as a [`Grant`], sealed to the new device. After that the devices are equal; [`Sync`] contents in
//! their own group keep their lists alike.

mod history;
mod link;
mod named;
mod steps;
mod sync;

pub(crate) use history::{
    Chunk, Clock, Head, Item, MAX_ITEMS, MAX_PARTS, Pack, Section, Span, Stretch, VERSION as PACK_VERSION,
};
pub use link::MAX_DEVICE_NAME;
pub(crate) use link::{DeviceLink, OFFER_CELL, Offer, open_offer, seal_offer};
pub(crate) use named::Named;
pub(crate) use steps::{Grant, LinkStep, OwnPart, commitment, link_code};
pub(crate) use sync::{Arranged, Sync, Tells};
