//! Messages are found by their words, from the list and within a conversation; what was deleted is found by nobody.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn an_older_message_is_found_and_gone_to_and_a_deleted_one_is_found_by_nobody() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        ada.write("The Hütte is ours from Friday").await;
        ben.sees_message("Ada", "The Hütte is ours from Friday").await;
        let talk: Vec<String> = (1..=150).map(|n| format!("small talk {n}")).collect();
        ada.write_all(&talk).await;
        ben.sees_message("Ada", "small talk 150").await;
        it_is_found_from_the_list(&ben).await;
        it_is_found_after_a_reload(&ben).await;
        it_is_found_within(&ada).await;
        nobody_finds_what_was_deleted(&ada, &ben).await;
        for person in [&ada, &ben] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

/// Words of the hits under the list, and what of them is marked.
async fn sees_hits(person: &Browser, wanted: &[(&str, &str)]) {
    const HITS: &str = "return [...document.querySelectorAll('.list-row--wrap .list-row__preview')].map((hit) =>
        [hit.textContent, [...hit.querySelectorAll('mark')].map((mark) => mark.textContent).join(' ')]);";
    until(format!("{} to find {wanted:?}", person.name()), async || {
        let hits: Vec<(String, String)> = person.script(HITS, Vec::new()).await;
        let same = hits.iter().map(|(words, marks)| (words.as_str(), marks.as_str())).eq(wanted.iter().copied());
        same.then_some(()).ok_or_else(|| format!("{hits:?}"))
    })
    .await;
}

/// A message is pointed at, within the timeline's frame.
async fn is_at(person: &Browser, words: &str) {
    const AT: &str = "const at = document.querySelector('.bubble.is-found');
        const frame = document.querySelector('.timeline')?.getBoundingClientRect();
        const box = at?.getBoundingClientRect();
        return at && box.top >= frame.top && box.bottom <= frame.bottom ? at.textContent : '';";
    until(format!("{} to be at {words:?}", person.name()), async || {
        let at: String = person.script(AT, Vec::new()).await;
        at.contains(words).then_some(()).ok_or(at)
    })
    .await;
}

async fn it_is_found_from_the_list(ben: &Browser) {
    step("Ben looks for a word of the first message, and goes there");
    ben.fill("Search", "hutte FRI").await;
    sees_hits(ben, &[("The Hütte is ours from Friday", "Hütte Fri")]).await;
    ben.script::<()>("document.querySelector('.list-row--wrap').click();", Vec::new()).await;
    is_at(ben, "The Hütte is ours").await;
    ben.fill("Search", "nothing of that kind").await;
    ben.is_told("Nothing found for “nothing of that kind”.").await;
}

async fn it_is_found_after_a_reload(ben: &Browser) {
    step("so he does after a reload, from what is stored");
    ben.reload().await;
    ben.fill("Search", "talk 77").await;
    sees_hits(ben, &[("small talk 77", "talk 77")]).await;
    ben.fill("Search", "").await;
}

async fn it_is_found_within(ada: &Browser) {
    step("Ada looks in the conversation, and goes from hit to hit");
    ada.press("link", "Ben Contact details").await;
    ada.press("link", "Search in chat").await;
    ada.fill("Search in chat", "talk 14").await;
    ada.is_told("1 of 12").await;
    is_at(ada, "small talk 149").await;
    ada.press("button", "Further up").await;
    is_at(ada, "small talk 148").await;
    ada.press("button", "Further down").await;
    is_at(ada, "small talk 149").await;
    step("Back closes the search, and the conversation stays");
    ada.script::<()>("history.back();", Vec::new()).await;
    ada.sees_no("textbox", "Search in chat").await;
    ada.sees("textbox", "Message").await;
}

async fn nobody_finds_what_was_deleted(ada: &Browser, ben: &Browser) {
    step("Ada deletes a message for everybody: neither finds it any more");
    ada.choose("small talk 150", "Delete").await;
    ada.press("button", "Delete for everyone").await;
    ada.sees_message("You", "This message was deleted.").await;
    ben.sees_message("Ada", "This message was deleted.").await;
    for (person, who) in [(ada, "You: "), (ben, "")] {
        person.fill("Search", "talk 149").await;
        sees_hits(person, &[(&format!("{who}small talk 149"), "talk 149")]).await;
        person.fill("Search", "talk 150").await;
        person.is_told("Nothing found for “talk 150”.").await;
    }
}
