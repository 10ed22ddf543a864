//! Rates of a hotel as the engine takes them, and prices as clients read them.
use super::engine::{
    self, CancellationTerms, Change, Derivation, Fee, FeeTax, FeeTaxes, FeeWindow, Included, IncludedTax, Limits, NightPrice,
    NightRate, NightRates, PartKind, PaymentTerms, Plan, PriceSource, Standing, Tariff, TariffRules, Tax, TaxLine, TypeRate,
    Validity,
};
use crate::domains::rates::model::{
    AgeBand, CancellationPolicy, CancellationWindow, DerivationKind, FeeKind, FeeTaxColumns, FeeTaxKind, IncludedRow,
    PaymentPolicy, Rate, RatePlan, RatePlanRoomType, TariffRows, TaxKind, TaxRule, VatTreatment,
};
use crate::money::{Currency, Money};
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Rates of a hotel: prices and conditions, but for the room types themselves. Cheap to clone, but for its nights.
#[derive(Debug, Clone, Default)]
pub struct HotelRates {
    /// Rate plans, by code; plans that are not sold are among them, for those derived from them and for stays sold in them.
    pub plans: Arc<[RatePlan]>,
    pub tariff: Tariff,
    /// Cancellation terms, by plan.
    terms: Arc<HashMap<Uuid, CancellationTerms>>,
    translations: Arc<Translations>,
    opened: Opened,
}

/// Hidden plans that are sold all the same.
#[derive(Debug, Clone)]
enum Opened {
    All,
    /// Plans that a code opens.
    Only(Vec<Uuid>),
}

impl Default for Opened {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// Names, and texts in other languages than the hotel's, as stored.
#[derive(Debug, Default)]
struct Translations {
    /// By tax rule, with the name as it is in the hotel's language.
    taxes: HashMap<Uuid, (String, serde_json::Value)>,
    /// By cancellation policy.
    policies: HashMap<Uuid, serde_json::Value>,
    /// By extra, of those that are in the price of a plan.
    extras: HashMap<Uuid, serde_json::Value>,
}

/// A tax on nights, with the time since when its rule is there.
#[derive(Debug, Clone)]
pub struct DatedTax {
    pub tax: Tax,
    pub made_at: DateTime<Utc>,
    /// When the hotel ended it; none for a rule that is still there.
    pub ended_at: Option<DateTime<Utc>>,
}

impl DatedTax {
    /// Returns the relation of a tax to value added tax, by the rules that there are and were.
    pub fn standing(rules: &[Self], tax_rule_id: Uuid) -> Standing {
        rules.iter().find(|rule| rule.tax.id == tax_rule_id).map(|rule| rule.tax.standing).unwrap_or_default()
    }
}

impl From<TariffRows> for HotelRates {
    fn from(rows: TariffRows) -> Self {
        let TariffRows { plans, plan_types, taxes, policies, windows, bands, included } = rows;
        let translations = Translations {
            taxes: taxes.iter().map(|tax| (tax.id, (tax.name.clone(), tax.texts.clone()))).collect(),
            policies: policies.iter().map(|policy| (policy.id, policy.texts.clone())).collect(),
            extras: included.iter().map(|row| (row.extra_id, row.texts.clone())).collect(),
        };
        let by_policy: HashMap<Uuid, CancellationTerms> =
            policies.into_iter().map(|policy| (policy.id, terms(policy, &windows, &taxes))).collect();
        let of_plan = |plan: &RatePlan| {
            let policy = by_policy.get(&plan.cancellation_policy_id)?.clone();
            Some((plan.id, CancellationTerms { payment: payment_terms(plan), ..policy }))
        };
        let terms: HashMap<Uuid, CancellationTerms> = plans.iter().filter_map(of_plan).collect();
        let band = |row: AgeBand| engine::AgeBand { code: row.code, min_age: row.min_age, max_age: row.max_age };
        let rules = TariffRules {
            plans: plans.iter().map(|plan| Plan { included: included_in(plan, &included), ..Plan::from(plan) }).collect(),
            types: plan_types.into_iter().map(|row| ((row.rate_plan_id, row.room_type_id), TypeRate::from(row))).collect(),
            bands: bands.into_iter().map(band).collect(),
            taxes: taxes.into_iter().filter(|tax| tax.is_on_nights).map(Tax::from).collect(),
        };
        Self {
            plans: plans.into(),
            tariff: Tariff { rules: rules.into(), nights: NightRates::default() },
            terms: terms.into(),
            translations: translations.into(),
            opened: Opened::default(),
        }
    }
}

impl HotelRates {
    /// Returns the rates with those of some nights.
    pub fn at(&self, nights: Vec<Rate>) -> Self {
        let nights = nights.into_iter().map(|row| ((row.rate_plan_id, row.room_type_id, row.night), NightRate::from(row)));
        let tariff = Tariff { rules: Arc::clone(&self.tariff.rules), nights: nights.collect() };
        let (terms, translations) = (Arc::clone(&self.terms), Arc::clone(&self.translations));
        Self { plans: Arc::clone(&self.plans), tariff, terms, translations, opened: self.opened.clone() }
    }

    /// Returns the rates with some hidden plans on sale.
    #[must_use]
    pub fn opened(self, plans: impl IntoIterator<Item = Uuid>) -> Self {
        let opened = match self.opened {
            Opened::All => Opened::All,
            Opened::Only(ids) => Opened::Only(ids.into_iter().chain(plans).collect()),
        };
        Self { opened, ..self }
    }

    /// Returns the rates with all hidden plans on sale, as staff sell them.
    #[must_use]
    pub fn all_opened(self) -> Self {
        Self { opened: Opened::All, ..self }
    }

    pub fn plan(&self, id: Uuid) -> Option<&RatePlan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// Returns the plans that are sold for a room type, by code.
    pub fn sold_for(&self, room_type_id: Uuid) -> impl Iterator<Item = &RatePlan> {
        self.plans.iter().filter(move |plan| self.is_open(plan) && self.tariff.sells(plan.id, room_type_id))
    }

    /// Returns `true` for a plan that is not hidden, or is on sale all the same.
    pub fn is_open(&self, plan: &RatePlan) -> bool {
        let is_opened = match &self.opened {
            Opened::All => true,
            Opened::Only(ids) => ids.contains(&plan.id),
        };
        !plan.is_hidden || is_opened
    }

    /// Returns the cancellation terms of a plan.
    pub fn terms(&self, plan_id: Uuid) -> Result<&CancellationTerms> {
        // A policy in use is not removed.
        self.terms.get(&plan_id).ok_or_else(|| Error::internal(format!("rate plan {plan_id} has no cancellation policy")))
    }

    /// Returns `true` if the hotel has a tax rule that has not ended.
    pub fn has_tax(&self, id: Uuid) -> bool {
        self.translations.taxes.contains_key(&id)
    }

    pub fn tax_name(&self, id: Uuid) -> &str {
        self.translations.taxes.get(&id).map_or("", |(name, _)| name)
    }

    /// Returns the name of a tax for a reader; `base` is the hotel's language.
    pub fn tax_name_for(&self, id: Uuid, reading: &Reading, base: &Locale) -> String {
        let texts = self.translations.taxes.get(&id).map(|(_, texts)| texts);
        reading.name(self.tax_name(id), texts.unwrap_or(&serde_json::Value::Null), base)
    }

    /// Returns the name of a plan's cancellation policy for a reader; `base` is the hotel's language.
    pub fn policy_name_for(&self, plan: &RatePlan, reading: &Reading, base: &Locale) -> Result<String> {
        let texts = self.translations.policies.get(&plan.cancellation_policy_id).unwrap_or(&serde_json::Value::Null);
        Ok(reading.name(&self.terms(plan.id)?.name, texts, base))
    }

    /// Returns `true` if prices need the ages of children, not only their number.
    pub fn tells_ages_apart(&self) -> bool {
        let by_age = |tax: &Tax| matches!(tax.kind, engine::TaxKind::PerPersonNight { min_age, max_age, .. } if min_age.is_some() || max_age.is_some());
        !self.tariff.rules.bands.is_empty() || self.tariff.rules.taxes.iter().any(by_age)
    }

    /// Returns the lines of a night's price with their sources, for a reader; `base` is the hotel's language, and `name_of` names
    /// offers.
    pub fn explain(
        &self,
        night: &NightPrice,
        currency: Currency,
        reading: &Reading,
        base: &Locale,
        name_of: impl Fn(Uuid) -> String,
    ) -> Vec<PriceLine> {
        let parts = night.parts.iter().map(|part| PriceLine {
            kind: match part.kind {
                PartKind::Room => LineKind::Room,
                PartKind::ExtraAdult => LineKind::ExtraAdult,
                PartKind::ExtraChild => LineKind::ExtraChild,
                PartKind::Derivation => LineKind::Derivation,
            },
            source: Some(part.source),
            rate_plan_id: part.rate_plan_id,
            age_band: part.age_band.clone(),
            name: None,
            extra_id: None,
            offer_id: None,
            is_included: false,
            count: part.count,
            amount: Money::new(part.amount_minor, currency),
        });
        let discounts = night.discounts.iter().map(|discount| PriceLine {
            kind: LineKind::Discount,
            source: None,
            rate_plan_id: None,
            age_band: None,
            name: Some(name_of(discount.offer_id)),
            extra_id: None,
            offer_id: Some(discount.offer_id),
            is_included: false,
            count: 1,
            amount: Money::new(-discount.entered_minor, currency),
        });
        let tax = |line: &TaxLine| PriceLine {
            kind: LineKind::Tax,
            source: None,
            rate_plan_id: None,
            age_band: None,
            name: Some(self.tax_name_for(line.tax_rule_id, reading, base)),
            extra_id: None,
            offer_id: None,
            is_included: line.is_included,
            count: 1,
            amount: Money::new(line.amount_minor, currency),
        };
        let included = night.included.iter().flat_map(|extra| {
            let texts = self.translations.extras.get(&extra.extra_id).unwrap_or(&serde_json::Value::Null);
            let line = PriceLine {
                kind: LineKind::IncludedExtra,
                source: None,
                rate_plan_id: None,
                age_band: None,
                name: Some(reading.name(&extra.name, texts, base)),
                extra_id: Some(extra.extra_id),
                offer_id: None,
                is_included: true,
                count: extra.units,
                amount: Money::new(extra.price_minor, currency),
            };
            std::iter::once(line).chain(extra.taxes.iter().map(tax)).collect::<Vec<_>>()
        });
        parts.chain(discounts).chain(night.taxes.iter().map(tax)).chain(included).collect()
    }
}

crate::words::text_enum! {
    /// Kind of a line of a price: the room, extra adults or extra children (`extra_adult`, `extra_child`), the amount
    /// that a derived plan adds or subtracts (`derivation`), the amount that an offer takes off (`discount`), a tax, or an
    /// extra that is in the price of the room (`included_extra`), which the tax on it follows; in quotes, a tax that the payer does
    /// not bear is taken off again (`tax_exemption`).
    pub enum LineKind {
        Room = "room",
        ExtraAdult = "extra_adult",
        ExtraChild = "extra_child",
        /// Amount that a derived plan adds or subtracts.
        Derivation = "derivation",
        /// Amount that an offer takes off.
        Discount = "discount",
        Tax = "tax",
        /// Extra that is in the price of the room.
        IncludedExtra = "included_extra",
        /// Tax that is taken off again, since the payer does not bear it.
        TaxExemption = "tax_exemption",
    }
}

/// A line of a night's price with its source. The guest pays the sum of all lines except those that are included in
/// other lines.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PriceLine {
    /// Kind of the line.
    pub kind: LineKind,
    /// Source of the line; left out for discounts, taxes and included extras.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<PriceSource>,
    /// Plan that gives the price: the parent's id, for lines that a derived plan takes from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<Uuid>,
    /// Code of the age band of the children that the line is for; left out for all other lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "child")]
    pub age_band: Option<String>,
    /// Name of the offer, the tax or the included extra.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "VAT 7 %")]
    pub name: Option<String>,
    /// Identifier of the included extra; left out for all other lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_id: Option<Uuid>,
    /// Identifier of the offer that takes the amount off; left out for all other lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<Uuid>,
    /// `true` for a tax or an extra that is included in the lines above.
    pub is_included: bool,
    /// Number of extra guests that the line is for, or of an included extra.
    pub count: i32,
    /// Amount of the line, for all of them.
    pub amount: Money,
}

impl PriceLine {
    /// Makes the line by which a tax is taken off that the payer does not bear.
    pub fn exempt(tax_name: String, off: Money) -> Self {
        Self {
            kind: LineKind::TaxExemption,
            source: None,
            rate_plan_id: None,
            age_band: None,
            name: Some(tax_name),
            extra_id: None,
            offer_id: None,
            is_included: false,
            count: 1,
            amount: off,
        }
    }
}

impl RatePlan {
    /// Returns the change that a derived plan makes to its parent's prices.
    pub(in crate::domains::rates) fn change(&self) -> Option<Change> {
        match (self.derivation_kind, self.derivation_value) {
            (Some(DerivationKind::Percent), Some(ppm)) => Some(Change::Percent(ppm)),
            (Some(DerivationKind::Amount), Some(minor)) => Some(Change::Amount(minor)),
            _ => None,
        }
    }
}

impl From<&RatePlan> for Plan {
    fn from(row: &RatePlan) -> Self {
        let change = row.change();
        Self {
            id: row.id,
            derivation: row.parent_id.zip(change).map(|(parent_id, change)| Derivation { parent_id, change }),
            valid: Validity { from: row.valid_from, until: row.valid_until },
            channels: row.channels().map(Into::into).collect(),
            limits: Limits {
                min_stay: row.min_stay,
                max_stay: row.max_stay,
                min_advance_days: row.min_advance_days,
                max_advance_days: row.max_advance_days,
                min_stay_through: None,
            },
            is_default: row.is_default,
            is_active: row.is_active,
            included: Vec::new(),
        }
    }
}

/// Returns the extras that are in the price of a plan's nights.
fn included_in(plan: &RatePlan, rows: &[IncludedRow]) -> Vec<Included> {
    let tax = |(tax_rule_id, rate_ppm, is_included): &(Uuid, i32, bool)| IncludedTax {
        tax_rule_id: *tax_rule_id,
        rate_ppm: *rate_ppm,
        is_included: *is_included,
    };
    let included = |row: &IncludedRow| Included {
        extra_id: row.extra_id,
        name: row.name.clone(),
        price_minor: row.price_minor,
        quantity: row.quantity,
        is_personal: row.posted == PER_PERSON_NIGHT,
        child_prices: row.child_prices.0.clone(),
        taxes: row.taxes.iter().map(tax).collect(),
    };
    rows.iter().filter(|row| row.rate_plan_id == plan.id).map(included).collect()
}

/// Words for ways in which extras are charged that are in the price of nights: for each night, and for each guest and night.
pub(in crate::domains::rates) const PER_NIGHT: &str = "per_night";
pub(in crate::domains::rates) const PER_PERSON_NIGHT: &str = "per_person_night";

impl From<RatePlanRoomType> for TypeRate {
    fn from(row: RatePlanRoomType) -> Self {
        let RatePlanRoomType {
            property_id: _,
            rate_plan_id: _,
            room_type_id: _,
            price_minor,
            included_adults,
            extra_adult_minor,
            extra_children,
            day_price_minor,
        } = row;
        Self { price_minor, included_adults, extra_adult_minor, extra_children: extra_children.0, day_price_minor }
    }
}

impl From<Rate> for NightRate {
    fn from(row: Rate) -> Self {
        let Rate {
            property_id: _,
            night: _,
            room_type_id: _,
            rate_plan_id: _,
            price_minor,
            extra_adult_minor,
            extra_children,
            min_stay,
            max_stay,
            closed_to_arrival,
            closed_to_departure,
            stop_sell,
            min_advance_days,
            max_advance_days,
            min_stay_through,
        } = row;
        Self {
            price_minor,
            extra_adult_minor,
            extra_children: extra_children.map(|children| children.0),
            limits: Limits { min_stay, max_stay, min_advance_days, max_advance_days, min_stay_through },
            closed_to_arrival,
            closed_to_departure,
            stop_sell,
        }
    }
}

impl From<TaxRule> for Tax {
    fn from(row: TaxRule) -> Self {
        let TaxRule {
            property_id: _,
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
            version: _,
            vat_treatment,
            texts: _,
            is_on_nights: _,
        } = row;
        // The table says which of the two is there.
        let (ppm, amount_minor) = (rate_ppm.unwrap_or(0), amount_minor.unwrap_or(0));
        let kind = match kind {
            TaxKind::Percent => engine::TaxKind::Percent(ppm),
            TaxKind::PerNight => engine::TaxKind::PerNight(amount_minor),
            TaxKind::PerPersonNight => engine::TaxKind::PerPersonNight { amount_minor, min_age, max_age },
            TaxKind::PerStay => engine::TaxKind::PerStay(amount_minor),
        };
        let standing = match vat_treatment {
            VatTreatment::Vat => Standing::Vat,
            VatTreatment::LevyInBase => Standing::InBase,
            VatTreatment::LevyExempt | VatTreatment::LevyOutside => Standing::Apart,
        };
        let valid = Validity { from: valid_from, until: valid_until };
        Self { id, name, kind, is_included, skip_nights, max_nights, valid, standing }
    }
}

fn terms(policy: CancellationPolicy, windows: &[CancellationWindow], taxes: &[TaxRule]) -> CancellationTerms {
    let fee_tax = fee_taxes(policy.fee_tax, taxes);
    let own = windows.iter().filter(|window| window.policy_id == policy.id);
    CancellationTerms {
        code: policy.code,
        name: policy.name,
        is_non_refundable: policy.is_non_refundable,
        windows: own
            .map(|window| FeeWindow { hours_before: window.hours_before, fee: fee(window.fee_kind, window.fee_value) })
            .collect(),
        no_show: fee(policy.no_show_fee_kind, policy.no_show_fee_value),
        fee_tax,
        payment: PaymentTerms::default(),
    }
}

/// When the price of stays in a plan is due.
fn payment_terms(plan: &RatePlan) -> PaymentTerms {
    let terms = match plan.payment_policy {
        PaymentPolicy::PayNow => PaymentTerms::NOW,
        PaymentPolicy::Deposit => PaymentTerms { now_ppm: plan.deposit_ppm.unwrap_or(0), rest_days_before: None },
        PaymentPolicy::PayAtProperty => PaymentTerms::default(),
    };
    PaymentTerms { rest_days_before: plan.rest_days_before, ..terms }
}

/// Taxes on fees, those of rules as the rules are now.
fn fee_taxes(columns: FeeTaxColumns, taxes: &[TaxRule]) -> FeeTaxes {
    let of_rule = |id: Uuid| {
        let rule = taxes.iter().find(|rule| rule.id == id)?;
        Some(FeeTax::Rule { tax_rule_id: id, name: rule.name.clone(), rate_ppm: rule.rate_ppm? })
    };
    let tax = |kind, rule: Option<Uuid>| match kind {
        FeeTaxKind::None => FeeTax::None,
        FeeTaxKind::AsRoom => FeeTax::AsRoom,
        // A rule that policies name is not removed.
        FeeTaxKind::Rule => rule.and_then(of_rule).unwrap_or_default(),
    };
    FeeTaxes {
        late_cancellation: tax(columns.late_cancellation_fee_tax, columns.late_cancellation_fee_tax_rule_id),
        no_show: tax(columns.no_show_fee_tax, columns.no_show_fee_tax_rule_id),
        early_departure: tax(columns.early_departure_fee_tax, columns.early_departure_fee_tax_rule_id),
    }
}

fn fee(kind: FeeKind, value: i64) -> Fee {
    match kind {
        FeeKind::Percent => Fee::Percent(value),
        FeeKind::Nights => Fee::Nights(value),
        FeeKind::Amount => Fee::Amount(value),
    }
}
