//! Our own parts that change a conversation for everybody in it: what is pinned, and how long messages live.

use minicbor::CborLen;
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

use super::{Disposition, Message, MessageId, Part};

/// The content type of a pin.
pub const PIN_TYPE: &str = "application/vnd.xchat.pin+cbor";
/// The content type of a default timer.
pub const TIMER_TYPE: &str = "application/vnd.xchat.timer+cbor";
/// Longest timer in seconds: a year.
pub const MAX_TIMER: u32 = 365 * 24 * 3600;
const VERSION: u32 = 1;

/// The bytes are no such part, or one of a later version or out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a setting")]
pub struct SettingError;

/// Whether the message that it replies to is pinned from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Pin {
    /// Not any more.
    #[n(0)]
    Off,
    /// From now on.
    #[n(1)]
    On,
}

/// How long new messages live after they were read, in seconds. 0: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer(pub u32);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Content<T> {
    #[n(0)]
    version: u32,
    #[n(1)]
    value: T,
}

fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, SettingError> {
    let content: Content<T> = xchat_wire::decode(bytes).map_err(|_| SettingError)?;
    if content.version == VERSION { Ok(content.value) } else { Err(SettingError) }
}

impl Pin {
    /// The pin that a message is; `None` if it is another kind of message.
    pub fn of(message: &Message) -> Result<Option<Self>, SettingError> {
        message.part.content(PIN_TYPE).map(decode).transpose()
    }

    /// The pin as a message about another one.
    pub fn message(self, salt: [u8; 16], pinned: MessageId) -> Message {
        let content = xchat_wire::encode(&Content { version: VERSION, value: self });
        let part = Part::single(Disposition::Unspecified, PIN_TYPE, content);
        Message { in_reply_to: Some(pinned), ..Message::of(salt, part) }
    }
}

impl Timer {
    /// The timer that a message is; `None` if it is another kind of message.
    pub fn of(message: &Message) -> Result<Option<Self>, SettingError> {
        let seconds: Option<u32> = message.part.content(TIMER_TYPE).map(decode).transpose()?;
        match seconds {
            Some(seconds) if seconds > MAX_TIMER => Err(SettingError),
            seconds => Ok(seconds.map(Self)),
        }
    }

    /// The timer as a message.
    pub fn message(self, salt: [u8; 16]) -> Message {
        let content = xchat_wire::encode(&Content { version: VERSION, value: self.0 });
        Message::of(salt, Part::single(Disposition::Unspecified, TIMER_TYPE, content))
    }

    /// None: for ever.
    pub fn seconds(self) -> Option<u32> {
        (self.0 > 0).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(message: &Message) -> String {
        let (PIN_TYPE | TIMER_TYPE) = message.content_type().unwrap() else { panic!("{message:?}") };
        hex::encode(message.part.content(message.content_type().unwrap()).unwrap())
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(content(&Pin::On.message([1; 16], MessageId::new([2; 32]))), "a200010101");
        assert_eq!(content(&Pin::Off.message([1; 16], MessageId::new([2; 32]))), "a200010100");
        assert_eq!(content(&Timer(3600).message([1; 16])), "a2000101190e10");
    }

    #[test]
    fn a_pin_names_its_message_and_one_kind_is_not_the_other() {
        let pin = Pin::On.message([1; 16], MessageId::new([2; 32]));
        let pin = Message::decode(&pin.encode()).unwrap();
        assert_eq!((Pin::of(&pin), pin.in_reply_to), (Ok(Some(Pin::On)), Some(MessageId::new([2; 32]))));
        assert_eq!(Timer::of(&pin), Ok(None));
        assert_eq!(Pin::of(&Timer(1).message([1; 16])), Ok(None));
    }

    #[test]
    fn a_setting_of_a_later_version_or_out_of_bounds_is_refused() {
        let of = |kind: &str, hex: &str| {
            Message::of([1; 16], Part::single(Disposition::Unspecified, kind, hex::decode(hex).unwrap()))
        };
        assert_eq!(Pin::of(&of(PIN_TYPE, "a200020101")), Err(SettingError));
        assert_eq!(Pin::of(&of(PIN_TYPE, "a200010102")), Err(SettingError));
        assert_eq!(Timer::of(&Timer(MAX_TIMER + 1).message([1; 16])), Err(SettingError));
        assert!(Timer::of(&Timer(MAX_TIMER).message([1; 16])).is_ok());
    }

    proptest! {
        #[test]
        fn every_timer_survives(seconds in 0..=MAX_TIMER) {
            let message = Message::decode(&Timer(seconds).message([1; 16]).encode()).unwrap();
            prop_assert_eq!(Timer::of(&message), Ok(Some(Timer(seconds))));
        }

        #[test]
        fn no_bytes_make_them_panic(bytes: Vec<u8>) {
            for kind in [PIN_TYPE, TIMER_TYPE] {
                let message = Message::of([1; 16], Part::single(Disposition::Unspecified, kind, bytes.clone()));
                let _ = (Pin::of(&message), Timer::of(&message));
            }
        }
    }
}
