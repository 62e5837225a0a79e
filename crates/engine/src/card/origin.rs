//! A relay's origin, as access proofs sign it.

use std::fmt;

use minicbor::{CborLen, Decoder};
use thiserror::Error;
use xchat_wire::{
    ORIGIN_LEN,
    cbor::{Decode, Encode},
};

/// The text is no `https://host` or `https://host:port` in the form in which a browser gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the origin of a relay")]
pub struct OriginError;

/// `https://host[:port]` (`http://` for a relay on one's own machine), lower case, no path: one text for one relay, since
/// proofs sign it byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, CborLen)]
#[cbor(transparent)]
pub struct Origin(#[n(0)] String);

impl Origin {
    /// Takes an origin as `location.origin` gives it (RFC 6454 6.1); anything else is refused, not mended.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(OriginError)?;
        let clean = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' | b'[' | b']');
        if !ORIGIN_LEN.contains(&text.len()) || host.starts_with(':') || !host.bytes().all(clean) || host.is_empty() {
            return Err(OriginError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'b, C> Decode<'b, C> for Origin {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::parse(d.str()?).map_err(|error| minicbor::decode::Error::custom(error).at(at))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_of_browsers_are_taken_as_they_are() {
        for text in ["https://x.example", "http://127.0.0.1:8080", "http://localhost:1", "https://[::1]:8443"] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_but_a_bare_origin_is_refused() {
        let long = format!("https://{}", "a".repeat(250));
        for text in [
            "",
            "x.example",
            "https://",
            "https://x.example/",
            "https://X.example",
            "wss://x.example",
            "https://a b",
            "https://u@x.example",
            "https://x.example#",
            "javascript:alert(1)",
            "https://:80",
            &long,
        ] {
            assert_eq!(Origin::parse(text), Err(OriginError), "{text}");
        }
    }
}
