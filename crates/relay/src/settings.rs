//! What an operator can set, as flags or environment variables.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use thiserror::Error;
use xchat_wire::ORIGIN_LEN;

pub use crate::blob::BlobSettings;
pub use crate::turn::TurnSettings;

/// The blind relay of X Chat: orders and stores ciphertext, and serves the app.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Try it:  xchat-relay --app dist --data data\n\
                  Behind a TLS proxy:  xchat-relay --listen 127.0.0.1:8080 --origin https://chat.example \
                  --app dist --data /var/lib/xchat\n\n\
                  Every flag can be set by the environment variable named beside it. Stop with Ctrl-C or SIGTERM: what \
                  was accepted is on disk, clients come back by themselves."
)]
pub struct Settings {
    /// Address and port to listen on; port 0 takes a free one, which is printed.
    #[arg(long, env = "XCHAT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Folder of the store, made when missing. One relay per folder.
    #[arg(long, env = "XCHAT_DATA", default_value = "data")]
    pub data: PathBuf,

    /// Folder of the built app to serve at `/`; without it only the relay runs.
    #[arg(long, env = "XCHAT_APP")]
    pub app: Option<PathBuf>,

    /// Origin by which browsers reach this relay, such as https://chat.example; may be given more than once. A connection
    /// to any other host is refused, since access proofs are bound to the origin. On a loopback address the default is
    /// http://localhost:PORT and http://127.0.0.1:PORT.
    #[arg(long = "origin", env = "XCHAT_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub origins: Vec<Origin>,

    /// Days that records are kept for devices that have not fetched them yet.
    #[arg(long, env = "XCHAT_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub retention_days: u64,

    #[command(flatten)]
    pub blobs: BlobSettings,

    #[command(flatten)]
    pub turn: TurnSettings,

    /// How much to log, to standard error. No level logs an address of any kind.
    #[arg(long, env = "XCHAT_LOG", value_enum, default_value_t = Log::Info)]
    pub log: Log,
}

/// How much to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Nothing.
    Off,
    /// What needs an operator.
    Error,
    /// What may need one.
    Warn,
    /// Start and stop.
    Info,
    /// Connections, in numbers.
    Debug,
}

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
        let lower = lower.strip_suffix('/').unwrap_or(&lower);
        let (scheme, port) = match lower.split_once("://") {
            Some(("https", _)) => ("https://", ":443"),
            Some(("http", _)) => ("http://", ":80"),
            _ => return Err(OriginError::Scheme),
        };
        // A browser leaves the scheme's own port out.
        let host = &lower[scheme.len()..];
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

/// A relay that the world can reach must know its own name.
#[derive(Debug, Error)]
#[error(
    "--listen {0} is not a loopback address, so --origin must say how browsers reach this relay, such as https://chat.example"
)]
pub struct OriginMissing(SocketAddr);

impl Settings {
    /// The origins that connections may name, once the listening address is known.
    pub fn origins(&self, bound: SocketAddr) -> Result<Vec<Origin>, OriginMissing> {
        if !self.origins.is_empty() {
            return Ok(self.origins.clone());
        }
        if !bound.ip().is_loopback() {
            return Err(OriginMissing(bound));
        }
        let port = bound.port();
        let texts = [format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}"), format!("http://{bound}")];
        let mut origins: Vec<Origin> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        origins.dedup();
        Ok(origins)
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

    #[test]
    fn a_relay_on_loopback_knows_its_origins_and_one_on_the_network_must_be_told() {
        let settings = Settings::parse_from(["xchat-relay"]);
        let local = settings.origins("127.0.0.1:4321".parse().unwrap()).unwrap();
        let local: Vec<String> = local.iter().map(Origin::to_string).collect();
        assert_eq!(local, ["http://localhost:4321", "http://127.0.0.1:4321"]);
        assert!(settings.origins("0.0.0.0:4321".parse().unwrap()).is_err());
    }
}
