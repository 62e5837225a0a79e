//! Messages laid down in a database row by row, since writing 100,000 of them one by one would take minutes: copies of rows that the
//! engine has written, sealed as all rows are, and blocks of words as it writes them (`state/words.rs`).

use wasm_bindgen::{JsError, prelude::wasm_bindgen};
use xchat::worker::db::{self, Db};
use xchat_engine::{
    api::ChatId,
    rows::{Change, Row, Scope, Table},
};

use crate::member::failed;

/// Messages of one block of words.
pub(crate) const BLOCK: u64 = 64;
/// Rows of one transaction.
const BATCH: usize = 2_048;
/// Keys of a summary row: the order of the next message; up to which orders own messages were sent, delivered, read.
const NEXT_ORDER: u8 = 6;
const MARKS: [u8; 3] = [12, 13, 14];

/// Adds so many messages to the one conversation of the account that the app has made in this browser. The app is closed meanwhile: this
/// is the database's one writer. `texts` are what its last messages say, oldest first, in small letters and without signs: the first of
/// them comes first and never again, every tenth is the second, and the others take turns.
#[wasm_bindgen]
pub async fn lay(count: u32, texts: Vec<String>) -> Result<(), JsError> {
    let db = Db::open(db::NAME).await.map_err(failed)?;
    let (chat, summary) = conversation(&db).await?;
    let limit = u32::try_from(texts.len())?;
    let written = db.page(chat, None, limit).await.map_err(failed)?.rows;
    let [first, tenth, others @ ..] = &written[..] else { return Err(JsError::new("the messages are missing")) };
    if written.len() != texts.len() || others.is_empty() {
        return Err(JsError::new("there are fewer messages than texts"));
    }
    let like = |number: u64| match number {
        0 => 0,
        number if number.is_multiple_of(10) => 1,
        number => 2 + number as usize % others.len(),
    };
    let row = |number| match like(number) {
        0 => first.value.clone(),
        1 => tenth.value.clone(),
        at => others[at - 2].value.clone(),
    };
    // Where a block begins, behind what is there.
    let newest = written.last().and_then(|row| row.key.as_slice().try_into().ok()).map_or(0, u64::from_be_bytes);
    let from = newest / BLOCK + 1;
    fill(&db, (chat, &summary), (from, u64::from(count)), row, |number| texts[like(number)].clone()).await.map(drop)
}

/// Writes messages from the beginning of a block on, of each its row and its words by number, and makes the conversation go on behind
/// them. Answers how many bytes of words that are.
pub(crate) async fn fill(
    db: &Db,
    (chat, summary): (ChatId, &Row),
    (from, count): (u64, u64),
    row: impl Fn(u64) -> Vec<u8>,
    text: impl Fn(u64) -> String,
) -> Result<usize, JsError> {
    let (mut changes, mut bytes) = (Vec::with_capacity(BATCH), 0);
    for first in (0..count).step_by(BLOCK as usize) {
        let (block, till) = (from + first / BLOCK, count.min(first + BLOCK));
        let words = block_of(block, (first..till).map(&text));
        bytes += words.len();
        changes.push(put(chat, Table::Words, block, words));
        changes.extend((first..till).map(|number| put(chat, Table::Messages, from * BLOCK + number, row(number))));
        if changes.len() >= BATCH {
            db.commit(&[], &std::mem::take(&mut changes)).await.map_err(failed)?;
        }
    }
    let next = from * BLOCK + count;
    let mut value = with_number(&summary.value, NEXT_ORDER, next)?;
    for mark in MARKS {
        value = with_number(&value, mark, next - 1)?;
    }
    let key = summary.key.clone();
    changes.push(Change { scope: Scope::Account, table: Table::State, key, value: Some(value) });
    db.commit(&[], &changes).await.map_err(failed)?;
    Ok(bytes)
}

/// The first conversation, and the row of its summary.
pub(crate) async fn conversation(db: &Db) -> Result<(ChatId, Row), JsError> {
    let rows = db.load(Scope::Account).await.map_err(failed)?;
    let summary = rows.into_iter().find(|row| row.key.starts_with(b"chat/"));
    let summary = summary.ok_or_else(|| JsError::new("there is no conversation"))?;
    let id = summary.key.get(5..).and_then(|id| id.try_into().ok());
    Ok((ChatId(id.ok_or_else(|| JsError::new("a conversation has no id"))?), summary))
}

/// A block as the engine writes it: version, places, words.
fn block_of(block: u64, texts: impl Iterator<Item = String>) -> Vec<u8> {
    let (mut places, mut words) = (Vec::new(), String::new());
    let time = 1_700_000_000_000 + block * 1_000;
    for (at, text) in (0u64..).zip(texts) {
        places.push((at, time));
        words.push_str(&text);
        words.push('\n');
    }
    let mut row = minicbor::Encoder::new(Vec::new());
    let written = row
        .map(3)
        .and_then(|row| row.u8(0)?.u8(1)?.u8(1)?.encode(&places))
        .and_then(|row| row.u8(2)?.str(&words).map(drop));
    written.expect("a Vec takes every byte");
    row.into_writer()
}

fn put(chat: ChatId, table: Table, number: u64, value: Vec<u8>) -> Change {
    Change { scope: Scope::Chat(chat), table, key: number.to_be_bytes().to_vec(), value: Some(value) }
}

/// A row with another number under one of its keys.
fn with_number(row: &[u8], wanted: u8, number: u64) -> Result<Vec<u8>, JsError> {
    let mut decoder = minicbor::Decoder::new(row);
    for _ in 0..decoder.map()?.unwrap_or(0) {
        let key = decoder.u8()?;
        let from = decoder.position();
        decoder.skip()?;
        if key == wanted {
            let value = minicbor::to_vec(number)?;
            return Ok([&row[..from], &value, &row[decoder.position()..]].concat());
        }
    }
    Err(JsError::new("a summary has no such number"))
}
