//! Values that several requests and answers of rates share.
use crate::domains::rates::model::{FeeKind, FeeTaxColumns, FeeTaxKind};
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::error::FieldError;
use crate::money::{Currency, Money};
use crate::numbers::percent;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

const PPM_PER_PERCENT: i64 = 10_000;

/// A percentage in parts per million. In JSON, text with at most four decimals: `"8.875"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub i64);

impl Percent {
    /// Returns the number that the row stores.
    pub fn ppm(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    fn parse(text: &str) -> Option<Self> {
        let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 6 || fraction.len() > 4 {
            return None;
        }
        format!("{whole}{fraction:0<4}").parse::<i64>().ok().map(|ppm| Self(sign * ppm))
    }

    /// Formats the percentage: `8.875`.
    pub fn text(self) -> String {
        percent(self.0)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("{text:?} is not a percentage with at most four decimals, such as \"8.875\""))
        })
    }
}

impl utoipa::PartialSchema for Percent {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^-?\d{1,6}(\.\d{1,4})?$"))
            .description(Some("A percentage as text with at most four decimals."))
            .examples([serde_json::json!("8.875")])
            .into()
    }
}
impl utoipa::ToSchema for Percent {}

/// Validates that a percentage is above 0 and at most 100.
pub fn part(percent: &Percent, (): &()) -> garde::Result {
    if (1..=100 * PPM_PER_PERCENT).contains(&percent.0) {
        Ok(())
    } else {
        Err(garde::Error::new("must be above 0 and at most 100"))
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub fn maybe_part(percent: &Option<Percent>, context: &()) -> garde::Result {
    percent.as_ref().map_or(Ok(()), |percent| part(percent, context))
}

fn is_price(money: Money) -> bool {
    (0..=MAX_PRICE_MINOR).contains(&money.minor)
}

const NO_PRICE: &str = "must not be negative or absurdly large";

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub fn maybe_price(price: &Option<Money>, (): &()) -> garde::Result {
    if price.is_none_or(is_price) { Ok(()) } else { Err(garde::Error::new(NO_PRICE)) }
}

pub fn child_prices(prices: &BTreeMap<String, Money>, (): &()) -> garde::Result {
    if prices.values().copied().all(is_price) { Ok(()) } else { Err(garde::Error::new(NO_PRICE)) }
}

/// A fee, given by exactly one of `percent`, `nights` and `amount`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Percentage of the price of the whole stay, 0 to 100.
    #[garde(custom(maybe_fee_part))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "50")]
    pub percent: Option<Percent>,
    /// Number of nights, counted from the first, whose price is due.
    #[garde(inner(range(min = 1, max = 365)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub nights: Option<i32>,
    /// Amount of the fee, not negative; at most the price of the whole stay is charged.
    #[garde(custom(maybe_price))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_fee_part(percent: &Option<Percent>, context: &()) -> garde::Result {
    if *percent == Some(Percent(0)) { Ok(()) } else { maybe_part(percent, context) }
}

impl Fee {
    /// A fee of the whole price.
    pub const WHOLE: Self = Self { percent: Some(Percent(100 * PPM_PER_PERCENT)), nights: None, amount: None };

    pub fn of_row(kind: FeeKind, value: i64, currency: Currency) -> Self {
        let none = Self { percent: None, nights: None, amount: None };
        match kind {
            FeeKind::Percent => Self { percent: Some(Percent(value)), ..none },
            FeeKind::Nights => Self { nights: i32::try_from(value).ok(), ..none },
            FeeKind::Amount => Self { amount: Some(Money::new(value, currency)), ..none },
        }
    }

    /// Returns the kind and value that the row stores, or the error of the field.
    pub fn row(self, pointer: &str, currency: Currency) -> Result<(FeeKind, i64), FieldError> {
        match self {
            Self { percent: Some(percent), nights: None, amount: None } => Ok((FeeKind::Percent, percent.0)),
            Self { percent: None, nights: Some(nights), amount: None } => Ok((FeeKind::Nights, nights.into())),
            Self { percent: None, nights: None, amount: Some(amount) } if amount.currency == currency => {
                Ok((FeeKind::Amount, amount.minor))
            }
            Self { percent: None, nights: None, amount: Some(_) } => Err(other_currency(&format!("{pointer}/amount"), currency)),
            _ => Err(FieldError::body(pointer, "must be exactly one of percent, nights and amount")),
        }
    }
}

/// Tax that a fee bears: `"none"`, `"as_room"` or `{"tax_rule_id": …}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeeTax {
    #[default]
    #[serde(rename = "none")]
    None,
    #[serde(rename = "as_room")]
    AsRoom,
    #[serde(rename = "tax_rule_id")]
    Rule(Uuid),
}

impl utoipa::PartialSchema for FeeTax {
    fn schema() -> RefOr<Schema> {
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["none", "as_room"]));
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("Identifier of the tax rule, a percentage of value added tax."));
        let rule = ObjectBuilder::new()
            .property("tax_rule_id", id)
            .required("tax_rule_id")
            .description(Some("Tax of a rule, as it was when the stay was sold."));
        let about = "Tax that the fee bears, which is in its amount: none (`none`), the value added tax of the nights in whose place \
                     the fee is (`as_room`), or that of a rule.";
        OneOfBuilder::new().item(word).item(rule).description(Some(about)).into()
    }
}
impl utoipa::ToSchema for FeeTax {}

/// Taxes that fees bear, by the cause of the fee. Levies never fall on fees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeTaxes {
    /// Tax on the fee for cancelling; `none` if left out.
    #[garde(skip)]
    #[serde(default)]
    pub late_cancellation: FeeTax,
    /// Tax on the fee for a no-show; `none` if left out.
    #[garde(skip)]
    #[serde(default)]
    pub no_show: FeeTax,
    /// Tax on the fee for leaving early; `none` if left out.
    #[garde(skip)]
    #[serde(default)]
    pub early_departure: FeeTax,
}

impl FeeTaxes {
    /// Returns each rule that is named, with the pointer to it.
    pub fn rules(self) -> impl Iterator<Item = (&'static str, Uuid)> {
        let named = |(pointer, tax)| match tax {
            FeeTax::Rule(id) => Some((pointer, id)),
            FeeTax::None | FeeTax::AsRoom => None,
        };
        [
            ("/fee_tax/late_cancellation/tax_rule_id", self.late_cancellation),
            ("/fee_tax/no_show/tax_rule_id", self.no_show),
            ("/fee_tax/early_departure/tax_rule_id", self.early_departure),
        ]
        .into_iter()
        .filter_map(named)
    }
}

impl From<FeeTaxes> for FeeTaxColumns {
    fn from(taxes: FeeTaxes) -> Self {
        let columns = |tax| match tax {
            FeeTax::None => (FeeTaxKind::None, None),
            FeeTax::AsRoom => (FeeTaxKind::AsRoom, None),
            FeeTax::Rule(id) => (FeeTaxKind::Rule, Some(id)),
        };
        let FeeTaxes { late_cancellation, no_show, early_departure } = taxes;
        let (late_cancellation_fee_tax, late_cancellation_fee_tax_rule_id) = columns(late_cancellation);
        let (no_show_fee_tax, no_show_fee_tax_rule_id) = columns(no_show);
        let (early_departure_fee_tax, early_departure_fee_tax_rule_id) = columns(early_departure);
        Self {
            late_cancellation_fee_tax,
            late_cancellation_fee_tax_rule_id,
            no_show_fee_tax,
            no_show_fee_tax_rule_id,
            early_departure_fee_tax,
            early_departure_fee_tax_rule_id,
        }
    }
}

impl From<FeeTaxColumns> for FeeTaxes {
    fn from(columns: FeeTaxColumns) -> Self {
        let tax = |kind, rule: Option<Uuid>| match kind {
            FeeTaxKind::AsRoom => FeeTax::AsRoom,
            FeeTaxKind::None | FeeTaxKind::Rule => rule.map_or(FeeTax::None, FeeTax::Rule),
        };
        Self {
            late_cancellation: tax(columns.late_cancellation_fee_tax, columns.late_cancellation_fee_tax_rule_id),
            no_show: tax(columns.no_show_fee_tax, columns.no_show_fee_tax_rule_id),
            early_departure: tax(columns.early_departure_fee_tax, columns.early_departure_fee_tax_rule_id),
        }
    }
}

/// Error (422) of a price that is not in the property's currency.
pub fn other_currency(pointer: &str, currency: Currency) -> FieldError {
    FieldError::body(format!("{pointer}/currency"), format!("must be {currency}, the property's currency"))
}

/// Returns the minor units of a price in the property's currency; notes errors in `errors`.
pub fn minor(price: Option<Money>, pointer: &str, currency: Currency, errors: &mut Vec<FieldError>) -> Option<i64> {
    let price = price?;
    if price.currency != currency {
        errors.push(other_currency(pointer, currency));
    }
    Some(price.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages() {
        for (text, ppm) in [
            ("7", 70_000),
            ("8.875", 88_750),
            ("0.0001", 1),
            ("100.0000", 1_000_000),
            ("-10", -100_000),
            ("-0.5", -5_000),
            ("0", 0),
        ] {
            assert_eq!(Percent::parse(text), Some(Percent(ppm)), "{text}");
        }
        for text in ["", "-", "--1", "7.", ".7", "7,5", "1.23456", "7 %", "1e1", "+1", "1234567"] {
            assert_eq!(Percent::parse(text), None, "{text}");
        }
        let written = [70_000, 88_750, 1, 1_000_000, -5_000, 0].map(|ppm| Percent(ppm).text());
        assert_eq!(written, ["7", "8.875", "0.0001", "100", "-0.5", "0"]);
    }
}
