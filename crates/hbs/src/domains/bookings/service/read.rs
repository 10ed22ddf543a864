use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{BookingOut, Shown, StayExtraOut, Viewer};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository;
use crate::domains::extras::{self, ShownExtra};
use crate::domains::rooms::{self, TypeName};
use crate::domains::{folios, groups};
use crate::error::Or404;
use crate::money::Currency;
use crate::security::permission::BookingsRead;
use crate::security::{OwnOr, Reach};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// A booking in a reader's languages.
pub async fn get(app: &App, who: &OwnOr<BookingsRead>, id: Uuid, reading: &Reading) -> Result<BookingOut> {
    find_for(app, &who.reach, id, reading).await?.or_404("booking")
}

/// A booking within reach, in a reader's languages.
pub(super) async fn find_for(app: &App, reach: &Reach, id: Uuid, reading: &Reading) -> Result<Option<BookingOut>> {
    let conn = app.db.conn().await?;
    let Some(booking) = repository::find(&conn, reach, id).await? else { return Ok(None) };
    Ok(show(&conn, reach, vec![booking], reading).await?.pop())
}

/// The answer to a change of a booking: what it has become.
pub(super) async fn answer(conn: &Conn, reach: &Reach, booking: Booking) -> Result<Answer> {
    let version = booking.version;
    Answer::ok(version, &show_one(conn, reach, booking).await?)
}

pub(super) async fn show_one(conn: &Conn, reach: &Reach, booking: Booking) -> Result<BookingOut> {
    let mut shown = show(conn, reach, vec![booking], &Reading::default()).await?;
    shown.pop().or_404("booking")
}

/// Bookings with their stays, and the names and balances that they are shown with: two round trips more, and one
/// where guests have moved, however many bookings.
pub(super) async fn show(conn: &Conn, reach: &Reach, bookings: Vec<Booking>, reading: &Reading) -> Result<Vec<BookingOut>> {
    let stays = repository::stays_of(conn, &bookings.iter().collect::<Vec<_>>()).await?;
    let shown = shown(conn, &bookings, &stays, reading).await?;
    let language = reading.own_language();
    let mut by_booking: HashMap<Uuid, Vec<Stay>> = HashMap::new();
    for stay in stays {
        by_booking.entry(stay.booking_id).or_default().push(stay);
    }
    let out = |booking: Booking| {
        let viewer = if reach.scope.covers(booking.property_id) { Viewer::Staff } else { Viewer::Guest };
        let stays = by_booking.remove(&booking.id).unwrap_or_default();
        BookingOut::new(booking, stays, &shown, viewer, language)
    };
    Ok(bookings.into_iter().map(out).collect())
}

async fn shown(conn: &Conn, bookings: &[Booking], stays: &[Stay], reading: &Reading) -> Result<Shown> {
    let moved: Vec<(Uuid, Uuid)> =
        stays.iter().filter(|stay| stay.moved_on.is_some()).map(|stay| (stay.property_id, stay.id)).collect();
    let moves = if moved.is_empty() { Vec::new() } else { repository::moves_of(conn, &moved).await? };
    let rooms: Vec<Uuid> = stays.iter().map(|stay| stay.room_id).chain(moves.iter().map(|left| left.room_id)).flatten().collect();
    let types: Vec<Uuid> = stays.iter().map(|stay| stay.room_type_id).collect();
    let of_groups: Vec<Uuid> = bookings.iter().filter_map(|booking| booking.group_id).collect();
    let ids: Vec<(Uuid, Uuid)> = bookings.iter().map(|booking| (booking.property_id, booking.id)).collect();
    let of_stays: Vec<(Uuid, Uuid)> = stays.iter().map(|stay| (stay.property_id, stay.id)).collect();
    let (room_numbers, names, groups, balances, sold, exempt) = try_join!(
        repository::room_numbers(conn, &rooms),
        rooms::type_names(conn, &types),
        groups::names(conn, &of_groups),
        folios::balances(conn, &ids),
        extras::shown(conn, &ids),
        repository::exemptions_of(conn, &of_stays),
    )?;
    let exemptions = exempt.into_iter().map(|exemption| (exemption.stay_id, exemption.into())).collect();
    let currencies: HashMap<Uuid, Currency> = stays
        .iter()
        .filter_map(|stay| Some((stay.id, bookings.iter().find(|own| own.id == stay.booking_id)?.currency)))
        .collect();
    let extra = |extra: ShownExtra| {
        let currency = *currencies.get(&extra.stay_id)?;
        Some(StayExtraOut::new(extra, currency, reading))
    };
    let extras = sold.into_iter().filter_map(extra).collect();
    let of_type = |kind: TypeName| (kind.id, reading.name(&kind.name, &kind.texts, &kind.locale));
    let room_types = names.into_iter().map(of_type).collect();
    Ok(Shown { room_numbers, room_types, groups, balances, moves, extras, exemptions })
}
