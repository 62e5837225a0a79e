//! Acts: what is done to messages that are stored already. Their rows are not in memory, so each act waits within its step
//! until it has the rows that it needs, and is done in its turn.
//!
//! The path: an input puts acts at the end of the queue -> [`Engine::act`] does them in order, or says which rows all of them
//! need -> the worker looks these up -> [`Engine::resume`] lends them and goes on. All of it is one step and one transaction.

use crate::sorted::SortedSet;

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::PublicKey;

use super::{fill::Filling, pack::Packing};
use crate::{
    Engine,
    api::{ChatId, Command},
    content::{Message, MessageId, Status, StatusReport},
    rows::{Found, Scope, Table, Want},
    state::{self, Place, Receipts, Stored},
};

/// Something to be done once its rows are here.
#[derive(Debug)]
pub(crate) struct Act {
    pub(super) chat: ChatId,
    pub(super) what: What,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum What {
    /// A content that says something about an earlier message.
    Content(Box<Said>),
    /// The message of this order answers that one.
    Quote { order: u64, of: MessageId },
    /// Something that a person asks for and that names a message.
    Asked(Box<Command>),
    /// A page of history, by orders.
    Page { orders: Vec<u64>, more: bool, before: Option<u64> },
    /// What became of own messages at somebody's.
    Receipts { by: PublicKey, time: u64, report: StatusReport },
    /// A message is shown anew.
    Show { order: u64 },
    /// A message's time has come.
    Vanish { order: u64 },
    /// The latest message may be gone: the one before it is shown in the list.
    Last,
    /// This person's other devices are told of a draft.
    TellDraft,
    /// The next of a chunk of history is packed.
    Pack(Box<Packing>),
    /// History of a conversation is taken.
    Fill(Box<Filling>),
    /// A whole chunk was.
    Taken,
    /// A draft of another device, and the message that it answers.
    Drafted { text: String, of: Option<MessageId> },
}

/// A content with its sender, the relay's time and its id.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) sender: PublicKey,
    pub(super) time: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) message: Message,
    pub(super) id: MessageId,
}

/// Rows that are still to be looked up.
type Wants = SortedSet<Want>;

impl Engine {
    /// Puts an act at the end of the queue.
    pub(super) fn will(&mut self, chat: ChatId, what: What) {
        self.out.acts.push_back(Act { chat, what });
    }

    /// Puts an act before all others: what has begun goes on.
    pub(super) fn will_first(&mut self, chat: ChatId, what: What) {
        self.out.acts.push_front(Act { chat, what });
    }

    /// Does what can be done. Rows that are missing for the next act are answered together with those of all that follow.
    pub(crate) fn act(&mut self) -> Vec<Want> {
        while let Some(next) = self.out.acts.front() {
            if self.needs(next).is_empty() {
                let Some(act) = self.out.acts.pop_front() else { break };
                self.perform(act);
                continue;
            }
            return self.out.acts.iter().flat_map(|act| self.needs(act)).collect::<Wants>().into_iter().collect();
        }
        Vec::new()
    }

    /// Takes a row that was looked up.
    pub(crate) fn lend(&mut self, Found { want, mut rows }: Found) {
        let mut journal = self.provider.storage().journal_mut();
        match want {
            Want::Row { chat, table, key } => {
                journal.lend(Scope::Chat(chat), table, &key, rows.pop().map(|row| row.value))
            }
            Want::Before { chat, table: Table::Words, limit, .. } => {
                drop(journal);
                self.take_words(chat, limit, &rows);
            }
            Want::Before { chat, number, .. } => {
                let found = rows.pop().and_then(|row| {
                    let order = u64::from_be_bytes(row.key.as_slice().try_into().ok()?);
                    journal.lend(Scope::Chat(chat), Table::Messages, &row.key, Some(row.value));
                    Some(order)
                });
                self.out.before.insert((chat, number), found);
            }
        }
    }

    fn perform(&mut self, Act { chat, what }: Act) {
        // A conversation that was deleted meanwhile, in this very step.
        if !self.chats.contains_key(&chat) {
            return;
        }
        match what {
            What::Content(said) if self.keep_for_history(chat, &said) => {}
            What::Content(said) => self.said(chat, *said),
            What::Quote { order, of } => self.resolve_quote(chat, order, &of),
            What::Pack(packing) => self.pack(chat, *packing),
            What::Fill(filling) => self.fill(chat, *filling),
            What::Taken => self.taken(),
            What::Asked(command) => self.asked(*command),
            What::Page { orders, more, before } => self.show_page(chat, &orders, more, before),
            What::Receipts { by, time, report } => self.keep_receipts(chat, &by, time, &report),
            What::Show { order } => _ = self.out.shown.insert((chat, order)),
            What::Vanish { order } => self.erase(chat, order),
            What::Last => self.repair_last(chat),
            What::TellDraft => self.tell_draft(chat),
            What::Drafted { text, of } => self.drafted_elsewhere(chat, text, of),
        }
    }

    /// Rows that an act needs and that this step does not know yet.
    fn needs(&self, act: &Act) -> Wants {
        let (chat, mut wants) = (act.chat, Wants::new());
        match &act.what {
            What::Content(said) => {
                let target = said.message.replaces.or(said.message.in_reply_to);
                if let Some(place) = target.and_then(|target| self.want_place(chat, &target, &mut wants)) {
                    self.want_shown(chat, place.order, &mut wants);
                }
            }
            What::Quote { order, of } => {
                self.want_row(chat, Table::Messages, &order.to_be_bytes(), &mut wants);
                if let Some(place) = self.want_place(chat, of, &mut wants) {
                    self.want_row(chat, Table::Messages, &place.order.to_be_bytes(), &mut wants);
                }
            }
            What::Asked(command) => {
                if let Some(order) = named(command) {
                    self.want_shown(chat, order, &mut wants);
                    if matches!(**command, Command::Details { .. }) {
                        self.want_row(chat, Table::Receipts, &order.to_be_bytes(), &mut wants);
                    }
                }
            }
            What::Page { orders, .. } => orders.iter().for_each(|order| self.want_shown(chat, *order, &mut wants)),
            What::Show { order } => self.want_shown(chat, *order, &mut wants),
            What::Receipts { report, .. } => {
                for (id, status) in super::details::counted(report) {
                    if let Some(place) = self.want_place(chat, id, &mut wants) {
                        self.want_row(chat, Table::Receipts, &place.order.to_be_bytes(), &mut wants);
                        if status == Status::Expired {
                            self.want_row(chat, Table::Messages, &place.order.to_be_bytes(), &mut wants);
                        }
                    }
                }
            }
            What::Vanish { order } => {
                self.want_row(chat, Table::Messages, &order.to_be_bytes(), &mut wants);
            }
            What::Pack(packing) => self.packing_needs(packing, &mut wants),
            What::Fill(filling) => self.filling_needs(chat, filling, &mut wants),
            What::Taken => {}
            What::Last => {
                if let Err(want) = self.latest_left(chat) {
                    wants.insert(want);
                }
            }
            What::TellDraft => {
                let draft = self.chats.get(&chat).and_then(|chat| chat.draft.as_ref());
                if let Some(order) = draft.and_then(|draft| draft.reply) {
                    self.want_row(chat, Table::Messages, &order.to_be_bytes(), &mut wants);
                }
            }
            What::Drafted { of, .. } => {
                if let Some(of) = of {
                    self.want_place(chat, of, &mut wants);
                }
            }
        }
        wants
    }

    /// A message's row, and that of the message that it quotes: all that its view takes.
    fn want_shown(&self, chat: ChatId, order: u64, wants: &mut Wants) {
        if self.want_row(chat, Table::Messages, &order.to_be_bytes(), wants)
            && let Some(quoted) = self.stored(chat, order).and_then(|stored| stored.quoted)
        {
            self.want_row(chat, Table::Messages, &quoted.to_be_bytes(), wants);
        }
    }

    fn want_place(&self, chat: ChatId, id: &MessageId, wants: &mut Wants) -> Option<Place> {
        let known = self.want_row(chat, Table::Ids, id.as_bytes(), wants);
        known.then(|| self.place(chat, id)).flatten()
    }

    /// Whether the row is known; else it is wanted.
    pub(super) fn want_row(&self, chat: ChatId, table: Table, key: &[u8], wants: &mut Wants) -> bool {
        let known = self.provider.storage().journal().knows(Scope::Chat(chat), table, key);
        if !known {
            wants.insert(Want::Row { chat, table, key: key.to_vec() });
        }
        known
    }

    /// A message by its order. None also for one that does not decode.
    pub(super) fn stored(&self, chat: ChatId, order: u64) -> Option<Stored> {
        let journal = self.provider.storage().journal();
        state::decode(journal.get(Scope::Chat(chat), Table::Messages, &order.to_be_bytes())?).ok()
    }

    /// Where an id leads.
    pub(super) fn place(&self, chat: ChatId, id: &MessageId) -> Option<Place> {
        let journal = self.provider.storage().journal();
        minicbor::decode(journal.get(Scope::Chat(chat), Table::Ids, id.as_bytes())?).ok()
    }

    /// Who has an own message. None: a row that does not decode, which is left.
    pub(super) fn receipts(&self, chat: ChatId, order: u64) -> Option<Receipts> {
        let journal = self.provider.storage().journal();
        match journal.get(Scope::Chat(chat), Table::Receipts, &order.to_be_bytes()) {
            Some(row) => state::decode(row).ok(),
            None => Some(Receipts { version: <Receipts as state::Versioned>::VERSION, people: Vec::new() }),
        }
    }

    /// Writes a message's row and shows it at the end of the step.
    pub(super) fn put_message(&mut self, chat: ChatId, order: u64, stored: &Stored) {
        self.put_chat_row(chat, Table::Messages, &order.to_be_bytes(), state::encode(stored));
        self.out.shown.insert((chat, order));
    }

    /// Says where an id leads.
    pub(super) fn put_place(&mut self, chat: ChatId, id: &MessageId, place: Place) {
        self.put_chat_row(chat, Table::Ids, id.as_bytes(), state::encode(&place));
    }

    /// The latest message that is left, below those that this step has deleted. The error is what must be looked up first.
    pub(super) fn latest_left(&self, chat: ChatId) -> Result<Option<u64>, Want> {
        let journal = self.provider.storage().journal();
        let gone = |order: u64| {
            let key = order.to_be_bytes();
            journal.knows(Scope::Chat(chat), Table::Messages, &key)
                && journal.get(Scope::Chat(chat), Table::Messages, &key).is_none()
        };
        let Some(mut order) = self.chats.get(&chat).and_then(|chat| chat.last.as_ref()).map(|last| last.order) else {
            return Ok(None);
        };
        if !gone(order) {
            return Ok(Some(order));
        }
        loop {
            while order > 0 && gone(order - 1) {
                order -= 1;
            }
            match self.out.before.get(&(chat, order)) {
                None => return Err(Want::Before { chat, table: Table::Messages, number: order, limit: 1 }),
                Some(None) => return Ok(None),
                Some(Some(before)) if gone(*before) => order = *before,
                Some(Some(before)) => return Ok(Some(*before)),
            }
        }
    }
}

/// The message that a command names.
pub(super) fn named(command: &Command) -> Option<u64> {
    match command {
        Command::Reply { order, .. }
        | Command::Files { reply: Some(order), .. }
        | Command::Edit { order, .. }
        | Command::DeleteForAll { order, .. }
        | Command::DeleteForMe { order, .. }
        | Command::React { order, .. }
        | Command::Forward { order, .. }
        | Command::Vote { order, .. }
        | Command::ClosePoll { order, .. }
        | Command::Pin { order, .. }
        | Command::Details { order, .. } => Some(*order),
        _ => None,
    }
}
