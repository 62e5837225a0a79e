//! Groups: making one, its page, who is in it and what may be done about it.
//!
//! What is offered follows the group's policy (`may`), so that nobody is shown a button that is refused. The engine judges
//! again when it is pressed, and the other members' engines when its commit arrives.

mod add;
mod edit;
mod fresh;
mod invite;
pub mod may;
mod member;
mod members;
mod new;
mod page;
mod parting;
mod requests;
mod rules;

pub(crate) use fresh::MoveDialog;
pub(crate) use new::NewGroup;
pub(crate) use page::GroupPage;
pub(crate) use requests::Asks;
use xchat_engine::api::{ChatId, GroupView, PersonId};

use crate::ui::i18n::{fill, text};
use crate::ui::session::Contact;

/// "3 people".
pub(crate) fn count_of_people(people: u32) -> String {
    match people {
        1 => text().one_person.to_owned(),
        many => fill(text().many_people, &[("count", &many.to_string())]),
    }
}

/// The people of the conversations that were chosen.
fn people(contacts: &[Contact], chosen: &[ChatId]) -> Vec<PersonId> {
    contacts.iter().filter(|contact| chosen.contains(&contact.chat)).map(|contact| contact.person).collect()
}

/// A line about a group: its description, else how many are in it.
pub(crate) fn about(group: &GroupView) -> String {
    match group.description.is_empty() {
        true => count_of_people(group.people),
        false => group.description.clone(),
    }
}
