//! Who the other person is: address, safety number, and parting from them.

mod delete;
mod gallery;
mod page;
mod safety;

pub(crate) use delete::DeleteDialog;
pub(crate) use gallery::{GALLERY, ToGallery};
pub(crate) use page::ContactPage;
pub use safety::groups_of_five;
