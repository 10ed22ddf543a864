//! Requests and answers about exemptions from taxes.
use crate::domains::bookings::model::TaxExemption;
use crate::http::valid::dates;
use crate::plain_text::paragraphs;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Exemption of a stay from taxes.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptStay {
    /// First date without the taxes, before the day of departure. Dates that are over keep them.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// Identifiers of the tax rules that it is exempt from, 1 to 30; all taxes if left out.
    #[garde(inner(length(min = 1, max = 30)))]
    #[schema(min_items = 1, max_items = 30)]
    pub tax_rule_ids: Option<Vec<Uuid>>,
    /// Reason of the exemption, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 500, example = "Diplomat")]
    pub reason: String,
    /// Number of the certificate, or whatever proves it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "MNE-2026-114")]
    pub reference: String,
}

/// Withdrawal of a stay's exemption from taxes.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawExemption {
    /// First date with the taxes again, from today on and before the day of departure.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-26")]
    pub from: NaiveDate,
    /// Reason of the withdrawal, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 500, example = "The certificate is of another person.")]
    pub reason: String,
}

/// Exemption of a stay from taxes, as staff see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaxExemptionOut {
    /// First date without the taxes.
    pub from: NaiveDate,
    /// Identifiers of the tax rules that it is exempt from; null for all taxes.
    pub tax_rule_ids: Option<Vec<Uuid>>,
    /// Reason of the exemption.
    #[schema(example = "Diplomat")]
    pub reason: String,
    /// Number of the certificate, or whatever proves it.
    #[schema(example = "MNE-2026-114")]
    pub reference: String,
    /// First date with the taxes again (exclusive); null unless the exemption was withdrawn, or ends by itself as that of an
    /// account may. The same as `from` if nothing is left of it.
    pub until: Option<NaiveDate>,
    /// Reason of the withdrawal; null unless the exemption was withdrawn.
    #[schema(example = "The certificate is of another person.")]
    pub withdrawal_reason: Option<String>,
}

impl From<TaxExemption> for TaxExemptionOut {
    fn from(row: TaxExemption) -> Self {
        let TaxExemption { from_date, tax_rule_ids, reason, reference, until_date, withdrawal_reason, .. } = row;
        let tax_rule_ids = tax_rule_ids.map(|ids| ids.into_iter().flatten().collect());
        Self { from: from_date, tax_rule_ids, reason, reference, until: until_date, withdrawal_reason }
    }
}
