//! The use cases of bookings, one function each.
mod amend;
mod arrange;
mod assign;
mod attempts;
mod create;
mod holds;
mod import;
mod lifecycle;
pub mod moves;
mod occupancy;
mod quote;
mod read;
mod update;

pub use amend::{AmendRequest, amend};
pub use assign::assign_room;
pub use create::{create, folio_of};
pub use holds::{expire_overdue, extend_hold};
pub use import::import;
pub use lifecycle::{ActionRequest, act, preview_cancellation};
pub use quote::quote;
pub use read::{folio, get, list};
pub use update::update;

/// How often a use case starts over when others keep changing what it read.
const ATTEMPTS: usize = 8;
