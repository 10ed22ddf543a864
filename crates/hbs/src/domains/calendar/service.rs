use super::dto::{
    CalendarBlock, CalendarNight, CalendarOut, CalendarQuery, CalendarRate, CalendarRoom, CalendarStay, CalendarType, Segment,
};
use super::model::{BlockRow, OfStay, RoomRow, StayRow};
use super::repository::{self, MoveRow};
use crate::app::App;
use crate::changes::{self, Changed, Known, Mark, News, Tell};
use crate::domains::bookings::selling::{DIRECT, basis};
use crate::domains::catalogue::Catalogues;
use crate::domains::folios;
use crate::domains::inventory::{self, NightRow, Nights};
use crate::domains::properties;
use crate::domains::rates::engine::{Effective, Party, Plan, RoomBasis, Tariff};
use crate::domains::rates::pricing;
use crate::domains::rooms::{RoomType, by_number};
use crate::error::{FieldError, Or404};
use crate::money::{Currency, Money};
use crate::security::Staff;
use crate::security::permission::BookingsRead;
use crate::stamps;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{Days, NaiveDate};
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// Maximum number of nights of a calendar: about three months.
const MAX_NIGHTS: i64 = 92;

/// Everything about some nights of a hotel, with its mark; none if the reader's copy is right. Three round trips, however many
/// rooms and nights, and one where nothing is new; one more where the hotel's catalogue has changed.
pub async fn get(
    app: &App,
    staff: &Staff<BookingsRead>,
    query: &CalendarQuery,
    known: &Known,
) -> Result<(Mark, Option<CalendarOut>)> {
    let CalendarQuery { property_id, from, to, .. } = *query;
    staff.at(property_id)?;
    let nights = Nights::new(from, to);
    check(nights)?;
    let conn = app.db.conn().await?;
    // The mark first: what is read after it is as new, or newer and told again.
    let at = [property_id];
    let ((mark, news), property) =
        try_join!(changes::since(&conn, &at, known.mark(), query.asked()), properties::find(&conn, property_id),)?;
    let business_date = property.or_404("property")?.business_date(app.clock.now());
    let news = if known.mark().is_some_and(|mark| mark.is_of(business_date)) { news } else { News::Whole };
    let mark = mark.on(business_date);
    let changed = match known.tell(news, |changed| !changed.is_empty()) {
        Tell::Nothing => return Ok((mark, None)),
        Tell::Whole => None,
        Tell::Delta(changed) => Some(changed),
    };
    let is_new = changed.as_ref().is_none_or(|changed| !changed.is_empty());
    let mut chart = if is_new { Chart::read(app, &conn, query, nights).await? } else { Chart::default() };
    drop(conn);
    let removed_rooms = changed.as_ref().map(|changed| chart.keep_changed(changed)).unwrap_or_default();
    let Chart { room_types, rooms } = chart;
    let (is_delta, sync) = (changed.is_some(), mark.to_text());
    Ok((mark, Some(CalendarOut { property_id, from, to, business_date, room_types, rooms, is_delta, removed_rooms, sync })))
}

/// The room types and the rooms of a calendar.
#[derive(Default)]
struct Chart {
    room_types: Vec<CalendarType>,
    rooms: Vec<CalendarRoom>,
}

impl Chart {
    async fn read(app: &App, conn: &Conn, query: &CalendarQuery, nights: Nights) -> Result<Self> {
        let CalendarQuery { property_id, room_type_id, ref floor, .. } = *query;
        let (version, mut rooms, stays, moves, blocks, rows, night_rates) = try_join!(
            stamps::version(conn, property_id),
            repository::rooms(conn, property_id),
            repository::stays(conn, property_id, nights),
            repository::moves(conn, property_id, nights),
            repository::blocks(conn, property_id, nights),
            inventory::find_nights(conn, property_id, nights),
            pricing::load_nights(conn, property_id, None, nights),
        )?;
        let bookings: Vec<(Uuid, Uuid)> = stays.iter().map(|row| (property_id, row.stay.booking_id)).collect();
        let catalogues = Catalogues::of(app);
        let (catalogue, balances) = try_join!(catalogues.get(conn, property_id, version), folios::balances(conn, &bookings))?;
        let catalogue = catalogue.or_404("property")?;
        let rates = catalogue.rates.at(night_rates);
        let prices = Prices { tariff: &rates.tariff, currency: catalogue.property.currency };
        let is_type_shown = |id: Uuid| room_type_id.is_none_or(|wanted| wanted == id);
        let is_floor_shown = |of_room: &Option<String>| floor.is_none() || of_room == floor;
        rooms.retain(|room| is_type_shown(room.room_type_id) && is_floor_shown(&room.floor));
        let stays = Stays::new(stays, &balances, &moves, nights);
        let types = catalogue.room_types().filter(|kind| is_type_shown(kind.id));
        Ok(Self {
            room_types: shown_types(types, rows, stays.unassigned, &prices),
            rooms: shown_rooms(rooms, stays.in_rooms, blocks),
        })
    }

    /// Leaves the rooms that have changed, and returns those of them that are not there.
    fn keep_changed(&mut self, changed: &Changed) -> Vec<Uuid> {
        let mut gone = changed.rooms.clone();
        let has_changed = |segment: &Segment| match segment {
            Segment::Stay(stay) => changed.bookings.contains(&stay.booking_id),
            Segment::Block(_) => false,
        };
        self.rooms.retain(|room| gone.remove(&room.id) || room.segments.iter().any(has_changed));
        gone.into_iter().collect()
    }
}

fn check(nights: Nights) -> Result<()> {
    if (1..=MAX_NIGHTS).contains(&nights.count()) {
        Ok(())
    } else {
        Err(Error::invalid_fields(vec![FieldError::query("to", format!("must be 1 to {MAX_NIGHTS} days after from"))]))
    }
}

/// The stays of a calendar, by where they are shown.
#[derive(Default)]
struct Stays {
    /// Stays with a room, by room, with those that guests had before.
    in_rooms: HashMap<Uuid, Vec<CalendarStay>>,
    /// Stays that need a room and have none, by type.
    unassigned: HashMap<Uuid, Vec<CalendarStay>>,
}

impl Stays {
    fn new(rows: Vec<StayRow>, balances: &HashMap<Uuid, i64>, moves: &[MoveRow], nights: Nights) -> Self {
        let mut stays = Self::default();
        for row in rows {
            let OfStay { room_type_id, room_id, status, .. } = row.stay;
            let has_balance = balances.get(&row.stay.booking_id).is_some_and(|balance| *balance != 0);
            let stay = CalendarStay::new(row, has_balance);
            // Of those who need no room any more, none is missing.
            if room_id.is_none() && status.is_live() {
                stays.unassigned.entry(room_type_id).or_default().push(stay);
                continue;
            }
            // A no-show keeps its first night only.
            for (room_id, stay) in in_rooms(room_id, stay, moves).into_iter().filter(|(_, stay)| stay.to > nights.from) {
                stays.in_rooms.entry(room_id).or_default().push(stay);
            }
        }
        stays
    }
}

fn shown_types<'a>(
    types: impl Iterator<Item = &'a RoomType>,
    rows: Vec<NightRow>,
    mut unassigned: HashMap<Uuid, Vec<CalendarStay>>,
    prices: &Prices<'_>,
) -> Vec<CalendarType> {
    let mut nights: HashMap<Uuid, Vec<NightRow>> = HashMap::new();
    for row in rows {
        nights.entry(row.room_type_id).or_default().push(row);
    }
    let shown = |kind: &RoomType| {
        let mut nights = nights.remove(&kind.id).unwrap_or_default();
        nights.sort_by_key(|row| row.night);
        CalendarType {
            id: kind.id,
            code: kind.code.clone(),
            name: kind.name.clone(),
            nights: nights.into_iter().map(|row| shown_night(row, basis(kind), prices)).collect(),
            unassigned: unassigned.remove(&kind.id).unwrap_or_default(),
        }
    };
    types.map(shown).collect()
}

fn shown_night(row: NightRow, room: RoomBasis, prices: &Prices<'_>) -> CalendarNight {
    let available = row.available();
    let NightRow { night, room_type_id: _, capacity, sold, allotted, overbooking } = row;
    let default_rate = prices.default_rate(room, night);
    let cheapest_rate = prices.cheapest_rate(room, night);
    CalendarNight { date: night, capacity, sold, allotted, overbooking, available, default_rate, cheapest_rate }
}

/// A party of one adult, who never pays extra: its price is the price of the room.
const NOBODY_EXTRA: Party<'_> = Party { adults: 1, children_ages: &[] };

/// Prices of nights, by the engine that sells them.
struct Prices<'a> {
    tariff: &'a Tariff,
    currency: Currency,
}

impl Prices<'_> {
    fn default_rate(&self, room: RoomBasis, night: NaiveDate) -> Option<CalendarRate> {
        let plan = self.tariff.default_plan().filter(|plan| self.tariff.sells(plan.id, room.room_type_id))?;
        Some(self.rate(plan, room, night))
    }

    fn cheapest_rate(&self, room: RoomBasis, night: NaiveDate) -> Option<CalendarRate> {
        let has_night =
            |plan: &&Plan| self.tariff.sells(plan.id, room.room_type_id) && plan.valid.holds(night) && plan.is_on(DIRECT);
        let rates = self.tariff.rules.plans.iter().filter(has_night).map(|plan| self.rate(plan, room, night));
        rates.filter(|rate| !rate.stop_sell).min_by_key(|rate| rate.price.minor)
    }

    fn rate(&self, plan: &Plan, room: RoomBasis, night: NaiveDate) -> CalendarRate {
        let parts = self.tariff.night_parts(plan.id, room, night, NOBODY_EXTRA);
        let Effective { is_stopped, is_closed_to_arrival, is_closed_to_departure, limits } =
            self.tariff.effective(plan, room.room_type_id, night);
        CalendarRate {
            rate_plan_id: plan.id,
            price: Money::new(parts.iter().map(|part| part.amount_minor).sum(), self.currency),
            stop_sell: is_stopped,
            min_stay: limits.min_stay,
            min_stay_through: limits.min_stay_through,
            max_stay: limits.max_stay,
            closed_to_arrival: is_closed_to_arrival,
            closed_to_departure: is_closed_to_departure,
        }
    }
}

/// A stay in its room, or in each of those that its guests have had, one after the other.
fn in_rooms(room_id: Option<Uuid>, stay: CalendarStay, moves: &[MoveRow]) -> Vec<(Uuid, CalendarStay)> {
    let mut rooms: Vec<(Uuid, CalendarStay)> = Vec::new();
    for (_, room_id, night) in moves.iter().filter(|(stay_id, ..)| *stay_id == stay.stay_id) {
        match rooms.last_mut() {
            Some((last, segment)) if last == room_id && segment.to == *night => segment.to = *night + Days::new(1),
            _ => rooms.push((*room_id, CalendarStay { from: *night, to: *night + Days::new(1), ..stay.clone() })),
        }
    }
    if rooms.is_empty() { room_id.map(|room_id| (room_id, stay)).into_iter().collect() } else { rooms }
}

fn shown_rooms(mut rooms: Vec<RoomRow>, mut stays: HashMap<Uuid, Vec<CalendarStay>>, blocks: Vec<BlockRow>) -> Vec<CalendarRoom> {
    let mut blocked: HashMap<Uuid, Vec<CalendarBlock>> = HashMap::new();
    for block in blocks {
        blocked.entry(block.room_id).or_default().push(CalendarBlock::from(block));
    }
    rooms.sort_by(|one, other| by_number(&one.number).cmp(&by_number(&other.number)));
    let shown = |room: RoomRow| {
        let RoomRow { id, room_type_id, number, floor, housekeeping, version } = room;
        let stays = stays.remove(&id).unwrap_or_default().into_iter().map(Segment::Stay);
        let mut segments: Vec<Segment> =
            stays.chain(blocked.remove(&id).unwrap_or_default().into_iter().map(Segment::Block)).collect();
        segments.sort_by_key(Segment::from);
        CalendarRoom { id, room_number: number.clone(), number, version, floor, room_type_id, housekeeping, segments }
    };
    rooms.into_iter().map(shown).collect()
}
