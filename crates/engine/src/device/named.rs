//! What a device is called.

use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

/// One device's name, and since when it is this person's. What its person's devices know of each other beside the card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Named {
    #[n(0)]
    pub(crate) key: PublicKey,
    /// Empty: it was never said.
    #[n(1)]
    pub(crate) name: String,
    /// Unix milliseconds, by the clock of the device that linked it; the first device's is that of its certificate. 0: not known.
    #[n(2)]
    pub(crate) since: u64,
}
