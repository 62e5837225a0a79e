//! A conversation of many messages in the worker's database, and searches in it: the worker's device as it is, one step after
//! another, with all that a search reads. Its rows are laid down (`lay.rs`).

use wasm_bindgen::{JsError, prelude::wasm_bindgen};
use xchat::worker::{Device, db::Db};
use xchat_engine::{
    Effect, Input,
    api::{Command, Event, Found},
    card::Origin,
};

use crate::{
    lay::{conversation, fill},
    member::failed,
};

/// What is looked for and stands in the first message alone.
const NEEDLE: &str = "needle";
/// Every so many messages have this word.
const OFTEN: (u64, &str) = (10, "often");
const WORDS: [&str; 16] = [
    "meet", "tomorrow", "at", "the", "station", "bring", "some", "coffee", "and", "your", "answer", "before", "noon",
    "please", "thank", "you",
];

/// A device whose one conversation has many messages.
#[wasm_bindgen]
pub struct Archive {
    device: Device,
}

#[wasm_bindgen]
impl Archive {
    /// Opens the database of this name; it is made where there is none.
    pub async fn open(name: String) -> Result<Archive, JsError> {
        let origin = Origin::parse("http://localhost:1").map_err(failed)?;
        let db = Db::open(&format!("xchat-bench-{name}")).await.map_err(failed)?;
        let mut archive = Self { device: Device::new(origin, db) };
        archive.feed(Input::Attach).await?;
        Ok(archive)
    }

    /// Makes an account with a conversation of so many messages. Answers how many bytes of words are stored.
    pub async fn fill(&mut self, count: u32) -> Result<u32, JsError> {
        self.feed(Input::Command(Command::CreateAccount { name: "Ada".to_owned() })).await?;
        self.feed(Input::Command(Command::CreateGroup { name: "Archive".to_owned(), people: Vec::new() })).await?;
        let (chat, _) = conversation(self.device.db()).await?;
        for (tag, text) in [sentence(1), sentence(2), sentence(OFTEN.0)].into_iter().enumerate() {
            self.feed(Input::Command(Command::Send { chat, text, tag: tag as u32 })).await?;
        }
        let db = self.device.db();
        let written = db.page(chat, None, 3).await.map_err(failed)?.rows;
        let [needle, plain, often] = &written[..] else { return Err(JsError::new("the messages are missing")) };
        let row = |number: u64| match number {
            0 => needle.value.clone(),
            number if number.is_multiple_of(OFTEN.0) => often.value.clone(),
            _ => plain.value.clone(),
        };
        let text = |number: u64| match number {
            0 => sentence(1),
            number if number.is_multiple_of(OFTEN.0) => sentence(OFTEN.0),
            number => sentence(3 + number * OFTEN.0),
        };
        // The group's own lines stand before them.
        let (_, summary) = conversation(db).await?;
        Ok(u32::try_from(fill(db, (chat, &summary), (1, u64::from(count)), row, text).await?)?)
    }

    /// Looks for a word until there are so many hits, or all. Answers how many there are.
    pub async fn search(&mut self, query: String, enough: u32) -> Result<u32, JsError> {
        let (mut hits, mut from) = (0, None);
        loop {
            let command = Command::Search { search: 1, query: query.clone(), chat: None, from };
            let found = self.feed(Input::Command(command)).await?.ok_or_else(|| JsError::new("no answer"))?;
            hits += u32::try_from(found.hits.len())?;
            from = found.more;
            if from.is_none() || hits >= enough {
                return Ok(hits);
            }
        }
    }
}

impl Archive {
    async fn feed(&mut self, input: Input) -> Result<Option<Found>, JsError> {
        let fed = self.device.feed(input).await.map_err(|unfed| JsError::new(&format!("{unfed:?}")))?;
        let found = fed.effects.iter().find_map(|effect| match effect {
            Effect::Notify(Event::Found { found }) => Some(found),
            _ => None,
        });
        Ok(found.map(|found| Found::from_bytes(found)).transpose()?)
    }
}

/// What the message of this number says: 12 words.
fn sentence(number: u64) -> String {
    let mut words: Vec<&str> =
        (0..12).map(|at| WORDS[(number * 7 + at * at * 3 + at) as usize % WORDS.len()]).collect();
    match number {
        1 => words[6] = NEEDLE,
        number if number.is_multiple_of(OFTEN.0) => words[6] = OFTEN.1,
        _ => {}
    }
    words.join(" ")
}
