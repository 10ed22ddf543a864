mod audience;
mod broadcasts;
mod deliveries;
mod inbox;
mod settings;
mod stream;
mod templates;

pub use audience::{
    PeopleOfIssue, arriving, booking_facts, each_once, holders, holders_of_role, in_house, people_of_issues, recipients,
    refund_bookings, role_exists, waiting, without_mails,
};
pub use broadcasts::{due_broadcasts, find_broadcast, insert_broadcast, list_broadcasts, lock_broadcast, update_broadcast};
pub use deliveries::{
    due_people, insert_deliveries, list_deliveries, lock_due, mails_since, postpone, set_done, set_lease, set_queued,
};
pub use inbox::{
    Held, add_to, delete, find, find_all, insert, list, lock, open_groups, progress, read_all, set_progress, set_read, sweep,
    unread,
};
pub use settings::{begin_settings, find_settings, lock_settings, preferences_of, set_preferences, settings_of, update_settings};
pub use stream::versions;
pub use templates::{begin_template, find_template, lock_template, set_template, templates_of};
