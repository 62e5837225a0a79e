//! What a failing scenario leaves behind: a picture, the words and the console of every page.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::timeout;

use crate::browser::Browser;

/// A browser that is broken must not keep the failure from being told.
const LOOK: Duration = Duration::from_secs(30);

/// Makes the folder, without what an earlier run left in it.
pub(crate) fn clear(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap_or_else(|error| panic!("cannot empty {}: {error}", folder.display()));
    }
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
}

/// Writes everything that can be seen into the folder, and tells where it is and what the consoles say. Never panics.
pub(crate) async fn keep(folder: &Path, browsers: &[Rc<Browser>]) {
    eprintln!("\nWhat was seen is in {}", folder.display());
    for browser in browsers {
        if timeout(LOOK, look(folder, browser)).await.is_err() {
            eprintln!("{}'s browser does not answer any more", browser.name());
        }
    }
}

async fn look(folder: &Path, browser: &Browser) {
    let name = browser.name().replace(' ', "-");
    let console = browser.console().await;
    let lines: Vec<String> = console.iter().map(ToString::to_string).collect();
    eprintln!("\n{}'s console, {} lines:\n{}", browser.name(), lines.len(), lines.join("\n"));
    write(&folder.join(format!("{name}.console.txt")), lines.join("\n").as_bytes());
    let Some(client) = browser.client_if_open() else {
        return eprintln!("{}'s browser is not open", browser.name());
    };
    if let Ok(address) = client.current_url().await {
        eprintln!("{} is at {address}", browser.name());
    }
    match browser.text().await {
        Ok(text) => {
            eprintln!("{}'s page says:\n{}", browser.name(), indented(&text));
            write(&folder.join(format!("{name}.txt")), text.as_bytes());
        }
        Err(error) => eprintln!("{}'s page cannot be read: {error}", browser.name()),
    }
    match client.screenshot().await {
        Ok(picture) => write(&folder.join(format!("{name}.png")), &picture),
        Err(error) => eprintln!("no picture of {}'s page: {error}", browser.name()),
    }
}

fn indented(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("    {line}\n")).collect()
}

fn write(file: &Path, bytes: &[u8]) {
    match fs::write(file, bytes) {
        Ok(()) => eprintln!("  {}", file.display()),
        Err(error) => eprintln!("cannot write {}: {error}", file.display()),
    }
}
