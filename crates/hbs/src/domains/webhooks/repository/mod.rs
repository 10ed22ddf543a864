mod deliveries;
mod endpoints;
mod keepers;
mod replays;
mod work;

pub use deliveries::{
    Messages, attempts_of, begin_anew, enqueue, enqueue_again, insert_attempts, list_deliveries, lock_deliveries, lock_delivery,
    measure, set_progress, sweep_deliveries, waiting, withdraw_replayed,
};
pub use endpoints::{
    count, delete, find, insert, is_any_enabled, list, lock, lock_any, lock_number, set_health, set_secret, update,
};
pub use keepers::{addressee, find_disabled, keepers};
pub use replays::{advance, delete_replay, end_replay, insert_replay, lock_next_replay};
pub use work::{claim_background, claim_live, due, hold, release};
