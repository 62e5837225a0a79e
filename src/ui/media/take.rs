//! Files that come by themselves: pasted into the text field, or dropped on the conversation.

use js_sys::Array;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{Event, File};

use super::client::How;
use super::desk::Desk;
use super::folder::within;
use crate::ui::browser::js::{call, closest, get, set};
use crate::ui::i18n::media;
use crate::ui::session::Session;

/// The files of a list of the browser's.
pub(super) fn files(list: &JsValue) -> Vec<File> {
    Array::from(list).iter().filter_map(|file| file.dyn_into().ok()).collect()
}

/// What is carried has this.
fn has(carried: &JsValue, kind: &str) -> bool {
    Array::from(&get(carried, "types")).iter().any(|of| of.as_string().as_deref() == Some(kind))
}

/// Files that are pasted are picked. Beside words with their looks they are a likeness of those words; a name alone is the file's.
pub(super) fn take_pasted(desk: Desk, input: NodeRef<html::Textarea>, busy: impl Fn() -> bool + Copy + 'static) {
    let handle = window_event_listener_untyped("paste", move |event: Event| {
        let carried = get(&event, "clipboardData");
        let field = input.try_get_untracked().flatten();
        let field = field.is_some_and(|field| event.target().as_ref() == Some(field.as_ref()));
        // Under files that are picked already stands a field for words of its own.
        let here = field || closest(event.target(), ".picked__caption").is_some();
        let pasted = files(&get(&carried, "files"));
        let likeness = has(&carried, "text/plain") && has(&carried, "text/html");
        if here && !pasted.is_empty() && !likeness && !busy() {
            event.prevent_default();
            desk.add(How::Photo, pasted);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether files hover over the window now. What is dropped is picked.
pub(super) fn take_dropped(session: Session, desk: Desk, busy: impl Fn() -> bool + Copy + 'static) -> RwSignal<bool> {
    let over = RwSignal::new(false);
    let carries = |event: &Event| has(&get(event, "dataTransfer"), "Files");
    let shut = move || busy() || document().query_selector("dialog[open], .scrim").is_ok_and(|over| over.is_some());
    let hovers = move |event: Event| {
        if carries(&event) {
            // Else the browser leaves the page for the file.
            event.prevent_default();
            let shut = shut();
            set(&get(&event, "dataTransfer"), "dropEffect", if shut { "none" } else { "copy" });
            let _gone = over.try_set(!shut);
        }
    };
    let leaves = move |event: Event| {
        // From the window, not from one element to the next.
        if get(&event, "relatedTarget").is_null() {
            let _gone = over.try_set(false);
        }
    };
    let drops = move |event: Event| {
        if !carries(&event) {
            return;
        }
        event.prevent_default();
        let _gone = over.try_set(false);
        if shut() {
            return;
        }
        let carried = get(&event, "dataTransfer");
        let items = Array::from(&get(&carried, "items"));
        // They are there as long as the event is.
        let of_files = items.iter().filter(|item| get(item, "kind").as_string().as_deref() == Some("file"));
        let entries: Vec<JsValue> =
            of_files.filter_map(|item| call(&item, "webkitGetAsEntry", &[])).filter(JsValue::is_object).collect();
        let dropped = files(&get(&carried, "files"));
        let add = move |files: Vec<File>| match files.is_empty() {
            true => session.toast(media().folder_empty.to_owned()),
            false => desk.add(How::Photo, files),
        };
        match entries.iter().any(|entry| get(entry, "isDirectory").is_truthy()) {
            true => spawn_local(async move { add(within(entries).await) }),
            false if dropped.is_empty() => {}
            false => add(dropped),
        }
    };
    let handles = [
        window_event_listener_untyped("dragenter", hovers),
        window_event_listener_untyped("dragover", hovers),
        window_event_listener_untyped("dragleave", leaves),
        window_event_listener_untyped("drop", drops),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    over
}
