use super::values::{Percent, maybe_part, maybe_price};
use crate::domains::rates::model::{TaxKind, TaxRule, VatTreatment};
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::texts::{Texts, TextsPatch};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

/// New tax rule.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTaxRule {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name of the tax as guests see it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "VAT 7 %")]
    pub name: String,
    /// Name in languages beside the property's `default_locale`; a tax has no description.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
    /// Kind of the tax; `percent` if left out.
    #[garde(skip)]
    #[serde(default = "percent")]
    #[schema(default = "percent")]
    pub kind: TaxKind,
    /// Rate of the tax on the net price of each night, in percent, above 0 and at most 100; only for the kind
    /// `percent`.
    #[garde(custom(maybe_part))]
    #[schema(example = "7")]
    pub percent: Option<Percent>,
    /// Amount of the tax in the property's currency, not negative; for all other kinds.
    #[garde(custom(maybe_price))]
    pub amount: Option<Money>,
    /// `true` if prices as entered contain the tax, `false` if it is added to them; as the property's prices are if
    /// left out.
    #[garde(skip)]
    pub is_included: Option<bool>,
    /// Lowest age at which a person pays, for the kind `per_person_night`.
    #[garde(inner(range(min = 0, max = 120)))]
    #[schema(minimum = 0, maximum = 120, example = 13)]
    pub min_age: Option<i32>,
    /// Highest age at which a person pays, for the kind `per_person_night`.
    #[garde(inner(range(min = 0, max = 120)))]
    #[schema(minimum = 0, maximum = 120)]
    pub max_age: Option<i32>,
    /// Number of nights at the beginning of a stay that are not taxed.
    #[garde(range(min = 0, max = 365))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 365)]
    pub skip_nights: i32,
    /// Number of nights after these that are taxed; all if left out.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365, example = 7)]
    pub max_nights: Option<i32>,
    /// First night that is taxed.
    #[garde(skip)]
    #[serde(default, deserialize_with = "optional_date")]
    pub valid_from: Option<NaiveDate>,
    /// Last night that is taxed, inclusive.
    #[garde(skip)]
    #[serde(default, deserialize_with = "optional_date")]
    pub valid_until: Option<NaiveDate>,
    /// Relation of the tax to value added tax. That is on the price and on levies that are `levy_in_base`, which a rule is from
    /// the beginning or never. If left out, a percentage is value added tax, and any other tax a levy outside of it.
    #[garde(skip)]
    pub vat_treatment: Option<VatTreatment>,
    /// `true` if every night bears the tax, `false` if only extras and charges do that name it, for percentages; `true` if left
    /// out.
    #[garde(skip)]
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_on_nights: bool,
}

fn yes() -> bool {
    true
}

fn percent() -> TaxKind {
    TaxKind::Percent
}

/// Deserializes a date or null.
pub fn optional_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    struct Date(#[serde(deserialize_with = "dates::plausible")] NaiveDate);
    Ok(Option::<Date>::deserialize(deserializer)?.map(|Date(date)| date))
}

/// Deserializes a date or null in a merge patch.
pub fn patched_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<NaiveDate>>, D::Error> {
    optional_date(deserializer).map(Some)
}

/// Change of a tax rule. The kind cannot be changed: end the rule and add another one.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTaxRule {
    /// Name of the tax as guests see it, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Name in languages beside the property's `default_locale`; null removes a language. A tax has no description.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
    /// Rate of the tax on the net price of each night, in percent, above 0 and at most 100; only for the kind
    /// `percent`.
    #[garde(custom(maybe_part))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub percent: Option<Percent>,
    /// Amount of the tax in the property's currency, not negative; for all other kinds than `percent`.
    #[garde(custom(maybe_price))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub amount: Option<Money>,
    /// `true` if prices as entered contain the tax, `false` if it is added to them.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_included: Option<bool>,
    /// Lowest age at which a person pays, 0 to 120, for the kind `per_person_night`; null for no lowest age.
    #[garde(inner(inner(range(min = 0, max = 120))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 120)]
    pub min_age: Option<Option<i32>>,
    /// Highest age at which a person pays, 0 to 120, for the kind `per_person_night`; null for no highest age.
    #[garde(inner(inner(range(min = 0, max = 120))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 120)]
    pub max_age: Option<Option<i32>>,
    /// Number of nights at the beginning of a stay that are not taxed, 0 to 365.
    #[garde(inner(range(min = 0, max = 365)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub skip_nights: Option<i32>,
    /// Number of nights after the first `skip_nights` that are taxed, 1 to 365; null for all.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 365)]
    pub max_nights: Option<Option<i32>>,
    /// First night that is taxed; null for no first night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub valid_from: Option<Option<NaiveDate>>,
    /// Last night that is taxed, inclusive; null for no last night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub valid_until: Option<Option<NaiveDate>>,
    /// Relation of the tax to value added tax; only percentages can be `vat`, and `levy_in_base` cannot be changed, nor anything
    /// once a line of a folio names the rule.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub vat_treatment: Option<VatTreatment>,
    /// `true` if every night bears the tax, `false` if only extras and charges do that name it, for percentages.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_on_nights: Option<bool>,
}

/// A tax rule for new sales.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxRuleOut {
    /// Identifier of the tax rule.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the tax as guests see it.
    pub name: String,
    /// Name in languages beside the property's `default_locale`.
    pub texts: Texts,
    /// Kind of the tax.
    pub kind: TaxKind,
    /// Rate of the tax on the net price of each night, in percent; null unless the kind is `percent`.
    pub percent: Option<Percent>,
    /// Amount of the tax; null for the kind `percent`.
    pub amount: Option<Money>,
    /// `true` if prices as entered contain the tax, `false` if it is added to them.
    pub is_included: bool,
    /// Lowest age at which a person pays, in years; null for no lowest age. Only for the kind `per_person_night`.
    pub min_age: Option<i32>,
    /// Highest age at which a person pays, in years; null for no highest age. Only for the kind `per_person_night`.
    pub max_age: Option<i32>,
    /// Number of nights at the beginning of a stay that are not taxed.
    pub skip_nights: i32,
    /// Number of nights after the first `skip_nights` that are taxed; null for all.
    pub max_nights: Option<i32>,
    /// First night that is taxed; null for no first night.
    pub valid_from: Option<NaiveDate>,
    /// Last night that is taxed, inclusive; null for no last night.
    pub valid_until: Option<NaiveDate>,
    /// Relation of the tax to value added tax, which is on the price and on levies that are `levy_in_base`.
    pub vat_treatment: VatTreatment,
    /// `true` if every night bears the tax, `false` if only extras and charges do that name it.
    pub is_on_nights: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

impl TaxRuleOut {
    pub fn new(row: TaxRule, currency: Currency) -> Self {
        let TaxRule {
            property_id,
            id,
            name,
            kind,
            rate_ppm,
            amount_minor,
            is_included,
            min_age,
            max_age,
            skip_nights,
            max_nights,
            valid_from,
            valid_until,
            version,
            vat_treatment,
            texts,
            is_on_nights,
        } = row;
        Self {
            id,
            property_id,
            name,
            texts: Texts::from_json(texts),
            kind,
            percent: rate_ppm.map(|ppm| Percent(ppm.into())),
            amount: amount_minor.map(|minor| Money::new(minor, currency)),
            is_included,
            min_age,
            max_age,
            skip_nights,
            max_nights,
            valid_from,
            valid_until,
            vat_treatment,
            is_on_nights,
            version,
        }
    }
}
