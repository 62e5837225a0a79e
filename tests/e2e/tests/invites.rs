//! A group's invite link: made, asked by, answered, replaced; and the group moved to a fresh one.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn a_stranger_comes_in_by_a_link_another_is_declined_and_a_replaced_link_refuses() {
    scenario(async |house: &House| {
        let (ada, ben, cleo) = (house.browser("Ada").await, house.browser("Ben").await, house.browser("Cleo").await);
        ada.join().await;
        makes_a_group(&ada).await;
        let link = makes_a_link(&ada).await;
        is_let_in(&ada, &ben, &link).await;
        is_declined_and_takes_it_back(&ada, &cleo, &link).await;
        let fresh = replaces_the_link(&ada, &cleo, &link).await;
        opens_what_they_are_in(&ben, &fresh).await;
        the_group_is_moved(&ada, &ben).await;
        for person in [&ada, &ben, &cleo] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn makes_a_group(ada: &Browser) {
    step("Ada makes a group of her own");
    ada.press("link", "New chat").await;
    ada.press("button", "New group").await;
    ada.fill("Group name", "Hiking").await;
    ada.press("button", "Create group").await;
    ada.sees("log", "Messages").await;
}

/// Opens the group's page from its conversation.
async fn opens_the_page(ada: &Browser) {
    ada.open_chat("Hiking").await;
    let place: String = ada.script("return location.hash", Vec::new()).await;
    ada.visit(&format!("{place}/info")).await;
    ada.sees("heading", "Group").await;
}

async fn makes_a_link(ada: &Browser) -> String {
    step("Ada makes an invite link");
    opens_the_page(ada).await;
    ada.press("button", "Make an invite link Whoever has it can ask to join").await;
    ada.read("textbox", "Invite link").await
}

async fn is_let_in(ada: &Browser, ben: &Browser, link: &str) {
    step("Ben opens the link, makes an account, comes back to the link and asks");
    // The cell of the link is put beside the commit: until it is there the link says that nothing is kept.
    ben.open_link(link).await;
    ben.sees("heading", "What should people call you?").await;
    ben.reads_line("Someone sent you a group’s link").await;
    ben.join().await;
    ben.sees("heading", "Hiking").await;
    ben.reads_line("1 person").await;
    ben.press("button", "Ask to join").await;
    ben.is_told("You asked to join").await;
    ben.is_told("The group opens in your chats once an admin lets you in.").await;

    step("Ada is told, lets him in, and he comes from his page into the conversation; they talk");
    ada.visit("").await;
    ada.open_chat("Hiking").await;
    ada.is_told("Somebody asks to join.").await;
    ada.press("link", "See who").await;
    ada.press("button", "Let in Ben").await;
    ada.sees_no("button", "Let in Ben").await;
    ben.sees("textbox", "Message").await;
    ben.write("Glad to be here").await;
    ada.open_chat("Hiking").await;
    until("Ada to read Ben", async || {
        let bubbles = ada.bubbles().await?;
        let last = bubbles.last().is_some_and(|last| last.author == "Ben" && last.text == "Glad to be here");
        last.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
    })
    .await;
    ada.is_told_no_more("Somebody asks to join.").await;
}

async fn is_declined_and_takes_it_back(ada: &Browser, cleo: &Browser, link: &str) {
    step("Cleo asks by the same link and is declined: she is told nothing, and takes her request back");
    cleo.open_link(link).await;
    cleo.join().await;
    cleo.press("button", "Ask to join").await;
    cleo.is_told("The group opens in your chats once an admin lets you in.").await;
    ada.press("link", "See who").await;
    ada.press("button", "Decline Cleo").await;
    ada.press("button", "Decline").await;
    ada.sees_no("button", "Decline Cleo").await;
    assert!(cleo.has("button", "Withdraw request").await.expect("a page"));
    cleo.press("button", "Withdraw request").await;
    cleo.sees("button", "Ask to join").await;
}

async fn replaces_the_link(ada: &Browser, cleo: &Browser, link: &str) -> String {
    step("Ada replaces the link: the old one says so, the new one opens");
    opens_the_page(ada).await;
    ada.press("button", "Replace the link The old one stops working").await;
    ada.press("button", "Replace").await;
    let fresh = until("another link", async || {
        let shown = ada.read("textbox", "Invite link").await;
        if shown == link { Err(shown) } else { Ok(shown) }
    })
    .await;
    cleo.visit("").await;
    cleo.open_link(link).await;
    until("Cleo to be told that the link was replaced", async || {
        let text = cleo.text().await?;
        if text.contains("Ask to join") {
            // She was quicker than the word that it was replaced.
            cleo.visit("").await;
            cleo.open_link(link).await;
        }
        text.contains("This link was switched off or replaced.").then_some(()).ok_or(text)
    })
    .await;
    cleo.open_link(&fresh).await;
    cleo.sees("button", "Ask to join").await;
    fresh
}

async fn opens_what_they_are_in(ben: &Browser, link: &str) {
    step("Ben, who is in it, opens the new link and is in the conversation");
    ben.visit("").await;
    ben.open_link(link).await;
    ben.sees("textbox", "Message").await;
}

async fn the_group_is_moved(ada: &Browser, ben: &Browser) {
    step("Ada moves the group to a fresh one; both go on in the same conversation");
    opens_the_page(ada).await;
    ada.press("button", "Move to a fresh group Everyone comes along, and nothing that was written is lost").await;
    ada.press("button", "Move").await;
    ada.reads_line("You moved the group to a fresh one.").await;
    ben.reads_line("Ada moved the group to a fresh one.").await;
    ada.write("Are you with me?").await;
    until("Ben to read on", async || {
        let bubbles = ben.bubbles().await?;
        let last = bubbles.last().is_some_and(|last| last.author == "Ada" && last.text == "Are you with me?");
        last.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
    })
    .await;
    ben.write("Always").await;
    ada.sees_rows(&[("Hiking", 0)]).await;
    ada.reads_line("Always").await;
}
