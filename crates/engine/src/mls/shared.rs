//! The group context's extensions (RFC 9420 8.1): the group's state, and what each leaf must therefore understand.

use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};

use super::{MlsError, error::refused};
use crate::room::{LEAF_EXTENSION, ROOM_EXTENSION, RoomState};

fn required() -> Extension {
    let types = [ExtensionType::Unknown(ROOM_EXTENSION), ExtensionType::Unknown(LEAF_EXTENSION)];
    Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(&types, &[], &[]))
}

/// A group's extensions.
pub(super) fn extensions_of(state: &RoomState) -> Result<Extensions<GroupContext>, MlsError> {
    let state = Extension::Unknown(ROOM_EXTENSION, UnknownExtension(state.to_bytes()));
    Extensions::from_vec(vec![required(), state]).map_err(refused)
}

/// The state in a group's extensions. None: there are none at all, as in a conversation of two. Whatever else is there is not ours.
pub(super) fn state_of(extensions: &Extensions<GroupContext>) -> Result<Option<RoomState>, MlsError> {
    let extensions: Vec<&Extension> = extensions.iter().collect();
    match extensions.as_slice() {
        [] => Ok(None),
        [first, Extension::Unknown(ROOM_EXTENSION, UnknownExtension(bytes))] if **first == required() => {
            RoomState::from_bytes(bytes).map(Some).map_err(|_| MlsError::Foreign)
        }
        _ => Err(MlsError::Foreign),
    }
}
