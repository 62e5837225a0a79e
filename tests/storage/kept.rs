//! Chunks of files that are to go up: which of them stay, and what becomes of those that nobody sends.

use xchat::chunks::NAME;
use xchat::files::Store;
use xchat::worker::blobs::carry_out;
use xchat_engine::{BlobCame, BlobFailure, BlobWork};
use xchat_wire::BlobHash;

use super::*;

fn hash(number: u8) -> BlobHash {
    BlobHash::new([number; 32])
}

async fn put(files: &Store, numbers: std::ops::RangeInclusive<u8>, kept: bool) {
    for number in numbers {
        files.put(&hash(number), &Uint8Array::new_with_length(9), kept).await.unwrap();
    }
}

/// Changes the marks of these chunks.
async fn mark(numbers: &[u8], change: &str) {
    for number in numbers {
        let change = format!(
            "const key = new Uint8Array(32).fill({number}).buffer;
             store.get(key).onsuccess = ({{ target: {{ result: mark }} }}) => {{ {change}; store.put(mark, key); }};"
        );
        tamper(NAME, "marks", &change).await;
    }
}

async fn done(work: BlobWork) -> Option<BlobCame> {
    carry_out(work, |_, _| ()).await
}

/// Which chunks have a mark, and which of them uploads need.
async fn marks() -> (Vec<u8>, Vec<u8>) {
    let marks = dump(NAME).await.into_iter().filter(|(store, ..)| store == "marks");
    let marks: Vec<(u8, JsValue)> = marks.map(|(_, key, mark)| (bytes(&key)[0], mark)).collect();
    let kept = marks.iter().filter(|(_, mark)| support::field(mark, "kept").is_truthy());
    (marks.iter().map(|(number, _)| *number).collect(), kept.map(|(number, _)| *number).collect())
}

/// A database of files with nothing in it.
async fn empty() -> Store {
    let files = Store::new(NAME);
    files.remove(&(0..10).map(hash).collect::<Vec<_>>()).await.unwrap();
    files
}

#[wasm_bindgen_test]
async fn what_a_page_has_left_behind_need_not_stay_and_what_a_page_that_lives_may_send_does() {
    let files = empty().await;
    put(&files, 1..=6, true).await;
    put(&files, 7..=7, false).await;
    // Of a page that is gone; and of one that said nothing of itself.
    mark(&[2, 3, 4], "mark.by = 'nobody'").await;
    mark(&[5, 6], "delete mark.by").await;
    assert!(done(BlobWork::Needs { hashes: vec![hash(3), hash(6)] }).await.is_none());
    assert_eq!(marks().await, (vec![1, 2, 3, 4, 5, 6, 7], vec![1, 3, 6]), "they may go, and have not gone");
    done(BlobWork::Needs { hashes: Vec::new() }).await;
    assert_eq!(marks().await.1, [1]);
    done(BlobWork::Release { hashes: vec![hash(1), hash(9)] }).await;
    assert_eq!(marks().await, (vec![1, 2, 3, 4, 5, 6, 7], vec![]));
}

#[wasm_bindgen_test]
async fn what_is_marked_is_marked_with_a_lock_that_is_held_before() {
    let files = empty().await;
    let locks = Changed::by(
        "const { request } = LockManager.prototype;
         const put = IDBObjectStore.prototype.put;
         self.order = [];
         LockManager.prototype.request = function (name, held) {
             return request.call(this, name, (lock) => { self.order.push(name); return held(lock); });
         };
         IDBObjectStore.prototype.put = function (value, key) {
             if (this.name === 'marks') self.order.push(value.by);
             return put.call(this, value, key);
         };
         return () => { LockManager.prototype.request = request; IDBObjectStore.prototype.put = put; };",
    );
    put(&files, 1..=2, true).await;
    put(&Store::new(NAME), 3..=3, true).await;
    drop(locks);
    let body = "const { held } = await navigator.locks.query();
        const [a, b, c, d, e, ...more] = self.order;
        const names = held.map(({ name }) => name);
        return a === b && b === c && d === e && a !== d && more.length === 0 && names.includes(a) && names.includes(d);";
    assert!(js(body, &[]).await.is_truthy());
}

#[wasm_bindgen_test]
async fn what_nothing_names_any_more_goes_at_once() {
    let files = empty().await;
    put(&files, 1..=3, true).await;
    assert!(done(BlobWork::Discard { hashes: vec![hash(1), hash(3), hash(8)] }).await.is_none());
    assert_eq!(marks().await, (vec![2], vec![2]));
    let body = "const root = await navigator.storage.getDirectory();
        const names = [];
        for await (const name of (await root.getDirectoryHandle(a)).keys()) names.push(name);
        return [1, 2, 3].filter((number) => names.includes(`0${number}`.repeat(32))).join();";
    assert_eq!(js(body, &[NAME.into()]).await.as_string().unwrap(), "2");
}

/// Why this chunk does not go up to where nobody listens.
async fn why(number: u8) -> BlobFailure {
    let path = "http://localhost:1/".to_owned();
    match done(BlobWork::PutKept { hash: hash(number), path, token: String::new() }).await {
        Some(BlobCame::Failed { hash: of, why }) if of == hash(number) => why,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_chunk_that_cannot_be_read_any_more_is_lost_and_not_tried_for_ever() {
    let files = empty().await;
    put(&files, 1..=1, true).await;
    assert_eq!(why(1).await, BlobFailure::Later);
    assert_eq!(why(2).await, BlobFailure::Lost);
    let unreadable = Changed::by(
        "const { arrayBuffer } = Blob.prototype;
         Blob.prototype.arrayBuffer = async () => { throw new DOMException('it is gone', 'NotReadableError'); };
         return () => { Blob.prototype.arrayBuffer = arrayBuffer; };",
    );
    assert_eq!(why(1).await, BlobFailure::Lost);
    drop(unreadable);
}

#[wasm_bindgen_test]
async fn a_folder_that_fails_for_a_moment_has_lost_nothing() {
    let files = empty().await;
    put(&files, 1..=1, true).await;
    let fails = |class: &str, method: &str, name: &str| {
        Changed::by(&format!(
            "const {{ {method} }} = {class}.prototype;
             {class}.prototype.{method} = async () => {{ throw new DOMException('not now', '{name}'); }};
             return () => {{ {class}.prototype.{method} = {method}; }};"
        ))
    };
    let found = async || Store::new(NAME).get(&hash(1)).await.map(|chunk| chunk.is_some());
    for (class, method) in [
        ("StorageManager", "getDirectory"),
        ("FileSystemDirectoryHandle", "getDirectoryHandle"),
        ("FileSystemDirectoryHandle", "getFileHandle"),
        ("FileSystemFileHandle", "getFile"),
    ] {
        let failing = fails(class, method, "InvalidStateError");
        assert_eq!(why(1).await, BlobFailure::Later, "{method}");
        assert!(found().await.is_err(), "{method}");
        drop(failing);
        let absent = fails(class, method, "NotFoundError");
        assert_eq!((why(1).await, found().await), (BlobFailure::Lost, Ok(false)), "{method}");
        drop(absent);
    }
    assert_eq!((why(1).await, found().await), (BlobFailure::Later, Ok(true)));
}
