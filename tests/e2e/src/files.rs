//! Files as people handle them: picked, pasted, dropped, and saved; and what the relay holds of them.

use std::fs;
use std::path::{Path, PathBuf};

use fantoccini::Locator;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::programs::Kind;
use crate::wait::until;
use crate::{Browser, Relay};

/// Makes `given` of `arguments[0]`: a `DataTransfer` with files of these names, types and bytes.
const GIVEN: &str = "
    const given = new DataTransfer();
    for (const [name, type, bytes] of arguments[0]) given.items.add(new File([new Uint8Array(bytes)], name, { type }));";

/// The field takes the press for itself: no window of the browser's own opens, which nobody could press anything in.
const HELD_BACK: &str = "
    const field = document.getElementById('attach-field');
    if (field === null) return false;
    field.click = () => { window.askedFor = field.accept; };
    delete window.askedFor;
    return true;";

/// What a person chooses in the browser's own window is a new file of the origin's own folder, which a page can hand to a worker as it can
/// one of the disk.
const SAVES: &str = "
    window.namesAskedFor = [];
    window.showSaveFilePicker = async ({ suggestedName }) => {
        window.namesAskedFor.push(suggestedName);
        const root = await navigator.storage.getDirectory();
        return root.getFileHandle(suggestedName, { create: true });
    };
    return true;";

/// Makes `bytes` of the file of `arguments[0]` there; null comes of it where there is none.
const SAVED: &str = "
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(arguments[0]).catch((error) => {
        if (error.name !== 'NotFoundError') throw error;
    });
    if (handle === undefined) return null;
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());";

/// Their number and hash.
const DIGEST: &str = "return [bytes.length, [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]];";

/// A file that a page makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// As the page is told.
    pub name: String,
    /// The media type that the page is told; may be empty.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Given {
    /// A file.
    pub fn new(name: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), media_type: media_type.to_owned(), bytes: bytes.into() }
    }
}

fn as_json(files: &[Given]) -> Value {
    files.iter().map(|file| json!([file.name, file.media_type, file.bytes])).collect()
}

impl Browser {
    /// Picks files of the disk by a line of the menu beside the text field: `Photos and videos`, or `File`. Gives what kinds of files the
    /// browser was to offer.
    pub async fn pick(&self, line: &str, files: &[PathBuf]) -> String {
        self.will_pick(line).await;
        self.fills("attach-field", files).await;
        self.script("return window.askedFor", Vec::new()).await
    }

    /// Puts files of the disk into the field of this id.
    pub async fn fills(&self, field: &str, files: &[PathBuf]) {
        let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let field = self.client().find(Locator::Id(field)).await.expect("a page with a field for files");
        field.send_keys(&paths.join("\n")).await.expect("a field for files takes paths");
    }

    /// Presses that line; what is to be picked comes next.
    pub async fn will_pick(&self, line: &str) {
        until(format!("{} to be able to pick files", self.name()), async || {
            let there: bool = self.script(HELD_BACK, Vec::new()).await;
            there.then_some(()).ok_or_else(|| "there is no field for files".to_owned())
        })
        .await;
        self.press("button", "Attach").await;
        self.press("menuitem", line).await;
        until(format!("{} to be asked for files", self.name()), async || {
            let asked: Option<String> = self.script("return window.askedFor ?? null", Vec::new()).await;
            asked.map(drop).ok_or_else(|| "the field was not pressed".to_owned())
        })
        .await;
    }

    /// Sends what is picked to this person, with these words.
    pub async fn sends_picked(&self, to: &str, caption: &str) {
        let sheet = format!("Send to {to}");
        self.sees("dialog", &sheet).await;
        self.fill("Add a caption", caption).await;
        self.press("button", "Send").await;
        self.sees_no("dialog", &sheet).await;
    }

    /// Pastes files into the text field of the open conversation.
    pub async fn paste(&self, files: &[Given]) {
        self.sees("textbox", "Message").await;
        let script = format!(
            "{GIVEN}
            const event = new ClipboardEvent('paste', {{ clipboardData: given, bubbles: true, cancelable: true }});
            // Firefox gives an event of its own making a clipboard of its own.
            if (event.clipboardData?.files.length !== given.files.length) {{
                Object.defineProperty(event, 'clipboardData', {{ value: given }});
            }}
            return !document.querySelector('textarea.composer__input').dispatchEvent(event);"
        );
        let taken: bool = self.script(&script, vec![as_json(files)]).await;
        assert!(taken, "{}'s page leaves what is pasted to the browser", self.name());
    }

    /// Drags files over the open conversation and lets them go there.
    pub async fn drop_files(&self, files: &[Given], on: &str) {
        self.sees("textbox", "Message").await;
        let send = |kind: &str| {
            format!(
                "{GIVEN}
                const event = new DragEvent('{kind}', {{ dataTransfer: given, bubbles: true, cancelable: true }});
                return !document.querySelector('main').dispatchEvent(event);"
            )
        };
        for kind in ["dragenter", "dragover"] {
            let taken: bool = self.script(&send(kind), vec![as_json(files)]).await;
            assert!(taken, "{}'s page leaves {kind} to the browser, which goes to the file", self.name());
        }
        self.is_told(on).await;
        let taken: bool = self.script(&send("drop"), vec![as_json(files)]).await;
        assert!(taken, "{}'s page leaves what is dropped to the browser, which goes to it", self.name());
    }

    /// From now on, until the page is loaded anew, what the person saves is kept where the test finds it.
    pub async fn can_save(&self) {
        if self.kind() == Kind::Chromium {
            let _done: bool = self.script(SAVES, Vec::new()).await;
        }
    }

    /// What was saved under this name by now. Firefox has it once it is whole; Chromium from the moment on that it was chosen.
    pub async fn saved(&self, name: &str) -> Option<Vec<u8>> {
        match self.kind() {
            Kind::Chromium => self.of_saved(name, "return [...bytes];").await,
            Kind::Firefox => self.downloaded(name).map(|file| fs::read(file).expect("a downloaded file can be read")),
        }
    }

    /// The file that Firefox has downloaded under this name, once it is whole: until then there is another beside it.
    pub fn downloaded(&self, name: &str) -> Option<PathBuf> {
        let file = self.downloads().join(name);
        let whole = file.is_file() && !self.downloads().join(format!("{name}.part")).exists();
        whole.then_some(file)
    }

    /// Waits until a file of this name was saved, and is whole.
    pub async fn has_saved(&self, name: &str, wanted: &[u8]) {
        let digest = Sha256::digest(wanted).to_vec();
        until(format!("{} to have saved {name}", self.name()), async || match self.digest_of_saved(name).await {
            Some((size, found)) if (size, &found) == (wanted.len(), &digest) => Ok(()),
            Some((size, _)) => Err(format!("{size} bytes of {}, or others", wanted.len())),
            None => Err("there is none".to_owned()),
        })
        .await;
    }

    /// Size and SHA-256 of what was saved: a large file is a long way from a page to here.
    async fn digest_of_saved(&self, name: &str) -> Option<(usize, Vec<u8>)> {
        match self.kind() {
            Kind::Chromium => self.of_saved(name, DIGEST).await,
            Kind::Firefox => self.saved(name).await.map(|saved| (saved.len(), Sha256::digest(&saved).to_vec())),
        }
    }

    /// What a script makes of the `bytes` that were saved; None: there is no such file.
    async fn of_saved<T: DeserializeOwned>(&self, name: &str, script: &str) -> Option<T> {
        self.script(&format!("return (async () => {{ {SAVED} {script} }})()"), vec![json!(name)]).await
    }

    /// Waits until the open conversation has a message by this author with these words, perhaps among others.
    pub async fn sees_words(&self, author: &str, words: &str) {
        until(format!("{} to see {words:?} by {author}", self.name()), async || {
            let bubbles = self.bubbles().await?;
            let there = bubbles.iter().any(|bubble| bubble.author == author && bubble.text.contains(words));
            there.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
        })
        .await;
    }

    /// Waits until the own message with these words, perhaps among others, has one of these marks.
    pub async fn sees_mark_with(&self, words: &str, marks: &[&str]) {
        until(format!("{}'s message with {words:?} to be marked {marks:?}", self.name()), async || {
            let bubbles = self.bubbles().await?;
            let own = bubbles.iter().rev().find(|bubble| bubble.author == "You" && bubble.text.contains(words));
            let mark = own.and_then(|bubble| bubble.mark.as_deref());
            mark.is_some_and(|mark| marks.contains(&mark)).then_some(()).ok_or_else(|| format!("{bubbles:?}"))
        })
        .await;
    }
}

impl Relay {
    /// The blobs that it keeps, each a file, without those that are still coming.
    pub fn blobs(&self) -> Vec<PathBuf> {
        let mut blobs: Vec<PathBuf> = entries(&self.blob_folder()).iter().flat_map(|shelf| entries(shelf)).collect();
        blobs.retain(|blob| !blob.to_string_lossy().contains('#'));
        blobs
    }

    /// All their bytes go, as when it has lost a disk.
    pub fn loses(&self, blobs: &[PathBuf]) {
        for blob in blobs {
            fs::remove_file(blob).expect("a blob of the relay can be removed");
        }
    }
}

/// Nothing, where there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
