//! One browser with a profile of its own: opened, closed, killed, opened again on the same profile.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::console::Line;
use crate::driver::Driver;
use crate::film::{self, Code};
use crate::process::{send, tree};
use crate::programs::{Kind, Programs};
use crate::protocol::Beyond;
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
    programs: Programs,
    /// Where the house's driver listens; none: it has one of its own.
    driver: Option<String>,
    own_driver: RefCell<Option<Driver>>,
    /// What an own driver and its browser say.
    log: PathBuf,
    origin: String,
    profile: PathBuf,
    records: bool,
    /// What its camera sees, as a film. None: it has no camera.
    camera: Option<PathBuf>,
    opened: Cell<u32>,
    client: RefCell<Option<Client>>,
    pub(crate) heard: RefCell<Vec<Line>>,
}

impl Browser {
    pub(crate) fn new(
        name: &str,
        programs: &Programs,
        driver: Option<String>,
        log: PathBuf,
        origin: String,
        folder: &Path,
        records: bool,
    ) -> Self {
        Self {
            name: name.to_owned(),
            programs: programs.clone(),
            driver,
            own_driver: RefCell::default(),
            log,
            origin,
            profile: folder.join(format!("profile of {name}").replace(' ', "-")),
            records: records && programs.kind == Kind::Chromium,
            camera: None,
            opened: Cell::new(0),
            client: RefCell::default(),
            heard: RefCell::default(),
        }
    }

    /// With a camera before which there is a sheet of paper.
    pub(crate) fn with_camera(mut self) -> Self {
        let camera = self.profile.with_extension("y4m");
        film::write(&camera, None);
        self.camera = Some(camera);
        self
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose browser it is.
    pub fn kind(&self) -> Kind {
        self.programs.kind
    }

    /// Whether it records what goes over the network. Chromium does, unless it was asked not to.
    pub fn records(&self) -> bool {
        self.records
    }

    /// What its own driver wrote.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Where the app is served.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The profile's folder.
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    /// Where its downloads go.
    pub fn downloads(&self) -> PathBuf {
        self.profile.with_extension("downloads")
    }

    /// Starts it, without a page yet.
    pub async fn open(&self) {
        assert!(self.client.borrow().is_none(), "{}'s browser is open already", self.name);
        self.opened.set(self.opened.get() + 1);
        fs::create_dir_all(self.downloads()).expect("a folder can be made in the test's folder");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(match self.kind() {
            Kind::Chromium => self.chromium(),
            Kind::Firefox => self.firefox(),
        });
        let client = builder.connect(&self.driver_url().await).await;
        let client = client.unwrap_or_else(|error| panic!("{}'s browser does not start: {error}", self.name));
        *self.client.borrow_mut() = Some(client);
        if self.kind() == Kind::Firefox {
            self.resize_back().await;
        }
    }

    async fn driver_url(&self) -> String {
        if let Some(url) = &self.driver {
            return url.clone();
        }
        let driver = Driver::start(&self.programs, self.log.clone()).await;
        let url = driver.url().to_owned();
        *self.own_driver.borrow_mut() = Some(driver);
        url
    }

    fn firefox(&self) -> Capabilities {
        for folder in [&self.profile, &self.downloads()] {
            fs::create_dir_all(folder).expect("a folder can be made in the test's folder");
        }
        let common = json!({
            "moz:firefoxOptions": {
                "binary": self.programs.browser,
                "args": ["-profile", self.profile, "-headless"],
                "prefs": {
                    "intl.accept_languages": "en-US,en",
                    // The pages' console goes to the driver's log, and not that of Firefox's own parts.
                    "devtools.console.stdout.content": true,
                    "devtools.console.stdout.chrome": false,
                    // What it would ask its makers for, and complain of when they do not answer.
                    "services.settings.server": "data:,#remote-settings-dummy/v1",
                    "browser.newtabpage.enabled": false,
                    // Downloads go without a question into a folder of this test.
                    "browser.download.folderList": 2,
                    "browser.download.dir": self.downloads(),
                    "browser.download.always_ask_before_handling_new_types": false,
                    // Without a name server Firefox's own wishes to the world stay unheard.
                    "network.dns.disabled": true,
                    "browser.download.useDownloadDir": true,
                    // Nobody in the world is asked about them.
                    "browser.safebrowsing.downloads.enabled": false,
                    // A camera that sees colours, and that nobody is asked about.
                    "media.navigator.streams.fake": self.camera.is_some(),
                    "media.navigator.permission.disabled": self.camera.is_some(),
                },
            },
            "timeouts": { "script": TIMEOUT_MS, "pageLoad": TIMEOUT_MS },
        });
        common.as_object().expect("it is an object").clone()
    }

    fn chromium(&self) -> Capabilities {
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
        if let Some(camera) = &self.camera {
            args.extend([
                json!("--use-fake-device-for-media-stream"),
                json!("--use-fake-ui-for-media-stream"),
                json!(format!("--use-file-for-fake-video-capture={}", camera.display())),
            ]);
        }
        if self.records {
            args.push(json!(format!("--log-net-log={}", self.recording(self.opened.get()).display())));
        }
        options["binary"] = json!(self.programs.browser);
        options["prefs"] = json!({
            "intl.accept_languages": "en-US,en",
            "download.default_directory": self.downloads(),
        });
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
        self.own_driver.take();
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
        self.own_driver.take();
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

    /// What only this browser's command line has in it: its profile; the space ends the path.
    fn mark(&self) -> String {
        format!("{} ", self.profile.display())
    }

    /// Goes to a place of the app: `""`, `"#settings"`, `"#add/..."`. A fragment alone does not load the page anew.
    pub async fn visit(&self, place: &str) {
        let url = format!("{}/{place}", self.origin);
        self.client().goto(&url).await.unwrap_or_else(|error| panic!("{} cannot visit {url}: {error}", self.name));
    }

    /// Goes to an address that is not the app's.
    pub async fn goes_to(&self, url: &str) {
        self.client().goto(url).await.unwrap_or_else(|error| panic!("{} cannot go to {url}: {error}", self.name));
    }

    /// Leaves the app for an empty page: nothing of it runs any more.
    pub async fn leave_page(&self) {
        self.client().goto("about:blank").await.unwrap_or_else(|error| panic!("{} cannot leave: {error}", self.name));
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.client().refresh().await.unwrap_or_else(|error| panic!("{} cannot reload: {error}", self.name));
    }

    /// Lets Chromium forget what its cache of network answers holds. Firefox has no command for it.
    pub async fn forget_cached(&self) {
        if self.kind() == Kind::Chromium {
            self.dev_tools("Network.clearBrowserCache", json!({})).await;
        }
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
        until("the tab to be in front", async || {
            let state: String = self.script("return document.visibilityState", Vec::new()).await;
            if state == "visible" { Ok(()) } else { Err(state) }
        })
        .await;
    }

    /// Waits for a tab that the page opened; gives what address it is at, and whether it knows the page that opened it. It is closed.
    pub async fn look_into_new_tab(&self) -> (String, bool) {
        let before = self.client().window().await.expect("a browser says which tab is in front");
        let new = until(format!("another tab of {}", self.name), async || {
            let all = self.client().windows().await.map_err(|error| error.to_string())?;
            all.into_iter().find(|tab| *tab != before).ok_or_else(|| "there is one tab".to_owned())
        })
        .await;
        self.client().switch_to_window(new).await.expect("a browser turns to another tab");
        let address = until(format!("the address of {}'s other tab", self.name), async || {
            let address = self.client().current_url().await.map_err(|error| error.to_string())?.to_string();
            if address == "about:blank" { Err(address) } else { Ok(address) }
        })
        .await;
        let knows = self.script("return window.opener !== null", Vec::new()).await;
        self.close_tab().await;
        self.turn_to(before).await;
        (address, knows)
    }

    /// Closes the tab in front.
    pub async fn close_tab(&self) {
        self.client().close_window().await.expect("a browser closes a tab");
    }

    /// Makes the page as wide and high as this, in CSS pixels. No window of Firefox is narrower than 450, of version 153 than 500.
    pub async fn resize(&self, width: u32, height: u32) {
        if self.kind() == Kind::Firefox {
            return self.resize_window(width, height).await;
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.dev_tools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Gives the page the window's size again.
    pub async fn resize_back(&self) {
        if self.kind() == Kind::Firefox {
            return self.resize_window(WINDOW.0, WINDOW.1).await;
        }
        self.dev_tools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// A window has borders: what they take shows when it is sized once.
    async fn resize_window(&self, width: u32, height: u32) {
        let (mut more, mut higher) = (0, 0);
        for _ in 0..2 {
            let sized = self.client().set_window_size(width + more, height + higher).await;
            sized.unwrap_or_else(|error| panic!("{}'s window cannot be sized: {error}", self.name));
            let inner: (u32, u32) = self.script("return [innerWidth, innerHeight]", Vec::new()).await;
            (more, higher) = (more + width.saturating_sub(inner.0), higher + height.saturating_sub(inner.1));
        }
    }

    /// The person allows the page something: `notifications`.
    pub async fn allow(&self, what: &'static str) {
        let answer = self.client().issue_cmd(Beyond::Allow(what)).await;
        answer.unwrap_or_else(|error| panic!("{}'s browser does not allow {what}: {error}", self.name));
    }

    /// From the next time that it is turned on, the camera sees a code that another browser shows; none: a sheet of paper. Firefox's camera
    /// sees only colours.
    pub fn holds_camera_at(&self, code: Option<&Code>) {
        film::write(self.camera.as_ref().unwrap_or_else(|| panic!("{} has no camera", self.name)), code);
    }

    /// As if the person's system were set to this theme, `light` or `dark`, and to little motion.
    pub async fn prefer(&self, theme: &str) {
        let features = [("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// As the system is set again.
    pub async fn prefer_nothing(&self) {
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    }

    /// What the page shows now, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client().screenshot().await.unwrap_or_else(|error| panic!("no picture of {}'s page: {error}", self.name))
    }

    /// A method of the DevTools protocol.
    pub async fn dev_tools(&self, method: &'static str, params: Value) -> Value {
        let answer = self.client().issue_cmd(Beyond::DevTools(method, params)).await;
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
