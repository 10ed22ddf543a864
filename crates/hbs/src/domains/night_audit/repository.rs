use super::dto::NightAuditFilter;
use super::model::{DueStay, Figures, NightAudit};
use crate::domains::bookings::rules::MAX_NIGHTS;
use crate::domains::folios;
use crate::domains::stays::{Status, TO_COME, are_in_house, are_live};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{NaiveDate, TimeDelta};
use diesel::dsl::{case_when, count_star, not, sum};
use diesel::prelude::*;
use hbs_schema::{bookings, inventory, night_audits, properties, room_nights, rooms, stays};
use uuid::Uuid;

/// Guests who should have left by the date and are in the house, guests who should have come and have not, and holds for
/// nights that are over; by arrival.
pub async fn due(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<DueStay>> {
    let in_room = rooms::property_id.eq(stays::property_id).and(rooms::id.nullable().eq(stays::room_id));
    let departure = case_when(stays::is_day_use, stays::check_in).otherwise(stays::check_out);
    let should_have_left = stays::status.eq(Status::CheckedIn).and(departure.le(date));
    let should_have_come = stays::status.eq_any(TO_COME);
    stays::table
        .inner_join(bookings::table.on(bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id))))
        .left_join(rooms::table.on(in_room))
        .filter(stays::property_id.eq(property_id))
        .filter(are_live())
        .filter(stays::check_in.le(date))
        .filter(should_have_left.or(should_have_come))
        .order((stays::check_in, stays::id))
        .select((
            stays::id,
            stays::booking_id,
            bookings::reference,
            bookings::contact_name,
            stays::guest_name,
            stays::status,
            stays::room_id,
            rooms::number.nullable(),
            stays::check_in,
            departure,
            stays::late_on,
        ))
        .load(&mut conn)
        .await
}

/// Returns the stays that have rooms on a night.
pub async fn occupants(
    mut conn: &Conn,
    property_id: Uuid,
    rooms: &[Uuid],
    night: NaiveDate,
) -> QueryResult<Vec<(Uuid, NextStay)>> {
    room_nights::table
        .inner_join(
            stays::table.on(stays::property_id.eq(room_nights::property_id).and(stays::id.nullable().eq(room_nights::stay_id))),
        )
        .inner_join(bookings::table.on(bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id))))
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::room_id.eq_any(rooms))
        .filter(room_nights::night.eq(night))
        .select((
            room_nights::room_id,
            (stays::id, stays::booking_id, bookings::reference, bookings::contact_name, stays::guest_name),
        ))
        .load(&mut conn)
        .await
}

/// A stay, its booking and reference, the contact's name and the guest's.
pub type NextStay = (Uuid, Uuid, String, String, Option<String>);

/// Rooms with guests in the house on a night.
pub async fn rooms_in_use(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Uuid>> {
    let rooms: Vec<Option<Uuid>> = stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .select(stays::room_id)
        .distinct()
        .load(&mut conn)
        .await?;
    Ok(rooms.into_iter().flatten().collect())
}

/// Returns the figures of a day.
pub async fn figures(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Figures> {
    let there = [Status::CheckedIn, Status::CheckedOut];
    // No stay is longer, which keeps the index's range short.
    let earliest = date - TimeDelta::days(MAX_NIGHTS);
    let of_hotel = stays::property_id.eq(property_id).and(stays::check_in.between(earliest, date));
    let stays = || stays::table.filter(of_hotel);
    let arrivals: i64 = stays()
        .filter(stays::check_in.eq(date))
        .filter(stays::status.eq_any(there))
        .select(count_star())
        .first(&mut conn)
        .await?;
    let departures: i64 = stays()
        .filter(stays::check_out.eq(date))
        .filter(stays::status.eq(Status::CheckedOut))
        .select(count_star())
        .first(&mut conn)
        .await?;
    let no_shows: i64 = stays()
        .filter(stays::status.eq(Status::NoShow))
        .filter(stays::status_on.eq(date))
        .select(count_star())
        .first(&mut conn)
        .await?;
    let available: Option<i64> = inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.eq(date))
        .select(sum(inventory::capacity))
        .first(&mut conn)
        .await?;
    let revenue = folios::revenue(conn, property_id, date).await?;
    let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    Ok(Figures {
        no_shows: count(no_shows),
        rooms_available: count(available.unwrap_or(0)),
        arrivals: count(arrivals),
        departures: count(departures),
        room_revenue_minor: revenue.room_minor,
        total_revenue_minor: revenue.total_minor,
    })
}

pub async fn find(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Option<NightAudit>> {
    night_audits::table.find((property_id, date)).select(NightAudit::as_select()).first(&mut conn).await.optional()
}

/// Returns the audits within the scope with their currencies, the latest first. `after` is the date and hotel of the
/// last one seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &NightAuditFilter,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<(NightAudit, Currency)>> {
    let mut query = night_audits::table
        .inner_join(properties::table)
        .order((night_audits::business_date.desc(), night_audits::property_id.desc()))
        .limit(limit)
        .select((NightAudit::as_select(), properties::currency))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(night_audits::property_id.eq_any(ids));
    }
    if let Some(property_id) = filter.property_id.or(scope.only()) {
        query = query.filter(night_audits::property_id.eq(property_id));
    }
    if let Some((date, property_id)) = after {
        let same_date = night_audits::business_date.eq(date).and(night_audits::property_id.lt(property_id));
        query = query.filter(night_audits::business_date.lt(date).or(same_date));
    }
    query.load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, audit: &NightAudit) -> QueryResult<usize> {
    diesel::insert_into(night_audits::table).values(audit).execute(&mut conn).await
}

/// The hotels whose audit runs by itself.
pub async fn automatic(mut conn: &Conn) -> QueryResult<Vec<Uuid>> {
    properties::table
        .filter(not(properties::is_deleted))
        .filter(properties::night_audit_time.is_not_null())
        .order(properties::id)
        .select(properties::id)
        .load(&mut conn)
        .await
}
