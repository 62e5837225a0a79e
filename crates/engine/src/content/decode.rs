//! Bytes from another member to a message: bounded, and refused rather than mended.

use minicbor::Decoder;
use minicbor::data::Type;
use thiserror::Error;

use super::extension::{MAX_EXTENSION, MAX_EXTENSIONS, MAX_NAME};
use super::message_id;
use super::{Body, Disposition, Expiry, ExtensionName, Extensions, External, Message, MessageId, Part, Semantics};

/// Largest message in bytes: what a relay takes as one record.
pub const MAX_MESSAGE: usize = xchat_wire::MAX_BODY;
/// Most parts of one message, those that hold others included.
pub const MAX_PARTS: usize = 128;
/// Deepest nesting of parts: the outermost is 1.
pub const MAX_DEPTH: usize = 8;

/// Why bytes are no message. All are final for these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ContentError {
    /// Over [`MAX_MESSAGE`].
    #[error("message of {0} bytes is over the limit")]
    TooLarge(usize),
    /// Over [`MAX_PARTS`] or [`MAX_DEPTH`].
    #[error("message with too many parts")]
    TooManyParts,
    /// Over [`MAX_EXTENSIONS`] or [`MAX_EXTENSION`].
    #[error("message with too much in its extensions")]
    TooManyExtensions,
    /// Not CBOR.
    #[error("message is not well-formed")]
    Syntax,
    /// CBOR, but not what the draft says a message is.
    #[error("message has {0}")]
    Malformed(&'static str),
    /// It states another sender or another room than it came from.
    #[error("message states another {0} than it came from")]
    Elsewhere(&'static str),
}

impl From<minicbor::decode::Error> for ContentError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Syntax
    }
}

type Result<T> = std::result::Result<T, ContentError>;

impl Message {
    /// The message in these bytes, and its id. The URIs are those of the member that MLS says sent it, and of the room; what
    /// the message itself states must agree.
    pub fn open(bytes: &[u8], sender_uri: &str, room_uri: &str) -> Result<(Self, MessageId)> {
        let message = Self::decode(bytes)?;
        if message.extensions.sender_uri().is_some_and(|stated| stated != sender_uri) {
            return Err(ContentError::Elsewhere("sender"));
        }
        if message.extensions.room_uri().is_some_and(|stated| stated != room_uri) {
            return Err(ContentError::Elsewhere("room"));
        }
        let id = message_id(sender_uri, room_uri, bytes, &message.salt);
        Ok((message, id))
    }

    /// The message in these bytes, whoever sent it.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_MESSAGE {
            return Err(ContentError::TooLarge(bytes.len()));
        }
        let mut d = Decoder::new(bytes);
        array_of(&mut d, 7, "not seven fields")?;
        let message = Self {
            salt: d.bytes()?.try_into().map_err(|_| ContentError::Malformed("a salt of another length"))?,
            replaces: id(&mut d)?,
            topic_id: d.bytes()?.to_vec(),
            expires: expires(&mut d)?,
            in_reply_to: id(&mut d)?,
            extensions: extensions(&mut d)?,
            part: part(&mut d, 1, &mut 0)?,
        };
        match d.position() == bytes.len() {
            true => Ok(message),
            false => Err(ContentError::Malformed("bytes behind it")),
        }
    }
}

/// The length of an array or map; indefinite ones are not deterministic, so no message has them.
fn definite(length: Option<u64>) -> Result<u64> {
    length.ok_or(ContentError::Malformed("an item of indefinite length"))
}

fn array_of(d: &mut Decoder<'_>, length: u64, or: &'static str) -> Result<()> {
    match definite(d.array()?)? == length {
        true => Ok(()),
        false => Err(ContentError::Malformed(or)),
    }
}

fn is_null(d: &mut Decoder<'_>) -> Result<bool> {
    let null = d.datatype()? == Type::Null;
    if null {
        d.null()?;
    }
    Ok(null)
}

fn id(d: &mut Decoder<'_>) -> Result<Option<MessageId>> {
    if is_null(d)? {
        return Ok(None);
    }
    let id = d.bytes()?.try_into().map_err(|_| ContentError::Malformed("a message id of another length"))?;
    Ok(Some(MessageId::new(id)))
}

fn expires(d: &mut Decoder<'_>) -> Result<Option<Expiry>> {
    if is_null(d)? {
        return Ok(None);
    }
    array_of(d, 2, "an expiry that is no pair")?;
    Ok(Some(match d.bool()? {
        true => Expiry::Relative(d.u32()?),
        false => Expiry::Absolute(d.u32()?),
    }))
}

fn extensions(d: &mut Decoder<'_>) -> Result<Extensions> {
    let count = definite(d.map()?)?;
    if count > MAX_EXTENSIONS as u64 {
        return Err(ContentError::TooManyExtensions);
    }
    let mut extensions = Extensions::default();
    for _ in 0..count {
        let name = match d.datatype()? {
            Type::String => ExtensionName::Text(d.str()?.to_owned()),
            _ => ExtensionName::Number(d.i64()?),
        };
        if matches!(&name, ExtensionName::Text(text) if text.is_empty() || text.len() > MAX_NAME) {
            return Err(ContentError::Malformed("an extension's name of another length"));
        }
        let start = d.position();
        d.skip()?;
        let value = d.input().get(start..d.position()).ok_or(ContentError::Syntax)?;
        if value.len() > MAX_EXTENSION {
            return Err(ContentError::TooManyExtensions);
        }
        extensions.receive(name, value)?;
    }
    Ok(extensions)
}

fn part(d: &mut Decoder<'_>, depth: usize, count: &mut usize) -> Result<Part> {
    *count += 1;
    if depth > MAX_DEPTH || *count > MAX_PARTS {
        return Err(ContentError::TooManyParts);
    }
    let fields = definite(d.array()?)?;
    let disposition = Disposition::from(d.u8()?);
    let language = d.str()?.to_owned();
    let body = match (d.u8()?, fields) {
        (0, 3) => Body::Null,
        (1, 5) => Body::Single { content_type: d.str()?.to_owned(), content: d.bytes()?.to_vec() },
        (2, 15) => Body::External(Box::new(external(d)?)),
        (3, 5) => multi(d, depth, count)?,
        _ => return Err(ContentError::Malformed("a part of unknown shape")),
    };
    Ok(Part { disposition, language, body })
}

fn multi(d: &mut Decoder<'_>, depth: usize, count: &mut usize) -> Result<Body> {
    let semantics = match d.u8()? {
        0 => Semantics::ChooseOne,
        1 => Semantics::SingleUnit,
        2 => Semantics::ProcessAll,
        _ => return Err(ContentError::Malformed("parts of unknown semantics")),
    };
    let length = definite(d.array()?)?;
    if length < 2 {
        return Err(ContentError::Malformed("a multi part of fewer than two"));
    }
    if length > MAX_PARTS as u64 {
        return Err(ContentError::TooManyParts);
    }
    let parts = (0..length).map(|_| part(d, depth + 1, count)).collect::<Result<_>>()?;
    Ok(Body::Multi { semantics, parts })
}

fn external(d: &mut Decoder<'_>) -> Result<External> {
    Ok(External {
        content_type: d.str()?.to_owned(),
        url: d.str()?.to_owned(),
        expires: d.u32()?,
        size: d.u64()?,
        encryption: d.u16()?,
        key: d.bytes()?.to_vec(),
        nonce: d.bytes()?.to_vec(),
        aad: d.bytes()?.to_vec(),
        hash: d.u8()?,
        content_hash: d.bytes()?.to_vec(),
        description: d.str()?.to_owned(),
        filename: d.str()?.to_owned(),
    })
}
