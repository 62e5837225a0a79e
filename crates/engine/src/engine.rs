//! The state machine's outside: inputs, steps, effects.

use std::{
    cell::{OnceCell, RefCell},
    collections::VecDeque,
};

use openmls_traits::OpenMlsProvider as _;
use thiserror::Error;
use xchat_wire::{PublicKey, ServerFrame};

use crate::{
    api::{ChatId, Command, Event, MAX_TEXT},
    card::{Delivery, Invite, InviteLink, Link, Origin, SealKeyPair},
    connection::Connection,
    device::Sync,
    mls::{Group, MlsProvider},
    rows::{Change, Found, Row, Scope, Table, Want, Wipe},
    sorted::{SortedMap, SortedSet},
    state::{self, Account, Chat, Contact, Fill, Held, Join, key},
    step::{Act, Linking, Searching},
    transfer::{BlobCame, BlobWork, Transfers},
};

/// What can happen to the engine.
#[derive(Debug, Clone)]
pub enum Input {
    /// A page attached: answered with a snapshot. Also the first input ever.
    Attach,
    /// What a person asked for. `Load` is not sent here but as [`Input::Page`], `UseHere` and `Reconnect` are the worker's own.
    Command(Command),
    /// Rows of the messages table for a `Command::Load`, oldest first, at most `limit`.
    Page { chat: ChatId, rows: Vec<Row>, more: bool, before: Option<u64> },
    /// A connection to the relay is being opened.
    Connecting,
    /// Frames of the one connection, in order. A new connection's first is `Welcome`.
    Frames(Vec<ServerFrame>),
    /// The connection ended or could not be opened.
    Disconnected,
    /// The connection was ended because something came over it that is no frame.
    Garbled,
    /// What came of an [`Effect::Blob`].
    Blob(BlobCame),
    /// The time that an [`Effect::Timer`] asked for has come (or has passed).
    Tick,
}

/// What the worker does after the commit, in this order.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "most are events, each moved once or twice")]
pub enum Effect {
    /// One frame for the relay: a whole binary WebSocket message.
    Send(Vec<u8>),
    /// A blob to be put or fetched, answered by [`Input::Blob`] whatever comes of it.
    Blob(BlobWork),
    /// To every attached page.
    Notify(Event),
    /// Call again with [`Input::Tick`] at this time (Unix milliseconds). Replaces the timer before.
    Timer(u64),
    /// Close the connection and open another after so many milliseconds.
    Reconnect(u32),
}

/// What one input came to.
#[derive(Debug, Default)]
pub struct Step {
    /// To be committed in one transaction.
    pub changes: Vec<Change>,
    /// To be carried out in the same transaction, before the changes.
    pub wipes: Vec<Wipe>,
    /// To be carried out once the transaction has completed.
    pub effects: Vec<Effect>,
    /// Not over yet: all else is empty, and [`Engine::resume`] wants these rows to go on.
    pub wants: Vec<Want>,
}

/// A scope whose rows make no sense. Nothing was changed.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A row that does not decode.
    #[error("row {0} does not decode: {1}")]
    Row(&'static str, String),
    /// A row of a version that this build does not know.
    #[error("row {0} is of version {1}, which a newer X Chat wrote")]
    Newer(&'static str, u64),
}

/// One-time key packages that the pool should hold; below half of it is filled up.
const POOL: u32 = 20;

/// The engine of one device.
pub struct Engine {
    pub(crate) origin: Origin,
    pub(crate) provider: MlsProvider,
    pub(crate) account: Option<Account>,
    /// The inbox was acknowledged up to here on this connection.
    pub(crate) acknowledged: xchat_wire::Seq,
    /// The key pair that deliveries are sealed to; see `Engine::seal_pair`.
    pub(crate) seal_pair: OnceCell<SealKeyPair>,
    /// Who lives here: see `Engine::own_identity`.
    pub(crate) own: OnceCell<PublicKey>,
    /// Deliveries that were opened for this step, by the hash of their bytes. None: not for this device, or of no use.
    pub(crate) unsealed: RefCell<SortedMap<[u8; 32], Option<Delivery>>>,
    /// Safety numbers by conversation: each takes thousands of hashes, and is shown with every change of its conversation.
    pub(crate) safety: RefCell<SortedMap<ChatId, String>>,
    /// One-time key packages that the pool should hold.
    pub(crate) pool: u32,
    /// The pool ran low and is being filled up, some packages a step.
    pub(crate) filling_up: bool,
    pub(crate) fill: Option<Fill>,
    /// Groups as their rows have them: kept between steps, since loading one costs more than using it.
    pub(crate) groups: SortedMap<xchat_wire::Address, Group>,
    pub(crate) chats: SortedMap<ChatId, Chat>,
    pub(crate) contacts: SortedMap<ChatId, Contact>,
    /// Conversations whose rows are loaded.
    pub(crate) held: SortedMap<ChatId, Held>,
    /// The connection to the relay, once its welcome has come.
    pub(crate) connection: Option<Connection>,
    /// Records that did not fit what this device had read of their log, and are being asked for once more.
    pub(crate) doubted: SortedMap<xchat_wire::Address, xchat_wire::Seq>,
    /// Conversations whose rows do not decode.
    pub(crate) damaged: SortedSet<ChatId>,
    /// Why conversations whose summary or contact a newer build wrote are among them: said to every page that comes.
    pub(crate) newer: Vec<LoadError>,
    /// A connection is being opened.
    pub(crate) connecting: bool,
    /// The last connection was one on which relay and client did not understand each other.
    pub(crate) garbled: bool,
    /// A contact link that waits for a connection.
    pub(crate) waiting_link: Option<Link>,
    /// An invite link that waits for a connection, or for what it says.
    pub(crate) waiting_invite: Option<InviteLink>,
    /// What the last invite link said that was opened.
    pub(crate) last_invite: Option<(InviteLink, Invite)>,
    /// Own requests to come into groups, by the cells of their links.
    pub(crate) joins: SortedMap<xchat_wire::Address, Join>,
    /// This device does what its person wants, whether they may or not.
    #[cfg(feature = "hostile")]
    pub(crate) hostile: bool,
    /// The largest frame that it sends.
    #[cfg(feature = "hostile")]
    pub(crate) frame: usize,
    /// Safety numbers are not computed.
    #[cfg(feature = "hostile")]
    pub(crate) omits_safety: bool,
    /// This device is of a later version, and what it is about to say that nobody has heard of.
    #[cfg(feature = "hostile")]
    pub(crate) later: bool,
    #[cfg(feature = "hostile")]
    pub(crate) unheard: Vec<crate::step::Unheard>,
    /// A device is being linked: this one, or by this one.
    pub(crate) linking: Option<Linking>,
    /// What other devices said of conversations that were not loaded then: rows of the account, by number.
    pub(crate) deferred: SortedMap<u64, Sync>,
    /// Blobs on their way, and history that is given or taken.
    pub(crate) transfers: Transfers,
    /// When this device said last that its person is writing, by conversation, Unix milliseconds.
    pub(crate) typed: SortedMap<ChatId, u64>,
    /// Time of the last tick, Unix milliseconds.
    pub(crate) ticked: u64,
    /// Time of the step, Unix milliseconds.
    pub(crate) now: u64,
    /// What the step has come to so far.
    pub(crate) out: Out,
}

/// A step in the making.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) blobs: Vec<BlobWork>,
    pub(crate) events: Vec<Event>,
    pub(crate) wipes: Vec<Wipe>,
    pub(crate) reconnect: Option<u32>,
    /// Rows to save and views to show at the end of the step.
    pub(crate) account_changed: bool,
    pub(crate) chats_changed: SortedSet<ChatId>,
    /// The list of this person's devices changed.
    pub(crate) devices_changed: bool,
    /// Groups whose members may have changed.
    pub(crate) members_changed: SortedSet<ChatId>,
    /// Groups in which other people may ask to be let in than before.
    pub(crate) requests_changed: SortedSet<ChatId>,
    /// What this person asks to be let into may be other groups than before.
    pub(crate) joins_changed: bool,
    /// Conversations that a link opened: said after their views.
    pub(crate) opened: Vec<ChatId>,
    /// Conversations that were deleted in this step.
    pub(crate) gone: SortedSet<ChatId>,
    /// Conversations whose outbox may move.
    pub(crate) pump: SortedSet<ChatId>,
    /// All is done but for the words of what changed: no more than their rows is wanted.
    pub(crate) settled: bool,
    /// What is looked for in this step.
    pub(crate) searching: Option<Searching>,
    /// What is done to messages that are looked up first, in order.
    pub(crate) acts: VecDeque<Act>,
    /// The last message before an order, as it was looked up.
    pub(crate) before: SortedMap<(ChatId, u64), Option<u64>>,
    /// Messages whose rows changed, to be shown anew.
    pub(crate) shown: SortedSet<(ChatId, u64)>,
    /// Received messages to confirm as delivered.
    pub(crate) delivered: SortedMap<ChatId, Vec<crate::content::MessageId>>,
}

impl Engine {
    /// An engine that has loaded nothing. `origin` is the relay's, as proofs sign it.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            provider: MlsProvider::new(),
            account: None,
            acknowledged: xchat_wire::Seq(0),
            seal_pair: OnceCell::new(),
            own: OnceCell::new(),
            unsealed: RefCell::default(),
            safety: RefCell::default(),
            pool: POOL,
            filling_up: false,
            fill: None,
            groups: SortedMap::new(),
            chats: SortedMap::new(),
            contacts: SortedMap::new(),
            held: SortedMap::new(),
            connection: None,
            damaged: SortedSet::new(),
            newer: Vec::new(),
            connecting: false,
            garbled: false,
            waiting_link: None,
            waiting_invite: None,
            last_invite: None,
            joins: SortedMap::new(),
            #[cfg(feature = "hostile")]
            hostile: false,
            #[cfg(feature = "hostile")]
            frame: xchat_wire::MAX_FRAME,
            #[cfg(feature = "hostile")]
            omits_safety: false,
            #[cfg(feature = "hostile")]
            later: false,
            #[cfg(feature = "hostile")]
            unheard: Vec::new(),
            linking: None,
            deferred: SortedMap::new(),
            doubted: SortedMap::new(),
            transfers: Transfers::default(),
            typed: SortedMap::new(),
            ticked: 0,
            now: 0,
            out: Out::default(),
        }
    }

    /// Keeps another number of one-time key packages at the relay than the usual 20: making one takes a hybrid key pair.
    pub fn keep_packages(&mut self, count: u32) {
        self.pool = count;
    }

    /// Whether this device breaks rules.
    pub(crate) fn is_hostile(&self) -> bool {
        #[cfg(feature = "hostile")]
        let hostile = self.hostile;
        #[cfg(not(feature = "hostile"))]
        let hostile = false;
        hostile
    }

    /// The scopes that this input needs and that are not loaded yet. May grow after a load: ask until it is empty.
    pub fn missing(&self, input: &Input) -> Vec<Scope> {
        let journal = self.provider.storage().journal();
        if !journal.is_loaded(Scope::Account) {
            return vec![Scope::Account];
        }
        let chats = match input {
            Input::Command(command) => self.chats_of_command(command),
            Input::Page { chat, .. } => SortedSet::from([*chat]),
            Input::Frames(frames) => self.chats_of_frames(frames),
            Input::Tick => {
                let due = self.chats_to_pump().into_iter().chain(self.chats_to_sweep()).chain(self.drafts_due());
                due.chain(self.chats_to_pack()).collect()
            }
            Input::Blob(BlobCame::Fetched { hash, .. } | BlobCame::Put { hash } | BlobCame::Failed { hash, .. }) => {
                self.chats_of_blob(hash).into_iter().collect()
            }
            Input::Attach => self.chats_to_name(),
            Input::Connecting | Input::Disconnected | Input::Garbled => SortedSet::new(),
        };
        // What this person's devices tell each other may come of any input.
        let own = self.own_chat().filter(|own| self.tells_others() && self.chats.contains_key(own));
        chats.into_iter().chain(own).map(Scope::Chat).filter(|scope| !journal.is_loaded(*scope)).collect()
    }

    /// Takes the rows of one scope (all tables but messages). No rows means that the scope is new. A conversation whose rows
    /// do not load counts as damaged, and so does one whose summary or contact a newer build wrote, which is no error here.
    pub fn load(&mut self, scope: Scope, rows: Vec<Row>) -> Result<(), LoadError> {
        if scope == Scope::Account {
            for row in rows.iter().filter(|row| row.table == Table::State) {
                match (self.load_account_row(&row.key, &row.value), key::subject(&row.key)) {
                    (Err(error @ LoadError::Newer(..)), Some(chat)) => {
                        self.set_damaged(Scope::Chat(chat));
                        self.newer.push(error);
                    }
                    (loaded, _) => loaded?,
                }
            }
            // Conversations of an account that is not there: a new one must not be made on top of them.
            if self.account.is_none() && !(self.chats.is_empty() && self.contacts.is_empty()) {
                return Err(LoadError::Row("account", "it is missing".to_owned()));
            }
        }
        if let Scope::Chat(chat) = scope {
            match Held::decode(&rows) {
                Ok(held) => _ = self.held.insert(chat, held),
                Err(error) => {
                    self.set_damaged(scope);
                    return Err(error);
                }
            }
        }
        self.provider.storage().journal_mut().load(scope, rows);
        Ok(())
    }

    /// A conversation whose rows do not open: it is left as it is, and everything else goes on without it. Its messages can
    /// still be read, nothing is written to it.
    pub fn set_damaged(&mut self, scope: Scope) {
        if let Scope::Chat(chat) = scope {
            self.damaged.insert(chat);
            self.held.remove(&chat);
            self.provider.storage().journal_mut().load(scope, Vec::new());
        }
    }

    fn load_account_row(&mut self, row_key: &[u8], value: &[u8]) -> Result<(), LoadError> {
        if row_key == key::ACCOUNT {
            self.account = Some(state::decode(value)?);
        } else if let Some(number) = row_key.strip_prefix(key::SYNC) {
            let number = state::id("sync", number)?;
            let sync = minicbor::decode(value).map_err(|error| LoadError::Row("sync", state::place(&error)))?;
            self.deferred.insert(u64::from_be_bytes(number), sync);
        } else if let Some(cell) = row_key.strip_prefix(key::JOIN) {
            self.joins.insert(xchat_wire::Address::new(state::id("join", cell)?), state::decode(value)?);
        } else if self.transfers.load(row_key, value)? {
        } else if row_key == key::FILL {
            self.fill = Some(state::decode(value)?);
        } else if row_key.starts_with(key::CHAT) {
            let chat: Chat = state::decode(value)?;
            if chat.next_order.max(chat.next_entry) > state::MAX_COUNT {
                return Err(LoadError::Row("chat", "it counts too far".to_owned()));
            }
            if chat.draft.as_ref().is_some_and(|draft| draft.text.len() > MAX_TEXT) {
                return Err(LoadError::Row("chat", "its draft is too long".to_owned()));
            }
            self.chats.insert(chat.id, chat);
        } else if let Some(id) = row_key.strip_prefix(key::CONTACT) {
            self.contacts.insert(ChatId(state::id("contact", id)?), state::decode(value)?);
        }
        Ok(())
    }

    /// One step. `now` is Unix time in milliseconds; `seed` is fresh randomness. All scopes of `missing` must be loaded.
    /// While it answers with `wants` it is not over, and [`Engine::resume`] must follow.
    pub fn step(&mut self, input: Input, now: u64, seed: [u8; 32]) -> Step {
        debug_assert!(self.missing(&input).is_empty(), "a scope is not loaded");
        if let (Some(connection), Some(back)) = (&mut self.connection, self.now.checked_sub(now)) {
            connection.set_back(back);
        }
        self.now = now;
        self.provider.reseed(seed);
        self.out = Out::default();
        #[cfg(feature = "hostile")]
        self.write_by_version();
        match input {
            Input::Attach => {
                self.snapshot();
                self.say_what_is_to_go();
            }
            Input::Command(command) => self.command(command),
            Input::Page { chat, rows, more, before } => self.page(chat, rows, more, before),
            Input::Connecting => self.set_connecting(),
            Input::Frames(frames) => self.frames(frames),
            Input::Disconnected => self.disconnected(),
            Input::Garbled => self.garbled(),
            Input::Blob(came) => self.blob_came(came),
            Input::Tick => {
                self.ticked = now;
                self.out.pump.extend(self.chats_to_pump());
                self.sweep();
                self.tell_drafts();
                self.pack_if_due();
                self.ask_if_due();
            }
        }
        self.proceed()
    }

    /// Goes on with the step that wanted these rows: all of them, found or not.
    pub fn resume(&mut self, found: Vec<Found>) -> Step {
        #[cfg(feature = "hostile")]
        self.write_by_version();
        for found in found {
            self.lend(found);
        }
        self.proceed()
    }

    fn proceed(&mut self) -> Step {
        let wants = match self.out.settled {
            true => Vec::new(),
            false => {
                self.do_deferred();
                let wants = self.act();
                if wants.is_empty() { self.search_on() } else { wants }
            }
        };
        if !wants.is_empty() {
            return Step { wants, ..Step::default() };
        }
        if !std::mem::replace(&mut self.out.settled, true) {
            self.settle();
        }
        let wants = self.write_words();
        match wants.is_empty() {
            true => self.finish(),
            false => Step { wants, ..Step::default() },
        }
    }

    /// Confirms, pumps and saves what the step came to.
    fn settle(&mut self) {
        self.tell_names();
        self.name_lacking();
        self.show_changed();
        self.confirm_delivered();
        #[cfg(feature = "hostile")]
        self.say_what_waits();
        // Pumping one may give another round of work (a lost room); two rounds settle all of it.
        for _ in 0..3 {
            for chat in std::mem::take(&mut self.out.pump) {
                self.pump(chat);
            }
        }
        self.move_blobs();
        self.pursue_joins();
        self.save();
        self.unsealed.get_mut().clear();
    }

    /// Orders what the step came to.
    fn finish(&mut self) -> Step {
        let timer = self.next_timer();
        let out = std::mem::take(&mut self.out);
        let changes: Vec<Change> = self.provider.storage().journal_mut().take_changes();
        let mut effects: Vec<Effect> = out.frames.into_iter().map(Effect::Send).collect();
        effects.extend(out.blobs.into_iter().map(Effect::Blob));
        effects.extend(out.events.into_iter().map(Effect::Notify));
        effects.extend(timer.map(Effect::Timer));
        effects.extend(out.reconnect.map(Effect::Reconnect));
        Step { changes, wipes: out.wipes, effects, wants: Vec::new() }
    }
}
