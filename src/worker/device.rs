//! One step at a time: load what it needs, step, commit, and only then hand out its effects.
//!
//! The invariant of the whole worker lives here and nowhere else: effects come out of [`Device::feed`] only after their transaction has
//! completed. Nothing in here can send or tell anything.

use std::collections::BTreeMap;

use js_sys::Date;
use xchat_engine::{Effect, Engine, Input, rows::Scope};

use super::db::{Db, DbError};

/// The engine and its database.
pub struct Device {
    origin: String,
    db: Db,
    engine: Engine,
    /// Scopes that did not load, and why. They are not tried again until the engine starts afresh.
    damaged: BTreeMap<Scope, String>,
}

/// What one input came to.
#[derive(Debug, PartialEq)]
pub struct Fed {
    /// To be carried out now.
    pub effects: Vec<Effect>,
    /// Something was written.
    pub wrote: bool,
}

/// Why an input came to nothing.
#[derive(Debug)]
pub enum Unfed {
    /// The database failed. The engine may have stepped: it must start afresh before it is fed again.
    Db(DbError),
    /// A scope that the input needs does not load. The engine has not stepped and may go on with other inputs.
    Damaged {
        scope: Scope,
        detail: String,
        /// Known from now on, not from before.
        new: bool,
        /// What could not be fed.
        input: Input,
    },
}

impl Device {
    /// An engine that has loaded nothing, on this database. `origin` is the relay's.
    pub fn new(origin: &str, db: Db) -> Self {
        Self { origin: origin.to_owned(), db, engine: Engine::new(origin), damaged: BTreeMap::new() }
    }

    /// The engine forgets everything; what it needs is loaded again.
    pub fn start_afresh(&mut self) {
        self.engine = Engine::new(&self.origin);
        self.damaged.clear();
    }

    /// The database, for reads that no step makes.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Why scopes did not load.
    pub fn damages(&self) -> impl Iterator<Item = &str> {
        self.damaged.values().map(String::as_str)
    }

    /// One step. Ok: its transaction has completed (or there was nothing to write).
    pub async fn feed(&mut self, input: Input) -> Result<Fed, Unfed> {
        if let Some((scope, detail, new)) = self.load_for(&input).await.map_err(Unfed::Db)? {
            return Err(Unfed::Damaged { scope, detail, new, input });
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Unfed::Db(DbError::Unavailable(error.to_string())))?;
        let step = self.engine.step(input, now(), seed);
        let wrote = !(step.wipes.is_empty() && step.changes.is_empty());
        if wrote {
            self.db.commit(&step.wipes, &step.changes).await.map_err(Unfed::Db)?;
        }
        Ok(Fed { effects: step.effects, wrote })
    }

    /// Loads the scopes that the input needs; the first that does not load, if one does not.
    async fn load_for(&mut self, input: &Input) -> Result<Option<(Scope, String, bool)>, DbError> {
        loop {
            let missing = self.engine.missing(input);
            if missing.is_empty() {
                return Ok(None);
            }
            for scope in missing {
                if let Some(detail) = self.damaged.get(&scope) {
                    return Ok(Some((scope, detail.clone(), false)));
                }
                if let Some(detail) = self.load(scope).await? {
                    self.damaged.insert(scope, detail.clone());
                    return Ok(Some((scope, detail, true)));
                }
            }
        }
    }

    /// None: it is loaded.
    async fn load(&mut self, scope: Scope) -> Result<Option<String>, DbError> {
        match self.db.load(scope).await {
            Ok(rows) => Ok(self.engine.load(scope, rows).err().map(|error| error.to_string())),
            Err(damage @ DbError::Damaged { .. }) => Ok(Some(damage.to_string())),
            Err(error) => Err(error),
        }
    }
}

/// Unix time in milliseconds.
pub(super) fn now() -> u64 {
    Date::now() as u64
}
