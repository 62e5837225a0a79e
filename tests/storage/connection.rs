//! Databases that are newer, gone, or closed by the browser.

use js_sys::Uint8Array;
use xchat::{chunks, files::Store};
use xchat_wire::BlobHash;

use super::*;

/// What is in the fence's store.
async fn turns(name: &str) -> Vec<f64> {
    let fence = |(store, key, _): &(String, JsValue, JsValue)| (store == "fence").then(|| key.as_f64()).flatten();
    dump(name).await.iter().filter_map(fence).collect()
}

#[wasm_bindgen_test]
async fn a_newer_schema_is_refused_and_left() {
    let name = fresh("schema");
    Db::open(&name).await.unwrap().commit(&[], &one_of_each()).await.unwrap();
    tamper(&name, "meta", "store.put(3, 'schema');").await;
    let before = turns(&name).await;
    assert!(matches!(Db::open(&name).await.err(), Some(DbError::Newer(Some(3)))));
    assert_eq!(turns(&name).await, before, "who cannot read it does not take it from whoever can");
    tamper(&name, "meta", "store.put(2, 'schema');").await;
    assert_eq!(Db::open(&name).await.unwrap().load(Scope::Chat(ANN)).await.unwrap().len(), 3);
}

#[wasm_bindgen_test]
async fn a_database_of_an_earlier_form_is_of_this_one_from_then_on() {
    let name = fresh("earlier");
    Db::open(&name).await.unwrap().commit(&[], &one_of_each()).await.unwrap();
    tamper(&name, "meta", "store.put(1, 'schema');").await;
    assert_eq!(Db::open(&name).await.unwrap().load(Scope::Chat(ANN)).await.unwrap().len(), 3);
    let schema = |(store, key, value): &(String, JsValue, JsValue)| {
        (store == "meta" && key.as_string().as_deref() == Some("schema")).then(|| value.as_f64()).flatten()
    };
    assert_eq!(dump(&name).await.iter().find_map(schema), Some(2.0), "an earlier build would lose what it cannot read");
}

#[wasm_bindgen_test]
async fn a_newer_version_of_the_database_is_let_through_and_then_refused() {
    let name = fresh("version");
    let db = Db::open(&name).await.unwrap();
    // Succeeds only because the open connection gives way.
    let upgrade = "
        const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a, 3); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        db.close();";
    js(upgrade, &[name.as_str().into()]).await;
    let error = db.commit(&[], &one_of_each()).await.unwrap_err();
    assert!(matches!(error, DbError::Newer(None)), "{error}");
    assert_eq!(error.problem(), StorageProblem::Newer);
    assert!(matches!(Db::open(&name).await.err(), Some(DbError::Newer(None))));
}

#[wasm_bindgen_test]
async fn a_database_of_the_version_before_is_given_the_store_of_the_fence() {
    let name = fresh("before");
    let make = "
        const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a, 1); r.onsuccess = () => ok(r.result); r.onerror = no;
            r.onupgradeneeded = () => ['meta', ...b].forEach((store) => r.result.createObjectStore(store));
        });
        await new Promise((ok, no) => {
            const tx = db.transaction('meta', 'readwrite');
            tx.oncomplete = ok; tx.onabort = no;
            tx.objectStore('meta').put(7, 'fence');
        });
        db.close();";
    let tables: Array = Table::ALL.iter().map(|table| JsValue::from(table.name())).collect();
    js(make, &[name.as_str().into(), tables.into()]).await;
    let first = Db::open(&name).await.unwrap();
    first.commit(&[], &one_of_each()).await.unwrap();
    assert_eq!(turns(&name).await, [8.0], "the turn after the last");
    let second = Db::open(&name).await.unwrap();
    assert_eq!(turns(&name).await, [9.0]);
    assert!(matches!(first.commit(&[], &one_of_each()).await, Err(DbError::Fenced)));
    assert_eq!(second.load(Scope::Chat(ANN)).await.unwrap().len(), 3);
}

#[wasm_bindgen_test]
async fn a_database_whose_maker_came_no_further_is_a_new_one() {
    let name = fresh("begun");
    drop(Db::open(&name).await.unwrap());
    tamper(&name, "meta", "store.clear();").await;
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    drop(db);
    assert_eq!(Db::open(&name).await.unwrap().load(Scope::Chat(ANN)).await.unwrap().len(), 3);
}

/// A disk without room for the fence.
fn full() -> Changed {
    Changed::by(
        "const put = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function (value, key) {
             if (key === 'fence') throw new DOMException('no room', 'QuotaExceededError');
             return put.call(this, value, key);
         };
         return () => { IDBObjectStore.prototype.put = put; };",
    )
}

#[wasm_bindgen_test]
async fn what_a_full_disk_holds_is_read_and_nothing_is_written_before_the_fence_is() {
    let name = fresh("full");
    let before = Db::open(&name).await.unwrap();
    before.commit(&[], &one_of_each()).await.unwrap();
    let full = full();
    let db = Db::open(&name).await.unwrap();
    assert!(!db.writes());
    assert_eq!(db.load(Scope::Chat(ANN)).await.unwrap().len(), 3);
    assert!(matches!(db.commit(&[], &[message(ANN, 8)]).await, Err(DbError::Full(_))));
    drop(full);
    // Whoever had the fence may have written until now: what was read must be read anew, once.
    before.commit(&[], &[message(ANN, 9)]).await.unwrap();
    assert!(matches!(db.commit(&[], &[message(ANN, 8)]).await, Err(DbError::WriteFailed(_))));
    assert!(db.writes());
    db.commit(&[], &[message(ANN, 10)]).await.unwrap();
    assert_eq!(orders(&db, ANN, None, 9).await.0, [7, 9, 10]);
    assert!(matches!(before.commit(&[], &[message(ANN, 11)]).await, Err(DbError::Fenced)));
}

/// A disk without room, until a chunk of a file is deleted.
fn full_of_files() -> Changed {
    Changed::by(
        "const { put, delete: remove } = IDBObjectStore.prototype;
         let full = true;
         IDBObjectStore.prototype.put = function (...given) {
             if (full && this.name !== 'marks') throw new DOMException('no room', 'QuotaExceededError');
             return put.apply(this, given);
         };
         IDBObjectStore.prototype.delete = function (...given) {
             if (this.name === 'chunks') full = false;
             return remove.apply(this, given);
         };
         return () => Object.assign(IDBObjectStore.prototype, { put, delete: remove });",
    )
}

#[wasm_bindgen_test]
async fn where_there_is_no_room_files_that_can_be_fetched_again_give_way_to_messages() {
    let db = Db::open(&fresh("gives way")).await.unwrap();
    // The one name under which the worker looks for them.
    let files = Store::new(chunks::NAME);
    let hash = |number| BlobHash::new([number; 32]);
    files.clear().await.unwrap();
    files.put(&hash(1), &Uint8Array::new_with_length(9), true).await.unwrap();
    let full = full_of_files();
    assert!(matches!(db.commit(&[], &[message(ANN, 1)]).await, Err(DbError::Full(_))), "it is to be sent");
    drop(full);
    files.put(&hash(2), &Uint8Array::new_with_length(9), false).await.unwrap();
    let full = full_of_files();
    db.commit(&[], &[message(ANN, 2)]).await.unwrap();
    drop(full);
    assert_eq!(orders(&db, ANN, None, 9).await.0, [2]);
    assert!(files.has(&[hash(1)]).await.unwrap() && !files.has(&[hash(2)]).await.unwrap());
    files.remove(&[hash(1)]).await.unwrap();
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
