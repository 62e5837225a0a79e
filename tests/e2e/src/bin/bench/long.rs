//! A conversation of 100,000 messages: opened, searched, jumped about in, scrolled.

use serde::Deserialize;
use serde_json::{Value, json};
use xchat_e2e::{Browser, step, until};

use crate::startup;
use crate::table::{Budget, Samples, Table};

/// Messages of the conversation.
const COUNT: u32 = 100_000;
/// How often the conversation is opened, and searched once it was.
const OPENINGS: usize = 9;
const SEARCHES: usize = 9;
/// How often the page is started anew for a first search.
const STARTS: usize = 5;
/// Messages that wait at each opening.
const UNREAD: usize = 30;
/// Frames of scrolling, and pixels in each: as fast as a wheel turns, over a thousand messages.
const FRAMES: u32 = 400;
const PIXELS: i32 = 200;
/// A frame that took so much longer than the median one was not there in time.
const LATE: f64 = 1.5;

/// What the first message says, and every tenth; the others take turns.
const NEEDLE: &str = "the needle in all of this hay";
const OFTEN: &str = "this is said often and by everybody";
const OTHERS: [&str; 8] = [
    "yes",
    "meet me tomorrow at the station before noon and bring some coffee please",
    "that will do",
    "thank you for the answer it was of much help to all of us here",
    "i have read the whole of the report now and there is a good deal in it that we should talk about before anybody \
     else does because the numbers of the second part do not fit those of the first and nobody has said so yet",
    "on my way",
    "could you look at the second page again there must be something wrong with the sums",
    "good night",
];

#[derive(Deserialize)]
struct Scrolled {
    frames: Vec<f64>,
    held: u32,
    astray: Vec<f64>,
    drawn: u32,
}

/// `reader` and `writer` have their conversation open. The reader's gets so many messages more.
pub(crate) async fn of_a_conversation(reader: &Browser, writer: &Browser, table: &mut Table) {
    lay(reader, writer).await;
    startup::of_somebody_who_comes_back(reader, &format!("{COUNT} messages"), table).await;
    open(reader, writer, table).await;
    search(reader, table).await;
    scroll(reader, table).await;
}

/// Writes what the rows are copies of, and lays them down while the app is closed.
async fn lay(reader: &Browser, writer: &Browser) {
    step("laying down the conversation");
    let mut texts = vec![NEEDLE, OFTEN];
    texts.extend(OTHERS);
    for (at, text) in texts.iter().enumerate() {
        let (by, other) = if at % 3 == 2 { (reader, writer) } else { (writer, reader) };
        by.write_all(&[(*text).to_owned()]).await;
        other.sees_message(by.name(), text).await;
    }
    let place: String = reader.script("return location.hash;", Vec::new()).await;
    reader.leave_page().await;
    reader.visit("bench/index.html").await;
    let lay = "return import('/bench/scenario.js').then(bench => bench.lay(...arguments));";
    reader.script::<Value>(lay, vec![json!(COUNT), json!(texts)]).await;
    startup::start(reader, &place, &["typing", "engine"]).await;
}

/// Opened at its first unread message, and at its end.
async fn open(reader: &Browser, writer: &Browser, table: &mut Table) {
    step("opening it");
    let (mut at_unread, mut at_end) = (Vec::new(), Vec::new());
    for round in 0..OPENINGS {
        away(reader).await;
        writer.write_all(&(0..UNREAD).map(|n| format!("round {round}, line {n}")).collect::<Vec<_>>()).await;
        reader.sees_rows(&[(writer.name(), UNREAD as u32)]).await;
        at_unread.push(drawn(reader, "open", "unread", writer.name()).await);
        // Down to its end, so that nothing is unread any more.
        reader
            .script::<()>("const at = document.querySelector('[role=log]'); at.scrollTop = at.scrollHeight;", vec![])
            .await;
        reader.sees_rows(&[(writer.name(), 0)]).await;
        away(reader).await;
        at_end.push(drawn(reader, "open", "end", writer.name()).await);
    }
    let (at_unread, at_end) = (Samples::new(at_unread), Samples::new(at_end));
    let what = format!("open a conversation of {COUNT} messages: first unread one drawn");
    table.add(&what, &at_unread, Budget::Under(100.0), "");
    table.add("open it with nothing unread: the last message drawn", &at_end, Budget::Under(100.0), "");
}

/// To where no conversation is open.
async fn away(page: &Browser) {
    page.script::<()>("location.hash = '';", Vec::new()).await;
    page.sees_no("log", "Messages").await;
}

/// What a word of the first message takes, and one of none, first after a start and then again; and the way to the first message and back.
async fn search(page: &Browser, table: &mut Table) {
    step("searching it");
    let place: String = page.script("return location.hash;", Vec::new()).await;
    let (mut first, mut to_hit, mut back) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        startup::start(page, &place, &["typing", "engine"]).await;
        begin_search(page).await;
        first.push(drawn(page, "look", "hits", "needle").await);
        to_hit.push(drawn(page, "go", "found", "needle").await);
        back.push(drawn(page, "back", "end", "").await);
    }
    let alone = Samples::new(page.script(READ_WORDS, vec![json!(SEARCHES)]).await);
    table.add("alone: the rows of words out of IndexedDB, still sealed", &alone, Budget::None, "");
    let mut say = |what: &str, times: Vec<f64>| {
        let times = Samples::new(times);
        let beside = format!("{:.1} times the rows alone", times.median() / alone.median());
        table.add(&format!("search in {COUNT} for what stands {what}"), &times, Budget::Under(200.0), &beside);
    };
    say("in the first alone, after a start", first);
    let words = [
        ("hits", "needle", "in the first alone"),
        ("hits", "often", "in every tenth"),
        ("nothing", "nowhere", "in none"),
    ];
    for (want, word, what) in words {
        let mut times = Vec::new();
        for _ in 0..SEARCHES {
            page.script::<()>(CLEAR, Vec::new()).await;
            times.push(drawn(page, "look", want, word).await);
        }
        say(&format!("{what}, again"), times);
    }
    table.add("from the hit to the first message drawn", &Samples::new(to_hit), Budget::None, "");
    table.add("from there back to the last message drawn", &Samples::new(back), Budget::None, "");
    page.press("button", "Close the search").await;
}

const CLEAR: &str = "const box = document.querySelector('.find-bar input'); box.value = '';
    box.dispatchEvent(new Event('input', { bubbles: true }));";

const READ_WORDS: &str = "const [runs] = arguments;
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return (async () => {
      const database = await done(indexedDB.open('xchat'));
      const times = [];
      for (let run = 0; run < runs; run += 1) {
        const begun = performance.now();
        await done(database.transaction('words').objectStore('words').getAll());
        times.push(performance.now() - begun);
      }
      database.close();
      return times;
    })();";

/// The field of the search within the conversation, as somebody opens it.
async fn begin_search(page: &Browser) {
    page.press("link", "Bob Contact details").await;
    page.press("link", "Search in chat").await;
    page.sees("textbox", "Search in chat").await;
    until("the conversation to be at its end", async || match page.has("button", "Go to the newest message").await? {
        true => Err("it is further up".to_owned()),
        false => Ok(()),
    })
    .await;
}

/// Up from the end through what has to be loaded, and down again through what is there.
async fn scroll(page: &Browser, table: &mut Table) {
    step("scrolling");
    page.script::<()>(include_str!("../../js/tasks.js"), Vec::new()).await;
    let idle = until("frames of a page that does nothing", async || {
        let frames: Vec<f64> = page.script("return window.bench.frames;", Vec::new()).await;
        if frames.len() >= 300 { Ok(Samples::new(frames)) } else { Err(format!("{} frames", frames.len())) }
    })
    .await;
    page.script::<()>("cancelAnimationFrame(window.bench.asked); window.bench.observer.disconnect();", Vec::new())
        .await;
    table.add("alone: frame to frame of a page that does nothing", &idle, Budget::None, "");
    for (what, pixels) in [("up, loading older messages", -PIXELS), ("down again", PIXELS)] {
        let script = include_str!("../../js/scroll.js");
        let Scrolled { frames, held, astray, drawn } = page.script(script, vec![json!(FRAMES), json!(pixels)]).await;
        let frames = Samples::new(frames);
        let late = frames.over(LATE * idle.median());
        let beside = format!(
            "{late} late, {held} with nothing to scroll to, {} in which a message strayed; {drawn} drawn; p95 {:.1} idle",
            astray.len(),
            frames.at(0.95) / idle.at(0.95)
        );
        table.add(&format!("scroll {what}: frame to frame"), &frames, Budget::None, &beside);
    }
}

async fn drawn(page: &Browser, act: &str, want: &str, argument: &str) -> f64 {
    page.script(include_str!("../../js/until_drawn.js"), vec![json!(act), json!(want), json!(argument)]).await
}
