use crate::domains::inventory::Shortage;
use crate::domains::rooms::Bed;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is looked for. The guests are those of one room; `rooms` says how many such rooms.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct SearchQuery {
    pub property_id: Uuid,
    /// Day of arrival.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Adults in each room; 2 if left out.
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Children in each room: how many (`2`), or their ages with commas (`4,9`; one child: `7,`).
    #[param(value_type = Option<String>, example = "4,9")]
    pub children: Option<Children>,
    /// Rooms of one type; 1 if left out.
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
}

/// Children by number or by age.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Children(pub usize);

impl TryFrom<String> for Children {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither a number of children nor their ages from 0 to 17 with commas");
        if text.is_empty() {
            return Ok(Self(0));
        }
        if !text.contains(',') {
            return text.parse::<u8>().ok().filter(|count| *count <= 50).map(|count| Self(count.into())).ok_or_else(wrong);
        }
        let ages: Vec<&str> = text.split(',').map(str::trim).filter(|age| !age.is_empty()).collect();
        let valid = |age: &&str| age.parse::<u8>().is_ok_and(|age| age <= 17);
        if ages.len() <= 50 && ages.iter().all(valid) { Ok(Self(ages.len())) } else { Err(wrong()) }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchOut {
    pub property_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub rooms: i32,
    /// Every type that takes the guests: those that can be booked first, then by total.
    pub items: Vec<OfferedType>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedType {
    pub room_type_id: Uuid,
    #[schema(example = "Deluxe double with sea view")]
    pub name: String,
    pub description: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: Vec<Bed>,
    pub size_sqm: Option<i32>,
    pub amenities: Vec<String>,
    /// Rooms that can be sold on every one of the nights.
    #[schema(example = 4)]
    pub available: i32,
    /// Whether as many rooms as asked for can be booked.
    pub bookable: bool,
    /// What the guest pays for all rooms and nights, taxes included.
    pub total: Money,
    /// What one room costs night by night.
    pub nightly: Vec<NightOut>,
    /// The nights in the way, if it cannot be booked.
    pub reasons: Vec<Shortage>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NightOut {
    pub date: NaiveDate,
    /// What the guest pays for one room, taxes included.
    pub price: Money,
    /// The taxes in it.
    pub taxes: Vec<TaxOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxOut {
    #[schema(example = "VAT 7 %")]
    pub name: String,
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_by_number_or_by_age() {
        for (text, count) in [("", 0), ("0", 0), ("2", 2), ("4,9", 2), ("7,", 1), ("0, 17", 2)] {
            assert_eq!(Children::try_from(text.to_owned()), Ok(Children(count)), "{text:?}");
        }
        for text in ["-1", "two", "51", "18,", "4,x", "300"] {
            assert!(Children::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
