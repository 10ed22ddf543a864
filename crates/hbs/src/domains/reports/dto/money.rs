use super::{note_on_currencies, note_on_keys};
use crate::domains::properties::Property;
use crate::domains::rates::Percent;
use crate::domains::reports::model::{PaymentSums, PaymentsGroup, TaxSums};
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Payments and refunds of a line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentsLine {
    /// Business date, method or identifier of the cashier that the payments have in common; `other` for payments of which no
    /// method is known, null for those of no person at the hotel.
    #[schema(example = "cash")]
    pub key: Option<String>,
    /// Name of the cashier; null in other groups.
    #[schema(example = "Rui Costa")]
    pub name: Option<String>,
    /// Number of payments.
    pub payments: i64,
    /// Amount that was paid; null of several currencies.
    pub received: Option<Money>,
    /// Amount that was paid back; null of several currencies.
    pub refunded: Option<Money>,
    /// Amount that was paid and not paid back; null of several currencies.
    pub net: Option<Money>,
}

impl PaymentsLine {
    /// Payments at hotels of one currency, or of several ones (none).
    pub fn new(key: Option<String>, sums: &PaymentSums, currency: Option<Currency>) -> Self {
        let money = |minor| currency.map(|currency| Money::new(minor, currency));
        Self {
            key,
            name: sums.name.clone(),
            payments: sums.payments,
            received: money(sums.received_minor),
            refunded: money(sums.refunded_minor),
            net: money(sums.received_minor - sums.refunded_minor),
        }
    }

    fn row(&self) -> Vec<Value> {
        vec![
            self.key.as_deref().into(),
            self.name.as_deref().into(),
            self.payments.into(),
            self.received.into(),
            self.refunded.into(),
            self.net.into(),
            self.net.map(|net| net.currency.code()).into(),
        ]
    }
}

/// Report on payments, by the business dates on which they were posted. A cashier is the person whose
/// drawer it was; without one, who recorded the payment, or approved or asked for the refund.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentsReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// First business date.
    pub from: NaiveDate,
    /// Last business date, inclusive.
    pub to: NaiveDate,
    /// Grouping of the report.
    pub group: PaymentsGroup,
    /// Lines of the report, in the order of their keys.
    pub items: Vec<PaymentsLine>,
    /// Sums over all lines; its key is `total`.
    pub total: PaymentsLine,
    /// Payments currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<PaymentsOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Payments and refunds at hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentsOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Lines of the hotels, in the order of their keys.
    pub items: Vec<PaymentsLine>,
    /// Sums over the lines; its key is `total`.
    pub total: PaymentsLine,
}

impl PaymentsReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().flat_map(|part| part.items.iter().chain([&part.total]));
        Export {
            of: self.hotels.clone(),
            name: format!("payments-{}-{}", self.from, self.to),
            date: self.to,
            notes: std::iter::once(note_on_keys(self.group.as_str())).chain(note_on_currencies(&self.by_currency)).collect(),
            columns: vec!["key", "name", "payments", "received", "refunded", "net", "currency"],
            rows: self.items.iter().chain([&self.total]).chain(several).map(PaymentsLine::row).collect(),
        }
    }
}

/// Taxes that were sold by a rule at a rate, and what of them is on documents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxesLine {
    /// Identifier of the property, of which the tax rule is.
    pub property_id: Uuid,
    /// Name of the property.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Identifier of the tax rule; null for taxes of no rule.
    pub tax_rule_id: Option<Uuid>,
    /// Name of the tax rule.
    #[schema(example = "VAT")]
    pub name: Option<String>,
    /// Treatment of the tax as VAT or as a levy, as in the tax rule.
    #[schema(example = "vat")]
    pub vat_treatment: Option<String>,
    /// Rate at which the tax was sold, in percent; null for taxes that are amounts.
    pub percent: Option<Percent>,
    /// Tax that was sold.
    pub tax: Money,
    /// Tax of that on invoices, less what credit notes have taken back. Advance invoices do not count: what settles them does.
    pub invoiced: Money,
    /// Tax that was sold and is not invoiced; negative for what was taken back and is still to be credited.
    pub difference: Money,
}

impl TaxesLine {
    pub fn new(hotel: &Property, sums: TaxSums) -> Self {
        let TaxSums { tax_rule_id, name, vat_treatment, rate_ppm, tax_minor, invoiced_minor } = sums;
        let money = |minor| Money::new(minor, hotel.currency);
        Self {
            property_id: hotel.id,
            property_name: hotel.name.clone(),
            tax_rule_id,
            name,
            vat_treatment,
            percent: rate_ppm.map(|ppm| Percent(i64::from(ppm))),
            tax: money(tax_minor),
            invoiced: money(invoiced_minor),
            difference: money(tax_minor - invoiced_minor),
        }
    }

    fn row(&self) -> Vec<Value> {
        let percent = self.percent.map(|percent| percent.text());
        vec![
            self.name.as_deref().into(),
            self.property_name.as_str().into(),
            self.vat_treatment.as_deref().into(),
            Value::decimal(percent.as_deref()),
            self.tax.into(),
            self.invoiced.into(),
            self.difference.into(),
            self.tax.currency.code().into(),
        ]
    }
}

/// Report on taxes that were sold and invoiced. They count on the date of the service, or on the business date of posting if that
/// is later, and are invoiced if they were so when the last date was closed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxesReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// First date of the period.
    pub from: NaiveDate,
    /// Last date of the period, inclusive.
    pub to: NaiveDate,
    /// Taxes by property, rule and rate.
    pub items: Vec<TaxesLine>,
    /// Sum of the taxes; null if the hotels have several currencies.
    pub total: Option<Money>,
    /// Sum of what of them is invoiced; null if the hotels have several currencies.
    pub invoiced: Option<Money>,
    /// Sum of what is not; null if the hotels have several currencies.
    pub difference: Option<Money>,
    /// Sums currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<TaxesOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Sums of the taxes of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxesOfCurrency {
    /// Currency of the sums.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Sum of the taxes.
    pub total: Money,
    /// Sum of what of them is invoiced.
    pub invoiced: Money,
    /// Sum of what is not.
    pub difference: Money,
}

impl TaxesReport {
    pub fn table(&self) -> Export {
        Export {
            of: self.hotels.clone(),
            name: format!("taxes-{}-{}", self.from, self.to),
            date: self.to,
            notes: Vec::new(),
            columns: vec!["name", "property", "vat_treatment", "percent", "tax", "invoiced", "difference", "currency"],
            rows: self.items.iter().map(TaxesLine::row).collect(),
        }
    }
}
