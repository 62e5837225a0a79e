//! What the page knows of the engine, and what a person can ask of it.
//!
//! Data path: `Event` -> `Session::apply` (the only writer) -> signals -> views; verbs -> `Command` -> port.
//! `Session` is a `Copy` handle; its signals are flat and leave it only as read signals. It must never hold a secret:
//! the twelve words are here only while their page is open.

mod apply;
mod arrange;
mod chats;
mod chosen;
mod devices;
mod files;
mod found;
mod groups;
mod history;
mod joins;
mod marks;
pub mod mention;
mod pace;
mod pictures;
mod seek;
mod talk;
mod typing;
mod verbs;

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use xchat_engine::api::{
    AccountView, ChatId, ChatView, Command, Connection, DeviceView, MemberView, Problem, SortedMap, StorageProblem,
    StoredView,
};

use self::mention::Picked;
use super::route::Router;
pub(crate) use apply::{page_looked_at, page_visible};
pub use chats::{Chats, Contact};
pub(crate) use devices::Flow;
pub use devices::Linking;
pub use history::{Entry, History, MAX_SHOWN, PIECE, STEP, Shape};
pub use marks::raised;
pub(crate) use pictures::{Source, data_address};
pub use seek::Place;
use talk::About;
pub(crate) use talk::{Aim, can_edit};
use typing::Writer;
pub(crate) use verbs::TOAST_TIME;

/// How far the page has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// No snapshot yet.
    Starting,
    /// The engine answers.
    Ready,
    /// Another tab holds the device.
    Elsewhere,
    /// The engine stopped; technical words.
    Fatal(String),
}

/// What became of a contact link that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing was asked.
    Idle,
    /// The engine reads it.
    Opening,
    /// It is fine and waits for a connection.
    Waiting,
    /// It cannot be used.
    Refused(Problem),
}

/// What is wrong with storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageTrouble {
    /// The kind.
    pub problem: StorageProblem,
    /// Technical words.
    pub detail: String,
}

/// A sentence that shows for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Tells it from others.
    pub id: u32,
    /// The sentence.
    pub text: String,
}

/// A message on its way to the engine's storage.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unsaved {
    tag: u32,
    chat: ChatId,
    text: String,
    /// What it answers.
    aim: Option<Aim>,
}

/// The way to the engine.
type Way = Rc<dyn Fn(Command)>;

/// What the page keeps and no view shows. All of it behind one handle: each other one is code to download.
#[derive(Default)]
struct Aside {
    port: Option<Way>,
    /// Counts whatever is told apart by a number: texts on their way, searches, timers, toasts.
    tag: u32,
    /// The conversation that the engine was last told of typing in, and when.
    told_typing: Option<(ChatId, u64)>,
    /// Who was picked to be mentioned in what is written, by conversation.
    picked: Vec<(ChatId, Picked)>,
    /// Who looks for messages.
    ears: Vec<found::Ear>,
    /// What a part of the page keeps by conversation, and nobody else reads.
    by_part: Vec<(ChatId, Rc<dyn std::any::Any>)>,
    /// The group whose page is open.
    members_of: Option<ChatId>,
    /// A group that was made, until its conversation is here.
    made: Option<ChatId>,
    /// Sent to the engine and not yet stored: kept in case that fails.
    unsaved: Vec<Unsaved>,
    /// What was given back of it and stands at the beginning of a draft.
    returned: SortedMap<ChatId, String>,
    /// Counts what was typed; and the conversation whose draft the engine has not heard of.
    keeping: (u32, Option<ChatId>),
    /// The conversation that was deleted here and is not gone yet.
    deleting: Option<ChatId>,
    /// The link that is being opened: asked for again when the engine starts anew.
    opening: Option<String>,
    /// The conversation and the order that were said to be seen last.
    seen: Option<(ChatId, u64)>,
    /// The link that the page was visited with, until somebody lives here.
    asked: Option<String>,
    /// What this frame has taken of the engine's events. None: none for a while.
    frame: Option<pace::Frame>,
}

/// The handle.
#[derive(Clone, Copy)]
pub struct Session {
    router: Router,
    aside: StoredValue<Rc<RefCell<Aside>>, LocalStorage>,
    stage: RwSignal<Stage>,
    account: RwSignal<Option<AccountView>>,
    chats: RwSignal<Chats>,
    connection: RwSignal<Connection>,
    storage: RwSignal<Option<StorageTrouble>>,
    open: RwSignal<Option<ChatId>>,
    history: RwSignal<History>,
    unread_from: RwSignal<Option<u64>>,
    following: RwSignal<bool>,
    /// Told whenever what lay over the conversation has gone.
    bared: RwSignal<()>,
    words: RwSignal<Option<Vec<String>>>,
    words_right: RwSignal<Option<bool>>,
    link: RwSignal<LinkState>,
    name_refused: RwSignal<bool>,
    naming: RwSignal<bool>,
    drafts: RwSignal<SortedMap<ChatId, String>>,
    /// What the messages that are being written are about, one of a conversation at most.
    aims: RwSignal<Vec<Aim>>,
    /// Notifications are offered.
    offers_notices: RwSignal<bool>,
    /// Who is writing.
    writers: RwSignal<Vec<Writer>>,
    /// The message of the open conversation that the reader wants to be at.
    sought: RwSignal<Option<u64>>,
    /// Its messages that are chosen.
    chosen: RwSignal<Option<Vec<u64>>>,
    /// What is known of the message that was asked about last.
    known: RwSignal<Option<About>>,
    /// The conversation that is being searched.
    searched: RwSignal<Option<ChatId>>,
    toasts: RwSignal<Vec<Toast>>,
    pictures: pictures::Pictures,
    /// Who is in the group whose page is open.
    members: RwSignal<Vec<MemberView>>,
    devices: RwSignal<Vec<DeviceView>>,
    linking: RwSignal<Linking>,
    /// This device was removed, and its person reads what is left on it.
    reads_on: RwSignal<bool>,
    news: RwSignal<joins::News>,
    /// What conversations take, as it was when it was asked for.
    stored: RwSignal<Vec<StoredView>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// A page without an engine yet.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            aside: StoredValue::new_local(Rc::default()),
            stage: RwSignal::new(Stage::Starting),
            account: RwSignal::new(None),
            chats: RwSignal::new(Chats::default()),
            connection: RwSignal::new(Connection::Connecting),
            storage: RwSignal::new(None),
            open: RwSignal::new(None),
            history: RwSignal::new(History::default()),
            unread_from: RwSignal::new(None),
            following: RwSignal::new(true),
            bared: RwSignal::new(()),
            words: RwSignal::new(None),
            words_right: RwSignal::new(None),
            link: RwSignal::new(LinkState::Idle),
            name_refused: RwSignal::new(false),
            naming: RwSignal::new(false),
            drafts: RwSignal::new(SortedMap::new()),
            aims: RwSignal::new(Vec::new()),
            offers_notices: RwSignal::new(false),
            writers: RwSignal::new(Vec::new()),
            sought: RwSignal::new(None),
            chosen: RwSignal::new(None),
            known: RwSignal::new(None),
            searched: RwSignal::new(None),
            toasts: RwSignal::new(Vec::new()),
            pictures: pictures::Pictures::new(),
            members: RwSignal::new(Vec::new()),
            devices: RwSignal::new(Vec::new()),
            linking: RwSignal::new(Linking::Idle),
            reads_on: RwSignal::new(false),
            news: RwSignal::new(joins::News::default()),
            stored: RwSignal::new(Vec::new()),
        }
    }

    /// Gives it the way to the engine.
    pub fn connect(self, port: impl Fn(Command) + 'static) {
        self.aside(|aside| aside.port = Some(Rc::new(port)));
    }

    /// Reads and changes what is kept aside. A timer may come when the page is gone: what it changes then is nobody's.
    fn aside<T>(self, with: impl FnOnce(&mut Aside) -> T) -> T {
        with(&mut self.kept_aside().borrow_mut())
    }

    #[inline(never)]
    fn kept_aside(self) -> Rc<RefCell<Aside>> {
        self.aside.try_get_value().unwrap_or_default()
    }

    /// A number that nothing else of this page has.
    fn next_tag(self) -> u32 {
        self.aside(|aside| {
            let tag = aside.tag;
            aside.tag = tag.wrapping_add(1);
            tag
        })
    }

    /// The address bar.
    pub fn router(self) -> Router {
        self.router
    }

    /// How far the page has come.
    pub fn stage(self) -> ReadSignal<Stage> {
        self.stage.read_only()
    }

    /// The own account, once there is one.
    pub fn account(self) -> ReadSignal<Option<AccountView>> {
        self.account.read_only()
    }

    /// The conversations, latest first.
    pub fn chats(self) -> ReadSignal<Chats> {
        self.chats.read_only()
    }

    /// One conversation. Tracks that it exists; what it shows is the signal's.
    pub fn chat(self, id: ChatId) -> Option<ReadSignal<ChatView>> {
        self.chats.with(|chats| chats.find(id)).map(|view| view.read_only().into())
    }

    /// How the relay is reached.
    pub fn connection(self) -> ReadSignal<Connection> {
        self.connection.read_only()
    }

    /// What is wrong with storage, if anything.
    pub fn storage(self) -> ReadSignal<Option<StorageTrouble>> {
        self.storage.read_only()
    }

    /// The open conversation's messages.
    pub fn history(self) -> ReadSignal<History> {
        self.history.read_only()
    }

    /// Where the unread line stands in the open conversation.
    pub fn unread_from(self) -> ReadSignal<Option<u64>> {
        self.unread_from.read_only()
    }

    /// Whether the reader stands at the end of the open conversation.
    pub fn following(self) -> ReadSignal<bool> {
        self.following.read_only()
    }

    /// The twelve words, while their page is open.
    pub fn words(self) -> ReadSignal<Option<Vec<String>>> {
        self.words.read_only()
    }

    /// Whether the words that were asked for were right; none while that is not known.
    pub fn words_right(self) -> ReadSignal<Option<bool>> {
        self.words_right.read_only()
    }

    /// What became of the contact link that was opened last.
    pub fn link(self) -> ReadSignal<LinkState> {
        self.link.read_only()
    }

    /// The engine refused the name.
    pub fn name_refused(self) -> ReadSignal<bool> {
        self.name_refused.read_only()
    }

    /// A name was sent and has no answer yet.
    pub fn naming(self) -> ReadSignal<bool> {
        self.naming.read_only()
    }

    /// What was written and not sent, by conversation.
    pub fn drafts(self) -> ReadSignal<SortedMap<ChatId, String>> {
        self.drafts.read_only()
    }

    /// Whether notifications are to be offered. Tracks it.
    pub(crate) fn offers_notices(self) -> bool {
        self.offers_notices.get()
    }

    /// Offers them, or no more.
    pub(crate) fn offer_notices(self, on: bool) {
        self.offers_notices.set(on);
    }

    /// What conversations take on this device.
    pub(crate) fn stored(self) -> ReadSignal<Vec<StoredView>> {
        self.stored.read_only()
    }

    /// The sentences that show now.
    pub fn toasts(self) -> ReadSignal<Vec<Toast>> {
        self.toasts.read_only()
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// The session of this page.
pub(crate) fn use_session() -> Session {
    expect_context::<Session>()
}
