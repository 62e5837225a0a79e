//! What this browser remembers of emoji: which were used last, and the skin tone.

use crate::ui::browser::prefs;

const LAST: &str = "xchat.emoji";
const TONE: &str = "xchat.emoji.tone";
/// Three rows.
const MOST: usize = 24;

/// Those used last, the latest first.
pub(super) fn last() -> Vec<String> {
    prefs::read(LAST).unwrap_or_default().split(' ').filter(|sign| !sign.is_empty()).map(str::to_owned).collect()
}

/// This one was used now.
pub(super) fn used(sign: &str) {
    let mut last = last();
    last.retain(|other| other != sign);
    last.insert(0, sign.to_owned());
    last.truncate(MOST);
    prefs::write(LAST, Some(&last.join(" ")));
}

/// 1 to 5; 0: none.
pub(super) fn tone() -> usize {
    prefs::read(TONE).and_then(|tone| tone.parse().ok()).unwrap_or_default()
}

pub(super) fn set_tone(tone: usize) {
    prefs::write(TONE, (tone > 0).then(|| tone.to_string()).as_deref());
}
