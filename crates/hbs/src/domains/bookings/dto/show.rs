//! Answers that show bookings.
use super::exempt::TaxExemptionOut;
use crate::clock::hours;
use crate::contact::Contact;
use crate::domains::bookings::model::tags::Tags;
use crate::domains::bookings::model::{Booking, Stay, StayMove, Terms};
use crate::domains::extras::{PostedPer, ShownExtra};
use crate::domains::stays::Status;
use crate::language::Language;
use crate::money::{Currency, Money};
use crate::texts::{Locale, Reading};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// A booking with its stays.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BookingOut {
    /// Identifier of the booking.
    pub id: Uuid,
    /// Reference of the booking for people, unique: `HBS-` and 8 letters and digits.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Status of the booking: the first of `checked_in`, `held`, `confirmed`, `checked_out`, `no_show`, `cancelled` and
    /// `expired` that any of its stays has.
    pub status: Status,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Earliest day of arrival of its stays; cancelled and expired stays count only if there are no others.
    pub check_in: NaiveDate,
    /// Latest day of departure of its stays; cancelled and expired stays count only if there are no others. The day of arrival
    /// for day use.
    pub check_out: NaiveDate,
    /// Stays of the booking, one per room.
    pub stays: Vec<StayOut>,
    /// Price of the booking, taxes included.
    pub total: Money,
    /// Amount that is left to be paid: the balance of the folio; negative if it is to be paid back.
    pub balance: Money,
    /// Contact person of the booking, who receives the mails.
    pub contact: Contact,
    /// Identifier of the account that the booking belongs to; null if it belongs to none.
    pub guest_user_id: Option<Uuid>,
    /// Channel that the booking comes from, such as `direct` or `walk_in`.
    pub channel: String,
    /// Reference of the booking on its channel, unique per property and channel; null if there is none.
    pub external_reference: Option<String>,
    /// Group that the booking belongs to.
    pub group_id: Option<Uuid>,
    /// Name of the group; null without a `group_id`.
    #[schema(example = "Wedding of Ana and Rui")]
    pub group_name: Option<String>,
    /// Time at which the hold expires; null if the booking is not a hold.
    pub hold_expires_at: Option<DateTime<Utc>>,
    /// `true` if the booking is held because the guest has yet to verify the e-mail address of the account, which confirms it.
    pub awaits_email_verification: bool,
    /// `true` if the booking is held until what is due when booking is paid through the gateway, which confirms it.
    pub awaits_payment: bool,
    /// Special requests of the guest; null if there are none.
    pub special_requests: Option<String>,
    /// Local time at which the guests mean to arrive; null if it is not known.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
    /// Notes for staff; always null for guests.
    pub notes: Option<String>,
    /// Tags for staff; always none for guests.
    pub tags: Tags,
    /// Language of the mails to the guest, if one was asked for.
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Identifier of the guest profile of the contact, for staff: the one that stands for it, if profiles were merged. Null for
    /// guests.
    pub guest_id: Option<Uuid>,
    /// Identifier of the account of the company or agent for which the booking was made; null if there is none.
    pub account_id: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// A stay: one room of a booking, from arrival to departure.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayOut {
    /// Identifier of the stay.
    pub id: Uuid,
    /// Status of the stay.
    pub status: Status,
    /// Identifier of the type of the stay's room; after an upgrade, not the one that was sold.
    pub room_type_id: Uuid,
    /// Name of that room type, in the reader's language if there is one in it, else in the property's own.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Room of the stay. Guests see it once the room is pinned or they are in it.
    pub room_id: Option<Uuid>,
    /// Number on the door of the room; null without a `room_id`.
    pub room_number: Option<String>,
    /// `true` if the stay keeps its room when others are rearranged.
    pub is_pinned: bool,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed; of day use, the day of arrival.
    pub check_out: NaiveDate,
    /// `true` for day use: the room is sold for the day, and its night is on sale once the guests have left.
    pub is_day_use: bool,
    /// Number of adults in the room.
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years.
    pub children_ages: Vec<i32>,
    /// Name of the guest who stays; null if none is recorded.
    pub guest_name: Option<String>,
    /// Identifier of the guest profile of who stays, for staff; null if it is the booking's contact, and for guests.
    pub guest_id: Option<Uuid>,
    /// Price of the stay, taxes and fees included.
    pub total: Money,
    /// Rate plan of the stay; null for stays from before there were rate plans.
    pub rate_plan_id: Option<Uuid>,
    /// Room type that was sold; differs from `room_type_id` after an upgrade.
    pub booked_room_type_id: Uuid,
    /// Day of departure as booked, if the guests left before it.
    pub booked_check_out: Option<NaiveDate>,
    /// Rooms that the guests have left while they were in the house, in their order.
    pub moves: Vec<StayMoveOut>,
    /// Business date on which the guests are expected late, since their day of arrival was closed without them; null if
    /// they are not, or were not.
    pub late_on: Option<NaiveDate>,
    /// Identifier of the stay that this one was split from: the same guests, until the day on which this one begins.
    pub split_from: Option<Uuid>,
    /// Terms of cancellation under which the stay was sold, as text.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
    /// Extras of the stay: those that were sold with it, whose price is in the booking's `total` and not in that of the stay, and
    /// those that are in the price of its nights.
    pub extras: Vec<StayExtraOut>,
    /// Exemption of the stay from taxes, for staff; null if it bears them, and for guests.
    pub tax_exemption: Option<TaxExemptionOut>,
}

/// An extra of a stay.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StayExtraOut {
    #[serde(skip)]
    pub stay_id: Uuid,
    /// Identifier of the extra as it was sold with the stay; null for one that is in the price of the nights.
    pub id: Option<Uuid>,
    /// Identifier of the extra in what the hotel sells.
    pub extra_id: Uuid,
    /// Name of the extra, in the reader's language if there is one in it, else in the property's own.
    #[schema(example = "Breakfast")]
    pub name: String,
    /// Way in which it is charged.
    pub posted: PostedPer,
    /// Number of it, as it was asked for; of one that is in the price of the nights, the number on a day.
    pub quantity: i32,
    /// Day of the stay on which it is served, where one was asked for.
    pub date: Option<NaiveDate>,
    /// `true` if it is in the price of the nights.
    pub in_price: bool,
    /// Business date on which it was removed, which ended what was to come; null if it was not.
    pub removed_on: Option<NaiveDate>,
    /// Price of the extra for all of the stay, taxes included.
    pub total: Money,
}

impl StayExtraOut {
    pub fn new(extra: ShownExtra, currency: Currency, reading: &Reading) -> Self {
        let ShownExtra { stay_id, id, extra_id, name, texts, base, posted, quantity, date, removed_on, total_minor } = extra;
        Self {
            stay_id,
            id,
            extra_id,
            name: reading.name(&name, &texts, &base),
            posted,
            quantity,
            date,
            in_price: id.is_none(),
            removed_on,
            total: Money::new(total_minor, currency),
        }
    }
}

/// A move of guests in the house from one room to another.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayMoveOut {
    /// First night in another room.
    pub moved_on: NaiveDate,
    /// Identifier of the room that the guests left; null if they had none.
    pub from_room_id: Option<Uuid>,
    /// Number on the door of the room that the guests left.
    #[schema(example = "101")]
    pub from_room_number: Option<String>,
    /// Identifier of the room type that they left.
    pub from_room_type_id: Uuid,
}

/// Reader of a booking: staff see the intended room before it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    Guest,
    Staff,
}

/// Facts of other tables that bookings are shown with, each by its id.
#[derive(Debug, Default)]
pub struct Shown {
    /// Numbers of rooms.
    pub room_numbers: HashMap<Uuid, String>,
    /// Names of room types.
    pub room_types: HashMap<Uuid, String>,
    /// Names of groups.
    pub groups: HashMap<Uuid, String>,
    /// Balances of bookings in minor units.
    pub balances: HashMap<Uuid, i64>,
    /// Rooms that guests have left.
    pub moves: Vec<StayMove>,
    /// Extras of stays.
    pub extras: Vec<StayExtraOut>,
    /// Exemptions from taxes, by stay.
    pub exemptions: HashMap<Uuid, TaxExemptionOut>,
}

impl Shown {
    fn room_number(&self, room_id: Uuid) -> Option<String> {
        self.room_numbers.get(&room_id).cloned()
    }

    /// Returns the rooms that the guests of a stay have left.
    fn left_by(&self, stay_id: Uuid) -> Vec<StayMoveOut> {
        let own = self.moves.iter().filter(|left| left.stay_id == stay_id);
        own.map(|left| StayMoveOut {
            moved_on: left.moved_on,
            from_room_id: left.room_id,
            from_room_number: left.room_id.and_then(|id| self.room_number(id)),
            from_room_type_id: left.room_type_id,
        })
        .collect()
    }
}

impl BookingOut {
    /// Makes the answer to a viewer; what HBS writes of the terms itself is in `language`.
    pub fn new(booking: Booking, stays: Vec<Stay>, shown: &Shown, viewer: Viewer, language: Language) -> Self {
        let Booking {
            property_id,
            id,
            reference,
            status,
            channel,
            external_reference,
            user_id,
            created_by: _,
            created_by_key: _,
            contact_name,
            contact_email,
            contact_phone,
            special_requests,
            check_in,
            check_out,
            currency,
            total_minor,
            hold_expires_at,
            version,
            created_at,
            updated_at,
            is_hold_extended: _,
            group_id,
            locale,
            awaits_proof,
            guest_id,
            account_id,
            contact_proved_at: _,
            arrival_time,
            notes,
            tags,
            awaits_payment,
        } = booking;
        let is_staff = viewer == Viewer::Staff;
        Self {
            id,
            reference,
            status,
            property_id,
            check_in,
            check_out,
            stays: stays.into_iter().map(|stay| StayOut::new(stay, currency, shown, viewer, language)).collect(),
            total: Money::new(total_minor, currency),
            balance: Money::new(shown.balances.get(&id).copied().unwrap_or(0), currency),
            contact: Contact { full_name: contact_name, email: contact_email, phone: contact_phone },
            guest_user_id: user_id,
            channel,
            external_reference,
            group_id,
            group_name: group_id.and_then(|id| shown.groups.get(&id).cloned()),
            hold_expires_at,
            awaits_email_verification: awaits_proof,
            awaits_payment,
            special_requests,
            arrival_time,
            notes: notes.filter(|_| is_staff),
            tags: if is_staff { tags } else { Tags::default() },
            locale,
            guest_id: guest_id.filter(|_| viewer == Viewer::Staff),
            account_id: account_id.filter(|_| viewer == Viewer::Staff),
            version,
            created_at,
            updated_at,
        }
    }
}

impl StayOut {
    fn new(stay: Stay, currency: Currency, shown: &Shown, viewer: Viewer, language: Language) -> Self {
        let departure = stay.departure();
        let certain = stay.is_pinned || matches!(stay.status, Status::CheckedIn | Status::CheckedOut);
        let Stay {
            property_id: _,
            id,
            booking_id: _,
            position: _,
            status,
            room_type_id,
            room_id,
            is_pinned,
            check_in,
            check_out: _,
            adults,
            children_ages,
            guest_name,
            total_minor,
            rate_plan_id,
            cancellation_terms,
            booked_room_type_id,
            booked_check_out,
            status_on: _,
            moved_on: _,
            late_on,
            split_from,
            guest_id,
            priced_at: _,
            is_day_use,
        } = stay;
        let room_id = room_id.filter(|_| certain || viewer == Viewer::Staff);
        Self {
            id,
            status,
            room_type_id,
            room_type_name: shown.room_types.get(&room_type_id).cloned().unwrap_or_default(),
            room_id,
            room_number: room_id.and_then(|id| shown.room_number(id)),
            is_pinned,
            check_in,
            check_out: departure,
            is_day_use,
            adults,
            children_ages: children_ages.into_iter().flatten().collect(),
            guest_name,
            guest_id: guest_id.filter(|_| viewer == Viewer::Staff),
            total: Money::new(total_minor, currency),
            rate_plan_id,
            booked_room_type_id,
            // Of day use, the end of the night that was given back.
            booked_check_out: booked_check_out.filter(|_| !is_day_use),
            moves: shown.left_by(id),
            late_on,
            split_from,
            cancellation_policy: cancellation_terms.map(|Terms(terms)| terms.text_in(language, currency)),
            extras: shown.extras.iter().filter(|extra| extra.stay_id == id).cloned().collect(),
            tax_exemption: shown.exemptions.get(&id).filter(|_| viewer == Viewer::Staff).cloned(),
        }
    }
}
