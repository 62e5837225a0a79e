//! Files as MIMI has them: an external part for each, and beside it what it is like.
//!
//! The external part names sealed chunks in its URL, `xchat-blobs:` and the hashes one after the other in base64url. `key` is the keying
//! material and `nonce` the salt of RFC 8188, whose cipher (AES-128-GCM) `encryption` names; `content_hash` is over the hashes.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use xchat_files::{FileKey, FileSource, Layout};
use xchat_wire::BlobHash;

use super::{Body, Disposition, External, MARKDOWN, Message, Part, Semantics, text::Attached};
use crate::{
    api::{Attachment, MAX_FILE_NAME, MAX_FILE_PREVIEW, MAX_WAVEFORM, Media, StagedFile},
    state,
};

/// The content type of what a picture, a video or a recording is like: CBOR of [`Media`] without its preview.
pub const MEDIA_TYPE: &str = "application/vnd.xchat.media";
/// What the URL of a file in chunks begins with.
const SCHEME: &str = "xchat-blobs:";
/// AES-128-GCM in IANA's registry of AEAD algorithms.
const AES_128_GCM: u16 = 1;
/// SHA-256 in IANA's registry of named information hashes.
const SHA_256: u8 = 1;

/// A text with parts of files, either of which may be missing.
pub(crate) fn with_files(text: &str, files: Vec<Part>) -> Part {
    let text = (!text.trim().is_empty()).then(|| Part::single(Disposition::Render, MARKDOWN, text.into()));
    let mut parts: Vec<Part> = text.into_iter().chain(files).collect();
    match parts.len() {
        1 => parts.remove(0),
        _ => multi(Disposition::Render, Semantics::ProcessAll, parts),
    }
}

/// The same files below another text.
pub(crate) fn with_text(part: &Part, text: &str) -> Part {
    let is_text = |part: &Part| ["text/markdown", "text/plain"].iter().any(|kind| part.content(kind).is_some());
    let files: Vec<Part> = match &part.body {
        Body::Multi { semantics: Semantics::ProcessAll, parts } => {
            parts.iter().filter(|part| !is_text(part)).cloned().collect()
        }
        Body::Multi { .. } | Body::External(_) => vec![part.clone()],
        Body::Null | Body::Single { .. } => Vec::new(),
    };
    let text = Part::single(Disposition::Render, MARKDOWN, text.into());
    match files.is_empty() {
        true => text,
        false => multi(Disposition::Render, Semantics::ProcessAll, [vec![text], files].concat()),
    }
}

fn multi(disposition: Disposition, semantics: Semantics, parts: Vec<Part>) -> Part {
    Part { disposition, language: String::new(), body: Body::Multi { semantics, parts } }
}

/// The part of a message that offers a file.
pub(crate) fn file_part(file: &StagedFile) -> Part {
    let disposition = if file.shown { Disposition::Render } else { Disposition::Attachment };
    let hashes: Vec<u8> = file.source.chunks.iter().flat_map(|chunk| *chunk.as_bytes()).collect();
    let external = External {
        content_type: file.content_type.clone(),
        url: [SCHEME, &Base64UrlUnpadded::encode_string(&hashes)].concat(),
        expires: 0,
        size: file.source.size,
        encryption: AES_128_GCM,
        key: file.source.key.bytes().to_vec(),
        nonce: file.source.salt.to_vec(),
        aad: Vec::new(),
        hash: SHA_256,
        content_hash: Sha256::digest(&hashes).to_vec(),
        description: String::new(),
        filename: file.name.clone(),
    };
    let external = Part { disposition, language: String::new(), body: Body::External(Box::new(external)) };
    if file.media == Media::default() {
        return external;
    }
    let mut parts = vec![external];
    if !file.media.preview.is_empty() {
        let kind = if file.media.preview.starts_with(b"RIFF") { "image/webp" } else { "image/jpeg" };
        parts.push(Part::single(Disposition::Preview, kind, file.media.preview.to_vec()));
    }
    let media = Media { preview: Vec::new().into(), ..file.media.clone() };
    parts.push(Part::single(Disposition::Preview, MEDIA_TYPE, state::encode(&media)));
    multi(disposition, Semantics::SingleUnit, parts)
}

/// A part of one file, from its bytes. The relay keeps what it names until then (Unix seconds). None: it is no file that can be sent.
pub(crate) fn file_from(bytes: &[u8], expires: u32) -> Option<(Part, FileSource)> {
    let mut part = Message::decode(bytes).ok()?.part;
    let external = match &mut part.body {
        Body::Multi { semantics: Semantics::SingleUnit, parts } => parts.first_mut().map(|part| &mut part.body),
        body => Some(body),
    };
    let Some(Body::External(external)) = external else { return None };
    external.expires = expires;
    let source = source(external).filter(|_| external.filename.len() <= MAX_FILE_NAME)?;
    Some((part, source))
}

/// The relay keeps files in chunks, wherever they stand in a message, until then (Unix seconds).
pub(crate) fn keep_until(part: &mut Part, expires: u32) {
    match &mut part.body {
        Body::External(external) if source(external).is_some() => external.expires = expires,
        Body::Multi { parts, .. } => parts.iter_mut().for_each(|part| keep_until(part, expires)),
        _ => {}
    }
}

/// What is offered, as far as it holds together.
pub(crate) fn attachment(attached: &Attached<'_>) -> Attachment {
    let mut media: Media = attached.media.and_then(|bytes| minicbor::decode(bytes).ok()).unwrap_or_default();
    if media.waveform.len() > MAX_WAVEFORM {
        media.waveform = Vec::new().into();
    }
    let preview = attached.preview.filter(|preview| preview.len() <= MAX_FILE_PREVIEW);
    media.preview = preview.unwrap_or_default().to_vec().into();
    Attachment {
        name: cut(attached.name).to_owned(),
        content_type: attached.content_type.to_owned(),
        size: attached.size,
        shown: attached.shown,
        media,
        source: attached.external.and_then(source),
        expires: attached.external.map(|external| u64::from(external.expires) * 1000).filter(|expires| *expires > 0),
    }
}

/// Where a file is. None: not in our way, or in one that contradicts itself.
fn source(external: &External) -> Option<FileSource> {
    let hashes = Base64UrlUnpadded::decode_vec(external.url.strip_prefix(SCHEME)?).ok()?;
    let ours = external.encryption == AES_128_GCM
        && external.aad.is_empty()
        && external.hash == SHA_256
        && external.content_hash == Sha256::digest(&hashes).as_slice();
    let chunks: Option<Vec<BlobHash>> = hashes.chunks(BlobHash::LEN).map(BlobHash::from_slice).collect();
    let chunks = chunks.filter(|chunks| ours && fits(external.size, chunks))?;
    let key = FileKey::new(external.key.as_slice().try_into().ok()?);
    let salt: [u8; 16] = external.nonce.as_slice().try_into().ok()?;
    Some(FileSource { key, salt: salt.into(), size: external.size, chunks })
}

fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_FILE_NAME)]
}

/// Whether a file of this size lies in so many chunks.
pub(crate) fn fits(size: u64, chunks: &[BlobHash]) -> bool {
    Layout::of(size).is_some_and(|layout| layout.chunks() as usize == chunks.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn staged(size: u64, media: Media) -> StagedFile {
        let chunks = Layout::of(size).unwrap().chunks();
        let chunks = (0..chunks).map(|at| BlobHash::new([at as u8; 32])).collect();
        let source = FileSource { key: FileKey::new([1; 16]), salt: [2; 16].into(), size, chunks };
        StagedFile { name: "Ça.jpg".to_owned(), content_type: "image/jpeg".to_owned(), source, shown: true, media }
    }

    fn media() -> Media {
        Media { width: 3, height: 4, preview: b"RIFF".to_vec().into(), ..Media::default() }
    }

    fn files_of(message: &Message) -> Vec<Attachment> {
        message.attached().iter().map(attachment).collect()
    }

    #[test]
    fn files_come_out_of_a_message_as_they_went_in_with_the_text_above_them() {
        let files = [staged(5, media()), StagedFile { shown: false, ..staged(30 << 20, Media::default()) }];
        for (text, count) in [("", 1), ("a caption", 1), ("", 2), ("a caption", 2)] {
            let parts = files[..count].iter().map(|file| file_from(&file.to_bytes(), 9).unwrap());
            let parts = parts.zip(&files).map(|((part, source), file)| {
                assert_eq!(source, file.source);
                part
            });
            let message = Message::of([0; 16], with_files(text, parts.collect()));
            let message = Message::decode(&message.encode()).unwrap();
            assert_eq!(message.shown_text().unwrap_or_default(), text);
            let found = files_of(&message);
            assert_eq!(found.len(), count);
            for (found, file) in found.iter().zip(&files) {
                assert_eq!(found.source.as_ref(), Some(&file.source));
                assert_eq!((&found.name, &found.media, found.shown), (&file.name, &file.media, file.shown));
                assert_eq!((found.size, found.expires), (file.source.size, Some(9_000)));
            }
            let edited = Message::of([0; 16], with_text(&message.part, "another"));
            assert_eq!(edited.shown_text().as_deref(), Some("another"));
            assert_eq!(files_of(&edited), found);
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_offered_and_not_opened() {
        let external = |change: fn(&mut External)| {
            let mut part = file_part(&staged(5, Media::default()));
            if let Body::External(external) = &mut part.body {
                change(external);
            }
            files_of(&Message::of([0; 16], part)).remove(0)
        };
        assert!(external(|_| {}).source.is_some());
        let changes: [fn(&mut External); 9] = [
            |external| external.url.push('A'),
            |external| external.url = "https://example.org/".to_owned(),
            |external| external.size = 30 << 20,
            |external| external.size = u64::MAX,
            |external| external.encryption = 2,
            |external| external.hash = 0,
            |external| external.content_hash[0] ^= 1,
            |external| external.key.push(0),
            |external| external.nonce.clear(),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            assert_eq!(external(change).source, None, "change {at}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_beside_a_file_is_bounded(media in prop::collection::vec(any::<u8>(), 0..200), preview in 0..9_000_usize) {
            let preview = vec![0; preview];
            let attached = Attached { media: Some(&media), preview: Some(&preview), name: "\u{e9}".repeat(300).leak(), ..Attached::default() };
            let found = attachment(&attached);
            prop_assert!(found.media.preview.len() <= MAX_FILE_PREVIEW && found.media.waveform.len() <= MAX_WAVEFORM);
            prop_assert!(found.name.len() <= MAX_FILE_NAME);
        }
    }
}
