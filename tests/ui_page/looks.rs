//! How the page looks, chosen in the settings: kept in this browser and shown at once.

use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::ChatState;

use crate::stand::{Stand, noor};

fn shown(attribute: &str) -> Option<String> {
    document().document_element().expect("a page").get_attribute(attribute)
}

fn kept(key: &str) -> Option<String> {
    window().local_storage().expect("it has storage").expect("it has storage").get_item(key).expect("it can be read")
}

#[wasm_bindgen_test]
async fn size_density_and_theme_are_shown_kept_and_taken_back() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    for (chip, attribute, key, value, plain) in [
        ("Largest", "data-text", "xchat.text", "largest", "Normal"),
        ("Compact", "data-density", "xchat.density", "compact", "Roomy"),
        ("Dark", "data-theme", "xchat.theme", "dark", "System"),
    ] {
        stand.press(".choice__option", chip).await;
        assert_eq!((shown(attribute).as_deref(), kept(key).as_deref()), (Some(value), Some(value)));
        stand.press(".choice__option", plain).await;
        assert_eq!((shown(attribute), kept(key)), (None, None));
    }
}
