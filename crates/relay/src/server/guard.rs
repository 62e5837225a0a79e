//! What one network address may do: connections open, connections a minute, writes and bytes of them a minute, blobs a
//! minute.
//!
//! The counts live in memory alone, under the address itself or, for IPv6, under its network of 64 bits, since that is what one
//! subscriber is given. They are never logged, and gone when they say nothing any more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bucket::{Bucket, Rate};
use crate::limits::MAX_ADDRESSES;
use crate::settings::Limits;
use crate::store::Write;

/// How often a full table is looked through for counts that say nothing any more, in milliseconds.
const SWEEP_MS: u64 = 1000;

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
}

impl Toll {
    fn of(write: &Write) -> Self {
        match write {
            Write::CreateLog { .. } | Write::CreateInbox { .. } | Write::PutCell { .. } => Self::Creation,
            Write::Deliver(_) | Write::TakePackage { .. } => Self::Deliveries(1),
            Write::Commit { commit, .. } => Self::Deliveries(commit.welcomes.len() as u64),
            Write::Append { .. } | Write::Acknowledge { .. } | Write::FillPool { .. } => Self::Free,
            // No client asks for these.
            Write::Expire { .. }
            | Write::End { .. }
            | Write::Unused { .. }
            | Write::Use { .. }
            | Write::PutBlob { .. }
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

struct Account {
    open: u32,
    connections: Bucket,
    creations: Bucket,
    deliveries: Bucket,
    /// In bytes.
    stored: Bucket,
    grants: Bucket,
    blobs: Bucket,
}

#[derive(Clone, Copy)]
struct Rates {
    connections: Rate,
    creations: Rate,
    deliveries: Rate,
    stored: Rate,
    grants: Rate,
    blobs: Rate,
}

struct Table {
    accounts: HashMap<Net, Account>,
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
        };
        let table = Table { accounts: HashMap::new(), open: 0, swept_at: 0 };
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
        table.open += 1;
        Ok(Seat { guard: self.clone(), net })
    }

    /// Pays for a request for a blob, or says after how many milliseconds it could. It needs no seat: behind a proxy only
    /// WebSockets have one.
    pub(crate) fn pay_blob(&self, address: IpAddr, now: u64) -> Result<(), u64> {
        let mut table = self.lock();
        let (_, account) = table.account(Net::of(address), self.rates, self.capacity, now);
        account.blobs.take(self.rates.blobs, 1, now)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Each change is complete before anything can panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Pays for a write, or says after how many milliseconds it could.
    pub(crate) fn pay(&self, write: &Write, now: u64) -> Result<(), u64> {
        let (toll, bytes) = (Toll::of(write), write.counted());
        if toll == Toll::Free && bytes == 0 {
            return Ok(());
        }
        let (rates, mut table) = (self.guard.rates, self.guard.lock());
        let account = table.accounts.entry(self.net).or_insert_with(|| Account::new(rates, now));
        // What is turned away behind this has paid for its bytes: that is no more than a flooder's loss.
        account.stored.take(rates.stored, bytes, now)?;
        match toll {
            Toll::Free => Ok(()),
            Toll::Creation => account.creations.take(rates.creations, 1, now),
            Toll::Deliveries(count) => account.deliveries.take(rates.deliveries, count, now),
        }
    }
}

impl Seat {
    /// Pays for the grant of a blob, or says after how many milliseconds it could.
    pub(crate) fn pay_grant(&self, now: u64) -> Result<(), u64> {
        let (rates, mut table) = (self.guard.rates, self.guard.lock());
        let account = table.accounts.entry(self.net).or_insert_with(|| Account::new(rates, now));
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

impl Account {
    fn new(rates: Rates, now: u64) -> Self {
        Self {
            open: 0,
            connections: Bucket::new(rates.connections, now),
            creations: Bucket::new(rates.creations, now),
            deliveries: Bucket::new(rates.deliveries, now),
            stored: Bucket::new(rates.stored, now),
            grants: Bucket::new(rates.grants, now),
            blobs: Bucket::new(rates.blobs, now),
        }
    }

    /// Whether forgetting it changes nothing.
    fn says_nothing(&mut self, rates: Rates, now: u64) -> bool {
        self.open == 0
            && self.connections.is_full(rates.connections, now)
            && self.creations.is_full(rates.creations, now)
            && self.deliveries.is_full(rates.deliveries, now)
            && self.stored.is_full(rates.stored, now)
            && self.grants.is_full(rates.grants, now)
            && self.blobs.is_full(rates.blobs, now)
    }
}

impl Table {
    /// The account that this one's doings are counted in, made when there is none.
    fn account(&mut self, net: Net, rates: Rates, capacity: usize, now: u64) -> (Net, &mut Account) {
        let net = self.place(net, rates, capacity, now);
        (net, self.accounts.entry(net).or_insert_with(|| Account::new(rates, now)))
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
mod tests {
    use super::*;
    use crate::rights::Run;
    use xchat_wire::{Address, Epoch, PostId, PublicKey, Seq};

    const NOW: u64 = 1_700_000_000_000;

    fn guard(capacity: usize) -> Arc<Guard> {
        let limits = Limits {
            max_connections: 6,
            max_connections_per_address: 3,
            connections_per_minute: 5,
            creations_per_minute: 2,
            deliveries_per_minute: 4,
            stored_kib_per_minute: 60,
            grants_per_minute: 2,
            blobs_per_minute: 3,
            first_frame_seconds: 10,
        };
        Arc::new(Guard::with_capacity(&limits, capacity))
    }

    fn enter(guard: &Arc<Guard>, address: &str, now: u64) -> Result<Seat, Refused> {
        guard.enter(address.parse().unwrap(), now)
    }

    fn creation() -> Write {
        Write::CreateLog { log: Address::new([1; 32]), key: PublicKey::new([2; 32]) }
    }

    fn taking() -> Write {
        Write::TakePackage { inbox: Address::new([1; 32]), writer: PublicKey::new([2; 32]) }
    }

    #[test]
    fn an_address_may_have_so_many_open_and_a_closed_one_makes_room() {
        let guard = guard(10);
        let seats: Vec<Seat> = (0..3).map(|_| enter(&guard, "192.0.2.1", NOW).unwrap()).collect();
        assert_eq!(enter(&guard, "192.0.2.1", NOW).err(), Some(Refused::TooMany));
        assert!(enter(&guard, "192.0.2.2", NOW).is_ok(), "another one is not meant");
        drop(seats);
        assert!(enter(&guard, "192.0.2.1", NOW).is_ok());
    }

    #[test]
    fn an_address_may_open_so_many_a_minute() {
        let guard = guard(10);
        assert!((0..5).all(|_| enter(&guard, "192.0.2.1", NOW).is_ok()));
        assert_eq!(enter(&guard, "192.0.2.1", NOW).err(), Some(Refused::TooMany));
        assert!(enter(&guard, "192.0.2.1", NOW + 12_000).is_ok(), "a fifth of a minute is one more");
    }

    #[test]
    fn all_together_are_bounded_too() {
        let guard = guard(10);
        let seats: Vec<Seat> = (1..=6).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
        assert_eq!(enter(&guard, "192.0.2.9", NOW).err(), Some(Refused::Full));
        drop(seats);
        assert!(enter(&guard, "192.0.2.9", NOW).is_ok());
    }

    #[test]
    fn a_network_of_64_bits_is_one_address_and_a_mapped_one_is_its_ipv4() {
        let of = |text: &str| Net::of(text.parse().unwrap());
        assert!(of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9"));
        assert!(of("2001:db8:1:2::1") != of("2001:db8:1:3::1"));
        assert!(of("::ffff:192.0.2.1") == of("192.0.2.1"));
        assert!(of("192.0.2.1") != of("192.0.2.2"));
    }

    #[test]
    fn creations_and_deliveries_are_paid_for_by_the_address_whatever_the_connection() {
        let guard = guard(10);
        let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
        assert_eq!((one.pay(&creation(), NOW), two.pay(&creation(), NOW)), (Ok(()), Ok(())));
        assert_eq!(one.pay(&creation(), NOW), Err(30_000));
        assert!((0..4).all(|_| two.pay(&taking(), NOW).is_ok()), "another kind");
        assert_eq!(one.pay(&taking(), NOW), Err(15_000));
        let other = enter(&guard, "192.0.2.2", NOW).unwrap();
        assert_eq!(other.pay(&creation(), NOW), Ok(()));
    }

    #[test]
    fn bytes_that_stay_are_paid_for_by_the_address_and_what_adds_nothing_is_free() {
        let guard = guard(10);
        let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
        let append = |bytes: usize| {
            let (log, run, post) = (Address::new([1; 32]), Run::new(Epoch(0), Seq(1)), PostId::new([3; 16]));
            Write::Append { log, run, epoch: Epoch(0), post, body: vec![0; bytes].into(), ttl: None }
        };
        let around = append(0).counted() as usize;
        assert_eq!(one.pay(&append(50 * 1024 - around), NOW), Ok(()));
        assert_eq!(two.pay(&append(10 * 1024 - around), NOW), Ok(()));
        assert_eq!(one.pay(&append(1024 - around), NOW), Err(1_000), "60 KiB a minute are one a second");
        assert_eq!(one.pay(&Write::Acknowledge { inbox: Address::new([1; 32]), upto: Seq(9) }, NOW), Ok(()));
        assert_eq!(one.pay(&taking(), NOW), Ok(()));
        assert_eq!(one.pay(&append(1024 - around), NOW + 1_000), Ok(()));
        let other = enter(&guard, "192.0.2.2", NOW).unwrap();
        assert_eq!(other.pay(&append(50 * 1024), NOW), Ok(()));
    }

    #[test]
    fn grants_and_requests_for_blobs_are_counted_by_address_too() {
        let guard = guard(10);
        let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
        assert_eq!((one.pay_grant(NOW), two.pay_grant(NOW), one.pay_grant(NOW)), (Ok(()), Ok(()), Err(30_000)));
        let ask = |address: &str| guard.pay_blob(address.parse().unwrap(), NOW);
        assert!((0..3).all(|_| ask("192.0.2.1").is_ok()));
        assert_eq!(ask("192.0.2.1"), Err(20_000));
        assert_eq!(ask("192.0.2.2"), Ok(()), "without a connection of its own");
    }

    #[test]
    fn a_full_table_counts_newcomers_together_and_forgets_who_says_nothing() {
        let guard = guard(2);
        let here: Vec<Seat> = (1..=2).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
        let crowd: Vec<Seat> = (3..=5).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
        assert!(crowd.iter().all(|seat| seat.net == Net::Crowd));
        assert_eq!(enter(&guard, "192.0.2.6", NOW).err(), Some(Refused::TooMany), "the crowd is one address");
        assert_eq!(guard.lock().accounts.len(), 3);
        drop((here, crowd));
        let later = enter(&guard, "192.0.2.6", NOW + 120_000).unwrap();
        assert!(later.net != Net::Crowd);
        assert_eq!(guard.lock().accounts.len(), 1, "the others are forgotten");
    }
}
