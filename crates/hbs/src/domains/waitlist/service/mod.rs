//! The use cases of waitlists, one function each.
mod entries;
mod letters;
mod serve;

pub use entries::{forget_entries, get, join, leave, list};
pub use letters::prepare_mail;
pub use serve::serve;
