//! Queries of profiles.
mod documents;
mod forgetting;
mod matching;
mod merges;
mod profiles;
mod stays;

pub use documents::{documents_of, set_documents};
pub use forgetting::{clear, due_documents, due_profiles, empty_merges, forget_documents, lock_merged};
pub use matching::{insert, link, lock_names, look_up, survivor_of};
pub use merges::{end_merge, insert_merge, live_merge, merged_into, set_merged};
pub use profiles::{delete, duplicates, find, find_in, insert_profile, list, lock, named, update};
pub use stays::{statistics, stays_of};
