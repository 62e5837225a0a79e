//! Groups: what a person can ask of them, and what the engine answers.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Command, GroupChange, MemberView, PersonId};

use super::Session;
use crate::ui::route::Route;

impl Session {
    /// Who lives in this browser, once it is known.
    pub(crate) fn me(self) -> Option<PersonId> {
        self.account.with_untracked(|account| account.as_ref().map(|account| account.person))
    }

    /// Who is in the group whose page is open: this person first, then by role and name.
    pub(crate) fn members(self) -> ReadSignal<Vec<MemberView>> {
        self.members.read_only()
    }

    /// The page of a group opens: asks who is in it, and who wants to be.
    pub(crate) fn show_members(self, chat: ChatId) {
        self.aside(|aside| aside.members_of = Some(chat));
        self.members.set(Vec::new());
        self.forget_requests();
        self.ask_members();
    }

    /// It was left, unless another was opened meanwhile.
    pub(crate) fn hide_members(self, chat: ChatId) {
        if self.shows_members(chat) {
            self.aside(|aside| aside.members_of = None);
            self.members.set(Vec::new());
        }
    }

    /// Whether the page of this group is open.
    pub(super) fn shows_members(self, chat: ChatId) -> bool {
        self.aside(|aside| aside.members_of) == Some(chat)
    }

    pub(super) fn ask_members(self) {
        if let Some(chat) = self.aside(|aside| aside.members_of) {
            self.send(Command::Members { chat });
            self.send(Command::JoinRequests { chat });
        }
    }

    pub(super) fn members_are(self, chat: ChatId, members: Vec<MemberView>) {
        if self.shows_members(chat) {
            self.members.set(members);
        }
    }

    /// Makes a group with these contacts; its conversation opens when it is there.
    pub(crate) fn create_group(self, name: String, people: Vec<PersonId>) {
        self.send(Command::CreateGroup { name, people });
    }

    pub(super) fn group_made(self, chat: ChatId) {
        self.aside(|aside| aside.made = Some(chat));
        self.show_made();
    }

    /// Opens the group that was made. Its conversation may come after the word that it was made.
    pub(super) fn show_made(self) {
        let here = |id: &ChatId| self.chats.with_untracked(|chats| chats.find(*id).is_some());
        let Some(chat) = self.aside(|aside| aside.made).filter(here) else { return };
        self.aside(|aside| aside.made = None);
        if self.router.now().get_untracked().is_dialog() {
            self.router.replace(Route::Chat(chat));
        } else {
            self.router.go(Route::Chat(chat));
        }
    }

    /// Wants something of a group.
    pub(crate) fn change_group(self, chat: ChatId, change: GroupChange) {
        self.send(Command::ChangeGroup { chat, change });
    }

    /// Leaves a group.
    pub(crate) fn leave_group(self, chat: ChatId) {
        self.send(Command::LeaveGroup { chat });
    }
}
