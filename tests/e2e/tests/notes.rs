//! One person writes to themselves, does things to several messages at once, and makes room.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn a_person_keeps_notes_deletes_some_at_once_and_clears_the_rest() {
    scenario(async |house: &House| {
        let ada = house.browser("Ada").await;
        ada.join().await;
        notes_are_kept(&ada).await;
        markdown_is_seen_as_it_is_typed(&ada).await;
        two_go_at_once(&ada).await;
        the_rest_is_cleared(&ada).await;
        ada.console_is_clean().await;
        ada.close().await;
        ada.asked_only_its_own_origin();
    })
    .await;
}

async fn notes_are_kept(ada: &Browser) {
    step("Ada opens her notes, writes, and finds them again after a reload");
    ada.visit("#new").await;
    ada.press("button", "Notes to self").await;
    ada.sees("heading", "Notes to self").await;
    for note in ["rope", "map", "water", "bread"] {
        ada.write(note).await;
    }
    ada.sees_mark("bread", "Sent").await;
    ada.reload().await;
    ada.sees_rows(&[("Notes to self", 0)]).await;
    ada.reads(&[("You", "rope"), ("You", "map"), ("You", "water"), ("You", "bread")]).await;
}

async fn markdown_is_seen_as_it_is_typed(ada: &Browser) {
    step("what she writes in Markdown stands above the field as it will look, until it is gone");
    let seen = "return [...document.querySelectorAll('.composer__preview strong')].map((one) => one.innerText).join()";
    let shows = async |wanted: &str| {
        until(format!("the preview to show {wanted:?}"), async || {
            let bold: String = ada.script(seen, Vec::new()).await;
            (bold == wanted).then_some(()).ok_or(bold)
        })
        .await;
    };
    ada.fill("Message", "take **two ropes**").await;
    ada.sees("group", "Preview").await;
    shows("two ropes").await;
    ada.fill("Message", "").await;
    shows("").await;
}

async fn two_go_at_once(ada: &Browser) {
    step("she selects two, with a menu and a click, and deletes them together");
    ada.choose("map", "Select").await;
    ada.is_told("1 message selected").await;
    let click = "[...document.querySelectorAll('.bubble')].find((one) => one.innerText.startsWith('water')).click(); return true";
    assert!(ada.script::<bool>(click, Vec::new()).await);
    ada.is_told("2 messages selected").await;
    ada.press("button", "Delete").await;
    ada.sees("dialog", "Delete 2 messages?").await;
    ada.press("button", "Delete for me").await;
    ada.reads(&[("You", "rope"), ("You", "bread")]).await;
    ada.sees("textbox", "Message").await;
}

async fn the_rest_is_cleared(ada: &Browser) {
    step("in the settings she sees what they take, and clears them; the notes stay, and are empty");
    ada.visit("#settings/storage").await;
    ada.sees("heading", "Storage").await;
    ada.sees("button", "Clear Notes to self").await;
    ada.reads_line("2 messages · ").await;
    ada.press("button", "Clear Notes to self").await;
    ada.sees("dialog", "Clear this chat?").await;
    ada.press("button", "Clear").await;
    ada.reads_line("No messages are stored.").await;
    let stored = ada.stored(&["bread"]).await;
    assert_eq!(stored.rows.get("messages"), Some(&0), "{stored:?}");
    ada.visit("#").await;
    ada.open_chat("Notes to self").await;
    ada.reads(&[]).await;
    ada.write("rope again").await;
    ada.reads(&[("You", "rope again")]).await;
}
