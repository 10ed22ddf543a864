//! Targets of an amendment: each stay as it is to be, and the rooms to be added, within the hotel's limits.
use super::AmendRequest;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::commands::{AddRoom, Amend};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::rules::amendment::{Mention, Wanted};
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::inventory::Nights;
use crate::domains::stays::Status;
use crate::error::FieldError;
use crate::{Error, Result};
use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

/// Returns the stays that are to be changed, and those that are to be added.
pub fn wanted(amend: &Amend, booking: &Booking, stays: &[Stay], today: NaiveDate) -> Result<Vec<Wanted>> {
    check_named(amend, stays)?;
    let mut wanted = Vec::new();
    let (mut errors, mut statuses) = (Vec::new(), Vec::new());
    for stay in stays {
        let place = amend.stays.iter().position(|named| named.stay_id == stay.id);
        if !stay.status.is_live() {
            statuses.push(stay.status);
            if place.is_some() {
                return Err(BookingError::NotAmendable(stay.status).into());
            }
            continue;
        }
        let one = wanted_of(stay, amend, place, today);
        errors.extend(check_in_house(&one, today));
        if !one.is_as_it_was() || amend.reprice {
            wanted.push(one);
        }
    }
    if let (true, Some(status)) = (statuses.len() == stays.len(), statuses.first()) {
        return Err(BookingError::NotAmendable(*status).into());
    }
    let position = stays.iter().map(|stay| stay.position + 1).max().unwrap_or(0);
    let add = |(place, (position, room))| added(room, place, amend, booking, position, today);
    wanted.extend((position..).zip(&amend.add_rooms).enumerate().map(add));
    if errors.is_empty() { Ok(wanted) } else { Err(Error::invalid_fields(errors)) }
}

fn check_named(amend: &Amend, stays: &[Stay]) -> Result<()> {
    if let Some(place) = amend.stays.iter().position(|named| !stays.iter().any(|stay| stay.id == named.stay_id)) {
        return Err(Error::invalid(format!("/stays/{place}/stay_id"), "is not a stay of the booking"));
    }
    let is_named_before = |place: usize| amend.stays[..place].iter().any(|stay| stay.stay_id == amend.stays[place].stay_id);
    if let Some(place) = (0..amend.stays.len()).find(|place| is_named_before(*place)) {
        return Err(Error::invalid(format!("/stays/{place}/stay_id"), "is named twice"));
    }
    Ok(())
}

fn wanted_of(stay: &Stay, amend: &Amend, place: Option<usize>, today: NaiveDate) -> Wanted {
    let like = Wanted::like(stay);
    let own = place.map(|place| &amend.stays[place]);
    let is_in_house = stay.status == Status::CheckedIn;
    // Other dates for the whole booking move nobody's arrival who is there already.
    let check_in = own.and_then(|own| own.check_in).or(amend.check_in.filter(|_| !is_in_house && stay.check_in >= today));
    let check_out = own.and_then(|own| own.check_out).or(amend.check_out);
    // Day use ends on the day of arrival, though it has the night of the day.
    let check_out = check_out.filter(|date| !stay.is_day_use || *date != stay.check_in);
    let is_day_use = stay.is_day_use && check_out.is_none();
    let nights = Nights::new(check_in.unwrap_or(stay.check_in), check_out.unwrap_or(stay.check_out));
    let (Some(own), Some(place)) = (own, place) else { return Wanted { nights, is_day_use, ..like } };
    Wanted {
        mention: Mention::Stay(place),
        nights,
        room_type_id: own.room_type_id.unwrap_or(like.room_type_id),
        rate_plan_id: own.rate_plan_id.or(like.rate_plan_id),
        adults: own.adults.unwrap_or(like.adults),
        children_ages: own.children_ages.clone().unwrap_or_else(|| like.children_ages.clone()),
        guest_name: own.guest_name.clone().unwrap_or_else(|| like.guest_name.clone()),
        nightly_price_minor: own.nightly_price.map(|price| price.minor),
        is_day_use,
        ..like
    }
}

/// A room that is to be added: for the dates of the booking, as far as they are to come, unless it says others.
fn added(room: &AddRoom, place: usize, amend: &Amend, booking: &Booking, position: i32, today: NaiveDate) -> Wanted {
    let AddRoom { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price } = room;
    let nights = Nights::new(
        check_in.or(amend.check_in).unwrap_or(booking.check_in.max(today)),
        check_out.or(amend.check_out).unwrap_or(booking.check_out),
    );
    let stay = Stay {
        property_id: booking.property_id,
        id: Uuid::now_v7(),
        booking_id: booking.id,
        position,
        // Rooms that are added to a hold are held with it.
        status: if booking.status == Status::Held { Status::Held } else { Status::Confirmed },
        room_type_id: *room_type_id,
        room_id: None,
        is_pinned: false,
        check_in: nights.from,
        check_out: nights.to,
        adults: *adults,
        children_ages: children_ages.iter().copied().map(Some).collect(),
        guest_name: guest_name.clone(),
        total_minor: 0,
        rate_plan_id: *rate_plan_id,
        cancellation_terms: None,
        booked_room_type_id: *room_type_id,
        booked_check_out: None,
        status_on: today,
        moved_on: None,
        late_on: None,
        split_from: None,
        guest_id: None,
        priced_at: None,
        is_day_use: false,
    };
    let nightly_price_minor = nightly_price.map(|price| price.minor);
    Wanted { mention: Mention::Added(place), nightly_price_minor, ..Wanted::like(&stay) }
}

/// Checks guests in the house: their arrival cannot be changed, and they move for nights that are left.
fn check_in_house(wanted: &Wanted, today: NaiveDate) -> Vec<FieldError> {
    if wanted.stay.status != Status::CheckedIn {
        return Vec::new();
    }
    let mut errors = Vec::new();
    if wanted.nights.from != wanted.stay.check_in {
        errors.push(FieldError::body(wanted.mention.pointer("check_in"), ARRIVED));
    }
    if wanted.occupied_type() != wanted.stay.room_type_id && wanted.stay.check_out <= today {
        let detail = "cannot be changed: the guests should have left; make the stay longer first";
        errors.push(FieldError::body(wanted.mention.pointer("room_type_id"), detail));
    }
    errors
}

/// Returns what is wrong with an amendment that changes nothing: each field that it names is so already.
pub fn changes_nothing(amend: &Amend, stays: &[Stay]) -> Error {
    let in_house = |stay_id: Option<Uuid>| {
        let meant = |stay: &&Stay| stay.status.is_live() && stay_id.is_none_or(|id| id == stay.id);
        stays.iter().filter(meant).any(|stay| stay.status == Status::CheckedIn)
    };
    let mut errors = Vec::new();
    let mut named = |is_named: bool, pointer: String, detail: &str| {
        if is_named {
            errors.push(FieldError::body(pointer, detail));
        }
    };
    let moves_arrival = |check_in: Option<NaiveDate>, stay_id| {
        in_house(stay_id) && check_in.is_some_and(|date| stays.iter().all(|stay| stay.check_in != date))
    };
    let arrival = |check_in, stay_id| if moves_arrival(check_in, stay_id) { ARRIVED } else { SAME };
    named(amend.check_in.is_some(), Mention::All.pointer("check_in"), arrival(amend.check_in, None));
    named(amend.check_out.is_some(), Mention::All.pointer("check_out"), SAME);
    for (place, stay) in amend.stays.iter().enumerate() {
        let at = |field: &str| Mention::Stay(place).pointer(field);
        named(stay.check_in.is_some(), at("check_in"), arrival(stay.check_in, Some(stay.stay_id)));
        named(stay.check_out.is_some(), at("check_out"), SAME);
        named(stay.room_type_id.is_some(), at("room_type_id"), SAME);
        named(stay.rate_plan_id.is_some(), at("rate_plan_id"), SAME);
        named(stay.adults.is_some(), at("adults"), SAME);
        named(stay.children_ages.is_some(), at("children_ages"), SAME);
        named(stay.guest_name.is_some(), at("guest_name"), SAME);
        named(stay.nightly_price.is_some(), at("nightly_price"), SAME);
    }
    if errors.is_empty() {
        errors.push(FieldError::body("", "names nothing that is to be changed"));
    }
    Error::invalid_fields(errors)
}

const ARRIVED: &str = "cannot be changed: the guests are in the house";
const SAME: &str = "changes nothing: it is so already";

/// Checks the dates and the number of rooms against the hotel's limits, for guests or staff.
pub fn check(desk: &Desk<'_>, request: &AmendRequest<'_>, wanted: &[Wanted], booking: &Booking, stays: &[Stay]) -> Result<()> {
    let (amend, is_staff) = (request.amend, request.is_by_staff(desk.property_id()));
    check_day_use(amend, wanted, stays, is_staff)?;
    if !is_staff {
        check_hold(desk, wanted, amend, booking)?;
    }
    let limits = Limits::of(desk.property, desk.now());
    let limits = match booking.group_id {
        _ if is_staff => limits.for_staff(),
        Some(_) => limits.for_groups(),
        None => limits,
    };
    let rooms = stays.iter().filter(|stay| !matches!(stay.status, Status::Cancelled | Status::Expired)).count();
    let mut errors = Vec::new();
    if let (false, Err(detail)) = (amend.add_rooms.is_empty(), rules::check_rooms(rooms + amend.add_rooms.len(), &limits)) {
        errors.push(FieldError::body("/add_rooms", detail));
    }
    for one in wanted.iter().filter(|one| one.is_new() || one.nights != one.stay.nights()) {
        let wrong = check_nights(one, limits).err().unwrap_or_default();
        errors.extend(wrong.into_iter().map(|error| {
            let field = error.pointer.trim_start_matches('/').to_owned();
            FieldError::body(date_pointer(one.mention, amend, &field), error.detail)
        }));
    }
    errors.dedup_by(|one, other| one.pointer == other.pointer && one.detail == other.detail);
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Checks the amendment of day use, which has a price of its own for one room and one day: who stays may be named otherwise, and
/// staff let guests in the house stay the night.
fn check_day_use(amend: &Amend, wanted: &[Wanted], stays: &[Stay], is_staff: bool) -> Result<(), BookingError> {
    let is_of_day = |stay: &Stay| stay.is_day_use && stay.status.is_live();
    if !amend.add_rooms.is_empty() && stays.iter().any(is_of_day) {
        return Err(BookingError::DayUse("it has one room; book others by themselves"));
    }
    let may = |one: &Wanted| (one.costs_the_same() && !amend.reprice) || (one.only_stays_overnight() && is_staff);
    match wanted.iter().filter(|one| one.stay.is_day_use).all(may) {
        true => Ok(()),
        false => Err(BookingError::DayUse(
            "it has one day and the price of it; cancel it and sell it anew, or let guests who are in the house stay the night \
             by a later check_out alone",
        )),
    }
}

/// Checks the amendment of a hold that HBS made for longer than guests can hold rooms: no other rooms or nights.
fn check_hold(desk: &Desk<'_>, wanted: &[Wanted], amend: &Amend, booking: &Booking) -> Result<()> {
    let most = desk.property.settings.max_hold_minutes;
    if booking.hold_expires_at.is_none_or(|expires_at| expires_at <= desk.now() + TimeDelta::minutes(most.into())) {
        return Ok(());
    }
    let more = wanted.iter().find_map(|one| {
        let before = one.stay.nights();
        if one.is_new() {
            Some("/add_rooms".to_owned())
        } else if one.occupied_type() != one.stay.room_type_id {
            Some(one.mention.pointer("room_type_id"))
        } else if one.nights.from < before.from {
            Some(date_pointer(one.mention, amend, "check_in"))
        } else {
            (one.nights.to > before.to).then(|| date_pointer(one.mention, amend, "check_out"))
        }
    });
    match more {
        Some(pointer) => {
            Err(Error::invalid(pointer, format!("asks for more of a hold of over {most} minutes: confirm it first")))
        }
        None => Ok(()),
    }
}

/// Returns the pointer to a date: of the whole booking, unless a stay has its own.
fn date_pointer(mention: Mention, amend: &Amend, field: &str) -> String {
    let one_of = |check_in: bool, check_out: bool| if field == "check_in" { check_in } else { check_out };
    let has_own = match mention {
        Mention::All => false,
        Mention::Stay(place) => one_of(amend.stays[place].check_in.is_some(), amend.stays[place].check_out.is_some()),
        Mention::Added(place) => one_of(amend.add_rooms[place].check_in.is_some(), amend.add_rooms[place].check_out.is_some()),
    };
    let of_all = one_of(amend.check_in.is_some(), amend.check_out.is_some());
    match mention {
        Mention::Stay(_) if !has_own => Mention::All.pointer(field),
        Mention::Added(_) if !has_own && of_all => Mention::All.pointer(field),
        mention => mention.pointer(field),
    }
}

fn check_nights(wanted: &Wanted, limits: Limits) -> Result<(), Vec<FieldError>> {
    rules::check_order(wanted.nights)?;
    if wanted.is_new() {
        return rules::check_nights(wanted.nights, &limits);
    }
    let today = limits.today;
    if wanted.nights.to != wanted.stay.check_out && wanted.nights.to <= today {
        let detail = format!("must be after today, {today} at the hotel; check the guests out to end a stay today");
        return Err(vec![FieldError::body("/check_out", detail)]);
    }
    // An arrival that stays what it was is neither late nor too far ahead, and a stay that grows no longer is not too long.
    let limits = match wanted.nights.from == wanted.stay.check_in {
        true => {
            let ahead = i32::try_from((wanted.nights.from - today).num_days()).unwrap_or(0);
            let max_advance_days = limits.max_advance_days.max(ahead);
            Limits { today: today.min(wanted.nights.from), max_advance_days, ..limits }.for_staff()
        }
        false => limits,
    };
    let limits = match wanted.nights.count() > wanted.stay.nights().count() {
        true => limits,
        false => Limits { max_nights: i32::MAX, ..limits },
    };
    rules::check_nights(wanted.nights, &limits)
}
