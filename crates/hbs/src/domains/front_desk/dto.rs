use super::model::StayRow;
use super::rules::Occupancy;
use crate::changes::Asked;
use crate::clock::hours;
use crate::domains::bookings::Tags;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::Money;
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Choice of the hotel, the day and the rooms.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct FrontDeskQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day to show; today at the hotel if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
    /// Room type to show; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Floor to show; all floors if left out. Stays without a room are on no floor.
    #[garde(inner(length(chars, max = 20)))]
    #[param(max_length = 20, example = "3")]
    pub floor: Option<String>,
    /// `sync` of an earlier answer to the same request, for what has changed since.
    #[garde(inner(length(chars, max = 2000)))]
    #[param(max_length = 2000)]
    pub updated_since: Option<String>,
}

impl FrontDeskQuery {
    /// Returns what is asked for, as marks know it.
    pub fn asked(&self, list: &str) -> Asked {
        let Self { property_id, date, room_type_id, floor, updated_since: _ } = self;
        Asked::new(&format!("{list} {property_id} {date:?} {room_type_id:?} {floor:?}"))
    }

    /// Returns `true` for rooms and stays that are asked for.
    pub fn shows(&self, room_type_id: Uuid, floor: Option<&str>) -> bool {
        self.room_type_id.is_none_or(|wanted| wanted == room_type_id)
            && self.floor.as_deref().is_none_or(|wanted| Some(wanted) == floor)
    }
}

/// Lists of stays for a day. A stay can be on several lists.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FrontDeskOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day that is shown.
    pub date: NaiveDate,
    /// Business date of the hotel: "today" there.
    pub business_date: NaiveDate,
    /// Stays that begin on the day, or whose guests are expected late on it, whether or not the guests have arrived.
    pub arrivals: Vec<DeskStay>,
    /// Stays that end on the day, whether or not the guests have left, and stays that should have ended before.
    pub departures: Vec<DeskStay>,
    /// Stays whose guests are checked in and not checked out.
    pub in_house: Vec<DeskStay>,
    /// Stays for the night of the day that have no room yet.
    pub unassigned: Vec<DeskStay>,
    /// Number of payments of the hotel that somebody has to look at: `GET /v1/payments?needs_attention=true` lists them.
    pub payments_attention: i64,
    /// `true` if only what has changed since `updated_since` is told; `false` if the lists are whole: then forget your copy.
    pub is_delta: bool,
    /// Identifiers of stays that have changed. Take them out of all lists before you put in those that are listed here:
    /// some may be on no list any more. Only in a delta.
    pub replaced: Vec<Uuid>,
    /// Mark of this answer, to be sent as `updated_since` later; `ETag` has it, too.
    pub sync: String,
}

/// Stay at the front desk.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeskStay {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Version of the booking, which is that of its stays too: send it as `If-Match` to act on them.
    pub version: i64,
    /// Status of the stay.
    pub status: Status,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Former name of `guest_name`.
    #[schema(deprecated, example = "Ana Sousa")]
    pub guest: String,
    /// Phone number of the booking's contact; null if none is known.
    #[schema(example = "+351910000000")]
    pub phone: Option<String>,
    /// Language of the guest: that of the booking's mails.
    #[schema(value_type = String, example = "pt-PT")]
    pub locale: Locale,
    /// Former name of `locale`.
    #[schema(deprecated, value_type = String, example = "pt-PT")]
    pub language: Locale,
    /// Channel that the booking comes from.
    #[schema(example = "direct")]
    pub channel: String,
    /// Group that the booking belongs to; null for none.
    pub group_id: Option<Uuid>,
    /// Name of the group; null without a `group_id`.
    #[schema(example = "Wedding of Ana and Rui")]
    pub group_name: Option<String>,
    /// Identifier of the type of the stay's room.
    pub room_type_id: Uuid,
    /// Code of that room type.
    #[schema(example = "DLX")]
    pub room_type_code: String,
    /// Name of that room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Room type that was sold; differs from `room_type_id` after an upgrade.
    pub booked_room_type_id: Uuid,
    /// Identifier of the room; null for a stay without a room.
    pub room_id: Option<Uuid>,
    /// Number on the door of the room; null for a stay without a room.
    #[schema(example = "101")]
    pub room_number: Option<String>,
    /// Floor of the room; null for none, and for a stay without a room.
    #[schema(example = "1")]
    pub floor: Option<String>,
    /// `true` if the stay keeps its room when others are rearranged.
    pub is_pinned: bool,
    /// Housekeeping state of the stay's room.
    pub housekeeping: Option<Housekeeping>,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure; of day use, the day of arrival.
    pub check_out: NaiveDate,
    /// `true` for day use: the room is sold for the day, and its night is on sale once the guests have left.
    pub is_day_use: bool,
    /// Business date on which the guests are expected late, since their day of arrival was closed without them; null if
    /// they are not, or were not.
    pub late_on: Option<NaiveDate>,
    /// Number of nights; 0 for day use.
    #[schema(example = 2)]
    pub nights: i64,
    /// Local time at which the guests mean to arrive; null if it is not known.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
    /// Time at which the hold expires; null if the booking is not a hold.
    pub hold_expires_at: Option<DateTime<Utc>>,
    /// Number of guests: adults and children.
    #[schema(example = 2)]
    pub guests: i32,
    /// Number of adults in the room.
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years.
    pub children_ages: Vec<i32>,
    /// Price of the stay, taxes included.
    pub total: Money,
    /// Amount that is left to be paid of the whole booking; negative if it is to be paid back.
    pub balance: Money,
    /// Tags of the booking.
    pub tags: Tags,
    /// Notes of staff on the booking; null if there are none.
    pub notes: Option<String>,
    /// Special requests of the guest; null if there are none.
    pub special_requests: Option<String>,
}

impl DeskStay {
    /// Makes the row of a stay. `balance_minor` is that of its booking, `language` that of the hotel.
    pub fn new(row: &StayRow, balance_minor: i64, language: &Locale) -> Self {
        let StayRow { stay, booking, kind, room, group } = row;
        let locale = booking.locale.as_ref().unwrap_or(language);
        Self {
            stay_id: stay.id,
            booking_id: stay.booking_id,
            reference: booking.reference.clone(),
            version: booking.version,
            status: stay.status,
            guest_name: row.guest_name().to_owned(),
            guest: row.guest_name().to_owned(),
            phone: booking.contact_phone.clone(),
            locale: locale.clone(),
            language: locale.clone(),
            channel: booking.channel.clone(),
            group_id: group.as_ref().map(|group| group.id),
            group_name: group.as_ref().map(|group| group.name.clone()),
            room_type_id: stay.room_type_id,
            room_type_code: kind.code.clone(),
            room_type_name: kind.name.clone(),
            booked_room_type_id: stay.booked_room_type_id,
            room_id: stay.room_id,
            room_number: room.as_ref().map(|room| room.number.clone()),
            floor: room.as_ref().and_then(|room| room.floor.clone()),
            is_pinned: stay.is_pinned,
            housekeeping: room.as_ref().map(|room| room.housekeeping),
            check_in: stay.check_in,
            check_out: stay.departure(),
            is_day_use: stay.is_day_use,
            late_on: stay.late_on,
            nights: (stay.departure() - stay.check_in).num_days(),
            arrival_time: booking.arrival_time,
            hold_expires_at: booking.hold_expires_at,
            guests: row.guests(),
            adults: stay.adults,
            children_ages: stay.children_ages.iter().flatten().copied().collect(),
            total: Money::new(stay.total_minor, booking.currency),
            balance: Money::new(balance_minor, booking.currency),
            tags: booking.tags.clone(),
            notes: booking.notes.clone(),
            special_requests: booking.special_requests.clone(),
        }
    }
}

/// The rooms of a hotel on a day, for housekeeping.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HousekeepingOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day that is shown.
    pub date: NaiveDate,
    /// Floors with their rooms, in order; rooms without a floor come last. Of a delta, those rooms that have changed.
    pub floors: Vec<FloorOut>,
    /// `true` if only what has changed since `updated_since` is told; `false` if the list is whole: then forget your copy.
    pub is_delta: bool,
    /// Identifiers of rooms that are gone, or not among those asked for any more. Only in a delta.
    pub removed_rooms: Vec<Uuid>,
    /// Mark of this answer, to be sent as `updated_since` later; `ETag` has it, too.
    pub sync: String,
}

/// Floor of a hotel, with its rooms.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FloorOut {
    /// Floor; null for rooms without one.
    #[schema(example = "1")]
    pub floor: Option<String>,
    /// Rooms of the floor, ordered by number.
    pub rooms: Vec<FloorRoom>,
}

/// Room on a day, for housekeeping.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FloorRoom {
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room, unique within the property.
    #[schema(example = "101")]
    pub room_number: String,
    /// Former name of `room_number`.
    #[schema(deprecated, example = "101")]
    pub number: String,
    /// Version of the room: send it as `If-Match` to change the room.
    pub version: i64,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Code of the room type.
    #[schema(example = "DLX")]
    pub room_type_code: String,
    /// Name of the room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// Occupancy of the room on the day.
    pub occupancy: Occupancy,
    /// Day on which the guests who are in the room leave; null if nobody is.
    pub check_out: Option<NaiveDate>,
    /// `true` if guests arrive in the room that day.
    pub is_arriving: bool,
    /// Local time at which those who arrive mean to; null if nobody does, or if it is not known.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
    /// Number of guests who arrive, so that beds can be made; if none arrive, of those who are in the room.
    pub guests: Option<i32>,
    /// `true` if a block of any kind has the room that night, also one that is `out_of_service`.
    pub is_blocked: bool,
}
