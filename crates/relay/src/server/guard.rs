//! What one network address may do: connections open, connections a minute, writes and bytes of them a minute, blobs a
//! minute.
//!
//! The counts live in memory alone, under the address itself or, for IPv6, under its network of 64 bits, since that is what one
//! subscriber is given. They are never logged, and gone when they say nothing any more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::allowance::Ledger;
use crate::bucket::{Bucket, Rate};
use crate::limits::MAX_ADDRESSES;
use crate::settings::Limits;
use crate::share::Share;
use crate::store::Write;
use crate::tally::Tally;

/// How often a full table is looked through for counts that say nothing any more, in milliseconds.
const SWEEP_MS: u64 = 1000;
const MIB: u64 = 1024 * 1024;

/// Whose connections are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Net {
    V4(u32),
    V6(u64),
    /// Everyone for whom the table has no room.
    Crowd,
}

impl Net {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

/// What a write costs its sender's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Toll {
    Free,
    /// Something that stays: a log, an inbox, a cell.
    Creation,
    /// So many things in inboxes and out of pools.
    Deliveries(u64),
    /// A claim of a blob is given up: it counts as the grant that it came with did.
    Release,
}

impl Toll {
    fn of(write: &Write) -> Self {
        match write {
            Write::CreateLog { .. } | Write::CreateInbox { .. } | Write::PutCell { .. } => Self::Creation,
            Write::Deliver(_) | Write::TakePackage { .. } => Self::Deliveries(1),
            Write::Commit { commit, .. } => Self::Deliveries(commit.welcomes.len() as u64),
            Write::Append { .. } | Write::Acknowledge { .. } | Write::FillPool { .. } => Self::Free,
            Write::ReleaseBlob { .. } => Self::Release,
            // No client asks for these.
            Write::Expire { .. }
            | Write::End { .. }
            | Write::Unused { .. }
            | Write::Use { .. }
            | Write::PutBlob { .. }
            | Write::ClaimBlob { .. }
            | Write::RemoveBlobs { .. }
            | Write::Bound { .. } => Self::Free,
        }
    }
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The relay has as many as it may have.
    Full,
    /// This address has as many open as it may have, or opened too many lately.
    TooMany,
}

/// What takes a while over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    Upload,
    Download,
}

struct Account {
    open: u32,
    uploads: usize,
    downloads: usize,
    /// Of the writer's queue.
    share: Share,
    /// Logs and inboxes that its connections have proved.
    proved: Arc<Tally>,
    connections: Bucket,
    creations: Bucket,
    deliveries: Bucket,
    /// In bytes.
    stored: Bucket,
    grants: Bucket,
    blobs: Bucket,
    files: Bucket,
}

#[derive(Clone, Copy)]
struct Rates {
    connections: Rate,
    creations: Rate,
    deliveries: Rate,
    stored: Rate,
    grants: Rate,
    blobs: Rate,
    files: Rate,
}

/// What addresses have stored today, apart from their accounts, which do not live for a day.
#[derive(Default)]
struct Today {
    records: Ledger<Net>,
    blobs: Ledger<Net>,
}

struct Table {
    accounts: HashMap<Net, Account>,
    today: Today,
    /// Of everyone; each account has a part of it.
    proved: Arc<Tally>,
    proved_each: usize,
    open: u32,
    swept_at: u64,
}

/// The table of all addresses.
pub(crate) struct Guard {
    table: Mutex<Table>,
    rates: Rates,
    limits: Limits,
    capacity: usize,
}

/// A place that one connection takes, given back when it is dropped.
pub(crate) struct Seat {
    guard: Arc<Guard>,
    net: Net,
    share: Share,
    proved: Arc<Tally>,
}

/// A transfer that is under way, until it is dropped.
pub(crate) struct Slot {
    guard: Arc<Guard>,
    net: Net,
    transfer: Transfer,
}

impl Guard {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::with_capacity(limits, MAX_ADDRESSES)
    }

    fn with_capacity(limits: &Limits, capacity: usize) -> Self {
        let a_minutes = |count: u32| Rate { burst: count.into(), per_minute: count.into() };
        let kib_a_minute = |count: u32| Rate { burst: u64::from(count) * 1024, per_minute: u64::from(count) * 1024 };
        let rates = Rates {
            connections: a_minutes(limits.connections_per_minute),
            creations: a_minutes(limits.creations_per_minute),
            deliveries: a_minutes(limits.deliveries_per_minute),
            stored: kib_a_minute(limits.stored_kib_per_minute),
            grants: a_minutes(limits.grants_per_minute),
            blobs: a_minutes(limits.blobs_per_minute),
            files: a_minutes(limits.files_per_minute),
        };
        let (proved, proved_each) = (Tally::new(limits.max_proved as usize), limits.max_proved_per_address as usize);
        let table =
            Table { accounts: HashMap::new(), today: Today::default(), proved, proved_each, open: 0, swept_at: 0 };
        Self { table: Mutex::new(table), rates, limits: limits.clone(), capacity }
    }

    /// Lets a connection of this address in, or not.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, now: u64) -> Result<Seat, Refused> {
        let mut table = self.lock();
        if table.open >= self.limits.max_connections {
            return Err(Refused::Full);
        }
        let (net, account) = table.account(Net::of(address), self.rates, self.capacity, now);
        if account.open >= self.limits.max_connections_per_address
            || account.connections.take(self.rates.connections, 1, now).is_err()
        {
            return Err(Refused::TooMany);
        }
        account.open += 1;
        let (share, proved) = (account.share.clone(), account.proved.clone());
        table.open += 1;
        Ok(Seat { guard: self.clone(), net, share, proved })
    }

    /// Pays for a request for a blob, or says after how many milliseconds it could. It needs no seat: behind a proxy only
    /// WebSockets have one.
    pub(crate) fn pay_blob(&self, address: IpAddr, now: u64) -> Result<(), u64> {
        let mut table = self.lock();
        let (_, account) = table.account(Net::of(address), self.rates, self.capacity, now);
        account.blobs.take(self.rates.blobs, 1, now)
    }

    /// The same for one of the app's files.
    pub(crate) fn pay_file(&self, address: IpAddr, now: u64) -> Result<(), u64> {
        let mut table = self.lock();
        let (_, account) = table.account(Net::of(address), self.rates, self.capacity, now);
        account.files.take(self.rates.files, 1, now)
    }

    /// Lets an address begin a transfer, unless it has `most` of its kind under way.
    pub(crate) fn begin(self: &Arc<Self>, address: IpAddr, transfer: Transfer, most: usize, now: u64) -> Option<Slot> {
        let mut table = self.lock();
        let (net, account) = table.account(Net::of(address), self.rates, self.capacity, now);
        let under_way = account.under_way(transfer);
        (*under_way < most).then(|| {
            *under_way += 1;
            Slot { guard: self.clone(), net, transfer }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Each change is complete before anything can panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// What this address has of the writer's queue.
    pub(crate) fn share(&self) -> &Share {
        &self.share
    }

    /// Where this address's proofs are counted.
    pub(crate) fn proved(&self) -> &Arc<Tally> {
        &self.proved
    }

    /// Pays for a write, or says after how many milliseconds it could.
    pub(crate) fn pay(&self, write: &Write, now: u64) -> Result<(), u64> {
        let (toll, bytes) = (Toll::of(write), write.counted());
        if toll == Toll::Free && bytes == 0 {
            return Ok(());
        }
        let (rates, mut table) = (self.guard.rates, self.guard.lock());
        let account = table.held(self.net, rates, now);
        // What is turned away behind this has paid for its bytes: that is no more than a flooder's loss.
        account.stored.take(rates.stored, bytes, now)?;
        match toll {
            Toll::Free => Ok(()),
            Toll::Creation => account.creations.take(rates.creations, 1, now),
            Toll::Deliveries(count) => account.deliveries.take(rates.deliveries, count, now),
            Toll::Release => account.grants.take(rates.grants, 1, now),
        }
    }
}

impl Seat {
    /// Whether this address may still store what this write holds today; counted if so. When too many have stored something today
    /// to count one more, whoever comes then is not meant.
    pub(crate) fn may_store(&self, write: &Write, now: u64) -> bool {
        let (bytes, most) = (write.counted(), u64::from(self.guard.limits.stored_mib_per_day) * MIB);
        bytes == 0 || self.guard.lock().today.records.take(&self.net, bytes, most, MAX_ADDRESSES, now).unwrap_or(true)
    }

    /// The same for a blob of so many bytes.
    pub(crate) fn may_upload(&self, bytes: u64, now: u64) -> bool {
        let most = u64::from(self.guard.limits.blob_mib_per_day) * MIB;
        self.guard.lock().today.blobs.take(&self.net, bytes, most, MAX_ADDRESSES, now).unwrap_or(true)
    }

    /// A blob of so many bytes was not granted after all.
    pub(crate) fn not_uploaded(&self, bytes: u64) {
        self.guard.lock().today.blobs.give_back(&self.net, bytes);
    }

    /// Pays for the grant of a blob, or says after how many milliseconds it could.
    pub(crate) fn pay_grant(&self, now: u64) -> Result<(), u64> {
        let (rates, mut table) = (self.guard.rates, self.guard.lock());
        let account = table.held(self.net, rates, now);
        account.grants.take(rates.grants, 1, now)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.guard.lock();
        table.open = table.open.saturating_sub(1);
        if let Some(account) = table.accounts.get_mut(&self.net) {
            account.open = account.open.saturating_sub(1);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(account) = self.guard.lock().accounts.get_mut(&self.net) {
            let under_way = account.under_way(self.transfer);
            *under_way = under_way.saturating_sub(1);
        }
    }
}

impl Account {
    fn new(rates: Rates, proved: Arc<Tally>, now: u64) -> Self {
        Self {
            open: 0,
            uploads: 0,
            downloads: 0,
            share: Share::new(),
            proved,
            connections: Bucket::new(rates.connections, now),
            creations: Bucket::new(rates.creations, now),
            deliveries: Bucket::new(rates.deliveries, now),
            stored: Bucket::new(rates.stored, now),
            grants: Bucket::new(rates.grants, now),
            blobs: Bucket::new(rates.blobs, now),
            files: Bucket::new(rates.files, now),
        }
    }

    fn under_way(&mut self, transfer: Transfer) -> &mut usize {
        match transfer {
            Transfer::Upload => &mut self.uploads,
            Transfer::Download => &mut self.downloads,
        }
    }

    /// Whether forgetting it changes nothing.
    fn says_nothing(&mut self, rates: Rates, now: u64) -> bool {
        (self.open, self.uploads, self.downloads) == (0, 0, 0)
            && self.connections.is_full(rates.connections, now)
            && self.creations.is_full(rates.creations, now)
            && self.deliveries.is_full(rates.deliveries, now)
            && self.stored.is_full(rates.stored, now)
            && self.grants.is_full(rates.grants, now)
            && self.blobs.is_full(rates.blobs, now)
            && self.files.is_full(rates.files, now)
    }
}

impl Table {
    /// The account that this one's doings are counted in, made when there is none.
    fn account(&mut self, net: Net, rates: Rates, capacity: usize, now: u64) -> (Net, &mut Account) {
        let net = self.place(net, rates, capacity, now);
        (net, self.held(net, rates, now))
    }

    /// The account of a place that was given out, made when there is none.
    fn held(&mut self, net: Net, rates: Rates, now: u64) -> &mut Account {
        let proved = || Tally::part_of(&self.proved, self.proved_each);
        self.accounts.entry(net).or_insert_with(|| Account::new(rates, proved(), now))
    }

    /// Where this one is counted: under its own name while there is room. A table that has not been looked through for a while
    /// is, so that an idle relay remembers nobody.
    fn place(&mut self, net: Net, rates: Rates, capacity: usize, now: u64) -> Net {
        let crowded = self.accounts.len() >= capacity && !self.accounts.contains_key(&net);
        let since = now.saturating_sub(self.swept_at);
        if (crowded && since >= SWEEP_MS) || since >= 60 * SWEEP_MS {
            self.swept_at = now;
            self.accounts.retain(|_, account| !account.says_nothing(rates, now));
        }
        match self.accounts.len() < capacity || self.accounts.contains_key(&net) {
            true => net,
            false => Net::Crowd,
        }
    }
}

#[cfg(test)]
mod tests;
