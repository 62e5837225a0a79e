//! What can happen in a simulated world, as data: printed as Rust, so that a history can be pasted into a test.

use std::fmt;

use crate::sim::Crash;

/// A conversation, as people think of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// With this person.
    With(usize),
    /// The group that was made as the one of this number.
    Group(usize),
}

/// What a relay does to a frame that it owes a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The next record never comes.
    Withhold,
    /// Instead of the next record the one before comes again.
    Replay,
    /// A bit of the next record's body is another one.
    Alter,
    /// The next request is denied, whatever it was.
    Deny,
    /// The next reply comes twice as late as any: never.
    Silence,
    /// The relay claims that a log's end lies where it does not.
    FalseHead,
}

/// What a member's device sends instead of what the rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// The next commit names an access key that nobody can derive.
    FalseKey,
    /// The next message is garbage under the right proof.
    Garbage,
    /// The next commit's welcomes are garbage.
    FalseWelcome,
}

/// What a person keeps of a conversation: a register of its own each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Archived(bool),
    Muted(bool),
    Pinned(bool),
    Unread(bool),
    /// Something is begun, or it is deleted.
    Draft(bool),
    /// Others are not told what was read: of all conversations, whichever it is.
    Quiet(bool),
}

/// What a device of a later version says that nobody else has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// A content of a type of its own, which is not for reading.
    Content,
    /// A text of an unknown disposition.
    Text,
    /// A status of an unknown number.
    Status,
    /// Something that only this person's devices are told.
    Sync,
    /// A delivery of an unknown kind.
    Delivery,
    /// A signal of an unknown kind.
    Signal,
}

/// One thing that happens. What makes no sense where it happens changes nothing. `who` is a device, `whom` a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    // People.
    OpenLink {
        who: usize,
        whom: usize,
    },
    Write {
        who: usize,
        place: Place,
    },
    Read {
        who: usize,
        place: Place,
    },
    Accept {
        who: usize,
        place: Place,
    },
    Block {
        who: usize,
        whom: usize,
    },
    Unblock {
        who: usize,
        whom: usize,
    },
    Delete {
        who: usize,
        place: Place,
    },
    Rename {
        who: usize,
    },
    /// `people` is a set of bits.
    MakeGroup {
        who: usize,
        people: u8,
    },
    Add {
        who: usize,
        group: usize,
        whom: usize,
    },
    Remove {
        who: usize,
        group: usize,
        whom: usize,
    },
    Leave {
        who: usize,
        group: usize,
    },
    Name {
        who: usize,
        group: usize,
    },
    Describe {
        who: usize,
        group: usize,
    },
    /// 0 member, 1 admin, 2 owner.
    Role {
        who: usize,
        group: usize,
        whom: usize,
        role: u8,
    },
    MayAdd {
        who: usize,
        group: usize,
        admins: bool,
    },
    MayChange {
        who: usize,
        group: usize,
        admins: bool,
    },
    Timer {
        who: usize,
        group: usize,
    },
    /// Where the relay keeps files.
    SendFile {
        who: usize,
        place: Place,
    },
    /// The latest file that the device has is passed on.
    Forward {
        who: usize,
        to: Place,
    },
    /// The latest own file is deleted for all.
    TakeBack {
        who: usize,
    },
    /// The same, on this device alone.
    Drop {
        who: usize,
    },
    // Devices.
    /// An empty browser shows a link.
    Offer {
        who: usize,
    },
    /// The link of that browser is read.
    Scan {
        who: usize,
        new: usize,
    },
    /// The person compares the digits of both and says so here.
    Confirm {
        who: usize,
        other: usize,
    },
    Revoke {
        who: usize,
        device: usize,
    },
    Keep {
        who: usize,
        place: Place,
        what: Keep,
    },
    /// All connect, and everything that is under way arrives and is done.
    Settle,
    // Network.
    Connect {
        who: usize,
    },
    Disconnect {
        who: usize,
    },
    /// So many frames reach the relay.
    Up {
        who: usize,
        frames: usize,
    },
    /// So many frames reach the device, in one step.
    Down {
        who: usize,
        frames: usize,
    },
    /// Everything that is under way arrives, everywhere.
    Flow,
    // Machines and clocks.
    /// The device dies in its so-and-so-many-th step from now.
    Crash {
        who: usize,
        step: u64,
        when: Crash,
    },
    Wait {
        seconds: u64,
    },
    Tick {
        who: usize,
    },
    Skew {
        who: usize,
        minutes: i64,
    },
    // The relay.
    /// What is older than so many hours is removed.
    Expire {
        hours: u64,
    },
    LoseStore,
    Lie {
        who: usize,
        how: Lie,
    },
    // Versions.
    /// The device is of a later version from now on: whatever it writes has unknown keys.
    BecomeLater {
        who: usize,
    },
    Unheard {
        who: usize,
        place: Place,
        what: Unheard,
    },
    // Members.
    TurnHostile {
        who: usize,
    },
    Trick {
        who: usize,
        how: Trick,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A whole history: who there is, the seed, and what happens. Events keep their numbers when others are taken out, and all that
/// is random in one comes from its number: so the rest stays what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    pub seed: u64,
    pub people: usize,
    /// Devices that each person has at most. Device n is of person n modulo how many people there are.
    pub devices: usize,
    pub events: Vec<(u32, Event)>,
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "History {{ seed: {}, people: {}, devices: {}, events: vec![",
            self.seed, self.people, self.devices
        )?;
        for (number, event) in &self.events {
            writeln!(f, "    ({number}, {event}),")?;
        }
        write!(f, "] }}")
    }
}
