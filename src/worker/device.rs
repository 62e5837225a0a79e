//! One step at a time: load what it needs, step, look up what it wants on its way, commit, and only then hand out its effects.
//!
//! The invariant of the whole worker lives here and nowhere else: effects come out of [`Device::feed`] only after their
//! transaction has completed. Nothing in here can send or tell anything.

use js_sys::Date;
use xchat_engine::{Effect, Engine, Input, LoadError, api::StorageProblem, card::Origin, rows::Scope};

use super::db::{Db, DbError};

/// The engine and its database.
pub struct Device {
    origin: Origin,
    db: Db,
    engine: Engine,
    /// Why scopes did not load. They stay as they are until the engine starts afresh.
    damaged: Vec<String>,
}

/// What one input came to.
#[derive(Debug, PartialEq)]
pub struct Fed {
    /// To be carried out now.
    pub effects: Vec<Effect>,
    /// Something was written.
    pub wrote: bool,
    /// Conversations that turned out not to load, and why: everything else goes on without them.
    pub damage: Vec<String>,
}

/// Why an input came to nothing.
#[derive(Debug)]
pub enum Unfed {
    /// The database failed. The engine may have stepped: it must start afresh before it is fed again.
    Db(DbError),
    /// The account itself does not load, for this reason and in these technical words. Nothing can be done without it.
    Unreadable(StorageProblem, String),
}

impl Device {
    /// An engine that has loaded nothing, on this database. `origin` is the relay's.
    pub fn new(origin: Origin, db: Db) -> Self {
        Self { engine: Engine::new(origin.clone()), origin, db, damaged: Vec::new() }
    }

    /// The engine forgets everything; what it needs is loaded again.
    pub fn start_afresh(&mut self) {
        self.engine = Engine::new(self.origin.clone());
        self.damaged.clear();
    }

    /// The database, for reads that no step makes.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Why scopes did not load.
    pub fn damages(&self) -> impl Iterator<Item = &str> {
        self.damaged.iter().map(String::as_str)
    }

    /// One step. Ok: its transaction has completed (or there was nothing to write).
    pub async fn feed(&mut self, input: Input) -> Result<Fed, Unfed> {
        let damage = self.load_for(&input).await?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Unfed::Db(DbError::Unavailable(error.to_string())))?;
        let mut step = self.engine.step(input, now(), seed);
        while !step.wants.is_empty() {
            let found = self.db.look(step.wants).await.map_err(Unfed::Db)?;
            step = self.engine.resume(found);
        }
        let wrote = !(step.wipes.is_empty() && step.changes.is_empty());
        if wrote {
            self.db.commit(&step.wipes, &step.changes).await.map_err(Unfed::Db)?;
        }
        Ok(Fed { effects: step.effects, wrote, damage })
    }

    /// Loads the scopes that the input needs. What is damaged is left as it is; the engine is told, so that it goes on with
    /// everything else.
    async fn load_for(&mut self, input: &Input) -> Result<Vec<String>, Unfed> {
        let mut damage = Vec::new();
        loop {
            let missing = self.engine.missing(input);
            if missing.is_empty() {
                return Ok(damage);
            }
            for scope in missing {
                let Some((problem, detail)) = self.load(scope).await.map_err(Unfed::Db)? else { continue };
                if scope == Scope::Account {
                    return Err(Unfed::Unreadable(problem, detail));
                }
                self.engine.set_damaged(scope);
                self.damaged.push(detail.clone());
                damage.push(detail);
            }
        }
    }

    /// None: it is loaded.
    async fn load(&mut self, scope: Scope) -> Result<Option<(StorageProblem, String)>, DbError> {
        match self.db.load(scope).await {
            Ok(rows) => Ok(self.engine.load(scope, rows).err().map(|error| (problem(&error), error.to_string()))),
            Err(damage @ DbError::Damaged { .. }) => Ok(Some((damage.problem(), damage.to_string()))),
            Err(error) => Err(error),
        }
    }
}

/// Unix time in milliseconds.
pub(super) fn now() -> u64 {
    Date::now() as u64
}

/// The page's word for rows that the engine does not take.
fn problem(error: &LoadError) -> StorageProblem {
    match error {
        LoadError::Row(..) => StorageProblem::Damaged,
        LoadError::Newer(..) => StorageProblem::Newer,
    }
}
