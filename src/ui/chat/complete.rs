//! Whom to mention: members of the group whose name begins with what was typed after an `@`. The field keeps the focus; its keys
//! move in the list.

use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;
use xchat_engine::api::{ChatId, MemberView};

use super::acts;
use crate::ui::browser::{letters, write::write};
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::part::Place;
use crate::ui::session::mention::{Picked, asked};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::pick::face;

/// Names the list for the field.
pub(super) const LIST: &str = "mentions";
/// Rows that are offered at once.
const MOST: usize = 5;

/// The completion of one field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Complete {
    id: ChatId,
    session: Session,
    /// What stands before the caret; empty where nobody is mentioned.
    before: RwSignal<String>,
    at: RwSignal<usize>,
    found: Memo<Vec<MemberView>>,
}

/// Members whose name, or a word of it, begins so.
fn found(members: &[MemberView], typed: &str) -> Vec<MemberView> {
    let typed = letters::lower(typed);
    let fits = |member: &&MemberView| {
        let name = letters::lower(&member.name);
        let begins = name.starts_with(&typed) || name.split(' ').any(|word| word.starts_with(&typed));
        begins && !member.me && !name.is_empty()
    };
    members.iter().filter(fits).take(MOST).cloned().collect()
}

impl Complete {
    /// For a group's field; in a conversation of two it offers nobody.
    pub(super) fn new(id: ChatId, group: bool) -> Self {
        let session = use_session();
        let before = RwSignal::new(String::new());
        let seeks = flag(move || group && before.with(|before| asked(before).is_some()));
        Effect::new(move |asked: Option<bool>| {
            let asked = asked.unwrap_or_default();
            if seeks.get() && !asked {
                session.show_members(id);
                return true;
            }
            asked
        });
        on_cleanup(move || session.hide_members(id));
        let found = Memo::new(move |_| {
            let members = session.members();
            before.with(|before| match asked(before).filter(|_| seeks.get()) {
                Some((_, typed)) => members.with(|members| found(members, typed)),
                None => Vec::new(),
            })
        });
        Self { id, session, before, at: RwSignal::new(0), found }
    }

    /// The field was typed in, or its caret moved.
    pub(super) fn look(self, input: &HtmlTextAreaElement) {
        let value = input.value();
        let caret = input.selection_start().ok().flatten().unwrap_or_default();
        let units: Vec<u16> = value.encode_utf16().take(caret as usize).collect();
        self.before.set(String::from_utf16_lossy(&units));
        self.at.set(0);
    }

    /// Offers nobody, until the field is typed in again.
    pub(super) fn leave(self) {
        self.before.set(String::new());
    }

    /// The row that is pointed at, for the field. None: nobody is offered.
    pub(super) fn active(self) -> Option<String> {
        let offered = self.found.with(|found| !found.is_empty());
        offered.then(|| format!("{LIST}-{}", self.at.get()))
    }

    /// Takes a key of the field. Answers whether it was one of the list's.
    pub(super) fn key(self, key: &str, input: Option<HtmlTextAreaElement>) -> bool {
        let rows = self.found.with_untracked(Vec::len);
        let at = self.at.get_untracked();
        if rows == 0 {
            return false;
        }
        match key {
            "ArrowDown" => self.at.set((at + 1) % rows),
            "ArrowUp" => self.at.set((at + rows - 1) % rows),
            "Enter" | "Tab" => self.choose(at, input),
            "Escape" => self.leave(),
            _ => return false,
        }
        true
    }

    /// Writes a name in place of what was typed of it.
    fn choose(self, at: usize, input: Option<HtmlTextAreaElement>) {
        let Some(member) = self.found.with_untracked(|found| found.get(at).cloned()) else { return };
        let Some(input) = input else { return };
        let before = self.before.get_untracked();
        let Some((start, _)) = asked(&before) else { return };
        let units = |text: &str| text.encode_utf16().count();
        let spaced = input.value().get(before.len()..).is_some_and(|after| after.starts_with(' '));
        let place = (units(&before[..start]), units(&before) + usize::from(spaced));
        let written = format!("@{} ", member.name);
        self.session.pick(self.id, Picked { name: member.name, address: member.address });
        write(&input, place, &written);
        self.leave();
    }

    /// Where the list stands. It is of another part, which is here by the time that somebody types.
    pub(super) fn list(self, input: NodeRef<leptos::html::Textarea>) -> AnyView {
        let offers = flag(move || self.found.with(|found| !found.is_empty()));
        (move || offers.get().then(|| acts::open(Place::Strip, acts::Screen::Mentions(self, input)))).into_any()
    }

    /// The list.
    pub(super) fn rows(self, input: NodeRef<leptos::html::Textarea>) -> AnyView {
        let row = move |(at, member): (usize, MemberView)| {
            let press = move |event: leptos::ev::MouseEvent| {
                // The field keeps the focus.
                event.prevent_default();
                self.choose(at, input.get_untracked());
            };
            view! {
                <li
                    class="setting"
                    id=format!("{LIST}-{at}")
                    role="option"
                    aria-selected=move || if self.at.get() == at { "true" } else { "false" }
                    on:mousedown=press
                >
                    {face(&member.name, &member, "")}
                </li>
            }
            .into_any()
        };
        view! {
            <ul class="mentions" id=LIST role="listbox" aria-label=text().mention>
                {move || self.found.get().into_iter().enumerate().map(row).collect_view()}
            </ul>
        }
        .into_any()
    }
}
