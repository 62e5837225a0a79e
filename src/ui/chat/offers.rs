//! What can be done with a message: what the engine would do, and nothing that it would refuse.

use xchat_engine::api::{Body, ChatState, ChatView, Mark, MessageView};

use crate::ui::media::held::holds_once;
use crate::ui::session::can_edit;

/// One line of a message's menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Reply,
    Edit,
    Copy,
    Save,
    Forward,
    Pin,
    Unpin,
    EndPoll,
    Details,
    Select,
    Delete,
}

/// Something can be said in this conversation about what was said before.
pub(super) fn is_open(chat: &ChatView) -> bool {
    chat.state == ChatState::Open && chat.group.as_ref().is_none_or(|group| group.out.is_none())
}

/// The others have this message, or will have it.
pub(super) fn is_said(message: &MessageView) -> bool {
    let content = matches!(message.body, Body::Text { .. } | Body::Poll { .. } | Body::Opened(_) | Body::Unsupported);
    content && message.mark != Some(Mark::Failed)
}

/// React to it, answer it, pin it.
pub fn may_react(chat: &ChatView, message: &MessageView) -> bool {
    is_open(chat) && is_said(message)
}

/// Take it back from everybody.
pub fn may_delete_for_all(chat: &ChatView, message: &MessageView) -> bool {
    // What did not go out is gone with its row.
    is_open(chat) && message.mine && message.body != Body::Deleted && message.mark != Some(Mark::Failed)
}

/// The lines of its menu, in their order.
pub fn offers(chat: &ChatView, message: &MessageView) -> Vec<Offer> {
    let text = matches!(message.body, Body::Text { .. });
    let words = matches!(&message.body, Body::Text { text, .. } if !text.is_empty());
    let files = message.holds.is_some();
    // Nothing of it is kept or passed on, and nothing takes its place.
    let once = holds_once(message);
    let poll = matches!(message.body, Body::Poll { .. });
    let ends = matches!(message.body, Body::Poll { closed: false, .. }) && message.mine;
    let said = may_react(chat, message);
    let pinned = chat.pins.iter().any(|pin| pin.order == message.order);
    let lines = [
        (Offer::Reply, said),
        (Offer::Edit, is_open(chat) && can_edit(message) && !once),
        (Offer::Copy, words && !once),
        (Offer::Save, files && !once),
        (Offer::Forward, (text || poll || files) && !once),
        (Offer::Pin, said && !pinned),
        (Offer::Unpin, said && pinned),
        (Offer::EndPoll, said && ends),
        (Offer::Details, message.body != Body::Deleted),
        (Offer::Select, true),
        (Offer::Delete, true),
    ];
    lines.into_iter().filter_map(|(offer, may)| may.then_some(offer)).collect()
}
