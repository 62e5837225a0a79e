//! One browser with a profile of its own: opened, closed, killed, opened again on the same profile.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::console::Line;
use crate::process::{send, tree};
use crate::protocol::Chrome;
use crate::wait::until;

/// Arguments that every headless browser of this project gets.
const COMMON: &str = include_str!("../../../webdriver.json");
/// Width and height of a window, in CSS pixels.
const WINDOW: (u32, u32) = (1280, 900);
/// Milliseconds that a page may take to load, and a script to answer: as patient as the tests.
const TIMEOUT_MS: u64 = 120_000;

/// A person's browser.
pub struct Browser {
    name: String,
    chromium: PathBuf,
    driver: String,
    origin: String,
    profile: PathBuf,
    records: bool,
    opened: Cell<u32>,
    client: RefCell<Option<Client>>,
    pub(crate) heard: RefCell<Vec<Line>>,
}

impl Browser {
    pub(crate) fn new(name: &str, chromium: &Path, driver: &str, origin: String, folder: &Path, records: bool) -> Self {
        Self {
            name: name.to_owned(),
            chromium: chromium.to_owned(),
            driver: driver.to_owned(),
            origin,
            profile: folder.join(format!("profile of {name}").replace(' ', "-")),
            records,
            opened: Cell::new(0),
            client: RefCell::default(),
            heard: RefCell::default(),
        }
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the app is served.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The profile's folder.
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    /// Starts it, without a page yet.
    pub async fn open(&self) {
        assert!(self.client.borrow().is_none(), "{}'s browser is open already", self.name);
        self.opened.set(self.opened.get() + 1);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(self.capabilities());
        let client = builder.connect(&self.driver).await;
        let client = client.unwrap_or_else(|error| panic!("{}'s browser does not start: {error}", self.name));
        *self.client.borrow_mut() = Some(client);
    }

    fn capabilities(&self) -> Capabilities {
        let mut common: Value = serde_json::from_str(COMMON).expect("webdriver.json is JSON");
        let options = &mut common["goog:chromeOptions"];
        let args = options["args"].as_array_mut().expect("webdriver.json has arguments for Chromium");
        args.extend([
            json!(format!("--user-data-dir={}", self.profile.display())),
            json!(format!("--window-size={},{}", WINDOW.0, WINDOW.1)),
            json!("--lang=en-US"),
            // Chromium's own wishes to the world stay unheard, so that a test is the same with and without a network.
            json!("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
        ]);
        if self.records {
            args.push(json!(format!("--log-net-log={}", self.recording(self.opened.get()).display())));
        }
        options["binary"] = json!(self.chromium);
        options["prefs"] = json!({ "intl.accept_languages": "en-US,en" });
        common["goog:loggingPrefs"] = json!({ "browser": "ALL" });
        common["timeouts"] = json!({ "script": TIMEOUT_MS, "pageLoad": TIMEOUT_MS });
        common.as_object().expect("webdriver.json is an object").clone()
    }

    /// What went over the network, as the browser itself recorded it, one file for each time that it was opened.
    pub(crate) fn recordings(&self) -> Vec<PathBuf> {
        (1..=self.opened.get()).map(|time| self.recording(time)).collect()
    }

    fn recording(&self, time: u32) -> PathBuf {
        self.profile.with_extension(format!("network-{time}.json"))
    }

    /// Closes all its windows, as a person would, and waits until it is gone.
    pub async fn close(&self) {
        self.console().await;
        let client = self.client.borrow_mut().take().expect("an open browser");
        // The answer says that the session is over; whether the processes are gone shows below.
        let _answer = client.close().await;
        self.gone().await;
    }

    /// Ends all its processes at once, in the middle of whatever they do.
    pub async fn kill(&self) {
        self.console().await;
        self.end_now();
        self.gone().await;
        let client = self.client.borrow_mut().take();
        if let Some(client) = client {
            // The driver finds nobody there; it forgets the session all the same.
            let _answer = client.close().await;
        }
    }

    /// Kills without looking back.
    pub(crate) fn end_now(&self) {
        for pid in tree(&self.mark()) {
            send(pid, Signal::KILL);
        }
    }

    async fn gone(&self) {
        until(format!("the end of {}'s browser", self.name), async || match tree(&self.mark()) {
            left if left.is_empty() => Ok(()),
            left => Err(format!("still there: {left:?}")),
        })
        .await;
    }

    /// What only this browser's command line has in it; the space ends the path.
    fn mark(&self) -> String {
        format!("--user-data-dir={} ", self.profile.display())
    }

    /// Goes to a place of the app: `""`, `"#settings"`, `"#add/..."`. A fragment alone does not load the page anew.
    pub async fn visit(&self, place: &str) {
        let url = format!("{}/{place}", self.origin);
        self.client().goto(&url).await.unwrap_or_else(|error| panic!("{} cannot visit {url}: {error}", self.name));
    }

    /// Leaves the app for an empty page: nothing of it runs any more.
    pub async fn leave_page(&self) {
        self.client().goto("about:blank").await.unwrap_or_else(|error| panic!("{} cannot leave: {error}", self.name));
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.client().refresh().await.unwrap_or_else(|error| panic!("{} cannot reload: {error}", self.name));
    }

    /// Opens another tab, turns to it, and gives the one that was in front.
    pub async fn new_tab(&self) -> WindowHandle {
        let before = self.client().window().await.expect("a browser says which tab is in front");
        let new = self.client().new_window(true).await.expect("a browser opens another tab");
        self.turn_to(new.handle).await;
        before
    }

    /// Turns to a tab.
    pub async fn turn_to(&self, tab: WindowHandle) {
        self.client().switch_to_window(tab).await.expect("a browser turns to another tab");
    }

    /// Closes the tab in front.
    pub async fn close_tab(&self) {
        self.client().close_window().await.expect("a browser closes a tab");
    }

    /// Makes the page as wide and high as this, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.dev_tools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Gives the page the window's size again.
    pub async fn resize_back(&self) {
        self.dev_tools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// A method of the DevTools protocol.
    pub async fn dev_tools(&self, method: &'static str, params: Value) -> Value {
        let answer = self.client().issue_cmd(Chrome::DevTools(method, params)).await;
        answer.unwrap_or_else(|error| panic!("{}'s browser refuses {method}: {error}", self.name))
    }

    pub(crate) fn client(&self) -> Client {
        self.client_if_open().unwrap_or_else(|| panic!("{}'s browser is not open", self.name))
    }

    pub(crate) fn client_if_open(&self) -> Option<Client> {
        self.client.borrow().clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if self.client.borrow().is_some() {
            self.end_now();
        }
    }
}
