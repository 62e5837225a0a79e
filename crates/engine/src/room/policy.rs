//! What a commit may do, judged against the epoch before it: by its maker before it is sent, and by everybody who reads it.
//!
//! All members of an epoch have the same state and the same roster, so all come to the same judgement. What breaks the policy is
//! not merged by anybody.

use crate::sorted::SortedSet;

use thiserror::Error;
use xchat_wire::PublicKey;

use super::{Device, Happened, Role, RoomId, RoomState, Roster, Who};

/// Most devices in a group.
pub(crate) const MAX_DEVICES: usize = 1000;

/// Why a commit is refused: what its author had no right to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Breach {
    #[error("its author may not add people")]
    Add,
    #[error("it adds a device to somebody else")]
    ForeignDevice,
    #[error("it adds a leaf that was made for another group")]
    OtherRoom,
    #[error("its author may not remove them")]
    Remove,
    #[error("its author may not change the group")]
    Change,
    #[error("its author may not give roles")]
    Role,
    #[error("it makes the group into another one")]
    Identity,
    #[error("it does what no group of this kind allows")]
    Kind,
    #[error("the group would be too large")]
    Size,
    #[error("it does something else than to take out whoever broke the policy")]
    Accused,
}

/// A device that is to go, and who proposed it: the commit's author, or a member in a proposal of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) device: Device,
    pub(crate) by: PublicKey,
    /// When the leaf was made, by its device's clock.
    pub(crate) made: u64,
}

/// A device that is to come in, with what its new leaf says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) device: Device,
    /// When the leaf was made, by its device's clock.
    pub(crate) made: u64,
    /// The one group that it may come into, where the device asked to be let in anew.
    pub(crate) for_room: Option<RoomId>,
}

/// What a commit does beside renewing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposed {
    pub(crate) author: PublicKey,
    pub(crate) adds: Vec<Added>,
    pub(crate) removals: Vec<Removal>,
    /// The state that it sets.
    pub(crate) state: Option<RoomState>,
}

impl Proposed {
    /// Takes out devices that go and come again in the same commit because they asked for it: one that lost its keys is let in anew,
    /// by any member. Its new leaf, which it signed, names this group and is younger than the one that goes.
    fn without_renewals(&self, room: &RoomId) -> (Vec<Device>, Vec<Removal>) {
        let renews = |added: &Added, removal: &Removal| {
            added.device == removal.device && added.for_room == Some(*room) && added.made > removal.made
        };
        let renewed = |removal: &Removal| self.adds.iter().any(|added| renews(added, removal));
        let renewal = |added: &Added| self.removals.iter().any(|removal| renews(added, removal));
        let adds = self.adds.iter().filter(|added| !renewal(added)).map(|added| added.device).collect();
        let removals = self.removals.iter().filter(|removal| !renewed(removal)).copied().collect();
        (adds, removals)
    }
}

/// Judges a commit in a conversation of two: each side may add and remove devices of its own.
pub(crate) fn judge_direct(people: &[PublicKey], proposed: &Proposed) -> Result<Vec<Happened>, Breach> {
    if proposed.state.is_some() {
        return Err(Breach::Kind);
    }
    if proposed.adds.iter().any(|added| !people.contains(&added.device.person) || added.for_room.is_some()) {
        return Err(Breach::Add);
    }
    match proposed.removals.iter().all(|removal| removal.device.person == removal.by) {
        true => Ok(Vec::new()),
        false => Err(Breach::Remove),
    }
}

/// Judges the first commit of a log that the members fell back to: it takes out all devices of the accused, whoever makes it but
/// them, and does nothing else. All who can read it have seen what they did.
pub(crate) fn judge_accused(
    roster: &Roster,
    accused: &[PublicKey],
    proposed: &Proposed,
) -> Result<Vec<Happened>, Breach> {
    let going: SortedSet<Device> = proposed.removals.iter().map(|removal| removal.device).collect();
    let theirs: SortedSet<Device> =
        accused.iter().flat_map(|person| roster.of_person(person)).map(|leaf| leaf.device).collect();
    let just_this = proposed.adds.is_empty() && proposed.state.is_none() && going == theirs;
    match just_this && !accused.contains(&proposed.author) {
        true => Ok(accused.iter().copied().map(Happened::Removed).collect()),
        false => Err(Breach::Accused),
    }
}

/// Judges a commit in a group, and says what it does.
pub(crate) fn judge(before: &RoomState, roster: &Roster, proposed: &Proposed) -> Result<Vec<Happened>, Breach> {
    let rank = before.role(&proposed.author, roster);
    if proposed.adds.iter().any(|added| added.for_room.is_some_and(|room| room != before.id)) {
        return Err(Breach::OtherRoom);
    }
    let (adds, removals) = proposed.without_renewals(&before.id);
    let mut happened = judge_removals(before, roster, &removals)?;
    happened.extend(judge_adds(before, roster, &proposed.author, rank, &adds)?);
    if roster.leaves().len() + proposed.adds.len() > MAX_DEVICES + proposed.removals.len() {
        return Err(Breach::Size);
    }
    if let Some(after) = &proposed.state {
        happened.extend(judge_state(before, after, &proposed.author, rank)?);
    }
    Ok(happened)
}

fn judge_removals(before: &RoomState, roster: &Roster, removals: &[Removal]) -> Result<Vec<Happened>, Breach> {
    for removal in removals {
        let (theirs, ours) = (before.role(&removal.device.person, roster), before.role(&removal.by, roster));
        let own = removal.device.person == removal.by;
        if !own && (ours < Role::Admin || ours <= theirs) {
            return Err(Breach::Remove);
        }
    }
    let going: SortedSet<Device> = removals.iter().map(|removal| removal.device).collect();
    let people: SortedSet<PublicKey> = going.iter().map(|device| device.person).collect();
    let told = people.into_iter().map(|person| {
        let whole = roster.of_person(&person).all(|leaf| going.contains(&leaf.device));
        let own = removals.iter().any(|removal| removal.device.person == person && removal.by == person);
        match (whole, own) {
            (true, true) => Happened::Left(person),
            (true, false) => Happened::Removed(person),
            (false, _) => Happened::DeviceRemoved(person),
        }
    });
    Ok(told.collect())
}

fn judge_adds(
    before: &RoomState,
    roster: &Roster,
    author: &PublicKey,
    rank: Role,
    adds: &[Device],
) -> Result<Vec<Happened>, Breach> {
    let people: SortedSet<PublicKey> = adds.iter().map(|device| device.person).collect();
    let told = people.into_iter().map(|person| match roster.has(&person) {
        true if person == *author => Ok(Happened::DeviceAdded(person)),
        // Whoever is here brings further devices in by themselves.
        true => Err(Breach::ForeignDevice),
        false if rank >= Role::Admin || before.may_add == Who::Everyone => Ok(Happened::Added(person)),
        false => Err(Breach::Add),
    });
    told.collect()
}

/// Judges the state that a group has in a fresh one against the state before: the mover may change what a commit of theirs might.
pub(crate) fn judge_move(
    before: &RoomState,
    after: &RoomState,
    author: &PublicKey,
    rank: Role,
) -> Result<Vec<Happened>, Breach> {
    if rank < Role::Admin {
        return Err(Breach::Change);
    }
    judge_state(before, &RoomState { moves: before.moves, ..after.clone() }, author, rank)
}

fn judge_state(before: &RoomState, after: &RoomState, author: &PublicKey, rank: Role) -> Result<Vec<Happened>, Breach> {
    if (before.id, before.moves) != (after.id, after.moves) {
        return Err(Breach::Identity);
    }
    let mut happened = Vec::new();
    if before.name != after.name {
        happened.push(Happened::Renamed(after.name.as_str().to_owned()));
    }
    if before.description != after.description {
        happened.push(Happened::Described);
    }
    if before.picture != after.picture {
        happened.push(Happened::Pictured(after.picture.is_some()));
    }
    if before.timer != after.timer {
        happened.push(Happened::Timer(after.timer));
    }
    if !happened.is_empty() && rank < Role::Admin && before.may_change != Who::Everyone {
        return Err(Breach::Change);
    }
    let rules = happened.len();
    if before.may_add != after.may_add {
        happened.push(Happened::MayAdd(after.may_add));
    }
    if before.may_change != after.may_change {
        happened.push(Happened::MayChange(after.may_change));
    }
    if before.invite != after.invite {
        happened.push(Happened::Invite(after.invite.is_some()));
    }
    if happened.len() > rules && rank < Role::Admin {
        return Err(Breach::Change);
    }
    for (person, role) in before.roles_in(after) {
        // An owner is made by owners, and unmade by nobody but themselves.
        let given = before.given(&person);
        let own = person == *author && role < given;
        if !own && (rank < Role::Owner || given == Role::Owner) {
            return Err(Breach::Role);
        }
        happened.push(Happened::Role(person, role));
    }
    Ok(happened)
}

#[cfg(test)]
mod tests;
