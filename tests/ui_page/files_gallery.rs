//! What a conversation has of pictures, sounds, files and links, on a page of its own.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use xchat::ui::media::gallery::keys::next;
use xchat_engine::api::{
    Attachment, Attachments, ChatState, ChatView, Command, Event, FileCommand, Found, Hit, Media, PersonId, Shelf,
};
use xchat_files::Kind;

use crate::files_double::{Double, attachment, here, picture, voice};
use crate::groups::{author, group, hiking};
use crate::polls::key;
use crate::stand::{HIKING, NOOR, Stand, frames, noor, open};

/// The last of November 2025, and of October, at noon.
const NOVEMBER: u64 = 1_764_504_000_000;
const OCTOBER: u64 = 1_761_912_000_000;

pub(crate) fn hit(order: u64, files: Vec<Attachment>) -> Hit {
    let attachments = (!files.is_empty()).then(|| Attachments { files, going: None }.to_bytes().into());
    let time = NOVEMBER + order;
    let (mine, author) = (order.is_multiple_of(2), None);
    Hit { chat: NOOR, order, mine, author, time, snippet: vec![String::new()], attachments, links: Vec::new() }
}

fn linked(order: u64, links: &[&str]) -> Hit {
    Hit { links: links.iter().map(|link| (*link).to_owned()).collect(), ..hit(order, Vec::new()) }
}

fn film(name: &str) -> Attachment {
    let media = Media { duration_ms: 42_000, ..Media::default() };
    Attachment { media, ..attachment(name, "video/mp4", 3_000_000, 3) }
}

/// What was asked for: the number, which shelf, and from where on.
pub(crate) type Asked = (u32, Shelf, Option<Vec<u8>>);

pub(crate) fn asks(stand: &Stand) -> Vec<Asked> {
    let of = |command: &Command| match command {
        Command::Files { chat: NOOR, reply: None, tag: None, what } => match FileCommand::from_bytes(what).ok()? {
            FileCommand::Gallery { search, shelf, from } => Some((search, shelf, from.map(Into::into))),
            _ => None,
        },
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(of).collect()
}

/// Waits until so many were asked for; the last of them.
pub(crate) async fn asked(stand: &Stand, count: usize) -> Asked {
    stand.until(&format!("{count} to be asked for"), || asks(stand).len() == count).await;
    asks(stand).pop().expect("there are some")
}

pub(crate) fn answer(stand: &Stand, search: u32, hits: Vec<Hit>, more: Option<Vec<u8>>) {
    let found = Found { search, hits, more: more.map(Into::into) };
    stand.session.apply(Event::Found { found: found.to_bytes().into() });
}

/// The page of the person, and the gallery over it.
pub(crate) async fn opened(chat: ChatView) -> Stand {
    let stand = Stand::with(chat, &format!("{}/info", open(NOOR)));
    stand.press("button", "Media, files and links").await;
    stand.find("h1", "Media, files and links").await;
    // The page has no styles here, and is high.
    stand.all(".gallery")[0].scroll_into_view();
    stand
}

/// The gallery with this on its first shelf, and all of it.
pub(crate) async fn showing(hits: Vec<Hit>) -> (std::rc::Rc<Double>, Stand) {
    let double = Double::new();
    let stand = opened(noor(ChatState::Open)).await;
    let (search, shelf, from) = asked(&stand, 1).await;
    assert_eq!((shelf, from), (Shelf::Media, None));
    answer(&stand, search, hits, None);
    (double, stand)
}

/// The shelf of this tab with this on it.
async fn turned(stand: &Stand, tab: &str, hits: Vec<Hit>) {
    let before = asks(stand).len();
    stand.press("[role=tab]", tab).await;
    let (search, ..) = asked(stand, before + 1).await;
    answer(stand, search, hits, None);
}

fn labels(stand: &Stand) -> Vec<String> {
    stand.all(".photo").iter().map(crate::stand::name_of).collect()
}

fn texts(stand: &Stand, selector: &str) -> Vec<String> {
    stand.all(selector).iter().map(|at| at.text_content().unwrap_or_default()).collect()
}

fn chosen(stand: &Stand) -> Vec<String> {
    texts(stand, "[role=tab][aria-selected=true]")
}

#[wasm_bindgen_test]
async fn pictures_and_films_stand_by_months_and_say_whose_they_are_and_how_long() {
    let old = Hit { time: OCTOBER, ..hit(1, vec![picture("old.jpg", 4, 3)]) };
    let two = hit(4, vec![picture("one.jpg", 4, 3), attachment("a.pdf", "application/pdf", 5, 1), film("two.mp4")]);
    let (double, stand) = showing(vec![two, hit(3, vec![picture("three.jpg", 4, 3)]), old]).await;
    stand.until("the tiles", || stand.all(".photo").len() == 4).await;
    let words = ["Photo, You", "Video, You", "Photo, Noor", "Photo, Noor"];
    for (label, words) in labels(&stand).iter().zip(words) {
        assert!(label.starts_with(words), "{label}");
    }
    assert!(labels(&stand)[1].ends_with(", 0:42"));
    assert_eq!(texts(&stand, ".on-media"), ["0:42"]);
    assert_eq!(texts(&stand, ".gallery__month h2"), ["November 2025", "October 2025"]);
    assert_eq!(stand.all(".gallery__month:last-of-type .photo").len(), 1);
    stand.until("the pictures to be asked for", || double.opened.borrow().len() == 3).await;
    assert!(!Double::names(&double.opened).contains(&"two.mp4".to_owned()), "a film comes when it is looked at");
}

#[wasm_bindgen_test]
async fn what_the_relay_has_thrown_away_is_shown_where_it_is_here_and_not_asked_for_else() {
    let double = Double::new();
    let gone = || vec![hit(1, vec![Attachment { expires: Some(1_600_000_000_000), ..picture("gone.jpg", 4, 3) }])];
    let stand = opened(noor(ChatState::Open)).await;
    answer(&stand, asked(&stand, 1).await.0, gone(), None);
    stand.until("the tile", || stand.all(".photo").len() == 1).await;
    frames(5).await;
    assert!(double.opened.borrow().is_empty());
    *double.here.borrow_mut() = true;
    turned(&stand, "Files", Vec::new()).await;
    turned(&stand, "Media", gone()).await;
    stand.until("it to be read", || Double::names(&double.opened) == ["gone.jpg"]).await;
}

#[wasm_bindgen_test]
async fn pictures_of_strangers_wait_to_be_wanted() {
    let double = Double::new();
    let stand = opened(noor(ChatState::Request)).await;
    answer(&stand, asked(&stand, 1).await.0, vec![hit(1, vec![picture("hut.jpg", 4, 3)])], None);
    stand.until("the tile", || stand.all(".photo").len() == 1).await;
    frames(5).await;
    assert!(double.opened.borrow().is_empty());
    assert!(stand.all("[role=tabpanel][tabindex]").is_empty(), "what stands on it is stepped to instead");
    stand.all(".photo").remove(0).unchecked_into::<HtmlElement>().click();
    stand.until("it to be asked for", || Double::names(&double.opened) == ["hut.jpg"]).await;
}

#[wasm_bindgen_test]
async fn each_tab_shows_its_shelf_and_an_empty_one_says_so() {
    let (_double, stand) = showing(Vec::new()).await;
    stand.find(".gallery__said", "No photos or videos yet.").await;
    let panel = stand.find("[role=tabpanel]", "No photos or videos yet.").await;
    stand.until("the way to it by keys", || panel.has_attribute("tabindex")).await;
    assert_eq!(panel.get_attribute("aria-labelledby"), Some(stand.find("[role=tab]", "Media").await.id()));
    let cases = [
        ("Audio", Shelf::Sound, "No voice messages or other audio yet."),
        ("Files", Shelf::Files, "No files yet."),
        ("Links", Shelf::Links, "No links yet."),
    ];
    for (at, (tab, shelf, words)) in cases.into_iter().enumerate() {
        stand.press("[role=tab]", tab).await;
        let (search, of, from) = asked(&stand, at + 2).await;
        assert_eq!((of, from), (shelf, None));
        stand.until("the panel to wait", || stand.all("[role=tabpanel][aria-busy=true]").len() == 1).await;
        assert!(stand.named(".gallery__said", words).is_none(), "nothing is known yet");
        answer(&stand, search, Vec::new(), None);
        stand.find(".gallery__said", words).await;
        assert_eq!(chosen(&stand), [tab]);
    }
}

#[wasm_bindgen_test]
async fn arrow_keys_go_from_tab_to_tab_with_the_focus() {
    let (_double, stand) = showing(Vec::new()).await;
    let send = |name: &str| stand.all("[role=tablist]")[0].dispatch_event(&key(name)).expect("sent");
    for (name, tab) in [
        ("ArrowRight", "Audio"),
        ("ArrowLeft", "Media"),
        ("ArrowLeft", "Links"),
        ("ArrowRight", "Media"),
        ("End", "Links"),
        ("Home", "Media"),
    ] {
        send(name);
        stand.until(tab, || chosen(&stand) == [tab]).await;
        assert_eq!(document().active_element().and_then(|at| at.text_content()).as_deref(), Some(tab));
        stand.until("the one stop of the Tab key", || texts(&stand, "[role=tab][tabindex='0']") == [tab]).await;
    }
}

#[wasm_bindgen_test]
fn arrows_go_along_the_lines_and_to_what_stands_above_and_below() {
    // Two lines of one month, of three and one; and two of another.
    let places = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (0.0, 10.0), (0.0, 30.0), (10.0, 30.0)];
    let cases = [
        ("ArrowRight", 2, Some(3)),
        ("ArrowLeft", 3, Some(2)),
        ("ArrowLeft", 0, None),
        ("ArrowRight", 5, None),
        ("ArrowDown", 1, Some(3)),
        ("ArrowDown", 3, Some(4)),
        ("ArrowUp", 5, Some(3)),
        ("ArrowUp", 2, None),
        ("Home", 4, Some(0)),
        ("End", 1, Some(5)),
        ("a", 1, None),
    ];
    for (key, at, to) in cases {
        assert_eq!(next(key, at, &places, false), to, "{key} at {at}");
    }
    assert_eq!(next("ArrowRight", 2, &places, true), Some(1));
    assert_eq!(next("ArrowLeft", 2, &places, true), Some(3));
}

#[wasm_bindgen_test]
async fn the_keys_move_the_focus_from_tile_to_tile() {
    let (_double, stand) = showing(vec![hit(2, vec![picture("a.jpg", 4, 3), picture("b.jpg", 4, 3)])]).await;
    stand.until("the tiles", || stand.all(".photo").len() == 2).await;
    let tiles = stand.all(".photo");
    tiles[0].unchecked_ref::<HtmlElement>().focus().expect("focused");
    let right = key("ArrowRight");
    tiles[0].dispatch_event(&right).expect("sent");
    assert!(document().active_element().as_ref() == Some(&tiles[1]) && right.default_prevented());
}

#[wasm_bindgen_test]
async fn a_group_has_a_gallery_as_well() {
    let _double = Double::new();
    let stand = Stand::with(hiking(group()), &format!("{}/info", open(HIKING)));
    stand.press("button", "Media, files and links").await;
    stand.find(".bar__sub", "Hiking club").await;
}

#[wasm_bindgen_test]
async fn what_is_heard_is_played_in_its_row() {
    let (double, stand) = showing(Vec::new()).await;
    let song = attachment("song.mp3", "audio/mpeg", 3_000_000, 5);
    let hits = vec![hit(3, vec![song]), hit(1, vec![voice("v", 24_000), picture("no.jpg", 4, 3)])];
    turned(&stand, "Audio", hits).await;
    stand.find(".voice-note .file-card__name", "song.mp3").await;
    assert_eq!(stand.all(".voice-note").len(), 2);
    assert!(stand.all(".photo").is_empty());
    assert!(texts(&stand, ".gallery__by")[0].starts_with("Noor · "));
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.until("it to be asked for", || Double::names(&double.opened) == ["v"]).await;
    Double::comes(&double.opened, "v", here(Kind::Ogg));
    stand.find(".voice-note__play", "Pause voice message, 0:24").await;
    // Another shelf is silent.
    turned(&stand, "Files", Vec::new()).await;
    turned(&stand, "Audio", vec![hit(1, vec![voice("v", 24_000)])]).await;
    stand.find(".voice-note__play", "Play voice message, 0:24").await;
}

#[wasm_bindgen_test]
async fn files_are_saved_from_their_rows_and_what_could_run_only_when_that_was_asked() {
    let (double, stand) = showing(Vec::new()).await;
    let paper = Hit {
        author: Some(author(PersonId([9; 32]), "Ines")),
        ..hit(3, vec![attachment("Packing list.pdf", "application/pdf", 214_000, 4)])
    };
    let risky = hit(2, vec![picture("no.jpg", 4, 3), attachment("photo.jpg.exe", "application/x", 5, 4)]);
    turned(&stand, "Files", vec![paper, risky]).await;
    stand.find(".file-card__info", "PDF · 214 kB").await;
    assert_eq!(stand.all(".gallery__rows > li").len(), 2);
    assert!(texts(&stand, ".gallery__by")[0].starts_with("Ines · "));
    stand.press(".file-card .icon-button", "Save Packing list.pdf").await;
    stand.until("it to be saved", || Double::names(&double.saved) == ["Packing list.pdf"]).await;
    stand.press(".file-card .icon-button", "Save photo.jpg.exe").await;
    stand.find("dialog h2", "Save this file?").await;
    assert_eq!(double.saved.borrow().len(), 1);
    stand.press("dialog button", "Save").await;
    stand.until("it to be saved", || Double::names(&double.saved)[1..] == ["photo.jpg.exe"]).await;
    // The menu of its row asks as well.
    stand.press("button", "Actions for photo.jpg.exe").await;
    stand.press("[role=menuitem]", "Save").await;
    stand.find("dialog h2", "Save this file?").await;
    stand.press("dialog button", "Cancel").await;
    assert_eq!(double.saved.borrow().len(), 2);
}

#[wasm_bindgen_test]
async fn a_link_shows_where_it_really_leads_and_tells_that_page_nothing() {
    let (_double, stand) = showing(Vec::new()).await;
    let links = ["https://еxample.org/a?b=c", "mailto:noor@example.org"];
    turned(&stand, "Links", vec![linked(3, &links), hit(2, vec![picture("no.jpg", 4, 3)])]).await;
    stand.until("the rows", || stand.all("a.file-card").len() == 2).await;
    // The first letter is not a Latin one.
    assert_eq!(texts(&stand, ".file-card__name"), ["xn--xample-2of.org", "noor@example.org"]);
    assert_eq!(texts(&stand, ".gallery__address"), links);
    for (row, link) in stand.all("a.file-card").iter().zip(links) {
        assert_eq!(row.get_attribute("href").as_deref(), Some(link));
        assert_eq!(row.get_attribute("rel").as_deref(), Some("noopener noreferrer"));
        assert_eq!(row.get_attribute("target").as_deref(), Some("_blank"));
    }
    assert!(stand.all(".file-card bdi[dir=ltr]").len() == 4, "an address is written in one direction");
    assert!(stand.all(".gallery img, .gallery iframe").is_empty());
    stand.press("button", "Actions for noor@example.org").await;
    stand.find("[role=menuitem]", "Copy link").await;
    assert!(stand.named("[role=menuitem]", "Save").is_none());
}
