//! Files: how one lies in sealed records and chunks, and what it is by its first bytes.
//!
//! Pure: whoever reads, seals and stores is elsewhere. A key is made for each file and seals nothing else.

mod layout;
mod padme;
mod record;
mod source;

pub use layout::{HEADER, Layout, MAX_FILE, Place, RECORD, RECORDS_PER_CHUNK};
pub use padme::block as padding_block;
pub use record::{RecordError, RecordKey, check_header, content, fill, header};
pub use source::{FileKey, FileSource};
