//! The `meta` store: schema, wrapped data key, fence. And the `fence` store.
//!
//! The fence counts the workers that have owned the database. Each bumps it before it reads anything: a worker that was frozen while
//! another took over cannot write any more. Its store has room for one row, by an index that takes a value once; the row's key is the
//! turn. Whoever has the turn writes the row over itself with each transaction. For anybody else it would be a second row: the browser
//! refuses it, and the transaction with it, and nobody has to read anything first.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, IdbIndexParameters, IdbObjectStore, IdbRequest};
use zeroize::Zeroizing;

use super::{
    FENCE, META, SCHEMA,
    connection::Connection,
    error::{DbError, is_second},
    vault::{self, Wrapped},
};
use crate::idb::{Mode, Pending, Tx};

/// Keys of the store, and their places here.
const KEYS: [&str; 4] = ["fence", "schema", "wrapper", "data"];
const FENCE_KEY: usize = 0;
const SCHEMA_KEY: usize = 1;
const WRAPPER_KEY: usize = 2;
const DATA_KEY: usize = 3;
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
/// newer than this code, or of which this store makes no sense, stays as it is.
pub(super) async fn begin(connection: &Connection) -> Result<Begun, DbError> {
    let probe = probe(connection);
    let (mut wrapped, mut fence) = (None, None);
    if !connection.is_new() {
        fence = match take(connection, &mut wrapped).await {
            // What is there can be read nevertheless.
            Err(DbError::Full(_)) if wrapped.is_some() => None,
            taken => taken?,
        };
    }
    if wrapped.is_none() {
        // WebCrypto cannot be awaited inside a transaction: make the key first, and store it unless there is one by now.
        wrapped = Some(vault::create().await?);
        fence = take(connection, &mut wrapped).await?;
    }
    let key = vault::unwrap(&wrapped.ok_or_else(keyless)?).await?;
    // Where there is no room for the turn, the probe may have failed for that.
    let hasty = match probe {
        Some(probe) => probe.finish().await.is_err() && fence.is_some(),
        None => false,
    };
    Ok(Begun { key, fence, hasty })
}

/// Takes the next turn alone.
pub(super) async fn bump(connection: &Connection) -> Result<Fence, DbError> {
    take(connection, &mut None).await?.ok_or_else(keyless)
}

/// Takes the next turn in the transaction that reads the wrapped key. A new database is given the key that is passed, if there is one;
/// None: it is new, and there is none.
async fn take(connection: &Connection, wrapped: &mut Option<Wrapped>) -> Result<Option<Fence>, DbError> {
    // A turn need not survive a loss of power: nobody that had one before does. What opens the rows must.
    let mode = if wrapped.is_some() { Mode::Write } else { Mode::Quick };
    let tx = connection.begin(&[META, FENCE], mode).await?;
    let found = read(&tx).await.map_err(|thrown| DbError::reading(&thrown))?;
    let before = &found[FENCE_KEY];
    let before =
        if before.is_undefined() { 0.0 } else { before.as_f64().ok_or_else(|| damaged("the fence is no number"))? };
    let fence = Fence(before + 1.0);
    let first = match stored(&found)? {
        Some(stored) => {
            *wrapped = Some(stored);
            None
        }
        None if wrapped.is_none() => return Ok(None),
        None => wrapped.as_ref(),
    };
    move_on(&tx, first, fence).map_err(|thrown| DbError::writing(&thrown))?;
    tx.finish().await.map_err(|reason| DbError::writing(&reason))?;
    Ok(Some(fence))
}

/// All of the store, by [`KEYS`].
async fn read(tx: &Tx) -> Result<[JsValue; KEYS.len()], JsValue> {
    let store = tx.store(META)?;
    let asked = KEYS.map(|key| store.get(&key.into()).map(Pending::new));
    let mut found = KEYS.map(|_| JsValue::UNDEFINED);
    for (asked, found) in asked.into_iter().zip(&mut found) {
        *found = asked?.await?;
    }
    Ok(found)
}

/// The wrapped key; None: a new database.
fn stored(found: &[JsValue; KEYS.len()]) -> Result<Option<Wrapped>, DbError> {
    let [_, schema, wrapper, data] = found;
    if schema.is_undefined() && wrapper.is_undefined() && data.is_undefined() {
        return Ok(None);
    }
    match schema.as_f64() {
        None => return Err(damaged("the schema's version is missing")),
        Some(found) if found > f64::from(SCHEMA) => return Err(DbError::Newer(Some(found as u32))),
        Some(_) => {}
    }
    let wrapper = wrapper.dyn_ref::<CryptoKey>().ok_or_else(|| damaged("the wrapping key is missing"))?;
    let data = data.dyn_ref::<Uint8Array>().ok_or_else(|| damaged("the wrapped key is missing"))?;
    Ok(Some(Wrapped { wrapper: wrapper.clone(), bytes: data.to_vec() }))
}

/// Puts the turn under way, with the first key that the database has, if it is new.
fn move_on(tx: &Tx, first: Option<&Wrapped>, fence: Fence) -> Result<(), JsValue> {
    let store = tx.store(META)?;
    let put = |key: usize, value: &JsValue| store.put_with_key(value, &KEYS[key].into()).map(drop);
    // Of an older form it is no more, once this code has written to it.
    put(SCHEMA_KEY, &SCHEMA.into())?;
    if let Some(Wrapped { wrapper, bytes }) = first {
        put(WRAPPER_KEY, wrapper)?;
        put(DATA_KEY, &Uint8Array::from(&bytes[..]))?;
    }
    put(FENCE_KEY, &fence.0.into())?;
    tx.store(FENCE)?.clear()?;
    hold(tx, fence).map(drop)
}

/// Tries whether a transaction that is told to commit is taken back when one of its requests fails then, as IndexedDB 3.0 wants it: so it
/// fails. Firefox (140 and before) looks at the last request alone. It writes a turn that is nobody's beside the one that is there,
/// which changes nothing. None: it could not be tried.
fn probe(connection: &Connection) -> Option<Tx> {
    let tx = connection.begin_once(&[META, FENCE], Mode::Quick).ok()??;
    hold(&tx, Fence(-1.0)).and_then(|_| tx.store(META)?.get(&KEYS[FENCE_KEY].into())).ok()?;
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

fn keyless() -> DbError {
    damaged("there is no data key")
}

fn damaged(why: &'static str) -> DbError {
    DbError::Damaged { table: META, why }
}
