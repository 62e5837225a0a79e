//! Invite links: what one says of its group, own requests to come in, and those of others at an admin.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Command, InviteView, JoinRequestView, JoinView, Problem, Standing};

use super::{Flow, LinkState, Session};
use crate::ui::route::Route;

/// What tells an invite link from the link of a person.
const MARK: &str = "#join/";

/// What only parts of the page show. One signal for all of it, because each kind of signal is another copy of its code to download.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// What the invite link says that was opened last.
    pub(crate) invite: Option<InviteView>,
    /// The groups that this person waits to be let into.
    pub(crate) joins: Vec<JoinView>,
    /// Who asks to be let into the group whose page is open.
    pub(crate) requests: Vec<JoinRequestView>,
    /// History that comes to this device, or goes to another one.
    pub(crate) flow: Option<Flow>,
    /// The page has all its parts: what can wait may be looked at now.
    pub(crate) settled: bool,
}

/// What asks the engine to open a link.
pub(super) fn opening(link: String) -> Command {
    match link.contains(MARK) {
        true => Command::OpenInvite { link },
        false => Command::OpenLink { link },
    }
}

impl Session {
    /// What only parts of the page show.
    pub(crate) fn news(self) -> ReadSignal<News> {
        self.news.read_only()
    }

    /// All parts of the page have come.
    pub(crate) fn settle(self) {
        self.news.update(|news| news.settled = true);
    }

    /// Asks to be let into the group of a link.
    pub(crate) fn ask_to_join(self, link: String) {
        self.send(Command::AskToJoin { link });
    }

    /// Takes that back.
    pub(crate) fn withdraw_join(self, link: String) {
        self.send(Command::WithdrawJoin { link });
    }

    /// Whether the link that was opened last is the one of this place: an answer may come when another is in front already.
    pub(super) fn shows_invite(self, place: &str) -> bool {
        self.news.with_untracked(|news| news.invite.as_ref().is_some_and(|invite| invite.link.ends_with(place)))
    }

    pub(super) fn invite_is(self, invite: InviteView) {
        let inside = matches!(invite.standing, Standing::Inside(_));
        let place = invite.link.find(MARK).map(|at| Route::Join(invite.link[at..].to_owned()));
        self.news.update(|news| news.invite = Some(invite));
        // Who is in it is shown the conversation, by the word that follows.
        if inside {
            return;
        }
        self.link.set(LinkState::Idle);
        self.aside(|aside| aside.opening = None);
        // A link that was pasted has its page as well.
        if let Some(place) = place.filter(|_| self.router.now().get_untracked() == Route::New) {
            self.router.replace(place);
        }
    }

    /// A request that is gone from here was answered, taken back or given up: what is so now, the link says.
    pub(super) fn joins_are(self, joins: Vec<JoinView>) {
        let place = self.router.under().get_untracked().href();
        let is = |join: &&JoinView| join.link.ends_with(&place);
        let waited = self.news.with_untracked(|news| news.joins.iter().any(|join| is(&join)));
        let waits = joins.iter().any(|join| is(&join));
        self.news.update(|news| news.joins = joins);
        if waited && !waits {
            self.open_link(place);
        }
    }

    /// Forgets who asked: another group's page opens, or none.
    pub(super) fn forget_requests(self) {
        self.news.update(|news| news.requests = Vec::new());
    }

    pub(super) fn requests_are(self, chat: ChatId, requests: Vec<JoinRequestView>) {
        if self.shows_members(chat) {
            self.news.update(|news| news.requests = requests);
        }
    }

    /// Whether this was said of the invite link that is in front, and there is no more to say.
    pub(super) fn invite_refused(self, problem: Problem) -> bool {
        let here = matches!(self.router.under().get_untracked(), Route::Join(_));
        let opens = self.link.get_untracked() != LinkState::Idle;
        let of_it = match problem {
            Problem::InviteMissing | Problem::InviteClosed => here || opens,
            Problem::TooMany => here,
            _ => false,
        };
        if of_it {
            self.aside(|aside| aside.opening = None);
            self.link.set(LinkState::Refused(problem));
        }
        of_it
    }
}
