//! Reading QR codes with the camera, or from a picture. A part of the page, fetched when somebody first scans.
//!
//! Data path: the camera's stream -> a frame in a canvas, a few times a second -> `decode` -> the bytes of a code -> `reading` says what they are
//! -> whoever opened this. Nothing that is seen is stored, shown to the engine or sent, and what a code says is never gone to.

mod camera;
pub mod decode;
mod dialog;
mod frame;
mod outcome;
pub mod reading;
pub mod size;
mod still;

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use dialog::ScanDialog;
pub use reading::{Code, Wanted};

use super::part::part;

/// What this part shows: the dialog that looks for a code, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) wanted: Wanted,
    /// The conversation whose number is compared.
    pub(crate) chat: Option<ReadSignal<ChatView>>,
    /// What was wanted was read, or the numbers were the same.
    pub(crate) on_read: Callback<Code>,
    pub(crate) on_close: Callback<()>,
}

part!(scan: Screen => draw; when asked for);

fn draw(screen: Screen) -> AnyView {
    view! { <ScanDialog screen /> }.into_any()
}
