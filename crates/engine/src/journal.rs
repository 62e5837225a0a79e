//! The rows in memory and the journal of what a step changed.
//!
//! Everything that the engine must not forget goes through here, so that the changes of one step are complete by
//! construction. Reads see the step's own writes.

use std::collections::BTreeMap;

use crate::rows::{Change, Row, Scope, Table};
use crate::sorted::SortedSet;

type Id = (Scope, Table, Vec<u8>);
/// Rows, or ids alone with nothing to them: a tree of another type would be compiled anew, a few KiB that every browser would download.
type Tree = BTreeMap<Id, Vec<u8>>;

/// Loaded rows and unsaved changes.
#[derive(Default)]
pub(crate) struct Journal {
    rows: Tree,
    changed: Tree,
    loaded: SortedSet<Scope>,
    /// Rows of tables that are not loaded, here for one step: those that are there, and those that are known not to be.
    lent: Tree,
}

impl Journal {
    /// Takes a scope's rows as they are stored.
    pub(crate) fn load(&mut self, scope: Scope, rows: Vec<Row>) {
        for row in rows {
            self.rows.insert((scope, row.table, row.key), row.value);
        }
        self.loaded.insert(scope);
    }

    /// Takes a row of a table that is not loaded, for this step; None: it is not there. What the step has written already
    /// counts more.
    pub(crate) fn lend(&mut self, scope: Scope, table: Table, key: &[u8], value: Option<Vec<u8>>) {
        let id = (scope, table, key.to_vec());
        if self.changed.contains_key(&id) || self.lent.insert(id.clone(), Vec::new()).is_some() {
            return;
        }
        if let Some(value) = value {
            self.rows.insert(id, value);
        }
    }

    /// Whether this step knows what the row of a table that is not loaded says, or that it is not there.
    pub(crate) fn knows(&self, scope: Scope, table: Table, key: &[u8]) -> bool {
        let id = (scope, table, key.to_vec());
        self.lent.contains_key(&id) || self.changed.contains_key(&id)
    }

    /// Whether the scope's rows are here.
    pub(crate) fn is_loaded(&self, scope: Scope) -> bool {
        self.loaded.contains(&scope)
    }

    pub(crate) fn get(&self, scope: Scope, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.rows.get(&(scope, table, key.to_vec())).map(Vec::as_slice)
    }

    /// The rows of a table whose key starts with `prefix`, in the order of their keys.
    pub(crate) fn range<'a>(
        &'a self,
        scope: Scope,
        table: Table,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.rows
            .range((scope, table, prefix.to_vec())..)
            .take_while(move |((s, t, key), _)| *s == scope && *t == table && key.starts_with(prefix))
            .map(|((_, _, key), value)| (key.as_slice(), value.as_slice()))
    }

    pub(crate) fn put(&mut self, scope: Scope, table: Table, key: &[u8], value: Vec<u8>) {
        let id = (scope, table, key.to_vec());
        if self.rows.get(&id) != Some(&value) {
            self.changed.insert(id.clone(), Vec::new());
            self.rows.insert(id, value);
        }
    }

    /// Deletes a row. Of a table that is not loaded it need not be here to go.
    pub(crate) fn delete(&mut self, scope: Scope, table: Table, key: &[u8]) {
        let id = (scope, table, key.to_vec());
        if self.rows.remove(&id).is_some() || !table.loaded() {
            self.changed.insert(id, Vec::new());
        }
    }

    /// All rows of a scope go in the tables that are not loaded, also those that this step has written: a wipe comes ahead of its changes.
    pub(crate) fn wipe(&mut self, scope: Scope) {
        for id in self.changed.keys().chain(self.lent.keys()).filter(|(of, table, _)| *of == scope && !table.loaded()) {
            self.rows.remove(id);
        }
    }

    /// Scopes and keys of a table's rows that this step has changed so far.
    pub(crate) fn changed(&self, table: Table) -> impl Iterator<Item = (Scope, &[u8])> {
        self.changed.keys().filter(move |(_, of, _)| *of == table).map(|(scope, _, key)| (*scope, key.as_slice()))
    }

    /// What changed since the last call. Rows of tables that are not loaded leave memory with it.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        let changed = std::mem::take(&mut self.changed);
        let changes = changed
            .into_keys()
            .map(|id| {
                let value = match id.1.loaded() {
                    false => self.rows.remove(&id),
                    true => self.rows.get(&id).cloned(),
                };
                let (scope, table, key) = id;
                Change { scope, table, key, value }
            })
            .collect();
        for id in std::mem::take(&mut self.lent).into_keys() {
            self.rows.remove(&id);
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ChatId;

    const SCOPE: Scope = Scope::Chat(ChatId([7; 16]));

    #[test]
    fn a_row_written_twice_in_a_step_is_one_change() {
        let mut journal = Journal::default();
        journal.put(SCOPE, Table::State, b"k", vec![1]);
        journal.put(SCOPE, Table::State, b"k", vec![2]);
        let changes = journal.take_changes();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].value, Some(vec![2]));
        assert!(journal.take_changes().is_empty());
    }

    #[test]
    fn a_row_written_and_deleted_in_a_step_is_deleted_in_the_store() {
        let mut journal = Journal::default();
        journal.load(SCOPE, vec![Row { table: Table::State, key: b"k".to_vec(), value: vec![1] }]);
        journal.put(SCOPE, Table::State, b"k", vec![2]);
        journal.delete(SCOPE, Table::State, b"k");
        assert_eq!(journal.take_changes()[0].value, None);
    }

    #[test]
    fn a_value_that_did_not_change_is_no_change() {
        let mut journal = Journal::default();
        journal.load(SCOPE, vec![Row { table: Table::State, key: b"k".to_vec(), value: vec![1] }]);
        journal.put(SCOPE, Table::State, b"k", vec![1]);
        assert!(journal.take_changes().is_empty());
    }

    #[test]
    fn a_row_that_was_lent_is_there_for_one_step_and_is_no_change() {
        let mut journal = Journal::default();
        journal.lend(SCOPE, Table::Messages, b"here", Some(vec![1]));
        journal.lend(SCOPE, Table::Messages, b"not here", None);
        assert!(journal.knows(SCOPE, Table::Messages, b"not here") && !journal.knows(SCOPE, Table::Messages, b"else"));
        assert_eq!(journal.get(SCOPE, Table::Messages, b"here"), Some(&[1][..]));
        assert_eq!(journal.get(SCOPE, Table::Messages, b"not here"), None);
        assert!(journal.take_changes().is_empty());
        assert!(!journal.knows(SCOPE, Table::Messages, b"here"));
        assert_eq!(journal.get(SCOPE, Table::Messages, b"here"), None);
    }

    #[test]
    fn what_a_step_has_written_counts_more_than_what_was_stored() {
        let mut journal = Journal::default();
        journal.put(SCOPE, Table::Messages, b"k", vec![2]);
        journal.lend(SCOPE, Table::Messages, b"k", Some(vec![1]));
        assert_eq!(journal.get(SCOPE, Table::Messages, b"k"), Some(&[2][..]));
        journal.delete(SCOPE, Table::Messages, b"gone");
        journal.lend(SCOPE, Table::Messages, b"gone", Some(vec![1]));
        assert_eq!(journal.get(SCOPE, Table::Messages, b"gone"), None);
        let changes: Vec<_> = journal.take_changes().into_iter().map(|change| (change.key, change.value)).collect();
        assert_eq!(changes, [(b"gone".to_vec(), None), (b"k".to_vec(), Some(vec![2]))]);
    }

    #[test]
    fn a_range_holds_only_its_prefix_in_order() {
        let mut journal = Journal::default();
        for key in [b"a2", b"a1", b"b1"] {
            journal.put(SCOPE, Table::State, key, vec![0]);
        }
        journal.put(SCOPE, Table::Mls, b"a0", vec![0]);
        let keys: Vec<_> = journal.range(SCOPE, Table::State, b"a").map(|(key, _)| key.to_vec()).collect();
        assert_eq!(keys, [b"a1".to_vec(), b"a2".to_vec()]);
    }
}
