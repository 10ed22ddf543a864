use super::fees::Settlement;
use super::model::{Booking, BookingChange, DocumentKind, FolioEntry, FolioKind, NewFolioEntry, Stay, Terms};
use super::rules::Status;
use crate::contact::Contact;
use crate::domains::rates::PriceLine;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use serde_with::skip_serializing_none;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of arrival, a date of the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// One entry a room.
    #[garde(length(min = 1, max = 50), dive)]
    pub rooms: Vec<RoomRequest>,
    /// Whom to write to.
    #[garde(dive)]
    pub contact: Contact,
    /// Whose booking it is. Without it, guests book for themselves and staff for the contact only.
    #[garde(skip)]
    pub guest_user_id: Option<Uuid>,
    /// Where the booking comes from; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[schema(example = "direct")]
    pub channel: Option<String>,
    /// The channel's own name for it, unique per property and channel.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    pub external_reference: Option<String>,
    /// Holds the rooms for so long instead of confirming; the property caps it.
    #[garde(inner(range(min = 1, max = 10080)))]
    #[schema(minimum = 1, maximum = 10080)]
    pub hold_minutes: Option<i32>,
    /// The total that the guest was shown. A different one is refused.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// A token of `POST /v1/quotes`: the rooms are sold at just what it quoted, on its terms.
    #[garde(inner(length(min = 1, max = 500_000)))]
    pub quote: Option<String>,
    /// Sells against the restrictions of the rate plans (stop sell, minimum stay …). Needs `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    /// The code of a group whose rooms are taken first, at its rates and, where a room names none, by its plan.
    #[garde(inner(length(chars, min = 1, max = 30)))]
    #[schema(example = "ANA-RUI-2026")]
    pub group_code: Option<String>,
    #[garde(inner(length(chars, max = 2000)))]
    pub special_requests: Option<String>,
    /// The language to write to the guest in. Left out: what a guest's browser asks for, else that of the guest's account, else the hotel's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Locale>,
}

#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// The hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 2)]
    pub adults: i32,
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// A room by name, which the stay then keeps. Only staff can name one.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Another price per night, gross or net as the property's prices are. Needs `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
    /// Who stays, where that is known already. Needs `stays:check_in`.
    #[garde(length(max = 50), dive)]
    #[serde(default)]
    pub guests: Vec<StayGuest>,
}

/// Somebody who stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StayGuest {
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// Not after today.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "1990-04-25")]
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166-1 alpha-2.
    #[garde(inner(pattern(r"^[A-Z]{2}$")))]
    #[schema(example = "PT")]
    pub nationality: Option<String>,
    #[garde(dive)]
    pub document: Option<IdentityDocument>,
}

/// By what somebody is known to the authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityDocument {
    #[garde(skip)]
    pub kind: DocumentKind,
    /// Stored encrypted.
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(example = "CA123456")]
    pub number: String,
    /// Which issued it: ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"))]
    #[schema(example = "PT")]
    pub country: String,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStayGuests {
    /// All of them; the first answers for the room.
    #[garde(length(max = 50), dive)]
    pub guests: Vec<StayGuest>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayGuestsOut {
    pub stay_id: Uuid,
    /// Of the booking.
    pub version: i64,
    pub guests: Vec<StayGuest>,
    /// Whether somebody is on record with birth date, nationality and document.
    pub is_identified: bool,
}

impl StayGuestsOut {
    pub fn new(stay_id: Uuid, version: i64, guests: Vec<StayGuest>) -> Self {
        Self { stay_id, version, is_identified: guests.iter().any(StayGuest::is_identified), guests }
    }
}

impl StayGuest {
    pub fn is_identified(&self) -> bool {
        self.birth_date.is_some() && self.nationality.is_some() && self.document.is_some()
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_price(price: &Option<Money>, (): &()) -> garde::Result {
    match price {
        Some(price) if !(0..=MAX_PRICE_MINOR).contains(&price.minor) => {
            Err(garde::Error::new("must not be negative or absurdly large"))
        }
        _ => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBooking {
    #[garde(dive)]
    #[serde(default)]
    pub contact: ContactPatch,
    #[garde(inner(inner(length(chars, max = 2000))))]
    #[serde(default, with = "double_option")]
    pub special_requests: Option<Option<String>>,
    /// The language to write to the guest in.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Option<Locale>>,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPatch {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub full_name: Option<String>,
    #[garde(inner(email))]
    #[serde(default, deserialize_with = "present")]
    pub email: Option<String>,
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    pub phone: Option<Option<String>>,
}

impl From<UpdateBooking> for BookingChange {
    fn from(patch: UpdateBooking) -> Self {
        let UpdateBooking { contact: ContactPatch { full_name, email, phone }, special_requests, locale } = patch;
        Self { contact_name: full_name, contact_email: email, contact_phone: phone, special_requests, locale }
    }
}

/// Guests who are at the desk without a booking.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWalkIn {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of departure. They come today.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// One entry a room.
    #[garde(length(min = 1, max = 50), dive)]
    pub rooms: Vec<RoomRequest>,
    #[garde(dive)]
    pub contact: Contact,
    /// The total that the guests were told. A different one is refused.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// Sells against the restrictions of the rate plans. Needs `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    #[garde(inner(length(chars, max = 2000)))]
    pub special_requests: Option<String>,
    /// The language to write to the guest in. Left out: what a guest's browser asks for, else that of the guest's account, else the hotel's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Locale>,
}

impl CreateWalkIn {
    /// As a booking of today.
    pub fn into_booking(self, today: NaiveDate, channel: &str) -> CreateBooking {
        let Self { property_id, check_out, rooms, contact, expected_total, ignore_restrictions, special_requests, locale } = self;
        CreateBooking {
            property_id,
            check_in: today,
            check_out,
            rooms,
            contact,
            guest_user_id: None,
            channel: Some(channel.to_owned()),
            external_reference: None,
            hold_minutes: None,
            expected_total,
            quote: None,
            ignore_restrictions,
            group_code: None,
            special_requests,
            locale,
        }
    }
}

/// Why something is done with a booking.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionBody {
    #[garde(inner(length(chars, max = 500)))]
    #[schema(example = "Guest asked by phone")]
    pub reason: Option<String>,
    /// Charges no fee for cancelling, not coming or leaving early. Needs `bookings:waive_fee` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub waive_fee: bool,
    /// Checks guests into rooms that are not ready. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_housekeeping: bool,
    /// Checks guests out who leave something unpaid. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_balance: bool,
}

/// How long a hold is to last.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendHold {
    /// From now on; the property caps it.
    #[garde(range(min = 1, max = 10080))]
    #[schema(minimum = 1, maximum = 10080, example = 30)]
    pub hold_minutes: i32,
}

/// What is to become of a booking's stays. What is left out stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"check_out": "2026-12-28", "expected_total": {"amount": "400.00", "currency": "EUR"}}))]
pub struct AmendBooking {
    /// Another day of arrival for every stay that is still to come.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// Another day of departure for every stay that has not ended.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// What is to be otherwise with single stays.
    #[garde(length(max = 50), dive)]
    #[serde(default)]
    pub stays: Vec<StayAmendment>,
    /// Rooms to be added, one entry a room.
    #[garde(length(max = 50), dive)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_rooms: Vec<AddedRoom>,
    /// Sells nights that stay what they were at today's prices, too. For staff.
    #[garde(skip)]
    #[serde(default)]
    pub reprice: bool,
    /// The total of the booking that the guest was shown. A different one is refused.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// Sells against the restrictions of the rate plans. Needs `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    #[garde(inner(length(chars, max = 500)))]
    pub reason: Option<String>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StayAmendment {
    #[garde(skip)]
    pub stay_id: Uuid,
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// Another type, at its price.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    #[garde(inner(range(min = 1, max = 50)))]
    pub adults: Option<i32>,
    #[garde(inner(length(max = 50), inner(range(min = 0, max = 17))))]
    pub children_ages: Option<Vec<i32>>,
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    pub guest_name: Option<Option<String>>,
    /// Another price per night, gross or net as the property's prices are, of all nights that are not past. Needs `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
}

/// One room more for a booking. Held with it if it is a hold, else confirmed.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedRoom {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// That of the booking's group, else the hotel's default plan, if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// The booking's, or today if that is past, if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// The booking's if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 2)]
    pub adults: i32,
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(example = json!([7]))]
    pub children_ages: Vec<i32>,
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Another price per night, gross or net as the property's prices are. Needs `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
}

impl StayAmendment {
    /// Nothing of a stay is otherwise.
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

/// Whether it is done.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct AmendQuery {
    /// Says what it would come to, rooms and all, and changes nothing.
    pub dry_run: bool,
}

/// A booking that was amended, or as it would be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmendmentOut {
    pub is_dry_run: bool,
    pub booking: BookingOut,
    pub total_before: Money,
    /// How much more it costs; negative if less.
    pub difference: Money,
    /// The lines that it adds to the folio.
    pub entries: Vec<AmendedEntry>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmendedEntry {
    pub stay_id: Uuid,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub description: String,
    /// Negative where a charge is taken back.
    pub amount: Money,
}

impl AmendedEntry {
    pub fn new(line: NewFolioEntry, currency: Currency) -> Self {
        let NewFolioEntry { stay_id, kind, service_date, amount_minor, description, tax_rule_id: _, reverses_id: _ } = line;
        Self { stay_id, kind, service_date, description, amount: Money::new(amount_minor, currency) }
    }
}

/// Which room a stay is to have.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRoom {
    /// A room of the stay's type, with `upgrade` of any type. Left out, the stay keeps the one that it has, or gets the one that fits best.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Whether the stay keeps the room when others are rearranged. Left out: a room that is named is pinned.
    #[garde(skip)]
    pub is_pinned: Option<bool>,
    /// Gives a stay to come a room of another type than was sold, at the price of the one that was.
    #[garde(skip)]
    #[serde(default)]
    pub upgrade: bool,
}

/// With whom a stay changes rooms.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapRooms {
    /// Another stay at the hotel, of this or another booking.
    #[garde(skip)]
    pub with_stay_id: Uuid,
}

/// Which stay; all that can be cancelled if left out.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct CancellationQuery {
    pub stay_id: Option<Uuid>,
}

/// What cancelling would cost at a moment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancellationOut {
    pub booking_id: Uuid,
    /// The moment: fees grow towards arrival.
    pub at: DateTime<Utc>,
    /// The stays that would be cancelled.
    pub stays: Vec<StayCancellation>,
    /// The sum of their fees.
    pub fee: Money,
    /// What the whole booking would cost then.
    pub total_after: Money,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayCancellation {
    pub stay_id: Uuid,
    /// What the stay costs now.
    pub total: Money,
    pub fee: Money,
    /// Nothing for stays from before there were plans.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
}

impl CancellationOut {
    pub fn new(booking: &Booking, at: DateTime<Utc>, total_after: i64, stays: &[(Stay, Settlement)]) -> Self {
        let money = |minor| Money::new(minor, booking.currency);
        let shown = |(stay, settlement): &(Stay, Settlement)| StayCancellation {
            stay_id: stay.id,
            total: money(stay.total_minor),
            fee: money(settlement.fee_minor),
            cancellation_policy: stay.cancellation_terms.as_ref().map(|terms| terms.0.text(booking.currency)),
        };
        Self {
            booking_id: booking.id,
            at,
            stays: stays.iter().map(shown).collect(),
            fee: money(stays.iter().map(|(_, settlement)| settlement.fee_minor).sum()),
            total_after: money(total_after),
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BookingOut {
    pub id: Uuid,
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    pub status: Status,
    pub property_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub stays: Vec<StayOut>,
    /// What the guest pays, taxes included.
    pub total: Money,
    pub contact: Contact,
    pub guest_user_id: Option<Uuid>,
    pub channel: String,
    pub external_reference: Option<String>,
    /// The group that it is of.
    pub group_id: Option<Uuid>,
    /// When the hold ends, if it is one.
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub special_requests: Option<String>,
    /// The language that the guest is written to in, where one was asked for.
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Locale>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayOut {
    pub id: Uuid,
    pub status: Status,
    pub room_type_id: Uuid,
    /// Guests see it once the room is pinned or the guest is in it.
    pub room_id: Option<Uuid>,
    pub room_number: Option<String>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub guest_name: Option<String>,
    pub total: Money,
    /// Nothing for stays from before there were plans.
    pub rate_plan_id: Option<Uuid>,
    /// The type that was sold: another one than `room_type_id` after an upgrade.
    pub booked_room_type_id: Uuid,
    /// The day of departure as booked, of guests who left before it.
    pub booked_check_out: Option<NaiveDate>,
    /// What it costs to cancel, by the terms on which it was sold.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
}

/// Who looks: staff see which room is meant before it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    Guest,
    Staff,
}

impl BookingOut {
    pub fn new(booking: Booking, stays: Vec<Stay>, numbers: &HashMap<Uuid, String>, viewer: Viewer) -> Self {
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
        } = booking;
        Self {
            id,
            reference,
            status,
            property_id,
            check_in,
            check_out,
            stays: stays.into_iter().map(|stay| StayOut::new(stay, currency, numbers, viewer)).collect(),
            total: Money::new(total_minor, currency),
            contact: Contact { full_name: contact_name, email: contact_email, phone: contact_phone },
            guest_user_id: user_id,
            channel,
            external_reference,
            group_id,
            hold_expires_at,
            special_requests,
            locale,
            version,
            created_at,
            updated_at,
        }
    }
}

impl StayOut {
    fn new(stay: Stay, currency: Currency, numbers: &HashMap<Uuid, String>, viewer: Viewer) -> Self {
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
            check_out,
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
        } = stay;
        let room_id = room_id.filter(|_| certain || viewer == Viewer::Staff);
        Self {
            id,
            status,
            room_type_id,
            room_id,
            room_number: room_id.and_then(|id| numbers.get(&id).cloned()),
            is_pinned,
            check_in,
            check_out,
            adults,
            children_ages: children_ages.into_iter().flatten().collect(),
            guest_name,
            total: Money::new(total_minor, currency),
            rate_plan_id,
            booked_room_type_id,
            booked_check_out,
            cancellation_policy: cancellation_terms.map(|Terms(terms)| terms.text(currency)),
        }
    }
}

/// What a price is asked for.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-8b5a-5f2d0ab0c1de", "check_in": "2026-12-24", "check_out": "2026-12-27",
    "rooms": [{"room_type_id": "019b76da-a800-7f3e-93a5-6a2c4d1e8f90", "adults": 2, "children_ages": [7]}]
}))]
pub struct CreateQuote {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of arrival, a date of the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// One entry a room.
    #[garde(length(min = 1, max = 50), dive)]
    pub rooms: Vec<QuoteRoom>,
    /// Where it will be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[schema(example = "direct")]
    pub channel: Option<String>,
}

#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRoom {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// The hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 2)]
    pub adults: i32,
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(example = json!([7]))]
    pub children_ages: Vec<i32>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "quote": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJwcm9wZXJ0eV9pZCI6IjAxOWI3NmRhLi4uIn0.Zm9v", "expires_at": "2026-12-01T12:30:00Z",
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "check_in": "2026-12-22", "check_out": "2026-12-23",
    "rooms": [example_of_quoted_room()],
    "total": {"amount": "125.00", "currency": "EUR"}
}))]
pub struct QuoteOut {
    /// To be sent with `POST /v1/bookings`, unchanged.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9…")]
    pub quote: String,
    /// Until then the price holds. The rooms are not held.
    pub expires_at: DateTime<Utc>,
    pub property_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    /// In the order in which they were asked for.
    pub rooms: Vec<QuotedRoom>,
    /// What the guest pays for all rooms, taxes included.
    pub total: Money,
}

/// Apart from the rest of the example: the macro takes no more at once.
fn example_of_quoted_room() -> serde_json::Value {
    use serde_json::json;
    let plan = "019b76da-a800-75c1-9a3e-2f60c1de7a11";
    let euro = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let part = |kind: &str, source: &str, amount: &str| json!({"kind": kind, "source": source, "rate_plan_id": plan, "is_included": false, "count": 1, "amount": euro(amount)});
    let mut child = part("extra_child", "plan", "15.00");
    child["age_band"] = json!("child");
    let tax = json!({"kind": "tax", "name": "IVA 6 %", "is_included": true, "count": 1, "amount": euro("7.08")});
    json!({
        "room_type_id": "019b76da-a800-7f3e-8ffd-6aedc95de3fe", "rate_plan_id": plan, "adults": 2, "children_ages": [7],
        "cancellation_policy": "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.",
        "total": euro("125.00"),
        "nightly": [{"date": "2026-12-22", "price": euro("125.00"), "lines": [part("room", "night", "110.00"), child, tax]}]
    })
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedRoom {
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    /// What it costs to cancel.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: String,
    pub total: Money,
    pub nightly: Vec<QuotedNight>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedNight {
    pub date: NaiveDate,
    /// What the guest pays, taxes included.
    pub price: Money,
    /// Each line of the price, with where it comes from.
    pub lines: Vec<PriceLine>,
}

/// Which bookings.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct BookingFilter {
    pub property_id: Option<Uuid>,
    #[param(inline)]
    pub status: Option<Status>,
    #[param(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    pub channel: Option<String>,
    pub external_reference: Option<String>,
    /// Arrival on this day or later.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_from: Option<NaiveDate>,
    /// Arrival on this day or earlier.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_to: Option<NaiveDate>,
    /// Departure on this day or later.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_from: Option<NaiveDate>,
    /// Departure on this day or earlier.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_to: Option<NaiveDate>,
    /// Booked on this day (UTC) or later.
    #[serde(deserialize_with = "dates::optional")]
    pub created_from: Option<NaiveDate>,
    /// Booked on this day (UTC) or earlier.
    #[serde(deserialize_with = "dates::optional")]
    pub created_to: Option<NaiveDate>,
    /// With a night on this date: arrival by then, departure later.
    #[serde(deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
    /// Part of the contact's name, e-mail address or phone number.
    pub contact: Option<String>,
    /// Part of the contact's name, e-mail address or phone number, or of the name of somebody who stays.
    pub guest: Option<String>,
    /// Whether there is something to pay.
    pub has_balance: Option<bool>,
    pub group_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioOut {
    pub booking_id: Uuid,
    pub entries: Vec<FolioEntryOut>,
    /// The sum of the entries.
    pub balance: Money,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioEntryOut {
    pub id: Uuid,
    pub stay_id: Uuid,
    pub kind: FolioKind,
    /// The night; of a fee, the day on which it fell due.
    pub service_date: NaiveDate,
    pub description: String,
    pub amount: Money,
    pub tax_rule_id: Option<Uuid>,
    /// The entry that this one takes back.
    pub reverses_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl FolioEntryOut {
    pub fn new(entry: FolioEntry, currency: Currency) -> Self {
        let FolioEntry {
            id,
            stay_id,
            kind,
            service_date,
            amount_minor,
            description,
            tax_rule_id,
            reverses_id,
            created_at,
            posting_id: _,
        } = entry;
        Self {
            id,
            stay_id,
            kind,
            service_date,
            description,
            amount: Money::new(amount_minor, currency),
            tax_rule_id,
            reverses_id,
            created_at,
        }
    }
}
