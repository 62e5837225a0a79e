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
    for (author, to, role) in [(2, 3, Role::Admin), (2, 2, Role::Owner), (3, 3, Role::Admin), (2, 1, Role::Member)] {
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

#[test]
fn a_mover_changes_what_a_commit_of_theirs_might_and_no_more() {
    let before = state();
    let moved = |change: fn(&mut RoomState)| {
        let mut after = before.moved(&[]);
        change(&mut after);
        after
    };
    let judged = |after: &RoomState, author: u8, rank| judge_move(&before, after, &person(author), rank).map(drop);
    assert_eq!(judged(&moved(|_| {}), 2, Role::Admin), Ok(()));
    assert_eq!(judged(&moved(|_| {}), 3, Role::Member), Err(Breach::Change));
    assert_eq!(judged(&moved(|state| state.give(person(2), Role::Owner)), 2, Role::Admin), Err(Breach::Role));
    assert_eq!(judged(&moved(|state| state.give(person(1), Role::Member)), 2, Role::Admin), Err(Breach::Role));
    assert_eq!(judged(&moved(|state| state.id = RoomId([8; 32])), 1, Role::Owner), Err(Breach::Identity));
    // An owner leaves an admin behind, whose role goes with them.
    assert_eq!(judged(&before.moved(&[person(2)]), 1, Role::Owner), Ok(()));
    assert_eq!(judged(&before.moved(&[person(1)]), 2, Role::Admin), Err(Breach::Role));
}

#[test]
fn a_commit_does_not_count_moves() {
    let proposed = Proposed { state: Some(state().moved(&[])), ..by(1) };
    assert_eq!(judged(&proposed), Err(Breach::Identity));
}
