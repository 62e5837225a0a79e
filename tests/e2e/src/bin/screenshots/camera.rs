//! Takes one screen in all its looks.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use xchat_e2e::{Browser, Look, Width};

/// Names, widths and heights in CSS pixels.
const FRAMES: [(&str, u32, u32); 2] = [("desktop", 1280, 800), ("phone", 390, 844)];
const THEMES: [&str; 2] = ["light", "dark"];

/// Waits for fonts, for pictures, and for two frames: what was drawn is on the screen then.
const SETTLED: &str = "
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    return document.fonts.ready.then(frame).then(frame).then(() => true);";

/// Where the pictures go, numbered in the order in which they were taken.
pub(crate) struct Camera {
    folder: PathBuf,
    screens: Cell<u32>,
    pictures: Cell<u32>,
}

impl Camera {
    pub(crate) fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("the folder can be made");
        Self { folder, screens: Cell::new(0), pictures: Cell::new(0) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many pictures there are.
    pub(crate) fn taken(&self) -> u32 {
        self.pictures.get()
    }

    async fn themes(&self, browser: &Browser, screen: &str, frame: &str) {
        for theme in THEMES {
            browser.prefer(theme).await;
            let _settled: bool = browser.script(SETTLED, Vec::new()).await;
            let name = format!("{:02}-{screen}-{frame}-{theme}.png", self.screens.get());
            fs::write(self.folder.join(name), browser.screenshot().await).expect("a picture can be written");
            self.pictures.set(self.pictures.get() + 1);
        }
        browser.prefer_nothing().await;
    }
}

impl Look for Camera {
    async fn look(&self, browser: &Browser, width: Width, screen: &str) {
        self.screens.set(self.screens.get() + 1);
        if width == Width::Own {
            return self.themes(browser, screen, "window").await;
        }
        for (frame, width, height) in FRAMES {
            browser.resize(width, height).await;
            self.themes(browser, screen, frame).await;
        }
        browser.resize_back().await;
    }
}
