//! What is written while something is broken arrives once and in order.

use xchat_e2e::{Browser, House, scenario, step, until};

const OFFLINE: &str = "You are offline.";
/// Messages of one burst. All of a conversation here fits on the first page of its history.
const BURST: usize = 18;

#[tokio::test]
async fn nothing_is_lost_doubled_or_reordered_when_the_relay_or_the_browser_dies() {
    scenario(async |house: &House| {
        let (ada, bob) = (house.browser("Ada").await, house.browser("Bob").await);
        bob.join().await;
        ada.meets(&bob, "hello").await;
        let (mut by_ada, mut by_bob) = (vec!["hello".to_owned()], Vec::new());

        // What the pages fetch ahead is there: a browser complains of what it cannot fetch.
        for person in [&ada, &bob] {
            person.has_all_parts().await;
        }

        step("the relay is killed: both are told, and both go on writing");
        house.relay().kill().await;
        for person in [&ada, &bob] {
            person.is_told(OFFLINE).await;
            person.is_told("You can keep writing. Messages go out when you are back.").await;
            person.sees("button", "Try now").await;
        }
        for text in ["first without a relay", "second without a relay", "third without a relay"] {
            ada.write(text).await;
            ada.sees_mark(text, "Sending").await;
            by_ada.push(text.to_owned());
        }
        for text in ["Bob's first", "Bob's second"] {
            bob.write(text).await;
            bob.sees_mark(text, "Sending").await;
            by_bob.push(text.to_owned());
        }

        step("the relay is back: what was written arrives once, in order, both ways");
        house.relay().start_again().await;
        ada.press_if_there("button", "Try now").await;
        both_read(&ada, &bob, &by_ada, &by_bob).await;
        for person in [&ada, &bob] {
            person.is_told_no_more(OFFLINE).await;
        }

        step("the same when the relay is stopped in an orderly way");
        house.relay().stop().await;
        ada.is_told(OFFLINE).await;
        ada.write("while it was stopped").await;
        by_ada.push("while it was stopped".to_owned());
        house.relay().start_again().await;
        both_read(&ada, &bob, &by_ada, &by_bob).await;

        step("Ada's browser is killed in the middle of sending");
        let (on_the_way, stuck) = (burst("on the way"), burst("stuck"));
        ada.write_all(&on_the_way).await;
        ada.sees_mark_of(&on_the_way[0], &["Sent", "Delivered", "Read"]).await;
        // From here on the relay answers nothing, so that what is written now cannot have arrived.
        house.relay().freeze();
        ada.write_all(&stuck).await;
        by_ada.extend(on_the_way.into_iter().chain(stuck));
        ada.reads_by("You", &by_ada).await;
        let last = by_ada.last().expect("there are messages");
        assert_eq!(ada.mark_of(last).await, Ok(Some("Sending".to_owned())), "{last:?} cannot have arrived");
        ada.kill().await;
        house.relay().thaw();

        step("it starts again: everything that was shown is there, and arrives once, in order");
        ada.open().await;
        ada.visit("").await;
        ada.open_chat("Bob").await;
        both_read(&ada, &bob, &by_ada, &by_bob).await;

        step("and the conversation goes on");
        bob.write("that was close").await;
        by_bob.push("that was close".to_owned());
        both_read(&ada, &bob, &by_ada, &by_bob).await;
        no_notice(&ada).await;
        no_notice(&bob).await;
        ada.console_is_clean().await;
        bob.console_is_clean().await;
    })
    .await;
}

fn burst(what: &str) -> Vec<String> {
    (1..=BURST).map(|number| format!("{what} {number}")).collect()
}

/// Both sides hold exactly these messages of each, and each side's last one was read by the other.
async fn both_read(ada: &Browser, bob: &Browser, by_ada: &[String], by_bob: &[String]) {
    bob.reads_by("Ada", by_ada).await;
    ada.reads_by("Bob", by_bob).await;
    ada.reads_by("You", by_ada).await;
    bob.reads_by("You", by_bob).await;
    for (person, own) in [(ada, by_ada), (bob, by_bob)] {
        if let Some(last) = own.last() {
            person.sees_mark(last, "Read").await;
        }
    }
}

/// The engine tells of what went wrong in lines of the conversation's own: here nothing may have.
async fn no_notice(person: &Browser) {
    let complaints = ["could not be read", "was set up anew", "different histories", "Not sent."];
    until(format!("{}'s page to be read", person.name()), async || person.text().await.map(drop)).await;
    let text = person.text().await.unwrap_or_default();
    let found: Vec<_> = complaints.iter().filter(|complaint| text.contains(**complaint)).collect();
    assert!(found.is_empty(), "{}'s conversation complains: {found:?}", person.name());
}
