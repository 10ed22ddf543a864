use super::model::StayRow;
use super::rules::Occupancy;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Choice of the hotel and the day.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct FrontDeskQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day to show; today at the hotel if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
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
    /// Status of the stay.
    pub status: Status,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    #[schema(example = "Ana Sousa")]
    pub guest: String,
    /// Identifier of the type of the stay's room.
    pub room_type_id: Uuid,
    /// Identifier of the room; null for a stay without a room.
    pub room_id: Option<Uuid>,
    /// Number on the door of the room; null for a stay without a room.
    #[schema(example = "101")]
    pub room_number: Option<String>,
    /// `true` if the stay keeps its room when others are rearranged.
    pub is_pinned: bool,
    /// Housekeeping state of the stay's room.
    pub housekeeping: Option<Housekeeping>,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Business date on which the guests are expected late, since their day of arrival was closed without them; null if
    /// they are not, or were not.
    pub late_on: Option<NaiveDate>,
    /// Number of adults in the room.
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years.
    pub children_ages: Vec<i32>,
    /// Price of the stay, taxes included.
    pub total: Money,
    /// Special requests of the guest; null if there are none.
    pub special_requests: Option<String>,
}

impl From<&StayRow> for DeskStay {
    fn from(row: &StayRow) -> Self {
        Self {
            stay_id: row.stay_id,
            booking_id: row.booking_id,
            reference: row.reference.clone(),
            status: row.status,
            guest: row.guest_name.clone().unwrap_or_else(|| row.contact_name.clone()),
            room_type_id: row.room_type_id,
            room_id: row.room_id,
            room_number: row.room_number.clone(),
            is_pinned: row.is_pinned,
            housekeeping: row.housekeeping,
            check_in: row.check_in,
            check_out: row.check_out,
            late_on: row.late_on,
            adults: row.adults,
            children_ages: row.children_ages.iter().flatten().copied().collect(),
            total: Money::new(row.total_minor, row.currency),
            special_requests: row.special_requests.clone(),
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
    /// Floors with their rooms, in order; rooms without a floor come last.
    pub floors: Vec<FloorOut>,
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
    pub number: String,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// Occupancy of the room on the day.
    pub occupancy: Occupancy,
    /// `true` if guests arrive in the room that day.
    pub is_arriving: bool,
    /// Number of guests who arrive, so that beds can be made; if none arrive, of those who are in the room.
    pub guests: Option<i32>,
    /// `true` if a block of any kind has the room that night, also one that is `out_of_service`.
    pub is_blocked: bool,
}
