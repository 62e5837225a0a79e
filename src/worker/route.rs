//! Which pages hear an event.

use xchat_engine::api::Event;

use crate::link::PortId;

/// Who has asked for something that is answered later.
#[derive(Debug, Default)]
pub struct Routes {
    opener: Option<PortId>,
}

impl Routes {
    /// This page has opened a contact or invite link; its answer may come with a later step.
    pub fn opening(&mut self, page: PortId) {
        self.opener = Some(page);
    }

    /// This page is gone.
    pub fn left(&mut self, page: PortId) {
        self.opener = self.opener.filter(|opener| *opener != page);
    }

    /// The one page that an event is for; None: it is for all. `asker` is the page whose command or arrival made the
    /// step.
    ///
    /// News are for all: every tab shows the same. Answers are for who asked: they open a screen there, or show the 12
    /// words.
    pub fn audience(&self, event: &Event, asker: Option<PortId>) -> Option<PortId> {
        match event {
            Event::Snapshot { .. }
            | Event::Words { .. }
            | Event::WordsChecked { .. }
            | Event::Page { .. }
            | Event::Details { .. }
            | Event::Picture { .. }
            | Event::Stored { .. }
            | Event::Found { .. }
            | Event::Preview { .. }
            | Event::Blocked { .. }
            | Event::Written { .. }
            | Event::NotWritten { .. }
            | Event::GroupMade { .. }
            | Event::DeviceLink { .. } => asker,
            Event::LinkOpened { .. } | Event::LinkWaiting | Event::Invite { .. } | Event::Refused { .. } => {
                asker.or(self.opener)
            }
            Event::Account { .. }
            | Event::Chat { .. }
            | Event::ChatGone { .. }
            | Event::Members { .. }
            | Event::Joins { .. }
            | Event::JoinRequests { .. }
            | Event::LinkCode { .. }
            | Event::LinkEnded
            | Event::History { .. }
            | Event::Devices { .. }
            | Event::Message { .. }
            | Event::MessageGone { .. }
            | Event::Cleared { .. }
            | Event::Reacted { .. }
            | Event::Typing { .. }
            | Event::Drafted { .. }
            | Event::Marked { .. }
            | Event::MarkedOne { .. }
            | Event::Going { .. }
            | Event::Sending { .. }
            | Event::Connection { .. }
            | Event::Elsewhere
            | Event::Storage { .. }
            | Event::StorageFine
            | Event::Fatal { .. } => None,
        }
    }
}
