//! Refunds: what is paid back of a payment, from the request over somebody's approval to the money. What is asked for is set
//! aside on the payment, so that never more is paid back than was captured.
mod consumer;
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use service::{DemoRefund, order_for_demo, refund_whole, request_for_demo, request_for_ended};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("refunds"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    ..Domain::new("refunds", "Refunds of payments, which somebody else approves.")
};
