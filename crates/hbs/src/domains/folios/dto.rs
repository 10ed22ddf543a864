use super::model::{
    Folio, FolioEntry, FolioKind, FolioStatus, Ledger, LedgerDay, MethodSums, OfBooking, OfExtra, PayerKind, Routing,
};
use super::rules::{balance, balance_due};
use crate::domains::properties::Chosen;
use crate::domains::rates::Percent;
use crate::domains::rates::rules::bounds;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::page::Page;
use crate::sheets::{Export, Value};
use crate::words::text_enum;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// All folios of a booking as one: charges, fees, allowances and reversals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioOut {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Entries on the folios of the booking, in the order in which they were posted. What is paid on another booking's
    /// folio, or on the master folio of a group, is there.
    pub entries: Vec<FolioEntryOut>,
    /// Sum of the entries.
    pub balance: Money,
    /// Sum of the entries up to the business date of the hotel: without nights to come.
    pub balance_due: Money,
}

impl FolioOut {
    pub fn new(booking: &OfBooking, entries: Vec<FolioEntry>, today: NaiveDate) -> Self {
        let OfBooking { property_id: _, id, currency } = *booking;
        let (balance, due) = (Money::new(balance(&entries), currency), Money::new(balance_due(&entries, today), currency));
        Self { booking_id: id, entries: shown(entries, currency), balance, balance_due: due }
    }
}

fn shown(entries: Vec<FolioEntry>, currency: Currency) -> Vec<FolioEntryOut> {
    entries.into_iter().map(|entry| FolioEntryOut::new(entry, currency)).collect()
}

/// Entry of a folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioEntryOut {
    /// Identifier of the entry.
    pub id: Uuid,
    /// Identifier of the folio on which the entry is paid.
    pub folio_id: Uuid,
    /// Identifier of the booking that the entry is for, wherever it is paid; null on a house folio.
    pub booking_id: Option<Uuid>,
    /// Identifier of the stay that the entry is for; null if it is for none.
    pub stay_id: Option<Uuid>,
    /// Kind of the entry.
    pub kind: FolioKind,
    /// Date of the night or service; for a fee, the day on which it fell due.
    pub service_date: NaiveDate,
    /// Business date of the hotel on which the entry was posted.
    pub posted_on: NaiveDate,
    /// Text of the entry: the name of the room type, the tax, the fee or the service; in the folio of a booking in the reader's
    /// language if there is one in it.
    pub description: String,
    /// Amount of the entry; negative for a reversal or an allowance.
    pub amount: Money,
    /// Identifier of the tax rule, for a tax; null for other entries.
    pub tax_rule_id: Option<Uuid>,
    /// Entry that this entry takes back.
    pub reverses_id: Option<Uuid>,
    /// Entry that was taken back and is charged anew by this entry, since a cancellation, an early departure or a no-show was
    /// undone; null for other entries.
    pub restores_id: Option<Uuid>,
    /// Entry that was moved or split first; of a transfer to an account, the entry on the account's folio. Null if the entry
    /// is of neither.
    pub origin_id: Option<Uuid>,
    /// Entry that has the price, for the tax on a service and for an allowance; null for other entries.
    pub price_id: Option<Uuid>,
    /// Payment whose money the entry counts, of a payment and of what is paid back; null for other entries.
    pub payment_id: Option<Uuid>,
    /// Identifier of the posting: entries that were posted together have the same.
    pub posting_id: Uuid,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Extra that the entry, a price or a tax on it, is for; null for entries that are for none.
    pub extra: Option<EntryExtra>,
}

/// Extra that an entry of a folio is for.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct EntryExtra {
    /// Identifier of the extra.
    pub extra_id: Uuid,
    /// Identifier of the extra as it was sold with the stay; null for what was posted by hand, or is in the price of the night.
    pub stay_extra_id: Option<Uuid>,
    /// Number of it that the entry is for.
    pub units: i32,
    /// `true` if it is in the price of the night.
    pub in_price: bool,
}

impl From<OfExtra> for EntryExtra {
    fn from(of: OfExtra) -> Self {
        let OfExtra { extra_id, stay_extra_id, units, in_price } = of;
        Self { extra_id, stay_extra_id, units, in_price }
    }
}

impl FolioEntryOut {
    fn new(entry: FolioEntry, currency: Currency) -> Self {
        let extra = entry.of_extra().map(EntryExtra::from);
        let FolioEntry {
            id,
            booking_id,
            stay_id,
            kind,
            service_date,
            amount_minor,
            description,
            tax_rule_id,
            reverses_id,
            created_at,
            posting_id,
            tax_included: _,
            tax_rate_ppm: _,
            folio_id,
            posted_on,
            origin_id,
            price_id,
            ledger: _,
            extra_id: _,
            stay_extra_id: _,
            extra_units: _,
            extra_in_price: _,
            payment_id,
            restores_id,
        } = entry;
        Self {
            id,
            folio_id,
            booking_id,
            stay_id,
            kind,
            service_date,
            posted_on,
            description,
            amount: Money::new(amount_minor, currency),
            tax_rule_id,
            reverses_id,
            restores_id,
            origin_id,
            price_id,
            payment_id,
            posting_id,
            created_at,
            extra,
        }
    }
}

/// Payer of a folio: the profile of a guest, or a company or agent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payer {
    /// Identifier of the guest's profile; left out or null if an account pays.
    #[garde(skip)]
    #[serde(default)]
    pub guest_id: Option<Uuid>,
    /// Identifier of the account, a company or an agent; left out or null if a guest pays.
    #[garde(skip)]
    #[serde(default)]
    pub account_id: Option<Uuid>,
}

/// Folio with its balance, without its entries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioSummary {
    /// Identifier of the folio. The main folio of a booking has the identifier of the booking.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Kind of the folio.
    pub kind: PayerKind,
    /// `true` for the folio that a booking begins with.
    pub is_main: bool,
    /// Status of the folio.
    pub status: FolioStatus,
    /// Identifier of the booking; null for folios of groups, the house and accounts.
    pub booking_id: Option<Uuid>,
    /// Identifier of the group; null for folios that are no master.
    pub group_id: Option<Uuid>,
    /// Name of the folio at the desk.
    #[schema(example = "Acme Ltd")]
    pub name: Option<String>,
    /// Profile or account that pays; null for the contact of the booking, or whoever the name says.
    pub payer: Option<Payer>,
    /// Sum of the entries.
    pub balance: Money,
    /// Sum of the entries up to the business date of the hotel: without nights to come.
    pub balance_due: Money,
    /// `true` if charges by room number are refused.
    pub no_post: bool,
    /// Highest balance that charges by room number may lead to; null for no limit.
    pub charge_limit: Option<Money>,
    /// Time at which the folio was closed (UTC); null for a folio that is not closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Number that grows with each posting and change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last posting or change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl FolioSummary {
    /// Shows a folio with what is due on it; none if nothing was posted to it.
    pub fn new(folio: Folio, due_minor: Option<i64>) -> Self {
        let (is_main, status) = (folio.is_main(), folio.status(due_minor.is_some()));
        let Folio {
            property_id,
            id,
            booking_id,
            group_id,
            kind,
            name,
            currency,
            balance_minor,
            no_post,
            charge_limit_minor,
            closed_at,
            version,
            created_at,
            updated_at,
            guest_id,
            account_id,
        } = folio;
        let money = |minor| Money::new(minor, currency);
        Self {
            id,
            property_id,
            kind,
            is_main,
            status,
            booking_id,
            group_id,
            name,
            payer: (guest_id.is_some() || account_id.is_some()).then_some(Payer { guest_id, account_id }),
            balance: money(balance_minor),
            balance_due: money(due_minor.unwrap_or(0)),
            no_post,
            charge_limit: charge_limit_minor.map(money),
            closed_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Folio with its entries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioDetails {
    /// Folio with its balance.
    #[serde(flatten)]
    pub folio: FolioSummary,
    /// Entries of the folio, in the order in which they were posted: those of the page that is asked for.
    pub entries: Vec<FolioEntryOut>,
    /// Cursor of the next page of entries, to be sent as `cursor`; null on the last page.
    pub next_cursor: Option<String>,
}

impl FolioDetails {
    pub fn new(folio: FolioSummary, entries: Page<FolioEntry>, currency: Currency) -> Self {
        let Page { items, next_cursor } = entries;
        Self { folio, entries: shown(items, currency), next_cursor }
    }
}

/// Entries that were posted together, and the folio then.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PostingOut {
    /// Identifier of the posting.
    pub posting_id: Uuid,
    /// Entries of the posting; a move has those of both folios.
    pub entries: Vec<FolioEntryOut>,
    /// Folio after the posting. A charge that went to another folio by a rule, or because it came late, names that.
    pub folio: FolioSummary,
    /// Version of the folio after the posting; the `ETag` header carries it.
    pub version: i64,
}

impl PostingOut {
    pub fn new(posting_id: Uuid, entries: Vec<FolioEntry>, currency: Currency, folio: FolioSummary) -> Self {
        Self { posting_id, entries: shown(entries, currency), version: folio.version, folio }
    }
}

/// Filter of folios.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct FolioFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Identifier of the group, for its master folios.
    pub group_id: Option<Uuid>,
    /// Kind of the folio.
    #[param(inline)]
    pub kind: Option<PayerKind>,
    /// Status of the folio.
    #[param(inline)]
    pub status: Option<FolioStatus>,
}

/// Folio to open.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFolio {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the booking, for folios of guests and companies.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
    /// Identifier of the group, for a master folio. Rooms of the group's bookings go there from then on, with their taxes;
    /// extras stay with the guests.
    #[garde(skip)]
    pub group_id: Option<Uuid>,
    /// Kind of the folio; not `account`: that is opened by itself when something first goes to the account.
    #[garde(skip)]
    pub kind: PayerKind,
    /// Name of the folio at the desk, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Acme Ltd")]
    pub name: Option<String>,
    /// Payer: exactly one of `guest_id` and `account_id`, of the same hotel; if left out, the contact of the booking, or whoever
    /// the name says.
    #[garde(dive)]
    pub payer: Option<Payer>,
    /// `true` to refuse charges by room number.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = false)]
    pub no_post: bool,
    /// Highest balance that charges by room number may lead to; no limit if left out.
    #[garde(custom(bounds::maybe_amount))]
    pub charge_limit: Option<Money>,
}

/// Change of a folio. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateFolio {
    /// Name of the folio at the desk, 1 to 200 characters; null removes it.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<Option<String>>,
    /// Payer: exactly one of `guest_id` and `account_id`; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub payer: Option<Option<Payer>>,
    /// `true` to refuse charges by room number.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub no_post: Option<bool>,
    /// Highest balance that charges by room number may lead to; null for no limit.
    #[garde(inner(custom(bounds::maybe_amount)))]
    #[serde(default, with = "double_option")]
    pub charge_limit: Option<Option<Money>>,
}

/// Charge to post to a folio.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeFolio {
    /// Text of the entry, 1 to 200 characters; needed, unless an extra is charged, whose name it is if left out.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Minibar")]
    pub description: Option<String>,
    /// Amount in the currency of the hotel, more than nothing; with the tax if the tax rule is included in prices. It is needed,
    /// unless an extra is charged, which has its own price.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Identifier of a tax rule, a percentage; no tax if left out. An extra has its own taxes.
    #[garde(skip)]
    pub tax_rule_id: Option<Uuid>,
    /// Date of the service, from the business date to the last date that the hotel sells; the business date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub service_date: Option<NaiveDate>,
    /// Identifier of the stay that the charge is for, one of the folio's booking.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
    /// Identifier of an extra that is charged, at its price and with its taxes.
    #[garde(skip)]
    pub extra_id: Option<Uuid>,
    /// Number of the extra, 1 to 1,000, at most its `max_quantity`; 1 if left out.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub quantity: Option<i32>,
}

/// Subject of a charge, whoever pays it: an extra of the hotel, or a text and an amount.
#[derive(Debug, Clone)]
pub struct WhatIsCharged {
    pub description: Option<String>,
    pub amount: Option<Money>,
    pub tax_rule_id: Option<Uuid>,
    pub extra_id: Option<Uuid>,
    pub quantity: Option<i32>,
}

/// Charge to post to the guests in a room.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeRoom {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Number on the door of the room, 1 to 20 characters.
    #[garde(length(chars, min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "101")]
    pub room_number: String,
    /// Text of the entry, 1 to 200 characters; needed, unless an extra is charged, whose name it is if left out.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Bar")]
    pub description: Option<String>,
    /// Amount in the currency of the hotel, more than nothing; with the tax if the tax rule is included in prices. It is needed,
    /// unless an extra is charged, which has its own price.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Identifier of a tax rule, a percentage; no tax if left out. An extra has its own taxes.
    #[garde(skip)]
    pub tax_rule_id: Option<Uuid>,
    /// Identifier of an extra that is charged, at its price and with its taxes.
    #[garde(skip)]
    pub extra_id: Option<Uuid>,
    /// Number of the extra, 1 to 1,000, at most its `max_quantity`; 1 if left out.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub quantity: Option<i32>,
}

/// Charge to post to the account of a company or agent.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeAccount {
    /// Text of the entry, 1 to 200 characters; needed, unless an extra is charged, whose name it is if left out.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Hall for a congress")]
    pub description: Option<String>,
    /// Amount in the currency of the hotel, more than nothing; with the tax if the tax rule is included in prices. It is needed,
    /// unless an extra is charged, which has its own price.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Identifier of a tax rule, a percentage; no tax if left out. An extra has its own taxes.
    #[garde(skip)]
    pub tax_rule_id: Option<Uuid>,
    /// Identifier of an extra that is charged, at its price and with its taxes.
    #[garde(skip)]
    pub extra_id: Option<Uuid>,
    /// Number of the extra, 1 to 1,000, at most its `max_quantity`; 1 if left out.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub quantity: Option<i32>,
}

impl From<ChargeAccount> for WhatIsCharged {
    fn from(body: ChargeAccount) -> Self {
        let ChargeAccount { description, amount, tax_rule_id, extra_id, quantity } = body;
        Self { description, amount, tax_rule_id, extra_id, quantity }
    }
}

text_enum! {
    /// Kind of an adjustment: less to be paid for a service that was not as it should be (`allowance`), or a charge taken
    /// back that was posted by mistake (`correction`).
    pub enum AdjustmentKind {
        Allowance = "allowance",
        Correction = "correction",
    }
}

/// Adjustment of an entry of a folio.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustFolio {
    /// Kind of the adjustment.
    #[garde(skip)]
    pub kind: AdjustmentKind,
    /// Entry that is adjusted: the price, whose taxes follow.
    #[garde(skip)]
    pub entry_id: Uuid,
    /// Amount of an allowance, taxes included: more than nothing, and at most what is left of the price. A correction takes
    /// back all of the entry and has no amount.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Reason of the adjustment, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "No hot water")]
    pub reason: String,
}

/// Account that pays what is due on a folio, or a part of it.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendToAccount {
    /// Identifier of the account, a company or an agent of the same hotel.
    #[garde(skip)]
    pub account_id: Uuid,
    /// Amount that goes to the account: more than nothing, at most what is due on the folio; all that is due if left out.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
}

/// Entries to move to another folio.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveEntries {
    /// Folio of the same hotel to which the entries are moved.
    #[garde(skip)]
    pub to_folio_id: Uuid,
    /// Entries to move, 1 to 1,000; their taxes and allowances go along. All open entries if left out.
    #[garde(inner(length(min = 1, max = 1000)))]
    #[schema(min_items = 1, max_items = 1000)]
    pub entry_ids: Option<Vec<Uuid>>,
}

/// Entries to split between a folio and another one: by amount, by percent or by night.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitEntries {
    /// Folio of the same hotel that gets the share.
    #[garde(skip)]
    pub to_folio_id: Uuid,
    /// Entries to split, 1 to 1,000; their taxes and allowances go along. All open entries if left out.
    #[garde(inner(length(min = 1, max = 1000)))]
    #[schema(min_items = 1, max_items = 1000)]
    pub entry_ids: Option<Vec<Uuid>>,
    /// Amount that goes to the other folio: more than nothing, less than the entries come to.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Percentage that goes to the other folio: more than 0, less than 100.
    #[garde(inner(custom(part_of_whole)))]
    pub percent: Option<Percent>,
    /// Nights that go to the other folio.
    #[garde(dive)]
    pub nights: Option<SplitNights>,
}

/// Nights whose entries are split off.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitNights {
    /// First night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-26")]
    pub to: NaiveDate,
}

text_enum! {
    /// Kind of the prices that a rule sends to a folio, each with its taxes: rooms for nights (`room`), fees for
    /// cancellations, no-shows and leaving early (`fee`), or what is sold beside the room (`extra`).
    pub enum RoutedKind {
        Room = "room",
        Fee = "fee",
        Extra = "extra",
    }
}

impl From<RoutedKind> for FolioKind {
    fn from(kind: RoutedKind) -> Self {
        match kind {
            RoutedKind::Room => Self::Room,
            RoutedKind::Fee => Self::Fee,
            RoutedKind::Extra => Self::Extra,
        }
    }
}

/// Rule to add: it sends entries to the folio that are posted from now on.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRouting {
    /// Kinds of prices, 1 to 3, each once; each takes its taxes along.
    #[garde(length(min = 1, max = 3), custom(each_once))]
    #[schema(min_items = 1, max_items = 3)]
    pub kinds: Vec<RoutedKind>,
    /// Identifier of the booking whose entries are sent, of the same hotel; if left out, the folio's booking, or all bookings of
    /// its group.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
    /// Identifier of the stay whose entries are sent, one of the booking; all stays if left out.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
    /// First date of service; any date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub from: Option<NaiveDate>,
    /// End, exclusive: the day after the last date of service; any date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-26")]
    pub to: Option<NaiveDate>,
    /// Former name of `from`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(deprecated, nullable = false, example = "2026-12-24")]
    pub from_date: Option<NaiveDate>,
    /// Former name of `to`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(deprecated, nullable = false, example = "2026-12-26")]
    pub to_date: Option<NaiveDate>,
    /// Highest amount that the rule brings to the folio in all, taxes included; what exceeds it stays with the guests. No limit
    /// if left out.
    #[garde(custom(bounds::maybe_amount))]
    pub cap: Option<Money>,
}

impl AddRouting {
    /// Returns the dates of service, by the names that other ranges have or by the former ones.
    pub fn dates(&self) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
        let Self { from, to, from_date, to_date, .. } = *self;
        let twice = |pointer: &'static str, name: &str| {
            Err(Error::invalid(pointer, format!("is the former name of `{name}`: send one of them")))
        };
        match (from, from_date, to, to_date) {
            (Some(_), Some(_), ..) => twice("/from_date", "from"),
            (.., Some(_), Some(_)) => twice("/to_date", "to"),
            _ => Ok((from.or(from_date), to.or(to_date))),
        }
    }
}

/// Rule that sends entries to a folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoutingOut {
    /// Identifier of the rule.
    pub id: Uuid,
    /// Identifier of the folio that gets the entries.
    pub folio_id: Uuid,
    /// Identifier of the booking whose entries are sent; null for all bookings of the group.
    pub booking_id: Option<Uuid>,
    /// Identifier of the group whose bookings' entries are sent; null for those of a booking.
    pub group_id: Option<Uuid>,
    /// Identifier of the stay whose entries are sent; null for all stays.
    pub stay_id: Option<Uuid>,
    /// Kinds of prices; each takes its taxes along.
    pub kinds: Vec<FolioKind>,
    /// First date of service; null for any.
    pub from: Option<NaiveDate>,
    /// End, exclusive: the day after the last date of service; null for any.
    pub to: Option<NaiveDate>,
    /// Former name of `from`.
    #[schema(deprecated)]
    pub from_date: Option<NaiveDate>,
    /// Former name of `to`.
    #[schema(deprecated)]
    pub to_date: Option<NaiveDate>,
    /// Highest amount that the rule brings to the folio in all; null for no limit.
    pub cap: Option<Money>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl RoutingOut {
    pub fn new(routing: Routing, currency: Currency) -> Self {
        let Routing {
            property_id: _,
            id,
            folio_id,
            booking_id,
            group_id,
            stay_id,
            kinds,
            from_date,
            to_date,
            cap_minor,
            created_at,
        } = routing;
        Self {
            id,
            folio_id,
            booking_id,
            group_id,
            stay_id,
            kinds: kinds.into_iter().flatten().collect(),
            from: from_date,
            to: to_date,
            from_date,
            to_date,
            cap: cap_minor.map(|minor| Money::new(minor, currency)),
            created_at,
        }
    }
}

/// Date of a trial balance.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct TrialBalanceQuery {
    /// Date: one that is closed, or the business date.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub date: NaiveDate,
}

/// Trial balance of a date: every ledger with what it began with, what came to it and what it ended with. Each column comes to
/// nothing in sum, in each currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TrialBalance {
    /// Identifier of the property; null if there are several.
    pub property_id: Option<Uuid>,
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Business date.
    pub date: NaiveDate,
    /// `true` if the date is closed at all properties: its trial balance never changes.
    pub is_closed: bool,
    /// Ledgers, all that the hotels had on the date, added up. If they have several currencies, those of each by themselves, one
    /// currency after the other.
    pub ledgers: Vec<LedgerBalance>,
    /// Payments and refunds of the date, method by method, and so in each currency: `net` of all of them is the movement of the
    /// ledger `clearing`.
    pub payments: Vec<PaidByMethod>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Payments and refunds of a date by one method. What was brought in from another system is not among them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaidByMethod {
    /// Method of the payments: `cash`, `card_terminal`, `bank_transfer` or `gateway`.
    #[schema(example = "cash")]
    pub method: String,
    /// Amount that was paid, less what was taken back.
    pub received: Money,
    /// Amount that was paid back.
    pub refunded: Money,
    /// Amount that was paid and not paid back; negative if more was paid back.
    pub net: Money,
}

impl PaidByMethod {
    fn new(method: &str, (received_minor, refunded_minor): (i64, i64), currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        let net = money(received_minor - refunded_minor);
        Self { method: method.to_owned(), received: money(received_minor), refunded: money(refunded_minor), net }
    }
}

/// Ledger in a trial balance. Amounts that are owed to the hotel are positive.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LedgerBalance {
    /// Ledger.
    pub ledger: Ledger,
    /// Balance at the beginning of the date: that at the end of the date before.
    pub opening: Money,
    /// Sum of the entries of the date.
    pub movement: Money,
    /// Balance at the end of the date.
    pub closing: Money,
}

impl LedgerBalance {
    /// A ledger of hotels of one currency; none if none of them had it.
    fn of(ledger: Ledger, days: &[&LedgerDay], currency: Currency) -> Option<Self> {
        let of_ledger: Vec<&LedgerDay> = days.iter().copied().filter(|day| day.ledger == ledger).collect();
        let sum = |of: fn(&LedgerDay) -> i64| Money::new(of_ledger.iter().copied().map(of).sum(), currency);
        (!of_ledger.is_empty()).then(|| Self {
            ledger,
            opening: sum(|day| day.opening_minor),
            movement: sum(|day| day.movement_minor),
            closing: sum(|day| day.closing_minor),
        })
    }
}

impl TrialBalance {
    pub fn new(
        chosen: &Chosen,
        (date, is_closed): (NaiveDate, bool),
        days: &[(Uuid, LedgerDay)],
        methods: &[MethodSums],
    ) -> Self {
        let (mut ledgers, mut payments) = (Vec::new(), Vec::new());
        for part in chosen.by_currency() {
            let (hotels, currency) = (part.ids(), part.currency);
            let of_part: Vec<&LedgerDay> = days.iter().filter(|(id, _)| hotels.contains(id)).map(|(_, day)| day).collect();
            // In the order of accountants, whatever the order of rows.
            ledgers.extend(Ledger::ALL.iter().filter_map(|ledger| LedgerBalance::of(*ledger, &of_part, currency)));
            let mut by_method: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
            for sums in methods.iter().filter(|sums| hotels.contains(&sums.property_id)) {
                let (received_minor, refunded_minor) = by_method.entry(&sums.method).or_default();
                *received_minor += sums.received_minor;
                *refunded_minor += sums.refunded_minor;
            }
            payments.extend(by_method.into_iter().map(|(method, sums)| PaidByMethod::new(method, sums, currency)));
        }
        let property_ids: BTreeSet<Uuid> = chosen.ids().into_iter().collect();
        let property_id = property_ids.first().copied().filter(|_| property_ids.len() == 1);
        Self { property_id, property_ids, date, is_closed, ledgers, payments, hotels: chosen.names() }
    }

    pub fn table(&self) -> Export {
        let row = |ledger: &LedgerBalance| -> Vec<Value> {
            let LedgerBalance { ledger, opening, movement, closing } = ledger;
            let code = closing.currency.code();
            vec![ledger.as_str().into(), (*opening).into(), (*movement).into(), (*closing).into(), code.into()]
        };
        Export {
            of: self.hotels.clone(),
            name: format!("ledgers-{}", self.date),
            date: self.date,
            notes: vec!["The report on payments has the ledger clearing by methods.".to_owned()],
            columns: vec!["ledger", "opening", "movement", "closing", "currency"],
            rows: self.ledgers.iter().map(row).collect(),
        }
    }
}

fn each_once(kinds: &[RoutedKind], (): &()) -> garde::Result {
    let is_twice = |(place, kind): (usize, &RoutedKind)| kinds[..place].contains(kind);
    if kinds.iter().enumerate().any(is_twice) { Err(garde::Error::new("must name each kind once")) } else { Ok(()) }
}

fn part_of_whole(percent: &Percent, (): &()) -> garde::Result {
    if (1..1_000_000).contains(&percent.0) { Ok(()) } else { Err(garde::Error::new("must be more than 0 and less than 100")) }
}
