//! From the address to a page that paints, takes typing, and has its engine.

use std::collections::BTreeMap;

use serde_json::json;
use xchat_e2e::{Browser, until};

use crate::table::{Budget, Samples, Table};

/// Warm starts that are measured.
const RUNS: usize = 7;
const TYPING_BUDGET: Budget = Budget::Under(500.0);
const ENGINE_BUDGET: Budget = Budget::Under(1000.0);

/// When things happened, in milliseconds since the navigation began: `paint`, `typing`, `list`, `engine`.
pub(crate) type Moments = BTreeMap<String, f64>;

/// Cold: fresh profiles, everything is downloaded and compiled. Then warm: the same page again, still without an account.
/// Ends on the first page.
pub(crate) async fn of_a_new_person(browsers: &[&Browser], table: &mut Table) {
    let mut cold = Vec::new();
    for browser in browsers {
        let source = json!({ "source": include_str!("../../js/startup.js") });
        browser.dev_tools("Page.addScriptToEvaluateOnNewDocument", source).await;
        cold.push(start(browser, "", &["paint", "typing", "engine"]).await);
    }
    report(
        table,
        "new person, cold",
        &cold,
        &[("paint", Budget::None), ("typing", Budget::None), ("engine", Budget::None)],
    );
    let warm = again(browsers[0], "", &["paint", "typing", "engine"]).await;
    report(
        table,
        "new person, warm",
        &warm,
        &[("paint", TYPING_BUDGET), ("typing", TYPING_BUDGET), ("engine", ENGINE_BUDGET)],
    );
}

/// Warm, with an account and a conversation, at the address of that conversation.
pub(crate) async fn of_somebody_who_comes_back(browser: &Browser, what: &str, table: &mut Table) {
    let place: String = browser.script("return location.hash;", Vec::new()).await;
    let warm = again(browser, &place, &["paint", "typing", "list", "engine"]).await;
    let rows = [("paint", TYPING_BUDGET), ("engine", ENGINE_BUDGET), ("list", Budget::None), ("typing", TYPING_BUDGET)];
    report(table, &format!("coming back to {what}, warm"), &warm, &rows);
}

async fn again(browser: &Browser, place: &str, wanted: &[&str]) -> Vec<Moments> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(start(browser, place, wanted).await);
    }
    runs
}

/// Goes there from an empty page, which has ended the last page's worker, and waits until all that is wanted has happened.
pub(crate) async fn start(browser: &Browser, place: &str, wanted: &[&str]) -> Moments {
    browser.leave_page().await;
    browser.visit(place).await;
    until(format!("{wanted:?} after a start"), async || {
        let moments: Moments = browser.script(MOMENTS, Vec::new()).await;
        let all = wanted.iter().all(|what| moments.contains_key(*what));
        if all { Ok(moments) } else { Err(format!("{moments:?}")) }
    })
    .await
}

const MOMENTS: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
                       return { ...window.bench.at, ...(paint && { paint: paint.startTime }) };";

fn report(table: &mut Table, who: &str, runs: &[Moments], rows: &[(&str, Budget)]) {
    for (what, budget) in rows {
        let samples = Samples::new(runs.iter().filter_map(|moments| moments.get(*what).copied()).collect());
        let what = match *what {
            "paint" => "first contentful paint",
            "typing" => "typing possible",
            "list" => "list drawn",
            _ => "engine ready",
        };
        table.add(&format!("{who}: {what}"), &samples, *budget, "");
    }
}
