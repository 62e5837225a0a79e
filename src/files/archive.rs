//! What a page can ask for, each a function of its own.

use std::{ops::Range, rc::Rc};

use futures::{StreamExt, future::join};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use xchat_engine::api::{MAX_FILE_NAME, Media};
use xchat_files::{FileSource, Kind, Shows, dimensions, is_decodable, safe};

use super::fetch::Fetch;
use super::film;
use super::gate::Gates;
use super::js::{broken, call, come, joined, size};
use super::open::{Opening, all, layout, moved};
use super::picture::{self, head, is_picture};
use super::seal::seal;
use super::store::Store;
use super::task::Task;
use crate::filing::{Answer, Ask, Failure, How, Wanted};

/// Bytes of a stretch that is read, at most.
const MAX_READ: u64 = 16 << 20;
/// Bytes of a file that is kept when it is saved, at most: what is large would push out all else, and is looked at where it was saved to.
const KEEPS: u64 = 64 << 20;
/// Bytes of a file that is opened to be shown, at most, where nothing is known of it but its size. A browser has all of it at hand then, in
/// some browsers in the page's own memory.
const MAX_SHOWN: u64 = 512 << 20;
/// The same of a picture, which the page reads whole; of what the browser shows on a page of its own; and of a text.
const MAX_PICTURE: u64 = 64 << 20;
const MAX_DOCUMENT: u64 = 256 << 20;
const MAX_TEXT: u64 = 4 << 20;
/// Bytes of a media type, at most.
const MAX_TYPE: usize = 100;

/// The files of this device: the store, and the way to what is not in it.
pub struct Archive {
    pub(super) store: Store,
    fetch: Fetch,
    gates: Gates,
    /// Instead of `KEEPS`, for tests.
    keeps: u64,
}

/// An answer, and what goes with it.
type Outcome = Result<(Answer, JsValue), Failure>;

impl Archive {
    pub fn new(store: Store, fetch: Fetch) -> Self {
        Self { store, fetch, gates: Gates::default(), keeps: KEEPS }
    }

    /// One that keeps of what is saved nothing that is larger than so many bytes.
    pub fn keeping(self, bytes: u64) -> Self {
        Self { keeps: bytes, ..self }
    }

    /// Does what is asked.
    pub async fn answer(&self, task: &Rc<Task>, ask: Ask, thing: JsValue) -> Outcome {
        let alone = |answer| (answer, JsValue::NULL);
        Ok(match ask {
            Ask::Stage { name, claimed, how, media } => {
                alone(self.stage(task, &blob(thing)?, &name, &claimed, how, media).await?)
            }
            Ask::Look => alone(self.look(&blob(thing)?).await?),
            Ask::Open { source, wanted } => {
                let (kind, blob) = self.open(task, &source, wanted).await?;
                (Answer::Opened { kind }, blob.into())
            }
            Ask::Save { source } if thing.is_null() => {
                let opening = self.opening(task, &source, self.keeps(&source)).await?;
                let parts = all(opening.content(0..opening.layout.records())).await?;
                (Answer::Read, joined(&parts, Kind::Other.media_type())?.into())
            }
            Ask::Save { source } => {
                self.save(task, &source, &thing).await?;
                alone(Answer::Done)
            }
            Ask::Read { source, from, to, saves } => {
                let keeps = !saves || self.keeps(&source);
                (Answer::Read, self.read(task, &source, from..to, keeps).await?.into())
            }
            Ask::IsHere { source } => {
                let here = layout(&source).is_ok() && self.store.has(&source.chunks).await?;
                alone(Answer::Here { here })
            }
            Ask::Usage => {
                let (bytes, limit) = self.store.usage().await?;
                alone(Answer::Usage { bytes, limit })
            }
            Ask::Clear => alone(self.store.clear().await.map(|()| Answer::Done)?),
            Ask::Discard { source } => alone(self.store.remove(&source.chunks).await.map(|()| Answer::Done)?),
            Ask::Limit { bytes } => alone(self.store.set_limit(bytes).await.map(|()| Answer::Done)?),
            Ask::Cancel => return Err(Failure::Cancelled),
        })
    }

    async fn opening<'a>(
        &'a self,
        task: &'a Rc<Task>,
        source: &'a FileSource,
        keeps: bool,
    ) -> Result<Opening<'a>, Failure> {
        Opening::new(&self.store, &self.fetch, &self.gates, task, source, keeps).await
    }

    /// Whether what is saved is kept here as well.
    fn keeps(&self, source: &FileSource) -> bool {
        source.size <= self.keeps
    }

    async fn stage(
        &self,
        task: &Task,
        file: &Blob,
        name: &str,
        claimed: &str,
        how: How,
        media: Media,
    ) -> Result<Answer, Failure> {
        task.begins(size(file), size(file));
        let head = head(file).await?;
        let mut kind = Kind::of(&head);
        let mut bytes = file.clone();
        let mut media = media;
        if is_picture(kind) && how != How::Voice {
            let _turn = self.gates.pictures.lock().await;
            let seen = match how {
                How::Photo => {
                    let photo = picture::photo(file, &head).await?;
                    (bytes, kind) = (photo.bytes, photo.kind);
                    photo.seen
                }
                _ => picture::seen(file, &head).await,
            };
            (media.width, media.height, media.preview) = (seen.width, seen.height, seen.preview.into());
        }
        media.voice = how == How::Voice;
        let written_anew = JsValue::from(&bytes) != JsValue::from(file);
        let name = if written_anew || how == How::Voice { renamed(name, kind) } else { safe(name, kind) };
        let source = seal(&self.store, &self.gates, task, &bytes).await?;
        Ok(Answer::Staged {
            name: shortened(name),
            content_type: content_type(kind, claimed, how),
            source,
            shown: match how {
                How::Photo => matches!(kind.shows_as(), Some(Shows::Picture | Shows::Video)),
                How::Original => false,
                How::Voice => true,
            },
            media,
        })
    }

    async fn open(&self, task: &Rc<Task>, source: &FileSource, wanted: Wanted) -> Result<(Kind, Blob), Failure> {
        let opening = self.opening(task, source, true).await?;
        if source.size > if wanted == Wanted::Picture { MAX_PICTURE } else { MAX_SHOWN } {
            return Err(Failure::TooLargeToShow);
        }
        let mut content = std::pin::pin!(opening.content(0..opening.layout.records()));
        // Looked at before the rest is waited for.
        let first = moved(&content.next().await.unwrap_or(Err(Failure::Wrong))?)?;
        let kind = fits(&head(&first).await?, wanted)?;
        if source.size > most(kind) {
            return Err(Failure::TooLargeToShow);
        }
        let parts = all(content).await?;
        parts.unshift(&first);
        Ok((kind, joined(&parts, kind.media_type())?))
    }

    async fn save(&self, task: &Rc<Task>, source: &FileSource, file: &JsValue) -> Result<(), Failure> {
        let opening = self.opening(task, source, self.keeps(source)).await?;
        let out = come(call(file, "createWritable", &[])).await.map_err(broken)?;
        *task.writes.borrow_mut() = Some(out.clone());
        let mut content = std::pin::pin!(opening.content(0..opening.layout.records()));
        let mut next = content.next().await;
        while let Some(part) = next {
            let part = part?;
            let write = come(call(&out, "write", &[part.clone().into()]));
            // What comes after it is fetched and opened meanwhile.
            let (written, after) = join(write, content.next()).await;
            written.map_err(broken)?;
            opening.spare.give(&part);
            next = after;
        }
        // Only now it takes the place of what was there.
        come(call(&out, "close", &[])).await.map_err(broken)?;
        task.writes.borrow_mut().take();
        Ok(())
    }

    async fn read(
        &self,
        task: &Rc<Task>,
        source: &FileSource,
        stretch: Range<u64>,
        keeps: bool,
    ) -> Result<Blob, Failure> {
        let opening = self.opening(task, source, keeps).await?;
        let to = stretch.end.min(stretch.start.saturating_add(MAX_READ)).min(source.size);
        let from = stretch.start.min(to);
        let records = opening.layout.records_for(from..to);
        let begins = opening.layout.content_of(records.start).start;
        let parts = all(opening.content(records)).await?;
        super::js::slice(&joined(&parts, "")?, from - begins.min(from), to - begins.min(from))
    }

    async fn look(&self, file: &Blob) -> Result<Answer, Failure> {
        let head = head(file).await?;
        let kind = Kind::of(&head);
        let (mut media, mut notes) = (Media::default(), xchat_files::Metadata::default());
        if is_picture(kind) {
            let _turn = self.gates.pictures.lock().await;
            let seen = picture::seen(file, &head).await;
            (media.width, media.height, media.preview) = (seen.width, seen.height, seen.preview.into());
            notes = picture::notes(file, &head).await?;
        } else if matches!(kind, Kind::Mp4 | Kind::QuickTime) {
            notes = film::notes(file).await?;
        } else if kind == Kind::Tiff {
            notes = picture::tiff_notes(file, &head).await?;
        }
        Ok(Answer::Looked { kind, media, place: notes.place, camera: notes.camera })
    }
}

/// What it is, if it is what it has to be, and may be decoded where it is a picture.
fn fits(head: &[u8], wanted: Wanted) -> Result<Kind, Failure> {
    let kind = Kind::of(head);
    let fits = match wanted {
        Wanted::Anything => true,
        Wanted::Picture => is_picture(kind),
        Wanted::Video => kind.shows_as() == Some(Shows::Video),
    };
    let decodable = !is_picture(kind) || dimensions(head).is_some_and(is_decodable);
    match (fits, decodable) {
        (true, true) => Ok(kind),
        (true, false) if dimensions(head).is_some() => Err(Failure::TooManyPixels),
        _ => Err(Failure::NotWhatItSays),
    }
}

/// Bytes of a file of this kind that is opened whole, at most.
fn most(kind: Kind) -> u64 {
    match kind.shows_as() {
        _ if is_picture(kind) => MAX_PICTURE,
        Some(Shows::Text) => MAX_TEXT,
        Some(Shows::Pdf) => MAX_DOCUMENT,
        _ => MAX_SHOWN,
    }
}

/// The media type that a file is sent with: by its bytes where they tell, else what the browser has for its name.
fn content_type(kind: Kind, claimed: &str, how: How) -> String {
    // What records sound alone may write it into a container of films.
    if how == How::Voice {
        let sound = match kind {
            Kind::Webm => "audio/webm",
            Kind::Mp4 => Kind::M4a.media_type(),
            other => other.media_type(),
        };
        return sound.to_owned();
    }
    let plain = claimed.split(';').next().unwrap_or_default().trim();
    let is_type = plain.contains('/') && plain.len() <= MAX_TYPE && plain.bytes().all(|byte| byte.is_ascii_graphic());
    match kind {
        Kind::Other | Kind::Zip | Kind::Text | Kind::Svg | Kind::Html if is_type => plain.to_owned(),
        _ => kind.media_type().to_owned(),
    }
}

/// The name with the ending of what is under it now.
fn renamed(name: &str, kind: Kind) -> String {
    let named = safe("", kind);
    let ending = named.rfind('.').map_or("", |at| &named[at..]);
    match name.rsplit_once('.').map_or(name, |(stem, _)| stem) {
        "" => named,
        stem => safe(&format!("{stem}{ending}"), kind),
    }
}

fn shortened(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(MAX_FILE_NAME));
    name
}

fn blob(thing: JsValue) -> Result<Blob, Failure> {
    thing.dyn_into().map_err(|_| Failure::Broken("nothing to read came along".to_owned()))
}
