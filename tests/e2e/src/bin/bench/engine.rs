//! MLS in a browser, as the engine links it: the rows of `bench/engine`, and catching up with IndexedDB under it.

use serde_json::{Value, json};
use xchat_e2e::{Browser, House};

/// Names in the table and in `bench/peer/adapter.js`.
const SUITES: [(&str, &str); 2] = [("X-Wing", "xwing"), ("suite 1", "0x0001")];
const SIZES: [u32; 4] = [2, 10, 100, 1000];
const CATCH_UP: u32 = 10_000;
/// Messages that are searched, searches of each kind, and hits that the page asks for at first.
const ARCHIVE: u32 = 100_000;
const SEARCHES: u32 = 9;
const HITS: u32 = 30;

type Rows = Vec<(String, String)>;

/// Prints the table. The house serves the folder that `cargo xtask bench peer` makes.
pub(crate) async fn measure(house: &House) {
    let browser = house.plain_browser("Ada").await;
    browser.visit("").await;
    let mut columns = Vec::new();
    for (_, suite) in SUITES {
        let mut rows = part(&browser, "messages", vec![json!(suite)]).await;
        rows.extend(part(&browser, "catchUp", vec![json!(suite), json!(CATCH_UP)]).await);
        for leaves in SIZES {
            rows.extend(part(&browser, "group", vec![json!(suite), json!(leaves)]).await);
        }
        columns.push(rows);
    }
    println!("| what | {} | {} |\n|---|--:|--:|", SUITES[0].0, SUITES[1].0);
    for ((what, hybrid), (_, classic)) in columns[0].iter().zip(&columns[1]) {
        println!("| {what} | {hybrid} | {classic} |");
    }
    search(&browser).await;
}

/// A conversation of 100,000 messages is laid down, and searched by a page that has just been opened.
async fn search(browser: &Browser) {
    let mut rows = part(browser, "archive", vec![json!(ARCHIVE)]).await;
    browser.visit("").await;
    rows.extend(part(browser, "search", vec![json!(SEARCHES), json!(HITS)]).await);
    println!("\n| what | |\n|---|--:|");
    for (what, figure) in rows {
        println!("| {what} | {figure} |");
    }
}

/// Runs one function of `scenario.js`.
async fn part(browser: &Browser, function: &str, arguments: Vec<Value>) -> Rows {
    let script = format!("return import('/scenario.js').then(bench => bench.{function}(...arguments));");
    browser.script(&script, arguments).await
}
