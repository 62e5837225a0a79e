//! A group's shared state, as it lies in the group context.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::CborLen;
use thiserror::Error;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::Roster;
use crate::{card::Name, picture::PictureId};

/// Type of the group-context extension: of the range for private use (RFC 9420 17.3).
pub(crate) const ROOM_EXTENSION: u16 = 0xF0C1;
/// Type of the group-context extension that holds the bytes of the group's picture, where there is one.
pub(crate) const PICTURE_EXTENSION: u16 = 0xF0C3;
/// Longest description in bytes of UTF-8.
pub const MAX_DESCRIPTION: usize = 2048;
/// Largest encoded state in bytes.
const MAX_STATE: usize = 64 * 1024;
/// Most people who have a role of their own.
const MAX_RANKED: usize = 256;
/// The meaning of the keys.
const VERSION: u32 = 1;

/// Why bytes are no state. All are final for these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum StateError {
    /// Not the CBOR of a state, or a part of it breaks its rules.
    #[error("not a group's state")]
    Malformed,
    /// Made by a later version of the app.
    #[error("group state of unknown version {0}")]
    Version(u32),
}

/// A conversation of several people, whatever log and MLS group carries it. Random, known to its members alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct RoomId(#[cbor(n(0), with = "minicbor::bytes")] pub(crate) [u8; 32]);

impl RoomId {
    /// For URIs: base64url.
    pub(crate) fn text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

/// What a member may do. Ordered by power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Role {
    /// Writes; and what the group lets everybody do.
    #[n(0)]
    Member,
    /// Also adds and removes members, and changes the group.
    #[n(1)]
    Admin,
    /// Also removes admins and gives roles.
    #[n(2)]
    Owner,
}

/// Who may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Who {
    #[n(0)]
    Everyone,
    #[n(1)]
    Admins,
}

/// One person's role above [`Role::Member`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Ranked {
    #[n(0)]
    person: PublicKey,
    #[n(1)]
    role: Role,
}

/// The state. Later apps may add keys, which are lost when an app of today changes something; a change of meaning is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct RoomState {
    #[n(0)]
    pub(super) version: u32,
    #[n(1)]
    pub(crate) id: RoomId,
    #[n(2)]
    pub(crate) name: Name,
    #[n(3)]
    pub(crate) description: String,
    /// Ascending by person, nobody twice, nobody a plain member.
    #[n(4)]
    pub(super) ranked: Vec<Ranked>,
    #[n(5)]
    pub(crate) may_add: Who,
    /// Who may change name, description, picture and timer.
    #[n(6)]
    pub(crate) may_change: Who,
    /// Messages vanish so many seconds after they were read.
    #[n(7)]
    pub(crate) timer: Option<u32>,
    /// What a join request must know. None: there is no invite link.
    #[n(8)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) invite: Option<[u8; 16]>,
    /// How often the group has moved to a fresh one; none: never.
    #[n(9)]
    pub(super) moves: Option<u32>,
    /// The group's picture, which lies beside the state.
    #[n(10)]
    pub(crate) picture: Option<PictureId>,
}

/// The first key of [`RoomState`] alone, to tell a later version from garbage.
#[derive(Decode)]
#[cbor(map)]
struct Head {
    #[n(0)]
    version: u32,
}

impl RoomState {
    /// A new group, with its maker as owner.
    pub(crate) fn new(id: RoomId, name: Name, owner: PublicKey) -> Self {
        Self {
            version: VERSION,
            id,
            name,
            description: String::new(),
            ranked: vec![Ranked { person: owner, role: Role::Owner }],
            may_add: Who::Everyone,
            may_change: Who::Everyone,
            timer: None,
            invite: None,
            moves: None,
            picture: None,
        }
    }

    /// How often the group has moved to a fresh one.
    pub(crate) fn moves(&self) -> u32 {
        self.moves.unwrap_or(0)
    }

    /// The state that the group has in a fresh one, which some people do not come into.
    pub(crate) fn moved(&self, without: &[PublicKey]) -> Self {
        let mut after = Self { moves: Some(self.moves().saturating_add(1)), ..self.clone() };
        after.ranked.retain(|ranked| !without.contains(&ranked.person));
        after
    }

    /// The extension's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        crate::later::written(xchat_wire::encode(self))
    }

    /// Bounds, shape, rules.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.len() > MAX_STATE {
            return Err(StateError::Malformed);
        }
        let Head { version } = xchat_wire::decode(bytes).map_err(|_| StateError::Malformed)?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let state: Self = xchat_wire::decode(bytes).map_err(|_| StateError::Malformed)?;
        let ordered = state.ranked.windows(2).all(|pair| pair[0].person < pair[1].person);
        let ranked = state.ranked.iter().all(|ranked| ranked.role > Role::Member);
        let small = state.ranked.len() <= MAX_RANKED && state.description.len() <= MAX_DESCRIPTION;
        match ordered && ranked && small {
            true => Ok(state),
            false => Err(StateError::Malformed),
        }
    }

    /// The role that the state gives a person.
    pub(crate) fn given(&self, person: &PublicKey) -> Role {
        let found = self.ranked.binary_search_by(|ranked| ranked.person.cmp(person));
        found.map_or(Role::Member, |at| self.ranked[at].role)
    }

    /// What a person may do among these members. A group is never without an owner: when none is a member, its admins are owners,
    /// and when there is no admin either, it is the person of the first leaf. So nobody has to be appointed in a hurry.
    pub(crate) fn role(&self, person: &PublicKey, roster: &Roster) -> Role {
        if !roster.has(person) {
            return Role::Member;
        }
        let highest = roster.people().map(|person| self.given(person)).max().unwrap_or(Role::Member);
        let heir = match highest {
            Role::Owner => self.given(person) == Role::Owner,
            Role::Admin => self.given(person) == Role::Admin,
            Role::Member => roster.first() == Some(person),
        };
        if heir { Role::Owner } else { self.given(person) }
    }

    /// Gives a person a role.
    pub(crate) fn give(&mut self, person: PublicKey, role: Role) {
        self.ranked.retain(|ranked| ranked.person != person);
        if role > Role::Member {
            let at = self.ranked.partition_point(|ranked| ranked.person < person);
            self.ranked.insert(at, Ranked { person, role });
        }
    }

    /// People whose given role is another one in `other`, with the new one.
    pub(super) fn roles_in(&self, other: &Self) -> Vec<(PublicKey, Role)> {
        let named = self.ranked.iter().chain(&other.ranked).map(|ranked| ranked.person);
        let named: crate::sorted::SortedSet<PublicKey> = named.collect();
        let changed = named.into_iter().filter(|person| self.given(person) != other.given(person));
        changed.map(|person| (person, other.given(&person))).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn person(n: u8) -> PublicKey {
        PublicKey::new([n; 32])
    }

    pub(crate) fn state() -> RoomState {
        let mut state = RoomState::new(RoomId([7; 32]), Name::parse("Hiking").unwrap(), person(1));
        state.give(person(2), Role::Admin);
        state
    }

    #[test]
    fn the_bytes_are_frozen() {
        let mut state = state();
        state.timer = Some(3600);
        state.invite = Some([5; 16]);
        state.moves = Some(2);
        assert_eq!(
            hex::encode(state.to_bytes()),
            format!(
                "aa000101{}026648696b696e67036004{}050006000719{}0850{}0902",
                format_args!("5820{}", "07".repeat(32)),
                format_args!("82a2005820{}0102a2005820{}0101", "01".repeat(32), "02".repeat(32)),
                "0e10",
                "05".repeat(16)
            )
        );
        assert_eq!(RoomState::from_bytes(&state.to_bytes()), Ok(state));
    }

    #[test]
    fn a_group_is_never_without_an_owner() {
        let state = state();
        let all = Roster::of(&[(0, 3), (1, 1), (2, 2)]);
        assert_eq!([1, 2, 3].map(|n| state.role(&person(n), &all)), [Role::Owner, Role::Admin, Role::Member]);
        let without = Roster::of(&[(0, 3), (2, 2)]);
        assert_eq!([1, 2, 3].map(|n| state.role(&person(n), &without)), [Role::Member, Role::Owner, Role::Member]);
        let left = Roster::of(&[(4, 4), (7, 3)]);
        assert_eq!([3, 4].map(|n| state.role(&person(n), &left)), [Role::Member, Role::Owner]);
    }

    #[test]
    fn states_that_break_the_rules_are_refused() {
        let mut twice = state();
        twice.ranked.push(twice.ranked[1].clone());
        let mut unordered = state();
        unordered.ranked.reverse();
        let mut plain = state();
        plain.ranked[0].role = Role::Member;
        let mut long = state();
        long.description = "x".repeat(MAX_DESCRIPTION + 1);
        for bad in [twice, unordered, plain, long] {
            assert_eq!(RoomState::from_bytes(&bad.to_bytes()), Err(StateError::Malformed));
        }
        let later = RoomState { version: 2, ..state() };
        assert_eq!(RoomState::from_bytes(&later.to_bytes()), Err(StateError::Version(2)));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = RoomState::from_bytes(&bytes);
        }
    }
}
