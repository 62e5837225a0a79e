//! Why a file is not here, in a sentence, and whether to try again helps.

use super::client::FileFailure;
use super::words::size;
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, media};

/// The sentence. `expires`: until when the relay has kept it, where that is known.
pub(super) fn sentence(failure: &FileFailure, expires: Option<u64>) -> String {
    let t = media();
    match failure {
        FileFailure::TooLarge { limit } => fill(t.too_large, &[("size", &size(*limit))]),
        FileFailure::Unreadable => t.unreadable.to_owned(),
        FileFailure::NotWhatItSays => t.not_what_it_says.to_owned(),
        FileFailure::TooManyPixels => t.too_many_pixels.to_owned(),
        FileFailure::TooLargeToShow => t.too_large_to_show.to_owned(),
        FileFailure::NoRoom => t.no_room.to_owned(),
        FileFailure::Gone => match expires {
            Some(until) if until <= clock::now() => fill(t.gone_since, &[("date", &clock::date_and_year(until))]),
            _ => t.gone.to_owned(),
        },
        FileFailure::Wrong => t.wrong_bytes.to_owned(),
        FileFailure::Offline => t.offline.to_owned(),
        FileFailure::Cancelled => t.stopped.to_owned(),
        FileFailure::Broken(_) => t.broken.to_owned(),
    }
}

/// Something else may come of it another time.
pub(super) fn helps(failure: &FileFailure) -> bool {
    !matches!(
        failure,
        FileFailure::TooLarge { .. }
            | FileFailure::TooLargeToShow
            | FileFailure::NotWhatItSays
            | FileFailure::TooManyPixels
            | FileFailure::Gone
    )
}
