use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{BookingFilter, BookingOut, BookingRooms, Viewer};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository;
use crate::error::Or404;
use crate::page::{Page, PageQuery};
use crate::security::permission::BookingsRead;
use crate::security::{OwnOr, Reach};
use crate::stores::postgres::Conn;
use std::collections::HashMap;
use uuid::Uuid;

pub async fn get(app: &App, who: &OwnOr<BookingsRead>, id: Uuid) -> Result<BookingOut> {
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &who.reach, id).await?.or_404("booking")?;
    show_one(&conn, &who.reach, booking).await
}

pub async fn list(app: &App, who: &OwnOr<BookingsRead>, filter: &BookingFilter, page: &PageQuery) -> Result<Page<BookingOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |booking| booking.id)?;
    Ok(Page { items: show(&conn, &who.reach, items).await?, next_cursor })
}

/// The answer to a change of a booking: what it has become.
pub(super) async fn answer(conn: &Conn, reach: &Reach, booking: Booking) -> Result<Answer> {
    let version = booking.version;
    Answer::ok(version, &show_one(conn, reach, booking).await?)
}

pub(super) async fn show_one(conn: &Conn, reach: &Reach, booking: Booking) -> Result<BookingOut> {
    let mut shown = show(conn, reach, vec![booking]).await?;
    shown.pop().or_404("booking")
}

/// Bookings with their stays and room numbers: two queries more, and one where guests have moved, however many bookings.
async fn show(conn: &Conn, reach: &Reach, bookings: Vec<Booking>) -> Result<Vec<BookingOut>> {
    let stays = repository::stays_of(conn, &bookings.iter().collect::<Vec<_>>()).await?;
    let moved: Vec<(Uuid, Uuid)> =
        stays.iter().filter(|stay| stay.moved_on.is_some()).map(|stay| (stay.property_id, stay.id)).collect();
    let moves = if moved.is_empty() { Vec::new() } else { repository::moves_of(conn, &moved).await? };
    let rooms: Vec<Uuid> = stays.iter().map(|stay| stay.room_id).chain(moves.iter().map(|left| left.room_id)).flatten().collect();
    let numbers = repository::room_numbers(conn, &rooms).await?;
    let rooms = BookingRooms { numbers: &numbers, moves };
    let mut by_booking: HashMap<Uuid, Vec<Stay>> = HashMap::new();
    for stay in stays {
        by_booking.entry(stay.booking_id).or_default().push(stay);
    }
    let out = |booking: Booking| {
        let viewer = if reach.scope.covers(booking.property_id) { Viewer::Staff } else { Viewer::Guest };
        let stays = by_booking.remove(&booking.id).unwrap_or_default();
        BookingOut::new(booking, stays, &rooms, viewer)
    };
    Ok(bookings.into_iter().map(out).collect())
}
