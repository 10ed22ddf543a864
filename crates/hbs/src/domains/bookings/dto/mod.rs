//! Requests and answers of the API, by subject.
mod act;
mod amend;
mod create;
mod guests;
mod quote;
mod rooms;
mod show;
mod update;

pub use act::{ActionBody, CancellationOut, CancellationQuery, ExtendHold};
pub use amend::{AmendBooking, AmendedEntry, AmendmentOut};
pub use create::{CreateBooking, CreateWalkIn};
pub use guests::{SetStayGuests, StayGuestsOut};
pub use quote::{CreateQuote, QuoteOut, QuoteRoom, QuotedNight, QuotedRoom};
pub use rooms::{AssignRoom, SplitStay, SwapRooms};
pub use show::{BookingFilter, BookingOut, BookingRooms, Viewer};
pub use update::UpdateBooking;
