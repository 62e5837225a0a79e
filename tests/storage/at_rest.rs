//! What lies on disk says nothing, and shows when it was changed.

use super::*;

#[wasm_bindgen_test]
async fn nothing_at_rest_shows_a_value_a_logical_key_or_a_scope() {
    let name = fresh("sealed");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &one_of_each()).await.unwrap();
    let secrets: [&[u8]; 13] = [
        b"the state",
        b"the ratchet",
        b"the frame",
        b"the message",
        b"the order",
        b"the readers",
        b"the words",
        b"logical-state",
        b"logical-mls",
        b"logical-outbox",
        b"logical-id",
        b"logical-receipt",
        &ANN.0,
    ];
    let rows = dump(&name).await;
    assert_eq!(rows.iter().filter(|(store, ..)| store != "meta" && store != "fence").count(), 7);
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
