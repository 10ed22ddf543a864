//! Requests and answers of the API, by subject.
mod act;
mod amend;
mod bulk;
mod create;
mod exempt;
mod guest;
mod guests;
mod list;
mod quote;
mod rooming;
mod rooms;
mod show;
mod update;

pub use act::{ActionBody, CancellationOut, CancellationQuery, ExtendHold};
pub use amend::{AmendBooking, AmendedEntry, AmendmentOut, LostOffer};
pub use bulk::{BulkAction, BulkDone, BulkItem, BulkResult};
pub use create::{CreateBooking, CreateWalkIn};
pub use exempt::{ExemptStay, WithdrawExemption};
pub use guest::{AccessOut, CreateGuestBooking, LookUp, OpenLink};
pub use guests::{IdentityDocument, RevealStayDocument, SetStayGuests, StayGuestsOut};
pub use list::{BookingFilter, BookingListQuery, BookingPage, BookingSort, Place, SortKey};
pub use quote::{
    CreateQuote, QuoteOut, QuoteRoom, QuotedExtraOut, QuotedNight, QuotedOffer, QuotedRoom, QuotedService, QuotedTax,
};
pub use rooming::RoomingQuery;
pub use rooms::{AssignRoom, RoomReason, SplitStay, StayRoom, StayRoomsOut, StayRoomsQuery, SwapRooms};
pub use show::{BookingOut, Shown, StayExtraOut, Viewer};
pub use update::UpdateBooking;
