//! Key packages: made for the own pool, checked when they come out of another one.

use openmls::prelude::{
    KeyPackage, KeyPackageBuilder, KeyPackageIn, Lifetime, MlsMessageBodyIn, MlsMessageOut, ProtocolVersion,
    tls_codec::Serialize as _,
};
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::PublicKey;

use super::{
    MlsError, MlsProvider,
    error::refused,
    group::parse,
    leaf::{Bearer, capabilities, of_package, profile},
};
use crate::room::LeafProfile;

/// How long a key package may be used: 90 days, in seconds. A day of clock error is allowed before it.
const PACKAGE_LIFETIME_S: u64 = 90 * 24 * 3600;
const CLOCK_ERROR_S: u64 = 24 * 3600;

/// Fresh key packages of this device, their private parts stored in the account's scope.
pub(crate) fn make_packages(
    provider: &MlsProvider,
    bearer: &Bearer,
    count: usize,
    last_resort: bool,
    now_ms: u64,
) -> Result<Vec<Vec<u8>>, MlsError> {
    let now = now_ms / 1000;
    (0..count)
        .map(|_| {
            let mut builder: KeyPackageBuilder = KeyPackage::builder()
                .leaf_node_capabilities(capabilities(provider.suite()))
                .leaf_node_extensions(bearer.extensions()?)
                .key_package_lifetime(Lifetime::init(now.saturating_sub(CLOCK_ERROR_S), now + PACKAGE_LIFETIME_S));
            if last_resort {
                builder = builder.mark_as_last_resort();
            }
            let bundle =
                builder.build(provider.suite(), provider, &bearer.signer, bearer.credential()).map_err(refused)?;
            MlsMessageOut::from(bundle.into_key_package()).tls_serialize_detached().map_err(refused)
        })
        .collect()
}

/// What the owner of a key package says of themselves.
pub(crate) fn introduction(package: &KeyPackage) -> Option<LeafProfile> {
    profile(package.leaf_node())
}

/// Validates a key package out of a pool: its suite, signature, lifetime, and that it speaks for `owner`.
pub(crate) fn check_package(provider: &MlsProvider, bytes: &[u8], owner: &PublicKey) -> Result<KeyPackage, MlsError> {
    let package: KeyPackageIn = match parse(bytes)? {
        MlsMessageBodyIn::KeyPackage(package) => package,
        _ => return Err(MlsError::Malformed),
    };
    let package = package.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(refused)?;
    if package.ciphersuite() != provider.suite() {
        return Err(MlsError::Foreign);
    }
    match of_package(&package)?.person == *owner {
        true => Ok(package),
        false => Err(MlsError::Leaf),
    }
}
