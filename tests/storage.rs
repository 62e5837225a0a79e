//! The database, in a real IndexedDB: one step is one transaction, and what lies on disk says nothing.

mod support;

use js_sys::{Array, Uint8Array};
use support::{Changed, failing_put, fresh, js};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xchat::worker::db::{Db, DbError};
use xchat_engine::{
    api::{ChatId, StorageProblem},
    rows::{Change, Row, Scope, Table, Wipe},
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

/// Runs `change(store, db)` in a write transaction on one store.
async fn tamper(name: &str, store: &str, change: &str) {
    let body = format!(
        "const db = await new Promise((ok, no) => {{
             const r = indexedDB.open(a); r.onsuccess = () => ok(r.result); r.onerror = no;
         }});
         await new Promise((ok, no) => {{
             const tx = db.transaction(b, 'readwrite');
             tx.oncomplete = ok; tx.onabort = no;
             const store = tx.objectStore(b);
             {change}
         }});
         db.close();"
    );
    js(&body, &[name.into(), store.into()]).await;
}

/// Flips the last bit of each value's last byte.
const FLIP: &str = "
    const r = store.openCursor();
    r.onsuccess = () => {
        if (!r.result) return;
        const value = r.result.value;
        value[value.length - 1] ^= 1;
        r.result.update(value);
        r.result.continue();
    };";

#[wasm_bindgen_test]
async fn a_step_is_there_after_reopening() {
    let name = fresh("reopen");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    drop(db);

    let db = Db::open(&name).await.unwrap();
    let mut rows = db.load(Scope::Chat(ANN)).await.unwrap();
    rows.sort_by_key(|row| row.table);
    let expected = [
        row(Table::State, b"logical-state", "the state"),
        row(Table::Mls, b"logical-mls", "the ratchet"),
        row(Table::Outbox, b"logical-outbox", "the frame"),
    ];
    assert_eq!(rows, expected, "messages are not loaded with their scope");
    let history = db.page(ANN, None, 10).await.unwrap();
    assert_eq!(history.rows, [row(Table::Messages, &7u64.to_be_bytes(), "the message")]);
    assert!(db.load(Scope::Account).await.unwrap().is_empty(), "another scope holds none of it");
    assert!(db.load(Scope::Chat(BOB)).await.unwrap().is_empty(), "another scope holds none of it");
}

#[wasm_bindgen_test]
async fn a_row_is_replaced_and_deleted_under_its_own_key_alone() {
    let db = Db::open(&fresh("replace")).await.unwrap();
    let (scope, table) = (Scope::Account, Table::State);
    db.commit(&[], &[put(scope, table, b"one", "1"), put(scope, table, b"two", "2"), put(scope, table, b"three", "3")])
        .await
        .unwrap();
    let gone = Change { scope, table, key: b"three".to_vec(), value: None };
    db.commit(&[], &[put(scope, table, b"one", "new"), gone]).await.unwrap();
    let mut rows = db.load(scope).await.unwrap();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(rows, [row(table, b"one", "new"), row(table, b"two", "2")]);
}

#[wasm_bindgen_test]
async fn a_step_that_fails_at_any_store_leaves_nothing_of_itself() {
    for (store, _) in Table::ALL.map(|table| (table.name(), ())) {
        let name = fresh("atomic");
        let db = Db::open(&name).await.unwrap();
        db.commit(&[], &[put(Scope::Chat(ANN), Table::State, b"logical-state", "before"), message(ANN, 1)])
            .await
            .unwrap();
        let before = dump(&name).await;

        let broken = failing_put(store, 0);
        let error = db.commit(&[Wipe(ANN)], &one_of_each()).await.unwrap_err();
        drop(broken);
        assert!(matches!(error, DbError::WriteFailed(_)), "{error}");

        assert_eq!(dump(&name).await.len(), before.len(), "a failure in `{store}`");
        assert_eq!(db.load(Scope::Chat(ANN)).await.unwrap(), [row(Table::State, b"logical-state", "before")]);
        assert_eq!(orders(&db, ANN, None, 10).await, (vec![1], false), "the wipe is taken back too");
        db.commit(&[], &one_of_each()).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_step_that_the_browser_refuses_midway_leaves_nothing_of_itself() {
    let db = Db::open(&fresh("refused")).await.unwrap();
    let broken = Changed::by(
        "const put = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function (value, key) {
             if (this.name === 'messages') throw new DOMException('no more', 'QuotaExceededError');
             return put.call(this, value, key);
         };
         return () => { IDBObjectStore.prototype.put = put; };",
    );
    let error = db.commit(&[], &one_of_each()).await.unwrap_err();
    drop(broken);
    assert!(matches!(error, DbError::Full(_)), "{error}");
    assert_eq!(error.problem(), StorageProblem::Full);
    assert!(db.load(Scope::Chat(ANN)).await.unwrap().is_empty());
}

#[wasm_bindgen_test]
async fn a_commit_asks_for_strict_durability_and_ends_with_complete() {
    let db = Db::open(&fresh("strict")).await.unwrap();
    let watched = Changed::by(
        "const begin = IDBDatabase.prototype.transaction;
         self.seen = [];
         IDBDatabase.prototype.transaction = function (...given) {
             const tx = begin.apply(this, given);
             self.seen.push(tx.mode + ' ' + tx.durability + ' ' + [...tx.objectStoreNames].join());
             tx.addEventListener('complete', () => self.seen.push('complete'));
             return tx;
         };
         return () => { IDBDatabase.prototype.transaction = begin; };",
    );
    db.commit(&[], &one_of_each()).await.unwrap();
    let seen: Array = js("return self.seen", &[]).await.unchecked_into();
    drop(watched);
    let seen: Vec<_> = seen.iter().map(|word| word.as_string().unwrap()).collect();
    assert_eq!(
        seen,
        ["readwrite strict messages,meta,mls,outbox,state", "complete"],
        "one transaction, over at the return"
    );
}

#[wasm_bindgen_test]
async fn nothing_at_rest_shows_a_value_a_logical_key_or_a_scope() {
    let name = fresh("sealed");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    let secrets: [&[u8]; 8] = [
        b"the state",
        b"the ratchet",
        b"the frame",
        b"the message",
        b"logical-state",
        b"logical-mls",
        b"logical-outbox",
        &ANN.0,
    ];
    let rows = dump(&name).await;
    assert_eq!(rows.iter().filter(|(store, ..)| store != "meta").count(), 4);
    for (store, key, value) in &rows {
        for part in [bytes(key), bytes(value)] {
            for secret in secrets {
                assert!(!part.windows(secret.len()).any(|window| window == secret), "in `{store}`");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn the_key_that_wraps_the_data_key_cannot_be_read_out() {
    let name = fresh("wrapper");
    Db::open(&name).await.unwrap();
    let rows = dump(&name).await;
    let wrapper = rows.iter().find(|(store, key, _)| store == "meta" && key.as_string().as_deref() == Some("wrapper"));
    let body = "return a.extractable || await crypto.subtle.exportKey('raw', a).then(() => true, () => false)";
    assert_eq!(js(body, &[wrapper.unwrap().2.clone()]).await, JsValue::FALSE);
}

#[wasm_bindgen_test]
async fn a_changed_row_is_reported_with_its_table_and_left_as_it_is() {
    for table in [Table::State, Table::Mls, Table::Outbox] {
        let name = fresh("damaged");
        let db = Db::open(&name).await.unwrap();
        db.commit(&[], &one_of_each()).await.unwrap();
        tamper(&name, table.name(), FLIP).await;
        let before = dump(&name).await.len();
        let error = db.load(Scope::Chat(ANN)).await.unwrap_err();
        assert!(matches!(error, DbError::Damaged { table: found, .. } if found == table.name()), "{error}");
        assert_eq!(error.problem(), StorageProblem::Damaged);
        assert_eq!(dump(&name).await.len(), before);
        assert!(db.load(Scope::Account).await.is_ok(), "other scopes are not concerned");
    }
}

#[wasm_bindgen_test]
async fn rows_cannot_be_exchanged_for_each_other() {
    let name = fresh("exchanged");
    let db = Db::open(&name).await.unwrap();
    let (scope, table) = (Scope::Account, Table::State);
    db.commit(&[], &[put(scope, table, b"one", "1"), put(scope, table, b"two", "2")]).await.unwrap();
    let swap = "
        const keys = store.getAllKeys(), values = store.getAll();
        values.onsuccess = () => {
            store.put(values.result[0], keys.result[1]);
            store.put(values.result[1], keys.result[0]);
        };";
    tamper(&name, "state", swap).await;
    assert!(matches!(db.load(scope).await, Err(DbError::Damaged { table: "state", .. })));
}

#[wasm_bindgen_test]
async fn a_value_that_is_not_bytes_is_damaged() {
    let name = fresh("nonsense");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    tamper(&name, "mls", "const r = store.getAllKeys(); r.onsuccess = () => store.put('text', r.result[0]);").await;
    assert!(matches!(db.load(Scope::Chat(ANN)).await, Err(DbError::Damaged { table: "mls", .. })));
}

#[wasm_bindgen_test]
async fn a_damaged_message_does_not_hide_the_others() {
    let name = fresh("message");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &[message(ANN, 1)]).await.unwrap();
    tamper(&name, "messages", FLIP).await;
    db.commit(&[], &[message(ANN, 2), message(ANN, 3)]).await.unwrap();
    let history = db.page(ANN, None, 10).await.unwrap();
    assert_eq!(history.rows.len(), 2);
    assert!(matches!(history.damaged, Some(DbError::Damaged { table: "messages", .. })));
}

#[wasm_bindgen_test]
async fn a_wrapped_key_that_does_not_open_is_reported_and_left() {
    let name = fresh("unwrap");
    Db::open(&name).await.unwrap().commit(&[], &one_of_each()).await.unwrap();
    let flip = "const r = store.get('data'); r.onsuccess = () => { r.result[20] ^= 1; store.put(r.result, 'data'); };";
    tamper(&name, "meta", flip).await;
    let before = dump(&name).await.len();
    assert!(matches!(Db::open(&name).await.err(), Some(DbError::Damaged { table: "meta", .. })));
    assert_eq!(dump(&name).await.len(), before);
    tamper(&name, "meta", flip).await;
    assert_eq!(Db::open(&name).await.unwrap().load(Scope::Chat(ANN)).await.unwrap().len(), 3);
}

#[wasm_bindgen_test]
async fn a_second_opener_fences_the_first_off() {
    let name = fresh("fence");
    let first = Db::open(&name).await.unwrap();
    first.commit(&[], &[message(ANN, 1)]).await.unwrap();
    let second = Db::open(&name).await.unwrap();

    let refused = first.commit(&[Wipe(ANN)], &[message(ANN, 2)]).await;
    assert!(matches!(refused, Err(DbError::Fenced)));
    assert_eq!(orders(&second, ANN, None, 10).await.0, [1], "nothing of the refused step was written");
    second.commit(&[], &[message(ANN, 3)]).await.unwrap();
    assert_eq!(orders(&second, ANN, None, 10).await.0, [1, 3]);
    assert!(matches!(first.commit(&[], &[message(ANN, 4)]).await, Err(DbError::Fenced)), "it stays fenced off");
}

#[wasm_bindgen_test]
async fn a_newer_schema_is_refused_and_left() {
    let name = fresh("schema");
    Db::open(&name).await.unwrap().commit(&[], &one_of_each()).await.unwrap();
    tamper(&name, "meta", "store.put(2, 'schema');").await;
    assert!(matches!(Db::open(&name).await.err(), Some(DbError::Newer(Some(2)))));
    tamper(&name, "meta", "store.put(1, 'schema');").await;
    assert_eq!(Db::open(&name).await.unwrap().load(Scope::Chat(ANN)).await.unwrap().len(), 3);
}

#[wasm_bindgen_test]
async fn a_newer_version_of_the_database_is_let_through_and_then_refused() {
    let name = fresh("version");
    let db = Db::open(&name).await.unwrap();
    // Succeeds only because the open connection gives way.
    let upgrade = "
        const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a, 2); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        db.close();";
    js(upgrade, &[name.as_str().into()]).await;
    let error = db.commit(&[], &one_of_each()).await.unwrap_err();
    assert!(matches!(error, DbError::Newer(None)), "{error}");
    assert_eq!(error.problem(), StorageProblem::Newer);
    assert!(matches!(Db::open(&name).await.err(), Some(DbError::Newer(None))));
}

#[wasm_bindgen_test]
async fn a_page_is_the_last_messages_before_an_order_oldest_first() {
    let db = Db::open(&fresh("page")).await.unwrap();
    // Beyond one byte, so that any order but that of big-endian bytes shows.
    let all = [1, 2, 3, 200, 255, 256, 257, 1000, 65_536, 70_000];
    let changes: Vec<_> =
        all.into_iter().map(|order| message(ANN, order)).chain([message(BOB, 5), message(BOB, 400)]).collect();
    db.commit(&[], &changes).await.unwrap();

    assert_eq!(orders(&db, ANN, None, 3).await, (vec![1000, 65_536, 70_000], true));
    assert_eq!(orders(&db, ANN, Some(1000), 3).await, (vec![255, 256, 257], true));
    assert_eq!(orders(&db, ANN, Some(300), 2).await, (vec![256, 257], true), "an order that no message has");
    assert_eq!(orders(&db, ANN, Some(255), 4).await, (vec![1, 2, 3, 200], false), "exactly all that there are");
    assert_eq!(orders(&db, ANN, Some(255), 3).await, (vec![2, 3, 200], true));
    assert_eq!(orders(&db, ANN, None, 200).await, (all.to_vec(), false));
    assert_eq!(orders(&db, ANN, Some(1), 5).await, (vec![], false));
    assert_eq!(orders(&db, ANN, Some(0), 5).await, (vec![], false));
    assert_eq!(orders(&db, BOB, None, 5).await, (vec![5, 400], false), "conversations do not mix");
    assert_eq!(orders(&db, ChatId([9; 16]), None, 5).await, (vec![], false));
    assert_eq!(orders(&db, ANN, None, 0).await.0.len(), 1, "no browser leaps over nothing");
}

#[wasm_bindgen_test]
async fn the_greatest_order_is_within_every_page() {
    let db = Db::open(&fresh("greatest")).await.unwrap();
    db.commit(&[], &[message(ANN, 0), message(ANN, u64::MAX)]).await.unwrap();
    assert_eq!(orders(&db, ANN, None, 5).await, (vec![0, u64::MAX], false));
    assert_eq!(orders(&db, ANN, Some(u64::MAX), 5).await, (vec![0], false));
}

#[wasm_bindgen_test]
async fn a_wipe_deletes_the_messages_of_one_conversation_before_the_changes() {
    let db = Db::open(&fresh("wipe")).await.unwrap();
    db.commit(&[], &[message(ANN, 1), message(ANN, 2), message(BOB, 1)]).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    db.commit(&[Wipe(ANN)], &[message(ANN, 9)]).await.unwrap();
    assert_eq!(orders(&db, ANN, None, 10).await.0, [9]);
    assert_eq!(orders(&db, BOB, None, 10).await.0, [1]);
    assert_eq!(db.load(Scope::Chat(ANN)).await.unwrap().len(), 3, "rows of other tables are the engine's to delete");
    db.commit(&[Wipe(BOB)], &[]).await.unwrap();
    assert_eq!(orders(&db, BOB, None, 10).await.0, [] as [u64; 0]);
}

#[wasm_bindgen_test]
async fn a_message_key_that_is_no_order_is_refused_before_anything_is_written() {
    let db = Db::open(&fresh("order")).await.unwrap();
    let mut changes = one_of_each();
    changes.push(put(Scope::Chat(ANN), Table::Messages, b"short", "x"));
    assert!(matches!(db.commit(&[], &changes).await, Err(DbError::WriteFailed(_))));
    assert!(db.load(Scope::Chat(ANN)).await.unwrap().is_empty());
}

/// The next `times` transactions find their connection closed by the browser.
fn dying_connections(times: u32) -> Changed {
    Changed::by(&format!(
        "const begin = IDBDatabase.prototype.transaction;
         let left = {times};
         IDBDatabase.prototype.transaction = function (...given) {{
             if (left-- > 0) this.close();
             return begin.apply(this, given);
         }};
         return () => {{ IDBDatabase.prototype.transaction = begin; }};"
    ))
}

#[wasm_bindgen_test]
async fn a_dead_connection_is_opened_again_once() {
    let db = Db::open(&fresh("dead")).await.unwrap();
    let dying = dying_connections(1);
    db.commit(&[], &one_of_each()).await.unwrap();
    drop(dying);
    let dying = dying_connections(1);
    assert_eq!(db.load(Scope::Chat(ANN)).await.unwrap().len(), 3, "no fence was bumped, nothing was lost");
    drop(dying);
    let dying = dying_connections(100);
    assert!(matches!(db.commit(&[], &one_of_each()).await, Err(DbError::Unavailable(_))));
    drop(dying);
    db.commit(&[], &one_of_each()).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_deleted_database_is_not_taken_for_a_new_one() {
    let name = fresh("deleted");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    let delete =
        "await new Promise((ok, no) => { const r = indexedDB.deleteDatabase(a); r.onsuccess = ok; r.onerror = no; });";
    js(delete, &[name.as_str().into()]).await;
    assert!(matches!(db.load(Scope::Chat(ANN)).await, Err(DbError::Unavailable(_))));
    assert!(matches!(db.commit(&[], &one_of_each()).await, Err(DbError::Unavailable(_))));
    let body = "return (await indexedDB.databases()).some(database => database.name === a)";
    assert_eq!(js(body, &[name.as_str().into()]).await, JsValue::FALSE, "nothing was put in its place");
}

#[wasm_bindgen_test]
async fn a_browser_without_indexeddb_is_said_to_have_none() {
    let hidden = Changed::by(
        "const had = Object.getOwnPropertyDescriptor(self, 'indexedDB');
         Object.defineProperty(self, 'indexedDB', { value: undefined, configurable: true });
         return () => { if (had) Object.defineProperty(self, 'indexedDB', had); else delete self.indexedDB; };",
    );
    let error = Db::open(&fresh("none")).await.err().unwrap();
    drop(hidden);
    assert_eq!(error.problem(), StorageProblem::Unavailable);
}

#[wasm_bindgen_test]
async fn many_rows_of_one_step_are_all_there() {
    let db = Db::open(&fresh("many")).await.unwrap();
    let value = "x".repeat(1024);
    let keys: Vec<_> = (0..500u32).map(|n| n.to_be_bytes()).collect();
    let changes: Vec<_> = keys.iter().map(|key| put(Scope::Account, Table::Mls, key, &value)).collect();
    db.commit(&[], &changes).await.unwrap();
    let mut found: Vec<_> = db.load(Scope::Account).await.unwrap().into_iter().map(|row| row.key).collect();
    found.sort();
    assert_eq!(found, keys);
}
