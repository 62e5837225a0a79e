//! Conversations by name: what is found, how it is said, and the keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use xchat_engine::api::{Arrangement, ChatId, ChatState, ChatView, Connection, Event};

use crate::help::key;
use crate::stand::{Stand, account, name_of, noor};

const FIELD: &str = ".search-field input";

fn called(name: &str, id: u8, time: u64) -> ChatView {
    ChatView { id: ChatId([id; 16]), name: name.to_owned(), time, ..noor(ChatState::Open) }
}

/// Four conversations, the last of them in the archive.
async fn four() -> Stand {
    let stand = Stand::at("");
    let archived = Box::new(Arrangement { archived: Some(1), ..Arrangement::default() });
    let chats = vec![
        called("Élodie O’Brien", 1, 40),
        called("Noor el-Amin", 2, 30),
        ChatView { unread: 1, ..called("Zoë Éluard", 3, 20) },
        ChatView { arranged: archived, ..called("Elias", 4, 10) },
    ];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    stand.until("the rows", || names(&stand).len() == 3).await;
    stand
}

/// Names of the rows, from above.
fn names(stand: &Stand) -> Vec<String> {
    stand.all(".list-row__name bdi").iter().map(name_of).collect()
}

/// Types into the field, and waits for these rows.
async fn finds(stand: &Stand, typed: &str, rows: &[&str]) {
    stand.type_into(FIELD, "Search", typed).await;
    stand.until(&format!("{rows:?} for {typed:?}"), || names(stand) == rows).await;
}

/// What a screen reader hears of the list.
fn said(stand: &Stand) -> String {
    name_of(&stand.all(".app__list .app__scroll [role=status]")[0])
}

fn has_focus(element: &Element) -> bool {
    document().active_element().as_ref() == Some(element)
}

#[wasm_bindgen_test]
async fn each_word_that_is_typed_begins_a_word_of_the_name_whatever_its_accents_and_capitals() {
    let stand = four().await;
    finds(&stand, "ELO", &["Élodie O’Brien"]).await;
    finds(&stand, "él", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard", "Elias"]).await;
    finds(&stand, " bri  elo ", &["Élodie O’Brien"]).await;
    finds(&stand, "amin", &["Noor el-Amin"]).await;
    finds(&stand, "zoe elu", &["Zoë Éluard"]).await;
    finds(&stand, "zoe elo", &[]).await;
    finds(&stand, "oor", &[]).await;
    finds(&stand, "  ", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard"]).await;
    // What the chip leaves out is not found; and who is renamed is found by the new name.
    finds(&stand, "el", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard", "Elias"]).await;
    stand.press(".chip", "Unread 1").await;
    stand.until("the unread one", || names(&stand) == ["Zoë Éluard"]).await;
    stand.press(".chip", "All").await;
    stand.session.apply(Event::Chat { chat: called("Nour", 2, 30) });
    stand.until("Nour to go", || names(&stand) == ["Élodie O’Brien", "Zoë Éluard", "Elias"]).await;
}

#[wasm_bindgen_test]
async fn how_many_were_found_is_said_and_that_nothing_was() {
    let stand = four().await;
    let line = || stand.all(".app__list .app__scroll [role=status]").remove(0);
    let hidden = || line().class_list().contains("visually-hidden");
    assert_eq!((said(&stand).as_str(), hidden()), ("", true));
    finds(&stand, "el", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard", "Elias"]).await;
    stand.until("the count", || said(&stand) == "4 found" && hidden()).await;
    finds(&stand, "els", &[]).await;
    // Whether anything else was found is said under it.
    stand.until("the sentence", || said(&stand) == "No chats found" && hidden()).await;
    finds(&stand, "", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard"]).await;
    stand.until("silence", || said(&stand).is_empty() && hidden()).await;
}

#[wasm_bindgen_test]
async fn keys_lead_to_the_field_along_the_rows_and_back_and_escape_clears_it() {
    let stand = four().await;
    let field = stand.find(FIELD, "Search").await;
    let body = document().body().unwrap();
    assert!(key(&body, "/", false) && has_focus(&field));
    assert!(!key(&field, "/", false), "it is typed");
    field.unchecked_ref::<HtmlElement>().blur().unwrap();
    assert!(key(&body, "k", true) && has_focus(&field));
    finds(&stand, "el", &["Élodie O’Brien", "Noor el-Amin", "Zoë Éluard", "Elias"]).await;
    let rows = stand.all("a.list-row");
    assert!(!key(&field, "ArrowUp", false) && has_focus(&field), "there is nothing above it");
    assert!(key(&field, "ArrowDown", false) && has_focus(&rows[0]));
    assert!(key(&rows[0], "ArrowDown", false) && has_focus(&rows[1]));
    assert!(key(&rows[1], "ArrowUp", false) && has_focus(&rows[0]));
    assert!(key(&rows[0], "ArrowUp", false) && has_focus(&field));
    key(&field, "Escape", false);
    stand.until("all of them", || names(&stand).len() == 3).await;
    assert_eq!(field.unchecked_ref::<HtmlInputElement>().value(), "");
}
