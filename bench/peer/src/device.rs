//! One device as JavaScript has it: a [`Member`], and the worker's database under it.

use std::{collections::HashSet, rc::Rc};

use js_sys::{Array, Uint8Array};
use openmls_traits::OpenMlsProvider as _;
use wasm_bindgen::{JsError, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use xchat::worker::db::Db;
use xchat_engine::rows::{Change, Scope, Table};

use crate::member::{Failed, Member, failed, random, scope};

/// Under it the device's own key lies in the account's scope.
const KEY: &[u8] = b"peer";

impl From<Failed> for JsError {
    fn from(Failed(words): Failed) -> Self {
        Self::new(&words)
    }
}

/// A client. Its calls come one after another.
#[wasm_bindgen]
pub struct Device {
    member: Member,
    /// None: everything stays in memory.
    db: Option<Rc<Db>>,
    loaded: HashSet<Scope>,
    /// Changes wait for [`Device::release`].
    held: bool,
    /// A call is done before its change is written.
    unwaiting: bool,
}

#[wasm_bindgen]
impl Device {
    /// A new device in memory, or the stored one of this name, made where there is none. `suite`: its number in RFC 9420's registry.
    pub async fn open(name: String, suite: u16, store: bool) -> Result<Device, JsError> {
        let db = match store {
            true => Some(Rc::new(Db::open(&format!("xchat-bench-{name}")).await.map_err(failed)?)),
            false => None,
        };
        let rows = match &db {
            Some(db) => db.load(Scope::Account).await.map_err(failed)?,
            None => Vec::new(),
        };
        let stored = rows.iter().find(|row| row.table == Table::State && row.key == KEY);
        let seed: Option<[u8; 32]> = stored.map(|row| row.value.as_slice().try_into()).transpose().map_err(failed)?;
        let key = match seed {
            Some(seed) => seed,
            None => {
                let fresh = random()?;
                let change = Change {
                    scope: Scope::Account,
                    table: Table::State,
                    key: KEY.to_vec(),
                    value: Some(fresh.to_vec()),
                };
                if let Some(db) = &db {
                    db.commit(&[], &[change]).await.map_err(failed)?;
                }
                fresh
            }
        };
        let member = Member::new(&name, suite, key)?;
        member.provider.storage().load(Scope::Account, rows);
        Ok(Self { member, db, loaded: HashSet::new(), held: false, unwaiting: false })
    }

    /// Fresh one-time key packages.
    #[wasm_bindgen(js_name = keyPackages)]
    pub async fn key_packages(&mut self, count: u32) -> Result<Array, JsError> {
        let packages = Array::new();
        for _ in 0..count {
            packages.push(&Uint8Array::from(&self.member.key_package()?[..]));
        }
        self.save().await?;
        Ok(packages)
    }

    /// A group of this device alone.
    pub async fn create(&mut self, group: String) -> Result<(), JsError> {
        self.member.create(&group)?;
        self.loaded.insert(scope(&group));
        self.save().await
    }

    /// One commit that adds all, merged here: `[commit, welcome]`.
    pub async fn add(&mut self, group: String, packages: Vec<Uint8Array>) -> Result<Array, JsError> {
        self.load(&group).await?;
        let packages: Vec<_> = packages.iter().map(Uint8Array::to_vec).collect();
        let added = self.member.add(&group, &packages)?;
        self.save().await?;
        let bytes = |bytes: &[u8]| -> JsValue { Uint8Array::from(bytes).into() };
        Ok(Array::of2(&bytes(&added.commit), &bytes(&added.welcome)))
    }

    /// Joins; the group is known by its id from then on.
    pub async fn join(&mut self, welcome: Vec<u8>) -> Result<(), JsError> {
        let group = self.member.join(&welcome)?;
        self.loaded.insert(scope(&group));
        self.save().await
    }

    /// One application message.
    pub async fn encrypt(&mut self, group: String, plaintext: Vec<u8>) -> Result<Vec<u8>, JsError> {
        self.load(&group).await?;
        let message = self.member.encrypt(&group, &plaintext)?;
        self.save().await?;
        Ok(message)
    }

    /// Opens another member's message, or applies their commit (then nothing comes back).
    pub async fn process(&mut self, group: String, message: Vec<u8>) -> Result<Option<Vec<u8>>, JsError> {
        self.load(&group).await?;
        let plaintext = self.member.process(&group, &message)?;
        self.save().await?;
        Ok(plaintext)
    }

    /// A commit that renews this device's leaf and path, merged here.
    pub async fn update(&mut self, group: String) -> Result<Vec<u8>, JsError> {
        self.load(&group).await?;
        let commit = self.member.update(&group)?;
        self.save().await?;
        Ok(commit)
    }

    /// From now on a call is done once its change is handed to the database. One that fails then is an error of the page's.
    #[wasm_bindgen(js_name = doNotWait)]
    pub fn do_not_wait(&mut self) {
        self.unwaiting = true;
    }

    /// From now on changes are kept back, as those of one step are.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Writes what was kept back in one transaction.
    pub async fn release(&mut self) -> Result<(), JsError> {
        self.held = false;
        self.save().await
    }
}

impl Device {
    /// The rows of a group, when it is first needed.
    async fn load(&mut self, group: &str) -> Result<(), JsError> {
        let scope = scope(group);
        if let Some(db) = self.db.as_ref().filter(|_| self.loaded.insert(scope)) {
            let rows = db.load(scope).await.map_err(failed)?;
            self.member.provider.storage().load(scope, rows);
        }
        Ok(())
    }

    /// Ends a step: what it changed is on disk when this is done.
    async fn save(&mut self) -> Result<(), JsError> {
        if self.held {
            return Ok(());
        }
        let changes = self.member.provider.storage().take_changes();
        let Some(db) = self.db.clone() else { return Ok(()) };
        let written = async move { db.commit(&[], &changes).await.map_err(failed) };
        if !self.unwaiting {
            return Ok(written.await?);
        }
        spawn_local(async {
            if let Err(error) = written.await {
                wasm_bindgen::throw_val(JsError::from(error).into());
            }
        });
        Ok(())
    }
}
