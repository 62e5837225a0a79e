//! One step is one transaction: all of it is there, or nothing.

use super::*;

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
    for store in Table::ALL.map(Table::name) {
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
        ["readwrite strict fence,ids,messages,mls,outbox,receipts,state,words", "complete"],
        "one transaction, over at the return"
    );
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
