//! What a row holds.

/// First byte of a row key. Stored for years: numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Label {
    JoinConfig = 1,
    Tree = 2,
    InterimHash = 3,
    Context = 4,
    ConfirmationTag = 5,
    GroupState = 6,
    MessageSecrets = 7,
    ResumptionPsks = 8,
    OwnLeafIndex = 9,
    EpochSecrets = 10,
    SignatureKey = 11,
    EncryptionKey = 12,
    KeyPackage = 13,
    Psk = 14,
    OwnLeafNodes = 15,
    Proposal = 16,
    EpochKeys = 17,
    ProposalRefs = 18,
    /// The row of entities that change together, of all groups of its scope.
    Epoch = 19,
}

impl Label {
    /// Its entities are parts of the one row. The tree can be large and the message secrets change with every message: not they.
    pub(super) fn is_part(self) -> bool {
        use Label::*;
        matches!(
            self,
            JoinConfig
                | InterimHash
                | Context
                | ConfirmationTag
                | GroupState
                | ResumptionPsks
                | OwnLeafIndex
                | EpochSecrets
                | EpochKeys
        )
    }
}
