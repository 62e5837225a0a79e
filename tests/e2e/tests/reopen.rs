//! What stays: after a reload, in another tab, after the browser was closed; and that it stays sealed.

use xchat_e2e::{Browser, House, scenario, step};

/// Names and words that nothing else in a browser's files holds.
const ADA: &str = "Ada Quillfeather";
const BOB: &str = "Bob Thornwhistle";
const GREETING: &str = "the heron stands in cold water";
const ANSWER: &str = "and seventeen lanterns follow";
const FROM_TAB: &str = "written in the second tab";
const WRITTEN_OFFLINE: &str = "while the bridge was up";
const LATER: &str = "and still it goes on";
const SECRETS: [&str; 5] = [ADA, BOB, GREETING, ANSWER, FROM_TAB];

#[tokio::test]
async fn what_was_said_is_still_there_after_a_reload_and_after_the_browser_was_closed() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser(ADA).await, house.browser(BOB).await);
        ada.join().await;
        bob.meets(&ada, GREETING).await;
        ada.write(ANSWER).await;
        ada.sees_mark(ANSWER, "Read").await;

        a_second_tab_is_another_view(&ada, &bob).await;
        bob.sees_mark(GREETING, "Read").await;
        nothing_lies_in_the_clear(&ada).await;

        step("a reload keeps everything");
        let before = bob.bubbles().await;
        bob.reload().await;
        bob.reads(&[("You", GREETING), (ADA, ANSWER), (ADA, FROM_TAB)]).await;
        assert_eq!(bob.bubbles().await, before, "texts, authors and marks are as before the reload");

        the_way_back_is_known(&bob).await;
        closing_keeps_everything(&ada).await;

        it_opens_without_a_relay(house, &ada, &bob).await;

        step("and the conversation goes on");
        bob.write(LATER).await;
        ada.reads(&[(BOB, GREETING), ("You", ANSWER), ("You", FROM_TAB), ("You", WRITTEN_OFFLINE), (BOB, LATER)]).await;
        bob.sees_mark(LATER, "Read").await;
        for person in [&ada, &bob] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

/// The number of the place that the tab's history is at.
async fn place(person: &Browser) -> u64 {
    person.script("return Math.floor(history.state / 16);", Vec::new()).await
}

async fn the_way_back_is_known(bob: &Browser) {
    step("after a reload the link back goes back, and leaves no step behind");
    let before = place(bob).await;
    bob.press("link", &format!("{ADA} Contact details")).await;
    bob.sees("heading", "Contact").await;
    assert_eq!(place(bob).await, before + 1);
    bob.reload().await;
    bob.sees("heading", "Contact").await;
    bob.press("link", "Back to the conversation").await;
    bob.reads(&[("You", GREETING), (ADA, ANSWER), (ADA, FROM_TAB)]).await;
    assert_eq!(place(bob).await, before);
}

async fn a_second_tab_is_another_view(ada: &Browser, bob: &Browser) {
    step("a second tab shows the same and writes as well; the first tab sees it");
    let first = ada.new_tab().await;
    ada.visit("").await;
    ada.sees_rows(&[(BOB, 0)]).await;
    ada.open_chat(BOB).await;
    ada.reads(&[(BOB, GREETING), ("You", ANSWER)]).await;
    ada.write(FROM_TAB).await;
    bob.reads(&[("You", GREETING), (ADA, ANSWER), (ADA, FROM_TAB)]).await;
    ada.sees_mark(FROM_TAB, "Read").await;
    ada.close_tab().await;
    ada.turn_to(first).await;
    ada.reads(&[(BOB, GREETING), ("You", ANSWER), ("You", FROM_TAB)]).await;
    ada.sees_mark(FROM_TAB, "Read").await;
    ada.sees_no("heading", "X Chat is open in another tab").await;
}

async fn nothing_lies_in_the_clear(ada: &Browser) {
    step("IndexedDB holds rows, and none of them a name or a word of the conversation");
    let stored = ada.stored(&SECRETS).await;
    assert!(stored.found.is_empty(), "in the clear: {:?}", stored.found);
    assert!(stored.rows.get("messages").is_some_and(|rows| *rows >= 3), "three messages are stored: {:?}", stored.rows);
    assert!(stored.bytes > 4096, "there was something to search: {stored:?}");
    assert!(stored.keys > 0 && stored.extractable == 0, "no script can read the wrapping key out: {stored:?}");
    // That the search finds what does stand there in the clear: the name of a row of the meta store.
    let control = ada.stored(&["wrapper"]).await;
    assert!(!control.found.is_empty(), "the search is blind: {control:?}");
}

async fn it_opens_without_a_relay(house: &House, ada: &Browser, bob: &Browser) {
    step("with the relay away the page opens all the same, shows what there is, and takes what is written");
    ada.keeps_the_app().await;
    house.relay().stop().await;
    // What the browser still holds in its cache by itself is another matter, which ends when it wants.
    ada.forget_cached().await;
    // Not by a reload: Firefox's driver makes one that passes by what pages keep for being offline.
    ada.leave_page().await;
    ada.visit("").await;
    ada.is_told("You are offline.").await;
    ada.open_chat(BOB).await;
    ada.reads(&[(BOB, GREETING), ("You", ANSWER), ("You", FROM_TAB)]).await;
    ada.write(WRITTEN_OFFLINE).await;
    ada.sees_mark(WRITTEN_OFFLINE, "Sending").await;
    // A part of the page that has not been opened before.
    ada.visit("#settings/about").await;
    ada.sees("heading", "About").await;
    ada.visit("").await;
    ada.open_chat(BOB).await;
    house.relay().start_again().await;
    ada.press_if_there("button", "Try now").await;
    bob.reads(&[("You", GREETING), (ADA, ANSWER), (ADA, FROM_TAB), (ADA, WRITTEN_OFFLINE)]).await;
    ada.sees_mark(WRITTEN_OFFLINE, "Read").await;
}

async fn closing_keeps_everything(ada: &Browser) {
    step("closing the browser and opening it again keeps everything; its files hold nothing in the clear");
    let before = ada.bubbles().await;
    ada.close().await;
    let (clear, files) = ada.stored_files(&SECRETS);
    assert!(clear.is_empty() && files > 0, "of {files} files these hold names or words in the clear: {clear:?}");
    ada.open().await;
    ada.visit("").await;
    ada.sees_rows(&[(BOB, 0)]).await;
    ada.open_chat(BOB).await;
    ada.reads(&[(BOB, GREETING), ("You", ANSWER), ("You", FROM_TAB)]).await;
    assert_eq!(ada.bubbles().await, before, "texts, authors and marks are as before");
}
