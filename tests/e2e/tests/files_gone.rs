//! What is gone of a file, and from where: what may be seen once when it was seen, and what was deleted for everybody once nobody holds it at
//! the relay any more.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use xchat_e2e::{Browser, Given, House, leave, scenario, step, until};

/// A chunk lies in two places, of which a browser has one.
const STORED: &str = "
    return (async () => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle('xchat-files').catch(() => undefined);
        const names = [];
        if (folder !== undefined) for await (const name of folder.keys()) names.push(name);
        const keys = await new Promise((resolve, reject) => {
            const opening = indexedDB.open('xchat-files');
            // Who has never had a file has no such database, and does not get one by this.
            opening.onupgradeneeded = () => opening.transaction.abort();
            opening.onerror = () => (opening.error.name === 'AbortError' ? resolve([]) : reject(opening.error));
            opening.onsuccess = () => {
                const db = opening.result;
                const all = db.transaction('marks').objectStore('marks').getAllKeys();
                all.onsuccess = () => { db.close(); resolve(all.result); };
            };
        });
        const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        return [...names, ...keys.map(hex)];
    })();";

/// Hashes of what the relay has now and did not have before.
fn fresh(house: &House, before: &[String]) -> Vec<String> {
    hashes(house).into_iter().filter(|hash| !before.contains(hash)).collect()
}

fn hashes(house: &House) -> Vec<String> {
    let name = |blob: std::path::PathBuf| blob.file_name().map(|name| name.to_string_lossy().into_owned());
    house.relay().blobs().into_iter().filter_map(name).collect()
}

/// What the relay answers to who asks for a chunk, without a browser, which would complain of what is not there.
async fn answers(house: &House, hash: &str, status: u16) {
    let origin = house.relay().origin();
    let address = origin.strip_prefix("http://").expect("a relay without TLS");
    until(format!("the relay to answer {status}"), async || {
        let mut stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let asked = format!("HEAD /blob/{hash} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.map_err(|error| error.to_string())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map_err(|error| error.to_string())?;
        match answer.starts_with(&format!("HTTP/1.1 {status} ")) {
            true => Ok(()),
            false => Err(format!("it answers {answer}")),
        }
    })
    .await;
}

async fn has_none(person: &Browser, hash: &str) {
    until(format!("{} to have nothing of it", person.name()), async || {
        let stored: Vec<String> = person.script(STORED, Vec::new()).await;
        if stored.iter().all(|one| one != hash) { Ok(()) } else { Err(format!("{stored:?}")) }
    })
    .await;
}

#[tokio::test]
async fn what_may_be_seen_once_is_gone_when_it_was_seen() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        let before = hashes(house);

        step("Ada sends a photo that may be seen once");
        let photo = house.file("secret.jpg", &ada.photo(600, 400).await);
        ada.pick("Photos and videos", &[photo]).await;
        ada.sees("dialog", "Send to Ben").await;
        ada.press("switch", "View once").await;
        ada.press("button", "Send").await;
        ada.sees_no("dialog", "Send to Ben").await;
        ben.sees("button", "Photo, view once: open").await;
        ada.sees_words("You", "View once").await;
        let chunks = fresh(house, &before);
        assert_eq!(chunks.len(), 1, "a small photo is one chunk: {chunks:?}");
        answers(house, &chunks[0], 200).await;

        step("Ben looks at it, and closes it: it says that it was opened, also at Ada's");
        ben.press("button", "Photo, view once: open").await;
        ben.sees("img", "Photo").await;
        ada.sees_words("You", "Opened").await;
        ben.press("button", "Close").await;
        ben.sees_words("Ada", "Opened").await;
        ben.sees_no("img", "Photo").await;

        step("it is gone from the relay and from Ada's; Ben has its key no more, and does not see it after a reload");
        answers(house, &chunks[0], 404).await;
        has_none(&ada, &chunks[0]).await;
        ben.reload().await;
        ben.sees_words("Ada", "Opened").await;
        ben.sees_no("button", "Photo, view once: open").await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

#[tokio::test]
async fn a_file_is_at_the_relay_until_the_last_who_sent_it_has_deleted_it() {
    scenario(async |house: &House| {
        let (ada, ben, cleo) = (house.browser("Ada").await, house.browser("Ben").await, house.browser("Cleo").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        cleo.meets(&ben, "Hello, I am Cleo").await;
        let before = hashes(house);
        let file = Given::noise("plans.qqq", 300_000);

        step("Ada sends Ben a file, who passes it on to Cleo; then Ada deletes hers for everybody");
        ada.pick("File", &[house.file(&file.name, &file.bytes)]).await;
        ada.sends_picked("Ben", "the plans").await;
        ben.open_chat("Ada").await;
        ben.sees_words("Ada", "the plans").await;
        let chunks = fresh(house, &before);
        assert_eq!(chunks.len(), 1, "a small file is one chunk: {chunks:?}");
        ben.choose("the plans", "Forward").await;
        ben.sees("dialog", "Forward to").await;
        ben.press("checkbox", "Cleo").await;
        ben.press("button", "Forward").await;
        ben.sees_no("dialog", "Forward to").await;
        cleo.sees_words("Ben", "the plans").await;
        ada.choose("the plans", "Delete").await;
        ada.press("button", "Delete for everyone").await;
        ben.sees_message("Ada", "This message was deleted.").await;

        step("Cleo has it all the same: Ben's message holds it");
        cleo.can_save().await;
        cleo.press("button", "Save plans.qqq").await;
        cleo.has_saved("plans.qqq", &file.bytes).await;
        answers(house, &chunks[0], 200).await;

        step("Ben deletes his for everybody: now the relay has it no more");
        ben.open_chat("Cleo").await;
        ben.choose("the plans", "Delete").await;
        ben.press("button", "Delete for everyone").await;
        cleo.sees_message("Ben", "This message was deleted.").await;
        answers(house, &chunks[0], 404).await;
        for person in [&ada, &ben] {
            has_none(person, &chunks[0]).await;
        }
        leave(&[&ada, &ben, &cleo]).await;
    })
    .await;
}
