//! The database, in a real IndexedDB: one step is one transaction, and what lies on disk says nothing.
#![allow(clippy::unwrap_used)]

mod at_rest;
mod connection;
mod kept;
mod pages;
mod steps;
#[path = "../support/mod.rs"]
mod support;

use js_sys::{Array, Uint8Array};
use support::{Changed, FLIP, failing_put, fresh, js, tamper};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xchat::worker::db::{Db, DbError};
use xchat_engine::{
    api::{ChatId, StorageProblem},
    rows::{Change, Found, Row, Scope, Table, Want, Wipe},
};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const ANN: ChatId = ChatId(*b"conversation-ann");
const BOB: ChatId = ChatId(*b"conversation-bob");

fn put(scope: Scope, table: Table, key: &[u8], value: &str) -> Change {
    Change { scope, table, key: key.to_vec(), value: Some(value.as_bytes().to_vec()) }
}

fn message(chat: ChatId, order: u64) -> Change {
    put(Scope::Chat(chat), Table::Messages, &order.to_be_bytes(), &format!("message {order}"))
}

/// One row in every table.
fn one_of_each() -> Vec<Change> {
    let scope = Scope::Chat(ANN);
    vec![
        put(scope, Table::State, b"logical-state", "the state"),
        put(scope, Table::Mls, b"logical-mls", "the ratchet"),
        put(scope, Table::Outbox, b"logical-outbox", "the frame"),
        put(scope, Table::Messages, &7u64.to_be_bytes(), "the message"),
        put(scope, Table::Ids, b"logical-id", "the order"),
        put(scope, Table::Receipts, b"logical-receipt", "the readers"),
        put(scope, Table::Words, &3u64.to_be_bytes(), "the words"),
    ]
}

fn row(table: Table, key: &[u8], value: &str) -> Row {
    Row { table, key: key.to_vec(), value: value.as_bytes().to_vec() }
}

async fn orders(db: &Db, chat: ChatId, before: Option<u64>, limit: u32) -> (Vec<u64>, bool) {
    let history = db.page(chat, before, limit).await.unwrap();
    assert!(history.damaged.is_none());
    let orders = history.rows.iter().map(|row| u64::from_be_bytes(row.key[..].try_into().unwrap()));
    (orders.collect(), history.more)
}

/// Everything in the database: `[store, key, value]`, bytes as `Uint8Array`.
async fn dump(name: &str) -> Vec<(String, JsValue, JsValue)> {
    let body = "
        const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        const rows = [];
        for (const store of db.objectStoreNames) {
            await new Promise((ok, no) => {
                const r = db.transaction(store).objectStore(store).openCursor();
                r.onerror = no;
                r.onsuccess = () => {
                    if (!r.result) return ok();
                    const key = r.result.key;
                    rows.push([store, key instanceof ArrayBuffer ? new Uint8Array(key) : key, r.result.value]);
                    r.result.continue();
                };
            });
        }
        db.close();
        return rows;";
    let rows: Array = js(body, &[name.into()]).await.unchecked_into();
    let row = |row: JsValue| {
        let row: Array = row.unchecked_into();
        (row.get(0).as_string().unwrap(), row.get(1), row.get(2))
    };
    rows.iter().map(row).collect()
}

fn bytes(value: &JsValue) -> Vec<u8> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => bytes.to_vec(),
        None => value.as_string().unwrap_or_default().into_bytes(),
    }
}
