//! The one writer: an event of the engine, into the signals that views read.

use leptos::prelude::*;
use xchat_engine::api::{
    AccountView, Body, ChatId, ChatState, ChatView, Connection, Event, Mark, MessageView, Problem,
};

use super::joins::opening;
use super::{Flow, LinkState, Session, Stage, StorageTrouble, Unsaved};
use crate::ui::bell;
use crate::ui::browser::{focus, prefs};
use crate::ui::gate::frame::reload;
use crate::ui::i18n::{fill, text};
use crate::ui::problem;
use crate::ui::route::Route;

impl Session {
    /// Takes an event. Nothing else writes what the page knows.
    pub fn apply(self, event: Event) {
        self.is_heard(&event);
        match event {
            Event::Snapshot { account, chats, connection } => self.snapshot(account, chats, connection),
            Event::Account { account } => self.account_is(account),
            // An answer that comes after their page was left is not kept.
            Event::Words { words } => {
                if self.router.under().get_untracked() == Route::Words {
                    self.words.set(Some(words));
                }
            }
            Event::WordsChecked { right } => self.words_checked(right),
            Event::Chat { chat } => self.chat_is(chat),
            Event::ChatGone { chat } => self.chat_gone(chat),
            Event::Page { chat, messages, more, before } => self.page(chat, messages, more, before),
            Event::Message { chat, message } => self.message(chat, message),
            Event::MessageGone { chat, order } => self.message_gone(chat, order),
            Event::Cleared { chat } => self.cleared(chat),
            Event::Stored { chats } => self.stored.set(chats),
            Event::Details { .. } => self.details_are(event),
            Event::Typing { .. } => self.types(event),
            // The page shows it with the message alone. The others are heard by whoever asks for them.
            Event::Reacted { .. }
            | Event::Found { .. }
            | Event::Preview { .. }
            | Event::Blocked { .. }
            | Event::Going { .. }
            | Event::Sending { .. } => {}
            Event::Drafted { chat, draft } => self.drafted(chat, draft),
            Event::Marked { chat, upto, mark } => self.marked(chat, upto, mark),
            Event::MarkedOne { chat, order, mark } => self.marked_one(chat, order, mark),
            Event::Connection { connection } => self.connection.set(connection),
            Event::LinkOpened { chat } => self.link_opened(chat),
            Event::LinkWaiting => self.link.set(LinkState::Waiting),
            Event::Refused { problem } => self.refused(problem),
            Event::Elsewhere => {
                self.give_back();
                self.naming.set(false);
                self.stage.set(Stage::Elsewhere);
            }
            Event::Storage { problem, detail } => {
                self.naming.set(false);
                self.storage.set(Some(StorageTrouble { problem, detail }));
            }
            Event::Members { chat, members } => self.members_are(chat, members),
            Event::GroupMade { chat } => self.group_made(chat),
            Event::DeviceLink { link } => self.device_link(link),
            Event::LinkCode { code } => self.link_code(code),
            Event::LinkEnded => self.link_ended(),
            Event::Devices { devices } => self.devices_are(devices),
            Event::Picture { picture, bytes } => self.picture_is(picture, &bytes),
            Event::History { giving, chats, messages, done, of, over } => {
                self.flows(Some(Flow { giving, messages, done, of, over }));
                self.deepened(&chats);
            }
            Event::Invite { invite } => self.invite_is(invite),
            Event::Joins { joins } => self.joins_are(joins),
            Event::JoinRequests { chat, requests } => self.requests_are(chat, requests),
            Event::StorageFine => self.storage.set(None),
            Event::Written { tag } => {
                let _text = self.answered(tag);
            }
            Event::NotWritten { tag, problem } => self.not_written(tag, problem),
            Event::Fatal { detail } => {
                // The first word is the reason; a worker that ends says that it ended as well.
                if !self.stage.with_untracked(|stage| matches!(stage, Stage::Fatal(_))) {
                    self.give_back();
                    self.stage.set(Stage::Fatal(detail));
                }
            }
        }
    }

    fn snapshot(self, account: Option<AccountView>, chats: Vec<ChatView>, connection: Connection) {
        prefs::set_inhabited(account.is_some());
        self.ask_pictures();
        if account.is_none() && self.account.with_untracked(Option::is_some) {
            // All that was stored is erased, here or in another tab: what the page holds of it goes with the page.
            reload();
        }
        let joined = account.is_some() && self.account.with_untracked(Option::is_none);
        self.account.set(account);
        if self.stage.get_untracked() == Stage::Starting {
            self.restore_drafts(&chats);
        }
        self.chats.update(|held| held.replace(chats));
        self.connection.set(connection);
        if self.stage.get_untracked() != Stage::Starting {
            // What was asked of the engine before it started anew has come to nothing.
            self.naming.set(false);
            self.linking_over(joined);
            if let Some(link) = self.aside(|aside| aside.opening.clone()) {
                self.send(opening(link));
            }
        }
        self.stage.set(Stage::Ready);
        self.ask_members();
        // The engine may have started anew: what is open is asked for again and merged.
        if let Some(chat) = self.open.get_untracked() {
            self.aside(|aside| aside.seen = None);
            self.load(chat, None);
        }
        self.open_asked();
    }

    fn account_is(self, account: AccountView) {
        let known = self.account.with_untracked(Option::is_some);
        if known && self.naming.get_untracked() {
            self.toast(text().name_saved.to_owned());
        }
        self.naming.set(false);
        self.name_refused.set(false);
        prefs::set_inhabited(true);
        if !account.privacy.typing {
            self.writes_no_more(&|_| true);
        }
        if !account.words_pending {
            self.words.set(None);
        }
        self.account.set(Some(account));
        self.open_asked();
    }

    fn words_checked(self, right: bool) {
        self.words_right.set(Some(right));
        if right {
            self.account.update(|account| {
                if let Some(account) = account {
                    account.words_pending = false;
                }
            });
            self.words.set(None);
        }
    }

    fn chat_is(self, chat: ChatView) {
        let (id, first_unread, unread) = (chat.id, chat.first_unread, chat.unread);
        let before = self.chats.with_untracked(|chats| chats.find(id).map(|view| view.with_untracked(|c| c.state)));
        let accepted = before == Some(ChatState::Request) && chat.state == ChatState::Open;
        // The row's own signal tells its views; the list's only when its order changed.
        self.chats.maybe_update(|chats| chats.put(chat));
        self.show_made();
        if self.open.get_untracked() == Some(id) && self.unread_from.get_untracked().is_none() {
            let reading = self.following.get_untracked() && page_looked_at();
            if !reading && first_unread.is_some() {
                self.unread_from.set(first_unread);
            }
        }
        // What was on the screen as a request was not said to be seen: it is now.
        if accepted && self.open.get_untracked() == Some(id) {
            self.aside(|aside| aside.seen = None);
            self.look(id, unread);
        }
    }

    fn chat_gone(self, chat: ChatId) {
        self.chats.update(|chats| chats.remove(chat));
        self.drafts.update(|drafts| {
            drafts.remove(&chat);
        });
        self.set_aim(chat, None);
        self.router.leave(chat);
        // Another device, or another tab, is no news here.
        if self.aside(|aside| aside.deleting.take_if(|deleting| *deleting == chat)).is_some() {
            self.toast(text().chat_deleted.to_owned());
        }
    }

    fn page(self, chat: ChatId, messages: Vec<MessageView>, more: bool, before: Option<u64>) {
        if self.is_answered(chat, &messages, before) {
            return;
        }
        if self.open.get_untracked() == Some(chat)
            && self.history.try_update(|history| history.page(messages, more, before)).unwrap_or_default()
        {
            self.following.set(true);
        }
    }

    /// Conversations have earlier messages now than they had.
    fn deepened(self, chats: &[ChatId]) {
        let Some(open) = self.open.get_untracked().filter(|open| chats.contains(open)) else { return };
        let empty = self.history.try_update(|history| history.deepen()).unwrap_or_default();
        if empty {
            self.load(open, None);
        }
    }

    fn message(self, chat: ChatId, message: MessageView) {
        self.has_written(chat, &message);
        // What stands between messages is none, wherever it stands.
        let news = !message.mine
            && !matches!(message.body, Body::Changed { .. })
            && self.chats.with_untracked(|chats| chats.is_news(chat, message.order));
        self.chats.with_untracked(|chats| chats.message(chat, &message));
        if news {
            bell::heard(self, chat);
        }
        if message.body == Body::Deleted {
            self.aim_gone(chat, message.order);
        }
        if self.open.get_untracked() == Some(chat) {
            let following = self.following.get_untracked();
            if message.body == Body::Deleted {
                focus::go_on_from(message.order);
            }
            self.history.update(|history| history.message(message, following));
        }
    }

    fn message_gone(self, chat: ChatId, order: u64) {
        self.aim_gone(chat, order);
        if self.open.get_untracked() == Some(chat) {
            focus::go_on_from(order);
            self.history.update(|history| history.remove(order));
        }
    }

    /// The engine has answered for the message of this tag; what is left to do with its text is the caller's.
    pub(super) fn answered(self, tag: u32) -> Option<Unsaved> {
        self.aside(|aside| {
            let at = aside.unsaved.iter().position(|kept| kept.tag == tag)?;
            Some(aside.unsaved.remove(at))
        })
    }

    fn not_written(self, tag: u32, problem: Option<Problem>) {
        // Else whoever asked says what there is to say.
        let Some(kept) = self.answered(tag) else { return };
        // What cannot be answered is not tried again as an answer.
        let aim = kept.aim.filter(|_| problem.is_none());
        self.to_draft(Unsaved { aim, ..kept });
        if let Some(problem) = problem {
            self.toast(problem::sentence(problem).to_owned());
        }
    }

    /// Nothing answers for what was sent any more: it goes back to where it was written.
    fn give_back(self) {
        for kept in self.aside(|aside| std::mem::take(&mut aside.unsaved)) {
            self.to_draft(kept);
        }
    }

    /// Before what is being written there, behind what came back earlier and still stands there.
    pub(super) fn to_draft(self, Unsaved { chat, text, aim, .. }: Unsaved) {
        if let Some(aim) = aim.filter(|_| untrack(|| self.aim(chat)).is_none()) {
            self.aim_at(aim);
        }
        let written = self.drafts.with_untracked(|drafts| drafts.get(&chat).cloned()).unwrap_or_default();
        let back = self.aside(|aside| aside.returned.get(&chat).cloned()).unwrap_or_default();
        let (back, written) = match written.strip_prefix(&back) {
            Some(rest) => (back, rest.trim_start_matches('\n').to_owned()),
            None => (String::new(), written),
        };
        let back = paragraphs(back, &text);
        self.draft(chat, paragraphs(back.clone(), &written));
        self.aside(|aside| _ = aside.returned.insert(chat, back));
    }

    fn marked(self, chat: ChatId, upto: u64, mark: Mark) {
        self.chats.with_untracked(|chats| chats.raise(chat, upto, mark));
        if self.open.get_untracked() == Some(chat) {
            self.history.with_untracked(|history| history.raise(upto, mark));
        }
    }

    fn marked_one(self, chat: ChatId, order: u64, mark: Mark) {
        self.chats.with_untracked(|chats| chats.mark(chat, order, mark));
        if self.open.get_untracked() == Some(chat) {
            self.history.with_untracked(|history| history.mark(order, mark));
        }
    }

    fn link_opened(self, chat: ChatId) {
        let asked = self.link.get_untracked() != LinkState::Idle;
        self.link.set(LinkState::Idle);
        self.aside(|aside| aside.opening = None);
        let waiting_here = match self.router.now().get_untracked() {
            Route::New | Route::Add(_) => true,
            Route::Join(place) => self.shows_invite(&place),
            _ => false,
        };
        if waiting_here {
            self.router.replace(Route::Chat(chat));
        } else if asked {
            let name = self
                .chats
                .with_untracked(|chats| chats.find(chat))
                .map(|view| view.with_untracked(|chat| chat.name.clone()))
                .unwrap_or_default();
            self.toast(fill(text().person_added, &[("name", &name)]));
        }
    }

    fn refused(self, problem: Problem) {
        if self.link_refused(problem) || self.invite_refused(problem) {
            return;
        }
        match problem {
            Problem::Name => {
                self.naming.set(false);
                self.name_refused.set(true);
            }
            Problem::NotALink
            | Problem::LinkDamaged
            | Problem::LinkIsOwn
            | Problem::LinkElsewhere
            | Problem::CardMissing
            | Problem::CardFalse => {
                self.aside(|aside| aside.opening = None);
                self.link.set(LinkState::Refused(problem));
            }
            // The snapshot that follows shows the account.
            Problem::AccountExists => self.naming.set(false),
            Problem::WordsGone => {
                self.words.set(None);
                self.toast(problem::sentence(problem).to_owned());
            }
            Problem::Text
            | Problem::NoChat
            | Problem::RowDamaged
            | Problem::NotAllowed
            | Problem::Removed
            | Problem::Offline
            | Problem::NotAMember
            | Problem::Unreachable
            | Problem::NoMessage
            | Problem::NotAuthor
            | Problem::Emoji
            | Problem::Picture
            | Problem::Poll
            | Problem::TooMany
            | Problem::InviteMissing
            | Problem::InviteClosed
            | Problem::NotSent => {
                self.toast(problem::sentence(problem).to_owned());
            }
        }
    }

    /// Opens the link that the page was visited with, once somebody lives here.
    fn open_asked(self) {
        let here = self.account.with_untracked(Option::is_some);
        if !here {
            return;
        }
        if let Some(link) = self.aside(|aside| aside.asked.take()) {
            self.open_link(link);
        }
    }

    /// Keeps a link until it can be opened, which may be now.
    pub(crate) fn ask_link(self, link: String) {
        self.aside(|aside| aside.asked = Some(link));
        if self.stage.get_untracked() == Stage::Ready {
            self.open_asked();
        }
    }
}

/// Whether the page is in front.
pub(crate) fn page_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Whether the page is in front, and neither a dialog nor a menu lies over it.
pub(crate) fn page_looked_at() -> bool {
    page_visible() && document().query_selector("dialog[open], .scrim").is_ok_and(|over| over.is_none())
}

/// One text under the other, with a blank line between two that are not empty.
fn paragraphs(mut above: String, below: &str) -> String {
    if !above.is_empty() && !below.is_empty() {
        above.push_str("\n\n");
    }
    above + below
}
