//! Folios: the charges of each booking, line by line, and its balance. The only writer of `folio_entries`.
//!
//! Lines are added and never changed: what was wrong is taken back by a line of its own. The balance of each folio is kept by the database, in
//! `folios`.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::{FolioEntry, FolioKind, NewFolioEntry, Revenue, TaxTerms};
pub use repository::{append, append_each, entries, entries_of, has_balance, revenue};
pub use rules::{moved_to, of_stay, open, restoration, reversal};

use crate::domain::Domain;

pub const DOMAIN: Domain =
    Domain { router: |_| routes::router(), ..Domain::new("folios", "Folios: the charges and the balance of each booking.") };
