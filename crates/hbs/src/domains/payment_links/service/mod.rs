//! The use cases of payment links, one function each.
mod end;
mod letters;
mod links;
mod pay;
mod token;

pub use end::{cancel, close_paid, expire};
pub use letters::prepare_mail;
pub use links::{create, get, list};
pub use pay::{open, pay};
