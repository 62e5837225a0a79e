//! What people do in X Chat, told as they would tell it.

use serde::Deserialize;
use serde_json::json;

use crate::Browser;
use crate::wait::until;

/// A message in the open conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bubble {
    /// `You`, or the other's name.
    pub author: String,
    /// As shown.
    pub text: String,
    /// `Sending`, `Sent`, `Delivered`, `Read`; none for a message of the other side, or one that failed.
    pub mark: Option<String>,
}

/// A conversation in the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Whose it is.
    pub name: String,
    /// All that is read out of the row.
    pub text: String,
    /// How many messages wait to be seen.
    pub unread: u32,
    /// It asks to be accepted.
    pub request: bool,
    /// Of the last message, if it is an own one.
    pub mark: Option<String>,
}

impl Browser {
    /// Makes an account on the first page.
    pub async fn join(&self) {
        self.fill("Name", self.name()).await;
        self.press("button", "Continue").await;
        self.sees("navigation", "Chats").await;
    }

    /// Reads the own link, once it works for others.
    pub async fn own_link(&self) -> String {
        self.press("link", "New chat").await;
        self.sees("dialog", "New chat").await;
        until(format!("{}'s link to work for others", self.name()), async || {
            let dialog: String = self.call("read", json!(["dialog", "New chat"])).await?;
            dialog.contains("Let someone scan this, or send them your link.").then_some(()).ok_or(dialog)
        })
        .await;
        let link = self.read("textbox", "Your link").await;
        self.press("button", "Close").await;
        self.sees_no("dialog", "New chat").await;
        link
    }

    /// Opens somebody's link in the address bar.
    pub async fn open_link(&self, link: &str) {
        let place = link.strip_prefix(self.origin()).and_then(|place| place.strip_prefix('/'));
        self.visit(place.unwrap_or_else(|| panic!("{link} leads elsewhere"))).await;
    }

    /// Opens the conversation with somebody from the list.
    pub async fn open_chat(&self, with: &str) {
        self.press_found(&format!("the chat with {with}"), "row", json!([with])).await;
        self.sees("log", "Messages").await;
    }

    /// Types a message into the open conversation and sends it.
    pub async fn write(&self, text: &str) {
        self.fill("Message", text).await;
        self.press("button", "Send").await;
    }

    /// Writes many messages into the open conversation in one go.
    pub async fn write_all(&self, texts: &[String]) {
        let written: Result<(), String> = self.call("write", json!([texts])).await;
        written.unwrap_or_else(|error| panic!("{} cannot write: {error}", self.name()));
    }

    /// The open conversation's messages at this moment.
    pub async fn bubbles(&self) -> Result<Vec<Bubble>, String> {
        self.call("bubbles", json!([])).await
    }

    /// Waits until the open conversation holds exactly these messages (author, text) in this order.
    pub async fn reads(&self, wanted: &[(&str, &str)]) {
        until(format!("{} to read {wanted:?}", self.name()), async || {
            let bubbles = self.bubbles().await?;
            let same =
                bubbles.iter().map(|bubble| (bubble.author.as_str(), bubble.text.as_str())).eq(wanted.iter().copied());
            same.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
        })
        .await;
    }

    /// Waits until the open conversation holds exactly these messages by one author, in this order. Whose come first among several
    /// authors may differ from side to side when they write at the same time.
    pub async fn reads_by(&self, author: &str, wanted: &[String]) {
        until(format!("{} to read, by {author}, exactly {wanted:?}", self.name()), async || {
            let bubbles = self.bubbles().await?;
            let texts: Vec<&String> =
                bubbles.iter().filter(|bubble| bubble.author == author).map(|bubble| &bubble.text).collect();
            texts.iter().copied().eq(wanted).then_some(()).ok_or_else(|| format!("{texts:?}"))
        })
        .await;
    }

    /// Waits until the own message with this text has this mark.
    pub async fn sees_mark(&self, text: &str, mark: &str) {
        self.sees_mark_of(text, &[mark]).await;
    }

    /// Waits until the own message with this text has one of these marks.
    pub async fn sees_mark_of(&self, text: &str, marks: &[&str]) {
        until(format!("{}'s message {text:?} to be marked {marks:?}", self.name()), async || {
            match self.mark_of(text).await? {
                Some(found) if marks.contains(&found.as_str()) => Ok(()),
                found => Err(format!("marked {found:?}")),
            }
        })
        .await;
    }

    /// The mark of the own message with this text at this moment.
    pub async fn mark_of(&self, text: &str) -> Result<Option<String>, String> {
        let bubbles = self.bubbles().await?;
        let found = bubbles.into_iter().rev().find(|bubble| bubble.author == "You" && bubble.text == text);
        found.map(|bubble| bubble.mark).ok_or_else(|| format!("there is no own message {text:?}"))
    }

    /// The list at this moment.
    pub async fn rows(&self) -> Result<Vec<Row>, String> {
        self.call("rows", json!([])).await
    }

    /// Waits until the list holds exactly these conversations, by name and number of unread messages, in this order.
    pub async fn sees_rows(&self, wanted: &[(&str, u32)]) -> Vec<Row> {
        until(format!("{}'s list to be {wanted:?} (name, unread)", self.name()), async || {
            let rows = self.rows().await?;
            let same = rows.iter().map(|row| (row.name.as_str(), row.unread)).eq(wanted.iter().copied());
            if same { Ok(rows) } else { Err(format!("{rows:?}")) }
        })
        .await
    }

    /// Makes an account, opens another's link and writes first; the other accepts. Both end with the conversation open.
    pub async fn meets(&self, other: &Browser, greeting: &str) {
        let link = other.own_link().await;
        self.open_link(&link).await;
        self.join().await;
        self.sees("log", "Messages").await;
        self.write(greeting).await;
        other.open_chat(self.name()).await;
        other.press("button", "Accept").await;
        other.sees("textbox", "Message").await;
        self.sees_mark_of(greeting, &["Delivered", "Read"]).await;
    }
}
