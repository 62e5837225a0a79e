//! Whether a message is worth a word outside of the page.

use xchat_engine::api::{Body, ChatState, ChatView, MessageView};

/// Whether the last message of a conversation is told of at this time (Unix milliseconds): something that a person said, in a conversation
/// that is accepted and not muted.
pub fn rings(chat: &ChatView, now: u64) -> bool {
    let said = |message: &MessageView| {
        let words = matches!(message.body, Body::Text { .. } | Body::Poll { .. } | Body::Unsupported);
        words && !message.mine
    };
    chat.state == ChatState::Open && !chat.arranged.is_muted(now) && chat.last.as_ref().is_some_and(said)
}
