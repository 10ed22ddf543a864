//! Commands, whoever gives them: the API, a guest who waits for rooms, a guest who wants a booking changed.
use super::Guest;
use super::tags::Tags;
use crate::contact::Contact;
use crate::domains::extras::ExtraWish;
use crate::domains::inventory::Nights;
use crate::money::Money;
use crate::texts::Locale;
use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

/// Command to sell rooms to a guest.
#[derive(Debug, Clone)]
pub struct Sell {
    pub property_id: Uuid,
    pub nights: Nights,
    /// `true` to sell a room by day: its night is that of the day.
    pub is_day_use: bool,
    pub rooms: Vec<SellRoom>,
    pub contact: Contact,
    /// Account that the booking is to belong to.
    pub guest_user_id: Option<Uuid>,
    pub channel: Option<String>,
    pub external_reference: Option<String>,
    /// Minutes for which the rooms are held instead of confirmed.
    pub hold_minutes: Option<i32>,
    /// Total that the guest was shown.
    pub expected_total: Option<Money>,
    /// Token of a quote.
    pub quote: Option<String>,
    pub ignore_restrictions: bool,
    pub group_code: Option<String>,
    /// Code of an offer.
    pub code: Option<String>,
    pub special_requests: Option<String>,
    pub locale: Option<Locale>,
    /// Profile of the contact, if it was chosen.
    pub guest_id: Option<Uuid>,
    /// Company or agent for which the rooms are sold.
    pub account_id: Option<Uuid>,
    pub arrival_time: Option<NaiveTime>,
    /// Notes of staff.
    pub notes: Option<String>,
    pub tags: Tags,
}

impl Sell {
    /// Makes the plain command to sell rooms to a guest.
    pub fn to_guest(
        property_id: Uuid,
        (check_in, check_out): (NaiveDate, NaiveDate),
        rooms: Vec<SellRoom>,
        contact: Contact,
    ) -> Self {
        Self {
            property_id,
            nights: Nights::new(check_in, check_out),
            is_day_use: false,
            rooms,
            contact,
            guest_user_id: None,
            channel: None,
            external_reference: None,
            hold_minutes: None,
            expected_total: None,
            quote: None,
            ignore_restrictions: false,
            group_code: None,
            code: None,
            special_requests: None,
            locale: None,
            guest_id: None,
            account_id: None,
            arrival_time: None,
            notes: None,
            tags: Tags::default(),
        }
    }
}

/// Returns the nights that a room is taken for between two dates, and `true` if it is for day use: on one and the same date.
pub fn occupied(check_in: NaiveDate, check_out: NaiveDate) -> (Nights, bool) {
    if check_out == check_in { (Nights::of_night(check_in), true) } else { (Nights::new(check_in, check_out), false) }
}

/// A room to be sold.
#[derive(Debug, Clone)]
pub struct SellRoom {
    pub room_type_id: Uuid,
    /// Rate plan of the room; none for the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    /// A particular room, if one was named.
    pub room_id: Option<Uuid>,
    pub guest_name: Option<String>,
    /// Price per night, if staff set it.
    pub nightly_price: Option<Money>,
    pub guests: Vec<Guest>,
    /// Extras that are sold with it.
    pub extras: Vec<ExtraWish>,
}

impl SellRoom {
    /// Makes the command to sell any room of a type.
    pub fn of_type(room_type_id: Uuid, rate_plan_id: Option<Uuid>, adults: i32, children_ages: Vec<i32>) -> Self {
        Self {
            room_type_id,
            rate_plan_id,
            adults,
            children_ages,
            room_id: None,
            guest_name: None,
            nightly_price: None,
            guests: Vec::new(),
            extras: Vec::new(),
        }
    }
}

/// Command to sell rooms to guests who are at the desk.
#[derive(Debug, Clone)]
pub struct WalkIn {
    pub property_id: Uuid,
    pub check_out: NaiveDate,
    pub rooms: Vec<SellRoom>,
    pub contact: Contact,
    pub expected_total: Option<Money>,
    pub ignore_restrictions: bool,
    pub special_requests: Option<String>,
    pub locale: Option<Locale>,
    /// Profile of the contact, if it was chosen.
    pub guest_id: Option<Uuid>,
    /// Company or agent for which the rooms are sold.
    pub account_id: Option<Uuid>,
    pub notes: Option<String>,
    pub tags: Tags,
}

impl WalkIn {
    /// Turns the command into a sale from today on.
    pub fn into_sale(self, today: NaiveDate, channel: &str) -> Sell {
        let Self {
            property_id,
            check_out,
            rooms,
            contact,
            expected_total,
            ignore_restrictions,
            special_requests,
            locale,
            guest_id,
            account_id,
            notes,
            tags,
        } = self;
        let (nights, is_day_use) = occupied(today, check_out);
        Sell {
            nights,
            is_day_use,
            channel: Some(channel.to_owned()),
            expected_total,
            ignore_restrictions,
            special_requests,
            locale,
            guest_id,
            account_id,
            notes,
            tags,
            ..Sell::to_guest(property_id, (today, check_out), rooms, contact)
        }
    }
}

/// Command to change stays of a booking. Fields that are none stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amend {
    /// New day of arrival for every stay that is still to come.
    pub check_in: Option<NaiveDate>,
    /// New day of departure for every stay that has not ended.
    pub check_out: Option<NaiveDate>,
    pub stays: Vec<AmendStay>,
    pub add_rooms: Vec<AddRoom>,
    /// `true` to sell unchanged nights at today's prices as well.
    pub reprice: bool,
    /// Total of the booking that the guest was shown.
    pub expected_total: Option<Money>,
    pub ignore_restrictions: bool,
    pub reason: Option<String>,
}

/// Change of one stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmendStay {
    pub stay_id: Uuid,
    pub check_in: Option<NaiveDate>,
    pub check_out: Option<NaiveDate>,
    pub room_type_id: Option<Uuid>,
    pub rate_plan_id: Option<Uuid>,
    pub adults: Option<i32>,
    pub children_ages: Option<Vec<i32>>,
    pub guest_name: Option<Option<String>>,
    /// Price per night, if staff set it.
    pub nightly_price: Option<Money>,
}

impl AmendStay {
    /// Makes an amendment of a stay that changes nothing.
    pub fn of(stay_id: Uuid) -> Self {
        Self {
            stay_id,
            check_in: None,
            check_out: None,
            room_type_id: None,
            rate_plan_id: None,
            adults: None,
            children_ages: None,
            guest_name: None,
            nightly_price: None,
        }
    }
}

/// A room to add to a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddRoom {
    pub room_type_id: Uuid,
    /// Rate plan of the room; none for that of the booking's group, or else the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    pub check_in: Option<NaiveDate>,
    pub check_out: Option<NaiveDate>,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub guest_name: Option<String>,
    /// Price per night, if staff set it.
    pub nightly_price: Option<Money>,
}
