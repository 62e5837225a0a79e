//! The app's files as a browser gets them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::Read;
use std::path::PathBuf;

use process::*;

/// A small app on disk, removed at its end.
struct Dist(PathBuf);

impl Dist {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xchat-app-{}-{name}", std::process::id()));
        _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("icons")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
        write("index.html", &format!("<!doctype html>{}", "<p>hello</p>".repeat(200)));
        write("app-0123456789abcdef.js", &"export const a = 1;\n".repeat(200));
        write("app-0123456789abcdef_bg.wasm", &"\0asm".repeat(200));
        write("style-9f86d081884c7d65.css", "body{}");
        write("manifest.webmanifest", "{}");
        write("icons/icon.svg", "<svg/>");
        write(".secret", "hidden");
        Self(path)
    }

    fn serve(&self, name: &str) -> Running {
        Running::start(name, &["--app", self.0.to_str().unwrap()])
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_file_has_its_type_and_its_caching() {
    let dist = Dist::new("types");
    let relay = dist.serve("types");
    let forever = "public, max-age=31536000, immutable";
    let expected = [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/app-0123456789abcdef.js", "text/javascript; charset=utf-8", forever),
        ("/app-0123456789abcdef_bg.wasm", "application/wasm", forever),
        ("/style-9f86d081884c7d65.css", "text/css; charset=utf-8", forever),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/icons/icon.svg", "image/svg+xml", "no-cache"),
    ];
    for (path, kind, caching) in expected {
        let answer = relay.get(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            (answer.header("content-type"), answer.header("cache-control")),
            (Some(kind), Some(caching)),
            "{path}"
        );
    }
}

#[test]
fn brotli_goes_to_those_who_take_it_and_reads_back_the_same() {
    let dist = Dist::new("brotli");
    let relay = dist.serve("brotli");
    for path in ["/", "/app-0123456789abcdef.js", "/app-0123456789abcdef_bg.wasm"] {
        let plain = relay.get(path, &[]);
        let packed = relay.get(path, &[("Accept-Encoding", "gzip, br")]);
        assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), (None, Some("br")));
        assert_eq!(packed.header("vary"), Some("accept-encoding"));
        assert!(packed.body.len() < plain.body.len() / 4);
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(packed.body.as_slice(), 4096).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body);
    }
}

#[test]
fn a_large_file_arrives_whole() {
    let dist = Dist::new("large");
    let large: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(dist.0.join("large.png"), &large).unwrap();
    assert!(dist.serve("large").get("/large.png", &[]).body == large);
}

#[test]
fn head_is_get_without_the_body_and_nothing_else_is_allowed() {
    let dist = Dist::new("head");
    let relay = dist.serve("head");
    let (get, head) = (relay.get("/", &[]), relay.request("HEAD", "/", &[]));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(relay.request("POST", "/", &[("Content-Length", "0")]).status, 405);
}

#[test]
fn a_file_that_has_not_changed_is_not_sent_again() {
    let dist = Dist::new("tag");
    let relay = dist.serve("tag");
    let tag = relay.get("/", &[]).header("etag").unwrap().to_owned();
    let again = relay.get("/", &[("If-None-Match", &tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(relay.get("/", &[("If-None-Match", "\"other\"")]).status, 200);
    let among = format!("\"other\", W/{tag}");
    assert_eq!(relay.get("/", &[("If-None-Match", &among)]).status, 304, "in a list, and weak");
    assert_eq!(relay.get("/", &[("If-None-Match", "*")]).status, 304);
}

#[test]
fn what_is_packed_and_what_is_not_have_tags_of_their_own() {
    let dist = Dist::new("tags");
    let relay = dist.serve("tags");
    let takes = ("Accept-Encoding", "br");
    let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
    let (plain, packed) = (relay.get("/", &[]), relay.get("/", &[takes]));
    assert_ne!(tag(&plain), tag(&packed), "a strong tag stands for the same bytes");
    let again = relay.get("/", &[takes, ("If-None-Match", &tag(&packed))]);
    assert_eq!((again.status, tag(&again), again.header("vary")), (304, tag(&packed), Some("accept-encoding")));
    let other = relay.get("/", &[takes, ("If-None-Match", &tag(&plain))]);
    assert_eq!((other.status, other.body), (200, packed.body), "the other representation is no match");
    let small = relay.get("/manifest.webmanifest", &[takes]);
    assert_eq!(tag(&small), tag(&relay.get("/manifest.webmanifest", &[])), "one that is never packed has one");
}

#[test]
fn nothing_outside_the_folder_and_nothing_hidden_is_served() {
    let dist = Dist::new("outside");
    let relay = dist.serve("outside");
    for path in ["/.secret", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/icons", "/icons/", "/nothing"] {
        assert_eq!(relay.get(path, &[]).status, 404, "{path}");
    }
}

#[test]
fn every_answer_carries_the_security_headers() {
    let dist = Dist::new("headers");
    let relay = dist.serve("headers");
    for path in ["/", "/app-0123456789abcdef.js", "/nothing", "/healthz", "/relay"] {
        let answer = relay.get(path, &[]);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{path}");
        assert!(policy.contains(&format!(" ws://{}", relay.bound)), "{policy}");
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-permitted-cross-domain-policies", "none"),
            ("x-dns-prefetch-control", "off"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("strict-transport-security"), None, "not without TLS");
        assert!(answer.header("permissions-policy").unwrap().contains("geolocation=()"));
    }
}
