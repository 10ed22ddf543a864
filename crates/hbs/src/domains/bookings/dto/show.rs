//! Answers that show bookings, and the filter of their list.
use crate::clock::hours;
use crate::contact::Contact;
use crate::domains::bookings::model::tags::Tags;
use crate::domains::bookings::model::{Booking, Stay, Terms};
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::language::Language;
use crate::money::{Currency, Money};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
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
    /// Latest day of departure of its stays; cancelled and expired stays count only if there are no others.
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
    /// Name of that room type, in the property's own language.
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
    /// Day of departure: the first night not stayed.
    pub check_out: NaiveDate,
    /// Number of adults in the room.
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years.
    pub children_ages: Vec<i32>,
    /// Name of the guest who stays; null if none is recorded.
    pub guest_name: Option<String>,
    /// Price of the stay, taxes and fees included.
    pub total: Money,
    /// Rate plan of the stay; null for stays from before there were rate plans.
    pub rate_plan_id: Option<Uuid>,
    /// Room type that was sold; differs from `room_type_id` after an upgrade.
    pub booked_room_type_id: Uuid,
    /// Day of departure as booked, if the guests left before it.
    pub booked_check_out: Option<NaiveDate>,
    /// Terms of cancellation under which the stay was sold, as text.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
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
            contact_proved_at: _,
            arrival_time,
            notes,
            tags,
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
            special_requests,
            arrival_time,
            notes: notes.filter(|_| is_staff),
            tags: if is_staff { tags } else { Tags::default() },
            locale,
            version,
            created_at,
            updated_at,
        }
    }
}

impl StayOut {
    fn new(stay: Stay, currency: Currency, shown: &Shown, viewer: Viewer, language: Language) -> Self {
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
            room_type_name: shown.room_types.get(&room_type_id).cloned().unwrap_or_default(),
            room_id,
            room_number: room_id.and_then(|id| shown.room_numbers.get(&id).cloned()),
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
            cancellation_policy: cancellation_terms.map(|Terms(terms)| terms.text_in(language, currency)),
        }
    }
}

/// Filter of bookings.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct BookingFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Status of the booking.
    #[param(inline)]
    pub status: Option<Status>,
    /// Reference of the booking; upper and lower case are the same.
    #[garde(inner(length(chars, max = 50)))]
    #[param(example = "HBS-7KQ2M9XA", max_length = 50)]
    pub reference: Option<String>,
    /// Channel that the booking comes from, exact.
    #[garde(inner(length(chars, max = 50)))]
    #[param(max_length = 50)]
    pub channel: Option<String>,
    /// Reference of the booking on its channel, exact.
    #[garde(inner(length(chars, max = 100)))]
    #[param(max_length = 100)]
    pub external_reference: Option<String>,
    /// Earliest day of arrival.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_from: Option<NaiveDate>,
    /// Latest day of arrival, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_to: Option<NaiveDate>,
    /// Earliest day of departure.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_from: Option<NaiveDate>,
    /// Latest day of departure, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_to: Option<NaiveDate>,
    /// Earliest day (UTC) on which the booking was made.
    #[serde(deserialize_with = "dates::optional")]
    pub created_from: Option<NaiveDate>,
    /// Latest day (UTC) on which the booking was made, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub created_to: Option<NaiveDate>,
    /// Date of a night of the stay: arrival on this date or before, departure after it.
    #[serde(deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
    /// Part of the contact's name, e-mail address or phone number; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub contact: Option<String>,
    /// Part of the contact's name, e-mail address or phone number, or of the name of a guest who stays; case and accents
    /// do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub guest: Option<String>,
    /// `true` for bookings with a balance to settle, `false` for those without.
    pub has_balance: Option<bool>,
    /// Identifier of the group that the booking belongs to.
    pub group_id: Option<Uuid>,
    /// Tag that the booking has: its name (`wake-up` finds `wake-up:07:00`), or the whole of it. For staff.
    #[garde(inner(length(chars, max = 100)))]
    #[param(max_length = 100, example = "vip")]
    pub tag: Option<String>,
}
