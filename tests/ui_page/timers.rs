//! How long new messages live: set on the page of a contact or a group.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::chat::timer::may_time;
use xchat_engine::api::{Body, ChatState, ChatView, Command, Event, GroupView, MessageView, OutView, Role, Who};

use crate::stand::{NOOR, Stand, noor, open, said};

fn timed(timer: Option<u32>) -> ChatView {
    ChatView { timer, ..noor(ChatState::Open) }
}

fn in_group(role: Role, may_change: Who, out: Option<OutView>) -> ChatView {
    let group = GroupView {
        description: String::new(),
        people: 3,
        role,
        may_add: Who::Admins,
        may_change,
        timer: None,
        out,
        inviter: None,
        invite: None,
        requests: 0,
    };
    ChatView { group: Some(Box::new(group)), person: None, ..noor(ChatState::Open) }
}

#[wasm_bindgen_test]
async fn the_page_of_a_contact_sets_how_long_messages_live_and_says_what_is_set() {
    let stand = Stand::with(timed(None), &format!("{}/info", open(NOOR)));
    stand.find("p", "New messages stay until they are deleted.").await;
    stand.press("label", "1 week").await;
    stand.asked(Command::SetTimer { chat: NOOR, seconds: Some(604_800) }).await;
    stand.session.apply(Event::Chat { chat: timed(Some(3_600)) });
    stand.find("p", "New messages vanish 1 hour after they are read.").await;
    let set = || stand.all("input[name=timer]").iter().position(|one| one.matches(":checked").expect("a selector"));
    stand.until("the choice to follow", || set() == Some(1)).await;
    stand.press("label", "Off").await;
    stand.asked(Command::SetTimer { chat: NOOR, seconds: None }).await;
    // What another app has set and this one does not offer.
    stand.session.apply(Event::Chat { chat: timed(Some(30)) });
    stand.find("p", "New messages vanish 30 seconds after they are read.").await;
    stand.until("no choice to be taken", || set().is_none()).await;
}

#[wasm_bindgen_test]
async fn a_line_says_who_has_set_it() {
    let set = |order, mine, seconds| MessageView { mine, body: Body::Timer { seconds }, mark: None, ..said(order, "") };
    let messages =
        vec![set(1, false, Some(86_400)), set(2, true, Some(3_600)), set(3, false, None), set(4, true, None)];
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    stand.find(".system", "Noor: New messages vanish 1 day after they are read.").await;
    stand.find(".system", "You: New messages vanish 1 hour after they are read.").await;
    stand.find(".system", "Noor: New messages stay until they are deleted.").await;
    stand.find(".system", "You: New messages stay until they are deleted.").await;
    stand.session.apply(Event::Chat { chat: timed(Some(86_400)) });
    stand
        .find(
            ".bar__mark[title='New messages vanish 1 day after they are read.']",
            "New messages vanish 1 day after they are read.",
        )
        .await;
}

#[wasm_bindgen_test]
fn only_who_may_change_a_group_sets_its_timer() {
    assert!(may_time(&in_group(Role::Admin, Who::Admins, None)));
    assert!(may_time(&in_group(Role::Member, Who::Everyone, None)));
    assert!(!may_time(&in_group(Role::Member, Who::Admins, None)));
    assert!(!may_time(&in_group(Role::Owner, Who::Everyone, Some(OutView::Left))));
    assert!(may_time(&noor(ChatState::New)));
    assert!(!may_time(&noor(ChatState::Request)) && !may_time(&noor(ChatState::Blocked)));
}
