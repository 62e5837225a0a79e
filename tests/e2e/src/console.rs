//! The browser's console: what it says, and that it must not complain.

use std::{fmt, fs};

use serde::Deserialize;

use crate::Browser;
use crate::programs::Kind;
use crate::protocol::Beyond;

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
        if self.kind() == Kind::Firefox {
            return self.said();
        }
        if let Some(client) = self.client_if_open()
            && let Ok(lines) = client.issue_cmd(Beyond::Console).await
            && let Ok(lines) = serde_json::from_value::<Vec<Line>>(lines)
        {
            self.heard.borrow_mut().extend(lines);
        }
        self.heard.borrow().clone()
    }

    /// The errors that Firefox wrote of its console to its driver's log.
    fn said(&self) -> Vec<Line> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().filter_map(of_firefox).collect()
    }

    /// Fails if the console holds an error. A breach of the content security policy is one.
    pub async fn console_is_clean(&self) {
        let errors: Vec<String> =
            self.console().await.iter().filter(|line| line.level == "SEVERE").map(Line::to_string).collect();
        assert!(errors.is_empty(), "{}'s console holds errors:\n{}", self.name(), errors.join("\n"));
    }
}

/// A line of Firefox's output, if it is an error of its console: `console.error: "..."`, or `JavaScript error: where, line 1: what`. What
/// is less than an error comes mostly from Firefox's own pages, and is left out.
fn of_firefox(line: &str) -> Option<Line> {
    let message = match line.split_once(": ")? {
        // Firefox's own parts say their name first, without quotes.
        ("console.error", message) if message.starts_with(['"', '(']) => message,
        ("JavaScript error", message) if message.starts_with("http") => message,
        _ => return None,
    };
    Some(Line { level: "SEVERE".to_owned(), message: message.to_owned() })
}
