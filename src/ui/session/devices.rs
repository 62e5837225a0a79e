//! Devices: the list, and a linking under way on either side.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Command, DeviceView, PersonId, Problem};

use super::Session;
use crate::ui::route::Route;

/// How far a linking has come, on the new device and on the one that brings it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// None is under way.
    Idle,
    /// The engine was asked and has not answered, or waits for the other device.
    Asked,
    /// The new device shows this link.
    Shown(String),
    /// Both devices show these digits.
    Digits {
        /// `123 456`
        code: String,
        /// The person has said here that they match.
        confirmed: bool,
    },
    /// The new device has what it needs.
    Done,
    /// The digits did not match.
    Broken,
    /// It cannot be done, or not any more.
    Refused(Problem),
}

/// How far the history of a new device has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flow {
    /// This device gives it.
    pub(crate) giving: bool,
    /// Messages so far.
    pub(crate) messages: u64,
    /// Conversations that are whole, of so many; of none while that is not known.
    pub(crate) done: u32,
    pub(crate) of: u32,
    pub(crate) over: bool,
}

impl Session {
    /// This person's devices, this one first; none before they were asked for.
    pub(crate) fn devices(self) -> ReadSignal<Vec<DeviceView>> {
        self.devices.read_only()
    }

    /// How far the linking has come.
    pub(crate) fn linking(self) -> ReadSignal<Linking> {
        self.linking.read_only()
    }

    /// Another device has removed this one. Tracks.
    pub(crate) fn is_removed(self) -> bool {
        self.account.with(|account| account.as_ref().is_some_and(|account| account.removed))
    }

    /// The person has read that this device was removed, and reads what is left on it.
    pub(crate) fn reads_on(self) -> ReadSignal<bool> {
        self.reads_on.read_only()
    }

    pub(crate) fn read_on(self) {
        self.reads_on.set(true);
    }

    /// What is stored here was erased: the worker is made to look, finds nothing, and begins anew, where nobody is.
    pub(crate) fn erased(self) {
        self.router().replace(Route::Chats);
        self.send(Command::Load { chat: ChatId([0; 16]), before: None, limit: 1 });
        self.send(Command::Reconnect);
    }

    /// Asks for the list.
    pub(crate) fn ask_devices(self) {
        self.send(Command::Devices);
    }

    /// Takes a device out of everything.
    pub(crate) fn revoke_device(self, device: PersonId) {
        self.send(Command::RevokeDevice { device });
    }

    /// Gives a device a name.
    pub(crate) fn name_device(self, device: PersonId, name: String) {
        self.send(Command::NameDevice { device, name });
    }

    /// Shows a link with which another device brings this one in.
    pub(crate) fn link_this_device(self, name: String) {
        self.linking.set(Linking::Asked);
        self.send(Command::LinkThisDevice { name });
    }

    /// Shows another link instead of the one that is shown; the old one leads nowhere any more.
    pub(crate) fn renew_link(self, name: String) {
        if matches!(self.linking.get_untracked(), Linking::Shown(_)) {
            self.send(Command::LinkThisDevice { name });
        }
    }

    /// The device whose link was read says nothing: it is not there any more, or shows another link by now.
    pub(crate) fn link_unanswered(self) {
        if self.linking.get_untracked() == Linking::Asked {
            self.leave_linking();
            self.linking.set(Linking::Refused(Problem::Unreachable));
        }
    }

    /// Reads the link that a new device shows.
    pub(crate) fn link_device(self, link: String) {
        self.linking.set(Linking::Asked);
        self.send(Command::LinkDevice { link });
    }

    /// Whether both devices show the same digits.
    pub(crate) fn confirm_link(self, right: bool) {
        self.linking.update(|linking| match linking {
            Linking::Digits { confirmed, .. } if right => *confirmed = true,
            _ => *linking = Linking::Broken,
        });
        self.send(Command::ConfirmLink { right });
    }

    /// Whether the device that is being linked gets the history.
    pub(crate) fn share_history(self, on: bool) {
        self.send(Command::ShareHistory { on });
    }

    /// How far history has come; none: nothing more is to be said of it.
    pub(crate) fn flows(self, flow: Option<Flow>) {
        self.news.update(|news| news.flow = flow);
    }

    /// The list. Where this device is alone, none is given history any more.
    pub(super) fn devices_are(self, devices: Vec<DeviceView>) {
        let gives = self.news.with_untracked(|news| news.flow.is_some_and(|flow| flow.giving));
        if gives && devices.iter().all(|device| device.here) {
            self.flows(None);
        }
        self.devices.set(devices);
    }

    /// Takes back what was said about a linking, and breaks off one that is under way.
    pub(crate) fn leave_linking(self) {
        let before = self.linking.get_untracked();
        self.linking.set(Linking::Idle);
        if matches!(before, Linking::Asked | Linking::Shown(_) | Linking::Digits { .. }) {
            self.send(Command::ConfirmLink { right: false });
        }
    }

    /// What comes after its page was left is not shown.
    pub(super) fn device_link(self, link: String) {
        if matches!(self.linking.get_untracked(), Linking::Asked | Linking::Shown(_)) {
            self.linking.set(Linking::Shown(link));
        }
    }

    pub(super) fn link_code(self, code: String) {
        if matches!(self.linking.get_untracked(), Linking::Asked | Linking::Shown(_)) {
            self.linking.set(Linking::Digits { code, confirmed: false });
        }
    }

    pub(super) fn link_ended(self) {
        if matches!(self.linking.get_untracked(), Linking::Digits { confirmed: true, .. }) {
            self.linking.set(Linking::Done);
        }
    }

    /// The engine began anew, which ends every linking; or this device `joined` an account.
    pub(super) fn linking_over(self, joined: bool) {
        let before = self.linking.get_untracked();
        if joined {
            // Another tab may have made the account, while this one showed a link.
            let linked = matches!(before, Linking::Digits { confirmed: true, .. } | Linking::Done);
            self.linking.set(if linked { Linking::Done } else { Linking::Idle });
        } else if !matches!(before, Linking::Idle | Linking::Done) {
            self.linking.set(Linking::Refused(Problem::NoChat));
        }
    }

    /// Whether this was said of the linking, and there is no more to say.
    pub(super) fn link_refused(self, problem: Problem) -> bool {
        match (self.linking.get_untracked(), problem) {
            (
                Linking::Asked,
                Problem::NotALink
                | Problem::LinkDamaged
                | Problem::CardMissing
                | Problem::TooMany
                | Problem::Offline
                | Problem::NoChat,
            )
            | (Linking::Digits { .. }, Problem::NoChat | Problem::Removed) => {
                self.linking.set(Linking::Refused(problem));
                true
            }
            // The relay has not got it: it can be confirmed again.
            (Linking::Digits { code, confirmed: true }, Problem::Offline) => {
                self.linking.set(Linking::Digits { code, confirmed: false });
                false
            }
            _ => false,
        }
    }
}
