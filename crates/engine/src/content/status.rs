//! Delivery and read reports: draft-mahy-mimi-message-status-01.
//!
//! A report is a MIMI message of disposition unspecified whose one part lists (message id, status). It has no time of its
//! own: the log's record has one. Reports are never reported on, and never shown.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use thiserror::Error;

use super::{Disposition, Message, MessageId, Part};

/// The content type of a report.
pub const STATUS_TYPE: &str = "application/mimi-message-status";
/// Most messages that one report names: as many as fit well into one record.
pub const MAX_STATUSES: usize = 1000;

/// What became of a message at the reporter's. Later reports replace earlier ones; which steps make sense is the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0: not yet read.
    Unread,
    /// 1: one of the reporter's devices has it.
    Delivered,
    /// 2: read.
    Read,
    /// 3: expired.
    Expired,
    /// 4: deleted.
    Deleted,
    /// 5: hidden, for example archived.
    Hidden,
    /// 6: known of, but it could not be received.
    Error,
    /// 7 to 255: of a later draft.
    Other(u8),
}

impl Status {
    /// The draft's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Delivered => 1,
            Self::Read => 2,
            Self::Expired => 3,
            Self::Deleted => 4,
            Self::Hidden => 5,
            Self::Error => 6,
            Self::Other(number) => number,
        }
    }
}

impl From<u8> for Status {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Unread,
            1 => Self::Delivered,
            2 => Self::Read,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Hidden,
            6 => Self::Error,
            number => Self::Other(number),
        }
    }
}

/// The content is not a report, or names more than [`MAX_STATUSES`] messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a message status report")]
pub struct StatusError;

/// What became of some messages of one room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusReport(Vec<(MessageId, Status)>);

impl StatusReport {
    /// Of these messages, at most [`MAX_STATUSES`]: receivers refuse more.
    pub fn new(statuses: impl IntoIterator<Item = (MessageId, Status)>) -> Self {
        Self(statuses.into_iter().collect())
    }

    /// What became of each.
    pub fn statuses(&self) -> &[(MessageId, Status)] {
        &self.0
    }

    /// Those of which it says this.
    pub(crate) fn named(&self, said: Status) -> Vec<MessageId> {
        self.0.iter().filter(|(_, status)| *status == said).map(|(message, _)| *message).collect()
    }

    /// The report that a message is; another kind of message is none.
    pub fn of(message: &Message) -> Result<Self, StatusError> {
        message.part.content(STATUS_TYPE).ok_or(StatusError).and_then(Self::decode)
    }

    /// The report as a message.
    pub fn message(&self, salt: [u8; 16]) -> Message {
        Message::of(salt, Part::single(Disposition::Unspecified, STATUS_TYPE, self.encode()))
    }

    /// `[[message id, status], ...]` in CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::new(Vec::with_capacity(3 + 37 * self.0.len()));
        self.write(&mut out).expect("writing into a Vec cannot fail");
        out.into_writer()
    }

    fn write(&self, out: &mut Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        out.array(self.0.len() as u64)?;
        for (id, status) in &self.0 {
            out.array(2)?.bytes(id.as_bytes())?.u8(status.number())?;
        }
        Ok(())
    }

    /// Back from [`StatusReport::encode`], bounded.
    pub fn decode(bytes: &[u8]) -> Result<Self, StatusError> {
        let mut d = Decoder::new(bytes);
        let count = d.array().ok().flatten().filter(|count| *count <= MAX_STATUSES as u64).ok_or(StatusError)?;
        let statuses = (0..count).map(|_| pair(&mut d).ok_or(StatusError)).collect::<Result<_, _>>()?;
        match d.position() == bytes.len() {
            true => Ok(Self(statuses)),
            false => Err(StatusError),
        }
    }
}

fn pair(d: &mut Decoder<'_>) -> Option<(MessageId, Status)> {
    if d.datatype().ok()? != Type::Array || d.array().ok()? != Some(2) {
        return None;
    }
    let id = d.bytes().ok()?.try_into().ok()?;
    Some((MessageId::new(id), Status::from(d.u8().ok()?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The draft's example, section 5.
    const EXAMPLE: &str = "84\
        825820017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f402\
        825820015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b2702\
        825820018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af00\
        82582001e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a0303";

    #[test]
    fn the_drafts_example_reads_and_writes_as_it_is() {
        let bytes = hex::decode(EXAMPLE).unwrap();
        let report = StatusReport::decode(&bytes).unwrap();
        let statuses: Vec<_> = report.statuses().iter().map(|(_, status)| *status).collect();
        assert_eq!(statuses, [Status::Read, Status::Read, Status::Unread, Status::Expired]);
        assert_eq!(report.encode(), bytes);
    }

    #[test]
    fn a_report_survives_being_a_message_and_a_text_is_none() {
        let report = StatusReport::new([(MessageId::new([1; 32]), Status::Delivered)]);
        let message = report.message([2; 16]);
        assert_eq!(message.part.disposition, Disposition::Unspecified);
        assert_eq!(StatusReport::of(&Message::decode(&message.encode()).unwrap()), Ok(report));
        assert_eq!(StatusReport::of(&Message::text([2; 16], "hi")), Err(StatusError));
    }

    #[test]
    fn a_report_of_the_most_messages_reads_and_one_more_does_not() {
        let of = |count| StatusReport(vec![(MessageId::new([1; 32]), Status::Read); count]).encode();
        assert!(StatusReport::decode(&of(MAX_STATUSES)).is_ok());
        assert_eq!(StatusReport::decode(&of(MAX_STATUSES + 1)), Err(StatusError));
    }

    #[test]
    fn an_announced_length_costs_nothing() {
        assert_eq!(StatusReport::decode(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Err(StatusError));
        assert_eq!(StatusReport::decode(&[0x19, 0x03, 0xe8]), Err(StatusError));
    }

    #[test]
    fn every_status_keeps_its_number() {
        for number in 0..=u8::MAX {
            assert_eq!(Status::from(number).number(), number);
        }
    }

    proptest! {
        #[test]
        fn every_report_survives(statuses in prop::collection::vec((any::<[u8; 32]>(), any::<u8>()), 0..50)) {
            let report = StatusReport::new(statuses.into_iter().map(|(id, n)| (MessageId::new(id), Status::from(n))));
            prop_assert_eq!(StatusReport::decode(&report.encode()), Ok(report));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = StatusReport::decode(&bytes);
        }
    }
}
