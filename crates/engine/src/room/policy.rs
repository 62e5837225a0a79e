//! What a commit may do, judged against the epoch before it: by its maker before it is sent, and by everybody who reads it.
//!
//! All members of an epoch have the same state and the same roster, so all come to the same judgement. What breaks the policy is
//! not merged by anybody.

use std::collections::BTreeSet;

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
    let going: BTreeSet<Device> = proposed.removals.iter().map(|removal| removal.device).collect();
    let theirs: BTreeSet<Device> =
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
    let going: BTreeSet<Device> = removals.iter().map(|removal| removal.device).collect();
    let people: BTreeSet<PublicKey> = going.iter().map(|device| device.person).collect();
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
    let people: BTreeSet<PublicKey> = adds.iter().map(|device| device.person).collect();
    let told = people.into_iter().map(|person| match roster.has(&person) {
        true if person == *author => Ok(Happened::DeviceAdded(person)),
        // Whoever is here brings further devices in by themselves.
        true => Err(Breach::ForeignDevice),
        false if rank >= Role::Admin || before.may_add == Who::Everyone => Ok(Happened::Added(person)),
        false => Err(Breach::Add),
    });
    told.collect()
}

fn judge_state(before: &RoomState, after: &RoomState, author: &PublicKey, rank: Role) -> Result<Vec<Happened>, Breach> {
    if before.id != after.id {
        return Err(Breach::Identity);
    }
    let mut happened = Vec::new();
    if before.name != after.name {
        happened.push(Happened::Renamed(after.name.as_str().to_owned()));
    }
    if before.description != after.description {
        happened.push(Happened::Described);
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
mod tests {
    use super::super::state::tests::{person, state};
    use super::*;
    use crate::card::Name;

    fn device(n: u8) -> Device {
        Device { person: person(n), key: PublicKey::new([n + 100; 32]) }
    }

    fn second(n: u8) -> Device {
        Device { person: person(n), key: PublicKey::new([n + 200; 32]) }
    }

    fn by(n: u8) -> Proposed {
        Proposed { author: person(n), adds: Vec::new(), removals: Vec::new(), state: None }
    }

    fn removes(author: u8, gone: &[u8]) -> Proposed {
        let removals = gone.iter().map(|n| removal(device(*n), author)).collect();
        Proposed { removals, ..by(author) }
    }

    fn adds(author: u8, devices: &[Device]) -> Proposed {
        let fresh = |device: &Device| Added { device: *device, made: 0, for_room: None };
        Proposed { adds: devices.iter().map(fresh).collect(), ..by(author) }
    }

    fn removal(device: Device, by: u8) -> Removal {
        Removal { device, by: person(by), made: 10 }
    }

    fn anew(device: Device) -> Added {
        Added { device, made: 11, for_room: Some(state().id) }
    }

    /// 1 is owner, 2 admin, 3 and 4 are members.
    fn roster() -> Roster {
        Roster::of(&[(0, 1), (1, 2), (2, 3), (3, 4)])
    }

    fn judged(proposed: &Proposed) -> Result<Vec<Happened>, Breach> {
        judge(&state(), &roster(), proposed)
    }

    #[test]
    fn members_are_removed_by_those_above_them_only() {
        assert_eq!(judged(&removes(1, &[2, 3])), Ok(vec![Happened::Removed(person(2)), Happened::Removed(person(3))]));
        assert_eq!(judged(&removes(2, &[3])), Ok(vec![Happened::Removed(person(3))]));
        for (author, gone) in [(2, 1), (3, 4), (3, 2), (3, 1)] {
            assert_eq!(judged(&removes(author, &[gone])), Err(Breach::Remove), "{gone} by {author}");
        }
        assert_eq!(judged(&removes(2, &[3, 1])), Err(Breach::Remove), "one that may go does not cover another");
    }

    #[test]
    fn an_admin_is_removed_by_an_owner_and_not_by_an_admin() {
        let mut state = state();
        state.give(person(3), Role::Admin);
        assert_eq!(judge(&state, &roster(), &removes(2, &[3])), Err(Breach::Remove));
        assert!(judge(&state, &roster(), &removes(1, &[3])).is_ok());
    }

    #[test]
    fn whoever_wants_to_leave_may_and_is_taken_out_by_anybody() {
        let mut leaving = by(4);
        leaving.removals = vec![removal(device(1), 1), removal(device(3), 3)];
        assert_eq!(judged(&leaving), Ok(vec![Happened::Left(person(1)), Happened::Left(person(3))]));
        leaving.removals[0].by = person(3);
        assert_eq!(judged(&leaving), Err(Breach::Remove), "in nobody else's name");
    }

    #[test]
    fn people_are_added_by_whom_the_group_lets() {
        assert_eq!(judged(&adds(3, &[device(5)])), Ok(vec![Happened::Added(person(5))]));
        let closed = RoomState { may_add: Who::Admins, ..state() };
        assert_eq!(judge(&closed, &roster(), &adds(3, &[device(5)])), Err(Breach::Add));
        assert_eq!(judge(&closed, &roster(), &adds(2, &[device(5)])), Ok(vec![Happened::Added(person(5))]));
    }

    #[test]
    fn a_member_brings_in_devices_of_their_own_and_of_nobody_else() {
        let closed = RoomState { may_add: Who::Admins, ..state() };
        assert_eq!(judge(&closed, &roster(), &adds(3, &[second(3)])), Ok(vec![Happened::DeviceAdded(person(3))]));
        assert_eq!(judged(&adds(1, &[second(3)])), Err(Breach::ForeignDevice));
    }

    #[test]
    fn any_member_may_let_a_device_in_anew_that_lost_its_keys_and_no_other_in_its_place() {
        let swap = |added: Added| judged(&Proposed { adds: vec![added], ..removes(4, &[1]) });
        assert_eq!(swap(anew(device(1))), Ok(vec![]));
        assert_eq!(swap(anew(second(1))), Err(Breach::Remove));
        assert_eq!(swap(Added { made: 10, ..anew(device(1)) }), Err(Breach::Remove), "an old request");
        assert_eq!(swap(Added { for_room: None, ..anew(device(1)) }), Err(Breach::Remove), "it did not ask");
        let elsewhere = Some(RoomId([8; 32]));
        assert_eq!(swap(Added { for_room: elsewhere, ..anew(device(1)) }), Err(Breach::OtherRoom));
        let mut plain = adds(1, &[device(5)]);
        plain.adds[0].for_room = elsewhere;
        assert_eq!(judged(&plain), Err(Breach::OtherRoom));
    }

    #[test]
    fn the_group_is_changed_by_whom_it_lets() {
        let renamed = |author| Proposed {
            state: Some(RoomState { name: Name::parse("Climbing").unwrap(), ..state() }),
            ..by(author)
        };
        let climbing = Ok(vec![Happened::Renamed("Climbing".to_owned())]);
        assert_eq!(judged(&renamed(3)), climbing);
        let closed = RoomState { may_change: Who::Admins, ..state() };
        let change = |author| {
            let name = Name::parse("Climbing").unwrap();
            let state = Some(RoomState { name, may_change: Who::Admins, ..state() });
            judge(&closed, &roster(), &Proposed { state, ..by(author) })
        };
        assert_eq!(change(3), Err(Breach::Change));
        assert_eq!(change(2), climbing);
    }

    #[test]
    fn rules_and_invite_links_are_for_admins() {
        let rules = |author| Proposed {
            state: Some(RoomState { may_add: Who::Admins, invite: Some([1; 16]), ..state() }),
            ..by(author)
        };
        assert_eq!(judged(&rules(3)), Err(Breach::Change));
        assert_eq!(judged(&rules(2)), Ok(vec![Happened::MayAdd(Who::Admins), Happened::Invite(true)]));
    }

    #[test]
    fn roles_are_given_by_owners_and_an_owner_is_unmade_by_themselves_only() {
        let gives = |author, to, role| {
            let mut after = state();
            after.give(person(to), role);
            judged(&Proposed { state: Some(after), ..by(author) })
        };
        assert_eq!(gives(1, 3, Role::Admin), Ok(vec![Happened::Role(person(3), Role::Admin)]));
        assert_eq!(gives(1, 2, Role::Owner), Ok(vec![Happened::Role(person(2), Role::Owner)]));
        assert_eq!(gives(1, 1, Role::Member), Ok(vec![Happened::Role(person(1), Role::Member)]));
        assert_eq!(gives(2, 2, Role::Member), Ok(vec![Happened::Role(person(2), Role::Member)]));
        for (author, to, role) in [(2, 3, Role::Admin), (2, 2, Role::Owner), (3, 3, Role::Admin), (2, 1, Role::Member)]
        {
            assert_eq!(gives(author, to, role), Err(Breach::Role), "{to} by {author}");
        }
        let mut two = state();
        two.give(person(2), Role::Owner);
        let mut after = two.clone();
        after.give(person(1), Role::Member);
        let coup = Proposed { state: Some(after), ..by(2) };
        assert_eq!(judge(&two, &roster(), &coup), Err(Breach::Role));
    }

    #[test]
    fn a_group_stays_the_same_group_and_within_its_size() {
        let other = RoomState::new(super::super::RoomId([8; 32]), Name::parse("Hiking").unwrap(), person(1));
        assert_eq!(judged(&Proposed { state: Some(other), ..by(1) }), Err(Breach::Identity));
        let crowd: Vec<Device> = (0..=(MAX_DEVICES - 4) as u16)
            .map(|n| {
                let mut key = [9; 32];
                key[..2].copy_from_slice(&n.to_be_bytes());
                Device { person: PublicKey::new(key), key: PublicKey::new(key) }
            })
            .collect();
        assert_eq!(judged(&adds(1, &crowd)), Err(Breach::Size));
        assert!(judged(&adds(1, &crowd[1..])).is_ok());
    }

    #[test]
    fn the_accused_is_taken_out_by_anybody_else_before_anything_else() {
        let judged = |accused: u8, proposed: &Proposed| judge_accused(&roster(), &[person(accused)], proposed);
        assert_eq!(judged(1, &removes(4, &[1])), Ok(vec![Happened::Removed(person(1))]), "an owner as well");
        assert_eq!(judged(1, &removes(1, &[1])), Err(Breach::Accused));
        assert_eq!(judged(1, &removes(4, &[1, 2])), Err(Breach::Accused));
        assert_eq!(judged(1, &by(2)), Err(Breach::Accused));
        let mut more = removes(4, &[1]);
        more.adds = adds(4, &[device(5)]).adds;
        assert_eq!(judged(1, &more), Err(Breach::Accused));
        let both = [person(1), person(2)];
        let gone = Ok(vec![Happened::Removed(person(1)), Happened::Removed(person(2))]);
        assert_eq!(judge_accused(&roster(), &both, &removes(4, &[1, 2])), gone);
        for (author, gone) in [(4, [1].as_slice()), (2, &[1, 2]), (2, &[1])] {
            assert_eq!(judge_accused(&roster(), &both, &removes(author, gone)), Err(Breach::Accused), "{author}");
        }
    }

    #[test]
    fn in_a_conversation_of_two_nobody_else_comes_in_and_each_removes_their_own() {
        let people = [person(1), person(2)];
        let judged = |proposed: &Proposed| judge_direct(&people, proposed);
        assert_eq!(judged(&adds(1, &[second(1), second(2)])), Ok(vec![]));
        assert_eq!(judged(&adds(1, &[device(3)])), Err(Breach::Add));
        assert_eq!(judged(&removes(1, &[1])), Ok(vec![]));
        assert_eq!(judged(&removes(1, &[2])), Err(Breach::Remove));
        assert_eq!(judged(&Proposed { state: Some(state()), ..by(1) }), Err(Breach::Kind));
        let mut anew = removes(1, &[2]);
        anew.adds = vec![super::tests::anew(device(2))];
        assert_eq!(judged(&anew), Err(Breach::Add), "nobody is let in anew here");
    }
}
