//! Rooms as a conversation's row has them.

use xchat_wire::{
    Address, ChainHash, Epoch, PublicKey, Seq,
    cbor::{Decode, Encode},
};

use super::Secret;

/// One MLS group and its log, as much as opening the log needs.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Room {
    #[n(0)]
    pub(crate) log: Address,
    #[n(1)]
    pub(crate) epoch: Epoch,
    /// Seed of the epoch's access key.
    #[n(2)]
    pub(crate) access: Secret,
    /// Last record that was processed.
    #[n(3)]
    pub(crate) cursor: Seq,
    #[n(4)]
    pub(crate) chain: Option<ChainHash>,
    /// The relay holds the log.
    #[n(5)]
    pub(crate) created: bool,
    /// A record of the other side was read in it, here or by the device of this person that let this one in.
    #[n(6)]
    pub(crate) confirmed: bool,
    /// Made by this device.
    #[n(7)]
    pub(crate) own: bool,
    /// This device's leaf is due for renewal from this time on (Unix milliseconds).
    #[n(8)]
    pub(crate) update_at: u64,
    /// The relay told a different history than the other side saw.
    #[n(9)]
    pub(crate) differs: bool,
    /// Id of the MLS group; the log's address, but for a room that fell back.
    #[n(10)]
    pub(crate) group: Address,
    /// The MLS epoch that is the log's epoch 0.
    #[n(11)]
    pub(crate) base: u64,
    /// Who broke the policy in the logs that this epoch had before: the first commit here takes them out.
    #[n(12)]
    pub(crate) accused: Vec<PublicKey>,
    /// When this device takes up what members have proposed (Unix milliseconds), if nobody does it before.
    #[n(13)]
    pub(crate) take_up_at: Option<u64>,
    /// When the last record that was processed reached the relay (Unix milliseconds).
    #[n(14)]
    #[cbor(default)]
    pub(crate) seen_at: u64,
    /// Logs that were given up in this MLS epoch for one to fall back to.
    #[n(15)]
    #[cbor(default)]
    pub(crate) falls: u8,
    /// The version of this person's list of devices that the room was brought in line with; 0 for a new one.
    #[n(16)]
    #[cbor(default)]
    pub(crate) devices_seen: u64,
    /// The group goes on in another room: this one is read until then (Unix milliseconds), and nothing is written in it.
    #[n(17)]
    pub(crate) left_at: Option<u64>,
    /// Whom this device did not bring along when it moved the group here.
    #[n(18)]
    #[cbor(default)]
    pub(crate) without: Vec<PublicKey>,
    /// Of a conversation of two: higher than that of every room that its maker knew of when it began this one.
    #[n(19)]
    #[cbor(default)]
    pub(crate) generation: u64,
}

impl Room {
    /// A room at epoch 0 of its log, which the relay holds and others are in.
    pub(crate) fn new(log: Address, access: Secret, update_at: u64) -> Self {
        Self {
            log,
            epoch: Epoch(0),
            access,
            cursor: Seq(0),
            chain: None,
            created: true,
            confirmed: true,
            own: false,
            update_at,
            differs: false,
            group: log,
            base: 0,
            accused: Vec::new(),
            take_up_at: None,
            seen_at: 0,
            falls: 0,
            devices_seen: 0,
            left_at: None,
            without: Vec::new(),
            generation: 0,
        }
    }
}
