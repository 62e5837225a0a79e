//! What each input does, by verb. Every file extends [`Engine`](crate::Engine); none does I/O.

mod account;
mod act;
mod amend;
mod arrange;
mod asked;
mod chat;
mod command;
mod commit;
mod details;
mod devices;
mod gather;
mod group;
mod inbox;
mod incoming;
mod intent;
mod late;
mod leaving;
mod linking;
mod log;
mod members;
mod message;
mod outbox;
mod own;
mod pump;
mod receipts;
mod rejoin;
mod relay;
mod room;
mod save;
mod stage;
mod typing;
mod vanish;
mod view;
mod write;

pub(crate) use act::Act;
pub(crate) use linking::Linking;
