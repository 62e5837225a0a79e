//! What went over the network, as the browser itself recorded it: page, workers, sockets, everything.

use std::fs;

use serde_json::Value;

use crate::Browser;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` and the like; empty where the recording does not say.
    pub method: String,
    /// Where to.
    pub url: String,
    /// The origin of the page or worker that asked for it; `not an origin` for the browser's own business and typed addresses.
    pub initiator: String,
}

impl Request {
    /// What the browser asks for by itself: time and updates name no origin, its empty first tab one of its own.
    fn is_the_browsers(&self) -> bool {
        self.initiator == "not an origin" || self.initiator.starts_with("chrome://")
    }
}

impl Browser {
    /// Every request of every time that this browser was open. Complete once it is closed. Only one that `records` has them.
    pub fn requests(&self) -> Vec<Request> {
        let recordings = self.recordings();
        let texts = recordings.iter().map(|file| {
            fs::read_to_string(file)
                .unwrap_or_else(|error| panic!("no recording of the network at {}: {error}", file.display()))
        });
        texts.flat_map(|text| text.lines().filter_map(request).collect::<Vec<_>>()).collect()
    }

    /// Fails if a page or worker asked for anything but what its own origin has. The browser must be closed, and is believed if it is one
    /// that does not record.
    pub fn asked_only_its_own_origin(&self) {
        if !self.records() {
            return;
        }
        let host = self.origin().trim_start_matches("http://");
        let own = [format!("http://{host}/"), format!("ws://{host}/")];
        let asked: Vec<Request> = self.requests().into_iter().filter(|request| !request.is_the_browsers()).collect();
        let strange: Vec<&Request> = asked
            .iter()
            .filter(|request| !own.iter().any(|own| request.url.starts_with(own)))
            .filter(|request| !["data:", "blob:"].iter().any(|inside| request.url.starts_with(inside)))
            .collect();
        assert!(strange.is_empty(), "{}'s page asked elsewhere: {strange:?}", self.name());
        // That the recording sees what matters: the engine's module is loaded by the worker, and the socket is the worker's.
        for (what, part) in [("a module", ".wasm"), ("the relay's socket", "/relay")] {
            assert!(asked.iter().any(|request| request.url.ends_with(part)), "the recording misses {what}: {asked:?}");
        }
    }
}

/// The request that a line of a recording tells of. Each event has a line of its own.
fn request(line: &str) -> Option<Request> {
    if !line.contains("\"initiator\"") {
        return None;
    }
    let event: Value = serde_json::from_str(line.trim().trim_end_matches(',')).ok()?;
    let word = |name: &str| event["params"][name].as_str().map(str::to_owned);
    Some(Request { method: word("method").unwrap_or_default(), url: word("url")?, initiator: word("initiator")? })
}

#[cfg(test)]
mod tests {
    use super::{Request, request};

    #[test]
    fn a_recorded_request_is_read_and_other_lines_are_not() {
        let line = r#"{"params":{"initiator":"http://a.example","method":"GET","url":"http://b.example/x"},"phase":1,"time":"1","type":2},"#;
        let read = |method: &str| Request {
            method: method.to_owned(),
            url: "http://b.example/x".to_owned(),
            initiator: "http://a.example".to_owned(),
        };
        assert_eq!(request(line), Some(read("GET")));
        assert_eq!(request(&line.replace("method", "other")), Some(read("")));
        assert_eq!(request(r#"{"constants": {"initiator": 1},"#), None);
        assert_eq!(request(r#"{"params":{"url":"http://b.example/x"},"phase":1},"#), None);
    }
}
