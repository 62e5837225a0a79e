//! What each input does, by verb. Every file extends [`Engine`](crate::Engine); none does I/O.

mod account;
mod act;
mod amend;
mod asked;
mod chat;
mod command;
mod details;
mod inbox;
mod incoming;
mod log;
mod message;
mod outbox;
mod pump;
mod receipts;
mod relay;
mod room;
mod save;
mod typing;
mod vanish;
mod view;
mod write;

pub(crate) use act::Act;
