//! When those who come into a large group renew their leaves for the first time.
//!
//! After many were added the tree has hardly a key above its leaves, and the first update costs a ciphertext for each leaf (RFC 9420, 7.4 and
//! 7.6: blank nodes resolve to what is below them). Each update fills its path. So they go one after another, and in the order that halves
//! what is unfilled: a leaf of the other half first, then one of each other quarter, and so on. All at once they would void each other.

/// Groups of so many leaves, and smaller ones, are renewed as soon as they are joined.
const AT_ONCE: usize = 32;
/// Between two renewals, in milliseconds: 1 minute. The last of 1,000 comes after 17 hours.
const SLOT_MS: u64 = 60_000;

/// How long the device of this leaf waits, in a group of so many leaves, in milliseconds.
pub(super) fn wait(leaf: u32, leaves: usize) -> u64 {
    if leaves <= AT_ONCE {
        return 0;
    }
    let size = leaf.max(u32::try_from(leaves).unwrap_or(u32::MAX).saturating_sub(1));
    let bits = u32::BITS - size.leading_zeros();
    u64::from(leaf.reverse_bits() >> (u32::BITS - bits)) * SLOT_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_slot_and_the_first_ones_are_spread_over_the_whole_tree() {
        let mut order: Vec<u32> = (0..1024).collect();
        order.sort_by_key(|leaf| wait(*leaf, 1024));
        for part in 0..10 {
            let parts = 1 << part;
            let mut seen: Vec<u32> = order[..parts].iter().map(|leaf| leaf / (1024 / parts as u32)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..parts as u32), "one of the first {parts} in each {parts}th of the tree");
        }
        let mut waits: Vec<u64> = (0..1000).map(|leaf| wait(leaf, 1000)).collect();
        waits.sort_unstable();
        assert!(waits.windows(2).all(|pair| pair[1] - pair[0] >= SLOT_MS), "no two at once");
        assert!(*waits.last().unwrap() < 18 * 3600 * 1000);
    }

    #[test]
    fn a_small_group_waits_for_nothing_and_no_leaf_is_out_of_range() {
        assert!((0..64).all(|leaf| wait(leaf, 32) == 0));
        // Of a tree that was larger.
        assert!(wait(1000, 33) < 1024 * SLOT_MS && wait(u32::MAX, 33) > 0);
    }
}
