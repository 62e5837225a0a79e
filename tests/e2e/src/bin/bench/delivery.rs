//! From one screen to the other.

use serde::Deserialize;
use serde_json::json;
use xchat_e2e::{Browser, until};
use xchat_wire::{ClientFrame, SUBPROTOCOL, encode};

use crate::table::{Budget, Samples, Table};

/// Messages that are sent.
const MESSAGES: usize = 200;
/// Milliseconds between two of them: longer than one takes, so that none waits for another.
const PAUSE_MS: u32 = 150;
/// Rounds of what the parts cost on their own.
const ROUNDS: usize = 200;

/// What the parts of the way cost, in milliseconds.
#[derive(Deserialize)]
struct Baseline {
    /// A ping on the relay's socket and back.
    ping: Vec<f64>,
    /// A strict commit of one row to IndexedDB.
    commit: Vec<f64>,
    /// A fetch of the smallest thing that the relay serves.
    fetch: Vec<f64>,
}

/// What each page noted, by number of the message, on the wall clock that both share.
#[derive(Deserialize)]
struct Noted {
    #[serde(default)]
    sent: Vec<f64>,
    shown: Vec<Option<f64>>,
}

/// Both have their conversation open.
pub(crate) async fn of_a_message(from: &Browser, to: &Browser, table: &mut Table) {
    let ping: Vec<u8> = encode(&ClientFrame::Ping);
    let baseline: Baseline =
        from.script(include_str!("../../js/baseline.js"), vec![json!(ROUNDS), json!(SUBPROTOCOL), json!(ping)]).await;
    let (ping, commit) = (Samples::new(baseline.ping), Samples::new(baseline.commit));

    for page in [from, to] {
        page.script::<()>(include_str!("../../js/watch.js"), Vec::new()).await;
    }
    from.script::<()>(include_str!("../../js/burst.js"), vec![json!(MESSAGES), json!(PAUSE_MS)]).await;
    let (sent, seen) = (noted(from).await, noted(to).await);
    let to_own = Samples::new(differences(&sent.sent, &sent.shown));
    let to_other = Samples::new(differences(&sent.sent, &seen.shown));

    let beside = |samples: &Samples| {
        let ratio = |to: &Samples| samples.median() / to.median();
        format!("{:.1} pings, {:.1} commits", ratio(&ping), ratio(&commit))
    };
    table.add("send to shown on the own page", &to_own, Budget::None, &beside(&to_own));
    table.add("send to seen", &to_other, Budget::Both(50.0, 150.0), &beside(&to_other));
    table.add("alone: ping on the relay's socket and back", &ping, Budget::None, "");
    table.add("alone: strict commit of 1 KiB to IndexedDB", &commit, Budget::None, "");
    table.add("alone: fetch from the relay", &Samples::new(baseline.fetch), Budget::None, "");
}

/// What a page noted, once every message has been shown on it.
async fn noted(page: &Browser) -> Noted {
    until(format!("{MESSAGES} messages on {}'s page", page.name()), async || {
        let noted: Noted = page.script("return window.bench;", Vec::new()).await;
        match noted.shown.iter().flatten().count() {
            MESSAGES => Ok(noted),
            count => Err(format!("{count} are there")),
        }
    })
    .await
}

fn differences(begun: &[f64], ended: &[Option<f64>]) -> Vec<f64> {
    begun.iter().zip(ended).filter_map(|(begun, ended)| Some((*ended)? - begun)).collect()
}
