//! The rooms that a stay could have, with what is against each.
use super::assign::nights_to_come;
use super::occupancy;
use super::ready::Unready;
use crate::app::App;
use crate::domains::bookings::dto::{RoomReason, StayRoom, StayRoomsOut, StayRoomsQuery};
use crate::domains::bookings::model::{Booking, Stay, StayGuest};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::room_choice::{Merits, RoomObjection, gap};
use crate::domains::bookings::rules::selling;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::folios::{self, FolioEntry, FolioKind};
use crate::domains::inventory::{self, Allotment, Counts, NightRow, Nights, RoomGap, Taken};
use crate::domains::properties;
use crate::domains::rates::engine::{NightPrice, Party};
use crate::domains::rates::{HotelRates, pricing};
use crate::domains::rooms::{Room, RoomType, by_number};
use crate::domains::stays::Status;
use crate::error::Or404;
use crate::money::Money;
use crate::security::Staff;
use crate::security::permission::BookingsRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result, stamps};
use futures_util::try_join;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Names of others that are told for one room.
const NAMED: usize = 3;

/// The rooms that a stay could have for the nights that are left. The number of round trips is fixed.
pub async fn rooms_for_stay(
    app: &App,
    staff: &Staff<BookingsRead>,
    (booking_id, stay_id): (Uuid, Uuid),
    query: &StayRoomsQuery,
) -> Result<StayRoomsOut> {
    let cause = staff.caller.cause(app.clock.now());
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &staff.reach(), booking_id).await?.or_404("booking")?;
    let of_booking = [&booking];
    let (property, version, stays) = try_join!(
        properties::find(&conn, booking.property_id),
        stamps::version(&conn, booking.property_id),
        repository::stays_of(&conn, &of_booking),
    )?;
    let property = property.or_404("booking")?;
    let desk = Desk::new(&conn, &property, &cause, false);
    let stay = stays.into_iter().find(|stay| stay.id == stay_id).or_404("stay")?;
    let nights = nights_to_come(&stay, desk.today)?;
    let catalogue = Catalogues::of(app).get(&conn, booking.property_id, version).await?.or_404("booking")?;
    let house = House::read(&desk, &booking, &stay, nights, catalogue, query).await?;
    drop(conn);
    let mut rooms: Vec<(Merits, StayRoom)> = house.rooms.iter().filter_map(|room| house.choice(room)).collect();
    rooms.retain(|(_, room)| query.is_assignable.is_none_or(|wanted| wanted == room.is_assignable));
    rooms.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(StayRoomsOut {
        booking_id,
        stay_id,
        version: booking.version,
        from: nights.from,
        to: nights.to,
        guests: stay.adults + i32::try_from(stay.children_ages.len()).unwrap_or(0),
        room_type_id: stay.room_type_id,
        booked_room_type_id: stay.booked_room_type_id,
        rooms: rooms.into_iter().map(|(_, room)| room).collect(),
    })
}

/// The rooms of a hotel as they are for a stay.
struct House<'a> {
    stay: &'a Stay,
    nights: Nights,
    children_ages: Vec<i32>,
    /// `true` if the guests are in the house, or could come today.
    is_now: bool,
    catalogue: Arc<Catalogue>,
    rates: HotelRates,
    rooms: Vec<Room>,
    gaps: HashMap<Uuid, RoomGap>,
    taken: HashMap<Uuid, Vec<Taken>>,
    /// Names of those who have rooms, by stay.
    guests: HashMap<Uuid, StayGuest>,
    rows: Vec<NightRow>,
    /// Rooms that are set aside for the group of the booking.
    set_aside: Option<Allotment>,
    unready: Unready,
    /// Charges of the stay for its nights that are left, in minor units.
    charged_minor: i64,
}

impl<'a> House<'a> {
    async fn read(
        desk: &Desk<'_>,
        booking: &Booking,
        stay: &'a Stay,
        nights: Nights,
        catalogue: Arc<Catalogue>,
        query: &StayRoomsQuery,
    ) -> Result<Self> {
        let (conn, property_id) = (desk.conn, desk.property_id());
        let is_asked = |kind: &&RoomType| query.room_type_id.is_none_or(|wanted| wanted == kind.id);
        let types: Vec<Uuid> = catalogue.room_types().filter(is_asked).map(|kind| kind.id).collect();
        let (mut rooms, gaps, taken, rows, night_rates, entries) = try_join!(
            repository::rooms_of_types(conn, property_id, &types),
            inventory::gaps(conn, property_id, &types, nights),
            inventory::taken(conn, property_id, nights),
            inventory::find_nights(conn, property_id, nights),
            pricing::load_nights(conn, property_id, None, stay.nights()),
            folios::entries(conn, property_id, booking.id),
        )?;
        rooms.retain(|room| query.floor.is_none() || room.floor == query.floor);
        let ids: Vec<Uuid> = rooms.iter().map(|room| room.id).collect();
        let taken: Vec<Taken> = taken.into_iter().filter(|taken| taken.stay_id != Some(stay.id)).collect();
        let (unready, guests, set_aside) = try_join!(
            Unready::among(desk, &ids, true),
            guests_of(conn, property_id, &taken),
            occupancy::set_aside(conn, property_id, booking.group_id),
        )?;
        let rates = catalogue.rates.at(night_rates);
        Ok(Self {
            stay,
            nights,
            children_ages: stay.children_ages.iter().flatten().copied().collect(),
            is_now: nights.from <= desk.today,
            catalogue,
            rates,
            rooms,
            gaps: gaps.into_iter().map(|gap| (gap.room_id, gap)).collect(),
            taken: by_room(taken),
            guests,
            rows,
            set_aside,
            unready,
            charged_minor: charged(&entries, stay, nights),
        })
    }

    fn party(&self) -> Party<'_> {
        Party { adults: self.stay.adults, children_ages: &self.children_ages }
    }

    /// Returns a room with its merits; none if it has gone meanwhile.
    fn choice(&self, room: &Room) -> Option<(Merits, StayRoom)> {
        let kind = self.catalogue.room_type(room.room_type_id)?;
        let is_current = self.stay.room_id == Some(room.id);
        let reasons = self.reasons(room, kind);
        let has = |code: RoomObjection| reasons.iter().any(|reason| reason.code == code);
        let is_assignable = !reasons.iter().any(|reason| reason.prevents);
        let is_own_room = is_current && self.stay.status == Status::CheckedIn;
        let is_ready = is_own_room || !self.unready.contains(room.id);
        let between = self.gaps.get(&room.id).map_or(i64::MAX, |found| gap(found.before, found.after));
        let (length, number) = by_number(&room.number);
        let merits = Merits {
            is_out: !is_assignable,
            is_other: !is_current,
            is_of_other_type: kind.id != self.stay.room_type_id,
            is_unready: self.is_now && !is_ready,
            gap: between,
            number: (length, number.to_owned()),
        };
        let needs_upgrade = kind.id != self.stay.room_type_id && kind.id != self.stay.booked_room_type_id;
        let shown = StayRoom {
            room_id: room.id,
            room_number: room.number.clone(),
            floor: room.floor.clone(),
            room_type_id: kind.id,
            room_type_code: kind.code.clone(),
            room_type_name: kind.name.clone(),
            housekeeping: room.housekeeping,
            is_current,
            is_assignable,
            fits: !has(RoomObjection::TooSmall),
            is_free: !has(RoomObjection::Taken) && !has(RoomObjection::Blocked),
            is_ready,
            needs_upgrade,
            price_difference: self.price_difference(kind),
            reasons,
        };
        Some((merits, shown))
    }

    /// Returns all that is against a room.
    fn reasons(&self, room: &Room, kind: &RoomType) -> Vec<RoomReason> {
        let mut reasons = Vec::new();
        let mut add = |code, prevents, detail| reasons.push(RoomReason { code, detail, prevents });
        for taken in self.taken.get(&room.id).into_iter().flatten().take(NAMED) {
            let (code, detail) = self.taken_by(taken);
            add(code, true, detail);
        }
        if kind.id != self.stay.room_type_id {
            if let Some(detail) = self.too_small(kind) {
                add(RoomObjection::TooSmall, true, detail);
            }
            if let Some(detail) = self.sold_out(kind) {
                add(RoomObjection::SoldOut, true, detail);
            }
        }
        let is_in_house = self.stay.status == Status::CheckedIn;
        let is_own_room = is_in_house && self.stay.room_id == Some(room.id);
        if self.is_now && !is_own_room {
            if self.unready.is_occupied(room.id) {
                add(RoomObjection::Occupied, is_in_house, "has guests in it who have not left".to_owned());
            }
            if self.unready.is_unmade(room.id) {
                add(RoomObjection::NotReady, is_in_house, format!("is {}", room.housekeeping.words()));
            }
        }
        reasons
    }

    fn taken_by(&self, taken: &Taken) -> (RoomObjection, String) {
        let Nights { from, to } = taken.nights;
        match taken.stay_id {
            Some(stay_id) => {
                let who = self.guests.get(&stay_id).map(|guest| format!("{} ({})", guest.reference, guest.name));
                let who = who.unwrap_or_else(|| "another stay".to_owned());
                (RoomObjection::Taken, format!("is taken by {who} from {from} to {to}"))
            }
            None => (RoomObjection::Blocked, format!("is blocked from {from} to {to}")),
        }
    }

    /// Returns why a room of another type does not take the guests. The type that was sold to them is not judged.
    fn too_small(&self, kind: &RoomType) -> Option<String> {
        if kind.id == self.stay.booked_room_type_id {
            return None;
        }
        selling::check_capacity(kind, &self.rates, self.party()).err().map(|(_, detail)| detail)
    }

    /// Returns on which nights another type has no room left: what is set aside for the booking's group is left for it.
    fn sold_out(&self, kind: &RoomType) -> Option<String> {
        let (from, to) = (self.stay.room_type_id, kind.id);
        let counted: Counts = self.nights.iter().flat_map(|night| [((night, from), -1), ((night, to), 1)]).collect();
        let own = self.set_aside.as_ref().map(|allotment| allotment.seen_by_its_own(&self.rows, &counted));
        let rows = own.as_deref().unwrap_or(&self.rows);
        let short = inventory::shortages(rows, &BTreeMap::from([(to, 1)]), self.nights);
        let first = short.first()?;
        let more = if short.len() > 1 { format!(" and {} nights more", short.len() - 1) } else { String::new() };
        Some(format!("is of a type that is sold out on {}{more}", first.date))
    }

    /// Returns the difference between today's price of another type and what the stay pays for the nights that are left.
    fn price_difference(&self, kind: &RoomType) -> Option<Money> {
        let tariff = &self.rates.tariff;
        let plan_id = self.stay.rate_plan_id.or_else(|| tariff.default_plan().map(|plan| plan.id))?;
        if self.stay.is_day_use || kind.id == self.stay.booked_room_type_id || !tariff.sells(plan_id, kind.id) {
            return None;
        }
        let price = tariff.price(plan_id, selling::basis(kind), self.stay.nights(), self.party());
        let left = price.nights.iter().filter(|night| self.nights.contains(night.date));
        let price_minor: i64 = left.map(NightPrice::total).sum();
        Some(Money::new(price_minor - self.charged_minor, self.catalogue.property.currency))
    }
}

async fn guests_of(conn: &Conn, property_id: Uuid, taken: &[Taken]) -> Result<HashMap<Uuid, StayGuest>, Error> {
    let ids: Vec<Uuid> = taken.iter().filter_map(|taken| taken.stay_id).collect();
    Ok(repository::guests_of_stays(conn, property_id, &ids).await?)
}

fn by_room(taken: Vec<Taken>) -> HashMap<Uuid, Vec<Taken>> {
    let mut by_room: HashMap<Uuid, Vec<Taken>> = HashMap::new();
    for one in taken {
        by_room.entry(one.room_id).or_default().push(one);
    }
    by_room
}

/// Returns what a stay is charged for some of its nights, taxes included.
fn charged(entries: &[FolioEntry], stay: &Stay, nights: Nights) -> i64 {
    let is_of_night = |entry: &&FolioEntry| {
        let is_priced = matches!(entry.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Extra);
        is_priced && nights.contains(entry.service_date)
    };
    folios::of_stay(entries, stay.id).iter().filter(is_of_night).map(|entry| entry.amount_minor).sum()
}
