//! One person in two browsers: linked by six digits, alike from then on, named, and the second removed again.

use xchat_e2e::{Browser, House, Kind, scenario, step};

#[tokio::test]
async fn a_new_browser_has_what_was_written_before_it_was_linked() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        bob.meets(&ada, "Hello Ada").await;
        ada.write("Hello Bob").await;
        bob.reads(&[("You", "Hello Ada"), ("Ada", "Hello Bob")]).await;
        let second = house.browser("Ada's second").await;
        digits_are_compared(&ada, &second).await;
        step("the person is asked whether the history goes along, and leaves it so");
        ada.sees("switch", HISTORY).await;
        both_confirm(&ada, &second).await;
        step("the new browser says that the history comes, then that it is there, and shows it");
        second.is_told("Your history is here.").await;
        ada.is_told("Your new device has your history.").await;
        second.open_chat("Bob").await;
        second.reads(&[("Bob", "Hello Ada"), ("You", "Hello Bob")]).await;
        second.press("button", "Close").await;
        second.is_told_no_more("Your history is here.").await;
        step("it is there after a reload as well, without another word");
        second.reload().await;
        second.reads(&[("Bob", "Hello Ada"), ("You", "Hello Bob")]).await;
        for browser in [&ada, &bob, &second] {
            browser.console_is_clean().await;
            browser.close().await;
            browser.asked_only_its_own_origin();
        }
        if second.records() {
            let blobs = second.requests().into_iter().filter(|request| request.url.contains("/blob/")).count();
            assert!(blobs > 0, "the history came in blobs");
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_was_linked_without_history_has_none() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        bob.meets(&ada, "Hello Ada").await;
        let second = house.browser("Ada's second").await;
        digits_are_compared(&ada, &second).await;
        step("the person switches the history off");
        ada.press("switch", HISTORY).await;
        both_confirm(&ada, &second).await;
        second.sees_rows(&[("Bob", 0)]).await;
        step("what comes from then on is there, and nothing from before");
        second.open_chat("Bob").await;
        second.reads_line("Earlier messages are on your other devices.").await;
        bob.write("To both of you").await;
        second.reads(&[("Bob", "To both of you")]).await;
        second.is_told_no_more("Your history").await;
        ada.is_told_no_more("Your new device").await;
    })
    .await;
}

#[tokio::test]
async fn a_second_browser_is_linked_talks_is_named_and_is_removed() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        bob.meets(&ada, "Hello Ada").await;
        let second = house.browser("Ada's second").await;
        the_second_is_linked(&ada, &second).await;
        second.is_told("Your history is here.").await;
        both_show_what_is_said_from_then_on(&ada, &second, &bob).await;
        a_name_shows_on_both(&ada, &second).await;
        the_second_is_removed_and_says_so_at_once(&ada, &second, &bob).await;
        the_second_erases_what_is_left_and_knows_nobody(&second).await;
        for browser in [&ada, &bob, &second] {
            browser.console_is_clean().await;
            browser.close().await;
            browser.asked_only_its_own_origin();
        }
    })
    .await;
}

/// The switch that says whether the history goes along.
const HISTORY: &str = "Send it my history";

/// What the second browser shows in the end, with what was said before it was linked.
const AT_THE_SECOND: [(&str, &str); 4] =
    [("Bob", "Hello Ada"), ("Bob", "To both of you"), ("You", "From the second"), ("You", "From the first")];

async fn the_second_is_linked(ada: &Browser, second: &Browser) {
    digits_are_compared(ada, second).await;
    both_confirm(ada, second).await;
}

async fn digits_are_compared(ada: &Browser, second: &Browser) {
    step("the second browser shows a link; Ada pastes it, and both show the same digits");
    second.press("button", "I have X Chat on another device").await;
    let link = second.read("textbox", "Link of the new device").await;
    ada.visit("#settings/devices").await;
    ada.press("button", "Link a device").await;
    ada.fill("Link of the new device", &link).await;
    ada.press("button", "Continue").await;
    for browser in [ada, second] {
        browser.sees("button", "They match").await;
    }
    let digits = "return document.querySelector('.digits__code').textContent;";
    let here: String = ada.script(digits, Vec::new()).await;
    assert_eq!(here.len(), 7, "{here}");
    assert_eq!(second.script::<String>(digits, Vec::new()).await, here);
}

async fn both_confirm(ada: &Browser, second: &Browser) {
    step("confirmed on both, the second browser opens with Ada's conversation");
    second.press("button", "They match").await;
    second.is_told("Confirmed here. Now confirm on the other device.").await;
    ada.press("button", "They match").await;
    second.sees_rows(&[("Bob", 0)]).await;
    step("Ada's browser says that the second one is in, by a name that no other has");
    let name = second_name(ada, second);
    ada.is_told(&format!("“{name}” is linked. It is one of your devices now.")).await;
    // The dialog has a cross of that name as well.
    ada.press("button", "Close").await;
    ada.sees("button", &format!("Remove {name}")).await;
}

async fn both_show_what_is_said_from_then_on(ada: &Browser, second: &Browser, bob: &Browser) {
    step("Bob writes, and both of Ada's browsers read it; the second writes, and all read it");
    second.open_chat("Bob").await;
    bob.write("To both of you").await;
    second.reads(&[("Bob", "Hello Ada"), ("Bob", "To both of you")]).await;
    second.write("From the second").await;
    let all = [("You", "Hello Ada"), ("You", "To both of you"), ("Ada", "From the second")];
    bob.reads(&all).await;
    ada.open_chat("Bob").await;
    ada.reads(&[("Bob", "Hello Ada"), ("Bob", "To both of you"), ("You", "From the second")]).await;
    ada.write("From the first").await;
    second.reads(&AT_THE_SECOND).await;
}

async fn a_name_shows_on_both(ada: &Browser, second: &Browser) {
    step("the second browser names itself, and Ada's first shows the name");
    second.visit("#settings/devices").await;
    ada.visit("#settings/devices").await;
    second.items("Linked devices").await;
    second.press("button", &format!("Rename {}", second_name(ada, second))).await;
    second.fill("Name of the device", "Kitchen").await;
    second.press("button", "Save").await;
    second.sees("button", "Rename Kitchen").await;
    ada.sees("button", "Remove Kitchen").await;
}

async fn the_second_is_removed_and_says_so_at_once(ada: &Browser, second: &Browser, bob: &Browser) {
    step("Ada removes the second browser: it says so at once, and gets nothing more");
    ada.press("button", "Remove Kitchen").await;
    ada.press("button", "Remove").await;
    ada.sees_no("button", "Remove Kitchen").await;
    second.sees("heading", "This device was removed").await;
    bob.write("Only to the first").await;
    ada.open_chat("Bob").await;
    ada.sees_rows(&[("Bob", 0)]).await;
    second.press("button", "Read what is here").await;
    second.open_chat("Bob").await;
    second.reads(&AT_THE_SECOND).await;
    second.sees_no("textbox", "Message").await;
}

async fn the_second_erases_what_is_left_and_knows_nobody(second: &Browser) {
    step("the second is opened anew and erases everything: it knows nobody, and could be linked again");
    second.reload().await;
    second.sees("heading", "This device was removed").await;
    second.press("button", "Erase everything here").await;
    second.press("button", "Erase").await;
    second.sees("textbox", "Name").await;
    second.reload().await;
    second.sees("textbox", "Name").await;
    second.press("button", "I have X Chat on another device").await;
    second.read("textbox", "Link of the new device").await;
}

/// What the second browser is called once it is linked: with a number where Ada's first is of the same kind.
fn second_name(ada: &Browser, second: &Browser) -> String {
    let number = if ada.kind() == second.kind() { " 2" } else { "" };
    format!("{}{number}", unnamed(second))
}

/// What a browser calls itself until its person names it.
fn unnamed(browser: &Browser) -> &'static str {
    match browser.kind() {
        Kind::Chromium => "Chrome, Linux",
        Kind::Firefox => "Firefox, Linux",
    }
}
