//! The queries of bookings.
mod accounts;
mod bookings;
mod exemptions;
mod guest_links;
mod guests;
mod holds;
mod list;
mod live;
mod moves;
mod stays;
mod together;

pub use crate::domains::inventory::{bump_versions, lock_bookings, set_room};
pub use accounts::{has_proved_address, lock_user, owners, owners_of, user_exists};
pub use bookings::{
    NewState, external_references, find, find_all, guests_of_stays, insert_booking, insert_bookings, is_current, move_booking,
    references_taken, update,
};
pub use exemptions::{copy_exemption, exemptions_in, exemptions_of, insert_exemptions, put_exemption};
pub use guest_links::{
    claim, find_by_address, live_holds_of_mailbox, lock_address, lock_unclaimed, prove_contact, proved_meanwhile,
};
pub use guests::{delete_guests, due_documents, forget_documents, guests_of, insert_guests, lock_bookings_of, unidentified};
pub use holds::{extend_hold, live_holds, overdue_holds};
pub use list::{Wanted, changed_from, list, matching};
pub use live::{Live, live, lock_mailbox};
pub use moves::{moves_of, record_moves};
pub use stays::{
    StayState, amend_stay, expect_late, find_stay, find_stays, insert_many_stays, insert_stays, missing, move_stay, note_move,
    room_numbers, rooms_lived_in, rooms_of_types, rooms_with_guests, set_stay_guests, split_stay, stays_of,
};
pub use together::{OfGroup, stays_of_group};
