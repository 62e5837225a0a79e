//! The group context's extensions (RFC 9420 8.1): the group's state, and what each leaf must therefore understand.

use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};

use super::{MlsError, error::refused};
use crate::{
    picture::PictureId,
    room::{LEAF_EXTENSION, PICTURE_EXTENSION, ROOM_EXTENSION, RoomState},
};

/// What each leaf must understand.
pub(super) const OWN_EXTENSIONS: [u16; 3] = [ROOM_EXTENSION, LEAF_EXTENSION, PICTURE_EXTENSION];

fn required() -> Extension {
    let types = OWN_EXTENSIONS.map(ExtensionType::Unknown);
    Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(&types, &[], &[]))
}

/// A group's extensions. `picture`: the bytes of the one that the state names.
pub(super) fn extensions_of(state: &RoomState, picture: Option<Vec<u8>>) -> Result<Extensions<GroupContext>, MlsError> {
    if state.picture != picture.as_deref().and_then(PictureId::of) {
        return Err(MlsError::Missing);
    }
    let state = Extension::Unknown(ROOM_EXTENSION, UnknownExtension(state.to_bytes()));
    let picture = picture.map(|bytes| Extension::Unknown(PICTURE_EXTENSION, UnknownExtension(bytes)));
    Extensions::from_vec([required(), state].into_iter().chain(picture).collect()).map_err(refused)
}

/// The state in a group's extensions, which were checked when they came. None: there are none at all, as in a conversation of two.
/// Whatever else is there is not ours.
pub(super) fn state_of(extensions: &Extensions<GroupContext>) -> Result<Option<RoomState>, MlsError> {
    let extensions: Vec<&Extension> = extensions.iter().collect();
    match extensions.as_slice() {
        [] => Ok(None),
        [first, Extension::Unknown(ROOM_EXTENSION, UnknownExtension(bytes))]
        | [
            first,
            Extension::Unknown(ROOM_EXTENSION, UnknownExtension(bytes)),
            Extension::Unknown(PICTURE_EXTENSION, _),
        ] if **first == required() => RoomState::from_bytes(bytes).map(Some).map_err(|_| MlsError::Foreign),
        _ => Err(MlsError::Foreign),
    }
}

/// The same of extensions that others made: the picture beside the state must be the one that it names.
pub(super) fn checked_state_of(extensions: &Extensions<GroupContext>) -> Result<Option<RoomState>, MlsError> {
    let state = state_of(extensions)?;
    let there = extensions.unknown(PICTURE_EXTENSION);
    let picture = there.and_then(|picture| PictureId::of(&picture.0));
    let named = state.as_ref().and_then(|state| state.picture);
    match picture == named && picture.is_some() == there.is_some() {
        true => Ok(state),
        false => Err(MlsError::Foreign),
    }
}

/// The bytes of a group's picture.
pub(super) fn picture_of(extensions: &Extensions<GroupContext>) -> Option<Vec<u8>> {
    extensions.unknown(PICTURE_EXTENSION).map(|picture| picture.0.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{card::Name, room::RoomId};

    fn jpeg(filling: u8) -> Vec<u8> {
        [&[0xff, 0xd8, 0xff], [filling; 50].as_slice()].concat()
    }

    fn pictured() -> RoomState {
        let name = Name::parse("Hiking").unwrap();
        let mut state = RoomState::new(RoomId([7; 32]), name, xchat_wire::PublicKey::new([1; 32]));
        state.picture = PictureId::of(&jpeg(1));
        state
    }

    fn raw(state: &RoomState, beside: Vec<Extension>) -> Extensions<GroupContext> {
        let state = Extension::Unknown(ROOM_EXTENSION, UnknownExtension(state.to_bytes()));
        Extensions::from_vec([required(), state].into_iter().chain(beside).collect()).unwrap()
    }

    #[test]
    fn a_state_holds_with_the_picture_that_it_names_and_with_no_other() {
        let extensions = extensions_of(&pictured(), Some(jpeg(1))).unwrap();
        assert_eq!(checked_state_of(&extensions).unwrap(), Some(pictured()));
        assert_eq!(picture_of(&extensions), Some(jpeg(1)));
        let beside = |bytes| Extension::Unknown(PICTURE_EXTENSION, UnknownExtension(bytes));
        let mut plain = pictured();
        plain.picture = None;
        assert_eq!(checked_state_of(&raw(&plain, Vec::new())).unwrap(), Some(plain.clone()));
        for (state, beside) in [
            (pictured(), Vec::new()),
            (pictured(), vec![beside(jpeg(2))]),
            (plain.clone(), vec![beside(jpeg(1))]),
            (plain.clone(), vec![beside(b"<svg/>".to_vec())]),
            (pictured(), vec![beside(jpeg(1)), Extension::Unknown(0xF0C9, UnknownExtension(Vec::new()))]),
        ] {
            assert!(matches!(checked_state_of(&raw(&state, beside)), Err(MlsError::Foreign)));
        }
        for bytes in [Some(jpeg(2)), None] {
            assert!(matches!(extensions_of(&pictured(), bytes), Err(MlsError::Missing)));
        }
    }
}
