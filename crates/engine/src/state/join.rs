//! Requests to come into a group: an own one until it is answered, and those of others at an admin's device.

use xchat_wire::cbor::{Decode, Encode};

use super::{Invitee, Person, Secret, Versioned};

/// An own request, by its link's cell.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Join {
    #[n(0)]
    pub(crate) version: u8,
    /// What the link carries.
    #[n(1)]
    pub(crate) link: Secret<16>,
    /// Which group it is, once the cell was read.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) tag: Option<[u8; 16]>,
    /// What it is called; empty until the cell was read.
    #[n(3)]
    pub(crate) name: String,
    /// Its admins, as the cell named them last: whose welcome is expected.
    #[n(4)]
    pub(crate) admins: Vec<Invitee>,
    /// When it was asked in the last round, Unix milliseconds; grows.
    #[n(5)]
    pub(crate) time: u64,
    /// When the last round was whose request a relay took, Unix milliseconds.
    #[n(6)]
    pub(crate) asked_at: Option<u64>,
    /// Such rounds so far.
    #[n(7)]
    pub(crate) rounds: u32,
    /// Place of the admin who is asked next.
    #[n(8)]
    pub(crate) next: u32,
    /// Who was asked: they hear it when the request is taken back.
    #[n(9)]
    pub(crate) told: Vec<Invitee>,
    /// It was taken back; the row goes once somebody was told.
    #[n(10)]
    pub(crate) withdrawn: bool,
}

impl Versioned for Join {
    const NAME: &'static str = "join";
    const VERSION: u8 = 1;
}

/// Somebody's request for the group's present link, by their identity.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Ask {
    #[n(0)]
    pub(crate) version: u8,
    /// Who asks, while it waits for an answer. None: it has one, and the same request does not count again.
    #[n(1)]
    pub(crate) waits: Option<Person>,
    /// Whatever they ask for under this link does not count.
    #[n(2)]
    pub(crate) declined: bool,
    /// The time that the request names.
    #[n(3)]
    pub(crate) time: u64,
    /// When it came, Unix milliseconds.
    #[n(4)]
    pub(crate) came: u64,
}

impl Versioned for Ask {
    const NAME: &'static str = "join request";
    const VERSION: u8 = 1;
}
