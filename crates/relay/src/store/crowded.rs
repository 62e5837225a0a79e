//! A disk that is full in the middle of a commit: what was accepted is there when it is opened again.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;
use xchat_wire::Seq;

use super::crashes::{KEY, LOG, append, length};
use super::*;

/// What a file system gives out at once.
const BLOCK: u64 = 4096;

/// A file on a disk that has so many blocks, whatever the length of the file: one with holes, as redb makes it.
#[derive(Debug, Default)]
struct Sparse {
    bytes: Vec<u8>,
    written: BTreeSet<u64>,
    /// Blocks that the file may have.
    room: usize,
}

#[derive(Debug, Clone, Default)]
struct Small(Arc<Mutex<Sparse>>);

impl Small {
    fn set_room(&self, blocks: usize) {
        self.0.lock().unwrap().room = blocks;
    }

    fn used(&self) -> usize {
        self.0.lock().unwrap().written.len()
    }
}

impl StorageBackend for Small {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let file = self.0.lock().unwrap();
        out.copy_from_slice(&file.bytes[offset as usize..offset as usize + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        let mut file = self.0.lock().unwrap();
        file.bytes.resize(len as usize, 0);
        file.written.split_off(&len.div_ceil(BLOCK));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        let mut file = self.0.lock().unwrap();
        for block in offset / BLOCK..(offset + data.len() as u64).div_ceil(BLOCK) {
            if !file.written.contains(&block) {
                if file.written.len() >= file.room {
                    return Err(ErrorKind::StorageFull.into());
                }
                file.written.insert(block);
            }
            // As much of it as there is room for.
            let (from, to) = ((block * BLOCK).max(offset), ((block + 1) * BLOCK).min(offset + data.len() as u64));
            file.bytes[from as usize..to as usize]
                .copy_from_slice(&data[(from - offset) as usize..(to - offset) as usize]);
        }
        Ok(())
    }
}

/// Batches of appends until one fails; how many records were accepted, and how many were ever tried.
fn write_until_full(store: &Store, first: u64, batch: u64) -> (u64, u64, StoreError) {
    let mut done = first;
    loop {
        let writes: Vec<Write> = (1..=batch).map(|n| append(done + n)).collect();
        match store.write(&writes, 1_700_000_000_000) {
            Ok(_) => done += batch,
            Err(error) => return (done, done + batch, error),
        }
    }
}

#[test]
fn a_disk_that_is_full_ends_the_store_and_loses_nothing_that_was_accepted() {
    for (batch, more) in [(1, 40), (3, 7), (17, 90), (60, 200)] {
        let disk = Small::default();
        disk.set_room(1000);
        let store = Store::over(disk.clone(), true).unwrap();
        store.write([&Write::CreateLog { log: LOG, key: KEY }], 0).unwrap();
        disk.set_room(disk.used() + more);
        let (accepted, tried, error) = write_until_full(&store, 0, batch);
        assert!(error.is_full(), "{error}");
        #[cfg(feature = "nats")]
        assert!(crate::ClusterError::from(error).to_string().starts_with("the disk of the data folder is full"));
        // redb has done with this file until it is opened again: the relay must stop, and must not go on reading either.
        disk.set_room(100_000);
        assert!(store.write([&append(tried + 1)], 0).is_err_and(|error| !error.is_one_rows()));
        drop(store);
        let store = Store::over(disk.clone(), true).unwrap();
        let there = length(&store);
        assert!(there == accepted || there == tried, "{there} records after {accepted} accepted of {tried}");
        store.write([&append(there + 1)], 0).unwrap();
        assert_eq!(store.snapshot().unwrap().log(&LOG).unwrap().unwrap().journal.head, Seq(there + 1));
    }
}

#[test]
fn a_store_on_a_full_disk_says_so_when_it_is_opened_and_is_whole_when_there_is_room_again() {
    let disk = Small::default();
    disk.set_room(1000);
    let store = Store::over(disk.clone(), true).unwrap();
    store.write([&Write::CreateLog { log: LOG, key: KEY }], 0).unwrap();
    disk.set_room(disk.used() + 20);
    let (accepted, tried, _) = write_until_full(&store, 0, 5);
    drop(store);
    // Not even what the mark of a store in use needs.
    disk.set_room(0);
    let opened = Store::over(disk.clone(), true);
    disk.set_room(1000);
    if let Err(error) = opened {
        assert!(error.is_full(), "{error}");
    }
    let there = length(&Store::over(disk, true).unwrap());
    assert!(there == accepted || there == tried);
}
