use super::model::{Entry, EntryStatus, Names};
use crate::contact::Contact;
use crate::http::valid::dates;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// New entry of a waitlist.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinWaitlist {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Rate plan in which the rooms are held; if left out, the hotel's default plan at that time.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// Day of arrival, a date at the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Number of rooms, each for these guests. They are held together or not at all.
    #[garde(range(min = 1, max = 50))]
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 50, default = 1)]
    pub rooms: i32,
    /// Number of adults in each room, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub adults: i32,
    /// Ages of the children in each room, in years, at most 50 children of 0 to 17; empty if left out.
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(max_items = 50, minimum = 0, maximum = 17, example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// Contact person, who receives the mails. Guests need an e-mail address; whoever waits without one is told by staff.
    #[garde(dive)]
    pub contact: Contact,
    /// Account of the guest who waits. If left out, guests wait for themselves; staff enter the contact only.
    #[garde(skip)]
    pub guest_user_id: Option<Uuid>,
    /// Last date at the hotel on which an offer is welcome, inclusive; the day of arrival if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-20")]
    pub wait_until: Option<NaiveDate>,
}

fn one() -> i32 {
    1
}

impl JoinWaitlist {
    pub fn into_entry(self, user_id: Option<Uuid>, now: DateTime<Utc>) -> Entry {
        let Self {
            property_id,
            room_type_id,
            rate_plan_id,
            check_in,
            check_out,
            rooms,
            adults,
            children_ages,
            contact: Contact { full_name, email, phone },
            guest_user_id: _,
            wait_until,
        } = self;
        Entry {
            property_id,
            id: Uuid::now_v7(),
            status: EntryStatus::Waiting,
            user_id,
            contact_name: full_name,
            contact_email: email,
            contact_phone: phone,
            room_type_id,
            rate_plan_id,
            check_in,
            check_out,
            rooms,
            adults,
            children_ages: children_ages.into_iter().map(Some).collect(),
            wait_until: wait_until.unwrap_or(check_in),
            booking_id: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// An entry of a waitlist.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WaitlistEntryOut {
    /// Identifier of the entry.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the property, in its own language.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Status of the entry.
    pub status: EntryStatus,
    /// Position in line, from 1, among the entries for rooms of the type on any of these nights; null if the entry does
    /// not wait.
    #[schema(example = 1)]
    pub position: Option<i64>,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Name of the room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Identifier of the rate plan in which the rooms are held; null for the hotel's default plan at that time.
    pub rate_plan_id: Option<Uuid>,
    /// Day of arrival, a date at the hotel.
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    pub check_out: NaiveDate,
    /// Number of rooms, each for these guests.
    #[schema(example = 1)]
    pub rooms: i32,
    /// Number of adults in each room.
    #[schema(example = 2)]
    pub adults: i32,
    /// Ages of the children in each room, in years.
    #[schema(example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// Contact person, who receives the mails.
    pub contact: Contact,
    /// Account of the guest who waits; null if staff entered a contact only.
    pub guest_user_id: Option<Uuid>,
    /// Last date at the hotel on which an offer is welcome, inclusive.
    pub wait_until: NaiveDate,
    /// Booking that holds the rooms; the guest confirms or cancels it like any other hold.
    pub booking_id: Option<Uuid>,
    /// Reference of that booking; null without a `booking_id`.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    /// Time at which the hold expires; null if there is no hold.
    pub offer_expires_at: Option<DateTime<Utc>>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl WaitlistEntryOut {
    pub fn new(entry: Entry, names: Names, position: Option<i64>, offer_expires_at: Option<DateTime<Utc>>) -> Self {
        let Names { property_name, room_type_name, reference } = names;
        let Entry {
            property_id,
            id,
            status,
            user_id,
            contact_name: full_name,
            contact_email: email,
            contact_phone: phone,
            room_type_id,
            rate_plan_id,
            check_in,
            check_out,
            rooms,
            adults,
            children_ages,
            wait_until,
            booking_id,
            version,
            created_at,
            updated_at,
        } = entry;
        Self {
            id,
            property_id,
            property_name,
            status,
            position,
            room_type_id,
            room_type_name,
            rate_plan_id,
            check_in,
            check_out,
            rooms,
            adults,
            children_ages: children_ages.into_iter().flatten().collect(),
            contact: Contact { full_name, email, phone },
            guest_user_id: user_id,
            wait_until,
            booking_id,
            reference,
            offer_expires_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Filter of waitlist entries.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct WaitlistFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the room type.
    pub room_type_id: Option<Uuid>,
    /// Status of the entry.
    #[param(inline)]
    pub status: Option<EntryStatus>,
    /// Night for which a room is wanted.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub night: Option<NaiveDate>,
}
