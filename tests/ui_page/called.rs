//! The lines that say what the other person is called.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{Body, Change, ChatState, MessageView};

use crate::stand::{NOOR, Stand, noor, said};
use xchat::ui::route::Route;

fn line(order: u64, changes: Vec<Change>) -> MessageView {
    MessageView { body: Body::Changed { changes }, ..said(order, "") }
}

fn called(was: &str, name: &str) -> Change {
    Change::Called { was: was.to_owned(), name: name.to_owned() }
}

#[wasm_bindgen_test]
async fn a_new_name_is_a_line_and_one_that_somebody_else_has_leads_to_the_number() {
    let alike = Change::Alike { name: "Nora".to_owned() };
    let lines =
        vec![said(1, "Hi"), line(2, vec![called("Noor", "Nora S")]), line(3, vec![called("Nora S", "Nora"), alike])];
    let stand = Stand::reading(noor(ChatState::Open), lines).await;
    stand.find("p.system[data-order='2']", "Noor is now called Nora S.").await;
    assert!(stand.all("p.system[data-order='2'] a").is_empty(), "there is nothing to compare");
    let both = "Nora S is now called Nora. Somebody else you know is called Nora, too.Compare numbers";
    stand.find("p.system[data-order='3']", both).await;
    let link = stand.find("a.system__action", "Compare numbers").await;
    assert_eq!(link.get_attribute("href"), Some(Route::Contact(NOOR).href()));
}
