//! A device's database: whole steps or nothing.

use std::collections::BTreeMap;

use xchat_engine::{
    api::ChatId,
    rows::{Change, Found, Row, Scope, Table, Want, Wipe},
};

#[derive(Default, Clone)]
pub struct Database(pub BTreeMap<([u8; 16], Table, Vec<u8>), Vec<u8>>);

impl Database {
    /// The rows of a scope, in their order.
    fn of(&self, scope: [u8; 16]) -> impl Iterator<Item = (Table, &Vec<u8>, &Vec<u8>)> {
        // No table comes before this one, and no key before the empty one.
        let from = (scope, Table::State, Vec::new());
        let rows = self.0.range(from..).take_while(move |((s, ..), _)| *s == scope);
        rows.map(|((_, table, key), value)| (*table, key, value))
    }

    pub fn scope(&self, scope: Scope) -> Vec<Row> {
        let rows = self.of(scope.bytes()).filter(|(table, ..)| table.loaded());
        rows.map(|(table, key, value)| Row { table, key: key.clone(), value: value.clone() }).collect()
    }

    /// Keys and values of one table of a conversation.
    pub fn rows(&self, chat: ChatId, table: Table) -> impl Iterator<Item = (&Vec<u8>, &Vec<u8>)> {
        let rows = self.0.range((chat.0, table, Vec::new())..);
        rows.take_while(move |((s, t, _), _)| (*s, *t) == (chat.0, table)).map(|((.., key), value)| (key, value))
    }

    pub fn messages(&self, chat: ChatId) -> Vec<Row> {
        let rows = self.rows(chat, Table::Messages);
        rows.map(|(key, value)| Row { table: Table::Messages, key: key.clone(), value: value.clone() }).collect()
    }

    /// Single rows.
    pub fn look(&self, wants: Vec<Want>) -> Vec<Found> {
        let look = |want: Want| {
            let rows = match &want {
                Want::Row { chat, table, key } => {
                    let of_a_name = *table == Table::State && key.starts_with(b"person/");
                    assert!(!table.loaded() || of_a_name, "it came with its scope");
                    let value = self.0.get(&(chat.0, *table, key.clone()));
                    value
                        .map(|value| Row { table: *table, key: key.clone(), value: value.clone() })
                        .into_iter()
                        .collect()
                }
                Want::Before { chat, table, number, limit } => {
                    assert!(table.ordered());
                    let below = (chat.0, *table, Vec::new())..(chat.0, *table, number.to_be_bytes().to_vec());
                    let last = self.0.range(below).rev().take(*limit as usize);
                    let row = |((_, table, key), value): (&(_, Table, Vec<u8>), &Vec<u8>)| Row {
                        table: *table,
                        key: key.clone(),
                        value: value.clone(),
                    };
                    let mut rows: Vec<Row> = last.map(row).collect();
                    rows.reverse();
                    rows
                }
            };
            Found { want, rows }
        };
        wants.into_iter().map(look).collect()
    }

    /// The one transaction of a step.
    pub fn commit(&mut self, wipes: Vec<Wipe>, changes: Vec<Change>) {
        for wipe in wipes {
            self.0.retain(|(scope, table, _), _| *scope != wipe.0.0 || table.loaded());
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
