//! Offers that are explained: which conditions a stay meets.
use crate::domains::offers::rules::conditions::Condition;
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Offer and stay to be compared. Either the code or the identifier of the offer is given.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidateOffer {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the offer, at most 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
    /// Identifier of the offer.
    #[garde(skip)]
    pub offer_id: Option<Uuid>,
    /// Day of arrival.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Room type of the stay.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Rate plan of the stay.
    #[garde(skip)]
    pub rate_plan_id: Uuid,
    /// Number of adults in the room, 1 to 50; 2 if left out.
    #[garde(range(min = 1, max = 50))]
    #[serde(default = "two")]
    #[schema(minimum = 1, maximum = 50, default = 2)]
    pub adults: i32,
    /// Ages of the children, in years, 0 to 17; at most 50. No children if left out.
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(max_items = 50, minimum = 0, maximum = 17, example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// Channel through which it would be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[schema(pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$", example = "direct")]
    pub channel: Option<String>,
}

fn two() -> i32 {
    2
}

/// Conditions of an offer, and whether a stay meets them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ValidatedOffer {
    /// Identifier of the offer.
    pub offer_id: Uuid,
    /// Name of the offer, in the property's language.
    #[schema(example = "Stay four nights, pay three")]
    pub name: String,
    /// `true` if all conditions are met that can be known before somebody books.
    pub applies: bool,
    /// Conditions that the offer has.
    pub conditions: Vec<CheckedCondition>,
}

/// Condition of an offer, and whether it is met.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CheckedCondition {
    /// Condition of the offer.
    pub condition: Condition,
    /// `true` if it is met; null if that is known only when somebody books. What depends on the guest is told to a guest who is
    /// signed in.
    pub is_met: Option<bool>,
    /// Demand of the condition, in words.
    #[schema(example = "The stay has at least 4 night(s).")]
    pub asks: String,
}
