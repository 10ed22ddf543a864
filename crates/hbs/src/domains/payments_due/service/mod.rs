//! The use cases of what is due, one function each.
mod charge;
mod follow;
mod list;
mod react;

pub use charge::{charge, charge_due};
pub use follow::{follow, with_dues};
pub use list::{list, of_booking};
