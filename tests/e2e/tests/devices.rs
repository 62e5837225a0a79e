//! One person in two browsers: linked by six digits, alike from then on, named, and the second removed again.

use xchat_e2e::{Browser, House, scenario, step};

#[tokio::test]
async fn a_second_browser_is_linked_talks_is_named_and_is_removed() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        bob.meets(&ada, "Hello Ada").await;
        let second = house.browser("Ada's second").await;
        the_second_is_linked(&ada, &second).await;
        both_show_what_is_said_from_then_on(&ada, &second, &bob).await;
        a_name_shows_on_both(&ada, &second).await;
        the_second_is_removed_and_says_so_at_once(&ada, &second, &bob).await;
        for browser in [&ada, &bob, &second] {
            browser.console_is_clean().await;
            browser.close().await;
            browser.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn the_second_is_linked(ada: &Browser, second: &Browser) {
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

    step("confirmed on both, the second browser opens with Ada's conversation");
    second.press("button", "They match").await;
    second.is_told("Confirmed here. Now confirm on the other device.").await;
    ada.press("button", "They match").await;
    ada.is_told("This is done here.").await;
    second.sees_rows(&[("Bob", 0)]).await;
    // The dialog has a cross of that name as well.
    ada.press("button", "Close").await;
    ada.sees("button", "Remove Chrome, Linux").await;
}

async fn both_show_what_is_said_from_then_on(ada: &Browser, second: &Browser, bob: &Browser) {
    step("Bob writes, and both of Ada's browsers read it; the second writes, and all read it");
    second.open_chat("Bob").await;
    bob.write("To both of you").await;
    second.reads(&[("Bob", "To both of you")]).await;
    second.write("From the second").await;
    let all = [("You", "Hello Ada"), ("You", "To both of you"), ("Ada", "From the second")];
    bob.reads(&all).await;
    ada.open_chat("Bob").await;
    ada.reads(&[("Bob", "Hello Ada"), ("Bob", "To both of you"), ("You", "From the second")]).await;
    ada.write("From the first").await;
    second.reads(&[("Bob", "To both of you"), ("You", "From the second"), ("You", "From the first")]).await;
}

async fn a_name_shows_on_both(ada: &Browser, second: &Browser) {
    step("the second browser names itself, and Ada's first shows the name");
    second.visit("#settings/devices").await;
    ada.visit("#settings/devices").await;
    second.items("Linked devices").await;
    second.press("button", "Rename Chrome, Linux").await;
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
    second.reads(&[("Bob", "To both of you"), ("You", "From the second"), ("You", "From the first")]).await;
    second.sees_no("textbox", "Message").await;
}
