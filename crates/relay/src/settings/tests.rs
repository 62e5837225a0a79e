//! Which setting wins, and what an operator is told when one is wrong.

use super::*;

/// A settings file of this test's own, removed at its end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xchat-settings-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn load(&self, flags: &[&str]) -> Result<Settings, String> {
        load(&[&["--config", self.0.to_str().unwrap()], flags].concat())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

fn load(flags: &[&str]) -> Result<Settings, String> {
    let words = ["xchat-relay"].iter().chain(flags).map(OsString::from);
    Settings::load(words).map_err(|error| error.to_string())
}

#[test]
fn the_flags_are_declared_without_contradiction() {
    Settings::command().debug_assert();
}

#[test]
fn a_relay_on_loopback_knows_its_origins_and_one_on_the_network_must_be_told() {
    let origins = |flags: &[&str]| {
        let origins = load(flags).unwrap().origins("127.0.0.1:4321".parse().unwrap()).unwrap();
        origins.iter().map(Origin::to_string).collect::<Vec<_>>()
    };
    assert_eq!(origins(&[]), ["http://localhost:4321", "http://127.0.0.1:4321"]);
    let tls = ["--tls-cert", "c", "--tls-key", "k"];
    assert_eq!(origins(&tls), ["https://localhost:4321", "https://127.0.0.1:4321"]);
    assert!(load(&[]).unwrap().origins("0.0.0.0:4321".parse().unwrap()).is_err());
}

#[test]
fn a_flag_beats_the_file_and_the_file_beats_the_default() {
    let text = "retention-days = 7\ndrain-seconds = 20\norigin = [\"https://a.example\", \"https://b.example\"]\n\
                trust-proxy = true\nlog = \"debug\"\nmax-connections = 9\n";
    let file = File::new("order", text);
    let settings = file.load(&["--retention-days", "9", "--origin", "https://c.example"]).unwrap();
    assert_eq!((settings.retention_days, settings.drain_seconds), (9, 20));
    assert_eq!((settings.limits.max_connections, settings.limits.connections_per_minute), (9, 600));
    assert_eq!(settings.origins, ["https://c.example".parse().unwrap()], "the flag's alone");
    assert!(settings.trust_proxy && settings.log == Log::Debug);
    assert_eq!(file.load(&[]).unwrap().origins.len(), 2);
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    let told = |flags: &[&str], words: &[&str]| {
        let error = load(flags).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    told(&["--retention-days", "0"], &["--retention-days", "1..=3650"]);
    told(&["--log-format", "xml"], &["--log-format", "text", "json"]);
    told(&["--origin", "chat.example"], &["--origin", "https://"]);
    told(&["--tls-cert", "c.pem"], &["--tls-cert", "--tls-key is missing"]);
    told(&["--idle-days", "7"], &["--idle-days 7", "--retention-days 30"]);
    told(&["--config", "/nowhere/relay.toml"], &["/nowhere/relay.toml", "cannot be read"]);
}

#[test]
fn what_is_wrong_in_the_file_is_named_with_the_file() {
    let told = |name: &str, text: &str, words: &[&str]| {
        let file = File::new(name, text);
        let error = file.load(&[]).unwrap_err();
        let here = file.0.to_str().unwrap();
        assert!(error.contains(here) && words.iter().all(|word| error.contains(word)), "{error}");
    };
    told("unknown", "retention = 3", &["no setting `retention`", "retention-days"]);
    told("nested", "config = \"other.toml\"", &["no setting `config`"]);
    told("range", "retention-days = 0", &["--retention-days", "1..=3650"]);
    told("switch", "trust-proxy = \"yes\"", &["`trust-proxy` takes true or false"]);
    told("table", "[limits]\nmax-connections = 3", &["no setting `limits`"]);
    told("syntax", "listen = ", &["is no TOML"]);
}
