//! Stretches of a conversation.

use super::*;

#[wasm_bindgen_test]
async fn a_damaged_message_keeps_its_place_and_does_not_hide_the_others() {
    let name = fresh("message");
    let db = Db::open(&name).await.unwrap();
    db.commit(&[], &[message(ANN, 1)]).await.unwrap();
    tamper(&name, "messages", FLIP).await;
    db.commit(&[], &[message(ANN, 2), message(ANN, 3)]).await.unwrap();
    let history = db.page(ANN, None, 10).await.unwrap();
    let held: Vec<_> = history.rows.iter().map(|row| (row.key.last().copied(), row.value.is_empty())).collect();
    assert_eq!(held, [(Some(1), true), (Some(2), false), (Some(3), false)]);
    assert!(matches!(history.damaged, Some(DbError::Damaged { table: "messages", .. })));
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
