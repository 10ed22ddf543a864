//! The use cases of guest profiles, one function each.
mod desk;
mod documents;
mod forgetting;
mod merges;
mod profiles;

pub use desk::{events_of, find_or_make, find_or_make_each};
pub use documents::{document_number, documents, reveal_document, set_documents};
pub use forgetting::{forget_documents, forget_profiles};
pub use merges::{merge, unmerge};
pub use profiles::{create, delete, duplicates, get, list, stays, update};
