//! Requests and answers of the API, by subject.
mod adjust;
mod age_bands;
mod plans;
mod policies;
mod rates;
mod taxes;
mod values;

pub use adjust::{AdjustRates, AdjustedNight, AdjustedPrices, PriceAdjustment, RatesAdjusted};
pub use age_bands::{AgeBandOut, AgeBandsOut, SetAgeBands};
pub use plans::{CreateRatePlan, Derivation, IncludedExtra, PlanRoomType, RatePlanOut, UpdateRatePlan};
pub use policies::{CancellationPolicyOut, CreateCancellationPolicy, UpdateCancellationPolicy, Window};
pub use rates::{
    CellOut, RateNight, RateQuery, RateSet, RateUpdateIn, RateUpdateOut, UpdateDone, UpdateRates, UpdatesDone, UpdatesQuery,
    Valued, ValuedChildren,
};
pub use taxes::{CreateTaxRule, TaxRuleOut, UpdateTaxRule};
pub use values::{Fee, FeeTaxes, Percent, minor};

use serde::Deserialize;
use uuid::Uuid;

/// Choice of the property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfProperty {
    /// Identifier of the property.
    pub property_id: Uuid,
}
