//! Privacy: the inventory of personal data, and the erasure of people from all places in it.
//!
//! What the law lets go goes in one transaction; what stays is listed with the reason and the date in a signed answer. After the commit
//! a job destroys the keys of personal values in the record, and lists the erasure beside the archives, so that a system that is
//! restored from an older one repeats it before it serves.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use service::completing::{complete_all as complete_erasures, complete_unlisted, replay};
pub use service::export::run as make_exports;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("privacy"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    letters: Some(&letters::LETTERS),
    ..Domain::new("privacy", "Privacy: what is kept of a person, and its erasure.")
};
