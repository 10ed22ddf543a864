//! The use cases of payments, one function each.
mod acknowledge;
mod bring_in;
mod create;
mod gateway;
mod record;
mod settings;
mod void;

pub use acknowledge::acknowledge;
pub use bring_in::bring_in;
pub use create::{create, get, list};
pub use gateway::{
    Difference, EVENTS_KEPT, begin_charge, begin_page, capture, forget_events, get_guarantee, go_on, leave_guarantee, receive,
    reconcile, reconcile_all, retry,
};
pub use record::{check_method, record_for_demo};
pub use settings::{get_settings, known_settings, takes_gateway, update_settings};
pub use void::{void, void_for_demo};
