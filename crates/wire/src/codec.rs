//! Bytes to frames and back, bounded.

use minicbor::{CborLen, Decode, Encode};
use thiserror::Error;

use crate::MAX_FRAME;

/// Why bytes are no frame. The receiver ends the connection: a peer that garbles once cannot be followed any further.
#[derive(Debug, Error)]
pub enum FrameError {
    /// Over [`MAX_FRAME`].
    #[error("frame of {0} bytes is over the limit of {MAX_FRAME}")]
    TooLarge(usize),
    /// Not CBOR of the expected shape, or a frame of a later version.
    #[error("not a frame of this protocol: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// A frame and something behind it.
    #[error("{0} bytes behind the frame")]
    Trailing(usize),
}

/// One frame as the payload of one binary WebSocket message.
pub fn encode<T: Encode<()> + CborLen<()>>(frame: &T) -> Vec<u8> {
    // Into a Vec of its own, as all that is no frame is written: whoever writes both has one encoder of a type, not two.
    let mut encoder = minicbor::Encoder::new(Vec::with_capacity(minicbor::len(frame)));
    // Writing into a Vec cannot fail, and no frame type has an encoder of its own that does.
    encoder.encode(frame).expect("a Vec takes every byte");
    encoder.into_writer()
}

/// The one frame in these bytes.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, FrameError> {
    if bytes.len() > MAX_FRAME {
        return Err(FrameError::TooLarge(bytes.len()));
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    let frame = decoder.decode()?;
    match bytes.len() - decoder.position() {
        0 => Ok(frame),
        rest => Err(FrameError::Trailing(rest)),
    }
}
