//! A house for one scenario: a relay, a driver, and a browser for each person.

use std::any::type_name;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures_util::FutureExt;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::browser::Browser;
use crate::driver::Driver;
use crate::evidence;
use crate::programs::{Kind, Programs, evidence_folder};
use crate::relay::Relay;

/// One scenario at a time, however many threads the test runner has: a browser takes what a machine has.
static TURN: Mutex<()> = Mutex::const_new(());

/// Everything that a scenario needs. What it started ends with it.
pub struct House {
    programs: Programs,
    evidence: PathBuf,
    browsers: RefCell<Vec<Rc<Browser>>>,
    /// Of all browsers; none where each has its own.
    driver: Option<Driver>,
    relay: Relay,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Runs a scenario in a house of its own. If it fails, what the browsers show is kept before the failure goes on.
pub async fn scenario<Scenario: AsyncFnOnce(&House)>(scenario: Scenario) {
    let house = House::build(&name_of::<Scenario>()).await;
    let outcome = AssertUnwindSafe(async {
        scenario(&house).await;
        house.leave().await;
    });
    if let Err(failure) = outcome.catch_unwind().await {
        evidence::keep(&house.evidence, &house.browsers()).await;
        resume_unwind(failure);
    }
}

/// Closes their browsers, after a look at what these have noted: nothing was complained of, and nothing asked of anybody else.
pub async fn leave(people: &[&Browser]) {
    for person in people {
        person.console_is_clean().await;
        person.close().await;
        person.asked_only_its_own_origin();
    }
}

/// The test's name: what is left of its closure's path without the crate and the closures.
fn name_of<Scenario>() -> String {
    let path = type_name::<Scenario>();
    let parts = path.split("::").skip(1).filter(|part| !part.starts_with('{'));
    parts.collect::<Vec<_>>().join("-")
}

impl House {
    /// Starts relay and driver. `name` is for the folder of evidence.
    pub async fn build(name: &str) -> Self {
        let turn = TURN.lock().await;
        let programs = Programs::from_environment();
        let evidence = evidence_folder(name);
        evidence::clear(&evidence);
        let folder = tempfile::Builder::new().prefix("xchat-e2e-").tempdir().expect("a temporary folder can be made");
        let relay = Relay::start(&programs, folder.path(), evidence.join("relay.log")).await;
        let driver = match programs.kind {
            Kind::Chromium => Some(Driver::start(&programs, evidence.join("chromedriver.log")).await),
            Kind::Firefox => None,
        };
        Self { programs, evidence, browsers: RefCell::default(), driver, relay, folder, _turn: turn }
    }

    /// Opens a browser with a fresh profile on the app's first page. It records what goes over the network.
    pub async fn browser(&self, name: &str) -> Rc<Browser> {
        self.open(name, true, false).await
    }

    /// The same, with a camera before which stands nothing yet.
    pub async fn browser_with_camera(&self, name: &str) -> Rc<Browser> {
        self.open(name, true, true).await
    }

    /// The same without a recording, which would slow down what is measured.
    pub async fn plain_browser(&self, name: &str) -> Rc<Browser> {
        self.open(name, false, false).await
    }

    async fn open(&self, name: &str, records: bool, has_camera: bool) -> Rc<Browser> {
        let origin = self.relay().origin();
        let log = self.evidence.join(format!("geckodriver of {name}.log").replace(' ', "-"));
        let driver = self.driver.as_ref().map(|driver| driver.url().to_owned());
        let browser = Browser::new(name, &self.programs, driver, log, origin, self.folder(), records);
        let browser = Rc::new(if has_camera { browser.with_camera() } else { browser });
        self.browsers.borrow_mut().push(browser.clone());
        browser.open().await;
        if records {
            browser.visit("").await;
        }
        browser
    }

    /// Puts a file on the disk, for a person to pick.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let folder = self.folder().join("files");
        std::fs::create_dir_all(&folder).expect("a folder can be made in the test's folder");
        let file = folder.join(name);
        std::fs::write(&file, bytes).expect("a file can be written in the test's folder");
        file
    }

    /// The relay.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Closes the browsers that are open.
    pub async fn leave(&self) {
        for browser in self.browsers() {
            if browser.client_if_open().is_some() {
                browser.close().await;
            }
        }
    }

    fn browsers(&self) -> Vec<Rc<Browser>> {
        self.browsers.borrow().clone()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}
