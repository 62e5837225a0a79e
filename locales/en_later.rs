//! English, as parts of the page say it.

use crate::ui::i18n::Later;

pub(super) static LATER: Later = Later {
    // Notifications.
    notifications: "Notifications",
    notify: "Notifications",
    notify_more: "When a message comes and its chat is not on the screen. X Chat must be open in a tab.",
    notify_denied: "Your browser blocks notifications from this page. Allow them in the page’s settings, beside the address, then come back.",
    notify_missing: "This browser shows no notifications from this page.",
    notify_sample: "Notifications are on.",
    notify_sound: "Sound",
    notify_sound_more: "Two soft tones with each notification",
    notify_content: "Name and message",
    notify_content_more: "Off: a notification only says that there is a new message",
    notify_note: "These settings are for this browser. Muted chats and requests never notify.",
    notify_offer: "A message came while you were away.",
    notify_offer_more: "Notifications tell you next time.",
    turn_on: "Turn on",
    not_now: "Not now",
    new_message: "New message",
    // Emoji.
    emoji: "Emoji",
    emoji_more: "More emoji",
    emoji_find: "Find emoji",
    emoji_groups: "Groups",
    emoji_found: "Found",
    emoji_none: "Nothing found",
    emoji_last: "Used last",
    emoji_smileys: "Smileys",
    emoji_people: "People",
    emoji_nature: "Nature",
    emoji_food: "Food",
    emoji_places: "Places",
    emoji_activities: "Activities",
    emoji_objects: "Objects",
    emoji_symbols: "Symbols",
    emoji_flags: "Flags",
    emoji_tone: "Skin tone",
    emoji_tones: ["No skin tone", "Light", "Medium-light", "Medium", "Medium-dark", "Dark"],
};
