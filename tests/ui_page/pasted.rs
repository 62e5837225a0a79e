//! What is pasted under New chat: a link among words, or an address, which is none.

use leptos::prelude::document;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, Command};

use crate::stand::{Stand, noor};

const ADDRESS: &str = "xc1af9xcclzn3fq40h42pa3xtk9lx25wa4wh6l8hyjzrm4xj9zx6gkqerumu0";
const SAID: &str = "This is an address: it tells who somebody is. To write to them, ask for their link or their code.";

#[wasm_bindgen_test]
async fn a_link_is_found_among_the_words_it_was_pasted_with() {
    let link = format!("https://x.example/#add/{}", "A".repeat(64));
    let group = format!("https://x.example/#join/{}", "A".repeat(22));
    let bare = format!("x.example/#add/{}", "A".repeat(64));
    let stand = Stand::with(noor(ChatState::Open), "#new");
    for (pasted, link) in [
        (format!("Here is my link: {link} - see you!"), &link),
        (format!("My link:{link}!"), &link),
        (format!("\u{ab}\u{a0}{link}\u{a0}\u{bb}?"), &link),
        (format!("Come in: <{group}>;"), &group),
        (format!("{bare}]"), &bare),
        // As a field leaves what stood on lines of their own.
        (format!("Here:{link}See you"), &link),
        (format!("Here:{group}See you"), &group),
    ] {
        stand.asked.borrow_mut().clear();
        stand.type_into("input", "Their link", &pasted).await;
        stand.press("button", "Add").await;
        stand.until("it to be opened", || !stand.asked.borrow().is_empty()).await;
        let asked = stand.asked.borrow().last().cloned();
        let found =
            matches!(&asked, Some(Command::OpenLink { link: it } | Command::OpenInvite { link: it }) if it == link);
        assert!(found, "{pasted}: {asked:?}");
    }
}

#[wasm_bindgen_test]
async fn an_address_is_named_as_one_and_not_asked_for() {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    let opened = || stand.asked.borrow().iter().filter(|c| matches!(c, Command::OpenLink { .. })).count();
    for pasted in [ADDRESS.to_owned(), ADDRESS.to_uppercase(), format!("I am {ADDRESS}."), ADDRESS[..30].to_owned()] {
        stand.type_into("input", "Their link", &pasted).await;
        stand.until("what was said to go", || stand.all(".field__error").is_empty()).await;
        stand.press("button", "Add").await;
        stand.find(".field__error", SAID).await;
    }
    assert_eq!(opened(), 0);
    // A link is one, whatever stands beside it; and so may be its 64 characters alone.
    let link = format!("https://x.example/#add/{}", "A".repeat(64));
    for pasted in [format!("{ADDRESS} {link}"), format!("xc1{}", "A".repeat(61))] {
        let before = opened();
        stand.type_into("input", "Their link", &pasted).await;
        stand.press("button", "Add").await;
        stand.until("it to be opened", || opened() > before).await;
        stand.until("nothing to be said of an address", || stand.all(".field__error").is_empty()).await;
    }
}

#[wasm_bindgen_test]
async fn the_link_of_a_device_is_named_as_one_and_an_empty_field_has_the_next_key() {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    let field = stand.find("input", "Their link").await;
    stand.press("button", "Add").await;
    stand.until("the field to be where one types", || document().active_element().as_ref() == Some(&field)).await;
    stand.type_into("input", "Their link", "https://x.example/#link/AAAA").await;
    stand.press("button", "Add").await;
    stand.find(".field__error", "This link is of a device. Open Settings, then Devices, to use it.").await;
    let opened = stand.asked.borrow().iter().any(|command| matches!(command, Command::OpenLink { .. }));
    assert!(!opened);
}
