//! Payments: by which means a folio is paid, and what becomes of the money. Each is a row with its state; the money itself
//! stands in the lines of folios, which are written in the transaction that moves the state.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{METHOD_NOT_TAKEN, NO_GATEWAY, NOT_POSITIVE, OTHER_CURRENCY, PaymentError};
pub use model::{
    Attempt, AttemptId, AttemptKind, AttemptStatus, Attention, Guarantee, PaidBefore, Payment, PaymentId, PaymentMethod,
    PaymentStatus,
};
pub use repository::{
    attention_at, end_attempt, find, find_in, had_of_booking, insert_attempt, lock, mark, of_booking, open_attempt_of_refund,
    refund_failed, refunding_of_booking, release, reserve, settle_refund, stale_attempts, stored_guarantee, under_way,
};
pub use service::{
    DemoPage, Difference, EVENTS_KEPT, begin_charge, begin_for_demo, begin_page, bring_in, check_method, follow_for_demo,
    give_up_for_demo, go_on, known_settings, reconcile_all, record_for_demo, takes_gateway, void_for_demo,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("payments"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("payments", "Payments of folios: at the desk, by transfer, and through a gateway.")
};
