//! A yes or no that views follow.

use leptos::prelude::*;

/// Changes only when the answer does. All share one kind of closure: each other one is another copy of the memo's code to download.
pub(crate) fn flag(holds: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    boxed(Box::new(holds))
}

fn boxed(holds: Box<dyn Fn() -> bool + Send + Sync>) -> Memo<bool> {
    Memo::new(move |_| holds())
}
