//! The lines that say what the other person is called.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{Body, Change, ChatState, MessageView};

use crate::stand::{NOOR, Stand, noor, said};
use xchat::ui::route::Route;

fn line(order: u64, changes: Vec<Change>) -> MessageView {
    MessageView { body: Body::Changed { changes }, ..said(order, "") }
}

fn called(was: &str, name: &str, alike: bool) -> Change {
    Change::Called { was: was.to_owned(), name: name.to_owned(), alike }
}

#[wasm_bindgen_test]
async fn a_new_name_is_a_line_and_one_that_somebody_else_has_leads_to_the_number() {
    let first = line(1, vec![called("", "Noor", true)]);
    let lines =
        [("Noor", "Nora S", false), ("Nora S", "Nora", true)].map(|(was, name, alike)| called(was, name, alike));
    let [renamed, taken] = lines.map(|change| vec![change]);
    let lines = vec![first, said(2, "Hi"), line(3, renamed), line(4, taken)];
    let stand = Stand::reading(noor(ChatState::Open), lines).await;
    stand.find("p.system[data-order='1']", "Somebody else you know is called Noor, too.Compare numbers").await;
    stand.find("p.system[data-order='3']", "Noor is now called Nora S.").await;
    assert!(stand.all("p.system[data-order='3'] a").is_empty(), "there is nothing to compare");
    let both = "Nora S is now called Nora. Somebody else you know is called Nora, too.Compare numbers";
    stand.find("p.system[data-order='4']", both).await;
    let link = stand.find("p.system[data-order='4'] a", "Compare numbers").await;
    assert_eq!(link.get_attribute("href"), Some(Route::Contact(NOOR).href()));
}
