//! The tables of the embedded store. Keys are fixed-width and big-endian, so that one address's rows are neighbours in order.

use minicbor::Decode;
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};
use xchat_wire::{Address, Epoch, PostId, PublicKey, Seq};

use super::StoreError;
use super::account::Account;
use super::blob::BlobTables;
use super::idle::Kept;
use super::rows::{Row, unpack};

type Keyed<const N: usize> = TableDefinition<'static, &'static [u8; N], &'static [u8]>;
type Open<'t, const N: usize> = Table<'t, &'static [u8; N], &'static [u8]>;

/// `layout` -> version of the whole layout.
pub(crate) const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");
/// Version that this code reads and writes.
pub(crate) const LAYOUT: u64 = 2;

/// Key in [`META`] while a relay has the store open.
pub(crate) const IN_USE: &str = "in use";

/// address -> `LogRow`
pub(crate) const LOGS: Keyed<32> = TableDefinition::new("logs");
/// address, epoch -> `EpochRow`, for epochs that are over
pub(crate) const EPOCHS: Keyed<40> = TableDefinition::new("epochs");
/// address -> `InboxRow`
pub(crate) const INBOXES: Keyed<32> = TableDefinition::new("inboxes");
/// address, seq -> `RecordRow`, of logs and inboxes
pub(crate) const RECORDS: Keyed<40> = TableDefinition::new("records");
/// address, post -> `PostRow`
pub(crate) const POSTS: Keyed<48> = TableDefinition::new("posts");
/// time, address, seq, post -> nothing: what the retention sweep walks, oldest first
pub(crate) const AGES: TableDefinition<'static, &'static [u8; 64], ()> = TableDefinition::new("ages");
/// time, address, seq -> nothing: which record's own time is over when; only of those that have one
pub(crate) const ENDS: TableDefinition<'static, &'static [u8; 48], ()> = TableDefinition::new("ends");
/// inbox, number -> one-time key package
pub(crate) const PACKAGES: Keyed<40> = TableDefinition::new("packages");
/// inbox -> last-resort key package
pub(crate) const LAST_RESORTS: Keyed<32> = TableDefinition::new("last_resorts");
/// address -> `CellRow`
pub(crate) const CELLS: Keyed<32> = TableDefinition::new("cells");

/// day, kind, address -> nothing: what was last used when; what the sweep of the unused walks
pub(crate) const IDLE: TableDefinition<'static, &'static [u8; 41], ()> = TableDefinition::new("idle");
/// kind, owner's key -> how many it owns
pub(crate) const OWNED: TableDefinition<'static, &'static [u8; 33], u64> = TableDefinition::new("owned");

/// blob hash -> `BlobRow`
pub(crate) const BLOBS: Keyed<32> = TableDefinition::new("blobs");
/// time, blob hash -> nothing: which blob's time is over when, what the sweep walks
pub(crate) const BLOB_ENDS: TableDefinition<'static, &'static [u8; 40], ()> = TableDefinition::new("blob_ends");
/// name -> a sum that is kept up to date
pub(crate) const COUNTS: TableDefinition<'static, &'static str, u64> = TableDefinition::new("counts");

/// name -> `ViewRow`: how far a view of a stream has come
pub(crate) const VIEW: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("view");

/// Every table, open within one write transaction.
pub(crate) struct Tables<'t> {
    pub(crate) logs: Open<'t, 32>,
    pub(crate) epochs: Open<'t, 40>,
    pub(crate) inboxes: Open<'t, 32>,
    pub(crate) records: Open<'t, 40>,
    pub(crate) posts: Open<'t, 48>,
    pub(crate) ages: Table<'t, &'static [u8; 64], ()>,
    pub(crate) ends: Table<'t, &'static [u8; 48], ()>,
    pub(crate) packages: Open<'t, 40>,
    pub(crate) last_resorts: Open<'t, 32>,
    pub(crate) cells: Open<'t, 32>,
    pub(crate) idle: Table<'t, &'static [u8; 41], ()>,
    pub(crate) owned: Table<'t, &'static [u8; 33], u64>,
    pub(crate) blobs: BlobTables<'t>,
    pub(crate) account: Account,
    #[cfg_attr(not(feature = "nats"), allow(dead_code, reason = "every store has the table, and only a view its row"))]
    pub(crate) view: Table<'t, &'static str, &'static [u8]>,
    /// Rows that could not be read and were passed over, since the last time that somebody looked.
    pub(crate) damaged: u32,
}

impl<'t> Tables<'t> {
    /// Opens them, creating what is not there yet.
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        let blobs = BlobTables::open(transaction)?;
        Ok(Self {
            account: Account::load(&blobs.counts)?,
            logs: transaction.open_table(LOGS)?,
            epochs: transaction.open_table(EPOCHS)?,
            inboxes: transaction.open_table(INBOXES)?,
            records: transaction.open_table(RECORDS)?,
            posts: transaction.open_table(POSTS)?,
            ages: transaction.open_table(AGES)?,
            ends: transaction.open_table(ENDS)?,
            packages: transaction.open_table(PACKAGES)?,
            last_resorts: transaction.open_table(LAST_RESORTS)?,
            cells: transaction.open_table(CELLS)?,
            idle: transaction.open_table(IDLE)?,
            owned: transaction.open_table(OWNED)?,
            blobs,
            view: transaction.open_table(VIEW)?,
            damaged: 0,
        })
    }
}

/// The row at a key, decoded.
pub(crate) fn get<const N: usize, T>(
    table: &impl ReadableTable<&'static [u8; N], &'static [u8]>,
    key: &[u8; N],
) -> Result<Option<T>, StoreError>
where
    T: Row + for<'b> Decode<'b, ()>,
{
    table.get(key)?.map(|row| unpack(row.value())).transpose()
}

/// Key of RECORDS and PACKAGES.
pub(crate) fn at(address: &Address, number: u64) -> [u8; 40] {
    let mut key = [0; 40];
    key[..32].copy_from_slice(address.as_bytes());
    key[32..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Key of EPOCHS.
pub(crate) fn epoch_at(address: &Address, epoch: Epoch) -> [u8; 40] {
    at(address, epoch.0)
}

/// The number behind the address in a key made by [`at`].
pub(crate) fn number_of(key: &[u8; 40]) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&key[32..]);
    u64::from_be_bytes(number)
}

/// Key of POSTS.
pub(crate) fn post_at(address: &Address, post: &PostId) -> [u8; 48] {
    let mut key = [0; 48];
    key[..32].copy_from_slice(address.as_bytes());
    key[32..].copy_from_slice(post.as_bytes());
    key
}

/// Key of AGES.
pub(crate) fn age_at(time: u64, address: &Address, seq: Seq, post: &PostId) -> [u8; 64] {
    let mut key = [0; 64];
    key[..8].copy_from_slice(&time.to_be_bytes());
    key[8..40].copy_from_slice(address.as_bytes());
    key[40..48].copy_from_slice(&seq.0.to_be_bytes());
    key[48..].copy_from_slice(post.as_bytes());
    key
}

/// Key of ENDS.
pub(crate) fn end_at(time: u64, address: &Address, seq: Seq) -> [u8; 48] {
    let mut key = [0; 48];
    key[..8].copy_from_slice(&time.to_be_bytes());
    key[8..40].copy_from_slice(address.as_bytes());
    key[40..].copy_from_slice(&seq.0.to_be_bytes());
    key
}

/// Address and place out of a key made by [`end_at`].
pub(crate) fn end_of(key: &[u8; 48]) -> (Address, Seq) {
    let (mut address, mut seq) = ([0; 32], [0; 8]);
    address.copy_from_slice(&key[8..40]);
    seq.copy_from_slice(&key[40..]);
    (Address::new(address), Seq(u64::from_be_bytes(seq)))
}

/// Key of IDLE.
pub(crate) fn idle_at(day: u64, kept: Kept, address: &Address) -> [u8; 41] {
    let mut key = [0; 41];
    key[..8].copy_from_slice(&day.to_be_bytes());
    key[8] = kept as u8;
    key[9..].copy_from_slice(address.as_bytes());
    key
}

/// Day, kind and address out of a key made by [`idle_at`].
pub(crate) fn idle_of(key: &[u8; 41]) -> Result<(u64, Kept, Address), StoreError> {
    let (mut day, mut address) = ([0; 8], [0; 32]);
    day.copy_from_slice(&key[..8]);
    address.copy_from_slice(&key[9..]);
    let kept = match key[8] {
        0 => Kept::Log,
        1 => Kept::Inbox,
        2 => Kept::Cell,
        _ => return Err(StoreError::Corrupt("an entry of the unused is of no kind")),
    };
    Ok((u64::from_be_bytes(day), kept, Address::new(address)))
}

/// Key of OWNED.
pub(crate) fn owned_at(kept: Kept, owner: &PublicKey) -> [u8; 33] {
    let mut key = [0; 33];
    key[0] = kept as u8;
    key[1..].copy_from_slice(owner.as_bytes());
    key
}

/// Address, place and post id out of a key made by [`age_at`].
pub(crate) fn age_of(key: &[u8; 64]) -> (Address, Seq, PostId) {
    let (mut address, mut seq, mut post) = ([0; 32], [0; 8], [0; 16]);
    address.copy_from_slice(&key[8..40]);
    seq.copy_from_slice(&key[40..48]);
    post.copy_from_slice(&key[48..]);
    (Address::new(address), Seq(u64::from_be_bytes(seq)), PostId::new(post))
}
