//! What a relay, a member and a person can do to a device: enough of it made well that the rest gets somewhere.

use arbitrary::Arbitrary;

use super::member::Change;

/// A number that is small, or near the top.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Number {
    Small(u8),
    Top(u8),
}

impl Number {
    pub fn wide(self) -> u64 {
        match self {
            Self::Small(number) => number.into(),
            Self::Top(less) => u64::MAX - u64::from(less),
        }
    }

    pub fn narrow(self) -> u32 {
        match self {
            Self::Small(number) => number.into(),
            Self::Top(less) => u32::MAX - u32::from(less),
        }
    }
}

/// What an address names.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Place {
    Inbox,
    /// The log of the group with the member.
    Log,
    /// A log that the device has made itself, if it has.
    OwnLog,
    Nowhere,
}

/// What the relay answers, whatever was asked.
#[derive(Debug, Clone, Arbitrary)]
pub enum Answer {
    Ok,
    Proved {
        log: Option<(Number, Number, Number)>,
        packages: Option<Number>,
    },
    Accepted(Number),
    Stale(Number),
    Conflict(Number),
    /// Sealed as a package of the member's; inside is a good one, or these bytes.
    Package(Option<Vec<u8>>),
    Pool(Number),
    Cell(Number, Vec<u8>),
    Refused(u8),
}

#[derive(Debug, Clone, Arbitrary)]
pub enum Act {
    /// Everything that was asked is answered, and everything that was sent is passed on.
    Honest,
    /// One message of the connection.
    Bytes(Vec<u8>),
    /// To one of the requests that wait, from the first.
    Reply(u8, Answer),
    Record {
        place: Place,
        seq: Number,
        previous: Number,
        epoch: Number,
        kind: u8,
        body: Vec<u8>,
        next: Option<u8>,
    },
    CaughtUp(Place, Number),
    Fenced(Place, Number),
    Pool(Number),
    Goodbye(u8, Number),
    Signal(Place, Number, Vec<u8>),
    /// Any content in a message that MLS takes.
    Say {
        content: Vec<u8>,
        authenticated: Vec<u8>,
    },
    /// A good text.
    Text(String),
    /// A part of this type, with any content.
    Part {
        kind: u8,
        content: Vec<u8>,
    },
    Status {
        statuses: Vec<(u8, u8)>,
    },
    Commit {
        change: Change,
        right_key: bool,
    },
    /// Any inside of an envelope.
    Envelope(Vec<u8>),
    /// A good envelope with anything as its MLS Welcome.
    Welcome {
        log: u8,
        welcome: Vec<u8>,
    },
    Person(Wish),
    Reconnect,
    Restart,
    Hours(u8),
}

/// What the person who lives there asks for.
#[derive(Debug, Clone, Arbitrary)]
pub enum Wish {
    Send(String),
    Accept,
    Block,
    Unblock,
    Delete,
    Retry(Number),
    Seen(Number),
    Rename(String),
    /// The member's own link, whole.
    OpenLink,
    Open(String),
    Load,
    Words,
    /// Which thing, and to what.
    Arrange(u8, Number),
    /// What is begun, and what it answers.
    Draft(String, Number),
    /// The invite link of a group of the member's: looked at, asked by, taken back.
    Invite(u8),
}
