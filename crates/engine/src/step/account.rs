//! The account: made, named, and its card kept at the relay.

use ed25519_dalek::SigningKey;
use minicbor::bytes::ByteVec;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, PublicKey, Seq};

use crate::{
    Engine,
    api::{ChatState, Event, Privacy, Problem, WordAnswer},
    card::{About, Name},
    content::Profile,
    device::{Sync, Tells},
    identity::{DeviceCertificate, Keys, Words},
    picture::PictureId,
    state::{Account, Secret, Versioned as _},
};

impl Engine {
    /// Makes identity and device, and introduces them to the relay when there is a connection.
    pub(super) fn create_account(&mut self, name: &str) -> Result<(), Problem> {
        if self.account.is_some() {
            return Err(Problem::AccountExists);
        }
        let name = Name::parse(name).map_err(|_| Problem::Name)?;
        let rng = self.provider.rand();
        let words = Words::from_entropy(rng.bytes());
        let keys = Keys::derive(&words);
        let device = SigningKey::from_bytes(&rng.bytes());
        let device_key = PublicKey::new(device.verifying_key().to_bytes());
        let account = Account {
            version: Account::VERSION,
            name: name.as_str().to_owned(),
            entropy: Some(words.entropy().into()),
            identity: keys.identity.seed().into(),
            backup: Secret::new(*keys.backup.as_bytes()),
            backup_owner: Secret::new(keys.backup_owner.to_bytes()),
            card_owner: Secret::new(keys.card_owner.to_bytes()),
            card_secret: Secret::new(rng.bytes()),
            card_version: 1,
            card_published: 0,
            device: Secret::new(device.to_bytes()),
            certificate: DeviceCertificate::issue(&keys.identity, device_key, self.now).into(),
            inbox: Address::new(rng.bytes()),
            inbox_owner: Secret::new(rng.bytes()),
            inbox_writer: Secret::new(rng.bytes()),
            seal: Secret::new(rng.bytes()),
            inbox_cursor: Seq(0),
            inbox_chain: None,
            last_resort_made: 0,
            others: Vec::new(),
            devices_version: 0,
            revoked: Vec::new(),
            out: false,
            names: Vec::new(),
            heard: Vec::new(),
            untold: Vec::new(),
            granted: None,
            announce: false,
            privacy: Privacy::default(),
            card_put_at: 0,
            card_seen: 0,
            name_from: 0,
            picture: None,
            about: None,
        };
        self.account = Some(account);
        self.out.account_changed = true;
        self.introduce();
        Ok(())
    }

    pub(super) fn show_words(&mut self) -> Result<(), Problem> {
        let words = self.words()?;
        self.out.events.push(Event::Words { words: words.words().map(str::to_owned).to_vec() });
        Ok(())
    }

    fn words(&self) -> Result<Words, Problem> {
        let entropy = self.account.as_ref().and_then(|account| account.entropy.as_ref()).ok_or(Problem::WordsGone)?;
        Ok(Words::from_entropy(*entropy.bytes()))
    }

    /// Right answers: the words were written down, and this device forgets them.
    pub(super) fn confirm_words(&mut self, answers: &[WordAnswer]) -> Result<(), Problem> {
        let words = self.words()?;
        let right = !answers.is_empty()
            && answers.iter().all(|answer| {
                let word = words.words().get(usize::from(answer.position)).copied();
                word.is_some_and(|word| word == answer.word.trim().to_ascii_lowercase())
            });
        if right && let Some(account) = &mut self.account {
            account.entropy = None;
            self.out.account_changed = true;
        }
        self.out.events.push(Event::WordsChecked { right });
        Ok(())
    }

    /// A new name: a new card at the relay, and in every open conversation.
    pub(super) fn rename(&mut self, name: &str) -> Result<(), Problem> {
        let name = Name::parse(name).map_err(|_| Problem::Name)?;
        let account = self.account.as_mut().ok_or(Problem::NoChat)?;
        if account.name == name.as_str() {
            return Ok(());
        }
        account.name = name.as_str().to_owned();
        self.tell_of_self(true)
    }

    /// What this person looks like from now on; none: like their initials. A new card, as with a name.
    pub(super) fn set_picture(&mut self, picture: Option<ByteVec>) -> Result<(), Problem> {
        if picture.as_ref().is_some_and(|bytes| PictureId::of(bytes).is_none()) {
            return Err(Problem::Picture);
        }
        let account = self.account.as_mut().ok_or(Problem::NoChat)?;
        if account.picture == picture {
            return Ok(());
        }
        account.picture = picture;
        self.tell_of_self(false)
    }

    /// What this person says of themselves from now on. A new card, as with a name.
    pub(super) fn set_about(&mut self, text: &str) -> Result<(), Problem> {
        let about = About::parse(text).map_err(|_| Problem::Text)?.map(About::into_text);
        let account = self.account.as_mut().ok_or(Problem::NoChat)?;
        if account.about == about {
            return Ok(());
        }
        account.about = about;
        self.tell_of_self(false)
    }

    /// What a person says of themselves has changed. `leaves`: also what their leaves say.
    fn tell_of_self(&mut self, leaves: bool) -> Result<(), Problem> {
        let account = self.account.as_mut().ok_or(Problem::NoChat)?;
        account.card_version = account.card_version.saturating_add(1);
        account.name_from = account.card_version;
        self.out.account_changed = true;
        self.publish_card();
        let Some(account) = self.account.clone() else { return Ok(()) };
        let card = self.own_card(&account).ok_or(Problem::RowDamaged)?;
        let profile = Profile { link: self.own_link(&account), card: card.bytes().to_vec() };
        let open = self.chats.values().filter(|chat| chat.state == ChatState::Open && !self.damaged.contains(&chat.id));
        let open: Vec<_> = open.map(|chat| (chat.id, chat.current.filter(|_| chat.group().is_some()))).collect();
        for (id, room) in open {
            match room {
                // In a group the name stands in the leaf.
                Some(log) if leaves => self.renew_leaf_now(id, &log),
                Some(_) => {}
                None => {
                    let salt = self.provider.rand().bytes();
                    self.queue(id, None, profile.message(salt).encode());
                }
            }
        }
        Ok(())
    }

    /// What this person tells others and is told by them, from now on and on all devices. Marks that are not to be seen are hidden, not
    /// forgotten.
    pub(super) fn set_privacy(&mut self, mut privacy: Privacy) -> Result<(), Problem> {
        if self.account.is_none() {
            return Err(Problem::NoChat);
        }
        for what in Tells::ALL {
            let on = *what.of(&mut privacy);
            if self.set_told(what, on) {
                self.sync_last(Sync::Tells(what, on));
            }
        }
        Ok(())
    }

    /// A device is here that was granted the switches as they were then. What was turned before it was listed was told to nobody.
    pub(super) fn tell_turned(&mut self) {
        let Some(account) = &mut self.account else { return };
        if let Some(then) = account.granted.take() {
            let now = std::mem::replace(&mut account.privacy, then);
            // There is an account: as if all of it were turned now.
            let _done = self.set_privacy(now);
        }
    }

    /// Another device has turned a switch. What this one is about to tell of it comes later.
    pub(super) fn tells_elsewhere(&mut self, what: Tells, on: bool) {
        if !self.is_to_be_written(&Sync::Tells(what, on)) {
            self.set_told(what, on);
        }
    }

    /// What this person tells others, as the device had it that brought this one into the conversation with themselves.
    pub(super) fn tells_as(&mut self, mut privacy: Privacy) {
        Tells::ALL.into_iter().for_each(|what| self.tells_elsewhere(what, *what.of(&mut privacy)));
    }

    /// Whether that changes anything.
    fn set_told(&mut self, what: Tells, on: bool) -> bool {
        let Some(account) = &mut self.account else { return false };
        let turned = std::mem::replace(what.of(&mut account.privacy), on) != on;
        self.out.account_changed |= turned;
        turned
    }
}
