use super::taxes::{optional_date, patched_date};
use super::values::{Percent, child_prices, maybe_part, maybe_price};
use crate::domains::rates::model::{Board, DerivationKind, PaymentPolicy, RatePlan, RatePlanRoomType};
use crate::domains::rates::rules::bounds;
use crate::http::valid::present;
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Texts, TextsPatch};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Derivation of a plan's prices from another plan's, changed by exactly one of `percent` and `amount`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// Parent plan: a plan of the same property that is not derived itself.
    #[garde(skip)]
    pub parent_id: Uuid,
    /// Change in percent, from -100 to 1000: `"-10"` makes the plan a tenth cheaper.
    #[garde(custom(change))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "-10")]
    pub percent: Option<Percent>,
    /// Change as an amount per room and night; may be negative.
    #[garde(custom(bounds::maybe_amount))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn change(percent: &Option<Percent>, (): &()) -> garde::Result {
    if percent.is_none_or(|percent| (-1_000_000..=10_000_000).contains(&percent.0)) {
        Ok(())
    } else {
        Err(garde::Error::new("must be from -100 to 1000"))
    }
}

/// A room type that a rate plan sells, with the defaults for nights without values of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRoomType {
    /// Identifier of the room type; each room type once.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Price per night, not negative. Null or left out: the room type's base price. A derived plan has no prices of its own.
    #[garde(custom(maybe_price))]
    #[serde(default)]
    pub price: Option<Money>,
    /// Number of adults included in the price. Null or left out: as many as the room type takes.
    #[garde(inner(range(min = 1, max = 50)))]
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub included_adults: Option<i32>,
    /// Price of each further adult, per night, not negative.
    #[garde(custom(maybe_price))]
    #[serde(default)]
    pub extra_adult: Option<Money>,
    /// Price of each child, per night, not negative, by the code of its age band; at most 18 bands. Bands that are not
    /// named cost nothing.
    #[garde(length(max = 18), custom(child_prices))]
    #[serde(default)]
    #[schema(example = json!({"child": {"amount": "15.00", "currency": "EUR"}}))]
    pub extra_children: BTreeMap<String, Money>,
    /// Price of a room by day, not negative, whoever is in it. Null or left out: the plan does not sell the room type by day. A
    /// derived plan has none.
    #[garde(custom(maybe_price))]
    #[serde(default)]
    pub day_price: Option<Money>,
}

impl PlanRoomType {
    fn of_row(row: RatePlanRoomType, currency: Currency) -> Self {
        let RatePlanRoomType {
            property_id: _,
            rate_plan_id: _,
            room_type_id,
            price_minor,
            included_adults,
            extra_adult_minor,
            extra_children,
            day_price_minor,
        } = row;
        let money = |minor| Money::new(minor, currency);
        Self {
            room_type_id,
            price: price_minor.map(money),
            included_adults,
            extra_adult: (extra_adult_minor != 0).then(|| money(extra_adult_minor)),
            extra_children: extra_children.0.into_iter().map(|(code, minor)| (code, money(minor))).collect(),
            day_price: day_price_minor.map(money),
        }
    }
}

/// New rate plan.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRatePlan {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the rate plan: capital letters, digits, hyphens and underscores; unique within the property.
    #[garde(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$"))]
    #[schema(pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$", example = "FLEX")]
    pub code: String,
    /// Name of the rate plan as guests see it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Flexible with breakfast")]
    pub name: String,
    /// Description of the rate plan for guests, at most 2,000 characters; empty if left out.
    #[garde(length(chars, max = 2000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
    /// Board of the rate plan: the meals included in the price.
    #[garde(skip)]
    pub board: Board,
    /// Payment policy of the rate plan: the time at which the price is due.
    #[garde(skip)]
    pub payment_policy: PaymentPolicy,
    /// Part of the total that is due when booking, in percent, above 0 and at most 100; only with the payment policy
    /// `deposit`.
    #[garde(custom(maybe_part))]
    #[schema(example = "30")]
    pub deposit_percent: Option<Percent>,
    /// Days before the arrival at which the rest is due, 0 to 365; null or left out: the rest is paid at the hotel. Not with the
    /// payment policy `pay_now`.
    #[garde(inner(range(min = 0, max = 365)))]
    #[schema(minimum = 0, maximum = 365, example = 14)]
    pub rest_days_before: Option<i32>,
    /// Identifier of the cancellation policy, which is of the same property.
    #[garde(skip)]
    pub cancellation_policy_id: Uuid,
    /// Derivation from another plan. Null or left out: the plan has prices of its own.
    #[garde(dive)]
    pub derivation: Option<Derivation>,
    /// First night for which the plan is sold; null or left out for no first night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "optional_date")]
    pub valid_from: Option<NaiveDate>,
    /// Last night for which the plan is sold, inclusive; null or left out for no last night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "optional_date")]
    pub valid_until: Option<NaiveDate>,
    /// Channels on which the plan is sold; all channels if empty.
    #[garde(length(max = 50), inner(length(chars, min = 1, max = 50)))]
    #[serde(default)]
    #[schema(max_items = 50, min_length = 1, max_length = 50, example = json!(["direct"]))]
    pub channels: Vec<String>,
    /// `true` for the plan that is sold when a request names none. The first plan of a property always is.
    #[garde(skip)]
    #[serde(default)]
    pub is_default: bool,
    /// `true` if the plan is sold.
    #[garde(skip)]
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// `true` for a plan that guests are sold with the code of an offer only, such as the rate of a company.
    #[garde(skip)]
    #[serde(default)]
    pub is_hidden: bool,
    /// Minimum number of nights, for arrivals on nights without a value of their own.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365)]
    pub min_stay: Option<i32>,
    /// Maximum number of nights, for arrivals on nights without a value of their own.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365)]
    pub max_stay: Option<i32>,
    /// Minimum number of days between the business date and the arrival.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[schema(minimum = 0, maximum = 1000)]
    pub min_advance_days: Option<i32>,
    /// Maximum number of days between the business date and the arrival.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_advance_days: Option<i32>,
    /// Room types that the plan sells.
    #[garde(length(max = 200), dive)]
    #[schema(max_items = 200)]
    pub room_types: Vec<PlanRoomType>,
    /// Extras that are in the price of each night, at most 20: their own price comes out of that of the room, so that each bears
    /// its own taxes.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub included_extras: Vec<IncludedExtra>,
}

/// Extra that is in the price of a plan's nights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncludedExtra {
    /// Identifier of the extra, one that is charged `per_night` or `per_person_night`; each once.
    #[garde(skip)]
    pub extra_id: Uuid,
    /// Number of it each night, for the room or for each guest, 1 to 1,000; 1 if left out.
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    pub quantity: i32,
}

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}

/// Change of a rate plan. Fields that are left out are unchanged.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRatePlan {
    /// Code of the rate plan: capital letters, digits, hyphens and underscores; unique within the property.
    #[garde(inner(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$")]
    pub code: Option<String>,
    /// Name of the rate plan as guests see it, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Description of the rate plan for guests, at most 2,000 characters.
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 2000)]
    pub description: Option<String>,
    /// Name and description in languages beside the property's `default_locale`; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
    /// Board of the rate plan: the meals included in the price.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub board: Option<Board>,
    /// Payment policy. Any other policy than `deposit` removes the deposit.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub payment_policy: Option<PaymentPolicy>,
    /// Part of the total that is due when booking, in percent, above 0 and at most 100. The payment policy `deposit`
    /// needs it, the others refuse it.
    #[garde(inner(custom(maybe_part)))]
    #[serde(default, with = "double_option")]
    pub deposit_percent: Option<Option<Percent>>,
    /// Days before the arrival at which the rest is due, 0 to 365; null: the rest is paid at the hotel. The payment policy
    /// `pay_now` removes it.
    #[garde(inner(inner(range(min = 0, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 365)]
    pub rest_days_before: Option<Option<i32>>,
    /// Identifier of the cancellation policy, which is of the same property.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub cancellation_policy_id: Option<Uuid>,
    /// Derivation as a whole. Null: the plan has prices of its own from now on.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub derivation: Option<Option<Derivation>>,
    /// First night for which the plan is sold; null for no first night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub valid_from: Option<Option<NaiveDate>>,
    /// Last night for which the plan is sold, inclusive; null for no last night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub valid_until: Option<Option<NaiveDate>>,
    /// Channels on which the plan is sold, as a complete list; all channels if empty.
    #[garde(inner(length(max = 50), inner(length(chars, min = 1, max = 50))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50, min_length = 1, max_length = 50)]
    pub channels: Option<Vec<String>>,
    /// `true` to make this the default plan, in place of the current one.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_default: Option<bool>,
    /// `true` if the plan is sold. The default plan must be active.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// `true` if guests are sold the plan with the code of an offer only. The default plan is not hidden.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_hidden: Option<bool>,
    /// Minimum number of nights, 1 to 365, for arrivals on nights without a value of their own. Null: no limit, or that
    /// of the parent in a derived plan.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 365)]
    pub min_stay: Option<Option<i32>>,
    /// Maximum number of nights, 1 to 365, for arrivals on nights without a value of their own. Null: no limit, or that
    /// of the parent in a derived plan.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 365)]
    pub max_stay: Option<Option<i32>>,
    /// Minimum number of days between the business date and the arrival, 0 to 1,000. Null: no limit, or that of the
    /// parent in a derived plan.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 1000)]
    pub min_advance_days: Option<Option<i32>>,
    /// Maximum number of days between the business date and the arrival, 0 to 1,000. Null: no limit, or that of the
    /// parent in a derived plan.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_advance_days: Option<Option<i32>>,
    /// Complete list of the room types that the plan sells. A room type that is left out also loses its nightly rates.
    #[garde(length(max = 200), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 200)]
    pub room_types: Option<Vec<PlanRoomType>>,
    /// Complete list of the extras that are in the price of each night, at most 20; it holds for what is sold from then on.
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    pub included_extras: Option<Vec<IncludedExtra>>,
}

/// A rate plan: conditions under which rooms are sold, and plan-wide rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatePlanOut {
    /// Identifier of the rate plan.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Code of the rate plan, unique within the property.
    #[schema(example = "FLEX")]
    pub code: String,
    /// Name of the rate plan as guests see it.
    pub name: String,
    /// Description of the rate plan for guests; may be empty.
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    pub texts: Texts,
    /// Board of the rate plan: the meals included in the price.
    pub board: Board,
    /// Payment policy of the rate plan: the time at which the price is due.
    pub payment_policy: PaymentPolicy,
    /// Part of the total that is due when booking; null unless the payment policy is `deposit`.
    pub deposit_percent: Option<Percent>,
    /// Days before the arrival at which the rest is due; null if it is paid at the hotel.
    pub rest_days_before: Option<i32>,
    /// Identifier of the cancellation policy, which is of the same property.
    pub cancellation_policy_id: Uuid,
    /// Derivation from another plan; null if the plan has prices of its own.
    pub derivation: Option<Derivation>,
    /// First night for which the plan is sold; null for no first night.
    pub valid_from: Option<NaiveDate>,
    /// Last night for which the plan is sold, inclusive; null for no last night.
    pub valid_until: Option<NaiveDate>,
    /// Channels on which the plan is sold; all channels if empty.
    pub channels: Vec<String>,
    /// `true` for the plan that is sold when a request names none: one plan of each property.
    pub is_default: bool,
    /// `true` if the plan is sold.
    pub is_active: bool,
    /// `true` if guests are sold the plan with the code of an offer only.
    pub is_hidden: bool,
    /// Minimum number of nights, for arrivals on nights without a value of their own. Null: no limit, or that of the
    /// parent in a derived plan.
    pub min_stay: Option<i32>,
    /// Maximum number of nights, for arrivals on nights without a value of their own. Null: no limit, or that of the
    /// parent in a derived plan.
    pub max_stay: Option<i32>,
    /// Minimum number of days between the business date and the arrival. Null: no limit, or that of the parent in a
    /// derived plan.
    pub min_advance_days: Option<i32>,
    /// Maximum number of days between the business date and the arrival. Null: no limit, or that of the parent in a
    /// derived plan.
    pub max_advance_days: Option<i32>,
    /// Room types that the plan sells.
    pub room_types: Vec<PlanRoomType>,
    /// Extras that are in the price of each night.
    pub included_extras: Vec<IncludedExtra>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl RatePlanOut {
    pub fn new(row: RatePlan, types: Vec<RatePlanRoomType>, included_extras: Vec<IncludedExtra>, currency: Currency) -> Self {
        let RatePlan {
            property_id,
            id,
            code,
            name,
            description,
            board,
            payment_policy,
            deposit_ppm,
            rest_days_before,
            cancellation_policy_id,
            parent_id,
            derivation_kind,
            derivation_value,
            valid_from,
            valid_until,
            channels,
            is_default,
            is_active,
            min_stay,
            max_stay,
            min_advance_days,
            max_advance_days,
            version,
            created_at,
            updated_at,
            texts,
            is_hidden,
        } = row;
        let value = |kind| derivation_value.filter(|_| derivation_kind == Some(kind));
        let derivation = parent_id.map(|parent_id| Derivation {
            parent_id,
            percent: value(DerivationKind::Percent).map(Percent),
            amount: value(DerivationKind::Amount).map(|minor| Money::new(minor, currency)),
        });
        Self {
            id,
            property_id,
            code,
            name,
            description,
            texts: Texts::from_json(texts),
            board,
            payment_policy,
            deposit_percent: deposit_ppm.map(|ppm| Percent(ppm.into())),
            rest_days_before,
            cancellation_policy_id,
            derivation,
            valid_from,
            valid_until,
            channels: channels.into_iter().flatten().collect(),
            is_default,
            is_active,
            is_hidden,
            min_stay,
            max_stay,
            min_advance_days,
            max_advance_days,
            room_types: types.into_iter().map(|row| PlanRoomType::of_row(row, currency)).collect(),
            included_extras,
            version,
            created_at,
            updated_at,
        }
    }
}
