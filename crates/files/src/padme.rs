//! Padding to Padmé sizes: a length tells at most O(log log n) bits (Nikitin et al., "Reducing Metadata Leakage from
//! Encrypted Files and Communication with PURBs", 2019).

/// Smallest block, in bytes: short texts all look alike.
const FLOOR: usize = 256;

/// The block that a plaintext of `len` bytes is padded to a multiple of. Never under 256 bytes.
pub fn block(len: usize) -> usize {
    let Some(e) = len.checked_ilog2() else { return FLOOR };
    let s = e.checked_ilog2().map_or(1, |s| s + 1);
    (1usize << e.saturating_sub(s)).max(FLOOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_share_one_size() {
        assert!((0..=256).all(|len| block(len) == 256));
    }

    #[test]
    fn padding_costs_under_an_eighth_above_the_floor() {
        for len in [4_096, 10_000, 65_537, 250_000] {
            let block = block(len);
            let padded = len.div_ceil(block) * block;
            assert!(padded - len < len / 8, "{len} -> {padded}");
        }
    }

    #[test]
    fn all_lengths_between_two_powers_of_two_share_few_sizes() {
        let sizes: std::collections::BTreeSet<_> =
            (65_536..131_072).map(|len: usize| len.div_ceil(block(len)) * block(len)).collect();
        assert!(sizes.len() <= 33, "{}", sizes.len());
    }
}
