//! What is done with a message: its menu, answers, edits, reactions, dialogs.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    Element, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit, PointerEvent, PointerEventInit,
};
use xchat::ui::chat::offers::{Offer, offers};
use xchat::ui::chat::place::tops;
use xchat::ui::widgets::walk::step;
use xchat_engine::api::{
    Author, Body, ChatId, ChatState, ChatView, Command, Connection, Event, Known, Mark, MessageView, PersonId, PinView,
    Reaction, Receipt, Version,
};

use crate::stand::{HIKING, NOOR, Stand, account, bubbling, name_of, noor, said, wrote};

/// A conversation with one message of hers and one of this person's.
async fn talk() -> Stand {
    opened(vec![said(1, "Shall we?"), wrote(2, Mark::Sent)]).await
}

/// A conversation with these messages, once it has taken the focus: later it would take it away.
pub(crate) async fn opened(messages: Vec<MessageView>) -> Stand {
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    let taken = || focused().matches(".composer__input, .timeline").expect("a selector");
    stand.until("it to take the focus", taken).await;
    stand
}

fn send(target: &Element, event: &web_sys::Event) {
    target.dispatch_event(event).expect("sent");
}

fn right_click(target: &Element) {
    let init = bubbling();
    init.set_cancelable(true);
    let event = web_sys::Event::new_with_event_init_dict("contextmenu", &init).expect("an event");
    send(target, &event);
    assert!(event.default_prevented(), "the browser's own menu stays away");
}

pub(crate) fn press_key(key: &str) {
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    send(&focused(), &event);
}

fn touch(target: &Element, kind: &str, x: i32) {
    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_pointer_type("touch");
    init.set_client_x(x);
    send(target, &PointerEvent::new_with_event_init_dict(kind, &init).expect("an event"));
}

fn focused() -> Element {
    document().active_element().expect("something has the focus")
}

pub(crate) async fn bubble(stand: &Stand, order: u64) -> Element {
    let selector = format!(".bubble[data-order='{order}']");
    stand.until("the bubble", || !stand.all(&selector).is_empty()).await;
    stand.all(&selector).remove(0)
}

pub(crate) fn menu(stand: &Stand) -> Vec<String> {
    stand.all("[role=menu] .menu__item").iter().map(name_of).collect()
}

async fn open_menu(stand: &Stand, order: u64) {
    right_click(&bubble(stand, order).await);
    stand.until("the menu", || !menu(stand).is_empty()).await;
}

pub(crate) async fn choose(stand: &Stand, order: u64, line: &str) {
    open_menu(stand, order).await;
    stand.press("[role=menuitem]", line).await;
    stand.until("the menu to go", || menu(stand).is_empty()).await;
}

async fn field(stand: &Stand) -> HtmlTextAreaElement {
    stand.find("textarea", "Message").await.unchecked_into()
}

fn lines(chat: &ChatView, message: &MessageView) -> Vec<Offer> {
    offers(chat, message)
}

#[wasm_bindgen_test]
fn a_menu_holds_what_the_engine_would_do_and_no_more() {
    use Offer::{Copy, Delete, Details, Edit, Forward, Pin, Reply, Select, Unpin};
    let open = noor(ChatState::Open);
    assert_eq!(lines(&open, &said(1, "Hi")), [Reply, Copy, Forward, Pin, Details, Select, Delete]);
    assert_eq!(lines(&open, &wrote(1, Mark::Read)), [Reply, Edit, Copy, Forward, Pin, Details, Select, Delete]);
    assert_eq!(lines(&open, &wrote(1, Mark::Failed)), [Copy, Forward, Details, Select, Delete]);
    let passed_on = MessageView { forwarded: true, ..wrote(1, Mark::Sent) };
    assert!(!lines(&open, &passed_on).contains(&Edit), "its words are somebody else's");
    assert_eq!(lines(&open, &MessageView { body: Body::Deleted, ..said(1, "") }), [Select, Delete]);
    assert_eq!(
        lines(&open, &MessageView { body: Body::Unsupported, ..said(1, "") }),
        [Reply, Pin, Details, Select, Delete]
    );
    for state in [ChatState::New, ChatState::Request, ChatState::Blocked] {
        assert_eq!(lines(&noor(state), &said(1, "Hi")), [Copy, Forward, Details, Select, Delete]);
    }
    let pinned = ChatView { pins: vec![PinView { order: 1, text: "Hi".to_owned() }], ..open };
    assert!(lines(&pinned, &said(1, "Hi")).contains(&Unpin));
    assert!(lines(&pinned, &said(2, "Hi")).contains(&Pin));
}

#[wasm_bindgen_test]
fn arrows_lead_along_the_row_of_emoji_and_down_the_lines_and_around() {
    let to = |key, at| step(key, at, 6, 12, false);
    assert_eq!(to("ArrowRight", 0), Some(1));
    assert_eq!(to("ArrowRight", 5), Some(0));
    assert_eq!(to("ArrowLeft", 0), Some(5));
    assert_eq!(to("ArrowRight", 6), None, "the lines stand one under the other");
    assert_eq!(to("ArrowDown", 3), Some(6));
    assert_eq!(to("ArrowDown", 11), Some(0));
    assert_eq!(to("ArrowUp", 6), Some(0));
    assert_eq!(to("ArrowUp", 7), Some(6));
    assert_eq!(to("ArrowUp", 2), Some(11));
    assert_eq!(to("Home", 7), Some(0));
    assert_eq!(to("End", 7), Some(11));
    assert_eq!(to("a", 7), None);
    assert_eq!(step("ArrowLeft", 0, 6, 12, true), Some(1), "from right to left");
    assert_eq!(step("ArrowUp", 0, 0, 3, false), Some(2));
    assert_eq!(step("ArrowDown", 0, 0, 0, false), None);
}

#[wasm_bindgen_test]
fn a_menu_leaves_its_bubble_free_where_there_is_room_and_stays_in_the_window() {
    assert_eq!(tops((200.0, 240.0), 50.0, 250.0, 800.0), (144.0, 246.0), "around it");
    assert_eq!(tops((700.0, 740.0), 50.0, 250.0, 800.0), (388.0, 444.0), "above it");
    assert_eq!(tops((40.0, 780.0), 50.0, 250.0, 800.0), (12.0, 538.0), "over it: there is no room");
    assert_eq!(tops((100.0, 140.0), 0.0, 250.0, 300.0), (38.0, 38.0), "without a row of emoji");
    assert_eq!(tops((5.0, 45.0), 50.0, 250.0, 800.0), (12.0, 68.0), "the bubble is half out of the window");
}

#[wasm_bindgen_test]
async fn the_other_mouse_button_opens_the_menu_and_escape_closes_it_and_gives_the_focus_back() {
    let stand = talk().await;
    let field = field(&stand).await;
    field.focus().expect("it takes the focus");
    open_menu(&stand, 1).await;
    assert_eq!(menu(&stand), ["Reply", "Copy text", "Forward", "Pin", "Details", "Select", "Delete"]);
    assert_eq!(stand.all("[role=menu] [role=menuitemcheckbox]").len(), 6);
    stand.until("the first line to have the focus", || name_of(&focused()) == "Reply").await;
    press_key("ArrowDown");
    assert_eq!(name_of(&focused()), "Copy text");
    press_key("Home");
    assert_eq!(name_of(&focused()), "React with 👍");
    press_key("Escape");
    stand.until("the menu to go", || menu(&stand).is_empty()).await;
    assert_eq!(name_of(&focused()), "Message");
}

#[wasm_bindgen_test]
async fn the_keyboard_goes_from_message_to_message_and_opens_their_menus() {
    let stand = talk().await;
    bubble(&stand, 2).await;
    stand.find("[role=log]", "Messages").await.unchecked_into::<HtmlElement>().focus().expect("it takes the focus");
    press_key("ArrowUp");
    assert_eq!(focused().get_attribute("data-order").as_deref(), Some("2"));
    press_key("ArrowUp");
    assert_eq!(focused().get_attribute("data-order").as_deref(), Some("1"));
    press_key("ContextMenu");
    stand.until("the menu", || menu(&stand).contains(&"Reply".to_owned())).await;
    stand.until("it to have the focus", || name_of(&focused()) == "Reply").await;
    press_key("Escape");
    stand.until("the menu to go", || menu(&stand).is_empty()).await;
    assert_eq!(focused().get_attribute("data-order").as_deref(), Some("1"), "the focus is back");
    press_key("ArrowDown");
    assert_eq!(focused().get_attribute("data-order").as_deref(), Some("2"));
}

#[wasm_bindgen_test]
async fn a_long_press_opens_the_menu_unless_the_finger_moves_or_is_lifted() {
    let stand = talk().await;
    let first = bubble(&stand, 1).await;
    for (then, x) in [("pointermove", 60), ("pointerup", 10)] {
        touch(&first, "pointerdown", 10);
        touch(&first, then, x);
        // Longer than a long press.
        TimeoutFuture::new(600).await;
        assert!(menu(&stand).is_empty(), "{then}");
    }
    touch(&first, "pointerdown", 10);
    touch(&first, "pointermove", 12);
    stand.until("the menu", || !menu(&stand).is_empty()).await;
    // The finger is lifted over what dims the page.
    stand.all(".scrim")[0].unchecked_ref::<HtmlElement>().click();
    assert!(!menu(&stand).is_empty());
}

#[wasm_bindgen_test]
async fn the_button_beside_a_bubble_opens_its_menu() {
    let stand = talk().await;
    let more = bubble(&stand, 2).await.query_selector("button").expect("a selector").expect("a button");
    assert_eq!(name_of(&more), "Message actions");
    more.unchecked_into::<HtmlElement>().click();
    stand.until("the menu", || menu(&stand).contains(&"Edit".to_owned())).await;
}

#[wasm_bindgen_test]
async fn an_answer_shows_what_it_answers_and_is_sent_as_one() {
    let stand = talk().await;
    choose(&stand, 1, "Reply").await;
    stand.find(".composer__context b", "Reply to Noor").await;
    stand.find(".composer__context p", "Shall we?").await;
    assert_eq!(name_of(&focused()), "Message");
    stand.type_into("textarea", "Message", "Yes").await;
    stand.press("button", "Send").await;
    stand.asked(Command::Reply { chat: NOOR, order: 1, text: "Yes".to_owned(), tag: 0 }).await;
    stand.until("the block to go", || stand.all(".composer__context").is_empty()).await;
    // It was not stored: what was written and what it answers come back.
    stand.session.apply(Event::NotWritten { tag: 0, problem: None });
    stand.find(".composer__context b", "Reply to Noor").await;
    let field = field(&stand).await;
    stand.until("the words", || field.value() == "Yes").await;
    stand.press(".composer__context button", "Cancel").await;
    stand.press("button", "Send").await;
    stand.asked(Command::Send { chat: NOOR, text: "Yes".to_owned(), tag: 1 }).await;
}

#[wasm_bindgen_test]
async fn what_is_answered_can_vanish_meanwhile() {
    let stand = talk().await;
    choose(&stand, 1, "Reply").await;
    stand.find(".composer__context b", "Reply to Noor").await;
    open_menu(&stand, 1).await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 1 });
    stand.until("the menu to go with it", || menu(&stand).is_empty()).await;
    stand.until("the block to go with it", || stand.all(".composer__context").is_empty()).await;
}

#[wasm_bindgen_test]
async fn an_edit_begins_with_the_old_words_and_leaves_the_draft_alone() {
    let stand = talk().await;
    let field = field(&stand).await;
    stand.type_into("textarea", "Message", "half a thou").await;
    choose(&stand, 2, "Edit").await;
    stand.until("the old words", || field.value() == "mine").await;
    stand.find(".composer__context b", "Edit message").await;
    stand.type_into("textarea", "Message", "mine, mended").await;
    stand.press("button", "Save changes").await;
    stand.asked(Command::Edit { chat: NOOR, order: 2, text: "mine, mended".to_owned() }).await;
    stand.until("the draft", || field.value() == "half a thou").await;
    choose(&stand, 2, "Edit").await;
    stand.until("the old words", || field.value() == "mine").await;
    press_key("Escape");
    stand.until("the draft", || field.value() == "half a thou").await;
}

#[wasm_bindgen_test]
async fn an_arrow_up_in_an_empty_composer_edits_the_last_own_message() {
    let passed_on = MessageView { forwarded: true, ..wrote(2, Mark::Sent) };
    let stand = opened(vec![wrote(1, Mark::Read), passed_on, wrote(3, Mark::Failed)]).await;
    bubble(&stand, 3).await;
    let field = field(&stand).await;
    field.focus().expect("it takes the focus");
    stand.type_into("textarea", "Message", "x").await;
    press_key("ArrowUp");
    assert!(stand.all(".composer__context").is_empty(), "there, an arrow moves the caret");
    stand.type_into("textarea", "Message", "").await;
    press_key("ArrowUp");
    stand.until("the old words", || field.value() == "mine").await;
    stand.type_into("textarea", "Message", "mended").await;
    stand.press("button", "Save changes").await;
    stand.asked(Command::Edit { chat: NOOR, order: 1, text: "mended".to_owned() }).await;
}

#[wasm_bindgen_test]
async fn a_reaction_is_given_from_the_menu_and_given_or_taken_back_by_its_chip() {
    let heart = Reaction { emoji: "❤️".to_owned(), count: 1, mine: true, people: Vec::new() };
    let tada = Reaction {
        emoji: "🎉".to_owned(),
        count: 1,
        mine: false,
        people: vec![Author { person: PersonId([2; 32]), name: String::new(), colour: 1 }],
    };
    let message = MessageView { reactions: vec![heart, tada], ..said(1, "Hi") };
    let stand = opened(vec![message]).await;
    let react = |emoji: &str, on| Command::React { chat: NOOR, order: 1, emoji: emoji.to_owned(), on };
    stand.press("button[aria-pressed=true]", "❤️ 1: You").await;
    stand.asked(react("❤️", false)).await;
    stand.press("button[aria-pressed=false]", "🎉 1: Noor").await;
    stand.asked(react("🎉", true)).await;
    open_menu(&stand, 1).await;
    stand.find("[role=menuitemcheckbox][aria-checked=true]", "React with ❤️").await;
    stand.press("[role=menuitemcheckbox][aria-checked=false]", "React with 😮").await;
    stand.asked(react("😮", true)).await;
    stand.until("the menu to go", || menu(&stand).is_empty()).await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::Blocked) });
    stand.until("the chips to rest", || stand.all(".reaction:disabled").len() == 2).await;
}

#[wasm_bindgen_test]
async fn deleting_asks_for_whom_and_offers_everyone_only_for_own_messages() {
    let stand = talk().await;
    choose(&stand, 1, "Delete").await;
    stand.find("h2", "Delete this message?").await;
    assert!(stand.named("dialog button", "Delete for everyone").is_none());
    stand.press("dialog button", "Delete for me").await;
    stand.asked(Command::DeleteForMe { chat: NOOR, order: 1 }).await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    choose(&stand, 2, "Delete").await;
    stand.press("dialog button", "Delete for everyone").await;
    stand.asked(Command::DeleteForAll { chat: NOOR, order: 2 }).await;
}

#[wasm_bindgen_test]
async fn a_message_is_forwarded_to_the_conversations_that_are_chosen() {
    let stand = talk().await;
    let asks = ChatView { id: ChatId([9; 16]), name: "Ines".to_owned(), ..noor(ChatState::Request) };
    let chats =
        vec![noor(ChatState::Open), ChatView { id: HIKING, name: "Sam".to_owned(), ..noor(ChatState::New) }, asks];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    choose(&stand, 1, "Forward").await;
    stand.find("h2", "Forward to").await;
    assert_eq!(stand.all(".pick li").len(), 2, "nothing can be written to Ines");
    assert!(stand.named("dialog button:not([disabled])", "Forward").is_none());
    stand.press(".pick label", "Sam").await;
    stand.press("dialog button", "Forward").await;
    stand.asked(Command::Forward { chat: NOOR, order: 1, to: vec![HIKING] }).await;
}

#[wasm_bindgen_test]
async fn a_message_is_pinned_and_taken_down() {
    let stand = talk().await;
    choose(&stand, 1, "Pin").await;
    stand.asked(Command::Pin { chat: NOOR, order: 1, on: true }).await;
    let pins = vec![PinView { order: 1, text: "Shall we?".to_owned() }];
    stand.session.apply(Event::Chat { chat: ChatView { pins, ..noor(ChatState::Open) } });
    choose(&stand, 1, "Unpin").await;
    stand.asked(Command::Pin { chat: NOOR, order: 1, on: false }).await;
}

#[wasm_bindgen_test]
async fn details_say_who_has_a_message_and_what_it_said_before() {
    let stand = talk().await;
    choose(&stand, 2, "Details").await;
    stand.asked(Command::Details { chat: NOOR, order: 2 }).await;
    stand.find("h2", "Details").await;
    let person = Author { person: PersonId([2; 32]), name: String::new(), colour: 1 };
    let receipts = vec![Receipt { person, delivered: Some(1_700_000_000_000), read: Some(1_700_000_100_000) }];
    let versions = vec![Version { text: "minn".to_owned(), time: 1_700_000_000_000 }];
    let known = Known { receipts: receipts.clone(), ..Known::default() }.to_bytes().into();
    stand.session.apply(Event::Details { chat: NOOR, order: 1, known });
    // Drawn by then, if it were drawn.
    TimeoutFuture::new(50).await;
    assert!(stand.named("dialog h3", "Who has it").is_none(), "an answer about another message");
    let known = Known { receipts, versions, votes: Vec::new() }.to_bytes().into();
    stand.session.apply(Event::Details { chat: NOOR, order: 2, known });
    stand.find("dialog h3", "Who has it").await;
    stand.find("dialog bdi", "Noor").await;
    stand.find("dialog bdi", "minn").await;
    let read = |line: &Element| line.text_content().is_some_and(|text| text.starts_with("Read · "));
    assert!(stand.all("dialog .setting__sub").iter().any(read));
}

#[wasm_bindgen_test]
async fn what_is_typed_is_kept_at_once_when_the_page_goes_to_the_back() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await;
    stand.type_into("textarea", "Message", "half a thou").await;
    let kept =
        |command: &Command| matches!(command, Command::Draft { draft: Some(draft), .. } if draft.text == "half a thou");
    assert!(!stand.asked.borrow().iter().any(kept));
    let hide = "Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        delete document.visibilityState;";
    js_sys::Function::new_no_args(hide).call0(&wasm_bindgen::JsValue::NULL).unwrap();
    // Not after a while: now.
    assert!(stand.asked.borrow().iter().any(kept));
}

#[wasm_bindgen_test]
async fn a_few_emoji_alone_are_large() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "🎉👍🏽"), said(2, "🎉 yes")]).await;
    stand.until("the words", || stand.all(".bubble").len() == 2).await;
    let large = stand.all(".bubble__emoji");
    assert_eq!(large.len(), 1);
    assert_eq!(large[0].text_content().as_deref(), Some("🎉👍🏽"));
}

#[wasm_bindgen_test]
async fn a_contact_link_or_an_invite_opens_in_this_page_and_all_else_in_another() {
    let here = window().location().href().unwrap();
    let page = here.split('#').next().unwrap();
    let links = [
        (format!("{page}#add/x"), None),
        (format!("{page}#join/x"), None),
        (format!("{page}#settings"), Some("_blank")),
        ("https://x.example/#add/x".to_owned(), Some("_blank")),
    ];
    let words = links.iter().map(|(href, _)| href.as_str()).collect::<Vec<_>>().join(" ");
    let stand = opened(vec![said(1, &words)]).await;
    let bubble = bubble(&stand, 1).await;
    let shown = bubble.query_selector_all("a[href]").expect("a selector");
    let shown: Vec<Element> = (0..shown.length()).filter_map(|at| shown.get(at)?.dyn_into().ok()).collect();
    let shown: Vec<_> = shown.iter().map(|link| (link.get_attribute("href"), link.get_attribute("target"))).collect();
    assert_eq!(shown, links.map(|(href, target)| (Some(href), target.map(str::to_owned))));
}
