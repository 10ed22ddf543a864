mod broadcasts;
mod deliver;
mod inbox;
mod letters;
mod push;
mod settings;
pub mod stream;
mod tell;
mod templates;
mod texts;

pub use broadcasts::{
    audience, cancel as cancel_broadcast, create as create_broadcast, get as get_broadcast, list as list_broadcasts,
};
pub use deliver::work;
pub use inbox::{KEPT, delete, list, list_deliveries, read_all, set_read, sweep, unread};
pub use letters::prepare_mail;
pub use settings::{follow_bookings, preferences, resubscribe, subscription, unsubscribe, update_preferences};
pub use tell::tell;
pub use templates::{
    Place as TemplatePlace, get as get_template, list as list_templates, preview as preview_template, reset as reset_template,
    send_test as test_template, set as set_template,
};
