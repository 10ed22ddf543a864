//! States of a stay and the moves between them, in words that all domains share. No routes, and no rows of its own.
mod repository;
mod rules;

pub use repository::{are_in_house, are_live, are_waiting};
pub use rules::{Action, LIVE, Status, TO_COME, WITHOUT_NIGHTS, departure, next};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain::new("stays", "The states of a stay and the moves between them.");
