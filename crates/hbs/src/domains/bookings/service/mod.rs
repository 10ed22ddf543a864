//! The use cases of bookings, one function each.
mod access;
mod also;
mod attempts;
mod bulk;
mod caps;
mod change;
mod desk;
mod events;
mod export;
mod group;
mod guests;
mod holds;
pub mod import;
mod late;
mod letters;
mod list;
mod no_shows;
mod people;
mod quote;
mod read;
mod rooms;
mod sale;
mod together;
mod update;

pub use access::{claim, give_for_demo, look_up, open_link};
pub use also::Also;
pub use attempts::Ended;
pub use bulk::act_on_each;
pub use change::amend::{Agreed, AmendRequest, Rehearsed, amend, extend_stay, rehearse_amendment};
pub use change::lifecycle::{
    ActionRequest, FeesOfMissing, act, act_within, fees_of_missing, preview_cancellation, preview_cancellation_in,
};
pub use change::stay::{StayChange, StayRequest, change_stay};
pub use export::export;
pub use guests::{Registered, document_number, forget_documents, guests, registered, registered_in, reveal_document, set_guests};
pub use holds::{confirm_proved, expire_overdue, extend_hold};
pub use late::expect_late;
pub use letters::prepare_mails;
pub use list::{ListOf, list};
pub use no_shows::record_missing;
pub use quote::quote;
pub use read::get;
pub use rooms::{assign_room, rooms_for_stay, swap_rooms};
pub use sale::{create, create_for_visitor, hold_for_guest, rehearse, walk_in};
pub use together::act_on_group;
pub use update::update;
