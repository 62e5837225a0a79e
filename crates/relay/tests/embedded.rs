//! A relay with the app built in: one file, and `--app` still has the last word. Built with
//! `XCHAT_DIST=crates/relay/tests/fixture-app` and the feature `embed-app`.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use process::*;

const PAGE: &str = include_str!("fixture-app/index.html");

#[test]
fn the_app_that_was_built_in_is_served_without_a_folder() {
    let relay = Running::start("embedded", &[]);
    let page = relay.get("/", &[]);
    assert_eq!((page.status, page.text()), (200, PAGE.to_owned()));
    let script = relay.get("/app-0123456789abcdef.js", &[]);
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(relay.get("/icons/icon.svg", &[]).header("content-type"), Some("image/svg+xml"));
    assert_eq!(relay.get("/nothing", &[]).status, 404);
}

#[test]
fn a_folder_that_is_named_takes_the_place_of_the_built_in_app() {
    let folder = std::env::temp_dir().join(format!("xchat-embedded-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "another app").unwrap();
    let relay = Running::start("overridden", &["--app", folder.to_str().unwrap()]);
    assert_eq!(relay.get("/", &[]).text(), "another app");
    assert_eq!(relay.get("/icons/icon.svg", &[]).status, 404);
    std::fs::remove_dir_all(&folder).unwrap();
}
