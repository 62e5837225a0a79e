//! The page's main thread while many messages arrive.

use serde::Deserialize;
use serde_json::json;
use xchat_e2e::{Browser, until};

use crate::startup;
use crate::table::{Budget, Samples, Table};

/// Messages that arrive.
pub(crate) const MANY: usize = 1_000;
/// The longest that the main thread may be busy in one go, in milliseconds. A page is told of tasks that are longer, and of no others.
const TASK: f64 = 50.0;

/// What the page noted meanwhile.
#[derive(Deserialize)]
struct Noted {
    shown: Vec<Option<f64>>,
    tasks: Vec<f64>,
    frames: Vec<f64>,
}

/// Both have their conversation open; the messages come to the first, while it is open and then while nobody was there.
pub(crate) async fn of_many(to: &Browser, from: &Browser, table: &mut Table) {
    watch(to).await;
    let numbers = |kind: &str| (0..MANY).map(|number| format!("{kind} number {number}.")).collect::<Vec<_>>();
    from.write_all(&numbers("live")).await;
    let noted = noted(to).await;
    let shown = Samples::new(noted.shown.iter().flatten().copied().collect());
    let span = shown.at(1.0) - shown.at(0.0);
    let rate = format!("{:.0} a second", MANY as f64 * 1000.0 / span.max(1.0));
    say(table, &format!("{MANY} messages arrive in the open conversation"), &noted, &rate);

    let place: String = to.script("return location.hash;", Vec::new()).await;
    to.leave_page().await;
    from.write_all(&numbers("late")).await;
    from.sees_mark(&format!("late number {}.", MANY - 1), "Sent").await;
    let mut begun = startup::start(to, &place, &["list", "engine"]).await;
    watch(to).await;
    let newest = format!("late number {}.", MANY - 1);
    until("the last of them in the list", async || {
        let rows = to.rows().await?;
        rows.iter().any(|row| row.text.contains(&newest)).then_some(()).ok_or_else(|| format!("{rows:?}"))
    })
    .await;
    let rest: Vec<f64> = to.script(EARLY_TASKS, vec![json!(begun.remove("list"))]).await;
    let of_all = Noted { tasks: rest, ..last(to).await };
    say(table, &format!("{MANY} messages wait when the page starts, from the list on"), &of_all, "");
    // Who began at the unread line goes on from the end.
    to.press_if_there("button", "Go to the newest message").await;
    to.sees_message(from.name(), &newest).await;
}

/// Tasks that began after a moment, also those before anybody watched.
const EARLY_TASKS: &str = "const [from] = arguments;
    return new Promise((resolve) => {
      const all = [];
      const observer = new PerformanceObserver((list) => all.push(...list.getEntries()));
      observer.observe({ type: 'longtask', buffered: true });
      setTimeout(() => resolve(all.filter((task) => task.startTime >= from).map((task) => task.duration)), 500);
    });";

async fn watch(page: &Browser) {
    page.script::<()>(include_str!("../../js/watch.js"), Vec::new()).await;
    page.script::<()>(include_str!("../../js/tasks.js"), Vec::new()).await;
}

async fn last(page: &Browser) -> Noted {
    let script = "const { shown, tasks, frames } = window.bench; return { shown, tasks, frames };";
    page.script(script, Vec::new()).await
}

/// What a page noted, once the last message has been shown on it.
async fn noted(page: &Browser) -> Noted {
    until(format!("{MANY} messages on {}'s page", page.name()), async || {
        let noted = last(page).await;
        match noted.shown.len() {
            MANY => Ok(noted),
            count => Err(format!("{count} are there")),
        }
    })
    .await
}

fn say(table: &mut Table, what: &str, noted: &Noted, beside: &str) {
    let tasks = match noted.tasks.len() {
        0 => Samples::new(vec![0.0]),
        _ => Samples::new(noted.tasks.clone()),
    };
    let how_many = format!("{} over {TASK} ms", noted.tasks.len());
    table.add(&format!("{what}: tasks over {TASK} ms"), &tasks, Budget::Never(TASK), &how_many);
    if !noted.frames.is_empty() {
        table.add(&format!("{what}: frame to frame"), &Samples::new(noted.frames.clone()), Budget::None, beside);
    }
}
