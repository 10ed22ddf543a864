//! Invoices: what a hotel bills of its folios, numbered without a gap when it is issued, and never changed after that. What
//! happens to a document later, such as a credit note or a mail, stands beside it.
mod consumer;
mod dto;
mod error;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::{InvoiceFault, VerifiedInvoices};
pub use service::{issue_for_demo, pdf_of, verify};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("invoices"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    consumers: &[consumer::CONSUMER],
    letters: Some(&letters::LETTERS),
    ..Domain::new("invoices", "Invoices, credit notes and receipts: what a hotel bills of its folios.")
};
