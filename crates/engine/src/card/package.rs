//! Key packages in a pool: sealed, since the credential inside names the person, and the relay hands them out.

use thiserror::Error;
use xchat_wire::{Address, MAX_PACKAGE};
use zeroize::Zeroizing;

use super::WriterSeed;
use crate::seal::{OpenError, Sealer};

const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat key package 1";

/// Why a package of a pool is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PackageError {
    /// Sealed by a later version of the app.
    #[error("sealed key package of unknown format {0}")]
    Format(u8),
    /// Not sealed for this inbox with this seed, changed since, or over the limit.
    #[error("key package does not open")]
    Sealed,
    /// Sealed it would be over the relay's limit.
    #[error("key package of {0} bytes is over the limit")]
    TooLarge(usize),
}

/// Seals one key package for the pool of `inbox`; whoever knows the card can open it. `nonce`: fresh random bytes.
pub fn seal_package(
    writer: &WriterSeed,
    inbox: &Address,
    nonce: [u8; 24],
    package: &[u8],
) -> Result<Vec<u8>, PackageError> {
    if package.len() > MAX_PACKAGE - Sealer::OVERHEAD {
        return Err(PackageError::TooLarge(package.len()));
    }
    Ok(Sealer::new(&writer.package_key()).seal(FORMAT, nonce, &associated(inbox), package))
}

/// Opens what the relay took from the pool of `inbox`. Anyone who knows the card could have sealed it: the key package's own
/// signature and certificate say whose it is.
pub fn open_package(writer: &WriterSeed, inbox: &Address, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, PackageError> {
    if sealed.len() > MAX_PACKAGE {
        return Err(PackageError::Sealed);
    }
    Sealer::new(&writer.package_key()).open(FORMAT, &associated(inbox), sealed).map_err(|error| match error {
        OpenError::Format(format) => PackageError::Format(format),
        OpenError::Sealed => PackageError::Sealed,
    })
}

fn associated(inbox: &Address) -> Vec<u8> {
    [CONTEXT, inbox.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INBOX: Address = Address::new([1; 32]);
    const NONCE: [u8; 24] = [4; 24];

    fn writer() -> WriterSeed {
        WriterSeed::new([5; 32])
    }

    #[test]
    fn the_bytes_are_frozen() {
        let sealed = seal_package(&writer(), &INBOX, NONCE, b"package").unwrap();
        assert_eq!(
            hex::encode(sealed),
            "01040404040404040404040404040404040404040404040404c9b6b3f8eb9ad3cfbc1d9b68562f640776bc47e090bc76"
        );
    }

    #[test]
    fn a_package_opens_for_its_inbox_and_writer_only() {
        let sealed = seal_package(&writer(), &INBOX, NONCE, b"package").unwrap();
        assert_eq!(open_package(&writer(), &INBOX, &sealed).unwrap().as_slice(), b"package");
        assert_eq!(open_package(&writer(), &Address::new([2; 32]), &sealed), Err(PackageError::Sealed));
        assert_eq!(open_package(&WriterSeed::new([6; 32]), &INBOX, &sealed), Err(PackageError::Sealed));
    }

    #[test]
    fn the_largest_package_fits_a_pool_and_one_byte_more_does_not() {
        let most = vec![0; MAX_PACKAGE - Sealer::OVERHEAD];
        let sealed = seal_package(&writer(), &INBOX, NONCE, &most).unwrap();
        assert_eq!(sealed.len(), MAX_PACKAGE);
        assert!(open_package(&writer(), &INBOX, &sealed).is_ok());
        let more = vec![0; most.len() + 1];
        assert_eq!(seal_package(&writer(), &INBOX, NONCE, &more), Err(PackageError::TooLarge(more.len())));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(open_package(&writer(), &INBOX, &bytes).is_err());
        }
    }
}
