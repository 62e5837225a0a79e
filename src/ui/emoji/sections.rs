//! What the picker shows under which heading.

use super::data::{Data, Emoji};
use super::kept;
use crate::ui::i18n::later;

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) emoji: Vec<Emoji>,
    /// As they are, whatever the skin tone now: they were used so.
    pub(super) signs: Vec<String>,
}

/// What there is to see: what was searched for, or everything.
pub(super) fn sections(data: &Data, typed: &str) -> Vec<Section> {
    let t = later();
    if !typed.trim().is_empty() {
        return vec![Section { title: t.emoji_found, emoji: data.find(typed), signs: Vec::new() }];
    }
    let (signs, last) = kept::last().into_iter().filter_map(|sign| data.of(&sign).map(|emoji| (sign, emoji))).unzip();
    let last = Section { title: t.emoji_last, emoji: last, signs };
    let title = |number: u8| match number {
        0 => t.emoji_smileys,
        1 => t.emoji_people,
        3 => t.emoji_nature,
        4 => t.emoji_food,
        5 => t.emoji_places,
        6 => t.emoji_activities,
        7 => t.emoji_objects,
        8 => t.emoji_symbols,
        _ => t.emoji_flags,
    };
    let group =
        |(number, emoji): &(u8, Vec<Emoji>)| Section { title: title(*number), emoji: emoji.clone(), signs: Vec::new() };
    let last = Some(last).filter(|last| !last.emoji.is_empty());
    last.into_iter().chain(data.groups.iter().map(group)).collect()
}
