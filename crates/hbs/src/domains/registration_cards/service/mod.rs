//! The use cases of registration cards, one function each.
mod cards;
mod forgetting;
mod page;
mod terms;

pub use cards::{create, get, list, sign, signature};
pub use forgetting::forget_cards;
pub use page::{Page, print};
pub use terms::{get_terms, set_terms};
