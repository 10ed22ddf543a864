use crate::domains::rates::model::AgeBand;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An age band: children of these ages, both ends included, have prices of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgeBand)]
pub struct AgeBandOut {
    /// Code of the age band: lower-case letters, digits and underscores.
    #[garde(pattern(r"^[a-z][a-z0-9_]{0,19}$"))]
    #[schema(pattern = r"^[a-z][a-z0-9_]{0,19}$", example = "child")]
    pub code: String,
    /// Lowest age in the band, in years, 0 to 17.
    #[garde(range(min = 0, max = 17))]
    #[schema(minimum = 0, maximum = 17, example = 3)]
    pub min_age: i32,
    /// Highest age in the band, in years, 0 to 17; at least `min_age`.
    #[garde(range(min = 0, max = 17))]
    #[schema(minimum = 0, maximum = 17, example = 11)]
    pub max_age: i32,
}

/// Age bands of a property, as a complete list.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAgeBands {
    /// Complete list of age bands from now on. A child whose age is in none of them counts as an adult.
    #[garde(length(max = 18), dive)]
    #[schema(max_items = 18)]
    pub bands: Vec<AgeBandOut>,
}

/// Age bands of a property.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgeBandsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Age bands, ordered by age.
    pub bands: Vec<AgeBandOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

impl AgeBandsOut {
    pub fn new(property_id: Uuid, rows: Vec<AgeBand>, version: i64) -> Self {
        let band = |AgeBand { property_id: _, code, min_age, max_age }| AgeBandOut { code, min_age, max_age };
        Self { property_id, bands: rows.into_iter().map(band).collect(), version }
    }
}
