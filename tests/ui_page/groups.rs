//! Groups on the page: made, read, changed, left.

use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use xchat_engine::api::{
    Author, Body, Change, ChatState, ChatView, Command, Connection, Event, GroupChange, GroupView, MemberView,
    MessageView, Notice, OutView, PersonId, Role, Who,
};

use crate::stand::{HIKING, NOOR, Stand, account, noor, open, said};

const ME: PersonId = PersonId([4; 32]);
const HER: PersonId = PersonId([2; 32]);
const SAM: PersonId = PersonId([9; 32]);

pub(crate) fn author(person: PersonId, name: &str) -> Author {
    Author { person, name: name.to_owned(), colour: 3 }
}

fn by(who: &Author, message: MessageView) -> MessageView {
    MessageView { author: Some(who.clone()), ..message }
}

pub(crate) fn group() -> GroupView {
    GroupView {
        description: "Up and down".to_owned(),
        people: 3,
        role: Role::Owner,
        may_add: Who::Admins,
        may_change: Who::Everyone,
        timer: None,
        out: None,
        inviter: None,
        invite: None,
        requests: 0,
    }
}

pub(crate) fn hiking(group: GroupView) -> ChatView {
    ChatView {
        id: HIKING,
        name: "Hiking club".to_owned(),
        address: String::new(),
        safety_number: String::new(),
        person: None,
        group: Some(Box::new(group)),
        ..noor(ChatState::Open)
    }
}

fn member(person: PersonId, name: &str, role: Role) -> MemberView {
    let address = format!("xc1{}", name.to_lowercase());
    MemberView { person, name: name.to_owned(), address, colour: 1, role, me: person == ME, devices: 1 }
}

fn members() -> Vec<MemberView> {
    vec![member(ME, "Alex", Role::Owner), member(HER, "Noor", Role::Admin), member(SAM, "Sam", Role::Member)]
}

fn show(stand: &Stand, chats: Vec<ChatView>) {
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
}

/// The group's page, with its members.
async fn page(view: GroupView) -> Stand {
    let stand = Stand::at(&format!("{}/info", open(HIKING)));
    show(&stand, vec![noor(ChatState::Open), hiking(view)]);
    stand.asked(Command::Members { chat: HIKING }).await;
    stand.session.apply(Event::Members { chat: HIKING, members: members() });
    stand.find("h2", "3 people").await;
    stand
}

async fn closed(stand: &Stand) {
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
}

fn changed(change: GroupChange) -> Command {
    Command::ChangeGroup { chat: HIKING, change }
}

/// What was asked about groups, but for who is in them.
fn changes(stand: &Stand) -> Vec<Command> {
    let changes = |command: &&Command| matches!(command, Command::ChangeGroup { .. } | Command::LeaveGroup { .. });
    stand.asked.borrow().iter().filter(changes).cloned().collect()
}

#[wasm_bindgen_test]
async fn a_group_is_made_of_a_name_and_contacts_and_opens_when_it_is_there() {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    stand.find("dialog button", "New group").await;
    stand.press("dialog button", "New group").await;
    stand.type_into("input", "Group name", " Hiking club ").await;
    stand.press(".pick label", "Noor").await;
    stand.press("button", "Create group").await;
    stand.asked(Command::CreateGroup { name: "Hiking club".to_owned(), people: vec![HER] }).await;
    // The word that it was made comes before its conversation.
    stand.session.apply(Event::GroupMade { chat: HIKING });
    let place = || leptos::prelude::window().location().hash().expect("an address");
    assert_eq!(place(), "#new/group", "nothing is there to be shown yet");
    stand.session.apply(Event::Chat { chat: hiking(group()) });
    stand.find("h1", "Hiking club").await;
    stand.find(".bar__sub", "3 people").await;
    assert!(stand.all("dialog").is_empty());
    let goes_on = || {
        let active = leptos::prelude::document().active_element();
        active.is_some_and(|active| active.matches(".composer__input, .timeline").expect("a selector"))
    };
    stand.until("the focus to be where one goes on", goes_on).await;
}

#[wasm_bindgen_test]
async fn a_group_without_a_name_is_answered_with_a_sentence_and_only_open_contacts_are_offered() {
    let stand = Stand::at("#new/group");
    let asks =
        ChatView { id: HIKING, name: "Ines".to_owned(), person: Some(Box::new(SAM)), ..noor(ChatState::Request) };
    show(&stand, vec![noor(ChatState::Open), asks]);
    stand.find("h2", "New group").await;
    stand.press("button", "Create group").await;
    stand.find(".field__error", "A name has 1 to 48 characters.").await;
    assert!(!stand.asked.borrow().iter().any(|command| matches!(command, Command::CreateGroup { .. })));
}

#[wasm_bindgen_test]
async fn somebody_who_has_only_asked_to_write_is_not_offered_for_a_group() {
    let stand = Stand::with(noor(ChatState::Request), "#new/group");
    stand.find("p", "Nobody to add. People you chat with show here.").await;
}

#[wasm_bindgen_test]
async fn each_run_of_bubbles_names_its_author_once_and_own_ones_do_not() {
    let (her, sam) = (author(HER, "Noor"), author(SAM, "Sam"));
    let messages = vec![by(&her, said(1, "one")), by(&her, said(2, "two")), by(&sam, said(3, "three"))];
    let mine = MessageView { mine: true, ..said(4, "four") };
    let stand = Stand::reading(hiking(group()), [messages, vec![mine]].concat()).await;
    stand.find("article", "Sam").await;
    let words = |elements: Vec<Element>| -> Vec<String> {
        elements.iter().filter_map(|element| element.text_content()).collect()
    };
    assert_eq!(words(stand.all(".bubble__author")), ["Noor", "Sam"]);
    assert_eq!(words(stand.all("article[aria-label='Noor'] .bubble__text")).len(), 2);
    assert_eq!(words(stand.all("article > .avatar")), ["N", "S"]);
}

#[wasm_bindgen_test]
async fn the_row_says_who_wrote_and_what_happened_to_this_person() {
    let (her, me) = (author(HER, "Noor"), author(ME, "Alex"));
    let last = Some(by(&her, said(1, "see you")));
    let stand = Stand::with(ChatView { last, ..hiking(group()) }, "");
    stand.find(".list-row__preview", "Noor: see you").await;
    let removed = Body::Changed { changes: vec![Change::Removed { who: me }] };
    let last = Some(MessageView { body: removed, ..by(&her, said(2, "")) });
    stand.session.apply(Event::Chat { chat: ChatView { last, ..hiking(group()) } });
    stand.find(".list-row__preview", "Noor removed you.").await;
}

#[wasm_bindgen_test]
async fn a_notice_in_a_group_does_not_take_the_group_for_a_person() {
    let notice = |order, notice| MessageView { body: Body::Notice { notice }, ..said(order, "") };
    let lost = by(&author(SAM, "Sam"), notice(2, Notice::Unreadable));
    let lines = vec![notice(1, Notice::Unreadable), lost, notice(3, Notice::HistoryDiffers)];
    let stand = Stand::reading(hiking(group()), lines).await;
    stand.find("p.system", "A message could not be read. Ask for it again.").await;
    stand.find("p.system", "A message from Sam could not be read. Ask for it again.").await;
    stand.find("p.system", "People in this group were shown different histories by the server.").await;
    assert!(stand.all(".system__action").is_empty(), "a group has no number to compare");
}

#[wasm_bindgen_test]
async fn who_is_out_of_a_group_is_told_why_and_cannot_write() {
    let out = |out| hiking(GroupView { out: Some(out), ..group() });
    let stand = Stand::reading(out(OutView::Removed { by: author(HER, "Noor") }), vec![said(1, "Hi")]).await;
    stand.find("p", "Noor removed you from this group. What was written stays here.").await;
    stand.find("p", "You are not in this group").await;
    assert!(stand.named("textarea", "Message").is_none());
    stand.session.apply(Event::Chat { chat: out(OutView::Left) });
    stand.find("p", "You left this group. What was written stays here.").await;
    stand.session.apply(Event::Chat { chat: out(OutView::Lost) });
    let lost = "This device is asking to be let in again. New messages come once someone in the group is online.";
    stand.find("p", lost).await;
    assert!(stand.named("button", "Delete chat").is_none(), "it comes back by itself");
    stand.session.apply(Event::Chat { chat: hiking(group()) });
    stand.find("textarea", "Message").await;
}

#[wasm_bindgen_test]
async fn an_invitation_says_who_it_is_from_and_is_accepted_or_deleted_but_not_blocked() {
    let invited = GroupView { inviter: Some(author(HER, "Noor")), role: Role::Member, ..group() };
    let chat = ChatView { state: ChatState::Request, ..hiking(invited) };
    let stand = Stand::reading(chat, Vec::new()).await;
    stand.find("p", "Noor added you to this group.").await;
    stand.find("button", "Delete").await;
    assert!(stand.named("button", "Block").is_none());
    stand.press("button", "Accept").await;
    stand.asked(Command::Accept { chat: HIKING }).await;
}

#[wasm_bindgen_test]
async fn name_and_description_are_sent_only_when_they_are_different() {
    let stand = page(group()).await;
    stand.press("button", "Edit").await;
    stand.type_into("textarea", "Description", "Down and up").await;
    stand.press("button", "Save").await;
    stand.asked(changed(GroupChange::Describe { text: "Down and up".to_owned() })).await;
    closed(&stand).await;
    stand.press("button", "Edit").await;
    stand.type_into("input", "Group name", "Walkers").await;
    stand.press("button", "Save").await;
    stand.asked(changed(GroupChange::Rename { name: "Walkers".to_owned() })).await;
    assert_eq!(changes(&stand).len(), 2);
}

#[wasm_bindgen_test]
async fn an_owner_makes_an_admin_and_removing_somebody_asks_first() {
    let stand = page(group()).await;
    stand.press(".section__card button", "Sam").await;
    stand.find("h2", "Sam").await;
    assert!(stand.named("button", "Write to Sam").is_none(), "Sam is no contact");
    stand.press("dialog button", "Make admin").await;
    stand.asked(changed(GroupChange::Role { person: SAM, role: Role::Admin })).await;
    closed(&stand).await;
    stand.press(".section__card button", "Sam").await;
    stand.press("dialog button", "Remove from the group").await;
    stand.find("h2", "Remove Sam?").await;
    assert_eq!(changes(&stand).len(), 1);
    stand.press("dialog button", "Remove").await;
    stand.asked(changed(GroupChange::Remove { person: SAM })).await;
}

#[wasm_bindgen_test]
async fn a_member_is_offered_no_more_than_the_group_allows() {
    let stand = page(GroupView { role: Role::Member, may_change: Who::Admins, ..group() }).await;
    assert_eq!(stand.all("button.hero__action:not([hidden])").len(), 0);
    assert_eq!(stand.all("input[role=switch]:not([disabled])").len(), 0);
    stand.find("p", "Only admins change these. Who joins reads what is written from then on.").await;
    stand.press(".section__card button", "NoorAdmin").await;
    stand.find("button", "Write to Noor").await;
    assert_eq!(stand.all("dialog .section__card button").len(), 1);
}

#[wasm_bindgen_test]
async fn only_contacts_who_are_not_members_can_be_added() {
    let stand = Stand::at(&format!("{}/info", open(HIKING)));
    let ines = ChatView {
        id: NOOR,
        name: "Ines".to_owned(),
        person: Some(Box::new(PersonId([5; 32]))),
        ..noor(ChatState::Open)
    };
    let her = ChatView { id: xchat_engine::api::ChatId([8; 16]), ..noor(ChatState::Open) };
    show(&stand, vec![ines, her, hiking(group())]);
    stand.asked(Command::Members { chat: HIKING }).await;
    stand.session.apply(Event::Members { chat: HIKING, members: members() });
    stand.press("button", "Add people").await;
    stand.find(".pick label", "Ines").await;
    assert_eq!(stand.all(".pick li").len(), 1);
    stand.press(".pick label", "Ines").await;
    stand.press("dialog button", "Add").await;
    stand.asked(changed(GroupChange::Add { people: vec![PersonId([5; 32])] })).await;
}

#[wasm_bindgen_test]
async fn the_rules_are_switches() {
    let stand = page(group()).await;
    let note = "Who joins reads what is written from then on.";
    let switch = stand.find("input", "Everyone may add people").await;
    assert!(stand.described(&switch).is_some_and(|sentence| sentence.ends_with(note)));
    stand.press("label.setting", "Everyone may add people").await;
    stand.asked(changed(GroupChange::MayAdd { who: Who::Everyone })).await;
    stand.press("label.setting", "Everyone may change name and description").await;
    stand.asked(changed(GroupChange::MayChange { who: Who::Admins })).await;
}

/// The conversation of a group in which Sam broke the rules.
async fn broken(view: GroupView) -> Stand {
    let changes = vec![Change::Breach { who: author(SAM, "Sam") }];
    let line = MessageView { body: Body::Changed { changes }, ..said(5, "") };
    let stand = Stand::reading(hiking(view), vec![said(4, "Hello"), line]).await;
    stand.until("the line", || stand.all(".system[data-order='5']").len() == 1).await;
    stand
}

const EVERYONE_ELSE: &str = "Move everyone else to a fresh group";

#[wasm_bindgen_test]
async fn where_somebody_broke_the_rules_an_admin_may_move_the_group_without_them() {
    for sam in [Role::Member, Role::Owner] {
        let stand = broken(GroupView { role: Role::Admin, ..group() }).await;
        stand.press(".system button", EVERYONE_ELSE).await;
        stand.find("h2", "Move to a fresh group?").await;
        assert_eq!(changes(&stand), [], "it is asked first");
        stand.asked(Command::Members { chat: HIKING }).await;
        let members = vec![member(ME, "Alex", Role::Admin), member(HER, "Noor", Role::Member), member(SAM, "Sam", sam)];
        stand.session.apply(Event::Members { chat: HIKING, members });
        let ticked = || {
            let boxes =
                stand.all("dialog .pick li").into_iter().map(|row| row.query_selector(":checked").unwrap().is_some());
            boxes.collect::<Vec<_>>()
        };
        // Whom an admin cannot leave behind is not in the list, and comes along.
        let (list, without) = if sam == Role::Member { (vec![false, true], vec![SAM]) } else { (vec![false], vec![]) };
        stand.until("who may be left behind", || ticked() == list).await;
        stand.press("dialog button", "Move").await;
        stand.asked(changed(GroupChange::Move { without })).await;
        closed(&stand).await;
    }
}

#[wasm_bindgen_test]
async fn the_move_is_offered_to_admins_and_until_it_was_made() {
    let offered = |stand: &Stand| stand.named(".system button", EVERYONE_ELSE).is_some();
    let stand = broken(GroupView { role: Role::Member, ..group() }).await;
    assert!(!offered(&stand));
    stand.session.apply(Event::Chat { chat: hiking(GroupView { role: Role::Admin, ..group() }) });
    stand.until("the offer", || offered(&stand)).await;
    let moved = MessageView { body: Body::Changed { changes: vec![Change::Moved] }, ..said(6, "") };
    stand.session.apply(Event::Message { chat: HIKING, message: moved });
    stand.until("the offer to go", || !offered(&stand)).await;
}

#[wasm_bindgen_test]
async fn leaving_asks_first_and_says_what_becomes_of_the_group() {
    let stand = page(group()).await;
    stand.press("button", "Leave group").await;
    stand.find("h2", "Leave this group?").await;
    let says = |words: &str| stand.all("dialog p").iter().any(|p| p.text_content().is_some_and(|t| t.contains(words)));
    assert!(says("You are its only owner"));
    assert_eq!(changes(&stand), []);
    stand.press("dialog button", "Leave").await;
    stand.asked(Command::LeaveGroup { chat: HIKING }).await;
    let left = GroupView { out: Some(OutView::Left), ..group() };
    stand.session.apply(Event::Chat { chat: hiking(left) });
    stand.session.apply(Event::Members { chat: HIKING, members: Vec::new() });
    stand.until("the way out to go", || stand.named("button", "Leave group").is_none()).await;
    assert!(stand.named("h2", "Permissions").is_none());
    stand.find("button", "Delete chat").await;
}
