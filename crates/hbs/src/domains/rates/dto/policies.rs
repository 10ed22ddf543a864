use super::values::{Fee, FeeTaxes};
use crate::domains::rates::model::{CancellationPolicy, CancellationWindow};
use crate::http::valid::present;
use crate::money::Currency;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Texts, TextsPatch};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A cancellation window: from so many hours before the check-in time of the day of arrival until the next window
/// begins, cancelling costs the window's fee. Before the first window, cancelling is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Number of hours before the check-in time of the day of arrival at which the window begins, 0 to 17,520.
    #[garde(range(min = 0, max = 17_520))]
    #[schema(minimum = 0, maximum = 17520, example = 24)]
    pub hours_before: i32,
    /// Fee for cancelling in the window.
    #[garde(dive)]
    pub fee: Fee,
}

/// New cancellation policy.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCancellationPolicy {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the policy: capital letters, digits, hyphens and underscores; unique within the property.
    #[garde(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$"))]
    #[schema(pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$", example = "FLEX24")]
    pub code: String,
    /// Name of the cancellation policy as guests see it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Free until the day before")]
    pub name: String,
    /// Description of the cancellation policy for guests, at most 2,000 characters; empty if left out.
    #[garde(length(chars, max = 2000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
    /// `true` if the whole price is due whenever the stay is cancelled; the policy then has no windows.
    #[garde(skip)]
    #[serde(default)]
    pub is_non_refundable: bool,
    /// Cancellation windows, in any order; each number of hours once.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub windows: Vec<Window>,
    /// Fee for a no-show; the whole price if left out.
    #[garde(dive)]
    #[serde(default = "whole")]
    pub no_show_fee: Fee,
    /// Taxes that fees bear; none if left out.
    #[garde(dive)]
    #[serde(default)]
    pub fee_tax: FeeTaxes,
}

fn whole() -> Fee {
    Fee::WHOLE
}

/// Change of a cancellation policy. Fields that are left out are unchanged.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCancellationPolicy {
    /// Code of the policy: capital letters, digits, hyphens and underscores; unique within the property.
    #[garde(inner(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$")]
    pub code: Option<String>,
    /// Name of the cancellation policy as guests see it, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Description of the cancellation policy for guests, at most 2,000 characters.
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 2000)]
    pub description: Option<String>,
    /// Name and description in languages beside the property's `default_locale`; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
    /// `true` if the whole price is due whenever the stay is cancelled; the policy then has no windows.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_non_refundable: Option<bool>,
    /// Complete list of cancellation windows from now on.
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    pub windows: Option<Vec<Window>>,
    /// Fee for a no-show, as a whole.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub no_show_fee: Option<Fee>,
    /// Taxes that fees bear, as a whole.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub fee_tax: Option<FeeTaxes>,
}

/// A cancellation policy: fees for cancelling a stay and for a no-show.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancellationPolicyOut {
    /// Identifier of the cancellation policy.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Code of the policy, unique within the property.
    #[schema(example = "FLEX24")]
    pub code: String,
    /// Name of the cancellation policy as guests see it.
    pub name: String,
    /// Description of the cancellation policy for guests; may be empty.
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    pub texts: Texts,
    /// `true` if the whole price is due whenever the stay is cancelled; the policy then has no windows.
    pub is_non_refundable: bool,
    /// Cancellation windows, the one that begins first comes first.
    pub windows: Vec<Window>,
    /// Fee for a no-show.
    pub no_show_fee: Fee,
    /// Taxes that fees bear.
    pub fee_tax: FeeTaxes,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
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
            fee_tax,
            texts,
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
            texts: Texts::from_json(texts),
            is_non_refundable,
            windows: windows.into_iter().map(window).collect(),
            no_show_fee: Fee::of_row(no_show_fee_kind, no_show_fee_value, currency),
            fee_tax: fee_tax.into(),
            version,
            created_at,
            updated_at,
        }
    }
}
