//! An origin: where browsers reach a relay, and what access proofs name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;
use xchat_wire::ORIGIN_LEN;

/// `scheme://host[:port]`, as a browser writes `location.origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: Arc<str>,
    host_at: usize,
}

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginError {
    /// Neither http nor https in front.
    #[error("an origin begins with https:// or http://")]
    Scheme,
    /// A path, a query, a user, white space.
    #[error("an origin is a scheme, a host and perhaps a port, such as https://chat.example:8443, and nothing else")]
    Rest,
    /// Too long or too short to be signed.
    #[error("an origin has {} to {} characters", ORIGIN_LEN.start(), ORIGIN_LEN.end())]
    Length,
}

impl Origin {
    /// The whole text, which proofs sign.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Host and port as in a `Host` header.
    pub fn host(&self) -> &str {
        &self.text[self.host_at..]
    }

    /// Whether browsers reach it over TLS.
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let lower = text.trim().to_ascii_lowercase();
        let (scheme, port) = match lower.split_once("://") {
            Some(("https", _)) => ("https://", ":443"),
            Some(("http", _)) => ("http://", ":80"),
            _ => return Err(OriginError::Scheme),
        };
        // A browser leaves the scheme's own port out.
        let host = &lower[scheme.len()..];
        let host = host.strip_suffix('/').unwrap_or(host);
        let host = host.strip_suffix(port).unwrap_or(host);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(OriginError::Rest);
        }
        let text: Arc<str> = format!("{scheme}{host}").into();
        match ORIGIN_LEN.contains(&text.len()) {
            true => Ok(Self { text, host_at: scheme.len() }),
            false => Err(OriginError::Length),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<String, OriginError> {
        text.parse::<Origin>().map(|origin| origin.to_string())
    }

    #[test]
    fn an_origin_is_written_as_a_browser_writes_it() {
        assert_eq!(origin("HTTPS://Chat.Example:443/").unwrap(), "https://chat.example");
        assert_eq!(origin("http://localhost:8080").unwrap(), "http://localhost:8080");
        assert_eq!(origin("http://[::1]:80").unwrap(), "http://[::1]");
        assert_eq!("https://chat.example:8443".parse::<Origin>().unwrap().host(), "chat.example:8443");
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_reason() {
        assert_eq!(origin("chat.example"), Err(OriginError::Scheme));
        assert_eq!(origin("wss://chat.example"), Err(OriginError::Scheme));
        assert_eq!(origin("https://"), Err(OriginError::Rest));
        assert_eq!(origin("https://chat.example/app"), Err(OriginError::Rest));
        assert_eq!(origin("https://me@chat.example"), Err(OriginError::Rest));
        assert_eq!(origin(&format!("https://{}", "a".repeat(300))), Err(OriginError::Length));
    }
}
