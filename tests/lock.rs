//! The writer's lock, by the browser's own locks.
#![allow(clippy::unwrap_used)]

mod support;

use support::{Changed, fresh};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xchat::worker::lock::{Ask, Lock};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_held_lock_is_granted_to_nobody_else_until_it_is_dropped() {
    let name = fresh("held");
    let mut lock = Lock::take(&name, Ask::Free).await.unwrap().unwrap();
    assert!(Lock::take(&name, Ask::Free).await.unwrap().is_none());
    assert!(Lock::take(&fresh("other"), Ask::Free).await.unwrap().is_some(), "each name is its own lock");
    let lost = lock.lost().unwrap();
    drop(lock);
    assert!(!lost.await, "letting go is no loss");
    assert!(Lock::take(&name, Ask::Free).await.unwrap().is_some());
}

#[wasm_bindgen_test]
async fn who_steals_has_it_and_who_had_it_learns_so() {
    let name = fresh("stolen");
    let mut first = Lock::take(&name, Ask::Free).await.unwrap().unwrap();
    let lost = first.lost().unwrap();
    let second = Lock::take(&name, Ask::Steal).await.unwrap().unwrap();
    assert!(lost.await);
    drop(first);
    assert!(Lock::take(&name, Ask::Free).await.unwrap().is_none(), "what was stolen is not let go by who had it");
    drop(second);
}

#[wasm_bindgen_test]
async fn a_free_lock_can_be_stolen_too() {
    assert!(Lock::take(&fresh("free"), Ask::Steal).await.unwrap().is_some());
}

#[wasm_bindgen_test]
async fn a_browser_without_locks_is_said_to_have_none() {
    let hidden = Changed::by(
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
         return () => { delete navigator.locks; };",
    );
    assert!(Lock::take(&fresh("none"), Ask::Free).await.is_err());
    drop(hidden);
}
