//! What happened to a group, in a sentence each.

use xchat_engine::api::{Author, Body, Change, MessageView, Role, Who};

use super::notice::timer_sentence;
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, text};

/// The sentences of a line, one after another. Empty for another kind of message.
pub(crate) fn sentences(message: &MessageView) -> String {
    let by = message.author.as_ref();
    match &message.body {
        Body::Changed { changes } => changes.iter().map(|change| sentence(by, change)).collect::<Vec<_>>().join(" "),
        Body::Gap { from, to } => {
            let now = clock::now();
            let moment = |time| format!("{}, {}", clock::day(time, now), clock::time_of_day(time));
            fill(text().gap, &[("from", &moment(*from)), ("to", &moment(*to))])
        }
        _ => String::new(),
    }
}

fn name(who: &Author) -> &str {
    if who.name.is_empty() { text().somebody } else { &who.name }
}

/// `by`: who did it; none: this person.
fn sentence(by: Option<&Author>, change: &Change) -> String {
    let t = text();
    let own = |yours: &'static str, theirs: &'static str| if by.is_none() { yours } else { theirs };
    let actor = by.map_or("", name);
    let said = |sentence: &'static str, key: &str, value: &str| fill(sentence, &[("by", actor), (key, value)]);
    match change {
        Change::Added { who } => said(own(t.you_added, t.added), "name", name(who)),
        Change::Removed { who } => said(own(t.you_removed, t.removed), "name", name(who)),
        Change::Left { who } => fill(t.left, &[("name", name(who))]),
        Change::Renamed { name } => said(own(t.you_named, t.named), "name", name),
        Change::Described => said(own(t.you_described, t.described), "name", ""),
        Change::Role { who, role } => {
            let sentence = match role {
                Role::Owner => t.is_owner,
                Role::Admin => t.is_admin,
                Role::Member => t.is_member,
            };
            fill(sentence, &[("name", name(who))])
        }
        Change::MayAdd { who: Who::Everyone } => t.all_may_add.to_owned(),
        Change::MayAdd { who: Who::Admins } => t.admins_may_add.to_owned(),
        Change::MayChange { who: Who::Everyone } => t.all_may_change.to_owned(),
        Change::MayChange { who: Who::Admins } => t.admins_may_change.to_owned(),
        Change::Timer { seconds } => timer_sentence(*seconds),
        Change::Breach { who } => fill(t.breach, &[("name", name(who))]),
    }
}
