//! What each input does, by verb. Every file extends [`Engine`](crate::Engine); none does I/O.

mod account;
mod chat;
mod command;
mod inbox;
mod incoming;
mod log;
mod outbox;
mod pump;
mod receipts;
mod relay;
mod room;
mod save;
mod view;
