//! A certificate from a real ACME server (Pebble, which Let's Encrypt tests with), and what the relay does with it.
//!
//! `XCHAT_PEBBLE` names the server's program; without it, and without one on the path, the test says that it is skipped.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use process::*;

/// What a GET over TLS answers, if the certificate is trusted.
fn get(to: SocketAddr, path: &str, trusted: &[u8]) -> Option<String> {
    let mut socket = dial_tls(to, trusted).ok()?;
    write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    // A peer that leaves without a TLS goodbye has still said all of it.
    _ = socket.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("XCHAT_PEBBLE").map(PathBuf::from);
    let on_path =
        || std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join("pebble")).find(|file| file.is_file());
    let found = named.or_else(on_path);
    if found.is_none() {
        println!("skipped: no pebble; XCHAT_PEBBLE names one");
    }
    found
}

/// An authority, its folder, and the certificate of its own site.
struct Pebble {
    child: Option<Child>,
    folder: PathBuf,
    site: SocketAddr,
    management: SocketAddr,
    certificate: Vec<u8>,
}

impl Pebble {
    /// Ports and files of one that is to be started.
    fn prepare(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xchat-acme-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.join("site.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("site.key"), made.signing_key.serialize_pem()).unwrap();
        // Two ports that are free now; nobody else takes those that the system has just given out.
        let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [site, management] = held.map(|listener| listener.local_addr().unwrap());
        Self { child: None, folder, site, management, certificate: made.cert.pem().into_bytes() }
    }

    fn flags(&self) -> Vec<String> {
        let root = self.folder.join("site.pem").display().to_string();
        let directory = format!("https://{}/dir", self.site);
        ["--acme-domain", "localhost", "--acme-directory", &directory, "--acme-root", &root].map(String::from).into()
    }

    /// Starts it: it will look for `localhost` at this port.
    fn start(&mut self, binary: &PathBuf, looks_at: u16) {
        let config = serde_json::json!({ "pebble": {
            "listenAddress": self.site.to_string(), "managementListenAddress": self.management.to_string(),
            "certificate": self.folder.join("site.pem"), "privateKey": self.folder.join("site.key"),
            "httpPort": 1, "tlsPort": looks_at,
        }});
        let file = self.folder.join("pebble.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut command = Command::new(binary);
        command.arg("-config").arg(&file).env("PEBBLE_VA_NOSLEEP", "1").stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
    }

    /// The root of what it signs.
    fn root(&self) -> Vec<u8> {
        let mut root = None;
        until(|| {
            root = get(self.management, "/roots/0", &self.certificate);
            root.is_some()
        });
        root.unwrap().into_bytes()
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.stop();
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_relay_gets_its_certificate_by_answering_on_its_own_port_and_keeps_it_over_a_restart() {
    let Some(binary) = binary() else { return };
    let mut pebble = Pebble::prepare("own");
    let flags = pebble.flags();
    let mut relay = Running::start("acme", &flags.iter().map(String::as_str).collect::<Vec<_>>());
    // It has asked by now, or asks soon, and nobody is there yet: it asks again.
    assert!(relay.said("no certificate was got; the relay tries again"));
    pebble.start(&binary, relay.bound.port());
    let root = pebble.root();
    until(|| get(relay.bound, "/healthz", &root).as_deref() == Some("alive\n"));

    let folder = relay.data().join("acme");
    let files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "certificate and account: {files:?}");
    #[cfg(unix)]
    for file in files {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }

    // Without an authority: what it has is good, and in force from the first moment.
    pebble.stop();
    relay.terminate();
    assert!(relay.wait().success());
    let relay = relay.again();
    assert_eq!(get(relay.bound, "/healthz", &root).as_deref(), Some("alive\n"));
    assert!(!relay.said_already("no certificate was got"));
}

#[test]
fn an_authority_that_does_not_find_the_relay_is_told_of_and_not_asked_again_at_once() {
    let Some(binary) = binary() else { return };
    let mut pebble = Pebble::prepare("lost");
    // A port behind which nobody speaks TLS.
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    pebble.start(&binary, elsewhere.local_addr().unwrap().port());
    drop(elsewhere);
    pebble.root();
    let relay = Running::start("acme-lost", &pebble.flags().iter().map(String::as_str).collect::<Vec<_>>());
    until(|| relay.said_already("the authority refuses"));
    assert!(relay.said("seconds=1800"));
}
