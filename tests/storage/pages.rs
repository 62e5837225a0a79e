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
async fn a_page_is_the_same_whether_orders_follow_one_another_or_not() {
    let db = Db::open(&fresh("dense")).await.unwrap();
    let stored: Vec<u64> = (0..10).chain(20..40).chain([60]).collect();
    db.commit(&[], &stored.iter().map(|order| message(ANN, *order)).collect::<Vec<_>>()).await.unwrap();
    for before in 0..62 {
        for limit in [1, 3, 10, 30] {
            let till = stored.partition_point(|order| *order < before);
            let from = till.saturating_sub(limit);
            let wanted = (stored[from..till].to_vec(), from > 0);
            assert_eq!(orders(&db, ANN, Some(before), limit as u32).await, wanted, "{limit} before {before}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_greatest_order_is_within_every_page() {
    let db = Db::open(&fresh("greatest")).await.unwrap();
    db.commit(&[], &[message(ANN, 0), message(ANN, u64::MAX)]).await.unwrap();
    assert_eq!(orders(&db, ANN, None, 5).await, (vec![0, u64::MAX], false));
    assert_eq!(orders(&db, ANN, Some(u64::MAX), 5).await, (vec![0], false));
}

#[wasm_bindgen_test]
async fn single_rows_are_looked_up_together_and_what_is_not_there_is_said() {
    let name = fresh("look");
    let db = Db::open(&name).await.unwrap();
    let id = |chat, key: &[u8], value| put(Scope::Chat(chat), Table::Ids, key, value);
    db.commit(&[], &[message(ANN, 3), message(ANN, 9), id(ANN, b"one", "3"), id(BOB, b"two", "9")]).await.unwrap();
    let words =
        |chat, block: u64| put(Scope::Chat(chat), Table::Words, &block.to_be_bytes(), &format!("block {block}"));
    db.commit(&[], &[words(ANN, 1), words(ANN, 2), words(ANN, 300), words(ANN, 900), words(BOB, 7)]).await.unwrap();
    let before = |table, number, limit| Want::Before { chat: ANN, table, number, limit };
    let row_of = |table, key: &[u8]| Want::Row { chat: ANN, table, key: key.to_vec() };
    let wants = vec![
        row_of(Table::Ids, b"one"),
        row_of(Table::Ids, b"two"),
        row_of(Table::Messages, &9u64.to_be_bytes()),
        row_of(Table::Receipts, b"one"),
        before(Table::Messages, 9, 1),
        before(Table::Messages, 3, 1),
        before(Table::Words, 900, 2),
        before(Table::Words, 900, 9),
        before(Table::Words, 1, 9),
    ];
    let block = |block: u64| row(Table::Words, &block.to_be_bytes(), &format!("block {block}"));
    let found = db.look(wants.clone()).await.unwrap();
    let rows = [
        vec![row(Table::Ids, b"one", "3")],
        vec![],
        vec![row(Table::Messages, &9u64.to_be_bytes(), "message 9")],
        vec![],
        vec![row(Table::Messages, &3u64.to_be_bytes(), "message 3")],
        vec![],
        [2, 300].map(block).to_vec(),
        [1, 2, 300].map(block).to_vec(),
        vec![],
    ];
    let expected: Vec<_> = wants.into_iter().zip(rows).map(|(want, rows)| Found { want, rows }).collect();
    assert_eq!(found, expected);
    tamper(&name, "ids", FLIP).await;
    let damaged = db.look(vec![row_of(Table::Ids, b"one")]).await.unwrap();
    assert_eq!(damaged[0].rows, [row(Table::Ids, b"one", "")], "it is there, and says nothing");
}

#[wasm_bindgen_test]
async fn a_conversations_size_is_counted_and_estimated_by_its_last_messages() {
    let db = Db::open(&fresh("size")).await.unwrap();
    assert_eq!(db.size(ANN).await.unwrap(), (0, 0));
    let changes: Vec<_> = (0..450).map(|order| message(ANN, order)).chain([message(BOB, 1)]).collect();
    db.commit(&[], &changes).await.unwrap();
    let (one, bytes) = db.size(BOB).await.unwrap();
    // 24 bytes of key, and what a sealed value has around its own: 1 + 24 + 16, and the length of its key and the key.
    assert!(one == 1 && (24 + 41 + 10..24 + 41 + 10 + 64).contains(&bytes), "{bytes}");
    let (all, estimate) = db.size(ANN).await.unwrap();
    assert_eq!(all, 450);
    assert!((450 * 70..450 * 150).contains(&estimate), "{estimate}");
}
