//! Folios: who pays what, line by line, and what is left to be paid. The only writer of `folio_entries`.
//!
//! Lines are added and never changed: what was wrong is taken back by a line of its own, and what another one pays is taken
//! back on the one folio and posted on the other. The balance of each folio is kept by the database, in `folios`.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{ACCOUNT_INACTIVE, CLOSED, CREDIT_LIMIT, GOES_WITH_PRICE, NOT_OPEN, OF_ACCOUNT, OF_PAYMENT, TOO_MUCH};
pub use model::{
    Draft, Folio, FolioEntry, FolioKind, Ledger, LedgerFault, LiveRouting, NewFolioEntry, OfExtra, Opening, OpeningOf, PayerKind,
    Posted, Revenue, TaxTerms, Verified,
};
pub use repository::{
    balances, due, entries, entries_of, find, find_of_booking, has_balance, last_settlement, ledgers_before, lock, lock_each,
    lock_of, owed_before, revenue, routings_of_group,
};
pub use rules::transfer::{belongs_to, with_belongings};
pub use rules::{allowed_on, anew, moved_to, of_extras, of_stay, open, restoration, restoration_beside, reversal};
pub use service::{
    DemoFolio, Departure, LateFolios, LockedShares, Named, Paid, PayingAccount, Rounding, ToInvoice, allow, append,
    append_brought_in, append_drafts, bring_in, charged, close_date, draft, lock_paid, lock_to_invoice, lock_to_pay, lose,
    open_for_demo, pay, pay_back, pay_brought_in, pay_late, return_deposits, round, send_to_account, send_to_account_for_demo,
    take_back_from_accounts, take_deposits, take_payment_back, take_refund_back, translate, verify,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("folios"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("folios", "Folios: who pays what, and the balance of each booking.")
};
