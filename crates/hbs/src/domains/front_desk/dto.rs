use super::model::StayRow;
use super::rules::Occupancy;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which day of which hotel.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct FrontDeskQuery {
    pub property_id: Uuid,
    /// "Today" at the hotel if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
}

/// The lists of a day. A stay can stand on several.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FrontDeskOut {
    pub property_id: Uuid,
    pub date: NaiveDate,
    /// "Today" at the hotel.
    pub business_date: NaiveDate,
    /// Who comes on the day, and who has come already.
    pub arrivals: Vec<DeskStay>,
    /// Who leaves on the day, who has left already, and who should have left before.
    pub departures: Vec<DeskStay>,
    /// Who has been checked in and not out.
    pub in_house: Vec<DeskStay>,
    /// Who is to be there that night and has no room yet.
    pub unassigned: Vec<DeskStay>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeskStay {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    pub status: Status,
    /// Whoever sleeps there if that is known, else whom to write to.
    #[schema(example = "Ana Sousa")]
    pub guest: String,
    pub room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    #[schema(example = "101")]
    pub room_number: Option<String>,
    pub is_pinned: bool,
    /// Of the room: whether the guest can go there.
    pub housekeeping: Option<Housekeeping>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    /// What the stay costs.
    pub total: Money,
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
            adults: row.adults,
            children_ages: row.children_ages.iter().flatten().copied().collect(),
            total: Money::new(row.total_minor, row.currency),
            special_requests: row.special_requests.clone(),
        }
    }
}

/// The rooms of a hotel on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HousekeepingOut {
    pub property_id: Uuid,
    pub date: NaiveDate,
    pub floors: Vec<Floor>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Floor {
    /// Nothing for rooms without one.
    #[schema(example = "1")]
    pub floor: Option<String>,
    /// By number.
    pub rooms: Vec<FloorRoom>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FloorRoom {
    pub room_id: Uuid,
    #[schema(example = "101")]
    pub number: String,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
    pub occupancy: Occupancy,
    /// Guests come to it that day.
    pub is_arriving: bool,
    /// How many they are, so that beds can be made; of those who are in it where nobody comes.
    pub guests: Option<i32>,
    /// It is out of order or out of service that night.
    pub is_blocked: bool,
}
