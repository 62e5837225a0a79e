//! TLS of the relay's own: who trusts its certificate gets in, and a new certificate takes the place of the old one.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::{Read, Write};
use std::path::PathBuf;

use process::*;
use tungstenite::client::IntoClientRequest;
use xchat_wire::*;

/// A certificate for localhost and its key, in files that are removed at their end.
struct Pair(PathBuf);

impl Pair {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xchat-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let pair = Self(folder);
        pair.renew();
        pair
    }

    /// Writes a new certificate; it, for a client to trust.
    fn renew(&self) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(self.key(), made.signing_key.serialize_pem()).unwrap();
        std::fs::write(self.certificate(), made.cert.pem()).unwrap();
        made.cert.pem().into_bytes()
    }

    fn certificate(&self) -> String {
        self.0.join("cert.pem").to_str().unwrap().to_owned()
    }

    fn key(&self) -> String {
        self.0.join("key.pem").to_str().unwrap().to_owned()
    }

    fn serve(&self, name: &str) -> Running {
        let (certificate, key) = (self.certificate(), self.key());
        Running::start(name, &["--tls-cert", &certificate, "--tls-key", &key])
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What `/healthz` answers, if the certificate is trusted.
fn health(relay: &Running, trusted: &[u8]) -> Option<String> {
    let mut socket = dial_tls(relay.bound, trusted).unwrap();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    // A peer that leaves without a TLS goodbye has still said all of it.
    _ = socket.read_to_end(&mut answer);
    Some(String::from_utf8(answer).unwrap())
}

#[test]
fn a_client_that_trusts_the_certificate_is_served_over_tls_and_told_to_stay_there() {
    let pair = Pair::new("serve");
    let trusted = std::fs::read(pair.certificate()).unwrap();
    let relay = pair.serve("tls");
    let answer = health(&relay, &trusted).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive\n"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=63072000"), "{answer}");
    assert!(answer.contains(&format!("wss://localhost:{}", relay.bound.port())), "{answer}");

    let url = format!("wss://localhost:{}{SOCKET_PATH}", relay.bound.port());
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
    let (mut socket, _) = tungstenite::client(request, dial_tls(relay.bound, &trusted).unwrap()).unwrap();
    let welcome = socket.read().unwrap().into_data();
    assert!(matches!(decode(&welcome), Ok(ServerFrame::Welcome { .. })));
}

#[test]
fn a_renewed_certificate_is_taken_on_a_signal_and_a_broken_one_is_not() {
    let pair = Pair::new("renew");
    let old = std::fs::read(pair.certificate()).unwrap();
    let relay = pair.serve("tls-renew");
    let new = pair.renew();
    assert!(health(&relay, &old).is_some() && health(&relay, &new).is_none());
    relay.signal("-HUP");
    assert!(relay.said("certificate and key were read again"));
    assert!(health(&relay, &new).is_some() && health(&relay, &old).is_none());

    std::fs::write(pair.certificate(), "no certificate").unwrap();
    relay.signal("-HUP");
    assert!(relay.said("the old certificate stays in force"));
    assert!(health(&relay, &new).is_some());
}

#[test]
fn a_key_of_another_certificate_is_refused_at_the_start() {
    let (one, two) = (Pair::new("one"), Pair::new("two"));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_xchat-relay"))
        .args(["--listen", "127.0.0.1:0", "--tls-cert", &one.certificate(), "--tls-key", &two.key()])
        .arg("--data")
        .arg(one.0.join("data"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("cannot be used"), "{said}");
}

#[test]
fn a_client_that_does_not_speak_tls_holds_nobody_up() {
    let pair = Pair::new("plain");
    let trusted = std::fs::read(pair.certificate()).unwrap();
    let relay = pair.serve("tls-plain");
    let _silent: Vec<_> = (0..20).map(|_| relay.dial("")).collect();
    let mut plain = relay.dial("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut answer = Vec::new();
    _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "nothing is served in clear");
    assert!(health(&relay, &trusted).is_some());
}
