//! Accounting: what companies and agents owe and since when, the codes of the general ledger, and the journal of a date.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("accounting"),
    router: |_| routes::router(),
    ..Domain::new("accounting", "Statements and ageing of accounts, codes of the general ledger, and journals.")
};
