//! What drivers understand beyond what fantoccini knows: Chromium's DevTools and console, and the standard's permissions.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// One such command.
#[derive(Debug)]
pub(crate) enum Beyond {
    /// A method of the DevTools protocol, on the page; chromedriver's alone.
    DevTools(&'static str, Value),
    /// The console's lines since the last time; chromedriver's alone.
    Console,
    /// The person has allowed something to the page: of the Permissions standard, in all drivers.
    Allow(&'static str),
}

impl WebDriverCompatibleCommand for Beyond {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        match self {
            Self::DevTools(..) => base.join(&format!("session/{session}/goog/cdp/execute")),
            Self::Console => base.join(&format!("session/{session}/se/log")),
            Self::Allow(_) => base.join(&format!("session/{session}/permissions")),
        }
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::DevTools(method, params) => json!({ "cmd": method, "params": params }),
            Self::Console => json!({ "type": "browser" }),
            Self::Allow(name) => json!({ "descriptor": { "name": name }, "state": "granted" }),
        };
        (Method::POST, Some(body.to_string()))
    }
}
