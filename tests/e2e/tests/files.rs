//! Files go from one person to another: the very bytes, and nothing that runs; of a photo only what it shows.

use std::path::{Path, PathBuf};

use serde_json::json;
use xchat_e2e::{Browser, Given, House, Kind, leave, scenario, step, until};

const PHOTOS: &str = "Photos and videos";

/// What could be a page or a program of its own within the page.
const RUNS: &str = "
    const inside = [...document.querySelectorAll('iframe, embed, object, .bubble svg script, .bubble script')];
    return [inside.length, window.ran ?? 0];";

#[tokio::test]
async fn a_photo_says_where_it_was_taken_only_if_it_is_sent_as_it_is() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ben.can_save().await;
        let original = ada.photo(3000, 1200).await;
        let file = house.file("holiday.jpg", &original);
        a_photo_is_smaller(&ada, &ben, &file).await;
        an_original_is_the_same(&ada, &ben, &file, &original).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

#[tokio::test]
async fn files_of_each_kind_come_together_and_are_opened_as_what_they_are() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ben.can_save().await;
        let film = ada.film().await;
        let files = [
            Given::new("still.jpg", "image/jpeg", ada.photo(600, 400).await),
            Given::new("moving.webm", "video/webm", film),
            Given::sound("waves.wav", 6),
            Given::pdf("paper.pdf"),
            Given::new("words.txt", "text/plain", "<b>1 < 2</b>\nand a second line: é\n"),
            Given::new("parcel.zip", "application/zip", [b"PK\x05\x06".as_slice(), &[0; 18]].concat()),
            Given::noise("unknown.qqq", 300_000),
        ];
        all_are_picked_at_once(house, &ada, &files).await;
        ben.sees_words("Ada", "all of it").await;
        the_others_are_saved(&ben, &files[3..]).await;
        pictures_are_looked_at(&ben, &files[1]).await;
        a_sound_is_heard(&ben).await;
        a_text_is_read(&ben).await;
        a_paper_is_read(&ben).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

#[tokio::test]
async fn what_could_run_is_pasted_and_dropped_and_comes_as_nothing_but_a_file() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ben.can_save().await;
        let script = "window.ran = 1; parent.ran = 1; top.ran = 1";
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" onload=\"{script}\"><script>{script}</script></svg>"
        );
        let html = format!("<!doctype html><title>a</title><script>{script}</script><img src=x onerror=\"{script}\">");
        let files = [
            Given::new("drawing.svg", "image/svg+xml", svg.clone()),
            Given::new("page.html", "text/html", html.clone()),
            // What they are called decides nothing.
            Given::new("drawing.png", "image/png", svg),
            Given::new("page.txt", "text/plain", html),
        ];
        ada.paste(&files).await;
        ada.sees("dialog", "Send to Ben").await;
        ada.fill("Add a caption", "look at these").await;
        ada.press("button", "Send").await;
        ben.sees_words("Ada", "look at these").await;
        none_of_it_runs(&ada, &ben, &files).await;
        a_name_that_lies(&ada, &ben).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

fn mentions(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}

/// What was saved of a photo, whose name ends as what it was written as.
async fn saved_photo(person: &Browser) -> Vec<u8> {
    until(format!("{} to have saved a photo", person.name()), async || {
        person.saved("holiday.webp").await.filter(|saved| !saved.is_empty()).ok_or_else(|| "there is none".to_owned())
    })
    .await
}

async fn a_photo_is_smaller(ada: &Browser, ben: &Browser, file: &Path) {
    step("Ada sends a photo: Ben sees it upright, and what he saves of it says nothing of where it was taken");
    let asked = ada.pick(PHOTOS, &[file.to_owned()]).await;
    assert_eq!(asked, "image/*,video/*");
    ada.sees("dialog", "Send to Ben").await;
    ada.sends_picked("Ben", "from the sea").await;
    ben.sees_words("Ada", "from the sea").await;
    ben.press("button", "Photo").await;
    ben.sees("dialog", "Pictures and videos").await;
    ben.press("button", "Save").await;
    let saved = saved_photo(ben).await;
    assert!(!mentions(&saved, b"exif"), "the photo has a camera's notes");
    let seen = ben.looks_at(&saved).await;
    assert_eq!(seen, (819, 2048, "blue".to_owned(), "red".to_owned()), "it is upright, and smaller");
    ben.press("button", "Close").await;
    ben.sees_no("dialog", "Pictures and videos").await;
}

async fn an_original_is_the_same(ada: &Browser, ben: &Browser, file: &Path, original: &[u8]) {
    step("she sends it as it is, and is told what that means: Ben saves the very bytes");
    assert!(mentions(original, b"exif"));
    ada.pick(PHOTOS, &[file.to_owned()]).await;
    ada.press("radio", "Original file As it is. It says where it was taken.").await;
    ada.sends_picked("Ben", "as it is").await;
    ben.sees_words("Ada", "as it is").await;
    ben.press("button", "Save holiday.jpg").await;
    ben.has_saved("holiday.jpg", original).await;
}

async fn all_are_picked_at_once(house: &House, ada: &Browser, files: &[Given]) {
    step("Ada picks files of seven kinds at once, and sends them with a word");
    let paths: Vec<PathBuf> = files.iter().map(|file| house.file(&file.name, &file.bytes)).collect();
    ada.pick(PHOTOS, &paths).await;
    ada.sees("button", "Remove unknown.qqq").await;
    ada.sends_picked("Ben", "all of it").await;
    ada.sees_mark_with("all of it", &["Sent", "Delivered", "Read"]).await;
}

async fn the_others_are_saved(ben: &Browser, files: &[Given]) {
    step("Ben saves what can only be saved, and what can be read: the very bytes");
    for file in files {
        ben.press("button", &format!("Save {}", file.name)).await;
        ben.has_saved(&file.name, &file.bytes).await;
    }
}

async fn pictures_are_looked_at(ben: &Browser, film: &Given) {
    step("he looks at the picture and goes on to the film, which plays, and is saved as it was sent");
    ben.sees("button", "Photo 1 of 2").await;
    ben.press_beginning("button", "Video 2 of 2").await;
    until("the film to be here", async || {
        let away = "return document.querySelector('.photo:last-child .play, .photo:last-child .ring') !== null";
        let text: bool = ben.script(away, Vec::new()).await;
        text.then_some(()).ok_or_else(|| "nothing stands on the film".to_owned())
    })
    .await;
    ben.press("button", "Photo 1 of 2").await;
    ben.sees("dialog", "Pictures and videos").await;
    ben.press("button", "Next").await;
    let plays = "
        const film = document.querySelector('.viewer video');
        return film === null ? [0, 0, false] : [film.videoWidth, film.videoHeight, film.played.length > 0];";
    until("the film to play", async || {
        let (width, height, plays): (u32, u32, bool) = ben.script(plays, Vec::new()).await;
        ((width, height, plays) == (320, 160, true)).then_some(()).ok_or(format!("{width} x {height}, {plays}"))
    })
    .await;
    ben.press("button", "Save").await;
    ben.has_saved(&film.name, &film.bytes).await;
    ben.press("button", "Close").await;
    ben.sees_no("dialog", "Pictures and videos").await;
}

async fn a_sound_is_heard(ben: &Browser) {
    step("he hears the sound to its end");
    ben.press("button", "Play waves.wav").await;
    // Firefox plays no sound where the machine has nothing to hear by.
    if ben.kind() == Kind::Firefox {
        return;
    }
    until("the sound to have been heard in part", async || {
        let heard = "return document.querySelector('.voice-note [role=slider]').getAttribute('aria-valuetext')";
        let heard: String = ben.script(heard, Vec::new()).await;
        // Whichever second a look falls into.
        (heard.ends_with(" of 0:06") && !heard.starts_with("0:00")).then_some(()).ok_or(heard)
    })
    .await;
    ben.sees("button", "Play waves.wav").await;
}

async fn a_text_is_read(ben: &Browser) {
    step("he reads the text, in which nothing stands for anything but itself");
    ben.press_beginning("button", "words").await;
    ben.sees("dialog", "words.txt").await;
    let words = "return document.querySelector('dialog .plain')?.textContent ?? ''";
    until("the text to be shown", async || {
        let words: String = ben.script(words, Vec::new()).await;
        (words == "<b>1 < 2</b>\nand a second line: é\n").then_some(()).ok_or(words)
    })
    .await;
    ben.press("button", "Close").await;
    ben.sees_no("dialog", "words.txt").await;
}

async fn a_paper_is_read(ben: &Browser) {
    step("the PDF opens in a tab of its own, which knows nothing of the page");
    ben.press_beginning("button", "paper").await;
    let (address, knows) = ben.look_into_new_tab().await;
    assert!(address.starts_with(&format!("blob:{}/", ben.origin())), "it shows the file: {address}");
    assert!(!knows, "the tab of a stranger's file can reach the page");
}

async fn none_of_it_runs(ada: &Browser, ben: &Browser, files: &[Given]) {
    step("Ben sees names and sizes, and no picture; he is asked before he saves what can run");
    for file in &files[..2] {
        ben.press("button", &format!("Save {}", file.name)).await;
        ben.sees("dialog", "Save this file?").await;
        ben.press("button", "Save").await;
        ben.has_saved(&file.name, &file.bytes).await;
    }
    step("what is called a picture or a text and is none is shown as neither, and can be saved");
    ben.press("button", "Save drawing.png").await;
    ben.has_saved("drawing.png", &files[2].bytes).await;
    ben.press_beginning("button", "page").await;
    ben.sees("dialog", "page.txt").await;
    ben.reads_line("This is not what it says it is, so it is not shown.").await;
    ben.press("button", "Close").await;
    for person in [ada, ben] {
        let (inside, ran): (u32, u32) = person.script(RUNS, Vec::new()).await;
        assert_eq!((inside, ran), (0, 0), "{}'s page shows or runs what came", person.name());
        let pictures: u32 = person.script("return document.querySelectorAll('.bubble img').length", Vec::new()).await;
        assert_eq!(pictures, 0, "{}'s page makes pictures of it", person.name());
    }
}

async fn a_name_that_lies(ada: &Browser, ben: &Browser) {
    step("a name with a path and letters that turn it around is shown and saved without them, and asked about");
    let hostile = Given::new("../../x\u{202e}gpj.exe", "image/jpeg", "MZ, or so");
    ada.drop_files(std::slice::from_ref(&hostile), "Drop to send to Ben").await;
    ada.sends_picked("Ben", "trust me").await;
    ben.sees_words("Ada", "trust me").await;
    ben.sees("group", "xgpj.exe").await;
    ben.press("button", "Save xgpj.exe").await;
    ben.sees("dialog", "Save this file?").await;
    ben.reads_line("“xgpj.exe” can run a program when it is opened.").await;
    ben.press("button", "Save").await;
    ben.has_saved("xgpj.exe", &hostile.bytes).await;
    if ben.kind() == Kind::Chromium {
        let names: Vec<String> = ben.script("return window.namesAskedFor", Vec::new()).await;
        assert_eq!(names.last().map(String::as_str), Some("xgpj.exe"), "{:?}", json!(names));
    }
}
