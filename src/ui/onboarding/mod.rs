//! The first step: a name, and one is in.

mod invited;
mod name;

pub(crate) use name::Onboarding;
