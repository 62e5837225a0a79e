//! Files where something is away: the relay, the bytes, the person's patience. Nothing is lost, nothing goes that was taken back.

use std::path::PathBuf;

use xchat_e2e::{Browser, Given, House, Kind, leave, scenario, step, until};

/// Two chunks, of which the second is small.
const TWO_CHUNKS: usize = 9 << 20;
/// Chunks of one that is cancelled half way.
const MANY: usize = 24;

#[tokio::test]
async fn a_file_that_is_sent_without_a_connection_goes_when_there_is_one() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        for person in [&ada, &ben] {
            person.has_all_parts().await;
        }
        ada.keeps_the_app().await;
        let file = Given::noise("tunnel.qqq", TWO_CHUNKS);

        step("the relay stops; Ada, who has never sent a file, sends one: it waits");
        house.relay().stop().await;
        ada.is_told("You are offline.").await;
        ada.pick("File", &[house.file(&file.name, &file.bytes)]).await;
        ada.sends_picked("Ben", "written in the tunnel").await;
        it_waits(&ada).await;

        step("it waits still when the page was left, and when the browser was killed");
        ada.leave_page().await;
        ada.visit("").await;
        ada.open_chat("Ben").await;
        it_waits(&ada).await;
        ada.kill().await;
        ada.open().await;
        ada.visit("").await;
        ada.open_chat("Ben").await;
        it_waits(&ada).await;

        step("the relay is back: the file arrives, and Ben has the very bytes");
        house.relay().start_again().await;
        for person in [&ada, &ben] {
            person.press_if_there("button", "Try now").await;
        }
        ben.sees_words("Ada", "written in the tunnel").await;
        ada.sees_mark_with("written in the tunnel", &["Delivered", "Read"]).await;
        ada.sees_no("group", "Sending").await;
        ben.can_save().await;
        ben.press("button", "Save tunnel.qqq").await;
        ben.has_saved("tunnel.qqq", &file.bytes).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

#[tokio::test]
async fn who_passes_a_file_on_sends_none_of_its_bytes() {
    scenario(async |house: &House| {
        let (ada, ben, cleo) = (house.browser("Ada").await, house.browser("Ben").await, house.browser("Cleo").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        cleo.meets(&ben, "Hello, I am Cleo").await;
        let file = Given::noise("plans.qqq", TWO_CHUNKS);

        step("Ada sends Ben a file; he passes it on to Cleo and to himself");
        ada.pick("File", &[house.file(&file.name, &file.bytes)]).await;
        ada.sends_picked("Ben", "the plans").await;
        ben.visit("#new").await;
        ben.press("button", "Notes to self").await;
        ben.sees("heading", "Notes to self").await;
        ben.write("what I keep").await;
        ben.open_chat("Ada").await;
        ben.sees_words("Ada", "the plans").await;
        let before = blobs(house);
        assert!(before.len() >= 2, "the relay keeps the file: {before:?}");
        ben.choose("the plans", "Forward").await;
        ben.sees("dialog", "Forward to").await;
        ben.press("checkbox", "Cleo").await;
        ben.press("checkbox", "Notes to self").await;
        ben.press("button", "Forward").await;
        ben.sees_no("dialog", "Forward to").await;

        step("both have it, and the relay has no byte more than before");
        cleo.sees_words("Ben", "Forwarded").await;
        cleo.sees_words("Ben", "the plans").await;
        cleo.can_save().await;
        cleo.press("button", "Save plans.qqq").await;
        cleo.has_saved("plans.qqq", &file.bytes).await;
        ben.open_chat("Notes to self").await;
        ben.sees_mark_with("the plans", &["Sent", "Delivered", "Read"]).await;
        ben.can_save().await;
        ben.press("button", "Save plans.qqq").await;
        ben.has_saved("plans.qqq", &file.bytes).await;
        assert_eq!(blobs(house), before);
        leave(&[&ada, &ben, &cleo]).await;
        if ben.records() {
            assert_eq!(uploads(&ben), 0, "Ben sent bytes");
            assert!(uploads(&ada) >= 2, "the recording misses uploads");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_relay_no_longer_has_is_named_and_no_part_of_it_is_kept() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        let file = Given::noise("old.qqq", TWO_CHUNKS);

        step("while Ben is away Ada sends a photo and a file, and the relay loses the photo and a part of the file");
        ben.leave_page().await;
        let before = blobs(house);
        let photo = house.file("old.jpg", &ada.photo(600, 400).await);
        ada.pick("Photos and videos", &[photo, house.file(&file.name, &file.bytes)]).await;
        ada.sends_picked("Ben", "from long ago").await;
        ada.sees_mark_with("from long ago", &["Sent"]).await;
        let mut new: Vec<PathBuf> = blobs(house).into_iter().filter(|blob| !before.contains(blob)).collect();
        new.sort_by_key(|blob| std::fs::metadata(blob).expect("a blob of the relay").len());
        assert_eq!(new.len(), 3, "{new:?}");
        house.relay().loses(&new[..2]);

        step("Ben comes back, and is told of each why it is not here");
        ben.visit("").await;
        ben.open_chat("Ada").await;
        ben.sees_words("Ada", "from long ago").await;
        ben.sees("button", "Photo. No longer available.").await;
        let pictures: u32 = ben.script("return document.querySelectorAll('.photo__whole').length", Vec::new()).await;
        assert_eq!(pictures, 0, "there is a picture of nothing");
        ben.can_save().await;
        ben.press("button", "Save old.qqq").await;
        until("Ben to be told that the file is gone", async || {
            let card = ben.inside("group", "old.qqq").await;
            card.contains("No longer available.").then_some(()).ok_or(card)
        })
        .await;
        ben.sees_no("button", "Save old.qqq").await;
        let saved = ben.saved("old.qqq").await.unwrap_or_default();
        assert!(saved.is_empty(), "{} bytes of a file that is not whole were saved", saved.len());

        step("Ada's own device has it still");
        ada.can_save().await;
        ada.press("button", "Save old.qqq").await;
        ada.has_saved("old.qqq", &file.bytes).await;
        for person in [&ada, &ben] {
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_paused_waits_and_what_is_cancelled_never_goes() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ben.can_save().await;
        for person in [&ada, &ben] {
            person.has_all_parts().await;
        }
        one_is_paused(house, &ada, &ben).await;
        one_is_cancelled_before_it_goes(house, &ada, &ben).await;
        one_is_cancelled_half_way(house, &ada, &ben).await;
        leave(&[&ada, &ben]).await;
    })
    .await;
}

async fn one_is_paused(house: &House, ada: &Browser, ben: &Browser) {
    step("Ada pauses a file; what she writes after it goes, and the file does not, whatever becomes of the page");
    let before = blobs(house);
    let file = Given::noise("slow.qqq", TWO_CHUNKS);
    house.relay().stop().await;
    ada.is_told("You are offline.").await;
    ada.pick("File", &[house.file(&file.name, &file.bytes)]).await;
    ada.sends_picked("Ben", "take your time").await;
    ada.press("button", "Pause sending").await;
    ada.sees("button", "Go on").await;
    ada.reads_line("Paused").await;
    house.relay().start_again().await;
    for person in [ada, ben] {
        person.press_if_there("button", "Try now").await;
    }
    ada.write("this is quicker").await;
    ben.sees_words("Ada", "this is quicker").await;
    ada.reload().await;
    ada.sees("button", "Go on").await;
    ada.write("and this").await;
    ben.sees_words("Ada", "and this").await;
    assert_eq!(blobs(house), before, "some of it went");
    assert!(!has(ben, "take your time").await, "Ben has it");
    step("she lets it go on: it arrives");
    ada.press("button", "Go on").await;
    ben.sees_words("Ada", "take your time").await;
    ben.press("button", "Save slow.qqq").await;
    ben.has_saved("slow.qqq", &file.bytes).await;
    ada.sees_no("group", "Sending").await;
}

async fn one_is_cancelled_before_it_goes(house: &House, ada: &Browser, ben: &Browser) {
    step("she cancels one before any of it has gone: her device need not keep it");
    let before = blobs(house);
    keeps_nothing_to_send(ada).await;
    house.relay().stop().await;
    ada.is_told("You are offline.").await;
    let file = Given::noise("regret.qqq", TWO_CHUNKS + 1);
    ada.pick("File", &[house.file(&file.name, &file.bytes)]).await;
    ada.sends_picked("Ben", "I regret this").await;
    ada.sees("group", "Sending").await;
    assert_eq!(to_be_sent(ada).await, 2);
    ada.press("button", "Cancel sending").await;
    ada.sees_no("group", "Sending").await;
    assert!(!has(ada, "I regret this").await, "it is still there");
    keeps_nothing_to_send(ada).await;
    house.relay().start_again().await;
    for person in [ada, ben] {
        person.press_if_there("button", "Try now").await;
    }
    ada.write("never mind").await;
    ben.sees_words("Ada", "never mind").await;
    assert!(!has(ben, "I regret this").await, "Ben has it");
    assert_eq!(blobs(house), before, "some of it went");
}

async fn one_is_cancelled_half_way(house: &House, ada: &Browser, ben: &Browser) {
    step("she cancels one of which the relay has a part: no more of it goes, and nobody hears of it");
    let before = blobs(house).len();
    // So many that they are not all there before anybody has looked.
    let bytes = Given::noise("half.qqq", 8 << 20).bytes.repeat(MANY);
    ada.pick("File", &[house.file("half.qqq", &bytes)]).await;
    ada.sends_picked("Ben", "half of this").await;
    until("the relay to have some of it", async || match blobs(house).len() {
        now if now > before => Ok(()),
        _ => Err("it has none".to_owned()),
    })
    .await;
    house.relay().freeze();
    ada.press("button", "Cancel sending").await;
    ada.sees("dialog", "Stop sending this message?").await;
    ada.press("button", "Delete message").await;
    ada.sees_no("group", "Sending").await;
    house.relay().thaw();
    ada.write("forget the half").await;
    ben.sees_words("Ada", "forget the half").await;
    assert!(!has(ben, "half of this").await, "Ben has it");
    let went = blobs(house).len() - before;
    assert!(went < MANY, "{went} chunks went");
    keeps_nothing_to_send(ada).await;
}

async fn it_waits(ada: &Browser) {
    ada.sees_mark_with("written in the tunnel", &["Sending"]).await;
    ada.sees("group", "Sending").await;
    until("Ada to be told what it waits for", async || {
        let going = ada.inside("group", "Sending").await;
        going.contains("Waiting for network").then_some(()).ok_or(going)
    })
    .await;
}

async fn has(person: &Browser, words: &str) -> bool {
    let bubbles = person.bubbles().await.expect("the conversation can be read");
    bubbles.iter().any(|bubble| bubble.text.contains(words))
}

/// What the relay keeps, in one order.
fn blobs(house: &House) -> Vec<PathBuf> {
    let mut blobs = house.relay().blobs();
    blobs.sort();
    blobs
}

/// How many chunks of files a device keeps because they are still to be sent.
async fn to_be_sent(person: &Browser) -> usize {
    let marks = "
        return new Promise((resolve, reject) => {
            const opening = indexedDB.open('xchat-files');
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
                const reading = opening.result.transaction('marks').objectStore('marks').getAll();
                reading.onsuccess = () => {
                    opening.result.close();
                    resolve(reading.result.filter(({ kept }) => kept).length);
                };
            };
        });";
    person.script(marks, Vec::new()).await
}

/// Waits until a device keeps no file for a message that will not go.
async fn keeps_nothing_to_send(person: &Browser) {
    until(format!("{} to keep nothing that is to be sent", person.name()), async || match to_be_sent(person).await {
        0 => Ok(()),
        some => Err(format!("{some} chunks")),
    })
    .await;
}

/// How many blobs a browser put to the relay. It must be closed.
fn uploads(person: &Browser) -> usize {
    assert_eq!(person.kind(), Kind::Chromium, "only Chromium records");
    person.requests().iter().filter(|request| request.method == "PUT" && request.url.contains("/blob/")).count()
}
