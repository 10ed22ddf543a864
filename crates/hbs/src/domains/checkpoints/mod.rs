//! Checkpoints of the record: signed statements of how far each chain has come, to be kept elsewhere.
mod dto;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::Checkpoint;
pub use rules::{canonical, encoded};
pub use service::{
    Difference, PublicKey, Signed, Signer, VerifiedKept, compare, is_signed, is_signed_by, make, newest, prune_outbox,
    public_keys, rotate_key, set_gauges, sign, signer, verify_kept,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    jobs: jobs::JOBS,
    ..Domain::new("checkpoints", "Checkpoints of the record: signed statements of how far each chain has come.")
};
