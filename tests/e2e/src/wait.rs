//! Waiting for a condition.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a condition may take. Far more than it does, so that a busy machine fails no test; a failing one waits it out.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Pause between two looks, so that looking does not slow down what is looked at.
const PAUSE: Duration = Duration::from_millis(40);

/// Tries until it succeeds, and gives what came of it. After [`PATIENCE`] panics with what was waited for and with the last reason why not.
pub async fn until<T>(what: impl Display, mut attempt: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reason = match attempt().await {
            Ok(found) => return found,
            Err(reason) => reason,
        };
        assert!(Instant::now() < deadline, "waited {} s in vain for {what}\n  last seen: {reason}", PATIENCE.as_secs());
        sleep(PAUSE).await;
    }
}
