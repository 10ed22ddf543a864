//! The use cases of housekeeping, one function each.
mod credits;
mod discrepancies;
mod plan;
mod read;
mod tasks;

pub use credits::{all_credits, set_credits};
pub use discrepancies::{get_discrepancy, list_discrepancies, report, resolve};
pub use plan::plan;
pub use read::{attendants, changes, day, get_task};
pub use tasks::{act, act_on_many, assign, update};
