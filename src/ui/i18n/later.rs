//! Sentences that only parts of the page say: they come with those parts.

/// The sentences of one language.
#[derive(Debug)]
pub struct Later {
    // Notifications.
    pub notifications: &'static str,
    pub notify: &'static str,
    pub notify_more: &'static str,
    pub notify_denied: &'static str,
    pub notify_missing: &'static str,
    pub notify_sample: &'static str,
    pub notify_sound: &'static str,
    pub notify_sound_more: &'static str,
    pub notify_content: &'static str,
    pub notify_content_more: &'static str,
    pub notify_note: &'static str,
    pub notify_offer: &'static str,
    pub notify_offer_more: &'static str,
    pub turn_on: &'static str,
    pub not_now: &'static str,
    pub new_message: &'static str,
    // Emoji.
    pub emoji: &'static str,
    pub emoji_more: &'static str,
    pub emoji_find: &'static str,
    pub emoji_groups: &'static str,
    pub emoji_found: &'static str,
    pub emoji_none: &'static str,
    pub emoji_last: &'static str,
    pub emoji_smileys: &'static str,
    pub emoji_people: &'static str,
    pub emoji_nature: &'static str,
    pub emoji_food: &'static str,
    pub emoji_places: &'static str,
    pub emoji_activities: &'static str,
    pub emoji_objects: &'static str,
    pub emoji_symbols: &'static str,
    pub emoji_flags: &'static str,
    pub emoji_tone: &'static str,
    /// None, then light to dark.
    pub emoji_tones: [&'static str; 6],
}
