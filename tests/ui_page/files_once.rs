//! What may be seen once: the one time that it is looked at.

use leptos::prelude::{Set, document};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};
use xchat::ui::chat::offers::{Offer, offers};
use xchat::ui::media::client::{FileFailure, Opened, TaskState};
use xchat_engine::api::{
    Attachment, Body, ChatState, ChatView, Command, Event, FileCommand, Holds, Mark, MessageView, Problem,
};
use xchat_files::Kind;

use crate::files_double::{Double, attachment, here, picture, with_files};
use crate::polls::key;
use crate::stand::{NOOR, Stand, bubbling, frames, noor, said};

fn once(mut file: Attachment) -> Attachment {
    file.media.once = true;
    file
}

async fn reading(messages: Vec<MessageView>) -> Stand {
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    stand.until("the files", || !stand.all(".attachments").is_empty()).await;
    stand.all(".attachments")[0].scroll_into_view();
    stand
}

/// Theirs: a picture that may be seen once, of this order.
fn theirs(order: u64) -> MessageView {
    with_files(order, "", vec![once(picture("secret.jpg", 4, 3))])
}

fn opened(order: u64) -> MessageView {
    MessageView { body: Body::Opened(Holds::Picture), ..said(order, "") }
}

/// The asks to open something: tags and orders.
fn asks(stand: &Stand) -> Vec<(u32, u64)> {
    let of_files = |command: &Command| match command {
        Command::Files { chat: NOOR, what, tag: Some(tag), reply: Some(order) } => {
            assert_eq!(FileCommand::from_bytes(what).unwrap(), FileCommand::Opened { order: *order });
            Some((*tag, *order))
        }
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(of_files).collect()
}

/// The window of the first message has its bytes, and asks to show them. Its tag.
async fn asking(stand: &Stand, double: &Double) -> u32 {
    let (opened, asked) = (double.opened.borrow().len(), asks(stand).len());
    stand.press("button.once", OPEN).await;
    stand.until("it to be asked for", || double.opened.borrow().len() > opened).await;
    Double::comes(&double.opened, "secret.jpg", here(Kind::Jpeg));
    stand.until("the engine to be asked", || asks(stand).len() > asked).await;
    assert_eq!(asks(stand)[asked].1, 1);
    asks(stand)[asked].0
}

const OPEN: &str = "Photo, view once: open";
const BEFORE: &str = "It was opened before, in another window or on another of your devices.";

#[wasm_bindgen_test]
async fn it_is_shown_when_the_engine_has_forgotten_it_and_is_gone_when_it_is_closed() {
    let double = Double::new();
    let stand = reading(vec![theirs(1), said(2, "words")]).await;
    let bubble = stand.find("button.once", OPEN).await;
    assert!(bubble.text_content().unwrap().contains("View once · 300 kB"));
    assert!(double.opened.borrow().is_empty(), "it does not come by itself");
    let press: HtmlElement = bubble.unchecked_into();
    press.focus().unwrap();
    press.click();
    stand.until("it to be asked for", || Double::names(&double.opened) == ["secret.jpg"]).await;
    Double::comes(&double.opened, "secret.jpg", TaskState::Working { done: 150_000, total: 300_000 });
    stand.find(".viewer__coming [role=status]", "150 of 300 kB").await;
    assert!(asks(&stand).is_empty(), "it is not here yet");
    Double::comes(&double.opened, "secret.jpg", here(Kind::Jpeg));
    stand.until("the engine to be asked", || asks(&stand).len() == 1).await;
    let (tag, order) = asks(&stand)[0];
    assert_eq!(order, 1);
    assert!(stand.all(".viewer img").is_empty(), "it has not answered yet");
    stand.show(opened(1));
    stand.session.apply(Event::Written { tag: tag + 1 });
    frames(3).await;
    assert!(stand.all(".viewer img").is_empty(), "that may have been another window");
    stand.session.apply(Event::Written { tag });
    stand.find(".viewer__picture img", "").await;
    stand.find(".viewer__who b", "Noor").await;
    for none in ["Save", "Forward", "Next", "Previous"] {
        assert!(stand.named(".viewer button", none).is_none(), "{none}");
    }
    stand.all(".viewer")[0].dispatch_event(&key("+")).unwrap();
    stand.until("it to be near", || !stand.all(".viewer__picture.is-near").is_empty()).await;
    let init = bubbling();
    init.set_cancelable(true);
    let menu = web_sys::Event::new_with_event_init_dict("contextmenu", &init).unwrap();
    assert!(!stand.all(".viewer__picture img")[0].dispatch_event(&menu).unwrap(), "the browser would keep it");
    stand.press(".viewer button", "Close").await;
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    stand.find("[data-order='1'] .once--opened .file-card__info", "Opened").await;
    assert!(stand.all("button.once").is_empty());
    let bubble: Element = stand.all(".bubble[data-order='1']").remove(0);
    stand.until("the focus to be on its bubble", || document().active_element().as_ref() == Some(&bubble)).await;
    assert_eq!((asks(&stand).len(), double.opened.borrow().len()), (1, 1), "once");
}

#[wasm_bindgen_test]
async fn what_was_opened_elsewhere_or_does_not_come_is_not_shown() {
    let double = Double::new();
    let stand = reading(vec![theirs(1)]).await;
    stand.press("button.once", OPEN).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "secret.jpg", TaskState::Failed(FileFailure::Gone));
    stand.find(".viewer__failed p", "No longer available.").await;
    stand.press(".viewer button", "Close").await;
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    stand.press("button.once", OPEN).await;
    stand.until("it to be asked for again", || double.opened.borrow().len() == 2).await;
    stand.show(opened(1));
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    stand.find(".toast", BEFORE).await;
    Double::comes(&double.opened, "secret.jpg", here(Kind::Jpeg));
    assert!(asks(&stand).is_empty() && stand.all(".viewer").is_empty());
}

#[wasm_bindgen_test]
async fn of_two_windows_that_ask_at_the_same_moment_the_other_says_that_it_was_opened() {
    let double = Double::new();
    let stand = reading(vec![theirs(1)]).await;
    let tag = asking(&stand, &double).await;
    stand.show(opened(1));
    frames(3).await;
    assert!(stand.all(".toast").is_empty() && stand.all(".viewer").len() == 1, "its own ask is not answered");
    stand.session.apply(Event::NotWritten { tag, problem: Some(Problem::NoMessage) });
    assert!(stand.all(".viewer img").is_empty());
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    stand.find(".toast", BEFORE).await;
    assert_eq!(stand.all(".toast").len(), 1, "that is said once");
}

#[wasm_bindgen_test]
async fn what_could_not_be_opened_is_not_shown_and_can_be_asked_again() {
    let double = Double::new();
    let stand = reading(vec![theirs(1)]).await;
    for (problem, said) in [(None, 1), (Some(Problem::NoChat), 2)] {
        let tag = asking(&stand, &double).await;
        stand.session.apply(Event::NotWritten { tag, problem });
        assert!(stand.all(".viewer img").is_empty());
        stand.until("it to go", || stand.all(".viewer").is_empty()).await;
        stand.find(".toast:last-child", "It could not be opened.").await;
        assert_eq!(stand.all(".toast").len(), said);
    }
}

#[wasm_bindgen_test]
async fn what_is_deleted_for_all_while_one_waits_is_gone() {
    let double = Double::new();
    let stand = reading(vec![theirs(1)]).await;
    asking(&stand, &double).await;
    stand.show(MessageView { body: Body::Deleted, ..said(1, "") });
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_film_is_opened_whole_and_offered_for_nothing_else() {
    let double = Double::new();
    *double.streams.borrow_mut() = true;
    let film = once(attachment("film.mp4", "video/mp4", 3_000_000, 3));
    let stand = reading(vec![with_files(1, "", vec![film])]).await;
    stand.press("button.once", "Video, view once: open").await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    let url = js_sys::eval("URL.createObjectURL(new MediaSource())").unwrap().as_string().unwrap();
    Double::comes(&double.opened, "film.mp4", TaskState::Done(Opened { url, kind: Kind::Mp4, blob: None }));
    stand.until("the engine to be asked", || asks(&stand).len() == 1).await;
    assert!(stand.all("video").is_empty());
    stand.session.apply(Event::Written { tag: asks(&stand)[0].0 });
    stand.show(MessageView { body: Body::Opened(Holds::Video), ..said(1, "") });
    stand.until("the film", || !stand.all("video").is_empty()).await;
    let film = stand.all("video").remove(0);
    assert_eq!(film.get_attribute("controlslist").as_deref(), Some("nodownload noremoteplayback"));
    assert!(film.has_attribute("disablepictureinpicture"));
}

#[wasm_bindgen_test]
async fn an_own_one_is_opened_by_nobody_here_and_says_when_it_was() {
    let double = Double::new();
    let mine = MessageView { mine: true, mark: Some(Mark::Read), ..theirs(1) };
    let stand = reading(vec![mine.clone()]).await;
    stand.find("div.once .file-card__info", "View once").await;
    stand.all("div.once")[0].unchecked_ref::<HtmlElement>().click();
    assert!(stand.all("button.once, [data-order='1'] [data-at]").is_empty());
    assert!(double.opened.borrow().is_empty() && stand.all(".viewer").is_empty());
    stand.show(MessageView { body: Body::Opened(Holds::Picture), holds: None, attachments: None, ..mine });
    stand.find(".once--opened .file-card__info", "Opened").await;
    stand.find(".once--opened .file-card__name", "Photo").await;
}

#[wasm_bindgen_test]
async fn nobody_comes_upon_it_in_passing() {
    let double = Double::new();
    let pictures = |order| with_files(order, "", vec![picture("open.jpg", 4, 3)]);
    let stand = reading(vec![pictures(1), theirs(2), pictures(3)]).await;
    stand.until("the others to be asked for", || Double::names(&double.opened) == ["open.jpg", "open.jpg"]).await;
    double.opened.borrow().iter().for_each(|(_, state)| state.set(here(Kind::Jpeg)));
    stand.press(".photo", "Photo").await;
    stand.find(".viewer__number", "1 of 2").await;
}

#[wasm_bindgen_test]
async fn it_is_neither_kept_nor_passed_on_and_a_row_says_what_it_is() {
    let of = |message: &MessageView| offers(&noor(ChatState::Open), message);
    let message = with_files(1, "look", vec![once(picture("secret.jpg", 4, 3))]);
    let (kept, plain) = (of(&message), of(&with_files(1, "look", vec![picture("open.jpg", 4, 3)])));
    for offer in [Offer::Copy, Offer::Save, Offer::Forward] {
        assert!(plain.contains(&offer) && !kept.contains(&offer), "{offer:?}");
    }
    let mine = |message: MessageView| of(&MessageView { mine: true, ..message }).contains(&Offer::Edit);
    assert!(mine(with_files(1, "look", vec![picture("open.jpg", 4, 3)])) && !mine(message));
    assert!(kept.contains(&Offer::Reply) && kept.contains(&Offer::Select) && kept.contains(&Offer::Delete));
    let past = of(&opened(1));
    assert!(past.contains(&Offer::Reply) && !past.contains(&Offer::Forward) && !past.contains(&Offer::Save));
    let _double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![picture("open.jpg", 4, 3)]), theirs(2)]).await;
    stand.session.apply(Event::Chat { chat: ChatView { last: Some(theirs(2)), ..noor(ChatState::Open) } });
    stand.find(".list-row__preview .held--whole", "Photo · View once").await;
    stand.session.apply(Event::Chat { chat: ChatView { last: Some(opened(2)), ..noor(ChatState::Open) } });
    stand.until("the words alone", || stand.all(".list-row__preview .held").is_empty()).await;
    stand.find(".list-row__preview", "Photo").await;
    // One of those that are chosen keeps all of them.
    stand.session.apply(Event::Chat { chat: noor(ChatState::Open) });
    let more = stand.all("[data-order='1'] .bubble__more").remove(0);
    more.unchecked_into::<HtmlElement>().click();
    stand.press("[role=menuitem]", "Select").await;
    stand.find(".chosen button", "Forward").await;
    stand.all("[data-order='2'].bubble")[0].unchecked_ref::<HtmlElement>().click();
    stand.until("none to be passed on", || stand.named(".chosen button", "Forward").is_none()).await;
}

#[wasm_bindgen_test]
async fn arrow_up_changes_the_last_own_message_that_can_be_changed() {
    let _double = Double::new();
    let mine = |message: MessageView| MessageView { mine: true, mark: Some(Mark::Read), ..message };
    let stand = reading(vec![mine(said(1, "earlier")), mine(said(2, "words")), mine(theirs(3))]).await;
    let field = stand.find("textarea", "Message").await;
    field.dispatch_event(&key("ArrowUp")).unwrap();
    stand.find(".composer [type=submit]", "Save changes").await;
    assert_eq!(field.unchecked_into::<HtmlTextAreaElement>().value(), "words");
}

#[wasm_bindgen_test]
async fn who_was_not_accepted_is_not_told_that_it_was_opened_so_it_is_not() {
    let double = Double::new();
    let stand = Stand::reading(noor(ChatState::Request), vec![theirs(1)]).await;
    stand.find("div.once .file-card__info", "View once · 300 kB").await;
    assert!(stand.all("button.once").is_empty() && double.opened.borrow().is_empty());
    stand.session.apply(Event::Chat { chat: noor(ChatState::Open) });
    stand.find("button.once", OPEN).await;
}

#[wasm_bindgen_test]
async fn while_the_page_is_behind_others_it_waits() {
    let double = Double::new();
    let stand = reading(vec![theirs(1)]).await;
    stand.press("button.once", OPEN).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    let turn = |state: &str| {
        js_sys::eval(&format!(
            "Object.defineProperty(document, 'visibilityState', {{ configurable: true, get: () => '{state}' }});
             document.dispatchEvent(new Event('visibilitychange', {{ bubbles: true }}));"
        ))
        .unwrap()
    };
    turn("hidden");
    Double::comes(&double.opened, "secret.jpg", here(Kind::Jpeg));
    frames(3).await;
    assert!(asks(&stand).is_empty(), "nobody would see it");
    turn("visible");
    js_sys::eval("delete document.visibilityState;").unwrap();
    stand.until("the engine to be asked", || asks(&stand).len() == 1).await;
}

#[wasm_bindgen_test]
async fn what_this_browser_makes_nothing_of_is_not_used_up_by_it() {
    let double = Double::new();
    *double.unseen.borrow_mut() = true;
    let stand = reading(vec![theirs(1)]).await;
    stand.press("button.once", OPEN).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "secret.jpg", here(Kind::Jpeg));
    let said = "This browser cannot show it. It was not opened, so another of your devices still can.";
    stand.find(".viewer__failed[role=alert] p", said).await;
    assert!(asks(&stand).is_empty());
    stand.press(".viewer button", "Close").await;
    stand.find("button.once", OPEN).await;
}
