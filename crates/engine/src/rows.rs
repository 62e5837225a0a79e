//! Rows: what the engine keeps, as the worker's database sees it.
//!
//! A row is `(scope, table, key) -> bytes`. The worker loads a scope whole, but for the tables that grow with a conversation's
//! history: of these it reads messages and words by range, and single rows that a step asks for ([`Want`]). It writes all the changes of
//! one step in one transaction. Keys are logical; the database makes them opaque.

use crate::api::ChatId;

/// What is loaded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The account: identity, device, jobs, key packages, and one summary row for each conversation.
    Account,
    /// One conversation: its MLS state, its outbox, its own messages not yet read.
    Chat(ChatId),
}

impl Scope {
    /// 16 bytes that name it: zeros for the account.
    pub fn bytes(&self) -> [u8; 16] {
        match self {
            Scope::Account => [0; 16],
            Scope::Chat(chat) => chat.0,
        }
    }
}

/// The object stores. The numbers are part of each sealed value's associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// The engine's own rows.
    State = 1,
    /// Rows of the OpenMLS storage provider.
    Mls = 2,
    /// What waits for the relay, in order.
    Outbox = 3,
    /// Messages by order: the key is the order as 8 big-endian bytes. Never loaded with its scope.
    Messages = 4,
    /// Message id -> order, of every message, of its later versions and of what it was answered with; and ids of what
    /// lines tell that nobody wrote. Never loaded with its scope.
    Ids = 5,
    /// Order of an own message -> who has it and who has read it. Never loaded with its scope.
    Receipts = 6,
    /// What a search reads: the words of the messages of 64 orders in one row, by the order of the first through 64, as 8
    /// big-endian bytes. Never loaded with its scope.
    Words = 7,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 7] =
        [Table::State, Table::Mls, Table::Outbox, Table::Messages, Table::Ids, Table::Receipts, Table::Words];

    /// Name of the object store.
    pub fn name(self) -> &'static str {
        match self {
            Table::State => "state",
            Table::Mls => "mls",
            Table::Outbox => "outbox",
            Table::Messages => "messages",
            Table::Ids => "ids",
            Table::Receipts => "receipts",
            Table::Words => "words",
        }
    }

    /// Its rows are loaded with their scope. Those of the others are as many as a conversation has messages: they are read
    /// when they are wanted, and leave memory with the step.
    pub fn loaded(self) -> bool {
        matches!(self, Table::State | Table::Mls | Table::Outbox)
    }

    /// Keys keep their order in the database (they are counters); all others become opaque.
    pub fn ordered(self) -> bool {
        matches!(self, Table::Messages | Table::Words)
    }
}

/// A row as it was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub table: Table,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// One change of a step. Within a step there is at most one for each `(scope, table, key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub scope: Scope,
    pub table: Table,
    pub key: Vec<u8>,
    /// None deletes the row.
    pub value: Option<Vec<u8>>,
}

/// A row that a step needs and that is not loaded with its scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Want {
    /// The row of this key, in a table that is not loaded; or one of a conversation that is not.
    Row { chat: ChatId, table: Table, key: Vec<u8> },
    /// The last rows before this number, at most `limit` of them, in a table whose keys are numbers.
    Before { chat: ChatId, table: Table, number: u64, limit: u32 },
}

/// What became of a want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub want: Want,
    /// In the order of their keys; none: there is no such row. One that does not open is there, with its key and without a
    /// value.
    pub rows: Vec<Row>,
}

/// All messages of a conversation are deleted, with all that is known of them: only ever because the person asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wipe(pub ChatId);
