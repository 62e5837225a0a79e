//! Invite links on the page: handed out and answered by admins, asked by and waited for by everybody else.

use leptos::prelude::window;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{
    ChatState, Command, Connection, Event, GroupChange, GroupView, InviteView, JoinRequestView, JoinView, OutView,
    PersonId, Problem, Role, Standing,
};

use crate::groups::{group, hiking};
use crate::stand::{HIKING, Stand, account, noor, open, said};

const PLACE: &str = "#join/AAAAAAAAAAAAAAAAAAAAAA";
const SAM: PersonId = PersonId([9; 32]);

fn link() -> String {
    format!("https://x.example/{PLACE}")
}

fn invite(standing: Standing) -> Event {
    let description = "Up and down".to_owned();
    Event::Invite {
        invite: InviteView { link: link(), name: "Hiking club".to_owned(), description, people: 12, standing },
    }
}

fn joins(asked_at: Option<u64>) -> Event {
    Event::Joins { joins: vec![JoinView { link: link(), name: "Hiking club".to_owned(), asked_at }] }
}

fn opened(stand: &Stand) -> usize {
    let opens = |command: &&Command| matches!(command, Command::OpenInvite { link } if link.ends_with(PLACE));
    stand.asked.borrow().iter().filter(opens).count()
}

fn requests(who: &[(PersonId, &str)]) -> Event {
    let request = |(person, name): &(PersonId, &str)| JoinRequestView {
        person: *person,
        name: (*name).to_owned(),
        address: "xc1sam".to_owned(),
        colour: 2,
        time: 1_700_000_000_000,
    };
    Event::JoinRequests { chat: HIKING, requests: who.iter().map(request).collect() }
}

fn changed(change: GroupChange) -> Command {
    Command::ChangeGroup { chat: HIKING, change }
}

/// Somebody with an account opens the link.
async fn visiting() -> Stand {
    let stand = Stand::with(noor(ChatState::Open), PLACE);
    stand.until("the link to be asked for", || opened(&stand) == 1).await;
    stand
}

/// The group's page.
async fn page(view: GroupView) -> Stand {
    let stand = Stand::with(hiking(view), &format!("{}/info", open(HIKING)));
    stand.asked(Command::JoinRequests { chat: HIKING }).await;
    stand
}

#[wasm_bindgen_test]
async fn a_group_link_waits_for_the_account_and_then_opens() {
    let stand = Stand::at(PLACE);
    stand.session.apply(Event::Snapshot { account: None, chats: Vec::new(), connection: Connection::Online });
    stand.find("b", "Someone sent you a group’s link").await;
    assert_eq!(opened(&stand), 0);
    stand.session.apply(Event::Account { account: account() });
    stand.until("the link to be asked for", || opened(&stand) == 1).await;
}

#[wasm_bindgen_test]
async fn who_opens_a_group_link_sees_the_group_asks_waits_and_can_take_it_back() {
    let stand = visiting().await;
    stand.session.apply(invite(Standing::Outside));
    stand.find("h2", "Hiking club").await;
    stand.find("p", "12 people").await;
    stand.find("b", "An admin decides").await;
    stand.press("button", "Ask to join").await;
    stand.asked(Command::AskToJoin { link: link() }).await;
    stand.session.apply(joins(None));
    stand.find("p", "Your request goes out once you are connected.").await;
    stand.session.apply(joins(Some(1)));
    stand.find("h2", "You asked to join").await;
    stand.find(".list-row__preview", "Waiting to be let in").await;
    assert_eq!(opened(&stand), 1, "nothing is asked while the request waits");
    stand.press("button", "Withdraw request").await;
    stand.asked(Command::WithdrawJoin { link: link() }).await;
    stand.session.apply(Event::Joins { joins: Vec::new() });
    // What the link says now is asked again.
    stand.until("the link to be asked for again", || opened(&stand) == 2).await;
    stand.find("button", "Ask to join").await;
    assert!(stand.named(".list-row__preview", "Waiting to be let in").is_none());
}

#[wasm_bindgen_test]
async fn who_is_let_in_comes_from_the_waiting_page_into_the_conversation() {
    let stand = visiting().await;
    stand.session.apply(joins(Some(1)));
    stand.find("h2", "You asked to join").await;
    stand.session.apply(Event::Chat { chat: hiking(group()) });
    stand.session.apply(Event::Joins { joins: Vec::new() });
    stand.until("the link to be asked for again", || opened(&stand) == 2).await;
    // The word on another link that was opened before is not for this page.
    stand.session.apply(Event::LinkOpened { chat: HIKING });
    assert_eq!(window().location().hash().expect("an address"), PLACE);
    stand.session.apply(invite(Standing::Inside(HIKING)));
    stand.session.apply(Event::LinkOpened { chat: HIKING });
    stand.find("h1", "Hiking club").await;
    assert_eq!(window().location().hash().expect("an address"), open(HIKING));
}

#[wasm_bindgen_test]
async fn a_group_link_that_does_not_open_says_why() {
    let stand = visiting().await;
    let closed = "This link was switched off or replaced. Ask someone in the group for the new one.";
    let missing = "Nothing is kept for this link. It may be old or not complete. Ask for it again.";
    for (problem, sentence) in [
        (Problem::InviteClosed, closed),
        (Problem::InviteMissing, missing),
        (Problem::LinkDamaged, "This link is not complete. Ask for it again."),
        (Problem::LinkElsewhere, "This link belongs to another server. Open it in its own page."),
    ] {
        stand.session.apply(Event::Refused { problem });
        stand.find("[role=alert] p", sentence).await;
    }
    assert!(stand.all(".toast").is_empty(), "it is said once");
    assert!(stand.named("button", "Ask to join").is_none());
}

#[wasm_bindgen_test]
async fn a_full_group_cannot_be_asked() {
    let stand = visiting().await;
    let Event::Invite { invite } = invite(Standing::Outside) else { unreachable!("it is one") };
    stand.session.apply(Event::Invite { invite: InviteView { people: 1000, ..invite } });
    stand.find("b", "This group is full.").await;
    assert!(stand.named("button", "Ask to join").is_none());
}

#[wasm_bindgen_test]
async fn a_group_link_that_is_pasted_leads_to_its_page() {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    stand.type_into("input", "Their link", &link()).await;
    stand.press("button", "Add").await;
    stand.asked(Command::OpenInvite { link: link() }).await;
    stand.session.apply(invite(Standing::Outside));
    stand.find("button", "Ask to join").await;
    assert_eq!(window().location().hash().expect("an address"), PLACE);
}

#[wasm_bindgen_test]
async fn an_admin_makes_replaces_and_switches_off_the_link_and_is_asked_before_what_cannot_be_undone() {
    let stand = page(group()).await;
    stand.press("button", "Make an invite linkWhoever has it can ask to join").await;
    stand.asked(changed(GroupChange::Invite { on: true })).await;
    stand.find("p", "The change takes effect once you are connected and the group has it.").await;
    stand.session.apply(Event::Chat { chat: hiking(GroupView { invite: Some(link()), ..group() }) });
    let line = stand.find("input", "Invite link").await;
    let shown = || wasm_bindgen::JsCast::unchecked_ref::<web_sys::HtmlInputElement>(&line).value();
    stand.until("the link", || shown() == link()).await;
    stand.press("button", "Show code").await;
    stand.find("div[role=img]", "Code of the group").await;
    stand.press("dialog button", "Close").await;
    let asked = |on| {
        let wish = changed(GroupChange::Invite { on });
        stand.asked.borrow().iter().filter(|command| **command == wish).count()
    };
    stand.press("button", "Replace the linkThe old one stops working").await;
    stand.find("h2", "Replace the invite link?").await;
    assert_eq!(asked(true), 1);
    stand.press("dialog button", "Replace").await;
    stand.until("a fresh link to be wanted", || asked(true) == 2).await;
    stand.press("button", "Switch the link off").await;
    stand.find("h2", "Switch the invite link off?").await;
    assert_eq!(asked(false), 0);
    stand.press("dialog button", "Switch off").await;
    stand.until("the link to be unwanted", || asked(false) == 1).await;
}

#[wasm_bindgen_test]
async fn members_are_shown_no_link_to_hand_out_and_no_way_to_move_the_group() {
    let stand = page(GroupView { role: Role::Member, ..group() }).await;
    stand.find("h2", "Permissions").await;
    assert!(stand.named("h2", "Invite link").is_none());
    assert!(stand.named("h2", "If something is wrong").is_none());
}

#[wasm_bindgen_test]
async fn an_admin_lets_somebody_in_and_declining_asks_first() {
    let stand = page(group()).await;
    let ines = PersonId([5; 32]);
    stand.session.apply(requests(&[(SAM, "Sam"), (ines, "Ines")]));
    stand.find("h2", "Requests to join").await;
    stand.press("button", "Let in Sam").await;
    stand.asked(changed(GroupChange::Approve { person: SAM })).await;
    stand.press("button", "Decline Ines").await;
    stand.find("h2", "Decline Ines?").await;
    let declined = changed(GroupChange::Decline { person: ines });
    assert!(!stand.asked.borrow().contains(&declined));
    stand.press("dialog button", "Decline").await;
    stand.asked(declined).await;
    stand.session.apply(requests(&[]));
    stand.until("the requests to go", || stand.named("h2", "Requests to join").is_none()).await;
}

#[wasm_bindgen_test]
async fn a_conversation_whose_group_somebody_wants_into_says_so_and_leads_to_the_answer() {
    let asked = |requests| hiking(GroupView { requests, ..group() });
    let stand = Stand::reading(asked(2), vec![said(1, "Hi")]).await;
    stand.find("b", "2 people ask to join.").await;
    let way = stand.find(".banner a", "See who").await;
    assert_eq!(way.get_attribute("href"), Some(format!("{}/info", open(HIKING))));
    stand.find(".list-row .tag", "Asks to join").await;
    stand.session.apply(Event::Chat { chat: asked(0) });
    stand.until("the strip to go", || stand.named(".banner a", "See who").is_none()).await;
}

#[wasm_bindgen_test]
async fn an_admin_moves_a_group_and_leaves_behind_whom_they_chose() {
    let stand = page(group()).await;
    let member = |person, name: &str, role, me| xchat_engine::api::MemberView {
        person,
        name: name.to_owned(),
        address: String::new(),
        colour: 1,
        role,
        me,
        devices: 1,
    };
    let (me, her) = (PersonId([4; 32]), PersonId([2; 32]));
    let members = vec![
        member(me, "Alex", Role::Owner, true),
        member(her, "Noor", Role::Owner, false),
        member(SAM, "Sam", Role::Member, false),
    ];
    stand.session.apply(Event::Members { chat: HIKING, members });
    stand.press("button", "Move to a fresh groupEveryone comes along, and nothing that was written is lost").await;
    stand.find("h2", "Move to a fresh group?").await;
    assert_eq!(stand.all(".pick li").len(), 1, "an owner is left behind by nobody");
    stand.press(".pick label", "Sam").await;
    stand.press("dialog button", "Move").await;
    stand.asked(changed(GroupChange::Move { without: vec![SAM] })).await;
    stand.find("section", "Messages").await;
    assert_eq!(window().location().hash().expect("an address"), open(HIKING));
}

#[wasm_bindgen_test]
async fn where_a_group_is_lost_its_admins_are_led_to_the_move() {
    let lost = |role| hiking(GroupView { out: Some(OutView::Lost), role, ..group() });
    let stand = Stand::reading(lost(Role::Admin), vec![said(1, "Hi")]).await;
    stand.find("b", "Nobody lets you in again?").await;
    stand.find(".banner a", "Group details").await;
    stand.session.apply(Event::Chat { chat: lost(Role::Member) });
    stand.until("the strip to go", || stand.all(".banner a[href$='/info']").is_empty()).await;
}
