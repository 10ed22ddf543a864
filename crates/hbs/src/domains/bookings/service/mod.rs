//! The use cases of bookings, one function each.
mod amend;
mod arrange;
mod assign;
mod attempts;
mod create;
mod export;
mod group;
mod guests;
mod holds;
mod import;
mod letters;
mod lifecycle;
pub mod moves;
mod no_shows;
mod occupancy;
mod quote;
mod read;
mod rooms;
mod swap;
mod update;
mod wanted;

pub use amend::{Agreed, AmendRequest, Rehearsed, amend, extend_stay, rehearse_amendment};
pub use assign::assign_room;
pub use create::{create, folio_of, hold_for_guest, rehearse, walk_in};
pub use export::export;
pub use guests::{guests, set_guests};
pub use holds::{expire_hold, expire_overdue, extend_hold};
pub use import::import;
pub use letters::prepare_mail;
pub use lifecycle::{ActionRequest, act, preview_cancellation, preview_cancellation_in};
pub use no_shows::{record_missing, record_no_show};
pub use quote::quote;
pub use read::{folio, get, list};
pub use swap::swap_rooms;
pub use update::update;

use super::model::Booking;
use crate::Result;
use crate::answer::Answer;
use crate::stores::postgres::Conn;
use futures_util::future::BoxFuture;

/// What somebody else writes in the transaction of a use case, last, about the booking as it is then. It can keep all of it from being done, and
/// answer in place of the use case.
pub type Also = dyn for<'c> Fn(&'c Conn, &'c Booking) -> BoxFuture<'c, Result<Option<Answer>>> + Send + Sync;

/// How often a use case starts over when others keep changing what it read.
const ATTEMPTS: usize = 8;
