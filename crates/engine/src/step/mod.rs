//! What each input does, by verb. Every file extends [`Engine`](crate::Engine); none does I/O.

mod account;
mod chat;
mod command;
mod commit;
mod gather;
mod group;
mod inbox;
mod incoming;
mod intent;
mod log;
mod members;
mod outbox;
mod pump;
mod receipts;
mod rejoin;
mod relay;
mod room;
mod save;
mod stage;
mod view;
