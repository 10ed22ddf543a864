//! The use cases of guest profiles, one function each.
mod desk;
mod documents;
mod merges;
mod profiles;

pub use desk::{events_of, find_or_make, find_or_make_each};
pub use documents::{documents, set_documents};
pub use merges::{merge, unmerge};
pub use profiles::{create, delete, duplicates, get, list, stays, update};
