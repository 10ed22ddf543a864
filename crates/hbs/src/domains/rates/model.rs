use crate::domains::properties::PriceMode;
use crate::language::Language;
use crate::money::Money;
use crate::outbox::{ActorKind, Entity, Recorded};
use crate::texts::Texts;
use crate::words::text_enum;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Jsonb;
use hbs_schema::{
    age_bands, cancellation_policies, cancellation_windows, rate_plan_room_types, rate_plans, rate_updates, rates, tax_rules,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

text_enum! {
    /// Meals included in the price.
    pub enum Board {
        RoomOnly = "room_only",
        Breakfast = "breakfast",
        HalfBoard = "half_board",
        FullBoard = "full_board",
        AllInclusive = "all_inclusive",
    }
}

text_enum! {
    /// Time at which the price is due: all when booking (`pay_now`), a part when booking and the rest later (`deposit`), or all
    /// later (`pay_at_property`). Later is at the hotel, or some days before the arrival.
    pub enum PaymentPolicy {
        /// The whole price is due when booking.
        PayNow = "pay_now",
        /// A part of the price is due when booking, the rest later.
        Deposit = "deposit",
        /// Nothing is due when booking.
        PayAtProperty = "pay_at_property",
    }
}

impl PaymentPolicy {
    /// Writes for a guest when the price is due, in a sentence. `deposit` is what is due when booking, if not all;
    /// `rest_days_before` says how many days before the arrival the rest is, if not at the hotel.
    pub fn text_in(self, language: Language, deposit: Option<Money>, rest_days_before: Option<i32>) -> String {
        if let Some(days) = rest_days_before {
            return self.text_before_arrival(language, deposit, days);
        }
        match (self, language) {
            (Self::PayNow, Language::English) => "The whole price is due when booking.".into(),
            (Self::PayNow, Language::Portuguese) => "O preço total é devido no ato da reserva.".into(),
            (Self::PayAtProperty, Language::English) => "The price is paid at the hotel.".into(),
            (Self::PayAtProperty, Language::Portuguese) => "O preço é pago no hotel.".into(),
            (Self::Deposit, Language::English) => {
                let part = deposit.map_or_else(|| "A deposit".into(), |deposit| language.money(deposit));
                format!("{part} is due when booking, the rest is paid at the hotel.")
            }
            (Self::Deposit, Language::Portuguese) => {
                let part = deposit.map_or_else(|| "Um depósito".into(), |deposit| language.money(deposit));
                format!("{part} no ato da reserva; o restante é pago no hotel.")
            }
        }
    }

    fn text_before_arrival(self, language: Language, deposit: Option<Money>, days: i32) -> String {
        let by = match (language, days) {
            (Language::English, 0) => "on the day of arrival".to_owned(),
            (Language::English, 1) => "a day before arrival".to_owned(),
            (Language::English, days) => format!("{days} days before arrival"),
            (Language::Portuguese, 0) => "no dia da chegada".to_owned(),
            (Language::Portuguese, 1) => "um dia antes da chegada".to_owned(),
            (Language::Portuguese, days) => format!("{days} dias antes da chegada"),
        };
        let part = deposit.map(|deposit| language.money(deposit));
        match (language, self, part) {
            (Language::English, Self::Deposit, Some(part)) => format!("{part} is due when booking, the rest {by}."),
            (Language::Portuguese, Self::Deposit, Some(part)) => format!("{part} no ato da reserva; o restante {by}."),
            (Language::English, ..) => format!("The price is due {by}."),
            (Language::Portuguese, ..) => format!("O preço é devido {by}."),
        }
    }
}

text_enum! {
    /// Unit in which a derived plan's prices differ from its parent's.
    pub enum DerivationKind {
        /// Change in parts per million of the parent's price.
        Percent = "percent",
        /// Change in minor units per night and room.
        Amount = "amount",
    }
}

text_enum! {
    /// Unit of a fee.
    pub enum FeeKind {
        /// Share of the price of the whole stay, in parts per million.
        Percent = "percent",
        /// Number of first nights whose price is due.
        Nights = "nights",
        /// Amount in minor units, at most the price of the whole stay.
        Amount = "amount",
    }
}

text_enum! {
    /// Kind of a tax: a percentage of the net price of each night (`percent`), or an amount per room and night
    /// (`per_night`), per person and night (`per_person_night`), or per room and stay (`per_stay`).
    pub enum TaxKind {
        /// A percentage of the net price of each night.
        Percent = "percent",
        /// An amount per room and night.
        PerNight = "per_night",
        /// An amount per person and night.
        PerPersonNight = "per_person_night",
        /// An amount per room and stay.
        PerStay = "per_stay",
    }
}

text_enum! {
    /// Day of the week, meaning the night from this day to the next.
    pub enum Weekday {
        Monday = "mon",
        Tuesday = "tue",
        Wednesday = "wed",
        Thursday = "thu",
        Friday = "fri",
        Saturday = "sat",
        Sunday = "sun",
    }
}

/// Bits of every night of the week.
pub const ALL_WEEKDAYS: i16 = 0b111_1111;

/// Price per child and night for each age band, in minor units, by the band's code. Bands that are not named cost
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[serde(transparent)]
pub struct ExtraChildren(pub BTreeMap<String, i64>);

impl FromSql<Jsonb, Pg> for ExtraChildren {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(FromSql::<Jsonb, Pg>::from_sql(bytes)?)?)
    }
}

impl ToSql<Jsonb, Pg> for ExtraChildren {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        ToSql::<Jsonb, Pg>::to_sql(&json, &mut out.reborrow())
    }
}

/// A rate plan: conditions under which rooms are sold, and plan-wide rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = rate_plans)]
pub struct RatePlan {
    pub property_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    pub board: Board,
    pub payment_policy: PaymentPolicy,
    /// Share of the total that is due when booking, in parts per million; only for [`PaymentPolicy::Deposit`].
    pub deposit_ppm: Option<i32>,
    /// Days before the arrival at which the rest is due. None: it is paid at the hotel.
    pub rest_days_before: Option<i32>,
    pub cancellation_policy_id: Uuid,
    /// Parent plan whose prices this one takes, which is underived. With it come `derivation_kind` and
    /// `derivation_value`. A derived plan has no prices of its own, neither for nights nor for types: price, included
    /// adults and extras are its parent's. The change is made to the night's price with its extras, and rounded once
    /// per night.
    pub parent_id: Option<Uuid>,
    pub derivation_kind: Option<DerivationKind>,
    /// Change in parts per million or minor units; may be negative.
    pub derivation_value: Option<i64>,
    /// First night for which the plan is sold.
    pub valid_from: Option<NaiveDate>,
    /// Last night for which the plan is sold.
    pub valid_until: Option<NaiveDate>,
    /// Channels on which the plan is sold; all channels if empty.
    pub channels: Vec<Option<String>>,
    /// `true` for the plan that is sold when a request names none. One per property, underived and active.
    pub is_default: bool,
    /// `true` if the plan is sold. An inactive plan may still be the parent of active ones.
    pub is_active: bool,
    pub min_stay: Option<i32>,
    pub max_stay: Option<i32>,
    /// Minimum number of days between the business date and the arrival.
    pub min_advance_days: Option<i32>,
    pub max_advance_days: Option<i32>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Name and description in other languages.
    pub texts: serde_json::Value,
    /// `true` if guests are sold the plan with the code of an offer only.
    pub is_hidden: bool,
}

impl Recorded for RatePlan {
    const ENTITY: &'static str = "rate_plan";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "code",
        "name",
        "description",
        "texts",
        "board",
        "payment_policy",
        "deposit_ppm",
        "rest_days_before",
        "cancellation_policy_id",
        "parent_id",
        "derivation_kind",
        "derivation_value",
        "valid_from",
        "valid_until",
        "channels",
        "is_default",
        "is_active",
        "min_stay",
        "max_stay",
        "min_advance_days",
        "max_advance_days",
        "is_hidden",
        "room_types",
        "included_extras",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

impl RatePlan {
    /// Returns the channels on which the plan is sold; all channels if there is none.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.channels.iter().flatten().map(String::as_str)
    }
}

/// Fields of a plan that clients set, for a new row and for a changed one.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = rate_plans, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct RatePlanFields {
    pub code: String,
    pub name: String,
    pub description: String,
    pub texts: serde_json::Value,
    pub board: Board,
    pub payment_policy: PaymentPolicy,
    pub deposit_ppm: Option<i32>,
    pub rest_days_before: Option<i32>,
    pub cancellation_policy_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub derivation_kind: Option<DerivationKind>,
    pub derivation_value: Option<i64>,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub channels: Vec<String>,
    pub is_default: bool,
    pub is_active: bool,
    pub min_stay: Option<i32>,
    pub max_stay: Option<i32>,
    pub min_advance_days: Option<i32>,
    pub max_advance_days: Option<i32>,
    pub is_hidden: bool,
}

impl From<RatePlan> for RatePlanFields {
    fn from(row: RatePlan) -> Self {
        Self {
            channels: row.channels().map(String::from).collect(),
            code: row.code,
            name: row.name,
            description: row.description,
            texts: row.texts,
            board: row.board,
            payment_policy: row.payment_policy,
            deposit_ppm: row.deposit_ppm,
            rest_days_before: row.rest_days_before,
            cancellation_policy_id: row.cancellation_policy_id,
            parent_id: row.parent_id,
            derivation_kind: row.derivation_kind,
            derivation_value: row.derivation_value,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            is_default: row.is_default,
            is_active: row.is_active,
            min_stay: row.min_stay,
            max_stay: row.max_stay,
            min_advance_days: row.min_advance_days,
            max_advance_days: row.max_advance_days,
            is_hidden: row.is_hidden,
        }
    }
}

/// A room type that a plan sells, with the defaults for nights without a [`Rate`] of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_plan_room_types, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct RatePlanRoomType {
    pub property_id: Uuid,
    pub rate_plan_id: Uuid,
    pub room_type_id: Uuid,
    /// Price per night in minor units. None: the type's base price; always none in derived plans.
    pub price_minor: Option<i64>,
    /// Number of adults included in the price; none for as many as the type takes. A derived plan's is its parent's.
    pub included_adults: Option<i32>,
    /// Price per night of each further adult, in minor units.
    pub extra_adult_minor: i64,
    pub extra_children: ExtraChildren,
    /// Price by day in minor units. None: the type is not sold by day; always none in derived plans.
    pub day_price_minor: Option<i64>,
}

/// Rate of a night of a type in a plan. Where a value is none, the plan's for the type, or for all its nights, holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = rates)]
pub struct Rate {
    pub property_id: Uuid,
    pub night: NaiveDate,
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    /// Price in minor units; none in derived plans.
    pub price_minor: Option<i64>,
    pub extra_adult_minor: Option<i64>,
    /// Prices of extra children, which replace all of the type's.
    pub extra_children: Option<ExtraChildren>,
    /// Minimum number of nights, for arrivals on this night.
    pub min_stay: Option<i32>,
    /// Maximum number of nights, for arrivals on this night.
    pub max_stay: Option<i32>,
    pub closed_to_arrival: Option<bool>,
    /// `true` if the date is closed to departure.
    pub closed_to_departure: Option<bool>,
    pub stop_sell: Option<bool>,
    /// Minimum number of days between the business date and the arrival, for arrivals on this night.
    pub min_advance_days: Option<i32>,
    /// Maximum number of days between the business date and the arrival, for arrivals on this night.
    pub max_advance_days: Option<i32>,
    /// Minimum number of nights of any stay that has this night.
    pub min_stay_through: Option<i32>,
}

/// A tax rule for new sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = tax_rules)]
pub struct TaxRule {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: String,
    pub kind: TaxKind,
    /// Rate of the tax in parts per million of the net price; only for [`TaxKind::Percent`].
    pub rate_ppm: Option<i32>,
    /// Amount of the tax in minor units; for all other kinds.
    pub amount_minor: Option<i64>,
    /// `true` if prices as entered contain the tax, `false` if it is added to them.
    pub is_included: bool,
    /// Lowest age at which a person pays, for [`TaxKind::PerPersonNight`].
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    /// Number of nights at the beginning of a stay that are not taxed.
    pub skip_nights: i32,
    /// Number of nights after these that are taxed; none for all.
    pub max_nights: Option<i32>,
    /// First night that is taxed.
    pub valid_from: Option<NaiveDate>,
    /// Last night that is taxed.
    pub valid_until: Option<NaiveDate>,
    pub version: i64,
    pub vat_treatment: VatTreatment,
    /// Name in other languages.
    pub texts: serde_json::Value,
    /// `true` if nights bear it, `false` if only what names it does.
    pub is_on_nights: bool,
}

impl Recorded for TaxRule {
    const ENTITY: &'static str = "tax_rule";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "name",
        "texts",
        "kind",
        "rate_ppm",
        "amount_minor",
        "is_included",
        "min_age",
        "max_age",
        "skip_nights",
        "max_nights",
        "valid_from",
        "valid_until",
        "vat_treatment",
        "is_on_nights",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

text_enum! {
    /// Relation of a tax to value added tax: it is one (`vat`), or a levy that is part of what bears it (`levy_in_base`), is
    /// exempt from it (`levy_exempt`) or outside of it (`levy_outside`).
    pub enum VatTreatment {
        Vat = "vat",
        LevyInBase = "levy_in_base",
        LevyExempt = "levy_exempt",
        LevyOutside = "levy_outside",
    }
}

impl VatTreatment {
    /// Returns the treatment of a tax whose rule does not say.
    pub fn of_kind(kind: TaxKind) -> Self {
        if kind == TaxKind::Percent { Self::Vat } else { Self::LevyOutside }
    }
}

/// Fields of a tax rule that clients set, for a new row and for a changed one.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = tax_rules, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct TaxRuleFields {
    pub name: String,
    pub texts: serde_json::Value,
    pub kind: TaxKind,
    pub rate_ppm: Option<i32>,
    pub amount_minor: Option<i64>,
    pub is_included: bool,
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    pub skip_nights: i32,
    pub max_nights: Option<i32>,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub vat_treatment: VatTreatment,
    pub is_on_nights: bool,
}

impl TaxRuleFields {
    /// Makes a percentage of every night, included in prices or added to them like the property's prices.
    pub fn percent(name: &str, rate_ppm: i32, prices: PriceMode) -> Self {
        Self { rate_ppm: Some(rate_ppm), ..Self::of_kind(name, TaxKind::Percent, prices == PriceMode::Gross) }
    }

    /// Makes an amount that is added to prices.
    pub fn added(name: &str, kind: TaxKind, amount_minor: i64) -> Self {
        Self { amount_minor: Some(amount_minor), ..Self::of_kind(name, kind, false) }
    }

    fn of_kind(name: &str, kind: TaxKind, is_included: bool) -> Self {
        Self {
            name: name.to_owned(),
            texts: Texts::default().to_json(),
            kind,
            rate_ppm: None,
            amount_minor: None,
            is_included,
            min_age: None,
            max_age: None,
            skip_nights: 0,
            max_nights: None,
            valid_from: None,
            valid_until: None,
            vat_treatment: VatTreatment::of_kind(kind),
            is_on_nights: true,
        }
    }
}

impl From<TaxRule> for TaxRuleFields {
    fn from(row: TaxRule) -> Self {
        let TaxRule {
            property_id: _,
            id: _,
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
            texts,
            is_on_nights,
        } = row;
        Self {
            name,
            texts,
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
            vat_treatment,
            is_on_nights,
        }
    }
}

text_enum! {
    /// Tax that fees bear: none, what the room bears, or that of a rule.
    pub enum FeeTaxKind {
        None = "none",
        AsRoom = "as_room",
        Rule = "rule",
    }
}

/// Taxes that fees bear, by the cause of the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cancellation_policies, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct FeeTaxColumns {
    pub late_cancellation_fee_tax: FeeTaxKind,
    pub late_cancellation_fee_tax_rule_id: Option<Uuid>,
    pub no_show_fee_tax: FeeTaxKind,
    pub no_show_fee_tax_rule_id: Option<Uuid>,
    pub early_departure_fee_tax: FeeTaxKind,
    pub early_departure_fee_tax_rule_id: Option<Uuid>,
}

impl FeeTaxColumns {
    /// No tax on any fee.
    pub const NONE: Self = Self {
        late_cancellation_fee_tax: FeeTaxKind::None,
        late_cancellation_fee_tax_rule_id: None,
        no_show_fee_tax: FeeTaxKind::None,
        no_show_fee_tax_rule_id: None,
        early_departure_fee_tax: FeeTaxKind::None,
        early_departure_fee_tax_rule_id: None,
    };
}

/// A cancellation policy, but for its [`CancellationWindow`]s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = cancellation_policies)]
pub struct CancellationPolicy {
    pub property_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    /// `true` if the whole price is due whenever the stay is cancelled; the policy then has no windows.
    pub is_non_refundable: bool,
    pub no_show_fee_kind: FeeKind,
    /// Fee for a no-show, in the unit that `no_show_fee_kind` names.
    pub no_show_fee_value: i64,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[diesel(embed)]
    #[serde(flatten)]
    pub fee_tax: FeeTaxColumns,
    /// Name and description in other languages.
    pub texts: serde_json::Value,
}

impl Recorded for CancellationPolicy {
    const ENTITY: &'static str = "cancellation_policy";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "code",
        "name",
        "description",
        "texts",
        "is_non_refundable",
        "no_show_fee_kind",
        "no_show_fee_value",
        "late_cancellation_fee_tax",
        "late_cancellation_fee_tax_rule_id",
        "no_show_fee_tax",
        "no_show_fee_tax_rule_id",
        "early_departure_fee_tax",
        "early_departure_fee_tax_rule_id",
        "windows",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

/// Fields of a policy that clients set, for a new row and for a changed one.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = cancellation_policies, check_for_backend(diesel::pg::Pg))]
pub struct CancellationPolicyFields {
    pub code: String,
    pub name: String,
    pub description: String,
    pub texts: serde_json::Value,
    pub is_non_refundable: bool,
    pub no_show_fee_kind: FeeKind,
    pub no_show_fee_value: i64,
    #[diesel(embed)]
    pub fee_tax: FeeTaxColumns,
}

/// A cancellation window: from so many hours before the check-in time of the day of arrival until the next window
/// begins, cancelling costs the window's fee. Before the first window, cancelling is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = cancellation_windows)]
pub struct CancellationWindow {
    pub policy_id: Uuid,
    pub hours_before: i32,
    pub fee_kind: FeeKind,
    /// Fee in the unit that `fee_kind` names.
    pub fee_value: i64,
}

/// An age band: children of these ages, both ends included, have prices of their own. A child whose age is in no band
/// counts as an adult.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = age_bands)]
pub struct AgeBand {
    pub property_id: Uuid,
    pub code: String,
    pub min_age: i32,
    pub max_age: i32,
}

/// A bulk update of rates, as recorded.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = rate_updates)]
pub struct RateUpdate {
    pub id: Uuid,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub rate_plan_ids: Vec<Option<Uuid>>,
    pub room_type_ids: Vec<Option<Uuid>>,
    pub from_night: NaiveDate,
    pub to_night: NaiveDate,
    /// Days of the week, as bits: bit 0 is Monday.
    pub weekdays: i16,
    pub changes: serde_json::Value,
    pub cells: i32,
    pub created_at: DateTime<Utc>,
}

/// Change of each night by a bulk update: `None` keeps the value, `Some(None)` removes the night's own value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateChange {
    pub price_minor: Option<Option<i64>>,
    pub extra_adult_minor: Option<Option<i64>>,
    pub extra_children: Option<Option<ExtraChildren>>,
    pub min_stay: Option<Option<i32>>,
    pub max_stay: Option<Option<i32>>,
    pub closed_to_arrival: Option<Option<bool>>,
    pub closed_to_departure: Option<Option<bool>>,
    pub stop_sell: Option<Option<bool>>,
    pub min_advance_days: Option<Option<i32>>,
    pub max_advance_days: Option<Option<i32>>,
    pub min_stay_through: Option<Option<i32>>,
}

impl RateChange {
    /// Returns for each value, in the order of the columns: none if it is kept, `false` if it is set, `true` if it is
    /// removed.
    fn said(&self) -> [Option<bool>; 11] {
        [
            self.price_minor.as_ref().map(Option::is_none),
            self.extra_adult_minor.as_ref().map(Option::is_none),
            self.extra_children.as_ref().map(Option::is_none),
            self.min_stay.as_ref().map(Option::is_none),
            self.max_stay.as_ref().map(Option::is_none),
            self.closed_to_arrival.as_ref().map(Option::is_none),
            self.closed_to_departure.as_ref().map(Option::is_none),
            self.stop_sell.as_ref().map(Option::is_none),
            self.min_advance_days.as_ref().map(Option::is_none),
            self.max_advance_days.as_ref().map(Option::is_none),
            self.min_stay_through.as_ref().map(Option::is_none),
        ]
    }

    /// Returns the changed columns as bits: bit n is set if column n is changed.
    pub fn mask(&self) -> i32 {
        self.said().iter().zip(0..).map(|(said, bit)| i32::from(said.is_some()) << bit).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.mask() == 0
    }

    /// Returns `true` if any night gets a value.
    pub fn sets(&self) -> bool {
        self.said().contains(&Some(false))
    }

    /// Returns `true` if any night loses a value.
    pub fn clears(&self) -> bool {
        self.said().contains(&Some(true))
    }

    pub fn has_prices(&self) -> bool {
        self.price_minor.is_some() || self.extra_adult_minor.is_some() || self.extra_children.is_some()
    }
}

/// Cells of a bulk update: some nights of some types in some plans.
#[derive(Debug, Clone)]
pub struct Cells {
    pub property_id: Uuid,
    pub rate_plan_ids: Vec<Uuid>,
    pub room_type_ids: Vec<Uuid>,
    pub from: NaiveDate,
    /// Last night.
    pub to: NaiveDate,
    /// Days of the week, as bits: bit 0 is Monday.
    pub weekdays: i16,
}

impl Cells {
    /// Returns the number of nights from first to last, whatever day of the week.
    pub fn span(&self) -> i32 {
        i32::try_from((self.to - self.from).num_days()).unwrap_or(i32::MAX).saturating_add(1)
    }

    /// The nights, in their order.
    pub fn nights(&self) -> impl Iterator<Item = NaiveDate> {
        let (to, weekdays) = (self.to, self.weekdays);
        self.from.iter_days().take_while(move |night| *night <= to).filter(move |night| weekdays & weekday_bit(*night) != 0)
    }

    /// Returns the number of cells.
    pub fn count(&self) -> i64 {
        let nights = self.nights().count();
        let pairs = self.rate_plan_ids.len().saturating_mul(self.room_type_ids.len());
        i64::try_from(nights.saturating_mul(pairs)).unwrap_or(i64::MAX)
    }
}

/// Returns the bit of a night's day of the week: bit 0 is Monday.
pub fn weekday_bit(night: NaiveDate) -> i16 {
    1 << night.weekday().num_days_from_monday()
}

/// Rows on which prices and conditions of some properties depend on every night, but for the room types themselves.
#[derive(Debug, Clone, Default)]
pub struct TariffRows {
    /// Rate plans that are sold, and underived ones that are not, which may be parents. By property and code.
    pub plans: Vec<RatePlan>,
    /// Room types of plans, including types and plans that are gone: look up, do not list.
    pub plan_types: Vec<RatePlanRoomType>,
    pub taxes: Vec<TaxRule>,
    pub policies: Vec<CancellationPolicy>,
    /// Cancellation windows, by policy; the longest before arrival first.
    pub windows: Vec<CancellationWindow>,
    /// Age bands, by property and age.
    pub bands: Vec<AgeBand>,
    /// Extras that are in the price of plans, each with its plan.
    pub included: Vec<IncludedRow>,
}

/// An extra that is in the price of a plan's nights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedRow {
    pub property_id: Uuid,
    pub rate_plan_id: Uuid,
    pub extra_id: Uuid,
    pub quantity: i32,
    pub name: String,
    pub texts: serde_json::Value,
    /// Price of one by itself, as entered.
    pub price_minor: i64,
    /// Way in which it is charged, as a word.
    pub posted: String,
    /// Prices of children by age band.
    pub child_prices: ExtraChildren,
    /// Taxes on it that have not ended: the rule, its rate, and whether prices as entered contain it.
    pub taxes: Vec<(Uuid, i32, bool)>,
}
