//! Two people meet by a link and talk; a third joins in.

use serde_json::json;
use xchat_e2e::{Browser, House, Kind, scenario, step, until};

const GREETING: &str = "Hello, I am Bob";
const ANSWER: &str = "Good to hear from you";
/// Everything that must stay text.
const HOSTILE: &str = "<img src=x onerror=\"window.hacked=1\"> <b>bold</b> [click](javascript:window.hacked=2) \
                       ![pic](https://elsewhere.example/pic.png) <script>window.hacked=3</script>";
const HOSTILE_SHOWN: &str =
    "<img src=x onerror=\"window.hacked=1\"> <b>bold</b> click pic <script>window.hacked=3</script>";

#[tokio::test]
async fn two_people_meet_by_a_link_and_talk() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        let link = ada.own_link().await;
        the_link_shows_who_it_is(&bob, &link).await;
        a_request_tells_nothing_until_it_is_accepted(&ada, &bob).await;
        both_ways_with_marks(&ada, &bob).await;
        unread_messages_are_counted(&ada, &bob).await;
        let cleo = house.browser("Cleo").await;
        the_list_is_ordered_by_the_latest(&ada, &bob, &cleo, &link).await;
        hostile_text_stays_text(&ada, &bob).await;
        a_phone_shows_one_pane_with_a_way_back(&ada).await;
        the_way_to_the_newest_message_takes_no_room(&ada, &bob).await;
        for person in [&ada, &bob, &cleo] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn the_link_shows_who_it_is(bob: &Browser, link: &str) {
    step("Bob opens Ada's link, gives a name, and sees who it is");
    bob.open_link(link).await;
    until("Bob to be told that he was invited", async || match bob.text().await? {
        text if text.contains("Someone sent you their link") => Ok(()),
        text => Err(text),
    })
    .await;
    bob.join().await;
    bob.sees("heading", "Ada").await;
    bob.sees_rows(&[("Ada", 0)]).await;
    bob.reads(&[]).await;
}

async fn a_request_tells_nothing_until_it_is_accepted(ada: &Browser, bob: &Browser) {
    step("Bob writes; Ada has a request, and Bob is not told that she has it");
    bob.write(GREETING).await;
    bob.reads(&[("You", GREETING)]).await;
    bob.sees_mark(GREETING, "Sent").await;
    let rows = ada.sees_rows(&[("Bob", 1)]).await;
    assert!(rows[0].request, "the row says that it is a request: {rows:?}");
    ada.open_chat("Bob").await;
    ada.reads(&[("Bob", GREETING)]).await;
    for choice in ["Accept", "Delete", "Block"] {
        ada.sees("button", choice).await;
    }
    ada.sees_no("textbox", "Message").await;
    assert_eq!(bob.mark_of(GREETING).await, Ok(Some("Sent".to_owned())), "looking at a request tells nothing");

    step("Ada accepts while she has it open: Bob is told that it was read, and nothing is unread");
    ada.press("button", "Accept").await;
    ada.sees("textbox", "Message").await;
    bob.sees_mark(GREETING, "Read").await;
    let rows = ada.sees_rows(&[("Bob", 0)]).await;
    assert!(!rows[0].request, "an accepted request is none any more: {rows:?}");
}

async fn both_ways_with_marks(ada: &Browser, bob: &Browser) {
    step("Ada answers; both see the same, and how far it came");
    ada.write(ANSWER).await;
    bob.reads(&[("You", GREETING), ("Ada", ANSWER)]).await;
    ada.reads(&[("Bob", GREETING), ("You", ANSWER)]).await;
    ada.sees_mark(ANSWER, "Read").await;
    let row = ada.rows().await.expect("the list can be read").remove(0);
    assert!(row.text.contains(ANSWER), "the row shows what was said last: {row:?}");
}

async fn unread_messages_are_counted(ada: &Browser, bob: &Browser) {
    step("Ada looks elsewhere: what Bob writes is delivered, counted, and read once she looks");
    ada.visit("#settings").await;
    ada.sees("heading", "Settings").await;
    bob.write("one").await;
    bob.write("two").await;
    ada.sees_rows(&[("Bob", 2)]).await;
    bob.sees_mark("two", "Delivered").await;
    ada.is_titled("(2) Settings · X Chat").await;
    ada.open_chat("Bob").await;
    ada.sees_rows(&[("Bob", 0)]).await;
    bob.sees_mark("two", "Read").await;
    ada.is_titled("Bob · X Chat").await;
}

async fn the_list_is_ordered_by_the_latest(ada: &Browser, bob: &Browser, cleo: &Browser, link: &str) {
    step("Cleo writes to Ada too: whoever wrote last is first in the list");
    ada.visit("#settings").await;
    cleo.open_link(link).await;
    cleo.join().await;
    cleo.sees("log", "Messages").await;
    cleo.write("Hello from Cleo").await;
    let rows = ada.sees_rows(&[("Cleo", 1), ("Bob", 0)]).await;
    assert!(rows[0].request && !rows[1].request, "only Cleo's is a request: {rows:?}");
    bob.write("I am here as well").await;
    ada.sees_rows(&[("Bob", 1), ("Cleo", 1)]).await;
}

async fn hostile_text_stays_text(ada: &Browser, bob: &Browser) {
    step("what looks like HTML is shown as it was typed, and does nothing");
    bob.write(HOSTILE).await;
    ada.open_chat("Bob").await;
    until("Ada to read the hostile text", async || {
        let bubbles = ada.bubbles().await?;
        bubbles.iter().any(|bubble| bubble.text == HOSTILE_SHOWN).then_some(()).ok_or_else(|| format!("{bubbles:?}"))
    })
    .await;
    let harm = "const log = document.querySelector('[role=log]'); \
                return [window.hacked ?? null, log.querySelectorAll('img, script, iframe, object, embed, style, b').length, \
                [...log.querySelectorAll('a[href]')].map((link) => link.href)];";
    let done: serde_json::Value = ada.script(harm, Vec::new()).await;
    assert_eq!(done, json!([null, 0, ["https://elsewhere.example/pic.png"]]), "[what ran, elements made, links made]");
}

async fn a_phone_shows_one_pane_with_a_way_back(ada: &Browser) {
    // Firefox 153 has no narrower window than that.
    let narrow = if ada.kind() == Kind::Firefox { 500 } else { 360 };
    step("in a narrow window: one pane, with a way back; nothing sticks out");
    ada.sees("navigation", "Chats").await;
    ada.sees_no("link", "Back to chats").await;
    ada.resize(narrow, 740).await;
    ada.sees_no("navigation", "Chats").await;
    ada.sees("textbox", "Message").await;
    assert_eq!(ada.widths().await, (narrow, narrow), "(the page's width, its content's) in a conversation");
    ada.press("link", "Back to chats").await;
    ada.sees("navigation", "Chats").await;
    ada.sees_no("log", "Messages").await;
    assert_eq!(ada.widths().await, (narrow, narrow), "(the page's width, its content's) in the list");
    ada.open_chat("Bob").await;
    ada.sees_no("navigation", "Chats").await;
    ada.resize_back().await;
    ada.sees("navigation", "Chats").await;
    ada.sees("log", "Messages").await;
}

async fn the_way_to_the_newest_message_takes_no_room(ada: &Browser, bob: &Browser) {
    step("far up in a long conversation a button leads back, over the messages and not beside them");
    let many: Vec<String> = (0..40).map(|number| format!("line {number}")).collect();
    bob.write_all(&many).await;
    until("Ada to read the last line", async || {
        let bubbles = ada.bubbles().await?;
        bubbles.last().filter(|last| last.text == "line 39").map(drop).ok_or_else(|| format!("{:?}", bubbles.last()))
    })
    .await;
    let places = "return ['[role=log]', 'form'].map((part) => document.querySelector(`main ${part}`).getBoundingClientRect()) \
                  .map((box) => [box.left, box.right]);";
    let before: serde_json::Value = ada.script(places, Vec::new()).await;
    ada.script::<()>("document.querySelector('[role=log]').scrollTop = 0;", Vec::new()).await;
    ada.sees("button", "Go to the newest message").await;
    assert_eq!(
        ada.script::<serde_json::Value>(places, Vec::new()).await,
        before,
        "[left, right] of messages and composer"
    );
    ada.press("button", "Go to the newest message").await;
    ada.sees_no("button", "Go to the newest message").await;
}
