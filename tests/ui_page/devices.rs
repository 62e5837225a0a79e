//! Devices on the page: linked on both sides, listed, named, removed.

use super::stand::{Stand, account, noor};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, Command, Connection, DeviceView, Event, PersonId, Problem};

pub(crate) const LINK: &str = "https://x.example/#link/AAAA";
const TABLET: PersonId = PersonId([9; 32]);
pub(crate) const HERE: PersonId = PersonId([8; 32]);
pub(crate) const LINKED: &str = "This is done here. Your chats appear on the new device once you have confirmed there.";
/// 4 March 2026.
pub(crate) const SINCE: u64 = 1_772_618_400_000;
const EMPTY: Event = Event::Snapshot { account: None, chats: Vec::new(), connection: Connection::Online };
const MATCH: Command = Command::ConfirmLink { right: true };
const BREAK: Command = Command::ConfirmLink { right: false };

/// Lets what would happen after minutes happen within a second, for as long as it lives.
struct Soon;

impl Soon {
    fn begin() -> Self {
        run("if (!window.patient) { const real = window.patient = window.setTimeout; \
             window.setTimeout = (then, ms, ...rest) => real(then, ms >= 10000 ? ms / 1000 : ms, ...rest); }");
        Self
    }
}

impl Drop for Soon {
    fn drop(&mut self) {
        run("if (window.patient) { window.setTimeout = window.patient; delete window.patient; }");
    }
}

fn run(script: &str) {
    js_sys::eval(script).expect("a script of the test's own");
}

fn value(input: &web_sys::Element) -> String {
    input.unchecked_ref::<web_sys::HtmlInputElement>().value()
}

pub(crate) fn digits() -> Event {
    Event::LinkCode { code: "123 456".to_owned() }
}

pub(crate) fn devices() -> Vec<DeviceView> {
    let device = |device, name: &str, here| DeviceView { device, name: name.to_owned(), here, since: SINCE, heard: 0 };
    vec![device(HERE, "", true), device(TABLET, "Firefox, Android", false)]
}

/// A new browser that shows its digits.
async fn joining() -> Stand {
    let stand = Stand::at("");
    stand.session.apply(EMPTY);
    stand.press("button", "I have X Chat on another device").await;
    stand
        .until("a link to be asked for", || {
            stand.asked.borrow().iter().any(|command| matches!(command, Command::LinkThisDevice { .. }))
        })
        .await;
    stand.session.apply(Event::DeviceLink { link: LINK.to_owned() });
    stand.find("div[role=img]", "Code of the new device").await;
    stand.find("input", "Link of the new device").await;
    stand.session.apply(digits());
    stand.find(".digits__code", "123 456").await;
    stand
}

/// A device of an account that shows the digits of a new one.
async fn linking() -> Stand {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.press("button", "Link a device").await;
    stand.type_into("input", "Link of the new device", LINK).await;
    stand.press("button", "Continue").await;
    stand.asked(Command::LinkDevice { link: LINK.to_owned() }).await;
    stand.find("[role=status]", "Waiting for the new device. Keep X Chat open there.").await;
    stand.session.apply(digits());
    stand.find(".digits__code", "123 456").await;
    stand
}

#[wasm_bindgen_test]
async fn a_new_device_is_in_once_the_digits_were_confirmed_on_both() {
    let stand = joining().await;
    stand.press("button", "They match").await;
    stand.asked(MATCH).await;
    stand.find("[role=status]", "Confirmed here. Now confirm on the other device.").await;
    assert!(stand.named("button", "They match").is_none());
    let snapshot = Event::Snapshot {
        account: Some(account()),
        chats: vec![noor(ChatState::Open)],
        connection: Connection::Online,
    };
    stand.session.apply(snapshot);
    stand.find("nav", "Chats").await;
    stand.find(".toast", "This device is linked.").await;
    assert!(!stand.asked.borrow().contains(&BREAK));
}

#[wasm_bindgen_test]
async fn a_browser_in_which_another_tab_makes_an_account_was_not_linked() {
    let stand = Stand::at("");
    stand.session.apply(EMPTY);
    stand.press("button", "I have X Chat on another device").await;
    stand.find("h1", "Link this device").await;
    stand.session.apply(Event::DeviceLink { link: LINK.to_owned() });
    stand.find("input", "Link of the new device").await;
    let chats = vec![noor(ChatState::Open)];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    stand.find("nav", "Chats").await;
    assert!(stand.named(".toast", "This device is linked.").is_none());
}

#[wasm_bindgen_test]
async fn digits_that_differ_end_the_linking_and_it_can_begin_again() {
    let stand = joining().await;
    stand.press("button", "They do not match").await;
    stand.asked(BREAK).await;
    stand.session.apply(Event::LinkEnded);
    stand.find("[role=status]", "Nothing was linked. Start again on both devices with a new link.").await;
    stand.press("button", "Start again").await;
    stand.session.apply(Event::DeviceLink { link: LINK.to_owned() });
    stand.find("input", "Link of the new device").await;
}

#[wasm_bindgen_test]
async fn that_the_digits_differ_on_the_other_device_ends_the_linking_on_this_one() {
    let stand = joining().await;
    stand.session.apply(Event::Refused { problem: Problem::NoChat });
    stand.find("[role=status]", "The linking was interrupted. Start again with a new link.").await;
    stand.find("button", "Start again").await;
    let stand = linking().await;
    stand.session.apply(Event::Refused { problem: Problem::NoChat });
    stand.find(".field__error", "The linking was interrupted. Start again with a new link.").await;
}

#[wasm_bindgen_test]
async fn going_back_breaks_the_linking_off() {
    let stand = joining().await;
    stand.press("button", "Back").await;
    stand.asked(BREAK).await;
    stand.find("input", "Name").await;
}

#[wasm_bindgen_test]
async fn an_engine_that_began_anew_has_lost_the_linking_and_the_page_says_so() {
    let stand = joining().await;
    stand.session.apply(EMPTY);
    stand.find("[role=status]", "The linking was interrupted. Start again with a new link.").await;
}

#[wasm_bindgen_test]
async fn a_device_links_another_and_says_when_its_part_is_done() {
    let stand = linking().await;
    stand.press("button", "They match").await;
    stand.asked(MATCH).await;
    stand.session.apply(Event::LinkEnded);
    stand.find("[role=status]", LINKED).await;
}

#[wasm_bindgen_test]
async fn what_the_relay_did_not_take_can_be_confirmed_again() {
    let stand = linking().await;
    stand.press("button", "They match").await;
    stand.until("it to be said", || stand.named("button", "They match").is_none()).await;
    stand.session.apply(Event::Refused { problem: Problem::Offline });
    stand.find("button", "They match").await;
}

#[wasm_bindgen_test]
async fn a_link_that_cannot_be_used_is_told_under_its_field() {
    let told = [
        (Problem::NotALink, "This is not the link of a device. A device link has #link/ in it."),
        (Problem::LinkDamaged, "This link is not complete, or belongs to another server. Copy it again."),
        (Problem::CardMissing, "Nothing waits behind this link. Show a new one on the new device."),
        (Problem::TooMany, "Eight devices are linked. Remove one first."),
        (Problem::Offline, "This needs a connection. Try again when you are online."),
    ];
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.press("button", "Link a device").await;
    for (problem, sentence) in told {
        stand.type_into("input", "Link of the new device", LINK).await;
        stand.press("button", "Continue").await;
        stand.find("button[aria-busy]", "Continue").await;
        stand.session.apply(Event::Refused { problem });
        stand.find(".field__error", sentence).await;
    }
}

#[wasm_bindgen_test]
async fn the_link_of_a_device_in_the_address_waits_for_a_press() {
    let stand = Stand::with(noor(ChatState::Open), "#link/AAAA");
    stand.find("input", "Link of the new device").await;
    assert!(!stand.asked.borrow().iter().any(|command| matches!(command, Command::LinkDevice { .. })));
    stand.press("button", "Continue").await;
    stand
        .until("the link to be read", || {
            stand
                .asked
                .borrow()
                .iter()
                .any(|command| matches!(command, Command::LinkDevice { link } if link.ends_with("/#link/AAAA")))
        })
        .await;
}

#[wasm_bindgen_test]
async fn removing_a_device_asks_first_and_this_one_cannot_be() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.asked(Command::Devices).await;
    stand.session.apply(Event::Devices { devices: devices() });
    stand.find("h2", "Linked devices").await;
    assert!(stand.named("button", "Remove A device without a name").is_none());
    stand.press("button", "Remove Firefox, Android").await;
    stand.find("h2", "Remove Firefox, Android?").await;
    assert!(!stand.asked.borrow().contains(&Command::RevokeDevice { device: TABLET }));
    stand.press("button", "Remove").await;
    stand.asked(Command::RevokeDevice { device: TABLET }).await;
}

#[wasm_bindgen_test]
async fn a_device_is_listed_with_its_day_and_can_be_named() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.session.apply(Event::Devices { devices: devices() });
    stand.until("the day", || stand.all(".setting__sub").iter().any(|sub| sub.inner_html().contains("2026"))).await;
    stand.press("button", "Rename Firefox, Android").await;
    stand.type_into("input", "Name of the device", &"\u{1f980}".repeat(17)).await;
    stand.press("button", "Save").await;
    stand.until("it to be too long", || !stand.all(".field__error").is_empty()).await;
    stand.type_into("input", "Name of the device", " Tablet ").await;
    stand.press("button", "Save").await;
    stand.asked(Command::NameDevice { device: TABLET, name: "Tablet".to_owned() }).await;
    let named = stand.asked.borrow().iter().filter(|command| matches!(command, Command::NameDevice { .. })).count();
    assert_eq!(named, 2, "this one, and the tablet once");
}

#[wasm_bindgen_test]
async fn a_device_that_was_never_named_is_called_by_its_browser_once() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    let names = || {
        let asked = stand.asked.borrow();
        asked.iter().filter(|command| matches!(command, Command::NameDevice { device: HERE, .. })).count()
    };
    stand.session.apply(Event::Devices { devices: devices() });
    stand.until("a name", || names() == 1).await;
    stand.session.apply(Event::Devices { devices: devices() });
    stand.press("button", "Remove Firefox, Android").await;
    stand.find("h2", "Remove Firefox, Android?").await;
    assert_eq!(names(), 1);
}

#[wasm_bindgen_test]
async fn it_is_told_how_long_ago_another_device_was_heard_from() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    let now = js_sys::Date::now() as u64;
    let lines = || {
        let rows = stand.all("[aria-label='Linked devices'] li").into_iter();
        rows.map(|row| row.text_content().unwrap_or_default()).collect::<Vec<_>>()
    };
    for (heard, says) in [
        (now, Some("this hour")),
        (now - DAY, Some("yesterday")),
        (now - 9 * DAY, Some("9 days ago")),
        (now - 21 * DAY, Some("3 weeks ago")),
        (now - 70 * DAY, Some("2 months ago")),
        (0, None),
    ] {
        let mut list = devices();
        list[1].heard = heard;
        stand.session.apply(Event::Devices { devices: list });
        match says {
            Some(says) => {
                let says = format!("Last heard from: {says}");
                stand.until(&says, || lines().iter().any(|line| line.contains(&says))).await;
            }
            None => {
                stand.until("nothing to be said", || lines().iter().all(|line| !line.contains("heard"))).await;
            }
        }
    }
    assert!(lines()[0].contains("Added"));
}

#[wasm_bindgen_test]
async fn with_eight_devices_no_more_can_be_linked_and_the_page_says_why() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    let list = |count: u8| {
        let device =
            |n: u8| DeviceView { device: PersonId([n; 32]), name: n.to_string(), here: n == 0, since: SINCE, heard: 0 };
        (0..count).map(device).collect()
    };
    stand.session.apply(Event::Devices { devices: list(7) });
    stand.find("button:not([disabled])", "Link a device").await;
    stand.session.apply(Event::Devices { devices: list(8) });
    stand.find("button[disabled]", "Link a device").await;
    stand.find("p", "Eight devices are linked, and more cannot be. Remove one to link another.").await;
}

#[wasm_bindgen_test]
async fn a_link_that_nobody_answers_says_so_and_another_can_be_pasted() {
    let _soon = Soon::begin();
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.press("button", "Link a device").await;
    stand.type_into("input", "Link of the new device", LINK).await;
    stand.press("button", "Continue").await;
    let sentence = "The new device does not answer. Show a new link there and paste it here.";
    stand.find(".field__error", sentence).await;
    stand.asked(BREAK).await;
    stand.press("button", "Continue").await;
    let asks = || stand.asked.borrow().iter().filter(|command| matches!(command, Command::LinkDevice { .. })).count();
    stand.until("it to be read again", || asks() == 2).await;
}

#[wasm_bindgen_test]
async fn a_link_that_nobody_reads_is_replaced() {
    let _soon = Soon::begin();
    let stand = Stand::at("");
    stand.session.apply(EMPTY);
    stand.press("button", "I have X Chat on another device").await;
    let asks =
        || stand.asked.borrow().iter().filter(|command| matches!(command, Command::LinkThisDevice { .. })).count();
    stand.until("a link to be asked for", || asks() == 1).await;
    stand.session.apply(Event::DeviceLink { link: LINK.to_owned() });
    stand.until("another one to be asked for", || asks() == 2).await;
    stand.session.apply(Event::DeviceLink { link: LINK.replace("AAAA", "BBBB") });
    let shown = || stand.all("input").iter().any(|input| value(input).ends_with("BBBB"));
    stand.until("it to be shown", shown).await;
}

#[wasm_bindgen_test]
fn a_browser_is_called_by_its_own_name_and_its_system() {
    let name = xchat::ui::devices::name_of_agent;
    let chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36";
    let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0";
    let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    assert_eq!(
        [name(chrome), name(edge), name(safari), name(firefox), name("x")],
        ["Chrome, Android", "Edge, Windows", "Safari, iPhone", "Firefox, Linux", ""]
    );
}

fn flow(giving: bool, done: u32, of: u32, over: bool) -> Event {
    Event::History { giving, chats: Vec::new(), messages: 120, done, of, over }
}

#[wasm_bindgen_test]
async fn whether_the_history_goes_along_is_asked_before_the_digits_are_confirmed() {
    let stand = linking().await;
    let share = "dialog label.setting";
    stand
        .press(share, "Send it my historyThe messages of all chats, sealed for the new device. Off: it begins empty.")
        .await;
    stand.asked(Command::ShareHistory { on: false }).await;
    stand.press("button", "They match").await;
    stand.asked(MATCH).await;
    stand.until("the question to go", || stand.all(share).is_empty()).await;
}

#[wasm_bindgen_test]
async fn history_says_how_far_it_is_that_it_stands_still_and_that_it_is_here() {
    let _soon = Soon::begin();
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    let strip =
        |words: &str| stand.all(".banner__text").iter().any(|p| p.text_content().is_some_and(|t| t.contains(words)));
    stand.session.apply(flow(false, 0, 0, false));
    stand.until("the beginning", || strip("Keep X Chat open on both.")).await;
    stand.find(".system", "Earlier messages are on their way from your other device.").await;
    stand.session.apply(flow(false, 3, 12, false));
    stand.until("the count", || strip("3 of 12 chats so far.")).await;
    stand.until("the silence", || strip("Open X Chat on your other device and keep it open.")).await;
    stand.session.apply(flow(false, 4, 12, false));
    stand.until("the count again", || strip("4 of 12 chats so far.")).await;
    stand.session.apply(flow(false, 12, 12, true));
    stand.until("the end", || strip("Your history is here. Messages: 120.")).await;
    stand
        .until("the line to go", || {
            stand.named(".system", "Earlier messages are on their way from your other device.").is_none()
        })
        .await;
    stand.press(".banner button", "Close").await;
    stand.until("the strip to go", || !strip("Your history")).await;
}

#[wasm_bindgen_test]
async fn the_device_that_gives_history_says_so_and_lacks_nothing_itself() {
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    let strip =
        |words: &str| stand.all(".banner__text").iter().any(|p| p.text_content().is_some_and(|t| t.contains(words)));
    stand.session.apply(flow(true, 1, 2, false));
    stand.until("the count", || strip("1 of 2 chats so far. Keep X Chat open on both.")).await;
    assert!(stand.all(".timeline .system").is_empty());
    stand.session.apply(Event::Devices { devices: devices() });
    stand.session.apply(flow(true, 2, 2, true));
    stand.until("the end", || strip("Your new device has your history.")).await;
    // It is removed: nothing goes there any more.
    stand.session.apply(flow(true, 1, 2, false));
    stand.until("the count", || strip("1 of 2 chats so far.")).await;
    stand.session.apply(Event::Devices { devices: devices().into_iter().filter(|device| device.here).collect() });
    stand.until("the strip to go", || !strip("1 of 2 chats so far.")).await;
}
