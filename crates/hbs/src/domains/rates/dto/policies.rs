use super::values::Fee;
use crate::domains::rates::model::{CancellationPolicy, CancellationWindow};
use crate::http::valid::present;
use crate::money::Currency;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A cancellation window: from so many hours before the check-in time of the day of arrival until the next window
/// begins, cancelling costs the window's fee. Before the first window, cancelling is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    #[garde(range(min = 0, max = 17_520))]
    #[schema(example = 24)]
    pub hours_before: i32,
    #[garde(dive)]
    pub fee: Fee,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCancellationPolicy {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the policy: capital letters, digits, hyphens and underscores; unique within the property.
    #[garde(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$"))]
    #[schema(example = "FLEX24")]
    pub code: String,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Free until the day before")]
    pub name: String,
    #[garde(length(chars, max = 2000))]
    #[serde(default)]
    pub description: String,
    /// `true` if the whole price is due whenever the stay is cancelled; the policy then has no windows.
    #[garde(skip)]
    #[serde(default)]
    pub is_non_refundable: bool,
    /// Cancellation windows, in any order; each number of hours once.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Fee for a no-show; the whole price if left out.
    #[garde(dive)]
    #[serde(default = "whole")]
    pub no_show_fee: Fee,
}

fn whole() -> Fee {
    Fee::WHOLE
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCancellationPolicy {
    #[garde(inner(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$")))]
    #[serde(default, deserialize_with = "present")]
    pub code: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    pub is_non_refundable: Option<bool>,
    /// Complete list of cancellation windows from now on.
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    pub windows: Option<Vec<Window>>,
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    pub no_show_fee: Option<Fee>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancellationPolicyOut {
    pub id: Uuid,
    pub property_id: Uuid,
    #[schema(example = "FLEX24")]
    pub code: String,
    pub name: String,
    pub description: String,
    pub is_non_refundable: bool,
    /// Cancellation windows, the one that begins first comes first.
    pub windows: Vec<Window>,
    pub no_show_fee: Fee,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl CancellationPolicyOut {
    pub fn new(row: CancellationPolicy, windows: Vec<CancellationWindow>, currency: Currency) -> Self {
        let CancellationPolicy {
            property_id,
            id,
            code,
            name,
            description,
            is_non_refundable,
            no_show_fee_kind,
            no_show_fee_value,
            version,
            created_at,
            updated_at,
        } = row;
        let window = |CancellationWindow { policy_id: _, hours_before, fee_kind, fee_value }| Window {
            hours_before,
            fee: Fee::of_row(fee_kind, fee_value, currency),
        };
        Self {
            id,
            property_id,
            code,
            name,
            description,
            is_non_refundable,
            windows: windows.into_iter().map(window).collect(),
            no_show_fee: Fee::of_row(no_show_fee_kind, no_show_fee_value, currency),
            version,
            created_at,
            updated_at,
        }
    }
}
