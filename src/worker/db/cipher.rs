//! Rows as they lie in the database: sealed values under opaque keys.
//!
//! A row's key is 16 bytes that stand for its scope (so that a scope is one range), then 16 that stand for its key, or,
//! in an ordered table, the 8-byte key itself. The sealed plaintext begins with the logical key (length as u16,
//! big-endian), so that a row says by itself what it is.

use xchat_engine::{
    api::ChatId,
    rows::{Row, Scope, Table},
    seal::{RowError, RowKey},
};
use zeroize::Zeroizing;

use super::error::DbError;

/// Bytes of a row's key that stand for its scope.
const SCOPE: usize = 16;
/// Bytes of a key in an ordered table.
const ORDER: usize = 8;
/// Longer than any row's key after its scope: what is above all of them.
const ABOVE: [u8; 17] = [0xff; 17];

/// First and last key of a range, both included.
pub(super) type Bounds = (Vec<u8>, Vec<u8>);

/// Seals, opens and names rows with the data key.
pub(super) struct RowCipher(RowKey);

impl RowCipher {
    pub(super) fn new(data_key: &[u8; 32]) -> Self {
        Self(RowKey::new(data_key))
    }

    /// The key under which a row lies. A key that cannot be one is the engine's mistake.
    pub(super) fn row_key(&self, scope: Scope, table: Table, key: &[u8]) -> Result<Vec<u8>, DbError> {
        let prefix = self.prefix(scope, table);
        match table.ordered() {
            false => Ok([prefix, self.0.opaque_key(table.name(), &[&scope.bytes(), key])].concat()),
            true if key.len() == ORDER => Ok([&prefix[..], key].concat()),
            true => Err(DbError::WriteFailed(format!("a key of `{}` has {} bytes", table.name(), key.len()))),
        }
    }

    /// All rows of a scope in a table.
    pub(super) fn scope(&self, scope: Scope, table: Table) -> Bounds {
        let prefix = self.prefix(scope, table);
        (prefix.to_vec(), [&prefix[..], &ABOVE].concat())
    }

    /// All rows of a conversation before the number `before` in an ordered table, or all; None: there can be none.
    pub(super) fn before(&self, chat: ChatId, table: Table, before: Option<u64>) -> Option<Bounds> {
        let (from, above) = self.scope(Scope::Chat(chat), table);
        let to = match before {
            None => above,
            Some(before) => [&from[..], &before.checked_sub(1)?.to_be_bytes()].concat(),
        };
        Some((from, to))
    }

    /// Seals a row's value, bound to the table and the row's key.
    pub(super) fn seal(&self, table: Table, row: &[u8], key: &[u8], value: &[u8]) -> Result<Vec<u8>, DbError> {
        let too_long = |_| DbError::WriteFailed(format!("a key of `{}` has {} bytes", table.name(), key.len()));
        let length = u16::try_from(key.len()).map_err(too_long)?;
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).map_err(|error| DbError::Unavailable(error.to_string()))?;
        let plaintext = Zeroizing::new([&length.to_be_bytes()[..], key, value].concat());
        Ok(self.0.seal(table.name(), row, nonce, &plaintext))
    }

    /// Opens what [`RowCipher::seal`] made for the same table and row.
    pub(super) fn open(&self, table: Table, row: &[u8], sealed: &[u8]) -> Result<Row, DbError> {
        let damaged = |why| DbError::Damaged { table: table.name(), why };
        let plaintext = self.0.open(table.name(), row, sealed).map_err(|error| match error {
            RowError::Format(_) => damaged("its format is unknown"),
            RowError::Sealed => damaged("it does not open"),
        })?;
        let cut = || damaged("it is cut off");
        let (length, rest) = plaintext.split_first_chunk().ok_or_else(cut)?;
        let (key, value) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(cut)?;
        Ok(Row { table, key: key.to_vec(), value: value.to_vec() })
    }

    fn prefix(&self, scope: Scope, table: Table) -> [u8; SCOPE] {
        self.0.opaque_key(table.name(), &[&scope.bytes()])
    }
}
