//! The `meta` store: schema, wrapped data key, fence. And the `fence` store.
//!
//! The fence counts the workers that have owned the database. Each bumps it before it reads anything: a worker that was frozen while
//! another took over cannot write any more. Its store has room for one row, by an index that takes a value once; the row's key is the
//! turn. Whoever has the turn writes the row over itself with each transaction. For anybody else it would be a second row: the browser
//! refuses it, and the transaction with it, and nobody has to read anything first.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbIndexParameters, IdbObjectStore, IdbRequest};
use zeroize::Zeroizing;

use super::{
    FENCE, META, SCHEMA,
    connection::Connection,
    error::{DbError, is_second},
    vault::{self, Wrapped},
};
use crate::idb::{Mode, Pending, Tx};

/// Keys of the store.
const SCHEMA_KEY: &str = "schema";
const FENCE_KEY: &str = "fence";
const WRAPPER_KEY: &str = "wrapper";
const DATA_KEY: &str = "data";
/// What the row of the fence's store has, once: the index's name, and its property's.
const ONE: &str = "one";

/// One worker's turn at the database.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fence(f64);

/// What a worker begins with.
pub(super) struct Begun {
    pub(super) key: Zeroizing<[u8; 32]>,
    /// None: there was no room to take it.
    pub(super) fence: Option<Fence>,
    /// Transactions may be told to commit before their requests are done.
    pub(super) hasty: bool,
}

/// Takes the next turn: all workers before this one are fenced off. Gives the data key, made if the database is new. A database that is
/// newer than this code, or damaged, stays as it is.
pub(super) async fn begin(connection: &Connection) -> Result<Begun, DbError> {
    let probe = probe(connection).await;
    let mut wrapped = None;
    let taken = if connection.is_new() { Ok(None) } else { take(connection, &mut wrapped).await };
    let fence = match taken {
        Ok(None) => {
            // WebCrypto cannot be awaited inside a transaction: make the key first, and store it unless there is one by now.
            wrapped = Some(vault::create().await?);
            take(connection, &mut wrapped).await?
        }
        // What is there can be read nevertheless.
        Err(DbError::Full(_)) if wrapped.is_some() => None,
        taken => taken?,
    };
    let wrapped = wrapped.ok_or_else(|| damaged("there is no data key"))?;
    let key = vault::unwrap(&wrapped).await?;
    let hasty = match probe {
        Some(probe) => probe.finish().await.is_err(),
        None => false,
    };
    Ok(Begun { key, fence, hasty })
}

/// Takes the next turn alone.
pub(super) async fn bump(connection: &Connection) -> Result<Fence, DbError> {
    take(connection, &mut None).await?.ok_or_else(|| damaged("there is no data key"))
}

/// Takes the next turn in the transaction that reads the wrapped key. A new database is given the one that is there already; None: it
/// is new, and there was none.
async fn take(connection: &Connection, wrapped: &mut Option<Wrapped>) -> Result<Option<Fence>, DbError> {
    let writing = |thrown: JsValue| DbError::writing(&thrown);
    // A turn need not survive a loss of power: nobody that had one before does. What opens the rows must.
    let mode = if wrapped.is_some() { Mode::Write } else { Mode::Quick };
    let tx = connection.begin(&[META, FENCE], mode).await?;
    let store = tx.store(META).map_err(writing)?;
    let before = get(&store, FENCE_KEY)?;
    match (read(&store).await?, &wrapped) {
        (Some(stored), _) => *wrapped = Some(stored),
        (None, Some(first)) => {
            put(&store, SCHEMA_KEY, &SCHEMA.into())?;
            put(&store, WRAPPER_KEY, &first.wrapper)?;
            put(&store, DATA_KEY, &Uint8Array::from(&first.bytes[..]))?;
        }
        (None, None) => return Ok(None),
    }
    let before = before.await.map_err(writing)?;
    let before =
        if before.is_undefined() { 0.0 } else { before.as_f64().ok_or_else(|| damaged("the fence is no number"))? };
    let fence = Fence(before + 1.0);
    put(&store, FENCE_KEY, &fence.0.into())?;
    let moved = tx.store(FENCE).and_then(|store| store.clear()).and_then(|_| hold(&tx, fence));
    moved.map_err(writing)?;
    tx.finish().await.map_err(writing)?;
    Ok(Some(fence))
}

/// Tries whether a transaction that is told to commit is taken back when one of its requests fails then, as IndexedDB 3.0 wants it: so it
/// fails. Firefox (140 and before) looks at the last request alone. It writes a turn that is nobody's beside the one that is there,
/// which changes nothing. None: it could not be tried.
async fn probe(connection: &Connection) -> Option<Tx> {
    let tx = connection.begin(&[META, FENCE], Mode::Quick).await.ok()?;
    hold(&tx, Fence(-1.0)).and_then(|_| tx.store(META)?.get(&FENCE_KEY.into())).ok()?;
    tx.commit_now();
    Some(tx)
}

/// Makes the fence's store what it is, with a turn that nobody has.
pub(super) fn make_fence(store: &IdbObjectStore) -> Result<(), JsValue> {
    let once = IdbIndexParameters::new();
    once.set_unique(true);
    store.create_index_with_str_and_optional_parameters(ONE, ONE, &once)?;
    store.put_with_key(&row()?, &0.into()).map(drop)
}

/// The one row of the fence's store, whoever has the turn.
fn row() -> Result<JsValue, JsValue> {
    let row = Object::new();
    Reflect::set(&row, &ONE.into(), &1.into())?;
    Ok(row.into())
}

/// Holds the turn inside a transaction over [`FENCE`]: the transaction fails if it is somebody else's, and [`is_taken`] says so then.
pub(super) fn hold(tx: &Tx, Fence(turn): Fence) -> Result<IdbRequest, JsValue> {
    tx.store(FENCE)?.put_with_key(&row()?, &turn.into())
}

/// Whether a transaction that failed did so for the turn.
pub(super) fn is_taken(held: &IdbRequest) -> bool {
    held.error().ok().flatten().is_some_and(|error| is_second(&error))
}

/// The wrapped key; None: a new database.
async fn read(store: &IdbObjectStore) -> Result<Option<Wrapped>, DbError> {
    let reading = |thrown: JsValue| DbError::reading(&thrown);
    let (schema, wrapper, data) = (get(store, SCHEMA_KEY)?, get(store, WRAPPER_KEY)?, get(store, DATA_KEY)?);
    let (schema, wrapper, data) =
        (schema.await.map_err(reading)?, wrapper.await.map_err(reading)?, data.await.map_err(reading)?);
    if schema.is_undefined() && wrapper.is_undefined() && data.is_undefined() {
        return Ok(None);
    }
    match schema.as_f64() {
        None => return Err(damaged("the schema's version is missing")),
        Some(found) if found > f64::from(SCHEMA) => return Err(DbError::Newer(Some(found as u32))),
        Some(_) => {}
    }
    let wrapper = wrapper.dyn_into().map_err(|_| damaged("the wrapping key is missing"))?;
    let data: Uint8Array = data.dyn_into().map_err(|_| damaged("the wrapped key is missing"))?;
    Ok(Some(Wrapped { wrapper, bytes: data.to_vec() }))
}

fn get(store: &IdbObjectStore, key: &str) -> Result<Pending, DbError> {
    store.get(&key.into()).map(Pending::new).map_err(|thrown| DbError::reading(&thrown))
}

fn put(store: &IdbObjectStore, key: &str, value: &JsValue) -> Result<(), DbError> {
    store.put_with_key(value, &key.into()).map(drop).map_err(|thrown| DbError::writing(&thrown))
}

fn damaged(why: &'static str) -> DbError {
    DbError::Damaged { table: META, why }
}
