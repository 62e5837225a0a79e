//! What chromedriver understands beyond the WebDriver standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// One such command.
#[derive(Debug)]
pub(crate) enum Chrome {
    /// A method of the DevTools protocol, on the page.
    DevTools(&'static str, Value),
    /// The console's lines since the last time.
    Console,
}

impl WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        match self {
            Self::DevTools(..) => base.join(&format!("session/{session}/goog/cdp/execute")),
            Self::Console => base.join(&format!("session/{session}/se/log")),
        }
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::DevTools(method, params) => json!({ "cmd": method, "params": params }),
            Self::Console => json!({ "type": "browser" }),
        };
        (Method::POST, Some(body.to_string()))
    }
}
