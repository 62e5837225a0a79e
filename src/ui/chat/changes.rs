//! What happened to a group, in a sentence each.

use xchat_engine::api::{Author, Body, Change, MessageView, PersonId, Role, Who};

use super::notice::timer_sentence;
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, text};

/// The sentences of a line, one after another. Empty for another kind of message. `me`: who lives in this browser.
pub fn sentences(message: &MessageView, me: Option<PersonId>) -> String {
    let by = message.author.as_ref();
    match &message.body {
        Body::Changed { changes } => {
            changes.iter().map(|change| sentence(by, change, me)).collect::<Vec<_>>().join(" ")
        }
        // From before this device was there.
        Body::Gap { from: 0, to } => fill(text().begins_here, &[("date", &clock::date_and_year(*to))]),
        Body::Gap { from, to } => {
            let now = clock::now();
            let moment = |time| format!("{}, {}", clock::day(time, now), clock::time_of_day(time));
            fill(text().gap, &[("from", &moment(*from)), ("to", &moment(*to))])
        }
        _ => String::new(),
    }
}

/// What somebody is called here.
pub(crate) fn shown_name(who: &Author) -> &str {
    if who.name.is_empty() { text().somebody } else { &who.name }
}

/// `by`: who did it; none: this person.
fn sentence(by: Option<&Author>, change: &Change, me: Option<PersonId>) -> String {
    let t = text();
    let own = |yours: &'static str, theirs: &'static str| if by.is_none() { yours } else { theirs };
    let actor = by.map_or("", shown_name);
    let said = |sentence: &'static str, key: &str, value: &str| fill(sentence, &[("by", actor), (key, value)]);
    // Of this person it speaks as of "you".
    let of = |who: &Author, you: &'static str, they: &'static str| {
        let sentence = if me == Some(who.person) { you } else { they };
        said(sentence, "name", shown_name(who))
    };
    match change {
        Change::Added { who } => of(who, t.added_you, own(t.you_added, t.added)),
        Change::Removed { who } => of(who, t.removed_you, own(t.you_removed, t.removed)),
        Change::Left { who } => of(who, t.you_left, t.left),
        Change::Renamed { name } => said(own(t.you_named, t.named), "name", name),
        Change::Pictured { on: true } => said(own(t.you_pictured, t.pictured), "name", ""),
        Change::Pictured { on: false } => said(own(t.you_unpictured, t.unpictured), "name", ""),
        Change::Described => said(own(t.you_described, t.described), "name", ""),
        Change::Role { who, role: Role::Owner } => of(who, t.you_are_owner, t.is_owner),
        Change::Role { who, role: Role::Admin } => of(who, t.you_are_admin, t.is_admin),
        Change::Role { who, role: Role::Member } => of(who, t.you_are_member, t.is_member),
        Change::MayAdd { who: Who::Everyone } => t.all_may_add.to_owned(),
        Change::MayAdd { who: Who::Admins } => t.admins_may_add.to_owned(),
        Change::MayChange { who: Who::Everyone } => t.all_may_change.to_owned(),
        Change::MayChange { who: Who::Admins } => t.admins_may_change.to_owned(),
        Change::Timer { seconds } => timer_sentence(*seconds),
        Change::Breach { who } => fill(t.breach, &[("name", shown_name(who))]),
        Change::Moved => said(own(t.you_moved, t.moved), "name", ""),
        Change::Called { was, name, alike } => {
            let said = [(!was.is_empty(), t.called), (*alike, t.alike)].into_iter().filter(|(said, _)| *said);
            let said: Vec<&str> = said.map(|(_, sentence)| sentence).collect();
            fill(&said.join(" "), &[("was", was), ("name", name)])
        }
        Change::NotReached { who } => fill(t.not_reached, &[("name", shown_name(who))]),
    }
}
