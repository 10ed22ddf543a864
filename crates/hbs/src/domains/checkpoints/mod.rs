//! Checkpoints of the record: signed statements of how far each chain has come, to be kept elsewhere.
mod dto;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::Checkpoint;
pub use rules::canonical;
pub use service::{
    Difference, Signed, VerifiedKept, compare, is_signed, make, newest, prune_outbox, rotate_key, set_gauges, sign, verify_kept,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    jobs: jobs::JOBS,
    ..Domain::new("checkpoints", "Checkpoints of the record: signed statements of how far each chain has come.")
};
