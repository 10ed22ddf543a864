use super::model::{AgeingRow, Codes, GlCodes, Opening, StatementRow};
use super::rules::due_on;
use crate::domains::accounts::BusinessAccount;
use crate::domains::folios::FolioKind;
use crate::domains::payments::PaymentMethod;
use crate::domains::properties::{Chosen, OneCurrency, Property};
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Period of a statement of account.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct StatementQuery {
    /// First date of the statement.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last date of the statement, inclusive; a statement has at most 366 days.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
}

/// Statement of the account of a company or agent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountStatement {
    /// Identifier of the account.
    pub account_id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Folio of the account, to which payments are posted; null if nothing has gone to the account yet.
    pub folio_id: Option<Uuid>,
    /// Name of the company or agent.
    #[schema(example = "Exemplo Viagens, Lda.")]
    pub name: String,
    /// First date of the statement.
    pub from: NaiveDate,
    /// Last date of the statement, inclusive.
    pub to: NaiveDate,
    /// Amount owed at the beginning of the first date.
    pub opening: Money,
    /// Entries that count within the period, by date.
    pub entries: Vec<StatementEntry>,
    /// Amount owed at the end of the last date.
    pub closing: Money,
}

/// Entry of a statement of account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatementEntry {
    /// Identifier of the entry.
    pub id: Uuid,
    /// Date on which the entry counts: that of the service, or the business date of posting if that is later.
    pub date: NaiveDate,
    /// Kind of the entry: `transfer` for what came from a folio, `payment` for what was paid.
    pub kind: FolioKind,
    /// Text of the entry: the reference of the booking, or the name of the folio that it came from.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub description: String,
    /// Identifier of the booking that the entry is for; null if it is for none.
    pub booking_id: Option<Uuid>,
    /// Reference of the booking; null without a booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub booking_reference: Option<String>,
    /// Name of the contact of the booking; null without a booking.
    #[schema(example = "Ana Sousa")]
    pub contact_name: Option<String>,
    /// Amount of the entry; negative for a payment and for what was taken back.
    pub amount: Money,
    /// Amount owed after the entry.
    pub balance: Money,
    /// Day on which the amount is due by the account's payment terms; null for what is not owed.
    pub due_on: Option<NaiveDate>,
    /// Entry that this entry takes back.
    pub reverses_id: Option<Uuid>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl AccountStatement {
    pub fn new(
        account: &BusinessAccount,
        currency: Currency,
        query: &StatementQuery,
        opening: Option<Opening>,
        rows: Vec<StatementRow>,
    ) -> Self {
        let money = |minor| Money::new(minor, currency);
        let opening_minor = opening.map_or(0, |opening| opening.opening_minor);
        let mut balance = opening_minor;
        let entry = |row: StatementRow| {
            balance += row.amount_minor;
            StatementEntry::new(row, account.payment_days, money(balance), currency)
        };
        let entries = rows.into_iter().map(entry).collect();
        Self {
            account_id: account.id,
            property_id: account.property_id,
            folio_id: opening.map(|opening| opening.folio_id),
            name: account.name.clone(),
            from: query.from,
            to: query.to,
            opening: money(opening_minor),
            entries,
            closing: money(balance),
        }
    }
}

impl StatementEntry {
    fn new(row: StatementRow, payment_days: i32, balance: Money, currency: Currency) -> Self {
        let StatementRow {
            id,
            ledger_date,
            service_date,
            kind,
            description,
            amount_minor,
            reverses_id,
            booking_id,
            reference,
            contact_name,
            created_at,
        } = row;
        let is_owed = amount_minor > 0 && reverses_id.is_none();
        Self {
            id,
            date: ledger_date,
            kind,
            description,
            booking_id,
            booking_reference: reference,
            contact_name,
            amount: Money::new(amount_minor, currency),
            balance,
            due_on: is_owed.then(|| due_on(service_date, payment_days)),
            reverses_id,
            created_at,
        }
    }
}

/// Date for which open items are shown.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct AgeingQuery {
    /// Date at whose end the items are open; the business date if left out.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub date: Option<NaiveDate>,
}

/// Open items of a company or agent by their age: how long they are overdue by its payment terms. What was paid pays the oldest
/// items first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountAgeing {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the property.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Identifier of the account.
    pub account_id: Uuid,
    /// Name of the company or agent.
    #[schema(example = "Exemplo Viagens, Lda.")]
    pub name: String,
    /// Payment terms: number of days after an item until it is due.
    #[schema(example = 30)]
    pub payment_days: i32,
    /// Largest amount that may be unpaid; null if there is no limit.
    pub credit_limit: Option<Money>,
    /// Date at whose end the items are open.
    pub date: NaiveDate,
    /// Open items by their age.
    #[serde(flatten)]
    pub ages: Ages,
}

/// Open items by their age.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Ages {
    /// Items that are not overdue.
    pub not_due: Money,
    /// Items that are overdue for 1 to 30 days.
    pub overdue_1_to_30: Money,
    /// Items that are overdue for 31 to 60 days.
    pub overdue_31_to_60: Money,
    /// Items that are overdue for 61 to 90 days.
    pub overdue_61_to_90: Money,
    /// Items that are overdue for more than 90 days.
    pub overdue_over_90: Money,
    /// Amount that was paid beyond all items, negative.
    pub credit: Money,
    /// Amount owed: the sum of all.
    pub balance: Money,
}

/// Open items of all companies and agents of hotels by their age.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgeingReport {
    /// Identifier of the property; null if there are several.
    pub property_id: Option<Uuid>,
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Date at whose end the items are open.
    pub date: NaiveDate,
    /// Accounts that owe something or have a credit, by name.
    pub items: Vec<AccountAgeing>,
    /// Sums over all accounts; null if the hotels have several currencies.
    pub total: Option<Ages>,
    /// Sums currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<AgeingOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Sums of the open items of all companies and agents of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgeingOfCurrency {
    /// Currency of the sums.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Sums over all accounts.
    pub total: Ages,
}

impl AccountAgeing {
    pub fn new(row: &AgeingRow, hotel: &Property, date: NaiveDate) -> Self {
        Self {
            property_id: hotel.id,
            property_name: hotel.name.clone(),
            account_id: row.account_id,
            name: row.name.clone(),
            payment_days: row.payment_days,
            credit_limit: row.credit_limit_minor.map(|minor| Money::new(minor, hotel.currency)),
            date,
            ages: Ages::of(&[row], hotel.currency),
        }
    }
}

impl Ages {
    /// Adds up open items.
    pub fn of(rows: &[&AgeingRow], currency: Currency) -> Self {
        let sum = |of: fn(&AgeingRow) -> i64| -> i64 { rows.iter().copied().map(of).sum() };
        let money = |minor| Money::new(minor, currency);
        let ages = [
            sum(|row| row.not_due_minor),
            sum(|row| row.to_30_minor),
            sum(|row| row.to_60_minor),
            sum(|row| row.to_90_minor),
            sum(|row| row.over_90_minor),
        ];
        let credit = -sum(|row| row.credit_minor);
        let [not_due, to_30, to_60, to_90, over_90] = ages;
        Self {
            not_due: money(not_due),
            overdue_1_to_30: money(to_30),
            overdue_31_to_60: money(to_60),
            overdue_61_to_90: money(to_90),
            overdue_over_90: money(over_90),
            credit: money(credit),
            balance: money(ages.iter().sum::<i64>() + credit),
        }
    }
}

impl Ages {
    fn row(&self, terms: Vec<Value>) -> Vec<Value> {
        let amounts = [
            self.not_due,
            self.overdue_1_to_30,
            self.overdue_31_to_60,
            self.overdue_61_to_90,
            self.overdue_over_90,
            self.credit,
            self.balance,
        ];
        terms.into_iter().chain(amounts.map(Value::from)).chain([self.balance.currency.code().into()]).collect()
    }
}

impl AgeingReport {
    pub fn new(chosen: &Chosen, date: NaiveDate, rows: &[AgeingRow]) -> Self {
        let hotels: BTreeMap<Uuid, &Property> = chosen.hotels.iter().map(|hotel| (hotel.id, hotel)).collect();
        let item = |row: &AgeingRow| hotels.get(&row.property_id).map(|hotel| AccountAgeing::new(row, hotel, date));
        let sums = |part: OneCurrency<'_>| {
            let property_ids = part.ids();
            let of_part: Vec<&AgeingRow> = rows.iter().filter(|row| property_ids.contains(&row.property_id)).collect();
            AgeingOfCurrency { currency: part.currency, total: Ages::of(&of_part, part.currency), property_ids }
        };
        let mut by_currency: Vec<AgeingOfCurrency> = chosen.by_currency().into_iter().map(sums).collect();
        // Of one currency, the sums are those of all.
        let total = if by_currency.len() == 1 { by_currency.pop().map(|sums| sums.total) } else { None };
        Self {
            property_id: hotels.keys().next().copied().filter(|_| hotels.len() == 1),
            property_ids: hotels.keys().copied().collect(),
            date,
            items: rows.iter().filter_map(item).collect(),
            total,
            by_currency,
            hotels: chosen.names(),
        }
    }

    pub fn table(&self) -> Export {
        // Of one hotel, no line has to say of which it is.
        let is_of_several = self.property_ids.len() > 1;
        let property = |name: Value| is_of_several.then_some(name);
        let lines = self.items.iter().map(|account| {
            let terms: [Value; 2] = [i64::from(account.payment_days).into(), account.credit_limit.into()];
            let known =
                std::iter::once(Value::from(account.name.as_str())).chain(property(account.property_name.as_str().into()));
            account.ages.row(known.chain(terms).collect())
        });
        let sums = self.total.iter().chain(self.by_currency.iter().map(|part| &part.total));
        let totals = sums.map(|sum| {
            let known = std::iter::once(Value::from("total")).chain(property(Value::Empty));
            sum.row(known.chain([Value::Empty, Value::Empty]).collect())
        });
        let columns = [
            "payment_days",
            "credit_limit",
            "not_due",
            "overdue_1_to_30",
            "overdue_31_to_60",
            "overdue_61_to_90",
            "overdue_over_90",
            "credit",
            "balance",
            "currency",
        ];
        Export {
            of: self.hotels.clone(),
            name: format!("ageing-{}", self.date),
            date: self.date,
            notes: vec!["Items are overdue once the payment terms of their account are over.".to_owned()],
            columns: std::iter::once("name").chain(is_of_several.then_some("property")).chain(columns).collect(),
            rows: lines.chain(totals).collect(),
        }
    }
}

/// Choice of the date whose journal is exported.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct JournalQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Date: one that is closed, or the business date.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub date: NaiveDate,
}

/// Code of the general ledger of a tax rule.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRuleCode {
    /// Identifier of the tax rule.
    #[garde(skip)]
    pub tax_rule_id: Uuid,
    /// Code of the tax rule.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "2206")]
    pub code: String,
}

/// Code of the general ledger of what is paid by a method.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentMethodCode {
    /// Method of payment.
    #[garde(skip)]
    pub method: PaymentMethod,
    /// Code of what is paid and paid back by the method.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "1010")]
    pub code: String,
}

/// Codes of the general ledger, all of them: 1 to 20 letters, digits and `._/-`.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetGlCodes {
    /// Code of the guest ledger.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "1200")]
    pub guest: String,
    /// Code of the city ledger: what companies and agents owe.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "1210")]
    pub city: String,
    /// Code of the ledger of deposits.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "2300")]
    pub deposits: String,
    /// Code of the revenue of rooms.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "4000")]
    pub room: String,
    /// Code of the revenue of fees.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "4010")]
    pub fee: String,
    /// Code of the revenue of what is sold beside the room.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "4020")]
    pub extra: String,
    /// Code of allowances.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "4090")]
    pub adjustment: String,
    /// Code of taxes whose rule has none of its own.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "2200")]
    pub tax: String,
    /// Code of what was paid by any means.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "1000")]
    pub clearing: String,
    /// Code of what is collected for others.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "2400")]
    pub pass_through: String,
    /// Code of what was brought in from another system.
    #[garde(pattern(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$", example = "3000")]
    pub opening: String,
    /// Tax rules of the hotel with codes of their own, at most 100, each once.
    #[garde(length(max = 100), dive)]
    #[schema(max_items = 100)]
    pub tax_rules: Vec<TaxRuleCode>,
    /// Methods of payment with codes of their own in place of `clearing`, at most 10, each once; none if left out.
    #[garde(length(max = 10), dive)]
    #[serde(default)]
    #[schema(max_items = 10)]
    pub payment_methods: Vec<PaymentMethodCode>,
}

impl From<SetGlCodes> for Codes {
    fn from(codes: SetGlCodes) -> Self {
        let SetGlCodes {
            guest,
            city,
            deposits,
            room,
            fee,
            extra,
            adjustment,
            tax,
            clearing,
            pass_through,
            opening,
            tax_rules,
            payment_methods,
        } = codes;
        let tax_rules: BTreeMap<Uuid, String> = tax_rules.into_iter().map(|rule| (rule.tax_rule_id, rule.code)).collect();
        let payment_methods = payment_methods.into_iter().map(|paid| (paid.method.to_string(), paid.code)).collect();
        Self {
            guest,
            city,
            deposits,
            room,
            fee,
            extra,
            adjustment,
            tax,
            clearing,
            pass_through,
            opening,
            tax_rules,
            payment_methods,
        }
    }
}

/// Codes of the general ledger of a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GlCodesOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Code of the guest ledger.
    pub guest: String,
    /// Code of the city ledger: what companies and agents owe.
    pub city: String,
    /// Code of the ledger of deposits.
    pub deposits: String,
    /// Code of the revenue of rooms.
    pub room: String,
    /// Code of the revenue of fees.
    pub fee: String,
    /// Code of the revenue of what is sold beside the room.
    pub extra: String,
    /// Code of allowances.
    pub adjustment: String,
    /// Code of taxes whose rule has none of its own.
    pub tax: String,
    /// Code of what was paid by any means.
    pub clearing: String,
    /// Code of what is collected for others.
    pub pass_through: String,
    /// Code of what was brought in from another system.
    pub opening: String,
    /// Tax rules with codes of their own.
    pub tax_rules: Vec<TaxRuleCode>,
    /// Methods of payment with codes of their own in place of `clearing`.
    pub payment_methods: Vec<PaymentMethodCode>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

impl GlCodesOut {
    pub fn new(row: &GlCodes, codes: Codes) -> Self {
        let Codes {
            guest,
            city,
            deposits,
            room,
            fee,
            extra,
            adjustment,
            tax,
            clearing,
            pass_through,
            opening,
            tax_rules,
            payment_methods,
        } = codes;
        let tax_rules = tax_rules.into_iter().map(|(tax_rule_id, code)| TaxRuleCode { tax_rule_id, code }).collect();
        let of_method = |(method, code): (String, String)| Some(PaymentMethodCode { method: method.parse().ok()?, code });
        let payment_methods = payment_methods.into_iter().filter_map(of_method).collect();
        Self {
            property_id: row.property_id,
            guest,
            city,
            deposits,
            room,
            fee,
            extra,
            adjustment,
            tax,
            clearing,
            pass_through,
            opening,
            tax_rules,
            payment_methods,
            version: row.version,
        }
    }
}
