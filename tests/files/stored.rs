//! The store: what goes when there is no room, and what never does.

use wasm_bindgen_test::wasm_bindgen_test;

use super::opening::full_disk;
use super::support::{Changed, fresh, tamper};
use super::*;

fn hash(number: u8) -> BlobHash {
    BlobHash::new([number; 32])
}

async fn put(store: &Store, number: u8, kept: bool) -> Result<(), Failure> {
    // Marks of the same millisecond have no order.
    gloo_timers::future::TimeoutFuture::new(3).await;
    store.put(&hash(number), &Uint8Array::new_with_length(100), kept).await.map(drop)
}

/// Asks without using them.
async fn here(store: &Store) -> Vec<u8> {
    let mut here = Vec::new();
    for number in 0..20 {
        if store.has(&[hash(number)]).await.unwrap() {
            here.push(number);
        }
    }
    here
}

/// Sets all notes of the last use back by so many milliseconds.
async fn ages(name: &str, ms: f64) {
    let change = format!(
        "const r = store.openCursor();
         r.onsuccess = () => {{
             if (!r.result) return;
             r.result.update({{ ...r.result.value, used: r.result.value.used - {ms} }});
             r.result.continue();
         }};"
    );
    tamper(name, "marks", &change).await;
}

#[wasm_bindgen_test]
async fn above_the_limit_what_was_used_longest_ago_goes_first() {
    let name = fresh("evict");
    let store = Store::limited(&name, 500);
    for number in 0..5 {
        put(&store, number, false).await.unwrap();
    }
    assert_eq!(here(&store).await, [0, 1, 2, 3, 4]);
    assert_eq!(store.usage().await.unwrap(), (500, 500));
    ages(&name, 120_000.0).await;
    store.get(&hash(0)).await.unwrap();
    put(&store, 5, false).await.unwrap();
    // To below nine tenths, so that the next one has room at once.
    assert_eq!(here(&store).await, [0, 3, 4, 5]);
    put(&store, 6, false).await.unwrap();
    put(&store, 7, false).await.unwrap();
    assert_eq!(here(&store).await, [0, 5, 6, 7], "what was used is not what came first");
    assert_eq!(rows(&name).await, (4, 4));
}

#[wasm_bindgen_test]
async fn what_an_upload_needs_never_goes_before_nobody_can_send_it_any_more() {
    let name = fresh("kept");
    let store = Store::limited(&name, 300);
    put(&store, 0, true).await.unwrap();
    for number in 1..8 {
        put(&store, number, number == 4).await.unwrap();
    }
    let left = here(&store).await;
    assert!(left.contains(&0) && left.contains(&4) && left.contains(&7), "{left:?}");
    // It has no part in the limit, and is told of all the same.
    assert!(left.len() > 3 && store.usage().await.unwrap().0 == 100 * left.len() as u64, "{left:?}");
    store.clear().await.unwrap();
    assert_eq!(here(&store).await, [0, 4]);
    ages(&name, 30.0 * 86_400_000.0).await;
    store.clear().await.unwrap();
    assert_eq!(here(&store).await, [0, 4]);
    ages(&name, 2.0 * 86_400_000.0).await;
    store.clear().await.unwrap();
    assert_eq!(here(&store).await, [0_u8; 0]);
    assert_eq!(rows(&name).await, (0, 0));
}

/// A disk that has no room for the next so many chunks.
fn full_for(times: u32) -> Changed {
    Changed::by(&format!(
        "const put = IDBObjectStore.prototype.put;
         let left = {times};
         IDBObjectStore.prototype.put = function (value, key) {{
             if (this.name === 'chunks' && left-- > 0) throw new DOMException('no room', 'QuotaExceededError');
             return put.call(this, value, key);
         }};
         return () => {{ IDBObjectStore.prototype.put = put; }};"
    ))
}

#[wasm_bindgen_test]
async fn a_disk_without_room_is_tried_once_more_after_old_chunks_went() {
    let name = fresh("full");
    let store = Store::limited(&name, 10_000);
    for number in 0..4 {
        put(&store, number, number == 0).await.unwrap();
    }
    let full = full_for(1);
    put(&store, 4, false).await.unwrap();
    drop(full);
    assert_eq!(here(&store).await, [0, 3, 4]);
    let full = full_for(2);
    assert_eq!(put(&store, 5, false).await, Err(Failure::NoRoom));
    drop(full);
    assert!(!here(&store).await.contains(&5));
}

#[wasm_bindgen_test]
async fn without_room_nothing_is_staged_and_nothing_is_left() {
    let device = Device::new(&Rc::default());
    let full = full_disk();
    let task = Rc::new(Task::new(|_| ()));
    let ask = Ask::Stage { name: String::new(), claimed: String::new(), how: How::Original, media: Media::default() };
    let staged = device.archive.answer(&task, ask, file_of(1000).await.into()).await;
    assert_eq!(staged.err(), Some(Failure::NoRoom));
    task.take_back(&Store::new(&device.name)).await;
    drop(full);
    assert_eq!(rows(&device.name).await, (0, 0));
}

#[wasm_bindgen_test]
async fn what_will_not_be_sent_is_taken_out() {
    let device = Device::new(&Rc::default());
    let staged = device.stages(&file_of(9 << 20).await, How::Original).await.unwrap();
    assert_eq!(rows(&device.name).await, (2, 2));
    device.asks(Ask::Discard { source: staged.source }, &JsValue::NULL).await.unwrap();
    assert_eq!(rows(&device.name).await, (0, 0));
}

#[wasm_bindgen_test]
async fn each_chunk_of_what_is_to_go_up_is_on_the_disk_before_it_is_said_to_be_staged() {
    let relay = Rc::new(Relay::default());
    let device = Device::new(&relay);
    let recorded = Changed::by(
        "const begin = IDBDatabase.prototype.transaction;
         self.durable = [];
         IDBDatabase.prototype.transaction = function (stores, mode, how) {
             if (mode === 'readwrite') self.durable.push(how?.durability);
             return begin.call(this, stores, mode, how);
         };
         return () => { IDBDatabase.prototype.transaction = begin; };",
    );
    let staged = device.stages(&file_of(20 << 20).await, How::Original).await.unwrap();
    let written = "return self.durable.splice(0).join();";
    assert_eq!(support::js(written, &[]).await, "strict,strict,strict");
    relay.takes(&device.name).await;
    Device::new(&relay).opens(&staged.source, Wanted::Anything).await.unwrap();
    assert_eq!(support::js(written, &[]).await, "relaxed,relaxed,relaxed", "it can be fetched again");
    drop(recorded);
}

#[wasm_bindgen_test]
async fn a_database_that_was_deleted_meanwhile_is_made_anew() {
    let name = fresh("deleted");
    let store = Store::new(&name);
    put(&store, 1, false).await.unwrap();
    let delete = "await new Promise((ok, no) => {
        const r = indexedDB.deleteDatabase(a); r.onsuccess = ok; r.onerror = no; r.onblocked = no;
    });";
    support::js(delete, &[name.as_str().into()]).await;
    assert_eq!(here(&store).await, [0_u8; 0]);
    put(&store, 2, false).await.unwrap();
    assert_eq!(here(&store).await, [2]);
}

#[wasm_bindgen_test]
async fn the_engines_worker_finds_a_chunk_where_it_looks_for_it() {
    let device = Device::new(&Rc::default());
    let staged = device.stages(&file_of(10).await, How::Original).await.unwrap();
    let body = "const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a, 1); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        const get = (name) => new Promise((ok) => {
            const r = db.transaction(name).objectStore(name).get(b.buffer); r.onsuccess = () => ok(r.result);
        });
        const [chunk, mark] = [await get('chunks'), await get('marks')];
        db.close();
        return chunk instanceof Blob && chunk.size === mark.size && mark.kept === true && mark.used > 1e12;";
    let key = Uint8Array::from(staged.source.chunks[0].as_bytes().as_slice());
    assert!(support::js(body, &[device.name.as_str().into(), key.into()]).await.is_truthy());
}
