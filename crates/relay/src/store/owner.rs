//! How much each owner's key owns: a number of inboxes and of cells, kept beside them.
//!
//! A key costs nothing, so this bounds a client that is careless, not one that attacks; that one the store's bound stops.

use redb::ReadableTable;
use xchat_wire::PublicKey;

use super::StoreError;
use super::idle::Kept;
use super::tables::{Tables, owned_at};
use crate::limits::{CELLS_AN_OWNER, INBOXES_AN_OWNER};

/// Counts one more for this owner; false, and nothing is counted, when there are as many as there may be.
pub(crate) fn claim(tables: &mut Tables<'_>, kept: Kept, owner: &PublicKey) -> Result<bool, StoreError> {
    let most = match kept {
        Kept::Inbox => INBOXES_AN_OWNER,
        Kept::Cell => CELLS_AN_OWNER,
        // A log has members and no owner.
        Kept::Log => return Ok(true),
    };
    let count = count(tables, kept, owner)?;
    if count >= most {
        return Ok(false);
    }
    tables.owned.insert(&owned_at(kept, owner), count + 1)?;
    Ok(true)
}

/// Counts one less.
pub(crate) fn release(tables: &mut Tables<'_>, kept: Kept, owner: &PublicKey) -> Result<(), StoreError> {
    match count(tables, kept, owner)?.saturating_sub(1) {
        0 => _ = tables.owned.remove(&owned_at(kept, owner))?,
        left => _ = tables.owned.insert(&owned_at(kept, owner), left)?,
    }
    Ok(())
}

fn count(tables: &Tables<'_>, kept: Kept, owner: &PublicKey) -> Result<u64, StoreError> {
    Ok(tables.owned.get(&owned_at(kept, owner))?.map_or(0, |count| count.value()))
}
