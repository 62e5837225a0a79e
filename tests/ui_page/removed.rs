//! A device that was removed: what it says, lets one read, and erases.

use super::devices::devices;
use super::stand::{NOOR, Stand, account, noor, open};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{AccountView, ChatState, Command, Event};

#[wasm_bindgen_test]
async fn a_removed_device_says_so_and_lets_read_but_not_write() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.find("textarea", "Message").await;
    stand.find("a", "New chat").await;
    stand.session.apply(Event::Account { account: AccountView { removed: true, ..account() } });
    stand.find("h1", "This device was removed").await;
    stand.press("button", "Read what is here").await;
    stand.find("h1", "Noor").await;
    stand.find("p", "This device was removed. What was written stays here.").await;
    assert!(stand.named("textarea", "Message").is_none());
    assert!(stand.named("a", "New chat").is_none());
}

/// What of the account can be changed on these pages, one thing for each.
const CHANGES: [(&str, &str, &str); 7] = [
    ("#settings", "input", "Name"),
    ("#settings", "input", "Your link"),
    ("#settings", "input", "Read receipts"),
    ("#settings/devices", "button", "Link a device"),
    ("#settings/devices", "button", "Remove Firefox, Android"),
    ("#settings/devices", "button", "Rename Firefox, Android"),
    ("#link/AAAA", "button", "Continue"),
];

#[wasm_bindgen_test]
async fn a_removed_device_offers_nothing_that_changes_the_account() {
    for (page, selector, name) in CHANGES {
        let stand = Stand::with(noor(ChatState::Open), page);
        stand.session.apply(Event::Devices { devices: devices() });
        stand.find(selector, name).await;
        stand.session.apply(Event::Account { account: AccountView { removed: true, ..account() } });
        stand.press("button", "Read what is here").await;
        stand.find("p", "This device was removed. What was written stays here.").await;
        assert!(stand.named(selector, name).is_none(), "{name} on {page}");
    }
}

/// Puts something into each place where this app keeps things, and a database that is not its own beside them.
const LIVED_IN: &str = "(async () => {
    const made = (name) => new Promise((done, failed) => {
        const asked = indexedDB.open(name);
        asked.onupgradeneeded = () => asked.result.createObjectStore('all').put('words', 1);
        asked.onsuccess = () => { asked.result.onversionchange = () => asked.result.close(); done(); };
        asked.onerror = failed;
    });
    for (const name of ['xchat', 'xchat-files', 'other']) await made(name);
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('xchat-files', { create: true });
    await folder.getFileHandle('chunk', { create: true });
    localStorage.setItem('xchat.theme', 'dark');
})()";

/// What of that is there, by name.
const LEFT: &str = "(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) names.push('/' + name);
    const known = ['xchat', 'xchat-files', 'other', '/xchat-files'];
    return [...known.filter((name) => names.includes(name)), ...Object.keys(localStorage).sort()].join(' ');
})()";

fn eval(script: &str) -> wasm_bindgen::JsValue {
    js_sys::eval(script).expect("a script of the test's own")
}

async fn answer(script: &str) -> String {
    let promise: js_sys::Promise = eval(script).unchecked_into();
    let answer = wasm_bindgen_futures::JsFuture::from(promise).await.expect("it comes to something");
    answer.as_string().unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_removed_device_erases_what_is_here_after_a_question_and_nothing_else() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.session.apply(Event::Account { account: AccountView { removed: true, ..account() } });
    answer(LIVED_IN).await;
    let before = answer(LEFT).await;
    assert_eq!(before, "xchat xchat-files other /xchat-files xchat.inhabited xchat.language xchat.theme");
    stand.press("button", "Erase everything here").await;
    stand.press(".dialog button", "Cancel").await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
    assert_eq!(answer(LEFT).await, before);
    stand.press("button", "Erase everything here").await;
    stand.find("h2", "Erase everything here?").await;
    stand.press(".dialog button", "Erase").await;
    stand.asked(Command::Reconnect).await;
    assert_eq!(answer(LEFT).await, "other");
    assert_eq!(window().location().hash().as_deref(), Ok(""));
    let asked = stand.asked.borrow();
    let last: Vec<_> = asked.iter().rev().take(2).collect();
    assert!(matches!(last[..], [Command::Reconnect, Command::Load { .. }]), "{last:?}");
}

#[wasm_bindgen_test]
async fn what_cannot_be_erased_is_told_and_can_be_tried_again() {
    let stand = Stand::with(noor(ChatState::Open), "");
    stand.session.apply(Event::Account { account: AccountView { removed: true, ..account() } });
    eval(
        "window.deleting = IDBFactory.prototype.deleteDatabase; \
         IDBFactory.prototype.deleteDatabase = () => { throw new Error('not now'); }",
    );
    stand.press("button", "Erase everything here").await;
    stand.press(".dialog button", "Erase").await;
    let told = "Not everything could be erased. Close other tabs of X Chat, then try again.";
    stand.find(".toast", told).await;
    eval("IDBFactory.prototype.deleteDatabase = window.deleting; delete window.deleting");
    assert!(!stand.asked.borrow().contains(&Command::Reconnect));
    stand.press("button", "Erase everything here").await;
    stand.press(".dialog button", "Erase").await;
    stand.asked(Command::Reconnect).await;
}
