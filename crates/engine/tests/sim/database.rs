//! A device's database: whole steps or nothing.

use std::collections::BTreeMap;

use xchat_engine::{
    api::ChatId,
    rows::{Change, Row, Scope, Table, Wipe},
};

#[derive(Default, Clone)]
pub struct Database(pub BTreeMap<([u8; 16], Table, Vec<u8>), Vec<u8>>);

impl Database {
    pub fn scope(&self, scope: Scope) -> Vec<Row> {
        self.0
            .iter()
            .filter(|((s, table, _), _)| *s == scope.bytes() && *table != Table::Messages)
            .map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() })
            .collect()
    }

    pub fn messages(&self, chat: ChatId) -> Vec<Row> {
        self.0
            .iter()
            .filter(|((s, table, _), _)| *s == chat.0 && *table == Table::Messages)
            .map(|((_, table, key), value)| Row { table: *table, key: key.clone(), value: value.clone() })
            .collect()
    }

    /// The one transaction of a step.
    pub fn commit(&mut self, wipes: Vec<Wipe>, changes: Vec<Change>) {
        for wipe in wipes {
            self.0.retain(|(scope, table, _), _| *scope != wipe.0.0 || *table != Table::Messages);
        }
        for change in changes {
            let id = (change.scope.bytes(), change.table, change.key);
            match change.value {
                Some(value) => self.0.insert(id, value),
                None => self.0.remove(&id),
            };
        }
    }
}
