use serde::Deserialize;
use uuid::Uuid;

/// Property of opening balances, with what its ledgers are to come to.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OpeningQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Balance of all guests' folios in the other system, at the end of the day before the business date.
    #[garde(length(chars, max = 30))]
    #[param(example = "1250.00", max_length = 30)]
    pub guest: String,
    /// Balance of deposits: what was paid for stays to come, negative, since the hotel owes it.
    #[garde(length(chars, max = 30))]
    #[param(example = "-400.00", max_length = 30)]
    pub deposits: String,
    /// Balance of the accounts of companies and agents.
    #[garde(length(chars, max = 30))]
    #[param(example = "3100.50", max_length = 30)]
    pub city: String,
    /// `true` to report what would happen and change nothing.
    #[serde(default)]
    #[param(default = false)]
    pub dry_run: bool,
}
