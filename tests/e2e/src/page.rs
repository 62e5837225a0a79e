//! The page in front: controls found by role and accessible name, read, pressed, filled in.

use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Browser;
use crate::wait::until;

/// Defines `page`.
const PAGE: &str = include_str!("js/page.js");
/// The field under which WebDriver gives an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Gives the one file field of the page a photo that a canvas has drawn.
const CHOOSE: &str = "
    const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 600 });
    const context = canvas.getContext('2d');
    context.fillStyle = arguments[0];
    context.fillRect(0, 0, 900, 600);
    return new Promise((resolve) => canvas.toBlob((blob) => {
        const held = new DataTransfer();
        held.items.add(new File([blob], 'photo.png', { type: 'image/png' }));
        const field = document.querySelector('input[type=file]');
        field.files = held.files;
        field.dispatchEvent(new Event('change', { bubbles: true }));
        resolve(true);
    }, 'image/png'));";

impl Browser {
    /// Calls a function of `page.js` once. An error is a reason why not, for a wait.
    pub(crate) async fn call<T: DeserializeOwned>(&self, function: &str, arguments: Value) -> Result<T, String> {
        let script = format!("{PAGE}\nreturn page.{function}(...arguments);");
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let answer = self.client().execute(&script, arguments).await.map_err(|error| reason(&error))?;
        serde_json::from_value(answer).map_err(|error| format!("{function} gave something else: {error}"))
    }

    /// Runs a script in the page; `arguments` are its `arguments`, and a promise that it returns is awaited.
    pub async fn script<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> T {
        let answer = self.client().execute(script, arguments).await;
        let answer =
            answer.unwrap_or_else(|error| panic!("a script failed in {}'s page: {}", self.name(), reason(&error)));
        serde_json::from_value(answer).expect("the script gives what the test reads")
    }

    pub(crate) async fn element(&self, function: &str, arguments: Value) -> Result<Element, String> {
        let answer: Value = self.call(function, arguments).await?;
        let id = answer.get(ELEMENT).and_then(Value::as_str).ok_or("no element came back")?;
        Ok(Element::from_element_id(self.client(), ElementRef::from(id.to_owned())))
    }

    /// Presses what `page.js` finds, as soon as it is there and nothing is in the way.
    pub(crate) async fn press_found(&self, what: &str, function: &str, arguments: Value) {
        until(format!("{} to press {what}", self.name()), async || {
            let element = self.element(function, arguments.clone()).await?;
            element.click().await.map_err(|error| reason(&error))
        })
        .await;
    }

    /// Waits until the page has fetched ahead what comes later: the settings, which are the last of it.
    pub async fn has_all_parts(&self) {
        let come = "return performance.getEntriesByType('resource') \
                    .some(entry => entry.name.includes('/part-settings-') && entry.responseStatus === 200);";
        until(format!("the parts of {}'s page", self.name()), async || {
            let come: bool = self.script(come, Vec::new()).await;
            come.then_some(()).ok_or("the settings have not come".to_owned())
        })
        .await;
    }

    /// Waits until the browser keeps what opens the app without a relay.
    pub async fn keeps_the_app(&self) {
        until(format!("{} to keep the app", self.name()), async || {
            let state =
                "return navigator.serviceWorker.getRegistration().then((kept) => kept?.active?.state ?? 'nothing')";
            let state: String = self.script(state, Vec::new()).await;
            (state == "activated").then_some(()).ok_or(state)
        })
        .await;
    }

    /// Chooses a photo of one colour for the only file field of the page.
    pub async fn choose_photo(&self, colour: &str) {
        let _chosen: bool = self.script(CHOOSE, vec![json!(colour)]).await;
    }

    /// Presses a button, a link, a checkbox.
    pub async fn press(&self, role: &str, name: &str) {
        self.press_found(&format!("the {role} {name:?}"), "find", json!([role, name])).await;
    }

    /// Presses the first whose name begins so.
    pub async fn press_beginning(&self, role: &str, beginning: &str) {
        self.press_found(&format!("the {role} that begins {beginning:?}"), "begins", json!([role, beginning])).await;
    }

    /// Waits until the page has one whose name begins so.
    pub async fn sees_beginning(&self, role: &str, beginning: &str) {
        until(format!("{} to see the {role} that begins {beginning:?}", self.name()), async || {
            self.call::<Value>("begins", json!([role, beginning])).await.map(drop)
        })
        .await;
    }

    /// Presses it if it is there at this moment.
    pub async fn press_if_there(&self, role: &str, name: &str) {
        if let Ok(element) = self.element("find", json!([role, name])).await {
            // It may have gone meanwhile, which is as good.
            let _pressed = element.click().await;
        }
    }

    /// Types a text into a field, instead of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let select_all = Key::Control + "a";
        until(format!("{} to fill in {name:?}", self.name()), async || {
            let field = self.element("find", json!(["textbox", name])).await?;
            field.send_keys(&select_all).await.map_err(|error| reason(&error))?;
            let typed = if text.is_empty() { Key::Delete.to_string() } else { text.to_owned() };
            field.send_keys(&typed).await.map_err(|error| reason(&error))?;
            match self.call::<String>("read", json!(["textbox", name])).await? {
                typed if typed == text => Ok(()),
                typed => Err(format!("it holds {typed:?}")),
            }
        })
        .await;
    }

    /// Waits until the page has it.
    pub async fn sees(&self, role: &str, name: &str) {
        until(format!("{} to see the {role} {name:?}", self.name()), async || {
            self.call::<Value>("find", json!([role, name])).await.map(drop)
        })
        .await;
    }

    /// Waits until the page does not have it (any more).
    pub async fn sees_no(&self, role: &str, name: &str) {
        until(format!("{} to see no {role} {name:?}", self.name()), async || match self.has(role, name).await? {
            true => Err("it is there".to_owned()),
            false => Ok(()),
        })
        .await;
    }

    /// Whether the page has it at this moment.
    pub async fn has(&self, role: &str, name: &str) -> Result<bool, String> {
        self.call("has", json!([role, name])).await
    }

    /// What it holds: a field's value, else the words in it. Waits until it is there.
    pub async fn read(&self, role: &str, name: &str) -> String {
        until(format!("{} to read the {role} {name:?}", self.name()), async || {
            self.call("read", json!([role, name])).await
        })
        .await
    }

    /// What stands in a part of the page that has a name of its own. Waits until it is there.
    pub async fn inside(&self, role: &str, name: &str) -> String {
        until(format!("{} to look into the {role} {name:?}", self.name()), async || {
            self.call("inside", json!([role, name])).await
        })
        .await
    }

    /// The items of a list. Waits until it is there.
    pub async fn items(&self, name: &str) -> Vec<String> {
        until(format!("{} to read the list {name:?}", self.name()), async || self.call("items", json!([name])).await)
            .await
    }

    /// Waits until the page says these words somewhere.
    pub async fn reads_line(&self, line: &str) {
        until(format!("{} to read {line:?}", self.name()), async || {
            let text = self.text().await?;
            text.contains(line).then_some(()).ok_or(text)
        })
        .await;
    }

    /// Waits until a live region (a status or an alert) says this sentence, perhaps among others.
    pub async fn is_told(&self, sentence: &str) {
        until(format!("{} to be told {sentence:?}", self.name()), async || {
            let said: Vec<String> = self.call("said", json!([])).await?;
            said.iter().any(|said| said.contains(sentence)).then_some(()).ok_or_else(|| format!("told: {said:?}"))
        })
        .await;
    }

    /// Waits until no live region says this sentence.
    pub async fn is_told_no_more(&self, sentence: &str) {
        until(format!("{} to be told no more {sentence:?}", self.name()), async || {
            let said: Vec<String> = self.call("said", json!([])).await?;
            said.iter().all(|said| !said.contains(sentence)).then_some(()).ok_or_else(|| format!("told: {said:?}"))
        })
        .await;
    }

    /// Waits until the document has this title.
    pub async fn is_titled(&self, title: &str) {
        until(format!("{}'s page to be titled {title:?}", self.name()), async || {
            match self.call::<String>("title", json!([])).await? {
                found if found == title => Ok(()),
                found => Err(format!("it is titled {found:?}")),
            }
        })
        .await;
    }

    /// How wide the page is, and how wide what is on it.
    pub async fn widths(&self) -> (u32, u32) {
        self.call("width", json!([])).await.expect("a page has a width")
    }

    /// What can be read on the page at this moment, hidden parts left out.
    pub async fn text(&self) -> Result<String, String> {
        self.call("text", json!([])).await
    }
}

/// The first line of an error: the rest is chromedriver's own stack.
fn reason(error: &CmdError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
