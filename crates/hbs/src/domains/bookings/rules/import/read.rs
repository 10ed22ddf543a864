//! Reading of rows as stays. Pure.
use super::paid::{Paid, paid};
use super::price::{self, Price};
use crate::contact::{Contact, emails};
use crate::domains::bookings::model::tags::Tags;
use crate::domains::bookings::rules::selling::{self, Sellable, Sold, Wish};
use crate::domains::bookings::rules::{MAX_NIGHTS, order_of};
use crate::domains::inventory::{Nights, RoomGap};
use crate::domains::properties::Property;
use crate::domains::rates::HotelRates;
use crate::domains::rates::engine::Party;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::domains::rooms::RoomType;
use crate::domains::stays::Status;
use crate::findings::worded;
use crate::sheets::{Made, Row, quoted};
use chrono::{NaiveDate, NaiveTime};
use garde::Validate;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Channel of rows that name none.
const CHANNEL: &str = "import";

/// Nights that one file may have: each is a line of a folio, and more with taxes.
const MAX_NIGHTS_TOGETHER: i64 = 200_000;

/// Data of a hotel by which the rows of a sheet are read.
pub struct Hotel {
    pub property: Property,
    types: HashMap<String, RoomType>,
    plans: HashMap<String, Uuid>,
    rates: HotelRates,
    /// Rooms, by number.
    rooms: HashMap<String, RoomGap>,
    /// Channels and references of bookings that there are already.
    taken: HashSet<(String, String)>,
    today: NaiveDate,
}

/// A stay as a row has it.
pub struct Draft {
    pub booking_id: Uuid,
    /// Contact in the first row of a booking.
    pub contact: Option<Contact>,
    pub special_requests: Option<String>,
    pub arrival_time: Option<NaiveTime>,
    pub notes: Option<String>,
    pub tags: Tags,
    pub row: usize,
    pub channel: String,
    pub reference: String,
    pub kind: Uuid,
    pub kind_name: String,
    /// The room; in the row or, later, chosen.
    pub room: Option<Uuid>,
    /// `true` if the row names the room.
    pub is_named: bool,
    pub nights: Nights,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub status: Status,
    pub guest_name: Option<String>,
    pub sold: Sold,
    /// What was paid for it at the other system.
    pub paid: Option<Paid>,
}

impl Made for Draft {
    fn id(&self) -> Uuid {
        self.booking_id
    }
}

/// Returns channel and reference: rows with the same ones are one booking.
pub fn key(row: &Row) -> Option<(String, String)> {
    let reference = row.text("reference")?.to_owned();
    Some((row.text("channel").unwrap_or(CHANNEL).to_owned(), reference))
}

/// Returns the range of all nights of the rows whose dates can be read.
pub fn span(rows: &[Row]) -> Option<Nights> {
    let nights = rows.iter().filter_map(|row| {
        let nights = Nights::new(row.date_if_any("check_in")?, row.date_if_any("check_out")?);
        Some(nights).filter(|nights| nights.count() > 0)
    });
    nights.reduce(|all, nights| Nights::new(all.from.min(nights.from), all.to.max(nights.to)))
}

impl Hotel {
    pub fn new(
        property: Property,
        types: Vec<RoomType>,
        rates: HotelRates,
        rooms: Vec<RoomGap>,
        taken: Vec<(String, String)>,
        today: NaiveDate,
    ) -> Self {
        Self {
            property,
            types: types.into_iter().map(|row| (row.code.clone(), row)).collect(),
            plans: rates.plans.iter().map(|plan| (plan.code.clone(), plan.id)).collect(),
            rates,
            rooms: rooms.into_iter().map(|gap| (gap.number.clone(), gap)).collect(),
            taken: taken.into_iter().collect(),
            today,
        }
    }

    /// The stay of a row; notes in the row what is wrong with it.
    pub fn draft(&self, row: &mut Row, nights_before: &mut i64) -> Option<Draft> {
        let reference = self.reference(row);
        let channel = channel(row);
        let kind = self.kind(row);
        let nights = nights(row);
        row.needed("adults", usize::MAX);
        let adults = row.integer("adults", 1..=50);
        let children_ages = children_ages(row);
        let status = nights.and_then(|nights| self.status(row, nights));
        let room = kind.and_then(|kind| self.room(row, kind));
        if status == Some(Status::CheckedIn) && row.text("room").is_none() {
            row.blame("room", "is empty, but a guest who is in the house has a room");
        }
        let guest_name = row.short("guest_name", 200);
        let special_requests = row.short("special_requests", 2000);
        let (arrival_time, notes, tags) = (arrival_time(row), row.short("notes", 2000), tags(row));
        let (price, paid) = (self.price(row), paid(row, self.property.currency));
        let (kind, nights, adults, children_ages) = (kind?, nights?, adults?, children_ages?);
        count_nights(row, nights, nights_before);
        let party = Party { adults, children_ages: &children_ages };
        let plan = self.plan(row, kind);
        self.check_capacity(row, kind, party);
        let sold = self.sold(row, kind, plan?, nights, party, price?)?;
        let draft = Draft {
            booking_id: Uuid::now_v7(),
            contact: None,
            special_requests,
            arrival_time,
            notes,
            tags,
            row: row.number,
            channel: channel?,
            reference: reference?,
            kind: kind.id,
            kind_name: kind.name.clone(),
            room,
            is_named: room.is_some(),
            nights,
            adults,
            children_ages,
            status: status?,
            guest_name,
            sold,
            paid,
        };
        row.errors.is_empty().then_some(draft)
    }

    /// Reads the contact in the first row of a booking.
    pub fn contact(row: &mut Row) -> Option<Contact> {
        let contact = Contact {
            full_name: row.needed("contact_name", usize::MAX)?,
            email: row.text("contact_email").map(emails::normalize),
            phone: row.text("contact_phone").map(Into::into),
        };
        let Err(report) = contact.validate() else { return Some(contact) };
        for (path, error) in report.iter() {
            let column = match path.to_string().as_str() {
                "email" => "contact_email",
                "phone" => "contact_phone",
                _ => "contact_name",
            };
            row.blame(column, worded(error.message()));
        }
        None
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.today
    }

    pub(super) fn rates(&self) -> &HotelRates {
        &self.rates
    }

    pub(super) fn kind_of(&self, id: Uuid) -> Option<&RoomType> {
        self.types.values().find(|kind| kind.id == id)
    }

    pub(super) fn sells(&self, plan_id: Uuid, room_type_id: Uuid) -> bool {
        self.rates.tariff.sells(plan_id, room_type_id)
    }

    /// Returns `true` if there is a booking with this reference already.
    pub(super) fn has(&self, channel: &str, reference: &str) -> bool {
        self.taken.contains(&(channel.to_owned(), reference.to_owned()))
    }

    fn reference(&self, row: &mut Row) -> Option<String> {
        let reference = row.needed("reference", 100)?;
        let key = key(row)?;
        if self.taken.contains(&key) {
            row.blame("reference", format!("there is a booking of the channel {} with this reference already", key.0));
        }
        Some(reference)
    }

    pub(super) fn kind(&self, row: &mut Row) -> Option<&RoomType> {
        let code = row.needed("room_type", usize::MAX)?;
        let kind = self.types.get(&code);
        if kind.is_none() {
            row.blame("room_type", format!("{} is not the code of a room type of the hotel", quoted(&code)));
        }
        kind
    }

    pub(super) fn plan(&self, row: &mut Row, kind: &RoomType) -> Option<Uuid> {
        let Some(code) = row.text("rate_plan").map(str::to_owned) else {
            let plan = self.rates.tariff.default_plan().filter(|plan| self.rates.tariff.sells(plan.id, kind.id));
            if plan.is_none() {
                row.blame("rate_plan", "is empty, and the hotel's default plan does not sell this room type");
            }
            return plan.map(|plan| plan.id);
        };
        let sells = |id: &Uuid| self.rates.tariff.sells(*id, kind.id);
        let plan = self.plans.get(&code).copied().filter(sells);
        if plan.is_none() {
            row.blame("rate_plan", format!("{} is not the code of a rate plan that sells {}", quoted(&code), kind.code));
        }
        plan
    }

    pub(super) fn room(&self, row: &mut Row, kind: &RoomType) -> Option<Uuid> {
        let number = row.text("room")?.to_owned();
        match self.rooms.get(&number) {
            Some(room) if room.room_type_id == kind.id => Some(room.room_id),
            Some(_) => {
                row.blame("room", format!("{number} is a room of another type than {}", kind.code));
                None
            }
            None => {
                row.blame("room", format!("{} is not a room of the hotel", quoted(&number)));
                None
            }
        }
    }

    /// Reads the status of the stay, if that is possible with its dates.
    fn status(&self, row: &mut Row, nights: Nights) -> Option<Status> {
        let text = row.text("status").unwrap_or("confirmed").to_lowercase();
        let today = self.today;
        let (status, wrong) = match text.parse() {
            Ok(status @ Status::Confirmed) => (status, (nights.to <= today).then_some("is over: it cannot be confirmed")),
            Ok(status @ Status::CheckedIn) => {
                let is_now = nights.from <= today && today <= nights.to;
                (status, (!is_now).then_some("is not now: nobody is in the house"))
            }
            Ok(status @ Status::CheckedOut) => (status, (nights.to > today).then_some("is not over: nobody has left")),
            _ => {
                row.blame("status", format!("{} is none of confirmed, checked_in and checked_out", quoted(&text)));
                return None;
            }
        };
        if let Some(wrong) = wrong {
            row.blame("status", format!("the stay {wrong}; today is {today} at the hotel"));
        }
        Some(status)
    }

    pub(super) fn check_capacity(&self, row: &mut Row, kind: &RoomType, party: Party<'_>) {
        if let Err((column, detail)) = selling::check_capacity(kind, &self.rates, party) {
            row.blame(column, detail);
        }
    }

    fn price(&self, row: &mut Row) -> Option<Price> {
        let mut money = |column| {
            let money = row.money(column, self.property.currency)?;
            if money.minor > MAX_PRICE_MINOR {
                row.blame(column, "is absurdly large");
            }
            Some(money.minor)
        };
        let (nightly, total) = (money("nightly_price"), money("total"));
        match (row.text("nightly_price").is_some(), row.text("total").is_some()) {
            (false, false) => Some(Price::Listed),
            (true, false) => nightly.map(Price::Nightly),
            (false, true) => total.map(Price::Total),
            (true, true) => {
                row.blame("total", "goes without a nightly_price: one of them says it");
                None
            }
        }
    }

    pub(super) fn sold(
        &self,
        row: &mut Row,
        kind: &RoomType,
        plan: Uuid,
        nights: Nights,
        party: Party<'_>,
        price: Price,
    ) -> Option<Sold> {
        let tariff = &self.rates.tariff;
        let basis = selling::basis(kind);
        let lines = match price {
            Price::Listed => tariff.price(plan, basis, nights, party),
            Price::Nightly(minor) => tariff.price_set_to(minor, nights, party),
            Price::Total(minor) => {
                let lines = price::of_total(tariff, minor, nights, party);
                if lines.is_none() {
                    row.blame("total", "is less than the taxes that are added to the price");
                }
                lines?
            }
        };
        let wish = Wish { room_type_id: kind.id, rate_plan_id: Some(plan), party, nightly_price: None, extras: &[] };
        let sold = selling::sold(&Sellable { wish, basis, rate_plan_id: plan }, &self.rates, &lines);
        if sold.is_err() {
            row.blame("rate_plan", "has no cancellation policy");
        }
        sold.ok()
    }
}

/// Counts the nights of a file up to a row, which is refused if they are too many.
pub(super) fn count_nights(row: &mut Row, nights: Nights, nights_before: &mut i64) {
    *nights_before = nights_before.saturating_add(nights.count());
    if *nights_before > MAX_NIGHTS_TOGETHER {
        row.refuse(format!("the file has more than {MAX_NIGHTS_TOGETHER} nights up to here; split it"));
    }
}

fn channel(row: &mut Row) -> Option<String> {
    let channel = row.text("channel").unwrap_or(CHANNEL).to_owned();
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_right = channel.len() <= 50
        && channel.starts_with(is_name)
        && channel.chars().all(|letter| is_name(letter) || "_./-".contains(letter));
    if !is_right {
        row.blame(
            "channel",
            format!("{} is not at most 50 lower-case letters, digits and _./- such as booking.com", quoted(&channel)),
        );
    }
    is_right.then_some(channel)
}

pub(super) fn nights(row: &mut Row) -> Option<Nights> {
    row.needed("check_in", usize::MAX);
    row.needed("check_out", usize::MAX);
    let (check_in, check_out) = (row.date("check_in"), row.date("check_out"));
    let nights = Nights::new(check_in?, check_out?);
    match nights.count() {
        0 => row.blame("check_out", order_of(Nights::new(check_in?, check_out?))),
        1..=MAX_NIGHTS => return Some(nights),
        _ => row.blame("check_out", format!("a stay has at most {MAX_NIGHTS} nights")),
    }
    None
}

pub(super) fn children_ages(row: &mut Row) -> Option<Vec<i32>> {
    let Some(text) = row.text("children_ages").map(str::to_owned) else { return Some(Vec::new()) };
    let words = text.split(|letter: char| letter.is_whitespace() || ",;/".contains(letter)).filter(|word| !word.is_empty());
    let ages: Option<Vec<i32>> = words.map(|word| word.parse().ok().filter(|age| (0..=17).contains(age))).collect();
    let ages = ages.filter(|ages| ages.len() <= 50);
    if ages.is_none() {
        row.blame("children_ages", format!("{} are not ages from 0 to 17 such as \"4 9\"", quoted(&text)));
    }
    ages
}

pub(super) fn arrival_time(row: &mut Row) -> Option<NaiveTime> {
    let text = row.text("arrival_time")?.to_owned();
    let time = NaiveTime::parse_from_str(&text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M:%S")).ok();
    if time.is_none() {
        row.blame("arrival_time", format!("{} is not a time of day such as 22:30", quoted(&text)));
    }
    time
}

pub(super) fn tags(row: &mut Row) -> Tags {
    let tags = row.text("tags").map(Tags::of_text).transpose();
    tags.map(Option::unwrap_or_default).unwrap_or_else(|wrong| {
        row.blame("tags", wrong);
        Tags::default()
    })
}
