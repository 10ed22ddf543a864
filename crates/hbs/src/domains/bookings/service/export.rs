//! The booking list as a spreadsheet, sent page by page: whatever its length, a page at a time is in memory.
use crate::Result;
use crate::app::App;
use crate::domains::bookings::dto::{BookingFilter, Place};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, Wanted};
use crate::money::Money;
use crate::reading::{self, Reading};
use crate::security::permission::BookingsRead;
use crate::security::{Reach, Staff};
use crate::sheets::{csv_lines, safe_cell};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::collections::HashMap;
use uuid::Uuid;

/// Bookings read at once.
const PAGE: i64 = 500;

const COLUMNS: &[&str] = &[
    "id",
    "reference",
    "status",
    "channel",
    "external_reference",
    "check_in",
    "check_out",
    "rooms",
    "room_numbers",
    "guests",
    "contact_name",
    "contact_email",
    "contact_phone",
    "total",
    "currency",
    "created_at",
    "arrival_time",
    "tags",
    "notes",
];

/// The bookings that the filter finds, as CSV with a header, in its order. Fails if the first page does; a failure after that
/// ends it. Whoever exports is on the record.
pub async fn export(
    app: App,
    staff: &Staff<BookingsRead>,
    filter: BookingFilter,
) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>> {
    let reach = staff.reach();
    let (first, last) = page(&app, &reach, &filter, None).await?;
    reading::record(&app, &staff.caller, &staff.scope, filter.property_id, Reading::BookingsExport).await?;
    let head = Bytes::from(csv_lines([COLUMNS])?);
    let rest = stream::try_unfold((app, reach, filter, last), |(app, reach, filter, last)| async move {
        let Some(after) = last else { return Ok(None) };
        let (lines, last) = page(&app, &reach, &filter, Some(after)).await.map_err(|error| {
            tracing::warn!(?error, "an export of bookings ended early");
            std::io::Error::other("the export ended early")
        })?;
        Ok(Some((lines, (app, reach, filter, last))))
    });
    Ok(stream::iter([Ok(head), Ok(first)]).chain(rest))
}

/// A page, and after which booking the next one begins.
async fn page(app: &App, reach: &Reach, filter: &BookingFilter, after: Option<Place>) -> Result<(Bytes, Option<Place>)> {
    let conn = app.db.conn().await?;
    let bookings = repository::list(&conn, &Wanted { reach, filter, among: None }, after, PAGE).await?;
    let stays = repository::stays_of(&conn, &bookings.iter().collect::<Vec<_>>()).await?;
    let rooms: Vec<Uuid> = stays.iter().filter_map(|stay| stay.room_id).collect();
    let numbers = repository::room_numbers(&conn, &rooms).await?;
    drop(conn);
    let mut by_booking: HashMap<Uuid, Vec<Stay>> = HashMap::new();
    for stay in stays {
        by_booking.entry(stay.booking_id).or_default().push(stay);
    }
    let line = |booking: &Booking| line(booking, by_booking.get(&booking.id).map_or(&[], Vec::as_slice), &numbers);
    let is_full = i64::try_from(bookings.len()).is_ok_and(|count| count == PAGE);
    let last = bookings.last().map(|booking| Place::of(filter.sort, booking)).filter(|_| is_full);
    Ok((csv_lines(bookings.iter().map(line))?.into(), last))
}

fn line(booking: &Booking, stays: &[Stay], numbers: &HashMap<Uuid, String>) -> Vec<String> {
    let numbers: Vec<&str> = stays.iter().filter_map(|stay| numbers.get(&stay.room_id?)).map(String::as_str).collect();
    let guests: i64 =
        stays.iter().map(|stay| i64::from(stay.adults) + i64::try_from(stay.children_ages.len()).unwrap_or(0)).sum();
    let total = Money::new(booking.total_minor, booking.currency);
    vec![
        booking.id.to_string(),
        booking.reference.clone(),
        booking.status.to_string(),
        booking.channel.clone(),
        safe_cell(booking.external_reference.as_deref().unwrap_or_default()),
        booking.check_in.to_string(),
        booking.check_out.to_string(),
        stays.len().to_string(),
        safe_cell(&numbers.join(" ")),
        guests.to_string(),
        safe_cell(&booking.contact_name),
        safe_cell(booking.contact_email.as_deref().unwrap_or_default()),
        safe_cell(booking.contact_phone.as_deref().unwrap_or_default()),
        total.amount(),
        total.currency.to_string(),
        booking.created_at.to_rfc3339(),
        booking.arrival_time.map(|time| time.format("%H:%M").to_string()).unwrap_or_default(),
        safe_cell(&booking.tags.joined()),
        safe_cell(booking.notes.as_deref().unwrap_or_default()),
    ]
}
