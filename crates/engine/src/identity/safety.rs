//! Safety numbers: 60 digits that two people compare to know that nobody stands between them.

use sha2::{Digest, Sha512};
use xchat_wire::PublicKey;

const CONTEXT: &[u8] = b"xchat safety number 1";
/// Rounds of hashing: makes the search for a key whose digits look alike 5,200 times as dear, as Signal does.
const ROUNDS: usize = 5_200;
const GROUPS: usize = 6;

/// The 60 digits of two identities: 12 groups of 5, a space between groups; the same whichever is named first.
///
/// Built as Signal's numeric fingerprints are: of each key, hash = SHA-512(context || key), then 5,200 times
/// SHA-512(hash || key); of the first 30 bytes, each 5 (big-endian) modulo 100,000 make a group. The lower 30 digits come first.
pub fn safety_number(a: &PublicKey, b: &PublicKey) -> String {
    let (a, b) = (half(a), half(b));
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    let groups: Vec<String> = first.iter().chain(&second).map(|group| format!("{group:05}")).collect();
    groups.join(" ")
}

fn half(key: &PublicKey) -> [u32; GROUPS] {
    let mut hash = Sha512::new().chain_update(CONTEXT).chain_update(key.as_bytes()).finalize();
    for _ in 0..ROUNDS {
        hash = Sha512::new().chain_update(hash).chain_update(key.as_bytes()).finalize();
    }
    let mut groups = [0; GROUPS];
    for (group, bytes) in groups.iter_mut().zip(hash.chunks_exact(5)) {
        let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        *group = (number % 100_000) as u32;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PublicKey = PublicKey::new([1; 32]);
    const B: PublicKey = PublicKey::new([2; 32]);

    #[test]
    fn the_digits_are_frozen() {
        // Computed with an independent implementation (Python's hashlib).
        assert_eq!(safety_number(&A, &B), "40792 42758 60978 56184 78808 03864 62476 28103 64986 21088 26224 11677");
    }

    #[test]
    fn both_people_see_the_same() {
        assert_eq!(safety_number(&A, &B), safety_number(&B, &A));
    }

    #[test]
    fn another_key_gives_other_digits() {
        let mut near = [2; 32];
        near[31] ^= 1;
        assert_ne!(safety_number(&A, &B), safety_number(&A, &PublicKey::new(near)));
    }

    #[test]
    fn it_is_twelve_groups_of_five_digits() {
        let number = safety_number(&A, &A);
        let groups: Vec<_> = number.split(' ').collect();
        assert_eq!(groups.len(), 12);
        assert!(groups.iter().all(|group| group.len() == 5 && group.bytes().all(|digit| digit.is_ascii_digit())));
    }
}
