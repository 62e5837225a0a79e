//! What happens when nothing happens for a while.

use std::time::Duration;

use leptos::prelude::*;

/// Runs `then` once `waits` has held for so long; it is tracked, and each change of what it reads begins anew.
pub(super) fn after(long: Duration, waits: impl Fn() -> bool + 'static, then: impl Fn() + Copy + 'static) {
    let timer = StoredValue::new_local(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    Effect::new(move |_| {
        stop();
        if waits() {
            timer.set_value(set_timeout_with_handle(then, long).ok());
        }
    });
    on_cleanup(stop);
}
