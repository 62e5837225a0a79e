//! Two people answer, react, edit, pin, pass on and delete messages, and each sees it.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn two_people_do_things_with_messages_and_each_sees_it() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ada.write("Shall we go?").await;
        one_answers(&ada, &ben).await;
        both_react(&ada, &ben).await;
        one_edits(&ada, &ben).await;
        one_pins(&ada, &ben).await;
        one_asks_who_has_it(&ada).await;
        one_passes_on(&ada, &ben).await;
        one_deletes_for_everybody(&ada, &ben).await;
        one_deletes_here(&ada, &ben).await;
        for person in [&ada, &ben] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn one_answers(ada: &Browser, ben: &Browser) {
    step("Ben answers: the answer stands under what it answers");
    ben.sees_message("Ada", "Shall we go?").await;
    ben.choose("Shall we go?", "Reply").await;
    ben.sees("group", "Reply to Ada").await;
    ben.write("Yes, at six").await;
    ben.sees_no("group", "Reply to Ada").await;
    for person in [ada, ben] {
        let author = if person.name() == "Ben" { "You" } else { "Ben" };
        person.sees_message(author, "Yes, at six").await;
    }
    ben.sees("button", "Ada Shall we go?").await;
    ada.sees("button", "You Shall we go?").await;
}

async fn both_react(ada: &Browser, ben: &Browser) {
    step("Ben reacts; Ada gives the same with one press, and takes it back with another");
    ben.open_menu("Shall we go?").await;
    ben.press("menuitemcheckbox", "React with 🎉").await;
    ben.sees("button", "🎉 1: You").await;
    ada.press("button", "🎉 1: Ben").await;
    ada.sees("button", "🎉 2: You, Ben").await;
    ben.sees("button", "🎉 2: You, Ada").await;
    ada.press("button", "🎉 2: You, Ben").await;
    ada.sees("button", "🎉 1: Ben").await;
    ben.sees("button", "🎉 1: You").await;
}

async fn one_edits(ada: &Browser, ben: &Browser) {
    step("Ada edits what she wrote; her draft stays");
    ada.fill("Message", "half a thou").await;
    ada.choose("Shall we go?", "Edit").await;
    assert_eq!(ada.read("textbox", "Message").await, "Shall we go?");
    ada.fill("Message", "Shall we stay?").await;
    ada.press("button", "Save changes").await;
    ada.sees_message("You", "Shall we stay? Edited").await;
    ben.sees_message("Ada", "Shall we stay? Edited").await;
    assert_eq!(ada.read("textbox", "Message").await, "half a thou");
}

async fn one_pins(ada: &Browser, ben: &Browser) {
    step("Ben pins it: the bar is there for both, and leads to it");
    ben.choose("Shall we stay?", "Pin").await;
    for person in [ada, ben] {
        person.sees("button", "Pinned message Shall we stay?").await;
        person.press("button", "Pinned message Shall we stay?").await;
    }
}

async fn one_asks_who_has_it(ada: &Browser) {
    step("Ada sees that Ben has read it, and what it said before");
    ada.choose("Shall we stay?", "Details").await;
    ada.sees("dialog", "Details").await;
    until("Ada to see who has read it", async || {
        let (people, versions) = (ada.items("Who has it").await, ada.items("Earlier versions").await);
        let read = people.len() == 1 && people[0].starts_with("Ben Read · ");
        let before = versions.len() == 1 && versions[0].starts_with("Shall we go?");
        (read && before).then_some(()).ok_or_else(|| format!("{people:?}, {versions:?}"))
    })
    .await;
    ada.press("button", "Close").await;
    ada.sees_no("dialog", "Details").await;
}

async fn one_passes_on(ada: &Browser, ben: &Browser) {
    step("Ben passes it on, which shows");
    ben.choose("Shall we stay?", "Forward").await;
    ben.sees("dialog", "Forward to").await;
    assert_eq!(ben.items("Chats").await, ["Ada"]);
    ben.press("checkbox", "Ada").await;
    ben.press("button", "Forward").await;
    ben.sees_no("dialog", "Forward to").await;
    ben.sees_message("You", "Forwarded Shall we stay?").await;
    ada.sees_message("Ben", "Forwarded Shall we stay?").await;
}

async fn one_deletes_for_everybody(ada: &Browser, ben: &Browser) {
    step("Ben deletes his answer for everybody");
    ben.choose("Yes, at six", "Delete").await;
    ben.sees("dialog", "Delete this message?").await;
    ben.press("button", "Delete for everyone").await;
    ben.sees_message("You", "This message was deleted.").await;
    ada.sees_message("Ben", "This message was deleted.").await;
    let left = ada.text().await.expect("the page can be read");
    assert!(!left.contains("at six"), "it is gone from Ada's page and list: {left}");
}

async fn one_deletes_here(ada: &Browser, ben: &Browser) {
    step("Ada deletes the first message for herself alone, and Ben takes down what is pinned");
    ada.choose("Hello, I am Ben", "Delete").await;
    ada.press("button", "Delete for me").await;
    until("the message to be gone", async || {
        let bubbles = ada.bubbles().await?;
        let gone = bubbles.iter().all(|bubble| bubble.text != "Hello, I am Ben");
        gone.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
    })
    .await;
    ben.sees_message("You", "Hello, I am Ben").await;
    ben.choose("Shall we stay? Edited", "Unpin").await;
    for person in [ada, ben] {
        person.sees_no("button", "Pinned message Shall we stay?").await;
    }
}
