use super::dto::{DeskStay, FloorOut, FloorRoom, FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::model::{OfHouse, OfStay, RoomRow, StayRow};
use super::repository;
use super::rules::{List, Occupancy, Standing};
use crate::Result;
use crate::app::App;
use crate::changes::{self, Changed, Known, Mark, News, Tell};
use crate::domains::properties::{self, Property};
use crate::domains::rooms::by_number;
use crate::domains::{folios, payments};
use crate::error::Or404;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The lists of a day with their mark; none if the reader's copy is right. Five round trips, however many stays, and one where
/// nothing is new.
pub async fn get(
    app: &App,
    staff: &Staff<BookingsRead>,
    query: &FrontDeskQuery,
    known: &Known,
) -> Result<(Mark, Option<FrontDeskOut>)> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let Start { property, business_date, mark, news } = start(app, &conn, query, known, "front-desk").await?;
    let date = query.date.unwrap_or(business_date);
    let changed = match known.tell(news, |changed| !changed.bookings.is_empty() || !changed.rooms.is_empty()) {
        Tell::Nothing => return Ok((mark, None)),
        Tell::Whole => None,
        Tell::Delta(changed) => Some(changed),
    };
    let mut day = Day { rows: Vec::new(), balances: HashMap::new(), language: &property.default_locale, date };
    let mut replaced = Vec::new();
    if changed.as_ref().is_none_or(|changed| !changed.is_empty()) {
        day.rows = repository::stays(&conn, property.id, date).await?;
        if let Some(changed) = &changed {
            replaced = keep_changed(&conn, property.id, changed, &mut day.rows).await?;
        }
        day.rows.retain(|row| query.shows(row.stay.room_type_id, row.room.as_ref().and_then(|room| room.floor.as_deref())));
        let bookings: Vec<(Uuid, Uuid)> = day.rows.iter().map(|row| (property.id, row.stay.booking_id)).collect();
        day.balances = folios::balances(&conn, &bookings).await?;
    }
    let payments_attention = payments::attention_at(&conn, property.id).await?;
    drop(conn);
    let out = FrontDeskOut {
        property_id: property.id,
        date,
        business_date,
        arrivals: day.listed(List::Arrivals),
        departures: day.listed(List::Departures),
        in_house: day.listed(List::InHouse),
        unassigned: day.listed(List::Unassigned),
        payments_attention,
        is_delta: changed.is_some(),
        replaced,
        sync: mark.to_text(),
    };
    Ok((mark, Some(out)))
}

/// Leaves the stays that have changed, and returns all that have, also those that the day does not concern any more.
async fn keep_changed(conn: &Conn, property_id: Uuid, changed: &Changed, rows: &mut Vec<StayRow>) -> Result<Vec<Uuid>> {
    let bookings: Vec<Uuid> = changed.bookings.iter().copied().collect();
    let mut replaced: BTreeSet<Uuid> = repository::stays_of(conn, property_id, &bookings).await?.into_iter().collect();
    let is_in_changed_room = |row: &StayRow| row.stay.room_id.is_some_and(|id| changed.rooms.contains(&id));
    rows.retain(|row| changed.bookings.contains(&row.stay.booking_id) || is_in_changed_room(row));
    replaced.extend(rows.iter().map(|row| row.stay.id));
    Ok(replaced.into_iter().collect())
}

/// Beginning of every list of a day.
struct Start {
    property: Property,
    /// The date at the hotel.
    business_date: NaiveDate,
    mark: Mark,
    news: News,
}

/// Reads the hotel and what is new there. Another date at the hotel is news of everything.
async fn start(app: &App, conn: &Conn, query: &FrontDeskQuery, known: &Known, list: &str) -> Result<Start> {
    // The mark first: what is read after it is as new, or newer and told again.
    let at = [query.property_id];
    let ((mark, news), property) =
        try_join!(changes::since(conn, &at, known.mark(), query.asked(list)), properties::find(conn, query.property_id),)?;
    let property = property.or_404("property")?;
    let business_date = property.business_date(app.clock.now());
    let news = if known.mark().is_some_and(|mark| mark.is_of(business_date)) { news } else { News::Whole };
    Ok(Start { property, business_date, mark: mark.on(business_date), news })
}

/// Floor by floor, which rooms there are, in what state, and who is in them or comes; none if the reader's copy is right. Two
/// round trips, and one where nothing is new.
pub async fn housekeeping(
    app: &App,
    staff: &Staff<RoomsRead>,
    query: &FrontDeskQuery,
    known: &Known,
) -> Result<(Mark, Option<HousekeepingOut>)> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let Start { property, business_date, mark, news } = start(app, &conn, query, known, "housekeeping").await?;
    let date = query.date.unwrap_or(business_date);
    let changed = match known.tell(news, |changed| !changed.bookings.is_empty() || !changed.rooms.is_empty()) {
        Tell::Nothing => return Ok((mark, None)),
        Tell::Whole => None,
        Tell::Delta(changed) => Some(changed),
    };
    let mut house = House::default();
    if changed.as_ref().is_none_or(|changed| !changed.is_empty()) {
        house = House::read(&conn, property.id, date).await?;
        house.rooms.retain(|RoomRow { room, .. }| query.shows(room.room_type_id, room.floor.as_deref()));
    }
    drop(conn);
    let removed_rooms = changed.as_ref().map(|changed| house.keep_changed(changed)).unwrap_or_default();
    let out = HousekeepingOut {
        property_id: property.id,
        date,
        floors: house.floors(date),
        is_delta: changed.is_some(),
        removed_rooms,
        sync: mark.to_text(),
    };
    Ok((mark, Some(out)))
}

/// The rooms of a hotel on a day, with those who are in them or come, and those that are blocked.
#[derive(Default)]
struct House {
    rooms: Vec<RoomRow>,
    stays: Vec<StayRow>,
    blocked: Vec<Uuid>,
}

impl House {
    async fn read(conn: &Conn, property_id: Uuid, date: NaiveDate) -> Result<Self> {
        let (rooms, stays, blocked) = try_join!(
            repository::rooms(conn, property_id),
            repository::stays(conn, property_id, date),
            repository::blocked(conn, property_id, date),
        )?;
        Ok(Self { rooms, stays, blocked })
    }

    /// Leaves the rooms that have changed, and returns those of them that are not there.
    fn keep_changed(&mut self, changed: &Changed) -> Vec<Uuid> {
        let of_bookings = self.stays.iter().filter(|row| changed.bookings.contains(&row.stay.booking_id));
        let mut ids = changed.rooms.clone();
        ids.extend(of_bookings.filter_map(|row| row.stay.room_id));
        self.rooms.retain(|RoomRow { room, .. }| ids.contains(&room.id));
        for RoomRow { room, .. } in &self.rooms {
            ids.remove(&room.id);
        }
        ids.into_iter().collect()
    }

    fn floors(self, date: NaiveDate) -> Vec<FloorOut> {
        let Self { rooms, stays, blocked } = self;
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
        let sorted = |((_, floor), mut rooms): ((usize, Option<String>), Vec<FloorRoom>)| {
            rooms.sort_by(|one, other| by_number(&one.room_number).cmp(&by_number(&other.room_number)));
            FloorOut { floor, rooms }
        };
        floors.into_iter().map(sorted).collect()
    }
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
        occupancy: Occupancy::of(inside.map(|row| row.stay.departure()), date),
        check_out: inside.map(|row| row.stay.departure()),
        is_arriving: comes.is_some(),
        arrival_time: comes.and_then(|row| row.booking.arrival_time),
        guests: comes.or(inside).map(|row| row.guests()),
        is_blocked: blocked.contains(&id),
    }
}

fn standing(row: &StayRow) -> Standing {
    let OfStay { status, check_in, late_on, room_id, .. } = row.stay;
    Standing { status, check_in, check_out: row.stay.departure(), late_on, has_room: room_id.is_some() }
}

/// A day at the desk, as it was read.
struct Day<'a> {
    rows: Vec<StayRow>,
    /// Balances of the bookings in minor units.
    balances: HashMap<Uuid, i64>,
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
