//! The open database: made and upgraded here, opened again once when the browser closes it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::JsValue;
use web_sys::IdbDatabase;
use xchat_engine::rows::Table;

use super::{FENCE, META, error::DbError, meta};
use crate::idb::{Link, Mode, Tx};

/// IndexedDB's own version of the database: which object stores there are.
const VERSION: u32 = 2;

/// What to do where there is no database of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absent {
    Create,
    /// It was there a moment ago: it is gone, and a blank one in its place would be taken for a new person's.
    Refuse,
}

/// A connection that lives as long as this value.
pub(super) struct Connection {
    name: String,
    link: RefCell<Link>,
    /// This made the database.
    new: Rc<Cell<bool>>,
}

impl Connection {
    /// Opens the database, and makes it where there is none.
    pub(super) async fn open(name: &str) -> Result<Self, DbError> {
        let new = Rc::<Cell<bool>>::default();
        let link = RefCell::new(opened(name, Absent::Create, &new).await?);
        Ok(Self { name: name.to_owned(), link, new })
    }

    /// Whether this made the database.
    pub(super) fn is_new(&self) -> bool {
        self.new.get()
    }

    /// Begins a transaction; opens the database again, once, when the connection is dead. The transaction is active
    /// until the caller awaits anything but its requests.
    pub(super) async fn begin(&self, stores: &[&str], mode: Mode) -> Result<Tx, DbError> {
        if let Some(tx) = self.begin_once(stores, mode)? {
            return Ok(tx);
        }
        let link = opened(&self.name, Absent::Refuse, &self.new).await?;
        *self.link.borrow_mut() = link;
        let begun = self.begin_once(stores, mode)?;
        begun.ok_or_else(|| DbError::Unavailable("the browser closes the database at once".to_owned()))
    }

    /// Begins a transaction; None: the connection is dead.
    pub(super) fn begin_once(&self, stores: &[&str], mode: Mode) -> Result<Option<Tx>, DbError> {
        self.link.borrow().begin(stores, mode).map_err(|thrown| DbError::opening(&thrown))
    }
}

async fn opened(name: &str, absent: Absent, new: &Rc<Cell<bool>>) -> Result<Link, DbError> {
    let new = new.clone();
    let upgrade = move |db: &IdbDatabase, before| {
        new.set(before == 0);
        upgrade(db, before, absent)
    };
    let link = Link::open(name, VERSION, upgrade).await;
    link.map_err(|thrown| DbError::opening(&thrown))
}

fn upgrade(db: &IdbDatabase, before: u64, absent: Absent) -> Result<(), JsValue> {
    if before == 0 && absent == Absent::Refuse {
        return Err("the database was deleted".into());
    }
    if before == 0 {
        db.create_object_store(META)?;
        for table in Table::ALL {
            db.create_object_store(table.name())?;
        }
    }
    if before < 2 {
        meta::make_fence(&db.create_object_store(FENCE)?)?;
    }
    Ok(())
}
