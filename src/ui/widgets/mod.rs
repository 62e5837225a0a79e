//! Small pieces that every screen is made of. They take typed props and callbacks; only the toasts know the session.

pub(crate) mod action;
pub(crate) mod avatar;
pub(crate) mod banner;
pub(crate) mod choice;
pub(crate) mod copy_line;
pub(crate) mod crop;
pub(crate) mod dead_end;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod icon_button;
pub(crate) mod logo;
pub(crate) mod long_press;
pub(crate) mod menu;
pub(crate) mod pick;
pub mod picture;
pub mod qr;
pub(crate) mod receipt;
pub(crate) mod rows;
pub mod square;
pub(crate) mod switch;
pub(crate) mod toast;

pub use avatar::{initial, initials};
pub mod walk;
