//! Mentions: what the field shows, what is sent, and the list that helps.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use xchat::ui::session::mention::{Picked, asked, spell, unspell};
use xchat_engine::api::{
    Body, ChatId, ChatState, ChatView, Command, Event, GroupView, MemberView, Part, PersonId, Role, Span, Who,
};
use xchat_engine::identity::parse_address;

use crate::stand::{HIKING, Stand, noor};

/// A real one.
const NOOR_ADDRESS: &str = "xc1af9xcclzn3fq40h42pa3xtk9lx25wa4wh6l8hyjzrm4xj9zx6gkqerumu0";

fn picked(name: &str, address: &str) -> Picked {
    Picked { name: name.to_owned(), address: address.to_owned() }
}

#[wasm_bindgen_test]
fn a_picked_name_is_sent_as_a_link_that_the_engine_takes_for_a_mention() {
    for name in ["Noor", "No]or [*x*]", "Ann\\Lee", "Zoë_b_ `c`", "<b> ~~d~~ & e"] {
        let sent = spell(&format!("hey @{name}, look"), &[picked(name, NOOR_ADDRESS)]);
        let Body::Text { parts, .. } = Body::text(sent.clone()) else { unreachable!("it is a text") };
        let [Part::Paragraph(line)] = parts.as_slice() else { panic!("{sent} is {parts:?}") };
        let person = PersonId(*parse_address(NOOR_ADDRESS).expect("an address").as_bytes());
        assert!(line.contains(&Span::Mention { person, name: format!("@{name}") }), "{sent} is {line:?}");
        let mut people = Vec::new();
        assert_eq!(unspell(&sent, &mut people), format!("hey @{name}, look"), "and back");
        assert_eq!(people, [picked(name, NOOR_ADDRESS)]);
    }
}

#[wasm_bindgen_test]
fn only_whole_names_of_people_who_were_picked_are_mentions() {
    let people = [picked("Ann", "xc1ann"), picked("Ann Lee", "xc1lee")];
    assert_eq!(spell("@Ann Lee and @Ann!", &people), "[@Ann Lee](xchat:xc1lee) and [@Ann](xchat:xc1ann)!");
    assert_eq!(spell("@Anna @Bob a@b.c @", &people), "@Anna @Bob a@b.c @");
    let mut found = Vec::new();
    for text in ["[@Ann](https://x.example)", "[@Ann] (xchat:xc1ann)", "[@Ann", "[@](xchat:xc1ann)"] {
        assert_eq!(unspell(text, &mut found), text);
    }
    assert!(found.is_empty());
}

#[wasm_bindgen_test]
fn somebody_is_sought_after_an_at_sign_that_begins_a_word() {
    assert_eq!(asked("hey @no"), Some((4, "no")));
    assert_eq!(asked("@"), Some((0, "")));
    assert_eq!(asked("@Ann Le"), Some((0, "Ann Le")));
    assert_eq!(asked("me@x"), None, "an address");
    assert_eq!(asked("@ home"), None);
    assert_eq!(asked("@a\nb"), None);
    assert_eq!(asked("none"), None);
}

fn group() -> ChatView {
    let group = GroupView {
        description: String::new(),
        people: 4,
        role: Role::Member,
        may_add: Who::Admins,
        may_change: Who::Admins,
        timer: None,
        out: None,
        inviter: None,
        invite: None,
        requests: 0,
    };
    ChatView {
        id: HIKING,
        name: "Hiking".to_owned(),
        person: None,
        group: Some(Box::new(group)),
        ..noor(ChatState::Open)
    }
}

fn member(seed: u8, name: &str, me: bool) -> MemberView {
    let address = format!("xc1{}", name.to_lowercase().replace(' ', ""));
    MemberView {
        person: PersonId([seed; 32]),
        name: name.to_owned(),
        address,
        colour: 1,
        role: Role::Member,
        me,
        devices: 1,
    }
}

fn key(field: &HtmlTextAreaElement, key: &str) -> bool {
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    field.dispatch_event(&event).expect("sent");
    event.default_prevented()
}

fn names(stand: &Stand) -> Vec<String> {
    stand.all("[role=option] bdi").iter().filter_map(|name| name.text_content()).collect()
}

async fn offers(stand: &Stand, wanted: &[&str]) {
    stand.until(&format!("{wanted:?} to be offered"), || names(stand) == wanted).await;
}

#[wasm_bindgen_test]
async fn an_at_sign_in_a_group_offers_its_members_and_enter_writes_the_name() {
    let stand = Stand::reading(group(), Vec::new()).await;
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    let asked_members = |stand: &Stand| stand.asked.borrow().contains(&Command::Members { chat: HIKING });
    assert!(!asked_members(&stand));
    stand.type_into("textarea", "Message", "hey @").await;
    stand.until("the members to be asked for", || asked_members(&stand)).await;
    let members =
        vec![member(4, "Alex", true), member(2, "Noor", false), member(9, "Sam", false), member(8, "Ann Noll", false)];
    stand.session.apply(Event::Members { chat: HIKING, members });
    offers(&stand, &["Noor", "Sam", "Ann Noll"]).await;
    stand.type_into("textarea", "Message", "hey @no").await;
    offers(&stand, &["Noor", "Ann Noll"]).await;
    let active = || field.get_attribute("aria-activedescendant");
    stand.until("the first to be pointed at", || active().as_deref() == Some("mentions-0")).await;
    assert!(key(&field, "ArrowDown"));
    stand.until("the next to be pointed at", || active().as_deref() == Some("mentions-1")).await;
    assert!(key(&field, "Enter"), "it chooses and does not send");
    stand.until("the name", || field.value() == "hey @Ann Noll ").await;
    offers(&stand, &[]).await;
    stand.until("the caret behind it", || field.selection_start().ok().flatten() == Some(14)).await;
    stand.press("button", "Send").await;
    let text = "hey [@Ann Noll](xchat:xc1annnoll) ".to_owned();
    stand.asked(Command::Send { chat: HIKING, text, tag: 0 }).await;
    // What was not stored comes back as it was written.
    stand.session.apply(Event::NotWritten { tag: 0, problem: None });
    stand.until("the words", || field.value() == "hey @Ann Noll ").await;
}

#[wasm_bindgen_test]
async fn escape_closes_the_list_and_a_conversation_of_two_has_none() {
    let stand = Stand::reading(group(), Vec::new()).await;
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.type_into("textarea", "Message", "@s").await;
    stand.asked(Command::Members { chat: HIKING }).await;
    stand.session.apply(Event::Members { chat: HIKING, members: vec![member(9, "Sam", false)] });
    offers(&stand, &["Sam"]).await;
    assert!(key(&field, "Escape"));
    offers(&stand, &[]).await;
    assert_eq!(field.value(), "@s");
    drop(stand);
    let two = ChatView { id: ChatId([3; 16]), ..noor(ChatState::Open) };
    let stand = Stand::reading(two, Vec::new()).await;
    stand.type_into("textarea", "Message", "@s").await;
    stand.until("the field to have it", || stand.named("button:not([disabled])", "Send").is_some()).await;
    assert!(!stand.asked.borrow().iter().any(|command| matches!(command, Command::Members { .. })));
}
