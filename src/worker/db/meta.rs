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

/// The data key; made if the database is new.
pub(super) async fn data_key(connection: &Connection) -> Result<Zeroizing<[u8; 32]>, DbError> {
    let wrapped = match read(connection).await? {
        Some(wrapped) => wrapped,
        None => {
            // WebCrypto cannot be awaited inside a transaction: make the key first, read back what was stored.
            plant(connection, &vault::create().await?).await?;
            read(connection).await?.ok_or_else(|| DbError::WriteFailed("the data key was not stored".to_owned()))?
        }
    };
    vault::unwrap(&wrapped).await
}

/// Takes the next turn: all workers before this one are fenced off.
pub(super) async fn bump(connection: &Connection) -> Result<Fence, DbError> {
    let tx = connection.begin(&[META, FENCE], Mode::Write).await?;
    let store = tx.store(META).map_err(|thrown| DbError::writing(&thrown))?;
    let before = get(&store, FENCE_KEY)?.await.map_err(|thrown| DbError::writing(&thrown))?;
    let before =
        if before.is_undefined() { 0.0 } else { before.as_f64().ok_or_else(|| damaged("the fence is no number"))? };
    let fence = Fence(before + 1.0);
    put(&store, FENCE_KEY, &fence.0.into())?;
    let moved = tx.store(FENCE).and_then(|store| store.clear()).and_then(|_| hold(&tx, fence));
    moved.map_err(|thrown| DbError::writing(&thrown))?;
    tx.finish().await.map_err(|reason| DbError::writing(&reason))?;
    Ok(fence)
}

/// Whether a transaction that is told to commit is taken back when one of its requests fails then, as IndexedDB 3.0 wants it. Firefox
/// (140 and before) looks at the last request alone. Tried with a turn that is nobody's, once somebody has one: it changes nothing.
pub(super) async fn commits_whole(connection: &Connection) -> bool {
    let Ok(tx) = connection.begin(&[META, FENCE], Mode::Write).await else { return false };
    let nobody = hold(&tx, Fence(0.0)).and_then(|_| tx.store(META)?.get(&FENCE_KEY.into()));
    nobody.is_ok() && tx.commit().await.is_err()
}

/// Makes the fence's store what it is.
pub(super) fn make_fence(store: &IdbObjectStore) -> Result<(), JsValue> {
    let once = IdbIndexParameters::new();
    once.set_unique(true);
    store.create_index_with_str_and_optional_parameters(ONE, ONE, &once).map(drop)
}

/// Holds the turn inside a transaction over [`FENCE`]: the transaction fails if it is somebody else's, and [`is_taken`] says so then.
pub(super) fn hold(tx: &Tx, Fence(turn): Fence) -> Result<IdbRequest, JsValue> {
    let row = Object::new();
    Reflect::set(&row, &ONE.into(), &1.into())?;
    tx.store(FENCE)?.put_with_key(&row, &turn.into())
}

/// Whether a transaction that failed did so for the turn.
pub(super) fn is_taken(held: &IdbRequest) -> bool {
    held.error().ok().flatten().is_some_and(|error| is_second(&error))
}

/// None: a new database.
async fn read(connection: &Connection) -> Result<Option<Wrapped>, DbError> {
    let tx = connection.begin(&[META], Mode::Read).await?;
    let store = tx.store(META).map_err(|thrown| DbError::reading(&thrown))?;
    let (schema, wrapper, data) = (get(&store, SCHEMA_KEY)?, get(&store, WRAPPER_KEY)?, get(&store, DATA_KEY)?);
    let reading = |thrown: JsValue| DbError::reading(&thrown);
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

/// Stores a first data key, unless there is one by now.
async fn plant(connection: &Connection, wrapped: &Wrapped) -> Result<(), DbError> {
    let tx = connection.begin(&[META], Mode::Write).await?;
    let store = tx.store(META).map_err(|thrown| DbError::writing(&thrown))?;
    let schema = get(&store, SCHEMA_KEY)?.await.map_err(|thrown| DbError::writing(&thrown))?;
    if schema.is_undefined() {
        put(&store, SCHEMA_KEY, &SCHEMA.into())?;
        put(&store, WRAPPER_KEY, &wrapped.wrapper)?;
        put(&store, DATA_KEY, &Uint8Array::from(&wrapped.bytes[..]))?;
    }
    tx.finish().await.map_err(|reason| DbError::writing(&reason))
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
