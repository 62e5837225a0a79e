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
}
