//! Use cases of webhooks.
mod deliveries;
mod endpoints;
mod letters;
mod replays;
mod sending;
mod upkeep;

pub use deliveries::{list as list_deliveries, resend};
pub use endpoints::{create, delete, get, list, rotate_secret, test, update};
pub use letters::prepare_mail;
pub use replays::{cancel as cancel_replay, replay};
pub use sending::{collect, deliver_due, run};
pub use upkeep::{measure, sweep};
