//! The relay's own bounds, beside those that both sides know (`xchat_wire::limits`).

use crate::bucket::Rate;

/// A day, in milliseconds.
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What a stored record counts beside its body: its row, chain and keys, and the slack of the pages that they are in.
pub const RECORD_BYTES: u64 = 320;
/// What the memory of a post id counts: its place in the index of posts and its age. It outlives a record that was acknowledged.
pub const POST_BYTES: u64 = 192;
/// What a log counts beside its records.
pub const LOG_ROW_BYTES: u64 = 384;
/// What the key of an epoch that is over counts.
pub const EPOCH_BYTES: u64 = 128;
/// What an inbox counts beside its records and its pool.
pub const INBOX_ROW_BYTES: u64 = 512;
/// What a key package counts beside its bytes.
pub const PACKAGE_BYTES: u64 = 96;
/// What a cell counts beside its body.
pub const CELL_ROW_BYTES: u64 = 320;

/// What a blob counts in the store, where it has a row; its bytes are bounded for themselves.
pub const BLOB_ROW_BYTES: u64 = 256;
/// What a claim of a blob counts there.
pub const CLAIM_BYTES: u64 = 64;

/// Cells that one key may own.
pub const CELLS_AN_OWNER: u64 = 64;
/// Inboxes that one key may own.
pub const INBOXES_AN_OWNER: u64 = 16;

/// Hundredths of the store's bound above which no log, inbox or cell is made.
pub const STORE_CREATIONS: u64 = 90;
/// Hundredths of the store's bound above which no message, delivery, key package or longer cell is taken.
pub const STORE_MESSAGES: u64 = 95;
/// Hundredths of the store's bound above which a commit may bring no welcomes, and each log is bounded by
/// [`LAST_COMMITS_BURST`]: what is left is for groups that must remove somebody.
pub const STORE_COMMITS: u64 = 98;
/// Bytes of commits that one log may write at once above [`STORE_COMMITS`]: the largest commit, and half of it again.
pub const LAST_COMMITS_BURST: u64 = 384 * 1024;
/// Bytes of commits a minute that one log may write above [`STORE_COMMITS`].
pub const LAST_COMMITS_A_MINUTE: u64 = 16 * 1024;
pub(crate) const LAST_COMMITS: Rate = Rate { burst: LAST_COMMITS_BURST, per_minute: LAST_COMMITS_A_MINUTE };

/// Bytes of records, as they are counted, that a log keeps before it refuses messages as full.
pub const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// Room above [`LOG_BYTES`] that only commits may use: a flooded group can still remove the flooder.
pub const LOG_COMMIT_RESERVE: u64 = 32 * 1024 * 1024;
/// Deliveries that wait in one inbox.
pub const INBOX_RECORDS: u64 = 10_000;
/// Bytes of deliveries, as they are counted, that wait in one inbox.
pub const INBOX_BYTES: u64 = 16 * 1024 * 1024;
/// Addresses that one connection may hold proofs for.
pub const MAX_PROVED: usize = 2 * xchat_wire::MAX_SUBSCRIPTIONS;

/// Bytes of frames that wait for one connection's reader; beyond it the reader is too slow and is sent away.
pub const OUTPUT_BYTES: usize = 1024 * 1024;
/// Records are read from the store only while fewer bytes than this wait for the reader.
pub const OUTPUT_ROOM: usize = 256 * 1024;
/// Records that one subscription gets before the next one of the same connection has its turn.
pub const RECORDS_A_TURN: usize = 64;
/// Turns that a connection takes before it lets others run.
pub const TURNS: usize = 32;
/// Writes of one connection that may be under way together.
pub const PIPELINE: usize = 64;
/// Bytes of writes of one connection that may be under way together: two of the largest frames.
pub const PIPELINE_BYTES: usize = 2 * xchat_wire::MAX_FRAME;
/// Bytes of writes of all connections of one network address that may wait for the writer: what is above it waits in its
/// connections, which take nothing more from their sockets. So much of one address is at most in a transaction.
pub const ADDRESS_BYTES: usize = 1024 * 1024;

/// Frames that a connection may send at once before [`FRAMES_A_SECOND`] bounds it.
pub const FRAMES_BURST: u64 = 8192;
/// Frames a second that a connection may send for ever.
pub const FRAMES_A_SECOND: u64 = 1000;
pub(crate) const FRAMES: Rate = Rate { burst: FRAMES_BURST, per_minute: 60 * FRAMES_A_SECOND };

/// Signals that a connection may send at once before [`SIGNALS_A_SECOND`] bounds it: a call's candidates for a whole group.
pub const SIGNALS_BURST: u64 = 256;
/// Signals a second that a connection may send for ever; one more is refused as busy, and the connection goes on.
pub const SIGNALS_A_SECOND: u64 = 20;
pub(crate) const SIGNALS: Rate = Rate { burst: SIGNALS_BURST, per_minute: 60 * SIGNALS_A_SECOND };
/// Signals are dropped while more bytes than this wait for the reader.
pub const OUTPUT_SIGNALS: usize = OUTPUT_BYTES / 2;

/// How long a client that was sent away is asked to stay away, in milliseconds.
pub const RETRY_AFTER_MS: u32 = 1000;
/// When the relay stops, each connection is given a time of its own to come back, up to this many milliseconds later.
pub const RESTART_SPREAD_MS: u32 = 3000;

/// Network addresses that are counted one by one; what comes from further ones is counted together.
pub const MAX_ADDRESSES: usize = 65_536;
/// One-time key packages that may be taken out of one pool at once before [`PACKAGES_A_MINUTE`] bounds it: beyond it the
/// last-resort one is given, so that whoever drains a pool does not leave it empty.
pub const PACKAGES_BURST: u64 = 50;
/// One-time key packages that may be taken out of one pool a minute.
pub const PACKAGES_A_MINUTE: u64 = 10;

/// Bytes of the store that are kept in memory.
pub const STORE_CACHE: usize = 256 * 1024 * 1024;
/// Writes that may wait for the writer; one more is answered `Busy`.
pub const QUEUE_WRITES: usize = 8192;
/// Of the queue, in quarters, what addresses may fill of which something waits already. The rest is for those of which nothing does.
pub const QUEUE_QUARTERS: usize = 3;
/// Writes of the relay's own for which nobody waits (that something was used today) are left out while more than this wait: they
/// come again, and must not keep clients out.
pub const QUEUE_ASIDES: usize = QUEUE_WRITES / 8;
/// Bytes of writes that may wait for the writer.
pub const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// Writes in one transaction.
pub const BATCH_WRITES: usize = 1024;
/// Bytes of writes in one transaction.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of writes that one network address may have taken before those of the others have their turn.
pub const LANE_QUANTUM: usize = 4 * 1024;
/// Writes of one network address in one transaction, while there are others: who asks for little waits for two such
/// transactions at most.
pub const LANE_WRITES: usize = 128;
/// Bytes of writes of one network address in one transaction, while there are others; the last write may go beyond.
pub const LANE_BYTES: usize = 256 * 1024;
/// Transactions for which the others count as there after their last write.
pub const CROWD_BATCHES: u32 = 64;

/// Entries that one step of the retention sweep removes: a short transaction, so that posts need not wait.
pub const EXPIRE_STEP: u32 = 256;

/// Logs, inboxes and cells that one step of the sweep of what is out of use removes; a pool goes with its inbox.
pub const IDLE_STEP: u32 = 64;

/// Grants of blobs that a connection may ask for at once before [`GRANTS_A_SECOND`] bounds it: a file of 2 GiB, and again as much.
pub const GRANTS_BURST: u64 = 512;
/// Grants a second that a connection may ask for for ever; one more is refused as busy, and the connection goes on.
pub const GRANTS_A_SECOND: u64 = 10;
pub(crate) const GRANTS: Rate = Rate { burst: GRANTS_BURST, per_minute: 60 * GRANTS_A_SECOND };
/// Claims of blobs that a connection may give up at once before [`RELEASES_A_SECOND`] bounds it: as many as it is granted.
pub const RELEASES_BURST: u64 = GRANTS_BURST;
/// Claims a second that a connection may give up for ever; one more is refused as busy, and the connection goes on.
pub const RELEASES_A_SECOND: u64 = GRANTS_A_SECOND;
pub(crate) const RELEASES: Rate = Rate { burst: RELEASES_BURST, per_minute: 60 * RELEASES_A_SECOND };
/// TURN credentials that a connection may ask for at once before [`TURNS_A_MINUTE`] bounds it.
pub const TURNS_BURST: u64 = 4;
/// TURN credentials a minute that a connection may ask for for ever; they hold for ten.
pub const TURNS_A_MINUTE: u64 = 2;
pub(crate) const TURN: Rate = Rate { burst: TURNS_BURST, per_minute: TURNS_A_MINUTE };

/// Bytes of blobs that one connection is granted within a day of the relay's, the first of which begins when it starts.
pub const BLOB_BYTES_CONNECTION_A_DAY: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of blobs that are granted in the name of one log, inbox or cell within such a day.
pub const BLOB_BYTES_ADDRESS_A_DAY: u64 = 8 * 1024 * 1024 * 1024;
/// Addresses in whose name something is granted within a day; what is counted for each is kept in memory.
pub const BLOB_ADDRESSES_A_DAY: usize = 1_000_000;
/// Bytes of an upload that wait in memory for a local disk; a bucket of S3 takes a blob whole.
pub const BLOB_PART: usize = 256 * 1024;
/// Bytes that all uploads under way may hold in memory: so many uploads may be under way.
pub const BLOB_MEMORY: usize = 256 * 1024 * 1024;
/// Uploads under way of one network address; in any case no more than a quarter of all that may be.
pub const BLOB_UPLOADS_AN_ADDRESS: usize = 64;
/// Downloads under way of one network address.
pub const BLOB_DOWNLOADS_AN_ADDRESS: usize = 64;
/// An upload is given up when, in so many milliseconds of waiting for it, ...
pub const BLOB_WINDOW_MS: u64 = 30_000;
/// ... fewer bytes came than this: 2 KiB a second.
pub const BLOB_WINDOW_BYTES: usize = 60 * 1024;
/// Bytes that a disk must have free above a blob that it is to take: the store of records lives on.
pub const BLOB_DISK_RESERVE: u64 = 256 * 1024 * 1024;
/// Bytes that the store's disk must have free before a log, an inbox or a cell is made.
pub const DISK_CREATIONS: u64 = 256 * 1024 * 1024;
/// Bytes that the store's disk must have free before a message, a delivery or key packages are taken.
pub const DISK_MESSAGES: u64 = 192 * 1024 * 1024;
/// Bytes that the store's disk must have free before a commit with welcomes is taken.
pub const DISK_COMMITS: u64 = 160 * 1024 * 1024;
/// Bytes that the store's disk must have free before any commit is taken. What is left is for what removes, since that is written
/// too: a batch writes many times its bytes.
pub const DISK_REMOVALS: u64 = 128 * 1024 * 1024;
/// Claims of blobs that are there, looked into together; one more is refused as busy.
pub const CLAIMS_TOGETHER: usize = 256;
/// A blob that is there for less than this is uploaded anew, not claimed, in milliseconds: another relay of the cluster may just be
/// sweeping it.
pub const CLAIM_MARGIN_MS: u64 = 60_000;
/// How long the bytes of a blob that was given up are left alone, in milliseconds: longer than an upload takes that has its row and
/// not its bytes yet. It is gone for readers at once.
pub const RELEASED_MS: u64 = 5 * 60 * 1000;
/// Blobs that one step of the sweep removes; uploads wait that long to be finished.
pub const BLOB_EXPIRE_STEP: usize = 64;
