use super::dto::{DeskStay, FloorOut, FloorRoom, FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::model::{RoomRow, StayRow};
use super::repository;
use super::rules::{List, Occupancy, Standing};
use crate::Result;
use crate::app::App;
use crate::domains::properties;
use crate::domains::rooms::by_number;
use crate::error::Or404;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The lists of a day. Two round trips, however many stays.
pub async fn get(app: &App, staff: &Staff<BookingsRead>, query: &FrontDeskQuery) -> Result<FrontDeskOut> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let business_date = property.business_date(app.clock.now());
    let date = query.date.unwrap_or(business_date);
    let rows = repository::stays(&conn, property.id, date).await?;
    drop(conn);
    let list = |list| listed(&rows, list, date);
    Ok(FrontDeskOut {
        property_id: property.id,
        date,
        business_date,
        arrivals: list(List::Arrivals),
        departures: list(List::Departures),
        in_house: list(List::InHouse),
        unassigned: list(List::Unassigned),
    })
}

/// Floor by floor, which rooms there are, in what state, and who is in them or comes. Two round trips.
pub async fn housekeeping(app: &App, staff: &Staff<RoomsRead>, query: &FrontDeskQuery) -> Result<HousekeepingOut> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let date = query.date.unwrap_or_else(|| property.business_date(app.clock.now()));
    let (rooms, stays, blocked) = try_join!(
        repository::rooms(&conn, property.id),
        repository::stays(&conn, property.id, date),
        repository::blocked(&conn, property.id, date),
    )?;
    drop(conn);
    let mut floors: BTreeMap<(usize, Option<String>), Vec<FloorRoom>> = BTreeMap::new();
    for room in rooms {
        let place = (room.floor.as_ref().map_or(usize::MAX, String::len), room.floor.clone());
        floors.entry(place).or_default().push(floor_room(room, &stays, &blocked, date));
    }
    let floors = floors.into_iter().map(|((_, floor), mut rooms)| {
        rooms.sort_by(|one, other| by_number(&one.number).cmp(&by_number(&other.number)));
        FloorOut { floor, rooms }
    });
    Ok(HousekeepingOut { property_id: property.id, date, floors: floors.collect() })
}

fn floor_room(room: RoomRow, stays: &[StayRow], blocked: &[Uuid], date: NaiveDate) -> FloorRoom {
    let of_room = || stays.iter().filter(|stay| stay.room_id == Some(room.id));
    let inside = of_room().find(|stay| List::InHouse.has(standing(stay), date));
    let comes = of_room().find(|stay| List::Arrivals.has(standing(stay), date) && stay.status.is_to_come());
    let heads = |stay: &StayRow| stay.adults + i32::try_from(stay.children_ages.len()).unwrap_or(0);
    let RoomRow { id, number, floor: _, room_type_id, housekeeping } = room;
    FloorRoom {
        room_id: id,
        number,
        room_type_id,
        housekeeping,
        occupancy: Occupancy::of(inside.map(|stay| stay.check_out), date),
        is_arriving: comes.is_some(),
        guests: comes.or(inside).map(heads),
        is_blocked: blocked.contains(&id),
    }
}

fn standing(row: &StayRow) -> Standing {
    let StayRow { status, check_in, check_out, late_on, room_id, .. } = *row;
    Standing { status, check_in, check_out, late_on, has_room: room_id.is_some() }
}

/// Returns the stays of a list by room number, 99 before 101, those without a room first; then by name.
fn listed(rows: &[StayRow], list: List, date: NaiveDate) -> Vec<DeskStay> {
    let is_on = |row: &&StayRow| list.has(standing(row), date);
    let mut stays: Vec<DeskStay> = rows.iter().filter(is_on).map(DeskStay::from).collect();
    stays.sort_by(|one, other| {
        let by_room = one.room_number.as_deref().map(by_number).cmp(&other.room_number.as_deref().map(by_number));
        by_room.then_with(|| one.guest.cmp(&other.guest))
    });
    stays
}
