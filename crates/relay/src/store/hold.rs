//! Who holds a blob: claims that can be given up, and holds that cannot. It is there until the last of them is over.

use minicbor::CborLen;
use xchat_wire::{
    ClaimTag, MAX_CLAIMS,
    cbor::{Decode, Encode},
};

use super::rows::{BlobRow, ROW};
use crate::limits::{BLOB_ROW_BYTES, CLAIM_BYTES, RELEASED_MS};

/// The holds of a blob that has claims.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Claimed {
    /// Until when it is held whoever gives up, Unix milliseconds; 0: it never was.
    #[n(0)]
    pub(crate) held: u64,
    /// At most [`MAX_CLAIMS`].
    #[n(1)]
    pub(crate) claims: Vec<Claim>,
}

/// One claim. Who knows what its tag was made of gives it up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Claim {
    #[n(0)]
    pub(crate) tag: ClaimTag,
    /// Unix milliseconds.
    #[n(1)]
    pub(crate) until: u64,
}

impl Claimed {
    fn end(&self) -> u64 {
        self.claims.iter().map(|claim| claim.until).fold(self.held, u64::max)
    }
}

impl BlobRow {
    /// A blob that nothing holds yet.
    pub(crate) fn new(size: u64) -> Self {
        Self { row: ROW, size, expires: 0, claimed: None, swept: None }
    }

    /// Holds it until then, and never shorter than before: by this claim, while there is room for one more, else so that nobody can
    /// give it up. Nothing is so deleted too early.
    pub(crate) fn hold(&mut self, tag: Option<ClaimTag>, until: u64, now: u64) {
        let mut claimed = self.take_claimed();
        claimed.claims.retain(|claim| claim.until > now);
        let room = claimed.claims.len() < MAX_CLAIMS;
        let known = claimed.claims.iter_mut().find(|claim| Some(claim.tag) == tag);
        match (known, tag) {
            (Some(claim), _) => claim.until = claim.until.max(until),
            (None, Some(tag)) if room => claimed.claims.push(Claim { tag, until }),
            (None, _) => claimed.held = claimed.held.max(until),
        }
        self.expires = claimed.end();
        self.put_claimed(claimed);
        self.swept = None;
    }

    /// Gives a claim up; whether there was one. When nothing else lasts, the blob is gone by any clock, and its bytes go with the first
    /// sweep after a while: an upload of the same bytes that another relay is just finishing would leave them behind.
    pub(crate) fn release(&mut self, tag: &ClaimTag, now: u64) -> bool {
        let mut claimed = self.take_claimed();
        let before = claimed.claims.len();
        claimed.claims.retain(|claim| claim.tag != *tag);
        let known = claimed.claims.len() < before;
        match claimed.end() {
            end if known && end <= now => {
                (self.expires, self.swept) = (0, Some(now.saturating_add(RELEASED_MS)));
                return true;
            }
            end => self.expires = end,
        }
        self.put_claimed(claimed);
        known
    }

    /// From when on the sweep may take it, Unix milliseconds.
    pub(crate) fn ends(&self) -> u64 {
        self.swept.unwrap_or(self.expires)
    }

    /// What it counts in the store.
    pub(crate) fn counted(&self) -> u64 {
        let claims = self.claimed.as_ref().map_or(0, |claimed| claimed.claims.len());
        BLOB_ROW_BYTES + CLAIM_BYTES * claims as u64
    }

    fn take_claimed(&mut self) -> Claimed {
        self.claimed.take().unwrap_or(Claimed { held: self.expires, claims: Vec::new() })
    }

    /// Without claims its end is that of what nobody can give up.
    fn put_claimed(&mut self, claimed: Claimed) {
        self.claimed = (!claimed.claims.is_empty()).then_some(claimed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn tag(n: u8) -> ClaimTag {
        ClaimTag::new([n; 32])
    }

    fn held(holds: &[(Option<u8>, u64)]) -> BlobRow {
        let mut row = BlobRow::new(10);
        holds.iter().for_each(|(n, until)| row.hold(n.map(tag), *until, 0));
        row
    }

    #[test]
    fn the_last_claim_that_is_given_up_ends_it_and_no_other_does() {
        let mut row = held(&[(Some(1), 500), (Some(2), 300)]);
        assert!(row.release(&tag(1), 100));
        assert_eq!((row.expires, row.ends()), (300, 300), "it lasts as long as the other's");
        assert!(!row.release(&tag(1), 100) && !row.release(&tag(9), 100));
        assert_eq!(row.expires, 300);
        assert!(row.release(&tag(2), 100));
        assert_eq!((row.expires, row.ends()), (0, 100 + RELEASED_MS));
        assert_eq!(row.counted(), BLOB_ROW_BYTES);
    }

    #[test]
    fn what_nobody_can_give_up_lasts_for_its_time_whoever_gives_up() {
        for holds in [[(None, 400), (Some(1), 500)], [(Some(1), 500), (None, 400)]] {
            let mut row = held(&holds);
            assert!(row.release(&tag(1), 100));
            assert_eq!((row.expires, row.claimed), (400, None));
        }
        let mut row = held(&[(None, 400), (Some(1), 500)]);
        assert!(row.release(&tag(1), 400));
        assert_eq!(row.expires, 0, "its time was over, and so is the blob's");
    }

    #[test]
    fn a_row_of_before_there_were_claims_is_one_hold_that_nobody_can_give_up() {
        let mut old = BlobRow { row: ROW, size: 10, expires: 400, claimed: None, swept: None };
        assert!(!old.release(&tag(1), 100));
        assert_eq!(old.expires, 400);
        old.hold(Some(tag(1)), 500, 100);
        assert!(old.release(&tag(1), 100));
        assert_eq!(old.expires, 400);
    }

    #[test]
    fn a_claim_is_prolonged_and_never_shortened() {
        let mut row = held(&[(Some(1), 500), (Some(1), 200)]);
        assert_eq!((row.expires, row.counted()), (500, BLOB_ROW_BYTES + CLAIM_BYTES));
        row.hold(Some(tag(1)), 900, 100);
        assert_eq!((row.expires, row.counted()), (900, BLOB_ROW_BYTES + CLAIM_BYTES));
    }

    #[test]
    fn what_comes_again_after_it_was_given_up_is_held_anew_and_swept_when_that_is_over() {
        let mut row = held(&[(Some(1), 500)]);
        row.release(&tag(1), 100);
        row.hold(Some(tag(1)), 700, 200);
        assert_eq!((row.expires, row.ends()), (700, 700));
        assert!(row.release(&tag(1), 300), "and can be given up anew");
        assert_eq!(row.expires, 0);
    }

    #[test]
    fn a_claim_above_the_most_is_a_hold_that_nobody_can_give_up_until_another_one_ends() {
        let most = MAX_CLAIMS as u8;
        let mut row = held(&(0..most).map(|n| (Some(n), 500)).collect::<Vec<_>>());
        row.hold(Some(tag(most)), 600, 100);
        assert_eq!(row.counted(), BLOB_ROW_BYTES + CLAIM_BYTES * MAX_CLAIMS as u64);
        assert!(!row.release(&tag(most), 100));
        (0..most).for_each(|n| assert!(row.release(&tag(n), 100)));
        assert_eq!(row.expires, 600);

        let mut row = held(&(0..most).map(|n| (Some(n), 500)).collect::<Vec<_>>());
        row.hold(Some(tag(most)), 900, 500);
        assert_eq!(row.counted(), BLOB_ROW_BYTES + CLAIM_BYTES, "those that are over make room");
        assert!(row.release(&tag(most), 600));
        assert_eq!(row.expires, 0);
    }

    proptest! {
        /// A plain list of holds, of which a release takes away those of its claim.
        #[test]
        fn it_lasts_as_long_as_the_longest_hold_that_was_not_given_up(
            acts in vec((any::<bool>(), prop::option::of(0..8_u8), 0..1000_u64, 0..60_u64), 1..60),
        ) {
            let (mut row, mut holds, mut now) = (BlobRow::new(10), Vec::new(), 0);
            for (release, claim, ahead, passes) in acts {
                now += passes;
                match (release, claim) {
                    (true, Some(n)) => {
                        row.release(&tag(n), now);
                        holds.retain(|(other, _)| *other != Some(n));
                    }
                    _ => {
                        row.hold(claim.map(tag), now + ahead, now);
                        holds.push((claim, now + ahead));
                    }
                }
                let lasts = holds.iter().map(|(_, until)| *until).max().filter(|end| *end > now);
                prop_assert_eq!((row.expires > now).then_some(row.expires), lasts);
                prop_assert!(row.ends() >= row.expires);
            }
        }
    }
}
