//! Codes are scanned: the camera of one browser sees what the page of another shows.

use xchat_e2e::{Browser, House, Kind, scenario, step};

const GREETING: &str = "I scanned your code";

#[tokio::test]
async fn one_person_scans_the_others_code_and_they_talk_and_compare_numbers() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser_with_camera("Bob").await);
        ada.join().await;
        bob.join().await;
        if bob.kind() == Kind::Firefox {
            return a_camera_that_sees_no_code_goes_on_looking(&ada, &bob).await;
        }
        bob_scans_adas_code_and_they_talk(&ada, &bob).await;
        let cleo = house.browser("Cleo").await;
        cleo.meets(&ada, "Hello from Cleo").await;
        a_code_for_somebody_else_is_a_warning(&ada, &bob).await;
        the_code_for_him_matches(&ada, &bob).await;
        for person in [&ada, &bob, &cleo] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn bob_scans_adas_code_and_they_talk(ada: &Browser, bob: &Browser) {
    step("Ada shows her code; Bob's camera sees it, and her conversation opens");
    ada.visit("#new").await;
    bob.holds_camera_at(Some(&ada.code("Your code").await));
    bob.visit("#new").await;
    bob.press("button", "Scan code").await;
    bob.sees("heading", "Ada").await;
    bob.write(GREETING).await;
    ada.visit("#").await;
    ada.open_chat("Bob").await;
    ada.reads(&[("Bob", GREETING)]).await;
    ada.press("button", "Accept").await;
    ada.write("Well met").await;
    bob.reads(&[("You", GREETING), ("Ada", "Well met")]).await;
}

async fn a_code_for_somebody_else_is_a_warning(ada: &Browser, bob: &Browser) {
    step("Ada shows the code that is for Cleo: Bob is warned, and nothing is marked");
    to_the_page_of("Cleo", ada).await;
    bob.holds_camera_at(Some(&ada.code("Your code for Cleo").await));
    to_the_page_of("Ada", bob).await;
    bob.press("button", "Scan code").await;
    bob.is_told("The numbers do not match").await;
    bob.press("button", "Done").await;
    bob.sees("button", "They match").await;
}

async fn the_code_for_him_matches(ada: &Browser, bob: &Browser) {
    step("his own code proves nothing; the one that Ada shows for him matches, and she is marked, after a reload too");
    bob.holds_camera_at(Some(&bob.code("Your code for Ada").await));
    bob.press("button", "Scan code").await;
    bob.is_told("This is your own code. Scan the one on the other screen.").await;
    bob.press("button", "Compare by eye instead").await;
    to_the_page_of("Bob", ada).await;
    bob.holds_camera_at(Some(&ada.code("Your code for Bob").await));
    bob.press("button", "Scan code").await;
    bob.is_told("The numbers match").await;
    bob.press("button", "Done").await;
    bob.sees("button", "Remove the mark").await;
    bob.reload().await;
    bob.sees("button", "Remove the mark").await;
    ada.sees("button", "They match").await;
}

async fn to_the_page_of(name: &str, browser: &Browser) {
    browser.open_chat(name).await;
    browser.sees("textbox", "Message").await;
    let hash: String = browser.script("return location.hash", Vec::new()).await;
    browser.visit(&format!("{hash}/info")).await;
}

/// Firefox's stand-in for a camera sees colours alone.
async fn a_camera_that_sees_no_code_goes_on_looking(ada: &Browser, bob: &Browser) {
    step("without a camera there are other ways; a camera that sees no code goes on looking");
    for (person, sentence) in
        [(ada, "No camera was found. Connect one and try again, or choose a picture."), (bob, "Looking for a code")]
    {
        person.visit("#new").await;
        person.press("button", "Scan code").await;
        person.is_told(sentence).await;
        person.press("button", "Paste a link instead").await;
        person.sees("textbox", "Their link").await;
    }
}

#[tokio::test]
async fn a_new_browser_is_linked_by_its_code() {
    scenario(async |house: &House| {
        let (ada, second) = (house.browser_with_camera("Ada").await, house.browser("Ada's second").await);
        if ada.kind() == Kind::Firefox {
            return;
        }
        ada.join().await;
        step("the second browser shows a code; Ada's camera sees it, and both show the same digits");
        second.press("button", "I have X Chat on another device").await;
        ada.holds_camera_at(Some(&second.code("Code of the new device").await));
        ada.visit("#settings/devices").await;
        ada.press("button", "Link a device").await;
        ada.press("button", "Scan code").await;
        for browser in [&ada, &second] {
            browser.press("button", "They match").await;
        }
        second.sees("navigation", "Chats").await;
    })
    .await;
}
