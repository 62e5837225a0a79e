//! Files: how one lies in sealed records and chunks, and what it is by its first bytes.
//!
//! Pure: whoever reads, seals and stores is elsewhere. A key is made for each file and seals nothing else.

mod kind;
mod layout;
mod metadata;
mod name;
mod padme;
mod picture;
mod record;
mod source;

pub use kind::{FIRST_BYTES, Kind, Shows};
pub use layout::{HEADER, Layout, MAX_FILE, Place, RECORD, RECORDS_PER_CHUNK};
pub use metadata::{Metadata, TIFF_DIRECTORY, film_box, film_metadata, metadata, tiff_directory, tiff_metadata};
pub use name::{is_risky, safe};
pub use padme::block as padding_block;
pub use picture::{MAX_PIXELS, MAX_SIDE, PICTURE_HEAD, dimensions, is_decodable};
pub use record::{RecordError, RecordKey, check_ending, check_header, ending, header};
pub use source::{FileKey, FileSource};
