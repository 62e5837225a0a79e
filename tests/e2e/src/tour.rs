//! A walk through every screen, for whoever wants to look at each: as pictures, or for what keeps people out.

use std::rc::Rc;

use serde_json::json;

use crate::{Browser, House, Kind, step, until};

/// Which widths a screen can be looked at in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Any.
    Any,
    /// The one that it has: another would close what is open.
    Own,
}

/// What is done at each screen. The page must be as it was afterwards.
pub trait Look {
    /// `screen`: what it is called, in lower case and with hyphens.
    fn look(&self, browser: &Browser, width: Width, screen: &str) -> impl Future<Output = ()>;
}

/// Two people meet as in a scenario, and what they do fills the screens.
pub async fn tour(house: &House, see: &impl Look) {
    let (ada, ben) = (house.browser_with_camera("Ada").await, house.browser("Ben").await);
    before_an_account(see, &ada).await;
    let chat = first_words(see, &ada, &ben).await;
    conversations(see, &ada, &ben, &chat).await;
    people(see, &ada, &ben, &chat).await;
    let group = a_group(see, &ada, &ben).await;
    an_invitation(see, house, &ada, &group).await;
    settings(see, &ada).await;
    other_looks(see, &ada, &chat).await;
    without_a_relay(see, house, &ada, &group).await;
}

async fn before_an_account(see: &impl Look, ada: &Browser) {
    step("before there is an account");
    ada.sees("button", "Continue").await;
    see.look(ada, Width::Any, "welcome").await;
    ada.press("button", "Continue").await;
    see.look(ada, Width::Any, "welcome-no-name").await;
}

/// The fragment of the conversation that opens.
async fn first_words(see: &impl Look, ada: &Browser, ben: &Browser) -> String {
    step("a new account, a request");
    ada.join().await;
    see.look(ada, Width::Any, "empty").await;
    let link = ada.own_link().await;
    ada.visit("#new").await;
    ada.sees("dialog", "New chat").await;
    see.look(ada, Width::Any, "new-chat").await;
    ada.press("button", "Scan code").await;
    ada.is_told("Looking for a code").await;
    see.look(ada, Width::Any, "scan").await;
    ada.press("button", "Paste a link instead").await;
    ada.visit("#").await;
    ben.open_link(&link).await;
    see.look(ben, Width::Any, "invited").await;
    ben.join().await;
    ben.write("Hello Ada! I found your link on the notice board.").await;
    ada.visit("#").await;
    ada.open_chat("Ben").await;
    ada.sees("button", "Accept").await;
    see.look(ada, Width::Any, "request").await;
    ada.press("button", "Accept").await;
    ada.sees("textbox", "Message").await;
    fragment(ada).await
}

async fn conversations(see: &impl Look, ada: &Browser, ben: &Browser, chat: &str) {
    step("a conversation with all sorts of words");
    let texts = [
        "Hi Ben, good that you write.",
        "Three things for Saturday:\n\n1. the **map**\n2. *water*, two litres each\n3. the [weather](https://weather.example/alps)",
        "🥾🏔️",
    ];
    ada.write_all(&texts.map(str::to_owned)).await;
    ben.sees_message("Ada", "🥾🏔️").await;
    ben.write("Great! Shall we meet at eight?").await;
    ben.write_all(&["> at the fountain\n\n`bus 14` goes at 7:40.".to_owned()]).await;
    ada.sees_message("Ben", "Great! Shall we meet at eight?").await;
    ada.choose("Great! Shall we meet at eight?", "Reply").await;
    ada.fill("Message", "Eight is fine").await;
    see.look(ada, Width::Any, "conversation-reply").await;
    ada.press("button", "Send").await;
    see.look(ada, Width::Any, "conversation").await;
    ada.open_menu("Eight is fine").await;
    see.look(ada, Width::Own, "message-menu").await;
    ada.visit("#").await;
    see.look(ada, Width::Any, "list").await;
    ada.fill("Search", "eight").await;
    ada.is_told("2 found").await;
    see.look(ada, Width::Any, "found").await;
    ada.fill("Search", "").await;
    ada.visit(chat).await;
    ada.choose("Eight is fine", "Select").await;
    ada.is_told("1 message selected").await;
    see.look(ada, Width::Any, "select").await;
    ada.press("button", "Cancel selection").await;
    ada.fill("Message", "Bring **boots**, `bus 14` goes at *7:40*").await;
    ada.sees("group", "Preview").await;
    see.look(ada, Width::Any, "preview").await;
    ada.fill("Message", "").await;
    a_poll(see, ada).await;
    ada.press("button", "Emoji").await;
    ada.sees("textbox", "Find emoji").await;
    see.look(ada, Width::Own, "emoji").await;
    ada.fill("Find emoji", "mountain").await;
    see.look(ada, Width::Own, "emoji-found").await;
    ada.visit("#").await;
    ada.reload().await;
}

async fn a_poll(see: &impl Look, ada: &Browser) {
    ada.press("button", "Attach").await;
    ada.press("menuitem", "Poll").await;
    ada.fill("Question", "Which way up?").await;
    ada.fill("Option 1", "By the lake").await;
    ada.fill("Option 2", "Through the wood").await;
    see.look(ada, Width::Any, "new-poll").await;
    ada.press("button", "Send").await;
    ada.press("checkbox", "By the lake 0").await;
    ada.sees("checkbox", "By the lake 1").await;
    see.look(ada, Width::Any, "poll").await;
    ada.press("button", "1 voted").await;
    ada.sees("heading", "Who voted for what").await;
    see.look(ada, Width::Any, "poll-votes").await;
    ada.press("button", "Close").await;
    ada.sees_no("dialog", "Details").await;
    ada.choose("Which way up?", "End poll").await;
    ada.sees("dialog", "End this poll?").await;
    see.look(ada, Width::Any, "poll-end").await;
    ada.press("button", "Cancel").await;
}

async fn people(see: &impl Look, ada: &Browser, ben: &Browser, chat: &str) {
    step("a person");
    ada.visit(&format!("{chat}/info")).await;
    ada.sees("button", "Block Ben").await;
    see.look(ada, Width::Any, "contact").await;
    ada.press("button", "Media, files and links").await;
    ada.is_told("No photos or videos yet.").await;
    see.look(ada, Width::Any, "gallery-empty").await;
    ada.press("tab", "Links").await;
    ada.sees("button", "Actions for weather.example").await;
    see.look(ada, Width::Any, "gallery-links").await;
    ada.press("button", "Back to the details").await;
    // Ben's browser has no camera.
    let hash = fragment(ben).await;
    ben.visit(&format!("{hash}/info")).await;
    ben.press("button", "Scan code").await;
    ben.is_told("No camera was found. Connect one and try again, or choose a picture.").await;
    see.look(ben, Width::Any, "scan-no-camera").await;
    ben.press("button", "Compare by eye instead").await;
    // Firefox's camera sees no code.
    if ada.kind() == Kind::Chromium {
        ada.holds_camera_at(Some(&ben.code("Your code for Ada").await));
        ada.press("button", "Scan code").await;
        ada.is_told("The numbers match").await;
        see.look(ada, Width::Any, "scan-match").await;
        ada.press("button", "Done").await;
        ada.sees("button", "Remove the mark").await;
        see.look(ada, Width::Any, "contact-verified").await;
        let _day: bool = ada.script("document.getElementById('timer-2').click(); return true", Vec::new()).await;
        ada.visit(chat).await;
        see.look(ada, Width::Any, "conversation-verified").await;
    }
    ben.visit(&hash).await;
}

/// The fragment of the group.
async fn a_group(see: &impl Look, ada: &Browser, ben: &Browser) -> String {
    step("a group");
    ada.visit("#new/group").await;
    ada.sees("dialog", "New group").await;
    ada.fill("Group name", "Saturday in the hills").await;
    ada.press("checkbox", "Ben").await;
    see.look(ada, Width::Any, "new-group").await;
    ada.press("button", "Create group").await;
    ada.sees("heading", "Saturday in the hills").await;
    let group = fragment(ada).await;
    ada.write("Who brings the rope?").await;
    ben.visit("#").await;
    ben.open_chat("Saturday in the hills").await;
    ben.sees_message("Ada", "Who brings the rope?").await;
    ben.write("I do, forty metres.").await;
    ada.sees_message("Ben", "I do, forty metres.").await;
    see.look(ada, Width::Any, "group").await;
    ada.visit(&format!("{group}/info")).await;
    ada.sees("heading", "Group").await;
    see.look(ada, Width::Any, "group-page").await;
    group
}

async fn an_invitation(see: &impl Look, house: &House, ada: &Browser, group: &str) {
    step("an invite link, who asks by it, and a move");
    let cleo = house.browser("Cleo").await;
    ada.press("button", "Make an invite link Whoever has it can ask to join").await;
    let link = ada.read("textbox", "Invite link").await;
    ada.script::<bool>("[...document.querySelectorAll('input')].find((field) => field.value.includes('#join/')).scrollIntoView({ block: 'center' }); return true", Vec::new())
        .await;
    see.look(ada, Width::Any, "invite-link").await;
    cleo.open_link(&link).await;
    cleo.reads_line("Someone sent you a group’s link").await;
    see.look(&cleo, Width::Any, "invited-to-a-group").await;
    cleo.join().await;
    cleo.sees("button", "Ask to join").await;
    see.look(&cleo, Width::Any, "join").await;
    cleo.press("button", "Ask to join").await;
    cleo.is_told("You asked to join").await;
    see.look(&cleo, Width::Any, "join-asked").await;
    cleo.visit("#").await;
    see.look(&cleo, Width::Any, "join-waiting").await;
    ada.visit(group).await;
    ada.is_told("Somebody asks to join.").await;
    see.look(ada, Width::Any, "asked").await;
    ada.visit(&format!("{group}/info")).await;
    ada.sees("button", "Let in Cleo").await;
    see.look(ada, Width::Any, "requests").await;
    ada.press("button", "Move to a fresh group Everyone comes along, and nothing that was written is lost").await;
    see.look(ada, Width::Any, "move").await;
    ada.press("button", "Close").await;
    cleo.close().await;
}

/// What is opened by keys, and the largest text on the least room.
async fn other_looks(see: &impl Look, ada: &Browser, chat: &str) {
    step("shortcuts, a search within a conversation, large text");
    ada.visit("#settings/help").await;
    ada.press("button", "Keyboard shortcuts Press ? to see them").await;
    ada.sees("dialog", "Keyboard shortcuts").await;
    see.look(ada, Width::Any, "shortcuts").await;
    ada.press("button", "Close").await;
    ada.visit(&format!("{chat}/info")).await;
    ada.press("link", "Search in chat").await;
    ada.fill("Search in chat", "eight").await;
    ada.is_told("1 of 2").await;
    see.look(ada, Width::Any, "search-within").await;
    ada.press("button", "Close the search").await;
    let look = "localStorage.setItem('xchat.text', arguments[0]); localStorage.setItem('xchat.density', arguments[1]); return true";
    ada.script::<bool>(look, vec![json!("largest"), json!("compact")]).await;
    for (place, name) in [("#", "large-list"), (chat, "large-conversation"), ("#settings", "large-settings")] {
        ada.visit(place).await;
        ada.reload().await;
        ada.sees_rows(&[("Saturday in the hills", 0), ("Ben", 0)]).await;
        see.look(ada, Width::Any, name).await;
    }
    ada.script::<bool>(
        "localStorage.removeItem('xchat.text'); localStorage.removeItem('xchat.density'); return true",
        Vec::new(),
    )
    .await;
    ada.reload().await;
}

async fn settings(see: &impl Look, ada: &Browser) {
    step("settings");
    for (place, heading, name) in [
        ("#settings", "Settings", "settings"),
        ("#settings/notifications", "Notifications", "notifications"),
        ("#settings/devices", "Devices", "devices"),
        ("#settings/storage", "Storage", "storage"),
        ("#settings/help", "Help", "help"),
        ("#settings/about", "About", "about"),
        ("#settings/words", "Write down these 12 words", "words"),
    ] {
        ada.visit(place).await;
        ada.sees("heading", heading).await;
        see.look(ada, Width::Any, name).await;
    }
    ada.visit("#settings").await;
    ada.fill("About you", "Up in the hills, mostly").await;
    ada.choose_photo("#3a7").await;
    ada.sees("dialog", "Part of the picture").await;
    see.look(ada, Width::Any, "crop").await;
    ada.press("button", "Close").await;
    let end = "document.querySelectorAll('main, main *').forEach((part) => { part.scrollTop = 1e6; }); return true";
    for (place, heading, name) in [("#settings", "Settings", "settings-end"), ("#settings/help", "Help", "help-open")] {
        ada.visit(place).await;
        ada.sees("heading", heading).await;
        let _open: bool = ada
            .script(
                "document.querySelectorAll('main details').forEach((part) => { part.open = true; }); return true",
                Vec::new(),
            )
            .await;
        let _end: bool = ada.script(end, Vec::new()).await;
        see.look(ada, Width::Any, name).await;
    }
}

async fn without_a_relay(see: &impl Look, house: &House, ada: &Rc<Browser>, group: &str) {
    step("without a relay");
    ada.visit(group).await;
    ada.sees("textbox", "Message").await;
    house.relay().stop().await;
    ada.write("Is anybody there?").await;
    until("the page to notice", async || {
        let bars = "return document.querySelectorAll('.banner').length";
        let bars: u32 = ada.script(bars, Vec::new()).await;
        (bars > 0).then_some(()).ok_or("no banner".to_owned())
    })
    .await;
    see.look(ada, Width::Any, "offline").await;
}

/// Where a page is.
async fn fragment(browser: &Browser) -> String {
    until("a conversation to be open", async || {
        let hash: String = browser.script("return location.hash", vec![json!(null)]).await;
        if hash.starts_with("#chat/") { Ok(hash) } else { Err(hash) }
    })
    .await
}
