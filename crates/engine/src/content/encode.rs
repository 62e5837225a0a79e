//! A message as the draft's deterministic bytes (CBOR, RFC 8949 4.2.1).

use minicbor::Encoder;
use minicbor::encode::Error;

use super::{Body, Expiry, External, Message, MessageId, Part};

type Result<T = ()> = std::result::Result<T, Error<std::convert::Infallible>>;
type Out = Encoder<Vec<u8>>;

impl Message {
    /// The bytes to encrypt. The same message always gives the same bytes; they may be over [`super::MAX_MESSAGE`].
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::new(Vec::with_capacity(256));
        message(&mut out, self).expect("writing into a Vec cannot fail");
        out.into_writer()
    }
}

fn message(out: &mut Out, message: &Message) -> Result {
    out.array(7)?.bytes(&message.salt)?;
    id(out, message.replaces)?;
    out.bytes(&message.topic_id)?;
    match message.expires {
        None => out.null()?,
        Some(Expiry::Absolute(time)) => out.array(2)?.bool(false)?.u32(time)?,
        Some(Expiry::Relative(time)) => out.array(2)?.bool(true)?.u32(time)?,
    };
    id(out, message.in_reply_to)?;
    let later = crate::later::extension();
    out.map((message.extensions.iter().len() + usize::from(later.is_some())) as u64)?;
    for extension in message.extensions.iter() {
        out.writer_mut().extend_from_slice(&extension.name.encoded());
        out.writer_mut().extend_from_slice(&extension.value);
    }
    out.writer_mut().extend_from_slice(later.unwrap_or_default());
    part(out, &message.part)
}

fn id(out: &mut Out, id: Option<MessageId>) -> Result {
    match id {
        None => out.null()?,
        Some(id) => out.bytes(id.as_bytes())?,
    };
    Ok(())
}

fn part(out: &mut Out, part: &Part) -> Result {
    let (length, cardinality) = match &part.body {
        Body::Null => (3, 0),
        Body::Single { .. } => (5, 1),
        Body::External(_) => (15, 2),
        Body::Multi { .. } => (5, 3),
    };
    out.array(length)?.u8(part.disposition.number())?.str(&part.language)?.u8(cardinality)?;
    match &part.body {
        Body::Null => Ok(()),
        Body::Single { content_type, content } => out.str(content_type)?.bytes(content)?.ok(),
        Body::External(body) => external(out, body),
        Body::Multi { semantics, parts } => {
            out.u8(semantics.number())?.array(parts.len() as u64)?;
            parts.iter().try_for_each(|inner| self::part(out, inner))
        }
    }
}

fn external(out: &mut Out, body: &External) -> Result {
    out.str(&body.content_type)?
        .str(&body.url)?
        .u32(body.expires)?
        .u64(body.size)?
        .u16(body.encryption)?
        .bytes(&body.key)?
        .bytes(&body.nonce)?
        .bytes(&body.aad)?
        .u8(body.hash)?
        .bytes(&body.content_hash)?
        .str(&body.description)?
        .str(&body.filename)?
        .ok()
}
