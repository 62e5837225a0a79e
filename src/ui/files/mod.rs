//! The page's way to the file worker: each thing that it can be asked for is a task, which shows how far it is.
//!
//! Nothing of this is in the page's first download: parts use it, and the worker starts with the first call that needs it. Where a task was
//! asked for decides how long its `blob:` address holds: until the owner (of Leptos) that was current then is gone.

mod film;
mod host;
pub(crate) mod keep;
mod line;
mod opened;
mod reading;
mod save;
mod stream;
mod task;
pub(crate) mod urls;

use std::ops::Range;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File, MessagePort};
use xchat_engine::api::{Attachment, Media, StagedFile};
use xchat_files::{FileSource, Kind, Shows};

use crate::filing::{Answer, Ask, How as Way};

pub use crate::filing::Failure as FileFailure;
pub use task::{Task, TaskState};
pub use xchat_files::Metadata;

/// The files of this device and of the relay.
#[derive(Debug, Clone, Copy)]
pub struct Files(());

/// The one way to them.
pub fn use_files() -> Files {
    Files(())
}

/// From now on what answers on this port is asked, and no worker is started.
pub fn answered_by(port: MessagePort) {
    host::over(port.into());
}

/// As what a picked file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Within the conversation. A picture is scaled down and written anew: nothing but its pixels is left. Films and sounds go as they are.
    Photo,
    /// As a file, its bytes as they are.
    Original,
}

/// What a picked file is, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    pub kind: Kind,
    pub media: Media,
    /// Of a picture or a film: what goes along with it if it is sent as it is.
    pub metadata: Metadata,
    /// To show it, or have it heard. None: there is nothing to be shown.
    pub url: Option<String>,
}

/// A file that can be shown or played.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// A `blob:` address, or one from which it is played as it comes.
    pub url: String,
    /// By its bytes.
    pub kind: Kind,
    /// All of it. None: it is played as it comes.
    pub blob: Option<Blob>,
}

impl Opened {
    /// Why the browser makes nothing of it.
    pub fn failure(&self) -> FileFailure {
        stream::failure(&self.url).unwrap_or(FileFailure::NotWhatItSays)
    }
}

/// How much of this device's room the files take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub bytes: u64,
    /// Above it, what was used longest ago goes.
    pub limit: u64,
}

impl Files {
    /// Seals a picked file into the store, from which it can be sent. Counts bytes of its content.
    pub fn stage(self, file: &File, how: How) -> Task<StagedFile> {
        let way = match how {
            How::Photo => Way::Photo,
            How::Original => Way::Original,
        };
        let (name, blob) = (file.name(), file.clone().unchecked_into::<Blob>());
        task::run_after(bytes(file), async move {
            let (_, media) = film::look(&blob).await;
            Ok(task::asks(Ask::Stage { name, claimed: blob.type_(), how: way, media }, blob.into(), staged))
        })
    }

    /// Seals what was spoken. `waveform`: how loud it is, from its beginning to its end.
    pub fn stage_voice(self, blob: &Blob, duration_ms: u32, waveform: Vec<u8>) -> Task<StagedFile> {
        let media = Media { duration_ms, waveform: waveform.into(), voice: true, ..Media::default() };
        let ask = Ask::Stage { name: "voice".to_owned(), claimed: blob.type_(), how: Way::Voice, media };
        task::run(bytes(blob), &ask, blob, staged)
    }

    /// Looks at a picked file.
    pub fn look(self, file: &File) -> Task<Looked> {
        let lease = urls::lease();
        let blob: Blob = file.clone().unchecked_into();
        let state = task::working(bytes(file));
        let of = blob.clone();
        let asked = host::ask(&Ask::Look, &blob, move |answer, _| match answer {
            Answer::Working { .. } => {}
            Answer::Looked { kind, media, place, camera } => {
                let (of, metadata) = (of.clone(), Metadata { place, camera });
                wasm_bindgen_futures::spawn_local(async move {
                    let media = match kind.shows_as() {
                        Some(Shows::Video | Shows::Sound) => film::look(&of).await.1,
                        _ => media,
                    };
                    let url = url_of(&of, kind, &media).and_then(|blob| urls::make(lease, &blob));
                    task::end(state, Ok(Looked { kind, media, metadata, url }));
                });
            }
            other => task::end(state, Err(task::failure(other))),
        });
        Task::new(state, move || asked.cancel())
    }

    /// Fetches and opens what somebody sent: of what is played as it comes its beginning, else all of it. Who asks for a file that is open
    /// already shares it.
    pub fn open(self, file: &Attachment) -> Task<Opened> {
        opened::open(file)
    }

    /// Whether it is played as it comes: a film or a sound of more than one chunk, where a service worker answers.
    pub fn streams(self, file: &Attachment) -> bool {
        opened::streams(file).is_some()
    }

    /// Whether the browser has something to show of a picture or a film that is open: it knows not every way in which one is written.
    pub fn shows(self, opened: &Opened) -> Task<bool> {
        let (state, opened) = (task::working(0), opened.clone());
        wasm_bindgen_futures::spawn_local(async move { task::end(state, Ok(film::shows(&opened).await)) });
        Task::new(state, || ())
    }

    /// Puts what somebody sent into a file of the person's choice, as it comes, where the browser lets a page do so; else into where it puts
    /// what it downloads, as it comes if that can be. To be called from a press.
    pub fn save(self, file: &Attachment) -> Task<()> {
        save::save(file, true)
    }

    /// One of several, which all go to where the browser puts what it downloads: it would ask where to for the first of them alone.
    pub fn save_among(self, file: &Attachment) -> Task<()> {
        save::save(file, false)
    }

    /// A stretch of a file's content, of which no more is fetched than that takes; 16 MiB at most.
    pub fn read(self, source: &FileSource, range: Range<u64>) -> Task<Blob> {
        let ask = Ask::Read { source: source.clone(), from: range.start, to: range.end, saves: false };
        task::run(range.end.saturating_sub(range.start), &ask, &JsValue::NULL, |answer, thing| match answer {
            Answer::Read => thing.dyn_into().ok(),
            _ => None,
        })
    }

    /// Whether all of a file is on this device.
    pub fn is_here(self, source: &FileSource) -> Task<bool> {
        let ask = Ask::IsHere { source: source.clone() };
        task::run(0, &ask, &JsValue::NULL, |answer, _| match answer {
            Answer::Here { here } => Some(here),
            _ => None,
        })
    }

    /// How much room the files take.
    pub fn usage(self) -> Task<Usage> {
        task::run(0, &Ask::Usage, &JsValue::NULL, |answer, _| match answer {
            Answer::Usage { bytes, limit } => Some(Usage { bytes, limit }),
            _ => None,
        })
    }

    /// Frees that room. What is still to be sent stays.
    pub fn clear(self) -> Task<()> {
        task::run(0, &Ask::Clear, &JsValue::NULL, done)
    }

    /// Keeps so many megabytes of them at most; none: what the browser's room gives.
    pub(crate) fn keep_most(self, megabytes: Option<u64>) -> Task<()> {
        keep::choose_most(megabytes);
        task::run(0, &Ask::Limit { bytes: keep::most_bytes() }, &JsValue::NULL, done)
    }

    /// Takes a staged file away that will not be sent after all.
    pub fn discard(self, file: &StagedFile) -> Task<()> {
        task::run(0, &Ask::Discard { source: file.source.clone() }, &JsValue::NULL, done)
    }
}

fn staged(answer: Answer, _: JsValue) -> Option<StagedFile> {
    match answer {
        Answer::Staged { name, content_type, source, shown, media } => {
            Some(StagedFile { name, content_type, source, shown, media })
        }
        _ => None,
    }
}

fn done(answer: Answer, _: JsValue) -> Option<()> {
    (answer == Answer::Done).then_some(())
}

fn bytes(blob: &Blob) -> u64 {
    blob.size() as u64
}

/// The bytes with the type that they have by themselves, where they can be shown. A picture that was not decoded is not shown either.
fn url_of(file: &Blob, kind: Kind, media: &Media) -> Option<Blob> {
    let shows = match kind.shows_as()? {
        Shows::Picture => !media.preview.is_empty(),
        Shows::Video | Shows::Sound => true,
        Shows::Pdf | Shows::Text => false,
    };
    let typed = || file.slice_with_f64_and_f64_and_content_type(0.0, file.size(), kind.media_type()).ok();
    shows.then(typed).flatten()
}
