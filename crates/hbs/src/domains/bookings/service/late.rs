//! Guests who come late: after their day of arrival was closed.
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::repository;
use crate::domains::inventory;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use uuid::Uuid;

/// Keeps stays whose guests have not come when their date is closed: they are expected on the next one. The caller holds the
/// row of the hotel alone.
pub async fn expect_late(conn: &Conn, property_id: Uuid, stays: &[Uuid], on: NaiveDate, cause: &Cause) -> Result<()> {
    if stays.is_empty() {
        return Ok(());
    }
    let kept = repository::expect_late(conn, property_id, stays, on, cause.at).await?;
    if kept.len() != stays.len() {
        return Err(BookingError::Busy.into());
    }
    let bookings: Vec<Uuid> = kept.iter().map(|stay| stay.booking_id).collect();
    inventory::bump_versions(conn, property_id, &bookings, cause.at).await?;
    outbox::publish(conn, cause, kept.iter().map(|stay| Event::of("stay.expected_late", stay).with("late_on", on))).await?;
    Ok(())
}
