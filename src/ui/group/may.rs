//! What a person may do in a group, by the policy of its state: the same that every engine judges commits by.

use xchat_engine::api::{GroupView, MemberView, OutView, Role, Who};

/// Something to do about a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Gives them this role.
    Give(Role),
    /// Takes them out.
    Remove,
}

fn may(group: &GroupView, who: Who) -> bool {
    group.out.is_none() && (group.role >= Role::Admin || who == Who::Everyone)
}

/// Bring people in.
pub fn may_add(group: &GroupView) -> bool {
    may(group, group.may_add)
}

/// Change name and description.
pub fn may_change(group: &GroupView) -> bool {
    may(group, group.may_change)
}

/// Say what members may do.
pub fn may_rule(group: &GroupView) -> bool {
    may(group, Who::Admins)
}

/// Hand the invite link out, and answer who asks by it.
pub fn may_invite(group: &GroupView) -> bool {
    may(group, Who::Admins)
}

/// Move it to a fresh one. Who has lost the group may as well: there it is the way on.
pub fn may_move(group: &GroupView) -> bool {
    group.role >= Role::Admin && group.out.as_ref().is_none_or(|out| *out == OutView::Lost)
}

/// What somebody of this role may do about a member of a group with so many owners.
pub fn offers(own: Role, owners: usize, member: &MemberView) -> Vec<Offer> {
    if member.me {
        // The only owner would get the role back at once, or hand it to whom nobody chose.
        let can = own == Role::Admin || (own == Role::Owner && owners > 1);
        return can.then_some(Offer::Give(Role::Member)).into_iter().collect();
    }
    let mut offers = Vec::new();
    if own == Role::Owner {
        // An owner is unmade by nobody but themselves.
        match member.role {
            Role::Owner => {}
            Role::Admin => offers.extend([Offer::Give(Role::Member), Offer::Give(Role::Owner)]),
            Role::Member => offers.extend([Offer::Give(Role::Admin), Offer::Give(Role::Owner)]),
        }
    }
    if own >= Role::Admin && own > member.role {
        offers.push(Offer::Remove);
    }
    offers
}
