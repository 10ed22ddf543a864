//! Backups: one archive of all stores, encrypted to a public key; read to the last byte, restored for proof, and restored in earnest.
//!
//! PostgreSQL is dumped as of a snapshot, and everything else as that snapshot names it: documents of content, files. What HBS
//! makes anew is left out with the reason. A backup is `unproven` until a drill restored it and found what its manifest says.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::{Backup, BackupStatus};
pub use service::{
    Drilled, Finding, LOOKS, Resumed, Told, Trust, back_up, catalogue, drill, drill_due, drills_by_itself, restore, resume,
    run_waiting, verify,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("backups"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    tasks: &[|app| Box::pin(service::watch(app)), |app| Box::pin(service::watch_drills(app))],
    ..Domain::new("backups", "Backups of all stores, and the proof that they can be restored.")
};
