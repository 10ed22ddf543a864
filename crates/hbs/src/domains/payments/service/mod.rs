//! The use cases of payments, one function each.
mod record;
mod settings;
mod void;

pub use record::{create, get, list};
pub use settings::{get_settings, known_settings, update_settings};
pub use void::void;
