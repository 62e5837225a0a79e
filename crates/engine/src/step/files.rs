//! Files of own messages on their way.

use minicbor::bytes::ByteVec;

use crate::{
    Engine,
    api::{Attachment, Attachments, ChatId},
};

impl Engine {
    /// What the page is told of a message's files.
    pub(super) fn shown_files(&self, _id: ChatId, _order: u64, files: Vec<Attachment>) -> ByteVec {
        match files.is_empty() {
            true => Vec::new().into(),
            false => Attachments { files, going: None }.to_bytes().into(),
        }
    }
}
