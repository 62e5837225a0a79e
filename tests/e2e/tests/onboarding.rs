//! A person who comes for the first time, alone.

use xchat_e2e::{Browser, House, scenario, step};

const NAME_SENTENCE: &str = "A name has 1 to 48 characters.";

#[tokio::test]
async fn a_new_person_types_a_name_and_is_in_and_sees_their_link_and_code() {
    scenario(async |house: &House| {
        let ada = house.browser("Ada").await;
        step("the first page asks for a name and refuses what is none");
        ada.sees("heading", "What should people call you?").await;
        ada.press("button", "Continue").await;
        ada.is_told(NAME_SENTENCE).await;
        ada.fill("Name", &"A".repeat(49)).await;
        ada.is_told(NAME_SENTENCE).await;
        ada.join().await;

        step("nobody is in the list yet, and it says how to begin");
        ada.sees("heading", "No chats yet").await;
        ada.sees("heading", "Your messages appear here").await;

        step("the own link can be copied, and shows as a code");
        let link = ada.own_link().await;
        let secret = link.strip_prefix(&format!("{}/#add/", ada.origin()));
        let secret = secret.unwrap_or_else(|| panic!("the link leads to this origin's #add/: {link}"));
        assert_eq!(secret.len(), 64, "a link holds 48 bytes as base64url: {link}");
        ada.press("link", "New chat").await;
        ada.sees("img", "Your code").await;
        assert!(modules(&ada).await >= 25, "the code is drawn, of at least 25 modules a side");
        ada.press("button", "Copy link").await;
        ada.is_told("Link copied").await;
        ada.press("button", "Close").await;

        step("the twelve words can be seen until they are confirmed");
        ada.press("link", "Show words").await;
        ada.sees("heading", "Write down these 12 words").await;
        let words = ada.items("Recovery words").await;
        assert_eq!(words.len(), 12, "there are twelve words");
        assert!(words.iter().all(|word| (3..=8).contains(&word.len())), "each of them is a word of the list of BIP-39");
        confirm(&ada, &words).await;

        step("after a reload the person is still in, with the same link");
        ada.visit("").await;
        ada.reload().await;
        ada.sees("heading", "No chats yet").await;
        assert_eq!(ada.own_link().await, link, "the link is the same after a reload");
        ada.sees_no("link", "Show words").await;

        ada.console_is_clean().await;
        ada.close().await;
        ada.asked_only_its_own_origin();
    })
    .await;
}

#[tokio::test]
async fn broken_links_each_get_their_sentence() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        ada.join().await;
        bob.join().await;
        let own = ada.own_link().await;
        let (_, secret) = own.split_once("#add/").expect("a link has #add/ in it");
        // Bob's identity with another secret leads to a card that nobody has made.
        let bobs = bob.own_link().await;
        let last = if bobs.ends_with('A') { "Q" } else { "A" };
        let nobody = format!("{}{last}", &bobs[..bobs.len() - 1]);
        let elsewhere = format!("https://elsewhere.example/#add/{secret}");
        let cut = (&own[..own.len() - 7], "This link is not complete. Ask for it again.");
        let own = (own.as_str(), "This is your own link. Send it to someone else.");
        let nobody = (nobody.as_str(), "Nobody is behind this link any more. Ask for a new one.");
        let strange = ("some words", "This is no link of a person or a group. Those have #add/ or #join/ in them.");
        let elsewhere = (elsewhere.as_str(), "This link belongs to another server. Open it in its own page.");

        step("pasted into the dialog");
        ada.press("link", "New chat").await;
        for (link, sentence) in [strange, cut, own, elsewhere, nobody] {
            ada.fill("Their link", link).await;
            ada.is_told_no_more(sentence).await;
            ada.press("button", "Add").await;
            ada.is_told(sentence).await;
        }
        ada.press("button", "Close").await;

        step("opened in the address bar");
        for (link, sentence) in [cut, own, nobody] {
            ada.open_link(link).await;
            ada.sees("heading", "This link does not open").await;
            ada.is_told(sentence).await;
            ada.press("link", "Back to chats").await;
            ada.sees("heading", "No chats yet").await;
        }

        assert!(ada.rows().await.expect("the list can be read").is_empty(), "a broken link adds nobody");
        ada.console_is_clean().await;
    })
    .await;
}

/// Modules on a side of the code that is shown.
async fn modules(browser: &Browser) -> u32 {
    let script = "const svg = document.querySelector('[role=img][aria-label=\"Your code\"] svg'); \
                  return svg.querySelector('path').getAttribute('d').length > 500 ? svg.viewBox.baseVal.width : 0;";
    browser.script(script, Vec::new()).await
}

/// Gives back the three words that are asked for.
async fn confirm(browser: &Browser, words: &[String]) {
    browser.press("checkbox", "I have written them down in this order.").await;
    browser.press("button", "Continue").await;
    browser.sees("heading", "Check three words").await;
    for (at, word) in words.iter().enumerate() {
        let field = format!("Word {}", at + 1);
        if browser.has("textbox", &field).await.expect("the page can be read") {
            browser.fill(&field, word).await;
        }
    }
    browser.press("button", "Check").await;
    browser.sees("heading", "Your words are on paper").await;
}
