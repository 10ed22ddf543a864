//! Bookings: from request to departure. A booking is a contract; each of its stays is one room.
mod agreement;
mod amendment;
mod dto;
mod error;
mod events;
mod fees;
pub mod import;
mod jobs;
mod model;
mod quote;
mod reference;
mod repository;
mod routes;
pub mod rules;
pub mod selling;
mod service;

pub use agreement::Agreement;
pub use dto::{AmendBooking, CreateBooking, RoomRequest};
pub use error::{BookingError, NO_AVAILABILITY, NO_SINGLE_ROOM, PROBLEMS, TOO_LATE};
pub use jobs::jobs;
pub use model::Booking;
pub use reference::References;
pub use repository::{are_in_house, are_live, find, lock_bookings, property_within_reach, references};
pub use service::moves::{is_to_come, move_stays};
pub use service::{
    ActionRequest, Agreed, Also, AmendRequest, Rehearsed, act, amend, expire_hold, extend_stay, hold_for_guest, prepare_mail,
    preview_cancellation_in, record_no_show, rehearse, rehearse_amendment,
};

use crate::app::App;
use crate::sheets;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::create_quote))
        .routes(routes!(routes::list_bookings, routes::create_booking))
        .routes(routes!(routes::create_walk_in))
        .routes(routes!(routes::export_bookings))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(routes::import_bookings))))
        .routes(routes!(routes::bookings_template))
        .routes(routes!(routes::get_booking, routes::update_booking))
        .routes(routes!(routes::confirm_booking))
        .routes(routes!(routes::extend_hold))
        .routes(routes!(routes::amend_booking))
        .routes(routes!(routes::cancel_booking))
        .routes(routes!(routes::check_in_booking))
        .routes(routes!(routes::check_out_booking))
        .routes(routes!(routes::no_show_booking))
        .routes(routes!(routes::preview_cancellation))
        .routes(routes!(routes::cancel_stay))
        .routes(routes!(routes::check_in_stay))
        .routes(routes!(routes::check_out_stay))
        .routes(routes!(routes::no_show_stay))
        .routes(routes!(routes::reinstate_booking))
        .routes(routes!(routes::reinstate_stay))
        .routes(routes!(routes::undo_check_in_booking))
        .routes(routes!(routes::undo_check_in_stay))
        .routes(routes!(routes::undo_check_out_booking))
        .routes(routes!(routes::undo_check_out_stay))
        .routes(routes!(routes::assign_room))
        .routes(routes!(routes::swap_rooms))
        .routes(routes!(routes::get_stay_guests, routes::set_stay_guests))
        .routes(routes!(routes::get_folio))
}
