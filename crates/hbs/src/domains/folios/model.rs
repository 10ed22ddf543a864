use crate::domains::guests::survivor_of;
use crate::money::Currency;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{bookings, folio_entries, folio_routings, folios, ledger_days};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Booking whose folios are asked for.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct OfBooking {
    pub property_id: Uuid,
    pub id: Uuid,
    pub currency: Currency,
}

text_enum! {
    /// Kind of a folio, by who pays: the guests of a booking (`guest`), a company for a booking (`company`), a group for
    /// its bookings (`master`), the house, without a booking (`house`), or a company or agent after departure, for all that went
    /// to its account (`account`).
    pub enum PayerKind {
        Guest = "guest",
        Company = "company",
        Master = "master",
        House = "house",
        Account = "account",
    }
}

text_enum! {
    /// Status of a folio: charges are posted to it (`open`), what was charged comes to nothing (`settled`), or nothing is
    /// posted to it any more (`closed`).
    pub enum FolioStatus {
        Open = "open",
        Settled = "settled",
        Closed = "closed",
    }
}

/// Folio: the lines that one payer pays.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = folios)]
pub struct Folio {
    pub property_id: Uuid,
    /// Id of the folio; of a booking's main one, the booking's.
    pub id: Uuid,
    pub booking_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub kind: PayerKind,
    /// Name of the folio at the desk.
    pub name: Option<String>,
    pub currency: Currency,
    pub balance_minor: i64,
    /// `true` if charges by room number are refused.
    pub no_post: bool,
    /// Highest balance that charges by room number may lead to.
    pub charge_limit_minor: Option<i64>,
    pub closed_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Profile of the guest who pays: the one that stands for it, if it was merged.
    #[diesel(select_expression = survivor_of(folios::property_id, folios::guest_id))]
    #[diesel(select_expression_type = survivor_of<folios::property_id, folios::guest_id>)]
    pub guest_id: Option<Uuid>,
    /// Company or agent that pays.
    pub account_id: Option<Uuid>,
}

impl Folio {
    /// Returns `true` for the folio that a booking begins with.
    pub fn is_main(&self) -> bool {
        self.booking_id == Some(self.id)
    }

    /// Returns `true` if the same payer pays another folio for the same.
    pub fn is_like(&self, other: &Self) -> bool {
        let payer = |folio: &Self| (folio.kind, folio.booking_id, folio.group_id, folio.guest_id, folio.account_id);
        payer(self) == payer(other)
    }

    pub fn status(&self, has_entries: bool) -> FolioStatus {
        match self.closed_at {
            Some(_) => FolioStatus::Closed,
            None if has_entries && self.balance_minor == 0 => FolioStatus::Settled,
            None => FolioStatus::Open,
        }
    }
}

impl Recorded for Folio {
    const ENTITY: &'static str = "folio";
    /// Fields that events show: the name is withheld, since it is that of a payer.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "booking_id",
        "group_id",
        "kind",
        "currency",
        "no_post",
        "charge_limit_minor",
        "closed_at",
        "amount_minor",
        "posting_id",
        "to_folio_id",
        "lines",
        "routing",
    ];
    const SEALED: &'static [&'static str] = &["name", "guest_id"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id).in_booking(self.booking_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = folios, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewFolio<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub booking_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub kind: PayerKind,
    pub name: Option<&'a str>,
    pub currency: Currency,
    pub balance_minor: i64,
    pub no_post: bool,
    pub charge_limit_minor: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub guest_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = folios)]
pub struct FolioChange {
    pub name: Option<Option<String>>,
    pub no_post: Option<bool>,
    pub charge_limit_minor: Option<Option<i64>>,
    pub guest_id: Option<Option<Uuid>>,
    pub account_id: Option<Option<Uuid>>,
}

text_enum! {
    /// Kind of a folio entry: the room for a night (`room`), what an offer takes off it (`discount`), a tax (`tax`), a fee for a
    /// cancellation, a no-show or leaving early (`fee`), what is sold beside the room (`extra`), an allowance (`adjustment`), a
    /// payment (`payment`), what is paid back (`refund`), what was paid in advance and counts for the guests once they are there
    /// (`deposit`, in pairs), what goes from a folio to the account of a company or agent (`transfer`, in pairs), what was open
    /// in another system when the hotel began with HBS (`opening`), or the cents by which the taxes of an invoice differ from
    /// those of its entries (`rounding`, in pairs).
    pub enum FolioKind {
        /// Room for a night.
        Room = "room",
        /// Amount that an offer takes off the room for a night.
        Discount = "discount",
        /// Tax on a night, on what is sold beside the room, or on an allowance.
        Tax = "tax",
        /// Fee for a cancellation or a no-show, in place of the nights.
        Fee = "fee",
        /// Service or thing that is sold beside the room.
        Extra = "extra",
        /// Allowance: less to be paid, for a service that was not as it should be.
        Adjustment = "adjustment",
        /// Payment.
        Payment = "payment",
        /// Payment that is paid back.
        Refund = "refund",
        /// Deposit that leaves its ledger, or comes to that of the guests.
        Deposit = "deposit",
        /// Amount that leaves a folio, or comes to that of an account.
        Transfer = "transfer",
        /// Balance that was brought in from another system.
        Opening = "opening",
        /// Cents that go from revenue to tax, or back, so that an invoice's taxes are those of its sums.
        Rounding = "rounding",
    }
}

impl FolioKind {
    /// Returns `true` for money that comes and goes: it is neither sold nor allowed.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Payment | Self::Refund | Self::Deposit | Self::Transfer | Self::Opening)
    }
}

text_enum! {
    /// Ledger of a hotel: what guests owe (`guest`), what companies owe after departure (`city`), what was paid for stays to
    /// come (`deposits`), income (`revenue`), taxes (`tax`), what was paid by any means (`clearing`), what is collected
    /// for others (`pass_through`), and what was brought in from another system (`opening`).
    pub enum Ledger {
        Guest = "guest",
        City = "city",
        Deposits = "deposits",
        Revenue = "revenue",
        Tax = "tax",
        Clearing = "clearing",
        PassThrough = "pass_through",
        Opening = "opening",
    }
}

/// Ledger on a date: what it began with, what came to it, and what it ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger_days)]
pub struct LedgerDay {
    pub ledger: Ledger,
    pub opening_minor: i64,
    pub movement_minor: i64,
    pub closing_minor: i64,
}

/// Payments and refunds of a hotel and a date by one method, added up.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MethodSums {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = Text)]
    pub method: String,
    #[diesel(sql_type = BigInt)]
    pub received_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub refunded_minor: i64,
}

/// Fault in the books, where it was found first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFault {
    /// A line that is not what its event tells, that no event tells of, or that is gone.
    Line { property_id: Uuid, line_id: Uuid, fault: String },
    /// An event that tells of lines, and is not what it was when it was numbered.
    Event { stream_id: Uuid, seq: i64 },
    /// A closed date whose books are not what its lines say.
    Day { property_id: Uuid, business_date: NaiveDate, ledger: Ledger },
}

/// Result of comparing lines with events, and closed dates with lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub lines: i64,
    /// Lines of which no event tells, because they are older than events that do.
    pub unrecorded: i64,
    pub closed_dates: i64,
    pub faults: Vec<LedgerFault>,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = folio_entries)]
pub struct FolioEntry {
    pub id: Uuid,
    /// Booking that the line is for, wherever it is paid; none on a house folio.
    pub booking_id: Option<Uuid>,
    /// Stay that the line is for, if it is for one.
    pub stay_id: Option<Uuid>,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
    pub tax_rule_id: Option<Uuid>,
    pub reverses_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// Id of the posting: lines with the same id were posted together.
    pub posting_id: Uuid,
    /// `true` if the price as entered held the tax; none for what is no tax.
    pub tax_included: Option<bool>,
    /// Rate of a percentage, in parts per million.
    pub tax_rate_ppm: Option<i32>,
    /// Folio on which the line is paid.
    pub folio_id: Uuid,
    /// Business date on which it was posted.
    pub posted_on: NaiveDate,
    /// Line that was moved first, of each line of a move or a split.
    pub origin_id: Option<Uuid>,
    /// Line that has the price, of a tax on what was posted by hand and of an allowance.
    pub price_id: Option<Uuid>,
    /// Ledger that has what is owed.
    pub ledger: Ledger,
    /// Extra that a price or a tax is for.
    pub extra_id: Option<Uuid>,
    /// Sale of it with a stay.
    pub stay_extra_id: Option<Uuid>,
    /// Number of it that the line is for.
    pub extra_units: Option<i32>,
    /// `true` if it is in the price of the night, and a part of it.
    pub extra_in_price: bool,
    /// Payment whose money it counts, of a payment and of what is paid back.
    pub payment_id: Option<Uuid>,
    /// Line that was taken back and is charged anew by it, since what took it back was undone.
    pub restores_id: Option<Uuid>,
}

/// Extra that a price or a tax is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfExtra {
    pub extra_id: Uuid,
    /// Sale of it with a stay; none for what was posted by hand, and for what is in the price of a night.
    pub stay_extra_id: Option<Uuid>,
    /// Number of it that the line is for.
    pub units: i32,
    /// `true` if it is in the price of the night, and a part of it.
    pub in_price: bool,
}

impl FolioEntry {
    /// Returns the extra that the line is for.
    pub fn of_extra(&self) -> Option<OfExtra> {
        let (extra_id, units) = (self.extra_id?, self.extra_units?);
        Some(OfExtra { extra_id, stay_extra_id: self.stay_extra_id, units, in_price: self.extra_in_price })
    }

    /// Returns the terms of a tax as they were when it was charged.
    pub fn tax_terms(&self) -> Option<TaxTerms> {
        self.tax_included.map(|is_included| TaxTerms { is_included, rate_ppm: self.tax_rate_ppm })
    }

    /// Returns a line like it, of another amount and perhaps on another folio: it counts as the same one, moved there.
    pub fn like(&self, amount_minor: i64, folio_id: Uuid) -> NewLine {
        let of_folio = (folio_id, self.booking_id);
        NewLine {
            stay_id: self.stay_id,
            tax_rule_id: self.tax_rule_id,
            tax_terms: self.tax_terms(),
            origin_id: Some(self.root()),
            price_id: self.price_id,
            extra: self.of_extra(),
            payment_id: self.payment_id,
            ..NewLine::alone(of_folio, self.kind, self.ledger, self.service_date, amount_minor, &self.description)
        }
    }

    /// Returns the line that it was before it was moved anywhere: itself, if it was not.
    pub fn root(&self) -> Uuid {
        self.origin_id.unwrap_or(self.id)
    }

    /// Returns the date in whose ledgers it counts.
    pub fn ledger_date(&self) -> NaiveDate {
        self.service_date.max(self.posted_on)
    }

    /// Returns `true` if it belongs to the price of a stay: not to an extra that was sold with it or posted by hand, unless
    /// that is in the price of its nights.
    pub fn is_of_price(&self) -> bool {
        let is_priced = matches!(self.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Fee);
        let is_of_room = self.price_id.is_none() && is_priced;
        self.stay_id.is_some() && (is_of_room || self.extra_in_price)
    }
}

#[cfg(test)]
impl FolioEntry {
    /// A line as if it had been posted on the first of December, to the main folio of a booking: for unit tests.
    pub fn example(kind: FolioKind, service_date: NaiveDate, amount_minor: i64) -> Self {
        Self {
            id: Uuid::now_v7(),
            booking_id: Some(Uuid::nil()),
            stay_id: Some(Uuid::nil()),
            kind,
            service_date,
            amount_minor,
            description: "Line".into(),
            tax_rule_id: None,
            reverses_id: None,
            created_at: DateTime::UNIX_EPOCH,
            posting_id: Uuid::nil(),
            tax_included: None,
            tax_rate_ppm: None,
            folio_id: Uuid::nil(),
            posted_on: crate::testing::december(1),
            origin_id: None,
            price_id: None,
            ledger: Ledger::Guest,
            extra_id: None,
            stay_extra_id: None,
            extra_units: None,
            extra_in_price: false,
            payment_id: None,
            restores_id: None,
        }
    }
}

/// Lines as they stand once they are posted, for unit tests.
#[cfg(test)]
impl From<NewLine> for FolioEntry {
    fn from(line: NewLine) -> Self {
        Self {
            id: line.id,
            booking_id: line.booking_id,
            stay_id: line.stay_id,
            description: line.description,
            tax_rule_id: line.tax_rule_id,
            reverses_id: line.reverses_id,
            tax_included: line.tax_terms.map(|terms| terms.is_included),
            tax_rate_ppm: line.tax_terms.and_then(|terms| terms.rate_ppm),
            folio_id: line.folio_id,
            origin_id: line.origin_id,
            price_id: line.price_id,
            ledger: line.ledger,
            extra_id: line.extra.map(|extra| extra.extra_id),
            stay_extra_id: line.extra.and_then(|extra| extra.stay_extra_id),
            extra_units: line.extra.map(|extra| extra.units),
            extra_in_price: line.extra.is_some_and(|extra| extra.in_price),
            payment_id: line.payment_id,
            restores_id: line.restores_id,
            ..Self::example(line.kind, line.service_date, line.amount_minor)
        }
    }
}

/// Terms of a tax when it was charged, whatever becomes of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTerms {
    /// `true` if the price as entered held the tax, `false` if it was added to it.
    pub is_included: bool,
    /// Rate of a percentage, in parts per million; none for a fixed amount.
    pub rate_ppm: Option<i32>,
}

/// A line of a stay's price to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFolioEntry {
    pub stay_id: Uuid,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
    pub tax_rule_id: Option<Uuid>,
    /// Terms of a tax; if none, those that its rule has when the line is written.
    pub tax_terms: Option<TaxTerms>,
    pub reverses_id: Option<Uuid>,
    /// Line that was taken back and is charged anew by it, since what took it back is undone.
    pub restores_id: Option<Uuid>,
    /// Folio on which it is paid; none to go by the rules of the booking, and to its main folio where there are none.
    pub folio_id: Option<Uuid>,
    /// Id of a line that others name; any if none does.
    pub id: Option<Uuid>,
    /// Line that has the price, of a tax on an extra.
    pub price_id: Option<Uuid>,
    pub extra: Option<OfExtra>,
}

impl NewFolioEntry {
    /// Returns `true` if it belongs to the price of a stay, as [`FolioEntry::is_of_price`] says of a line that is there.
    pub fn is_of_price(&self) -> bool {
        let is_priced = matches!(self.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Fee);
        let is_of_room = self.price_id.is_none() && is_priced;
        is_of_room || self.extra.is_some_and(|extra| extra.in_price)
    }
}

/// A line to be written, whatever it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    pub id: Uuid,
    pub folio_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub stay_id: Option<Uuid>,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
    pub tax_rule_id: Option<Uuid>,
    pub tax_terms: Option<TaxTerms>,
    pub reverses_id: Option<Uuid>,
    pub restores_id: Option<Uuid>,
    pub origin_id: Option<Uuid>,
    pub price_id: Option<Uuid>,
    pub routing_id: Option<Uuid>,
    pub reason: Option<String>,
    pub ledger: Ledger,
    pub extra: Option<OfExtra>,
    /// Payment whose money it counts, of a payment and of what is paid back.
    pub payment_id: Option<Uuid>,
    /// Method by which that money went, where it is not that of the payment.
    pub method: Option<&'static str>,
}

impl NewLine {
    /// Makes a line that stands by itself, on a folio of a booking or of none: of no stay, tax, other line, extra and payment.
    pub fn alone(
        (folio_id, booking_id): (Uuid, Option<Uuid>),
        kind: FolioKind,
        ledger: Ledger,
        service_date: NaiveDate,
        amount_minor: i64,
        description: &str,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            folio_id,
            booking_id,
            stay_id: None,
            kind,
            service_date,
            amount_minor,
            description: description.to_owned(),
            tax_rule_id: None,
            tax_terms: None,
            reverses_id: None,
            restores_id: None,
            origin_id: None,
            price_id: None,
            routing_id: None,
            reason: None,
            ledger,
            extra: None,
            payment_id: None,
            method: None,
        }
    }
}

/// Lines of a new booking, before they are written.
#[derive(Debug)]
pub struct Draft(pub Vec<NewLine>);

impl Draft {
    pub fn told(&self) -> Posted {
        Posted::of(&self.0)
    }
}

/// Lines that were posted, as events tell of them: the record proves them.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Posted(Vec<ToldLine>);

/// A line as events tell of it: all that says what it counts for. What it has not is left out; older events tell the first five
/// alone.
#[derive(Debug, Clone, Serialize)]
struct ToldLine {
    id: Uuid,
    folio_id: Uuid,
    kind: FolioKind,
    service_date: NaiveDate,
    amount_minor: i64,
    ledger: Ledger,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stay_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_rule_id: Option<Uuid>,
    /// Not told where a tax has the terms of its rule, which the database fills in.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_included: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_rate_ppm: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<Uuid>,
}

impl Posted {
    pub fn of(lines: &[NewLine]) -> Self {
        let told = |line: &NewLine| {
            let NewLine { id, folio_id, kind, service_date, amount_minor, ledger, booking_id, stay_id, .. } = *line;
            let NewLine { tax_rule_id, tax_terms, reverses_id, payment_id, .. } = *line;
            ToldLine {
                id,
                folio_id,
                kind,
                service_date,
                amount_minor,
                ledger,
                booking_id,
                stay_id,
                tax_rule_id,
                tax_included: tax_terms.map(|terms| terms.is_included),
                tax_rate_ppm: tax_terms.and_then(|terms| terms.rate_ppm),
                reverses_id,
                payment_id,
            }
        };
        Self(lines.iter().map(told).collect())
    }

    /// Adds what was posted besides.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Rule by which lines go to another folio than the booking's main one.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = folio_routings)]
pub struct Routing {
    pub property_id: Uuid,
    pub id: Uuid,
    pub folio_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub stay_id: Option<Uuid>,
    pub kinds: Vec<Option<FolioKind>>,
    pub from_date: Option<NaiveDate>,
    pub to_date: Option<NaiveDate>,
    pub cap_minor: Option<i64>,
    pub created_at: DateTime<Utc>,
}

/// Rule with what it may still bring to its folio; none without a limit.
#[derive(Debug, Clone, QueryableByName)]
pub struct LiveRouting {
    #[diesel(embed)]
    pub routing: Routing,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub left_minor: Option<i64>,
}

/// Rule of a tax by which something that is sold beside the room is taxed.
#[derive(Debug, Clone)]
pub struct ChargeTax {
    pub id: Uuid,
    pub name: String,
    /// Rate in parts per million; none for taxes that are no percentage.
    pub rate_ppm: Option<i32>,
    pub is_included: bool,
}

/// Guests in the house, found by the number of their room.
#[derive(Debug, Clone, Copy)]
pub struct InRoom {
    pub booking_id: Uuid,
    pub stay_id: Uuid,
}

/// Amount that is due on a folio of a booking, for one of its stays or for none, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub folio_id: Uuid,
    pub stay_id: Option<Uuid>,
    pub amount_minor: i64,
}

/// Balance that is brought in from another system.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Id of the line that brings it.
    pub id: Uuid,
    pub of: OpeningOf,
    pub date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
}

/// Thing that has a balance: the folios of a booking, the deposit for one, or an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpeningOf {
    Folio(Uuid),
    Deposit(Uuid),
    Account(Uuid),
}

impl OpeningOf {
    pub fn id(self) -> Uuid {
        match self {
            Self::Folio(id) | Self::Deposit(id) | Self::Account(id) => id,
        }
    }
}

/// Revenue of a date, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// Revenue of rooms without taxes and fees.
    pub room_minor: i64,
    pub total_minor: i64,
}
