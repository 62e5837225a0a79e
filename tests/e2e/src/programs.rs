//! The programs that a test runs, as `cargo xtask` names them.

use std::env;
use std::path::{Path, PathBuf};

/// Whose browser it is: what is beyond the WebDriver standard differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Chromium, by chromedriver.
    Chromium,
    /// Firefox, by geckodriver.
    Firefox,
}

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    /// The built app.
    pub(crate) dist: PathBuf,
    pub(crate) relay: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Programs {
    /// Reads the environment. A geckodriver there means Firefox.
    pub(crate) fn from_environment() -> Self {
        let kind = env::var_os("XCHAT_GECKODRIVER").map_or(Kind::Chromium, |_| Kind::Firefox);
        let (browser, driver) = match kind {
            Kind::Chromium => ("XCHAT_CHROMIUM", "XCHAT_CHROMEDRIVER"),
            Kind::Firefox => ("XCHAT_FIREFOX", "XCHAT_GECKODRIVER"),
        };
        let programs = Self {
            dist: named("XCHAT_DIST"),
            relay: named("XCHAT_RELAY"),
            kind,
            browser: named(browser),
            driver: named(driver),
        };
        assert!(
            programs.dist.join("index.html").is_file(),
            "{} holds no app: `cargo xtask test e2e` builds it",
            programs.dist.display()
        );
        programs
    }
}

fn named(variable: &str) -> PathBuf {
    let path = env::var_os(variable).map(PathBuf::from).unwrap_or_else(|| {
        panic!("{variable} is not set: `cargo xtask test e2e` (or `cargo xtask bench`) builds everything and sets it")
    });
    assert!(path.exists(), "{variable} names {}, which is not there", path.display());
    path
}

/// Where a failing scenario leaves what it saw.
pub(crate) fn evidence_folder(scenario: &str) -> PathBuf {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this package is two folders below the root");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    target.join("e2e").join(scenario)
}
