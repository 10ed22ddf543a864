mod attempts;
mod events;
mod payments;
mod settings;

pub use attempts::{attempts_of, end_attempt, insert_attempt, open_attempt, open_attempt_of_refund, stale_attempts};
pub use events::{forget_events, keep_event, note_tried, open_events, payment_of_event, set_event};
pub use payments::{
    attention, attention_at, find, find_in, insert, list, lock, mark, move_to, note_asked, of_booking, payer_of, refund_failed,
    refunding_of_booking, release, reserve, settle_refund, to_be_asked, under_way, void,
};
pub use settings::{set, settings_of};
