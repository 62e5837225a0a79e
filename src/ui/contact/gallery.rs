//! The way to what a conversation has of pictures, sounds, files and links.

use leptos::prelude::*;

use crate::ui::i18n::later;
use crate::ui::widgets::icon::{Glyph, Icon};

/// Where the focus goes on when it was closed.
pub(crate) const GALLERY: &str = ".to-gallery";

/// The row that leads there.
#[component]
pub(crate) fn ToGallery(on_press: Callback<()>) -> impl IntoView {
    view! {
        <div class="section__card">
            <button class="setting to-gallery" type="button" on:click=move |_| on_press.run(())>
                <Icon glyph=Glyph::IMAGE />
                <span class="setting__body">
                    <span class="setting__name">{later().gallery}</span>
                </span>
                <Icon glyph=Glyph::CHEVRON />
            </button>
        </div>
    }
}
