//! What people do with a message that is there.

use std::time::Duration;

use fantoccini::actions::{InputSource, MOUSE_BUTTON_RIGHT, MouseActions, PointerAction};
use serde_json::json;

use crate::Browser;
use crate::wait::until;

impl Browser {
    /// Opens the menu of the message with these words, with the other mouse button.
    pub async fn open_menu(&self, words: &str) {
        until(format!("{} to open the menu of {words:?}", self.name()), async || {
            let element = self.element("message", json!([words])).await?;
            let there = PointerAction::MoveToElement { element, duration: Some(Duration::ZERO), x: 0.0, y: 0.0 };
            let mouse = MouseActions::new("mouse".to_owned())
                .then(there)
                .then(PointerAction::Down { button: MOUSE_BUTTON_RIGHT })
                .then(PointerAction::Up { button: MOUSE_BUTTON_RIGHT });
            self.client().perform_actions(mouse).await.map_err(|error| error.to_string())?;
            match self.has("menu", "Message actions").await? {
                true => Ok(()),
                false => Err("there is no menu".to_owned()),
            }
        })
        .await;
    }

    /// Chooses a line of its menu.
    pub async fn choose(&self, words: &str, line: &str) {
        self.open_menu(words).await;
        self.press("menuitem", line).await;
        self.sees_no("menu", "Message actions").await;
    }

    /// Waits until the open conversation has a message by this author that reads so, or no more.
    pub async fn sees_message(&self, author: &str, text: &str) {
        until(format!("{} to see {text:?} by {author}", self.name()), async || {
            let bubbles = self.bubbles().await?;
            let there = bubbles.iter().any(|bubble| bubble.author == author && bubble.text == text);
            there.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
        })
        .await;
    }
}
