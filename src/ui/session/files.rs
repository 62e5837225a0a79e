//! Messages with files: what is said about them to the engine. What is said is bytes, which only a part of the page writes.

use xchat_engine::api::{ChatId, Command};

use super::Session;

impl Session {
    /// Says something about the files of a conversation, by the bytes of a `FileCommand` that writes no message.
    pub(crate) fn about_files(self, chat: ChatId, what: Vec<u8>) {
        self.send(Command::Files { chat, reply: None, tag: None, what: what.into() });
    }
}
