//! The open database: made and upgraded here, opened again once when the browser closes it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, IdbDatabase};
use xchat_engine::rows::Table;

use super::{
    FENCE, META,
    error::{DbError, is_dead},
    meta,
};
use crate::idb::{self, Mode, Tx};

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
}

struct Link {
    db: IdbDatabase,
    /// The browser has closed it, or we have, to let a newer version or a deletion pass.
    closed: Rc<Cell<bool>>,
    _on_end: Closure<dyn Fn(Event)>,
}

impl Connection {
    /// Opens the database, and makes it where there is none.
    pub(super) async fn open(name: &str) -> Result<Self, DbError> {
        let link = Link::open(name, Absent::Create).await?;
        Ok(Self { name: name.to_owned(), link: RefCell::new(link) })
    }

    /// Begins a transaction; opens the database again, once, when the connection is dead. The transaction is active
    /// until the caller awaits anything but its requests.
    pub(super) async fn begin(&self, stores: &[&str], mode: Mode) -> Result<Tx, DbError> {
        if let Some(tx) = self.try_begin(stores, mode)? {
            return Ok(tx);
        }
        let link = Link::open(&self.name, Absent::Refuse).await?;
        *self.link.borrow_mut() = link;
        self.try_begin(stores, mode)?
            .ok_or_else(|| DbError::Unavailable("the browser closes the database at once".to_owned()))
    }

    /// None when the connection is dead.
    fn try_begin(&self, stores: &[&str], mode: Mode) -> Result<Option<Tx>, DbError> {
        let link = self.link.borrow();
        if link.closed.get() {
            return Ok(None);
        }
        match Tx::begin(&link.db, stores, mode) {
            Ok(tx) => Ok(Some(tx)),
            Err(thrown) if is_dead(&thrown) => Ok(None),
            Err(thrown) => Err(DbError::opening(&thrown)),
        }
    }
}

impl Link {
    async fn open(name: &str, absent: Absent) -> Result<Self, DbError> {
        let opened = idb::open(name, VERSION, move |db, before| upgrade(db, before, absent)).await;
        let db = opened.map_err(|thrown| DbError::opening(&thrown))?;
        let closed = Rc::new(Cell::new(false));
        let on_end = Closure::<dyn Fn(Event)>::new({
            let (db, closed) = (db.clone(), closed.clone());
            move |_: Event| {
                closed.set(true);
                db.close();
            }
        });
        db.set_onclose(Some(on_end.as_ref().unchecked_ref()));
        db.set_onversionchange(Some(on_end.as_ref().unchecked_ref()));
        Ok(Self { db, closed, _on_end: on_end })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.db.set_onclose(None);
        self.db.set_onversionchange(None);
        self.db.close();
    }
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
