//! The database: one IndexedDB, every value sealed, every logical key opaque, one transaction for one step.
//!
//! `load` gives the rows of a scope, `page` a stretch of a conversation's messages, `look` rows that a step wants,
//! `commit` writes all that a step changed, or nothing. It is written on web-sys alone: only the transaction itself tells why a commit failed (a full
//! disk shows there and nowhere else), and only the database tells that the browser has closed it.
//!
//! Must never delete a row that the engine did not ask to delete: what does not open is reported and stays.

mod cipher;
mod connection;
mod error;
mod meta;
mod vault;

use std::cell::Cell;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbCursor, IdbCursorDirection, IdbKeyRange};
use xchat_engine::{
    api::ChatId,
    rows::{Change, Found, Row, Scope, Table, Want, Wipe},
};

use self::{
    cipher::{Bounds, RowCipher},
    connection::Connection,
    meta::{Begun, Fence},
};
use super::kept;
use crate::idb::{Mode, Pending, Tx};

pub use error::DbError;

/// Name of the database.
pub const NAME: &str = "xchat";
/// Version of what the stores hold, as `meta` says it: code that knows only an earlier one leaves the database alone. 1: each of a
/// group's entities in a row of its own, which 2 reads.
pub const SCHEMA: u32 = 2;
/// The stores beside the engine's tables.
const META: &str = "meta";
const FENCE: &str = "fence";

/// Messages whose size stands for those of a whole conversation.
const SAMPLE: u32 = 200;

/// The database as its one writer sees it.
pub struct Db {
    connection: Connection,
    cipher: RowCipher,
    /// None while there was no room to take it: what is stored can be read, and nothing can be written.
    fence: Cell<Option<Fence>>,
    /// Transactions may be told to commit before their requests are done.
    hasty: bool,
}

/// A stretch of a conversation's messages.
#[derive(Debug)]
pub struct History {
    /// Oldest first.
    pub rows: Vec<Row>,
    /// There is more before the first of them.
    pub more: bool,
    /// Rows among them that did not open: they are there with their keys and without a value.
    pub damaged: Option<DbError>,
}

/// A change as it is written.
struct Written {
    table: Table,
    key: Uint8Array,
    value: Option<Uint8Array>,
}

impl Db {
    /// Opens the database, made where there is none, and fences off whoever had it before. The caller holds the
    /// writer's lock.
    pub async fn open(name: &str) -> Result<Db, DbError> {
        let connection = Connection::open(name).await?;
        let Begun { key, fence, hasty } = meta::begin(&connection).await?;
        Ok(Db { connection, cipher: RowCipher::new(&key), fence: Cell::new(fence), hasty })
    }

    /// Whether there was room to become the one writer.
    pub fn writes(&self) -> bool {
        self.fence.get().is_some()
    }

    /// The fence; taken now if there was no room for it before. Whoever had it until then may have written meanwhile, so
    /// what was read counts no more: that is an error once.
    async fn fence(&self) -> Result<Fence, DbError> {
        if let Some(fence) = self.fence.get() {
            return Ok(fence);
        }
        self.fence.set(Some(meta::bump(&self.connection).await?));
        Err(DbError::WriteFailed("there is room again: what is stored is read anew".to_owned()))
    }

    /// All rows of a scope in the tables that are loaded with it; none for a scope that is new. One damaged row fails it: what it said is
    /// unknown.
    pub async fn load(&self, scope: Scope) -> Result<Vec<Row>, DbError> {
        let tables: Vec<Table> = Table::ALL.into_iter().filter(|table| table.loaded()).collect();
        let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
        let tx = self.connection.begin(&names, Mode::Read).await?;
        let ask = |table: &Table| Stretch::ask(&tx, *table, &self.cipher.scope(scope, *table));
        let asked: Vec<_> = tables.iter().map(ask).collect();
        let mut rows = Vec::new();
        for (table, asked) in tables.into_iter().zip(asked) {
            let found = asked.map_err(|thrown| DbError::reading(&thrown))?.read().await;
            for stored in found.map_err(|thrown| DbError::reading(&thrown))? {
                rows.push(self.open_row(table, &stored)?);
            }
        }
        Ok(rows)
    }

    /// The last `limit` messages of a conversation before the order `before` (none: the very last). A damaged message
    /// does not hide the others.
    pub async fn page(&self, chat: ChatId, before: Option<u64>, limit: u32) -> Result<History, DbError> {
        self.last(chat, Table::Messages, before, limit).await
    }

    /// The last `limit` rows of a table whose keys are numbers, before the number `before`.
    async fn last(&self, chat: ChatId, table: Table, before: Option<u64>, limit: u32) -> Result<History, DbError> {
        let tx = self.connection.begin(&[table.name()], Mode::Read).await?;
        let mut history = History { rows: Vec::new(), more: false, damaged: None };
        let Some(bounds) = self.cipher.before(chat, table, before) else { return Ok(history) };
        let found = async {
            match dense(&tx, table, &bounds, before, limit.max(1)).await? {
                Some(found) => Ok(found),
                None => last(&tx, table, &bounds, limit.max(1)).await,
            }
        };
        let (found, more) = found.await.map_err(|thrown| DbError::reading(&thrown))?;
        history.more = more;
        for stored in found {
            match self.open_row(table, &stored) {
                Ok(row) => history.rows.push(row),
                Err(damage) => {
                    // The number stands in the clear behind the key's opaque half.
                    let key = stored.0.last_chunk::<8>().map(|order| order.to_vec()).unwrap_or_default();
                    history.rows.push(Row { table, key, value: Vec::new() });
                    history.damaged = Some(damage);
                }
            }
        }
        Ok(history)
    }

    /// How many messages of a conversation are stored, and about how many bytes they take: the size of the last of them stands for all.
    pub async fn size(&self, chat: ChatId) -> Result<(u32, u64), DbError> {
        let tx = self.connection.begin(&[Table::Messages.name()], Mode::Read).await?;
        let Some(bounds) = self.cipher.before(chat, Table::Messages, None) else { return Ok((0, 0)) };
        let all = count(&tx, &bounds).await.map_err(|thrown| DbError::reading(&thrown))?;
        let (some, _) =
            last(&tx, Table::Messages, &bounds, SAMPLE).await.map_err(|thrown| DbError::reading(&thrown))?;
        let length = |value: &JsValue| value.dyn_ref::<Uint8Array>().map_or(0, |bytes| bytes.length() as usize);
        let bytes: usize = some.iter().map(|(key, value)| key.len() + length(value)).sum();
        Ok((all, (bytes as u64 * u64::from(all)).checked_div(some.len() as u64).unwrap_or(0)))
    }

    /// Rows that a step wants: single ones all in one transaction. A row that does not open is there without a value.
    pub async fn look(&self, wants: Vec<Want>) -> Result<Vec<Found>, DbError> {
        let tx = self.connection.begin(&Table::ALL.map(Table::name), Mode::Read).await?;
        let mut asked = Vec::with_capacity(wants.len());
        let mut before = Vec::new();
        for want in wants {
            match want {
                Want::Row { chat, table, key } => {
                    let row = self.cipher.row_key(Scope::Chat(chat), table, &key)?;
                    let store = tx.store(table.name()).map_err(|thrown| DbError::reading(&thrown))?;
                    let request = store.get(&Uint8Array::from(&row[..])).map_err(|thrown| DbError::reading(&thrown))?;
                    asked.push((chat, table, key, row, Pending::new(request)));
                }
                Want::Before { chat, table, number, limit } => before.push((chat, table, number, limit)),
            }
        }
        let mut found = Vec::with_capacity(asked.len() + before.len());
        for (chat, table, key, row, pending) in asked {
            let sealed = pending.await.map_err(|thrown| DbError::reading(&thrown))?;
            let damaged = || Row { table, key: key.clone(), value: Vec::new() };
            let opened =
                (!sealed.is_undefined()).then(|| self.open_row(table, &(row, sealed)).unwrap_or_else(|_| damaged()));
            found.push(Found { want: Want::Row { chat, table, key }, rows: opened.into_iter().collect() });
        }
        for (chat, table, number, limit) in before {
            let rows = self.last(chat, table, Some(number), limit).await?.rows;
            found.push(Found { want: Want::Before { chat, table, number, limit }, rows });
        }
        Ok(found)
    }

    /// Writes a step in one transaction: first the wipes, then the changes. Ok: all of it is on disk. An error: none of
    /// it is. Where there is no room, files that can be fetched again go first.
    pub async fn commit(&self, wipes: &[Wipe], changes: &[Change]) -> Result<(), DbError> {
        if wipes.is_empty() && changes.is_empty() {
            return Ok(());
        }
        match self.try_commit(wipes, changes).await {
            Err(DbError::Full(_)) if kept::give_way().await.is_ok_and(|any| any) => {
                self.try_commit(wipes, changes).await
            }
            done => done,
        }
    }

    async fn try_commit(&self, wipes: &[Wipe], changes: &[Change]) -> Result<(), DbError> {
        let own = self.fence().await?;
        // All the work is done before the transaction, so that it waits for nothing.
        let written = changes.iter().map(|change| self.written(change)).collect::<Result<Vec<_>, _>>()?;
        let tx = self.connection.begin(&touched(wipes, changes), Mode::Write).await?;
        match meta::hold(&tx, own).and_then(|held| self.request(&tx, wipes, &written).map(|()| held)) {
            Ok(held) => {
                if self.hasty {
                    tx.commit_now();
                }
                tx.finish().await.map_err(|reason| match meta::is_taken(&held) {
                    true => DbError::Fenced,
                    false => DbError::writing(&reason),
                })
            }
            Err(thrown) => {
                let reason = tx.abort().await;
                Err(DbError::writing(if reason.is_null() { &thrown } else { &reason }))
            }
        }
    }

    fn written(&self, change: &Change) -> Result<Written, DbError> {
        let Change { scope, table, key, value } = change;
        let row = self.cipher.row_key(*scope, *table, key)?;
        let value = value.as_ref().map(|value| self.cipher.seal(*table, &row, key, value)).transpose()?;
        let (key, value) = (Uint8Array::from(&row[..]), value.map(|sealed| Uint8Array::from(&sealed[..])));
        Ok(Written { table: *table, key, value })
    }

    fn open_row(&self, table: Table, (key, sealed): &Stored) -> Result<Row, DbError> {
        match sealed.dyn_ref::<Uint8Array>() {
            Some(sealed) => self.cipher.open(table, key, &sealed.to_vec()),
            None => Err(DbError::Damaged { table: table.name(), why: "it holds no bytes" }),
        }
    }

    /// Puts all requests of a step under way; their failure shows in the transaction.
    fn request(&self, tx: &Tx, wipes: &[Wipe], written: &[Written]) -> Result<(), JsValue> {
        for Wipe(chat) in wipes {
            for table in Table::ALL.into_iter().filter(|table| !table.loaded()) {
                let all = range(&self.cipher.scope(Scope::Chat(*chat), table))?;
                tx.store(table.name())?.delete(&all)?;
            }
        }
        for Written { table, key, value } in written {
            let store = tx.store(table.name())?;
            match value {
                Some(value) => store.put_with_key(value, key)?,
                None => store.delete(key)?,
            };
        }
        Ok(())
    }
}

/// The stores that a step's transaction is over.
fn touched(wipes: &[Wipe], changes: &[Change]) -> Vec<&'static str> {
    let wiped = |table: &Table| !wipes.is_empty() && !table.loaded();
    let changed = |table: &Table| changes.iter().any(|change| change.table == *table);
    let tables = Table::ALL.into_iter().filter(|table| wiped(table) || changed(table));
    tables.map(Table::name).chain([FENCE]).collect()
}

/// A row as it is stored: its key and its sealed value.
type Stored = (Vec<u8>, JsValue);

/// The rows of a range, being read.
struct Stretch {
    keys: Pending,
    values: Pending,
}

impl Stretch {
    fn ask(tx: &Tx, table: Table, bounds: &Bounds) -> Result<Self, JsValue> {
        Self::ask_range(tx, table, &range(bounds)?)
    }

    fn ask_range(tx: &Tx, table: Table, range: &IdbKeyRange) -> Result<Self, JsValue> {
        let store = tx.store(table.name())?;
        let (keys, values) = (store.get_all_keys_with_key(range)?, store.get_all_with_key(range)?);
        Ok(Self { keys: Pending::new(keys), values: Pending::new(values) })
    }

    async fn read(self) -> Result<Vec<Stored>, JsValue> {
        let (keys, values): (Array, Array) = (self.keys.await?.dyn_into()?, self.values.await?.dyn_into()?);
        Ok(keys.iter().map(|key| Uint8Array::new(&key).to_vec()).zip(values.iter()).collect())
    }
}

/// What [`last`] gives, where numbers follow one another, as they mostly do: the rows of so many numbers before a number, at once and
/// without a cursor. None: some of them are missing, and there may be others further up.
async fn dense(
    tx: &Tx,
    table: Table,
    (lowest, to): &Bounds,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<(Vec<Stored>, bool)>, JsValue> {
    let Some(before) = before else { return Ok(None) };
    // One more, which tells whether there is more.
    let from = before.saturating_sub(u64::from(limit) + 1);
    let bounds = ([&lowest[..], &from.to_be_bytes()].concat(), to.clone());
    let mut found = Stretch::ask(tx, table, &bounds)?.read().await?;
    let more = found.len() > limit as usize;
    if more {
        found.remove(0);
    }
    Ok((more || from == 0).then_some((found, more)))
}

/// The last `limit` rows within bounds, in ascending order, and whether there are more before them. A key cursor
/// jumps back over them in one leap and finds where they begin; then they are read at once.
async fn last(tx: &Tx, table: Table, bounds: &Bounds, limit: u32) -> Result<(Vec<Stored>, bool), JsValue> {
    let all = range(bounds)?;
    let store = tx.store(table.name())?;
    let request = store.open_key_cursor_with_range_and_direction(&all, IdbCursorDirection::Prev)?;
    let newest = Pending::new(request.clone()).await?;
    if newest.is_null() {
        return Ok((Vec::new(), false));
    }
    newest.unchecked_into::<IdbCursor>().advance(limit)?;
    let beyond = Pending::new(request).await?;
    let more = !beyond.is_null();
    let stretch = match more {
        true => {
            let beyond = beyond.unchecked_into::<IdbCursor>().key()?;
            IdbKeyRange::bound_with_lower_open(&beyond, &Uint8Array::from(&bounds.1[..]), true)?
        }
        false => all,
    };
    Ok((Stretch::ask_range(tx, table, &stretch)?.read().await?, more))
}

async fn count(tx: &Tx, bounds: &Bounds) -> Result<u32, JsValue> {
    let asked = tx.store(Table::Messages.name())?.count_with_key(&range(bounds)?.into())?;
    Ok(Pending::new(asked).await?.as_f64().unwrap_or_default() as u32)
}

fn range((from, to): &Bounds) -> Result<IdbKeyRange, JsValue> {
    IdbKeyRange::bound(&Uint8Array::from(&from[..]), &Uint8Array::from(&to[..]))
}
