//! What is picked to be sent, by conversation. It stays while the page is open, whatever else is looked at: what was picked is read, made
//! smaller and sealed meanwhile, so that sending is quick.
//!
//! Picked -> looked at -> staged; sent: a parcel, which goes to the engine as soon as all of it is staged, and is kept until the engine has it.

use std::any::Any;
use std::rc::Rc;

use leptos::prelude::*;
use web_sys::File;
use xchat_engine::api::{ChatId, Event, FileCommand, MAX_FILES, Media, StagedFile};
use xchat_files::{Kind, MAX_FILE, safe};

use super::client::{FileFailure, How, TaskState};
use super::item::Item;
use super::voice::Voice;
use super::words::size;
use crate::ui::i18n::{fill, media};
use crate::ui::session::{Session, Stage, use_session};

/// Files that are to be sent together, with what stands below them.
#[derive(Clone)]
pub(super) struct Parcel {
    /// The message's tag.
    pub(super) tag: u32,
    pub(super) items: Vec<Item>,
    /// As what its pictures go.
    how: How,
    /// They may be seen once.
    once: bool,
    text: String,
    reply: Option<u64>,
    /// The engine has been told.
    pub(super) sent: bool,
}

/// What is picked in one conversation.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    session: Session,
    chat: ChatId,
    pub(super) picked: RwSignal<Vec<Item>, LocalStorage>,
    pub(super) parcels: RwSignal<Vec<Parcel>, LocalStorage>,
    /// What is to be said of what was left out.
    pub(super) notice: RwSignal<String>,
    /// The sheet is open.
    pub(super) open: RwSignal<bool>,
    /// Files came back that were not sent.
    pub(super) back: RwSignal<bool>,
    pub(super) how: RwSignal<How>,
    /// What is picked may be seen once, where that can be.
    pub(super) once: RwSignal<bool>,
    /// It was asked for, and cannot be any more: the person is told.
    pub(super) once_off: RwSignal<bool>,
    /// What is spoken.
    pub(super) voice: Voice,
}

thread_local! {
    /// Lives as long as the page.
    static ROOT: Owner = root();
}

/// An owner above all others. A new one takes the place of the current one, which is put back.
fn root() -> Owner {
    let before = Owner::current();
    let root = Owner::new_root(None);
    match before {
        Some(before) => before.set(),
        None => root.clone().unset(),
    }
    root
}

/// An owner that lives until it is cleaned up.
pub(super) fn child() -> Owner {
    ROOT.with(Owner::child)
}

/// Makes something that lives as long as the page.
pub(super) fn for_good<T>(make: impl FnOnce() -> T) -> T {
    ROOT.with(|root| root.with(make))
}

/// The desk of a conversation. Called while a view is built.
pub(super) fn desk(chat: ChatId) -> Desk {
    desk_of(use_session(), chat)
}

/// The same, wherever it is called.
pub(super) fn desk_of(session: Session, chat: ChatId) -> Desk {
    let new = || Rc::new(for_good(|| Desk::new(session, chat))) as Rc<dyn Any>;
    // Nothing else of the page is kept there.
    *session.keep_by(chat, new).downcast::<Desk>().expect("a desk")
}

/// Something was picked or spoken in a conversation and is not sent. What is being prepared is the session's: it has the words that go along.
/// Where nothing answers any more there is no way to send it, so nothing is asked.
pub(super) fn has_unsent(session: Session) -> bool {
    let waits = |desk: &Desk| desk.picked.with(|picked| !picked.is_empty()) || desk.voice.waits();
    session.stage().get_untracked() == Stage::Ready
        && untrack(|| session.kept().iter().filter_map(|(_, kept)| kept.downcast_ref()).any(waits))
}

/// What was spoken in a conversation and is not sent, in words. Tracks it, once anything was begun there.
pub(super) fn take(session: Session, chat: ChatId) -> Option<String> {
    let kept = session.kept().into_iter().find_map(|(of, kept)| (of == chat).then_some(kept));
    kept?.downcast_ref::<Desk>()?.voice.take()
}

/// It may be seen once: nothing that shows it or tells of it goes along.
fn see_once(file: &mut StagedFile) {
    let Media { width, height, duration_ms, .. } = file.media;
    file.media = Media { width, height, duration_ms, once: true, ..Media::default() };
    file.name = safe("", Kind::claimed(&file.content_type));
}

impl Desk {
    fn new(session: Session, chat: ChatId) -> Self {
        let desk = Self {
            session,
            chat,
            picked: RwSignal::new_local(Vec::new()),
            parcels: RwSignal::new_local(Vec::new()),
            notice: RwSignal::new(String::new()),
            open: RwSignal::new(false),
            back: RwSignal::new(false),
            how: RwSignal::new(How::Photo),
            once: RwSignal::new(false),
            once_off: RwSignal::new(false),
            voice: Voice::new(session, chat),
        };
        session.hear(move |event| {
            desk.heard(event);
            true
        });
        // What can be staged is.
        Effect::new(move |_| {
            let how = desk.how.get();
            desk.picked.get().iter().for_each(|item| desk.stage_if_looked(item, how));
        });
        Effect::new(move |_| match desk.may_once() {
            true => desk.once_off.set(false),
            false => _ = desk.lets_go_of_once(),
        });
        Effect::new(move |_| {
            for parcel in desk.parcels.get() {
                if !parcel.sent {
                    // It may have been sent before all of it was looked at.
                    parcel.items.iter().for_each(|item| desk.stage_if_looked(item, parcel.how));
                    desk.send_if_staged(&parcel);
                }
            }
        });
        desk
    }

    /// A message is being changed: nothing is added to that. Tracks it.
    pub(super) fn busy(self) -> bool {
        self.session.aim(self.chat).is_some_and(|aim| aim.edit.is_some())
    }

    /// The same, said to the person.
    pub(super) fn refuses(self) -> bool {
        let busy = untrack(|| self.busy());
        if busy {
            self.session.toast(media().not_while_editing.to_owned());
        }
        busy
    }

    /// Begins, or begins anew where a photo is wanted in another way. Tracks whether it was looked at.
    fn stage_if_looked(self, item: &Item, how: How) {
        if !item.looked.is_some_and(|looked| looked.state.with(|state| matches!(state, TaskState::Done(_)))) {
            return;
        }
        // The choice is of pictures that can be written anew. All else goes as it is, within the conversation unless it was picked as a file.
        let how = if item.is_photo() { how } else { item.picked_as };
        if item.how.get_value() != Some(how) {
            item.how.set_value(Some(how));
            item.stage(how);
        }
    }

    /// Files that were picked as this. What waits already stays what it is: a photo does not turn into its original by what comes to it.
    pub(super) fn add(self, how: How, files: Vec<File>) {
        // What is read first may be here late.
        if self.refuses() {
            return;
        }
        if self.picked.with_untracked(Vec::is_empty) {
            self.how.set(how);
            self.once.set(false);
            self.once_off.set(false);
        }
        let mut left_out = Vec::new();
        let mut room = MAX_FILES.saturating_sub(self.picked.with_untracked(Vec::len));
        let mut fresh = Vec::new();
        for file in files {
            if file.size() > MAX_FILE as f64 {
                left_out.push(fill(media().file_large, &[("name", &file.name()), ("size", &size(MAX_FILE))]));
            } else if room == 0 {
                left_out.push(fill(media().files_many, &[("count", &MAX_FILES.to_string())]));
                break;
            } else {
                room -= 1;
                fresh.push(Item::of_file(self.session.search_number(), file, how));
            }
        }
        self.notice.set(left_out.join(" "));
        self.picked.update(|picked| picked.append(&mut fresh));
        let some = self.picked.with_untracked(|picked| !picked.is_empty());
        self.open.set(some);
        if !some && !left_out.is_empty() {
            self.session.toast(self.notice.get_untracked());
        }
    }

    pub(super) fn remove(self, number: u32) {
        let at = |picked: &Vec<Item>| picked.iter().position(|item| item.number == number);
        if let Some(item) = self.picked.try_update(|picked| at(picked).map(|at| picked.remove(at))).flatten() {
            item.end();
        }
        self.notice.set(String::new());
        if self.picked.with_untracked(Vec::is_empty) {
            self.open.set(false);
        }
    }

    /// The sheet is closed without sending: nothing is picked any more. Its words stay in the composer.
    pub(super) fn give_up(self) {
        self.open.set(false);
        self.back.set(false);
        self.once_off.set(false);
        let all = self.picked.try_update(std::mem::take).unwrap_or_default();
        all.iter().for_each(Item::end);
    }

    /// Sends what is picked, as soon as it is ready. What was asked to be seen once goes in no other way before the person was told.
    pub(super) fn send(self) {
        let once = self.once.get_untracked();
        if !untrack(|| self.may_once()) && self.lets_go_of_once() {
            return;
        }
        let items = self.picked.try_update(std::mem::take).unwrap_or_default();
        self.open.set(false);
        self.back.set(false);
        self.once_off.set(false);
        if !items.is_empty() {
            self.post(items, once);
        }
    }

    /// What is picked cannot be sent to be seen once. Whether that was asked for: it goes off, and that is said.
    fn lets_go_of_once(self) -> bool {
        let asked = self.once.get_untracked() && self.picked.with_untracked(|picked| !picked.is_empty());
        if asked {
            self.once.set(false);
            self.once_off.set(true);
        }
        asked
    }

    /// Something is picked that could be seen once, if it went alone and as what it shows. Tracks it.
    pub(super) fn knows_once(self) -> bool {
        self.picked.with(|picked| picked.iter().any(|item| item.may_once(How::Photo)))
    }

    /// What is picked can be sent to be seen once. Tracks it.
    pub(super) fn may_once(self) -> bool {
        let how = self.how.get();
        self.picked.with(|picked| matches!(picked.as_slice(), [one] if one.may_once(how)))
    }

    /// Sends these.
    pub(super) fn post(self, items: Vec<Item>, once: bool) {
        let (tag, text, reply) = self.session.begin_files(self.chat);
        let how = self.how.get_untracked();
        self.parcels.update(|parcels| parcels.push(Parcel { tag, items, how, once, text, reply, sent: false }));
    }

    fn send_if_staged(self, parcel: &Parcel) {
        let staged: Option<Vec<StagedFile>> = parcel
            .items
            .iter()
            .map(|item| match item.state() {
                TaskState::Done(staged) => Some(staged),
                _ => None,
            })
            .collect();
        let Some(mut staged) = staged else { return };
        if parcel.once {
            staged.iter_mut().for_each(see_once);
        }
        let files = staged.iter().map(|file| file.to_bytes().into()).collect();
        let what = FileCommand::Send { files, text: parcel.text.clone() }.to_bytes();
        let (session, chat, tag, reply) = (self.session, self.chat, parcel.tag, parcel.reply);
        self.parcels.update_untracked(|parcels| {
            for parcel in parcels.iter_mut().filter(|parcel| parcel.tag == tag) {
                parcel.sent = true;
            }
        });
        // Others hear that it is sent, but not from within what decided it.
        queue_microtask(move || {
            self.parcels.notify();
            session.write_files(chat, tag, reply, what);
        });
    }

    /// Why a parcel does not go. Tracks it.
    pub(super) fn trouble(parcel: &Parcel) -> Option<FileFailure> {
        parcel.items.iter().find_map(|item| match item.state() {
            TaskState::Failed(failure) => Some(failure),
            _ => None,
        })
    }

    /// A parcel comes back: its files are picked again, its words in the composer.
    pub(super) fn take_back(self, tag: u32) {
        let found = |parcels: &Vec<Parcel>| parcels.iter().position(|parcel| parcel.tag == tag);
        let parcel = self.parcels.try_update(|parcels| found(parcels).map(|at| parcels.remove(at))).flatten();
        if let Some(parcel) = parcel {
            self.back.set(true);
            self.how.set(parcel.how);
            // Of what is picked already the one that was to be seen once still is, or that is said.
            let alone = self.picked.with_untracked(Vec::is_empty);
            self.once.update(|once| *once = parcel.once || (*once && !alone));
            self.picked.update(|picked| {
                picked.splice(..0, parcel.items);
            });
        }
    }

    /// A parcel is not to go as it is: it comes back with its words.
    pub(super) fn give_back(self, tag: u32) {
        self.session.take_back(tag);
        self.take_back(tag);
    }

    /// What is picked is looked through once more.
    pub(super) fn review(self) {
        if !self.refuses() {
            self.open.set(true);
        }
    }

    /// A parcel is not to go.
    pub(super) fn cancel(self, tag: u32) {
        self.session.take_back(tag);
        self.parcels.update(|parcels| {
            parcels.retain(|parcel| {
                let stays = parcel.tag != tag;
                if !stays {
                    parcel.items.iter().for_each(Item::end);
                }
                stays
            });
        });
    }

    fn heard(self, event: &Event) {
        match event {
            Event::Written { tag } => {
                let of_tag = |parcel: &Parcel| parcel.tag == *tag;
                if self.parcels.with_untracked(|parcels| parcels.iter().any(of_tag)) {
                    self.parcels.update(|parcels| {
                        parcels.iter().filter(|parcel| of_tag(parcel)).for_each(|parcel| {
                            parcel.items.iter().for_each(Item::gone);
                        });
                        parcels.retain(|parcel| !of_tag(parcel));
                    });
                }
            }
            Event::NotWritten { tag, .. } => self.take_back(*tag),
            // Nothing answers any more: the session gives the words back.
            Event::Elsewhere | Event::Fatal { .. } => {
                let tags: Vec<u32> = self.parcels.with_untracked(|all| all.iter().map(|parcel| parcel.tag).collect());
                // What was given to the engine may be stored: its bytes are that message's.
                self.parcels.with_untracked(|all| {
                    all.iter().filter(|parcel| parcel.sent).flat_map(|parcel| &parcel.items).for_each(Item::lent);
                });
                tags.into_iter().for_each(|tag| self.take_back(tag));
            }
            Event::ChatGone { chat } if *chat == self.chat => {
                let tags: Vec<u32> = self.parcels.with_untracked(|all| all.iter().map(|parcel| parcel.tag).collect());
                tags.into_iter().for_each(|tag| self.cancel(tag));
                self.give_up();
                self.voice.discard();
            }
            _ => {}
        }
    }
}
