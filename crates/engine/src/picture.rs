//! Small pictures of people and groups, as they travel with a card's owner and a group's state.
//!
//! The page makes them small and writes them anew, so that nothing of the camera's notes is left. What comes from others is bytes with a
//! known beginning and a bounded length; it is the browser that decodes them, in an image and nowhere else.

use minicbor::CborLen;
use sha2::{Digest, Sha256};
use xchat_wire::cbor::{Decode, Encode};

/// Largest picture in bytes: a person's lies on their card, with their devices, in a relay's cell; a group's in each member's state.
pub const MAX_PICTURE: usize = 8 * 1024;

/// Which picture: the first half of the SHA-256 hash of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct PictureId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl PictureId {
    /// Of these bytes, if they are a picture: JPEG, PNG or WebP by their first bytes, and at most [`MAX_PICTURE`].
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        kind(bytes).filter(|_| bytes.len() <= MAX_PICTURE)?;
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(bytes)[..16]);
        Some(Self(id))
    }
}

/// The media type of a picture by its first bytes.
pub fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes_and_is_not_large() {
        let webp = [b"RIFF\x10\0\0\0WEBPVP8 ".as_slice(), &[7; 40]].concat();
        assert_eq!(kind(&webp), Some("image/webp"));
        assert_eq!(kind(&[0xff, 0xd8, 0xff, 0xe0]), Some("image/jpeg"));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(PictureId::of(&webp).map(|id| id.0.to_vec()), Some(Sha256::digest(&webp)[..16].to_vec()));
        for other in [b"<svg xmlns=".as_slice(), b"GIF89a", b"<!DOCTYPE html>", b"", b"RIFF\x10\0\0\0WAVE"] {
            assert_eq!(PictureId::of(other), None);
        }
        let large = |len: usize| [vec![0xff, 0xd8, 0xff], vec![0; len - 3]].concat();
        assert!(PictureId::of(&large(MAX_PICTURE)).is_some());
        assert_eq!(PictureId::of(&large(MAX_PICTURE + 1)), None);
    }
}
