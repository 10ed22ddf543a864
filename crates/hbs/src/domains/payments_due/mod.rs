//! Payments due: which parts of a booking's price are due when, and what is charged to the guarantee that its guest left.
//!
//! Rows follow their booking, a moment after each event of it: no gateway is asked while a date is closed or a stay is
//! cancelled.
mod consumer;
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    ..Domain::new("payments_due", "What is due of bookings before it is paid at the hotel.")
};
