//! How conversations are kept: the menu of a row, its signs, the chips, the drafts.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use xchat_engine::api::{
    Arrange, Arrangement, ChatId, ChatState, ChatView, Command, Connection, Draft, Event, FOR_EVER,
};

use crate::stand::{NOOR, Stand, account, name_of, noor, open, said};

const SAM: ChatId = ChatId([9; 16]);

fn sam() -> ChatView {
    ChatView { id: SAM, name: "Sam".to_owned(), time: 1_800_000_000_000, ..noor(ChatState::Open) }
}

fn kept(chat: ChatView, arranged: Arrangement) -> ChatView {
    ChatView { arranged: Box::new(arranged), ..chat }
}

fn both(noor: ChatView, sam: ChatView) -> Stand {
    let stand = Stand::at("");
    let chats = vec![noor, sam];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    stand
}

/// Names of the rows, from above.
fn names(stand: &Stand) -> Vec<String> {
    stand.all(".list-row__name bdi").iter().map(name_of).collect()
}

/// Calls the menu of the only row.
async fn call(stand: &Stand) {
    stand.until("a row", || !stand.all("a.list-row").is_empty()).await;
    let row: HtmlElement = stand.all("a.list-row").remove(0).unchecked_into();
    row.focus().unwrap();
    let event = event("contextmenu");
    // As a key gives it: no pointer is over the row.
    for at in ["clientX", "clientY"] {
        js_sys::Reflect::set(&event, &at.into(), &0.into()).unwrap();
    }
    row.dispatch_event(&event).unwrap();
    assert!(event.default_prevented(), "the browser's own menu stays away");
    stand.until("the menu", || focused(stand).is_some()).await;
}

/// The line of the menu that has the focus.
fn focused(stand: &Stand) -> Option<String> {
    let here = document().active_element();
    stand.all("[role=menuitem]").iter().find(|line| Some(*line) == here.as_ref()).map(name_of)
}

fn event(kind: &str) -> web_sys::Event {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    web_sys::Event::new_with_event_init_dict(kind, &init).unwrap()
}

fn key(key: &str) {
    let event = event("keydown");
    js_sys::Reflect::set(&event, &"key".into(), &key.into()).unwrap();
    document().active_element().unwrap().dispatch_event(&event).unwrap();
}

fn lines(stand: &Stand) -> Vec<String> {
    stand.all("[role=menu] [role=menuitem]").iter().map(name_of).collect()
}

#[wasm_bindgen_test]
async fn a_row_has_a_menu_that_keys_walk_and_that_gives_the_focus_back() {
    let stand = Stand::with(noor(ChatState::Open), "");
    call(&stand).await;
    assert_eq!(lines(&stand), ["Pin", "Mute", "Archive", "Mark as unread", "Delete"]);
    assert_eq!(focused(&stand).as_deref(), Some("Pin"));
    for (press, there) in [("ArrowDown", "Mute"), ("ArrowUp", "Pin"), ("ArrowUp", "Delete"), ("ArrowDown", "Pin")] {
        key(press);
        assert_eq!(focused(&stand).as_deref(), Some(there), "{press}");
    }
    key("Escape");
    stand.until("no menu", || lines(&stand).is_empty()).await;
    let here = document().active_element().unwrap();
    assert!(here.matches(".list-row").unwrap(), "{}", here.outer_html());
}

#[wasm_bindgen_test]
async fn each_line_asks_for_what_it_says() {
    for (line, change) in
        [("Pin", Arrange::Pin(Some(0))), ("Archive", Arrange::Archive(true)), ("Mark as unread", Arrange::Unread(true))]
    {
        let stand = Stand::with(noor(ChatState::Open), "");
        call(&stand).await;
        stand.press("[role=menuitem]", line).await;
        stand.asked(Command::Arrange { chat: NOOR, change }).await;
    }
    let all =
        Arrangement { archived: None, muted_until: Some(FOR_EVER), pinned: Some(1), unread: true, verified: false };
    let chat = ChatView { last: Some(said(3, "Hi")), ..kept(noor(ChatState::Open), all) };
    for (line, command) in [
        ("Unpin", Command::Arrange { chat: NOOR, change: Arrange::Pin(None) }),
        ("Unmute", Command::Arrange { chat: NOOR, change: Arrange::Mute(None) }),
        ("Mark as read", Command::Seen { chat: NOOR, order: 3 }),
    ] {
        let stand = Stand::with(chat.clone(), "");
        call(&stand).await;
        stand.press("[role=menuitem]", line).await;
        stand.asked(command).await;
    }
    let stand = Stand::with(noor(ChatState::Open), "");
    call(&stand).await;
    stand.press("[role=menuitem]", "Delete").await;
    stand.press("dialog button", "Delete").await;
    stand.asked(Command::Delete { chat: NOOR }).await;
}

#[wasm_bindgen_test]
async fn muting_asks_for_how_long() {
    for (line, hours) in
        [("For 1 hour", Some(1.0)), ("For 8 hours", Some(8.0)), ("For 1 week", Some(168.0)), ("Always", None)]
    {
        let stand = Stand::with(noor(ChatState::Open), "");
        call(&stand).await;
        stand.press("[role=menuitem]", "Mute").await;
        stand.press("[role=menuitem]", line).await;
        let until = || {
            stand.asked.borrow().iter().find_map(|command| match command {
                Command::Arrange { chat: NOOR, change: Arrange::Mute(Some(until)) } => Some(*until),
                _ => None,
            })
        };
        stand.until("it to be muted", || until().is_some()).await;
        match hours {
            None => assert_eq!(until(), Some(FOR_EVER)),
            Some(hours) => {
                let left = until().unwrap() as f64 - js_sys::Date::now();
                assert!((left / 3_600_000.0 - hours).abs() < 0.1, "{line}: {left}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn pinned_rows_stand_first_and_signs_say_how_a_row_is_kept() {
    let pin = |place| Arrangement { pinned: Some(place), ..Arrangement::default() };
    let stand = both(noor(ChatState::Open), sam());
    stand.until("two rows", || names(&stand) == ["Sam", "Noor"]).await;
    stand.session.apply(Event::Chat { chat: kept(noor(ChatState::Open), pin(5)) });
    stand.until("the pinned one first", || names(&stand) == ["Noor", "Sam"]).await;
    stand.session.apply(Event::Chat { chat: kept(sam(), pin(4)) });
    stand.until("their order", || names(&stand) == ["Sam", "Noor"]).await;
    stand.find(".list-row__flags .visually-hidden", "Pinned").await;
    let muted = Arrangement { muted_until: Some(FOR_EVER), unread: true, ..Arrangement::default() };
    stand.session.apply(Event::Chat { chat: kept(sam(), muted) });
    stand.find(".list-row__name .visually-hidden", "Muted").await;
    stand.find(".badge--quiet", "Marked unread").await;
}

#[wasm_bindgen_test]
async fn what_is_muted_does_not_count_in_the_title() {
    let unread = |chat| ChatView { unread: 2, ..chat };
    let muted = Arrangement { muted_until: Some(FOR_EVER), ..Arrangement::default() };
    let stand = both(unread(noor(ChatState::Open)), kept(unread(sam()), muted));
    stand.until("the title", || document().title().starts_with("(2)")).await;
    let past = Arrangement { muted_until: Some(1), ..Arrangement::default() };
    stand.session.apply(Event::Chat { chat: kept(unread(sam()), past) });
    stand.until("both", || document().title().starts_with("(4)")).await;
}

#[wasm_bindgen_test]
async fn chips_show_what_they_say_and_the_archive_shows_nowhere_else() {
    let archived = Arrangement { archived: Some(1), ..Arrangement::default() };
    let stand = both(ChatView { unread: 1, ..noor(ChatState::Open) }, sam());
    stand.until("two rows", || names(&stand).len() == 2).await;
    assert!(stand.named(".chip", "Archived").is_none() && stand.named(".chip", "Requests").is_none());
    stand.press(".chip", "Unread 1").await;
    stand.until("the unread one", || names(&stand) == ["Noor"]).await;
    stand.press(".chip", "Groups").await;
    stand.find("p", "Nothing here now").await;
    stand.press(".chip", "All").await;
    stand.session.apply(Event::Chat { chat: kept(sam(), archived) });
    stand.until("one row", || names(&stand) == ["Noor"]).await;
    stand.press(".chip", "Archived").await;
    stand.until("the archived one", || names(&stand) == ["Sam"]).await;
    stand.session.apply(Event::Chat { chat: sam() });
    stand.until("all, as there is no archive any more", || names(&stand) == ["Sam", "Noor"]).await;
}

#[wasm_bindgen_test]
async fn what_is_marked_unread_is_not_once_it_is_opened() {
    let marked = Arrangement { unread: true, ..Arrangement::default() };
    let stand = Stand::with(kept(noor(ChatState::Open), marked), &open(NOOR));
    stand.asked(Command::Arrange { chat: NOOR, change: Arrange::Unread(false) }).await;
}

fn drafts(stand: &Stand) -> Vec<Option<String>> {
    let asked = stand.asked.borrow();
    let draft = |command: &Command| match command {
        Command::Draft { draft, .. } => Some(draft.as_ref().map(|draft| draft.text.clone())),
        _ => None,
    };
    asked.iter().filter_map(draft).collect()
}

#[wasm_bindgen_test]
async fn a_draft_is_kept_once_when_the_typing_rests() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    for text in ["h", "ha", "hal", "half"] {
        stand.type_into("textarea", "Message", text).await;
    }
    stand.until("the draft to be kept", || !drafts(&stand).is_empty()).await;
    assert_eq!(drafts(&stand), [Some("half".to_owned())], "once");
}

#[wasm_bindgen_test]
async fn a_draft_comes_back_after_a_reload_and_from_another_device() {
    let begun = |text: &str| Draft { text: text.to_owned(), reply: None };
    let chat = ChatView { draft: Some(Box::new(begun("half a thou"))), ..noor(ChatState::Open) };
    let stand = Stand::with(chat, &open(NOOR));
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.until("the draft", || field.value() == "half a thou").await;
    stand.session.apply(Event::Drafted { chat: NOOR, draft: Some(begun("a thought")) });
    stand.until("that of the other device", || field.value() == "a thought").await;
    stand.type_into("textarea", "Message", "typed here").await;
    stand.session.apply(Event::Drafted { chat: NOOR, draft: Some(begun("typed there")) });
    stand.until("it to be kept", || drafts(&stand).last() == Some(&Some("typed here".to_owned()))).await;
    assert_eq!(field.value(), "typed here");
    stand.session.apply(Event::Drafted { chat: NOOR, draft: None });
    stand.until("it to be gone", || field.value().is_empty()).await;
    assert_eq!(drafts(&stand).len(), 1, "what comes from elsewhere is not said again");
}

#[wasm_bindgen_test]
async fn notes_have_the_pages_name_and_nobody_to_verify_or_block() {
    let own = ChatView { notes: true, name: String::new(), ..noor(ChatState::Open) };
    let stand = Stand::with(own.clone(), "#new");
    stand.press("dialog button", "Notes to self").await;
    stand.asked(Command::OpenNotes).await;
    stand.session.apply(Event::Chat { chat: own });
    stand.session.apply(Event::LinkOpened { chat: NOOR });
    stand.find("h1", "Notes to self").await;
    assert!(
        stand.session.chats().with_untracked(|chats| untrack(|| chats.contacts())).is_empty(),
        "no group is made with oneself"
    );
    window().location().set_hash(&format!("#chat/{}/info", "07".repeat(16))).expect("an address");
    stand.find("h2", "Notes to self").await;
    stand.find("button", "Delete chat").await;
    assert!(stand.named("button", "Block Notes to self").is_none());
    assert!(stand.named("h2", "Safety number").is_none() && stand.named("h2", "Address").is_none());
}
