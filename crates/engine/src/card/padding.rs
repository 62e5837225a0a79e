//! Padding before sealing: length (u32, big-endian), the bytes, zeros up to a coarse size.

use zeroize::Zeroizing;

const PREFIX: usize = 4;

/// Framed and padded so that the result is a multiple of `granule(framed length)` bytes.
///
/// `extra` is the capacity to leave for what the cipher adds, so that sealing in place does not copy the secret.
pub(crate) fn pad(bytes: &[u8], granule: impl Fn(usize) -> usize, extra: usize) -> Zeroizing<Vec<u8>> {
    let framed = PREFIX + bytes.len();
    let padded = framed.next_multiple_of(granule(framed));
    let length = u32::try_from(bytes.len()).expect("callers bound what they seal far below 4 GiB");
    let mut out = Zeroizing::new(Vec::with_capacity(padded + extra));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    out.resize(padded, 0);
    out
}

/// The bytes without frame and padding; `None` if they were not padded by [`pad`].
pub(crate) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<PREFIX>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (bytes, zeros) = rest.split_at_checked(length)?;
    zeros.iter().all(|zero| *zero == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_length_beyond_the_bytes_is_refused() {
        assert_eq!(unpad(&[0, 0, 0, 2, 1]), None);
        assert_eq!(unpad(&[0xff; 8]), None);
        assert_eq!(unpad(&[0, 0, 0]), None);
    }

    #[test]
    fn padding_that_is_not_zero_is_refused() {
        assert_eq!(unpad(&[0, 0, 0, 1, 9, 0, 1]), None);
    }

    proptest! {
        #[test]
        fn bytes_survive_and_only_the_granule_shows(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let padded = pad(&bytes, |_| 512, 0);
            prop_assert_eq!(padded.len() % 512, 0);
            prop_assert!(padded.len() < bytes.len() + 4 + 512);
            prop_assert_eq!(unpad(&padded), Some(bytes.as_slice()));
        }
    }
}
