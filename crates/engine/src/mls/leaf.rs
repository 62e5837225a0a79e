//! Leaves: what this device puts into them, and whom others speak for.

use openmls::prelude::{
    BasicCredential, Capabilities, Credential, CredentialWithKey, Extension, ExtensionType, Extensions, KeyPackage,
    LeafNode, ProtocolVersion, UnknownExtension,
};
use openmls_traits::types::Ciphersuite;

use super::{DeviceSigner, MlsError, error::refused, shared::OWN_EXTENSIONS};
use crate::{
    identity::DeviceCertificate,
    room::{Device, LEAF_EXTENSION, LeafProfile},
    state::Introduced,
};

/// What this device is in every group: its signature key, the certificate for it, and what its owner says of themselves.
pub(crate) struct Bearer {
    pub(crate) signer: DeviceSigner,
    pub(crate) certificate: Vec<u8>,
    pub(crate) profile: LeafProfile,
}

impl Bearer {
    pub(super) fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.certificate.clone()).into(),
            signature_key: self.signer.0.verifying_key().to_bytes().to_vec().into(),
        }
    }

    pub(super) fn extensions(&self) -> Result<Extensions<LeafNode>, MlsError> {
        let profile = UnknownExtension(self.profile.to_bytes());
        Extensions::single(Extension::Unknown(LEAF_EXTENSION, profile)).map_err(refused)
    }
}

pub(super) fn capabilities(suite: Ciphersuite) -> Capabilities {
    let own = OWN_EXTENSIONS.map(ExtensionType::Unknown);
    let extensions = std::iter::once(ExtensionType::LastResort).chain(own);
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![suite])
        .extensions(extensions.collect())
        .build()
}

/// The device of a leaf, once its certificate holds for its signature key.
pub(super) fn certified(credential: &Credential, signature_key: &[u8]) -> Result<Device, MlsError> {
    let certificate = BasicCredential::try_from(credential.clone()).map_err(|_| MlsError::Leaf)?;
    DeviceCertificate::verify(certificate.identity(), signature_key)
        .map(|certificate| Device { person: *certificate.identity(), key: *certificate.device() })
        .map_err(|_| MlsError::Leaf)
}

/// The device of a leaf that was checked when it came into the group: reading costs a hundredth of checking.
pub(super) fn known(credential: &Credential) -> Result<Device, MlsError> {
    let certificate = BasicCredential::try_from(credential.clone()).map_err(|_| MlsError::Leaf)?;
    DeviceCertificate::read(certificate.identity())
        .map(|certificate| Device { person: *certificate.identity(), key: *certificate.device() })
        .map_err(|_| MlsError::Leaf)
}

/// What a leaf's owner says of themselves.
pub(super) fn profile(leaf: &LeafNode) -> Option<LeafProfile> {
    LeafProfile::from_bytes(&leaf.extensions().unknown(LEAF_EXTENSION)?.0)
}

/// Who a leaf belongs to, in their own words.
pub(super) fn introduced(leaf: &LeafNode, device: &Device) -> Option<Introduced> {
    profile(leaf).map(|profile| Introduced { person: device.person, profile })
}

/// Who a checked key package speaks for.
pub(super) fn of_package(package: &KeyPackage) -> Result<Device, MlsError> {
    let leaf = package.leaf_node();
    certified(leaf.credential(), leaf.signature_key().as_slice())
}
