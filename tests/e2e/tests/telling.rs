//! What one sees of the other before and after a message: who is writing, a notification, emoji.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn two_people_see_each_other_write_are_told_of_messages_and_send_emoji() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ada.write("Hello Ben").await;
        ben.sees_message("Ada", "Hello Ben").await;
        one_writes(&ada, &ben).await;
        one_keeps_an_answer(&ada).await;
        a_menu_keeps_its_place(&ada).await;
        one_is_told(&ada, &ben).await;
        both_send_emoji(&ada, &ben).await;
        for person in [&ada, &ben] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

/// Waits until a page says a sentence, or says it no more.
async fn says(person: &Browser, sentence: &str, wanted: bool) {
    until(format!("{}'s page to say {sentence:?}: {wanted}", person.name()), async || {
        let text = person.text().await?;
        (text.contains(sentence) == wanted).then_some(()).ok_or(text)
    })
    .await;
}

async fn one_writes(ada: &Browser, ben: &Browser) {
    step("Ben types: Ada sees it until what he wrote is there");
    // Nobody keeps it: what is told while the keys change is not heard, and told again with the next letters.
    until("Ada's page to say that Ben is writing", async || {
        ben.fill("Message", "Are you").await;
        let text = ada.text().await?;
        text.contains("Ben is writing").then_some(()).ok_or(text)
    })
    .await;
    ben.press("button", "Send").await;
    ada.sees_message("Ben", "Are you").await;
    says(ada, "Ben is writing", false).await;
}

async fn one_keeps_an_answer(ada: &Browser) {
    step("Ada begins an answer and loads the page anew: draft and answer are there");
    ada.choose("Are you", "Reply").await;
    ada.fill("Message", "I am").await;
    // Leaving it keeps the draft.
    ada.visit("#").await;
    says(ada, "Draft: I am", true).await;
    ada.reload().await;
    ada.open_chat("Ben").await;
    ada.sees("group", "Reply to Ben").await;
    assert_eq!(ada.read("textbox", "Message").await, "I am");
    // So is what was typed a moment ago.
    ada.fill("Message", "I am here").await;
    ada.reload().await;
    ada.open_chat("Ben").await;
    assert_eq!(ada.read("textbox", "Message").await, "I am here");
    ada.press("button", "Send").await;
    ada.sees("button", "Ben Are you").await;
}

async fn a_menu_keeps_its_place(ada: &Browser) {
    step("a menu that is open stands within the window when that gets small");
    ada.open_menu("Are you").await;
    ada.resize(500, 420).await;
    until("the menu to be in the window", async || {
        let inside = "const menu = document.querySelector('[role=menu] .menu').getBoundingClientRect();
                      return menu.bottom <= innerHeight && menu.right <= innerWidth && menu.top >= 0;";
        ada.script::<bool>(inside, Vec::new()).await.then_some(()).ok_or("it is not".to_owned())
    })
    .await;
    ada.press("menuitem", "Reply").await;
    ada.press("button", "Cancel").await;
    ada.resize_back().await;
}

async fn one_is_told(ada: &Browser, ben: &Browser) {
    step("Ada turns notifications on, looks at another tab, and is told once what Ben writes");
    ada.allow("notifications").await;
    // Kept where another tab can read it.
    let hear = "window.Notification = class extends Notification {
                  constructor(title, options) {
                    super(title, options);
                    localStorage.told = (localStorage.told ?? '') + `${title}: ${options.body}\\n`;
                  }
                };";
    ada.script::<Option<()>>(hear, Vec::new()).await;
    ada.visit("#settings/notifications").await;
    ada.press("switch", "Notifications").await;
    let told = async || ada.script::<String>("return localStorage.told ?? ''", Vec::new()).await;
    until("the sample", async || match told().await {
        told if told == "X Chat: Notifications are on.\n" => Ok(()),
        told => Err(told),
    })
    .await;
    ada.open_chat("Ben").await;
    let before = ada.new_tab().await;
    // Another tab of the same app: one of both tells.
    ada.visit("").await;
    ada.sees("navigation", "Chats").await;
    ada.script::<Option<()>>(hear, Vec::new()).await;
    ben.write("You are told of this").await;
    until("the notification", async || match told().await {
        told if told.ends_with("Ben: You are told of this\n") => Ok(()),
        told => Err(told),
    })
    .await;
    ada.close_tab().await;
    ada.turn_to(before).await;
    ben.write("But not of this").await;
    ada.sees_message("Ben", "But not of this").await;
    ben.sees_mark("But not of this", "Read").await;
    let told = told().await;
    assert_eq!(told.lines().count(), 2, "what is read as it comes is not told of: {told}");
}

async fn both_send_emoji(ada: &Browser, ben: &Browser) {
    step("Ada picks an emoji for a message, Ben gives one that no menu has");
    ada.press("button", "Emoji").await;
    ada.sees("button", "grinning face").await;
    let drawn: u32 =
        ada.script("return document.querySelectorAll('.picker__all .picker__one').length", Vec::new()).await;
    assert!((100..900).contains(&drawn), "{drawn} of 1,900 are drawn when it opens");
    ada.fill("Find emoji", "elephant").await;
    ada.press("button", "elephant").await;
    ada.press("button", "Send").await;
    ben.sees_message("Ada", "🐘").await;
    ben.open_menu("🐘").await;
    ben.press("menuitem", "More emoji").await;
    ben.fill("Find emoji", "peanut").await;
    ben.press("button", "peanuts").await;
    ada.sees("button", "🥜 1: Ben").await;
}
