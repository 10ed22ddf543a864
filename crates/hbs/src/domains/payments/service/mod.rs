//! The use cases of payments, one function each.
mod create;
mod gateway;
mod record;
mod settings;
mod void;

pub use create::{create, get, list};
pub use gateway::{capture, forget_events, receive, reconcile, retry};
pub use settings::{get_settings, known_settings, update_settings};
pub use void::void;
