//! Credentials for TURN servers by the shared secret that coturn calls `use-auth-secret` (draft-uberti-behave-turn-rest).
//!
//! ```text
//! username = "<Unix seconds when it ends>:<16 random hex digits>"      password = base64(HMAC-SHA1(secret, username))
//! ```
//!
//! The name is new each time and says nothing of the client: a TURN server sees no more than the addresses it relays for.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use hmac::{Hmac, KeyInit as _, Mac};
use sha1::Sha1;
use thiserror::Error;
use xchat_wire::{MAX_TURN_URLS, Reply, TURN_SECONDS, TurnPassword};
use zeroize::Zeroizing;

/// Longest URL of a TURN server.
const URL: usize = 255;
/// Longest secret; whatever is longer is some other file.
const SECRET: u64 = 1024;

/// What an operator can set about TURN.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "TURN")]
pub struct TurnSettings {
    /// TURN server for calls between people whose networks do not let them connect, such as
    /// turn:turn.example:3478?transport=udp; may be given more than once. Needs --turn-secret-file.
    #[arg(long = "turn-url", env = "XCHAT_TURN_URL", value_delimiter = ',', value_name = "URL")]
    pub turn_urls: Vec<TurnUrl>,

    /// File with the secret that the TURN servers have too (coturn: use-auth-secret, static-auth-secret).
    #[arg(long, env = "XCHAT_TURN_SECRET_FILE", value_name = "FILE")]
    pub turn_secret_file: Option<PathBuf>,
}

/// `turn:` or `turns:`, a host, and perhaps a port and a transport (RFC 7065).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnUrl(String);

impl FromStr for TurnUrl {
    type Err = TurnError;

    fn from_str(text: &str) -> Result<Self, TurnError> {
        let text = text.trim();
        let rest = text.strip_prefix("turns:").or_else(|| text.strip_prefix("turn:")).ok_or(TurnError::Url)?;
        let (server, transport) = rest.split_once('?').unwrap_or((rest, "transport=udp"));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let known = matches!(transport, "transport=udp" | "transport=tcp");
        let good = !server.is_empty() && server.chars().all(plain) && known && text.len() <= URL;
        if good { Ok(Self(text.to_owned())) } else { Err(TurnError::Url) }
    }
}

impl fmt::Display for TurnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why TURN cannot be offered: a sentence for the operator.
#[derive(Debug, Error)]
pub enum TurnError {
    #[error(
        "a TURN server is given as turn:HOST:PORT or turns:HOST:PORT, perhaps with ?transport=udp or ?transport=tcp"
    )]
    Url,
    #[error("at most {MAX_TURN_URLS} TURN servers can be given")]
    Many,
    /// One without the other.
    #[error("--turn-url and --turn-secret-file belong together: one of them is missing")]
    Half,
    #[error("the secret of the TURN servers, {0}, cannot be read: {1}")]
    File(PathBuf, #[source] std::io::Error),
    #[error("{0} must hold the TURN servers' secret: one line of text, at most {SECRET} bytes")]
    Secret(PathBuf),
}

/// What credentials are made with.
pub(crate) struct Turn {
    urls: Vec<String>,
    secret: Zeroizing<String>,
}

impl Turn {
    /// What the settings name; none when they name nothing.
    pub(crate) fn open(settings: &TurnSettings) -> Result<Option<Self>, TurnError> {
        let path = match (&settings.turn_secret_file, settings.turn_urls.len()) {
            (None, 0) => return Ok(None),
            (Some(_), 0) | (None, _) => return Err(TurnError::Half),
            (Some(_), count) if count > MAX_TURN_URLS => return Err(TurnError::Many),
            (Some(path), _) => path,
        };
        let failed = |error| TurnError::File(path.clone(), error);
        let mut text = Zeroizing::new(String::new());
        File::open(path).map_err(failed)?.take(SECRET + 1).read_to_string(&mut text).map_err(failed)?;
        let secret = Zeroizing::new(text.trim().to_owned());
        if secret.is_empty() || secret.contains('\n') || text.len() as u64 > SECRET {
            return Err(TurnError::Secret(path.clone()));
        }
        Ok(Some(Self { urls: settings.turn_urls.iter().map(TurnUrl::to_string).collect(), secret }))
    }

    /// Credentials from `now` (Unix milliseconds) on; `random` must be fresh.
    pub(crate) fn credentials(&self, now: u64, random: [u8; 8]) -> Reply {
        let username = format!("{}:{}", now / 1000 + u64::from(TURN_SECONDS), hex::encode(random));
        let password = TurnPassword(STANDARD.encode(mac(self.secret.as_bytes(), username.as_bytes())));
        Reply::Turn { urls: self.urls.clone(), username, password, seconds: TURN_SECONDS }
    }
}

fn mac(secret: &[u8], message: &[u8]) -> [u8; 20] {
    let mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these servers and a file with this secret.
    fn open(urls: &[&str], secret: Option<&str>) -> Result<Option<Turn>, TurnError> {
        let path =
            std::env::temp_dir().join(format!("xchat-turn-{}-{:?}", std::process::id(), std::thread::current().id()));
        std::fs::write(&path, secret.unwrap_or_default()).unwrap();
        let turn_urls = urls.iter().map(|url| url.parse().unwrap()).collect();
        let turn = Turn::open(&TurnSettings { turn_urls, turn_secret_file: secret.map(|_| path.clone()) });
        std::fs::remove_file(&path).unwrap();
        turn
    }

    #[test]
    fn the_mac_is_that_of_rfc_2202() {
        let known = mac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(known), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn credentials_are_what_coturn_computes_from_the_same_secret() {
        let turn = open(&["turn:turn.example:3478?transport=udp"], Some("north wind\n")).unwrap().unwrap();
        let random = [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xaa];
        let expected = Reply::Turn {
            urls: vec!["turn:turn.example:3478?transport=udp".into()],
            username: "1700000600:00112233445566aa".into(),
            password: TurnPassword("aoFl7NUHRmQbaRpTt5SmSGyEK54=".into()),
            seconds: 600,
        };
        assert_eq!(turn.credentials(1_700_000_000_999, random), expected);
    }

    #[test]
    fn servers_and_secret_come_together_or_not_at_all() {
        let url = "turns:turn.example:5349";
        assert!(matches!(open(&[], None), Ok(None)));
        assert!(matches!(open(&[url], None), Err(TurnError::Half)));
        assert!(matches!(open(&[], Some("a")), Err(TurnError::Half)));
        assert!(matches!(open(&[url; 9], Some("a")), Err(TurnError::Many)));
        for secret in ["", " \n ", "one\ntwo", "x".repeat(1025).as_str()] {
            assert!(matches!(open(&[url], Some(secret)), Err(TurnError::Secret(_))));
        }
    }

    #[test]
    fn what_is_no_turn_server_is_refused() {
        for url in ["turn:a.example", "turns:[::1]:5349?transport=tcp", "turn:a:3478?transport=udp"] {
            assert_eq!(url.parse::<TurnUrl>().unwrap().to_string(), url);
        }
        for url in ["", "turn:", "stun:a.example", "https://a.example", "turn:a b", "turn:a?transport=x", "turn:a/b"] {
            assert!(url.parse::<TurnUrl>().is_err(), "{url}");
        }
    }
}
