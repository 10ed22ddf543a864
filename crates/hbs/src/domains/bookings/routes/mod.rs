//! Routes of bookings, by subject.
mod action;
mod booking;
mod bulk;
mod extras;
mod group;
mod guest;
mod import;
mod quote;
mod stay;

use crate::app::App;
use crate::http::routes;
use crate::sheets;
use utoipa_axum::router::OpenApiRouter;

/// Routes of bookings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(quote::create_quote))
        .routes(routes!(booking::list_bookings, booking::create_booking))
        .routes(routes!(booking::create_walk_in))
        .routes(routes!(guest::create_guest_booking))
        .routes(routes!(guest::open_booking_link))
        .routes(routes!(guest::look_up_booking))
        .routes(routes!(guest::claim_bookings))
        .routes(routes!(booking::export_bookings))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(import::import_bookings))))
        .routes(routes!(import::bookings_template))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(group::import_rooming_list))))
        .routes(routes!(group::rooming_list_template))
        .routes(routes!(group::check_in_group))
        .routes(routes!(group::cancel_group))
        .routes(routes!(bulk::check_in_many))
        .routes(routes!(bulk::check_out_many))
        .routes(routes!(bulk::cancel_many))
        .routes(routes!(booking::get_booking, booking::update_booking))
        .routes(routes!(action::confirm_booking))
        .routes(routes!(booking::extend_hold))
        .routes(routes!(booking::amend_booking))
        .routes(routes!(action::cancel_booking))
        .routes(routes!(action::check_in_booking))
        .routes(routes!(action::check_out_booking))
        .routes(routes!(action::no_show_booking))
        .routes(routes!(booking::preview_cancellation))
        .routes(routes!(action::cancel_stay))
        .routes(routes!(action::check_in_stay))
        .routes(routes!(action::check_out_stay))
        .routes(routes!(action::no_show_stay))
        .routes(routes!(action::reinstate_booking))
        .routes(routes!(action::reinstate_stay))
        .routes(routes!(action::undo_check_in_booking))
        .routes(routes!(action::undo_check_in_stay))
        .routes(routes!(action::undo_check_out_booking))
        .routes(routes!(action::undo_check_out_stay))
        .routes(routes!(stay::assign_room))
        .routes(routes!(stay::swap_rooms))
        .routes(routes!(stay::split_stay))
        .routes(routes!(stay::exempt_stay))
        .routes(routes!(stay::withdraw_tax_exemption))
        .routes(routes!(extras::add_stay_extra))
        .routes(routes!(extras::remove_stay_extra))
        .routes(routes!(stay::get_stay_rooms))
        .routes(routes!(stay::get_stay_guests, stay::set_stay_guests))
        .routes(routes!(stay::reveal_stay_document))
}
