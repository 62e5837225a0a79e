//! No screen keeps people out: axe-core finds nothing in any of them, wide and light, narrow and dark.

use std::cell::RefCell;

use xchat_e2e::{Axe, Browser, House, Look, Width, scenario, tour};

/// Widths and heights in CSS pixels, with a theme.
const LOOKS: [(u32, u32, &str); 2] = [(1280, 800, "light"), (390, 844, "dark")];

struct Inspector {
    axe: Axe,
    found: RefCell<Vec<String>>,
    screens: RefCell<Vec<String>>,
}

impl Inspector {
    async fn inspect(&self, browser: &Browser, screen: &str, theme: &str) {
        browser.prefer(theme).await;
        let found = self.axe.violations(browser).await;
        self.found.borrow_mut().extend(found.into_iter().map(|line| format!("    {screen}, {theme}: {line}")));
    }
}

impl Look for Inspector {
    async fn look(&self, browser: &Browser, width: Width, screen: &str) {
        self.screens.borrow_mut().push(screen.to_owned());
        for (wide, high, theme) in LOOKS {
            if width == Width::Any {
                browser.resize(wide, high).await;
            }
            self.inspect(browser, screen, theme).await;
        }
        browser.prefer_nothing().await;
        if width == Width::Any {
            browser.resize_back().await;
        }
    }
}

#[tokio::test]
async fn no_screen_keeps_people_out() {
    let Some(axe) = Axe::from_environment() else { return };
    scenario(async |house: &House| {
        let inspector = Inspector { axe, found: RefCell::default(), screens: RefCell::default() };
        tour(house, &inspector).await;
        let found = inspector.found.take();
        assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
        let screens = inspector.screens.take();
        assert!(screens.len() >= 20, "only {screens:?}");
    })
    .await;
}
