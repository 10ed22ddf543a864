//! Whether guests can be sent to their rooms.
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::repository;
use crate::domains::rooms;
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Guests go to rooms that others have left and, where that must be, that have been made up.
pub(super) async fn check_rooms(conn: &Conn, property_id: Uuid, ids: &[Uuid], must_be_ready: bool) -> Result<()> {
    if let Some((_, number)) = repository::rooms_with_guests(conn, property_id, ids).await?.into_iter().next() {
        return Err(BookingError::RoomOccupied(number).into());
    }
    if !must_be_ready {
        return Ok(());
    }
    match rooms::not_ready(conn, ids).await?.into_iter().next() {
        Some(room) => Err(BookingError::RoomNotReady { number: room.number, housekeeping: room.housekeeping }.into()),
        None => Ok(()),
    }
}
