//! Groups: rooms that are set aside for a wedding, a tour or a company, by type and night, until its guests book them or a date
//! has come.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{GroupError, RELEASED};
pub use model::Group;
pub use repository::{agreed_rates, find, find_in, names};
pub use service::{by_code, open_for_demo};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("groups"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("groups", "Rooms that are set aside for weddings, tours and companies until a date.")
};
