//! Files that come where nothing can be done with them: late, into a change, or where no conversation is.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use xchat::ui::media::client::{FileFailure, TaskState};

use crate::files_double::Double;
use crate::files_sent::{NOTES, field, pick, reading};
use crate::stand::Stand;

/// The last message is to be changed.
async fn edit(stand: &Stand) {
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Edit").await;
    stand.find(".composer__context b", "Edit message").await;
}

#[wasm_bindgen_test]
async fn what_waits_or_comes_late_is_not_added_to_a_change() {
    let double = Double::new();
    let stand = reading().await;
    // A folder that takes the browser a while.
    let body = "const entry = { name: 'hut', isDirectory: true, createReader: () => ({ readEntries: (done) => { window.reads = done; } }) };
        const event = new DragEvent('drop', { bubbles: true, cancelable: true });
        const dataTransfer = { types: ['Files'], files: [], items: [{ kind: 'file', webkitGetAsEntry: () => entry }] };
        Object.defineProperty(event, 'dataTransfer', { value: dataTransfer });
        place.dispatchEvent(event);";
    stand.until("the field", || !stand.all("input[type=file]").is_empty()).await;
    let place: Element = stand.all(".timeline").remove(0);
    Function::new_with_args("place", body).call1(&JsValue::NULL, &place).unwrap();
    edit(&stand).await;
    let entries = "[{ name: 'a.txt', isDirectory: false, file: (done) => done(new File(['x'], 'a.txt')) }]";
    js_sys::eval(&format!("(() => {{ const reads = window.reads; window.reads = null; reads({entries}); }})()"))
        .unwrap();
    stand.until("all of it to be read", || js_sys::eval("!!window.reads").unwrap().is_truthy()).await;
    js_sys::eval("window.reads([])").unwrap();
    stand.find(".toast", "Finish the change first, then add files.").await;
    assert!(stand.all("dialog").is_empty() && double.looked.borrow().is_empty());
    stand.press(".composer__context button", "Cancel").await;
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", TaskState::Failed(FileFailure::Unreadable));
    stand.press("dialog button", "Close").await;
    pick(&stand, "File", NOTES).await;
    stand.press("dialog button", "Send").await;
    Double::comes(&double.looked, "notes.pdf", TaskState::Failed(FileFailure::Unreadable));
    edit(&stand).await;
    stand.press(".parcel button", "Review").await;
    stand.until("a second sentence", || stand.all(".toast").len() == 2).await;
    assert!(stand.all("dialog").is_empty() && field(&stand, "Message").value() == "mine");
    stand.press(".composer__context button", "Cancel").await;
    stand.press(".parcel button", "Review").await;
    stand.find("dialog h2", "Send to Noor").await;
}

#[wasm_bindgen_test]
async fn a_file_that_nothing_takes_does_not_lead_the_browser_away() {
    let loader = include_str!("../../loader/app-loader.js");
    let body = "return new Promise((done, fails) => {
        const script = Object.assign(document.createElement('script'), { type: 'module', onload: done, onerror: fails });
        script.src = URL.createObjectURL(new Blob([loader], { type: 'text/javascript' }));
        document.head.append(script);
    })";
    let loaded: js_sys::Promise =
        Function::new_with_args("loader", body).call1(&JsValue::NULL, &loader.into()).unwrap().unchecked_into();
    wasm_bindgen_futures::JsFuture::from(loaded).await.unwrap();
    let prevented = |kind: &str, make: &str| {
        let body = format!(
            "const dataTransfer = new DataTransfer(); {make};
             return !document.body.dispatchEvent(new DragEvent('{kind}', {{ bubbles: true, cancelable: true, dataTransfer }}));"
        );
        Function::new_no_args(&body).call0(&JsValue::NULL).unwrap().is_truthy()
    };
    for kind in ["dragover", "drop"] {
        assert!(prevented(kind, "dataTransfer.items.add(new File(['x'], 'x.txt'))"), "{kind}");
        assert!(
            !prevented(kind, "dataTransfer.setData('text/plain', 'words')"),
            "words go where the browser puts them"
        );
    }
}
