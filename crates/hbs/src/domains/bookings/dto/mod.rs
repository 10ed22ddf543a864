//! Requests and answers of the API, by subject.
mod act;
mod amend;
mod create;
mod guests;
mod list;
mod quote;
mod rooms;
mod show;
mod update;

pub use act::{ActionBody, CancellationOut, CancellationQuery, ExtendHold};
pub use amend::{AmendBooking, AmendQuery, AmendedEntry, AmendmentOut};
pub use create::{CreateBooking, CreateWalkIn};
pub use guests::{SetStayGuests, StayGuestsOut};
pub use list::{BookingFilter, BookingListQuery, BookingPage, BookingSort, Place, SortKey, asked};
pub use quote::{CreateQuote, QuoteOut, QuoteRoom, QuotedNight, QuotedRoom};
pub use rooms::{AssignRoom, RoomReason, StayRoom, StayRoomsOut, StayRoomsQuery, SwapRooms};
pub use show::{BookingOut, Shown, Viewer};
pub use update::UpdateBooking;
