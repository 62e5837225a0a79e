//! The page comes in parts: what happens when one cannot be had at the moment that its screen is opened.

use xchat_e2e::{House, scenario, step};

#[tokio::test]
async fn a_screen_that_cannot_be_loaded_says_why_and_opens_when_it_can() {
    scenario(async |house: &House| {
        step("what the page fetches ahead while nobody asks for it does not come, and nobody is told");
        house.relay().stop().await;
        house.relay().serve_without("part-");
        house.relay().start_again().await;
        let ada = house.browser("Ada").await;
        ada.join().await;

        step("without a connection it can be tried again, and opens when there is one");
        house.relay().stop().await;
        house.relay().serve_without("part-people");
        ada.press("link", "Settings").await;
        ada.is_told("Check your connection, then try again.").await;
        house.relay().start_again().await;
        ada.press("button", "Try again").await;
        ada.sees("heading", "Settings").await;
        ada.sees("img", "Your code").await;

        step("what has come once needs no connection");
        house.relay().stop().await;
        ada.visit("#settings/words").await;
        ada.sees("heading", "Write down these 12 words").await;

        step("a part that the relay no longer has, because it serves another build, leads to a reload");
        house.relay().start_again().await;
        ada.press("link", "New chat").await;
        ada.sees("dialog", "This could not be loaded").await;
        ada.is_told("X Chat may have been updated since you opened it. Reload to go on.").await;
        house.relay().stop().await;
        house.relay().serve_all();
        house.relay().start_again().await;
        ada.press("button", "Reload").await;
        ada.sees("dialog", "New chat").await;
        ada.sees("img", "Your code").await;

        step("a language comes when it is chosen, and before the page when it was chosen earlier");
        ada.visit("#settings").await;
        ada.sees("heading", "Settings").await;
        let choose = "document.getElementById('language-2').click(); return true;";
        assert!(ada.script::<bool>(choose, Vec::new()).await);
        ada.sees("heading", "Réglages").await;
        ada.reload().await;
        ada.sees("heading", "Réglages").await;
    })
    .await;
}
