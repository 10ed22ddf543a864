mod attempts;
mod events;
mod guarantees;
mod payments;
mod settings;

pub use attempts::{attempts_of, end_attempt, insert_attempt, open_attempt, open_attempt_of_refund, stale_attempts};
pub use events::{
    forget_events, keep_event, note_tried, open_events, payment_of_event, set_event, settle_parked, waiting_events,
};
pub use guarantees::{
    change_guarantee, find_guarantee, guarantee_of_booking, guarantee_of_event, guarantees_to_be_asked, insert_guarantee,
    lock_guarantees, stored_guarantee,
};
pub use payments::{
    acknowledge, attention, attention_at, begin_to_ask, count_under_way, find, find_in, had_of_booking, insert, insert_each,
    known, list, lock, mark, move_to, note_asked, of_booking, payer_of, refund_failed, refunding_of_booking, release, reserve,
    settle_refund, to_be_asked, under_way, under_way_at, under_way_elsewhere, void,
};
pub use settings::{set, settings_of};
