//! The browser's console: what it says, and that it must not complain.

use std::fmt;

use serde::Deserialize;

use crate::Browser;
use crate::protocol::Chrome;

/// A line of the console: of the page's scripts, of failed requests, of what the content security policy blocked.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// `SEVERE` is an error.
    pub level: String,
    /// Where and what.
    pub message: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.level, self.message)
    }
}

impl Browser {
    /// Everything that the console has said since the browser was opened.
    pub async fn console(&self) -> Vec<Line> {
        if let Some(client) = self.client_if_open()
            && let Ok(lines) = client.issue_cmd(Chrome::Console).await
            && let Ok(lines) = serde_json::from_value::<Vec<Line>>(lines)
        {
            self.heard.borrow_mut().extend(lines);
        }
        self.heard.borrow().clone()
    }

    /// Fails if the console holds an error. A breach of the content security policy is one.
    pub async fn console_is_clean(&self) {
        let errors: Vec<String> =
            self.console().await.iter().filter(|line| line.level == "SEVERE").map(Line::to_string).collect();
        assert!(errors.is_empty(), "{}'s console holds errors:\n{}", self.name(), errors.join("\n"));
    }
}
