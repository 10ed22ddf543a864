//! Guests: the profiles of people whom a hotel knows. What is typed finds its profile, or makes one; duplicates are merged, and
//! merges can be taken back.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::{DocumentKind, GuestLink, NamedGuest, NewGuest, Person};
pub use repository::{due_documents, due_profiles, find_in, insert, link, lock_names, look_up, named, survivor_of};
pub use rules::masking;
pub use rules::matching::{Profile, Settled, Sighting, needs_lock, settle};
pub use service::{document_number, events_of, find_or_make, find_or_make_each, forget_documents, forget_profiles};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("guests"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("guests", "Profiles of guests: who they are, what they like, where they stayed.")
};
