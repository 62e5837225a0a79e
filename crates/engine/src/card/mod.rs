//! How people find and reach each other: contact cards, links to them, and what is sealed for a stranger's inbox.
//!
//! The path: a [`Link`] (identity key and card secret, in a URL's fragment) -> address and key of a cell at the relay ->
//! [`open_card`] -> [`Card`] with the person's devices -> [`seal_envelope`] to a device's inbox, after a key package from its
//! pool was opened with [`open_package`]. The relay sees random addresses and sealed bytes of coarse sizes only.
//! Whatever comes in is hostile until opened: bounds first, then authenticity, then meaning.

mod about;
mod cell;
mod contact;
mod delivery;
mod envelope;
mod invite;
mod join;
mod link;
mod name;
mod origin;
mod package;
mod padding;
mod rejoin;
mod writer;

pub use about::{About, MAX_ABOUT_CHARS};
pub use cell::{CellError, open_card, seal_card};
pub use contact::{Card, CardDevice, CardError, MAX_DEVICES, SignedCard};
pub use delivery::{Delivery, DeliveryError, Welcome};
pub use envelope::{
    EnvelopeError, MAX_ENVELOPE_PLAINTEXT, SEAL_KEY_LEN, SUITE, SealKey, SealKeyPair, open_envelope, seal_envelope,
};
pub use invite::{Invite, InviteLink, MAX_ADMINS, cell_owner, open_invite, room_tag, seal_invite};
pub use join::{Asks, Join};
pub use link::{CardSecret, Link, LinkError, PastedLink};
pub use name::{MAX_NAME_CHARS, Name, NameError};
pub use origin::{Origin, OriginError};
pub use package::{PackageError, open_package, seal_package};
pub(crate) use padding::{pad, unpad};
pub use rejoin::Rejoin;
pub use writer::WriterSeed;
