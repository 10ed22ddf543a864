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
    DemoPage, Difference, EVENTS_KEPT, begin_charge, begin_for_demo, begin_page, capture, follow_for_demo, forget_events,
    get_guarantee, give_up_for_demo, go_on, leave_guarantee, receive, reconcile, reconcile_all, refresh, retry,
};
pub use record::{check_method, record_for_demo};
pub use settings::{get_settings, known_settings, takes_gateway, update_settings};
pub use void::{void, void_for_demo};
