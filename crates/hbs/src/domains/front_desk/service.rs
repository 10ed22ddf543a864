use super::dto::{DeskStay, FloorOut, FloorRoom, FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::model::{OfHouse, OfStay, RoomRow, StayRow};
use super::repository;
use super::rules::{List, Occupancy, Standing};
use crate::Result;
use crate::app::App;
use crate::domains::folios;
use crate::domains::properties;
use crate::domains::rooms::by_number;
use crate::error::Or404;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use crate::texts::Locale;
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The lists of a day. Three round trips, however many stays.
pub async fn get(app: &App, staff: &Staff<BookingsRead>, query: &FrontDeskQuery) -> Result<FrontDeskOut> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let business_date = property.business_date(app.clock.now());
    let date = query.date.unwrap_or(business_date);
    let mut rows = repository::stays(&conn, property.id, date).await?;
    rows.retain(|row| query.shows(row.stay.room_type_id, row.room.as_ref().and_then(|room| room.floor.as_deref())));
    let bookings: Vec<(Uuid, Uuid)> = rows.iter().map(|row| (property.id, row.stay.booking_id)).collect();
    let balances = folios::balances(&conn, &bookings).await?;
    drop(conn);
    let day = Day { rows: &rows, balances: &balances, language: &property.default_locale, date };
    Ok(FrontDeskOut {
        property_id: property.id,
        date,
        business_date,
        arrivals: day.listed(List::Arrivals),
        departures: day.listed(List::Departures),
        in_house: day.listed(List::InHouse),
        unassigned: day.listed(List::Unassigned),
    })
}

/// Floor by floor, which rooms there are, in what state, and who is in them or comes. Two round trips.
pub async fn housekeeping(app: &App, staff: &Staff<RoomsRead>, query: &FrontDeskQuery) -> Result<HousekeepingOut> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let date = query.date.unwrap_or_else(|| property.business_date(app.clock.now()));
    let (mut rooms, stays, blocked) = try_join!(
        repository::rooms(&conn, property.id),
        repository::stays(&conn, property.id, date),
        repository::blocked(&conn, property.id, date),
    )?;
    drop(conn);
    rooms.retain(|RoomRow { room, .. }| query.shows(room.room_type_id, room.floor.as_deref()));
    let mut in_rooms: HashMap<Uuid, Vec<&StayRow>> = HashMap::new();
    for stay in &stays {
        if let Some(room_id) = stay.stay.room_id {
            in_rooms.entry(room_id).or_default().push(stay);
        }
    }
    let mut floors: BTreeMap<(usize, Option<String>), Vec<FloorRoom>> = BTreeMap::new();
    for row in rooms {
        let place = (row.room.floor.as_ref().map_or(usize::MAX, String::len), row.room.floor.clone());
        let stays = in_rooms.get(&row.room.id).map_or(&[][..], Vec::as_slice);
        floors.entry(place).or_default().push(floor_room(row, stays, &blocked, date));
    }
    let floors = floors.into_iter().map(|((_, floor), mut rooms)| {
        rooms.sort_by(|one, other| by_number(&one.room_number).cmp(&by_number(&other.room_number)));
        FloorOut { floor, rooms }
    });
    Ok(HousekeepingOut { property_id: property.id, date, floors: floors.collect() })
}

fn floor_room(row: RoomRow, stays: &[&StayRow], blocked: &[Uuid], date: NaiveDate) -> FloorRoom {
    let inside = stays.iter().find(|row| List::InHouse.has(standing(row), date));
    let comes = stays.iter().find(|row| List::Arrivals.has(standing(row), date) && row.stay.status.is_to_come());
    let RoomRow { room, kind } = row;
    let OfHouse { id, number, floor: _, room_type_id, housekeeping, version } = room;
    FloorRoom {
        room_id: id,
        room_number: number.clone(),
        number,
        version,
        room_type_id,
        room_type_code: kind.code,
        room_type_name: kind.name,
        housekeeping,
        occupancy: Occupancy::of(inside.map(|row| row.stay.check_out), date),
        check_out: inside.map(|row| row.stay.check_out),
        is_arriving: comes.is_some(),
        arrival_time: comes.and_then(|row| row.booking.arrival_time),
        guests: comes.or(inside).map(|row| row.guests()),
        is_blocked: blocked.contains(&id),
    }
}

fn standing(row: &StayRow) -> Standing {
    let OfStay { status, check_in, check_out, late_on, room_id, .. } = row.stay;
    Standing { status, check_in, check_out, late_on, has_room: room_id.is_some() }
}

/// A day at the desk, as it was read.
struct Day<'a> {
    rows: &'a [StayRow],
    /// Balances of the bookings in minor units.
    balances: &'a HashMap<Uuid, i64>,
    /// Language of the hotel.
    language: &'a Locale,
    date: NaiveDate,
}

impl Day<'_> {
    /// Returns the stays of a list by room number, 99 before 101, those without a room first; then by name.
    fn listed(&self, list: List) -> Vec<DeskStay> {
        let is_on = |row: &&StayRow| list.has(standing(row), self.date);
        let balance = |row: &StayRow| self.balances.get(&row.stay.booking_id).copied().unwrap_or(0);
        let shown = |row: &StayRow| DeskStay::new(row, balance(row), self.language);
        let mut stays: Vec<DeskStay> = self.rows.iter().filter(is_on).map(shown).collect();
        stays.sort_by(|one, other| {
            let by_room = one.room_number.as_deref().map(by_number).cmp(&other.room_number.as_deref().map(by_number));
            by_room.then_with(|| one.guest_name.cmp(&other.guest_name))
        });
        stays
    }
}
