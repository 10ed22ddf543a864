//! The price of a stay: its nights with their taxes.
//!
//! One line is one price or one tax of one night of one stay. The price as entered holds the included
//! taxes: the fixed ones of the night are subtracted, net = round(rest / (1 + Σ percent)), and the
//! included percentages share what is left by largest remainder, so that the lines sum to the price.
//! Added taxes are on the net, never on another tax, but for levies that are part of what bears value added tax
//! ([`Standing::InBase`]): that tax is on the net and on these levies, whether they are in the price or are added to it. Where it
//! is in the prices as entered, it is in the levy as well: the guest pays the price and the levy, and it comes out of both.
//!
//! Where the included fixed taxes come to more than the price, the net is 0, the percentages are 0 and
//! the fixed ones share the price in proportion: a guest never pays more than the price for what is in
//! it, and no line is negative. Where these and the tax on levies do, the net is 0 and that tax is what is left.
use super::PPM;
use super::discount::Discount;
use super::night::{Part, PartKind, PriceSource};
use super::package::{IncludedPrice, Portion, added_with};
use super::tariff::{Party, RoomBasis, Tariff, Validity};
use crate::domains::inventory::Nights;
use crate::numbers::{apportion, divided, in_proportion, narrowed};
use chrono::NaiveDate;
use uuid::Uuid;

/// A tax on new sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tax {
    pub id: Uuid,
    pub name: String,
    pub kind: TaxKind,
    /// `true` if prices as entered contain the tax, `false` if it is added to them.
    pub is_included: bool,
    /// Number of nights at the beginning of a stay that are not taxed.
    pub skip_nights: i32,
    /// Number of nights after these that are taxed; none for all.
    pub max_nights: Option<i32>,
    /// Nights that are taxed.
    pub valid: Validity,
    pub standing: Standing,
}

/// Relation of a tax to value added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Value added tax: on the net price, and on levies that are part of what bears it.
    Vat,
    /// A levy that bears value added tax, as the price does.
    InBase,
    /// A tax that other taxes have nothing to do with.
    #[default]
    Apart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxKind {
    /// Tax in parts per million of the net price.
    Percent(i32),
    /// Tax in minor units per room and night.
    PerNight(i64),
    /// Tax in minor units per night for each guest of these ages, both ends included. Adults are of any age from 18 on:
    /// they pay if any age from 18 on does.
    PerPersonNight { amount_minor: i64, min_age: Option<i32>, max_age: Option<i32> },
    /// Tax in minor units per room, on the first taxed night.
    PerStay(i64),
}

/// Lowest age of an adult.
const ADULT_AGE: i32 = 18;

/// Price lines of one night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightPrice {
    pub date: NaiveDate,
    /// Price as entered, with included taxes and before offers: the sum of the parts.
    pub price_minor: i64,
    pub parts: Vec<Part>,
    /// Price of the room without taxes, before offers.
    pub room_minor: i64,
    /// Offers, in the order in which they are taken off.
    pub discounts: Vec<Discount>,
    pub taxes: Vec<TaxLine>,
    /// Extras that are in the price.
    pub included: Vec<IncludedPrice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxLine {
    pub tax_rule_id: Uuid,
    pub amount_minor: i64,
    /// `true` if the price as entered contains the tax, `false` if it is added to it.
    pub is_included: bool,
    /// Rate of a percentage, in parts per million; none for a fixed amount.
    pub rate_ppm: Option<i32>,
}

impl NightPrice {
    /// Returns the price for the night that the guest pays.
    pub fn total(&self) -> i64 {
        let taxes: i64 = self.taxes.iter().map(|tax| tax.amount_minor).sum();
        let discounts: i64 = self.discounts.iter().map(|discount| discount.net_minor).sum();
        self.room_minor - discounts + taxes + self.included.iter().map(IncludedPrice::total).sum::<i64>()
    }
}

/// Price lines of one room, night by night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayPrice {
    pub nights: Vec<NightPrice>,
}

impl StayPrice {
    /// Returns the price for the stay that the guest pays.
    pub fn total(&self) -> i64 {
        self.nights.iter().map(NightPrice::total).sum()
    }

    /// Returns the prices of the nights as entered, before offers.
    pub fn entered(&self) -> Vec<i64> {
        self.nights.iter().map(|night| night.price_minor).collect()
    }
}

impl Tariff {
    /// Returns the price of a room in a plan.
    pub fn price(&self, plan_id: Uuid, room: RoomBasis, nights: Nights, party: Party<'_>) -> StayPrice {
        self.divided(plan_id, self.price_as_listed(plan_id, room, nights, party), nights, party)
    }

    /// Returns the price of a room in a plan before it is divided and offers are taken off.
    pub fn price_as_listed(&self, plan_id: Uuid, room: RoomBasis, nights: Nights, party: Party<'_>) -> StayPrice {
        self.with_taxes(nights, party, |date| self.night_parts(plan_id, room, date, party))
    }

    /// Returns the price of a room at a nightly price that staff set, whoever stays.
    pub fn price_set_to(&self, nightly_minor: i64, nights: Nights, party: Party<'_>) -> StayPrice {
        self.price_set_by_night(|_| nightly_minor, nights, party)
    }

    /// Returns the price of a room at a given price for each night.
    pub fn price_set_by_night(&self, minor_of: impl Fn(NaiveDate) -> i64, nights: Nights, party: Party<'_>) -> StayPrice {
        self.with_taxes(nights, party, |date| {
            vec![Part {
                kind: PartKind::Room,
                source: PriceSource::Staff,
                rate_plan_id: None,
                age_band: None,
                count: 1,
                amount_minor: minor_of(date),
            }]
        })
    }

    fn with_taxes(&self, nights: Nights, party: Party<'_>, parts_of: impl Fn(NaiveDate) -> Vec<Part>) -> StayPrice {
        let night = |(date, due): (NaiveDate, Vec<Due>)| {
            let parts = parts_of(date);
            let price_minor = parts.iter().map(|part| part.amount_minor).sum();
            let (room_minor, taxes) = lines(price_minor, &due);
            NightPrice { date, price_minor, parts, room_minor, discounts: Vec::new(), taxes, included: Vec::new() }
        };
        StayPrice { nights: nights.iter().zip(self.taxes_due(nights, party).0).map(night).collect() }
    }

    /// Returns the taxes of a stay, whatever its price.
    pub fn taxes_due(&self, nights: Nights, party: Party<'_>) -> TaxesDue {
        let bearing: Vec<Vec<NaiveDate>> = self.rules.taxes.iter().map(|tax| tax.nights_of(nights)).collect();
        let on_night = |date: NaiveDate| {
            let of_night = self.rules.taxes.iter().zip(&bearing).filter(|(_, on)| on.contains(&date));
            of_night.filter_map(|(tax, on)| tax.due(date == on[0], party)).collect()
        };
        TaxesDue(nights.iter().map(on_night).collect())
    }
}

/// Taxes on each night of a stay.
pub struct TaxesDue(Vec<Vec<Due>>);

impl TaxesDue {
    /// Returns the total for nights at these prices: [`StayPrice::total`] without its lines. Never less than the
    /// prices.
    pub(super) fn total(&self, prices: &[i64], portions: &[Portion<'_>]) -> i64 {
        prices.iter().zip(&self.0).map(|(price, due)| price.saturating_add(added_with(*price, due, portions))).sum()
    }

    pub(super) fn by_night(&self) -> impl Iterator<Item = &[Due]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl Tax {
    /// Returns `true` if a night of a stay bears the tax, by its place in the stay.
    pub fn is_on(&self, nights: Nights, date: NaiveDate) -> bool {
        let taxed = self.nights_of(nights);
        match self.kind {
            TaxKind::PerStay(_) => taxed.first() == Some(&date),
            _ => taxed.contains(&date),
        }
    }

    /// Returns `true` for a tax that is counted by person and night.
    pub fn counts_persons(&self) -> bool {
        matches!(self.kind, TaxKind::PerPersonNight { .. })
    }

    /// Returns the tax on a night that bears it, if any is due.
    pub fn due_from(&self, party: Party<'_>) -> Option<Due> {
        self.due(true, party)
    }

    /// Returns the taxed nights of a stay.
    fn nights_of(&self, nights: Nights) -> Vec<NaiveDate> {
        let skip = usize::try_from(self.skip_nights).unwrap_or(0);
        let most = self.max_nights.map_or(usize::MAX, |nights| usize::try_from(nights).unwrap_or(0));
        nights.iter().skip(skip).take(most).filter(|night| self.valid.holds(*night)).collect()
    }

    /// Returns the tax on a taxed night, if any is due.
    fn due(&self, is_first: bool, party: Party<'_>) -> Option<Due> {
        let amount = match self.kind {
            TaxKind::Percent(ppm) => Amount::Percent(i128::from(ppm)),
            TaxKind::PerNight(minor) => Amount::Fixed(minor),
            TaxKind::PerStay(minor) => Amount::Fixed(if is_first { minor } else { 0 }),
            TaxKind::PerPersonNight { amount_minor, min_age, max_age } => {
                let children = party
                    .children_ages
                    .iter()
                    .filter(|age| min_age.is_none_or(|min| min <= **age) && max_age.is_none_or(|max| **age <= max));
                let takes_adults = max_age.is_none_or(|max| max >= min_age.unwrap_or(0).max(ADULT_AGE));
                let adults = if takes_adults { i64::from(party.adults) } else { 0 };
                let persons = adults + i64::try_from(children.count()).unwrap_or(i64::MAX);
                Amount::Fixed(amount_minor.saturating_mul(persons))
            }
        };
        // A percentage of nothing is a line of 0; a fixed tax that nobody owes is no line.
        let Self { id: tax_rule_id, is_included, standing, .. } = *self;
        (amount != Amount::Fixed(0)).then_some(Due { tax_rule_id, amount, is_included, standing })
    }
}

/// A tax on one night.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    pub tax_rule_id: Uuid,
    amount: Amount,
    pub is_included: bool,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    /// Amount in parts per million of the net price.
    Percent(i128),
    Fixed(i64),
}

impl Amount {
    /// Returns the amount of the tax that is added to a net price.
    fn on(self, net: i64) -> i64 {
        match self {
            Self::Fixed(minor) => minor,
            Self::Percent(ppm) => narrowed(divided(i128::from(net) * ppm, PPM)),
        }
    }
}

impl Due {
    /// Makes the tax of a line that was charged: at the same rate, or of the same amount. Lines do not tell how it stands to
    /// others.
    pub fn as_charged(line: &TaxLine) -> Self {
        let TaxLine { tax_rule_id, amount_minor, is_included, rate_ppm } = *line;
        let amount = rate_ppm.map_or(Amount::Fixed(amount_minor), |ppm| Amount::Percent(ppm.into()));
        Self { tax_rule_id, amount, is_included, standing: Standing::default() }
    }

    /// Returns the tax with a relation to value added tax.
    #[must_use]
    pub fn of_standing(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    /// Returns `true` for a levy that bears value added tax.
    pub fn is_in_base(&self) -> bool {
        self.standing == Standing::InBase
    }

    /// Returns the line of a tax that is added to a net price.
    pub fn line_on(&self, net: i64) -> TaxLine {
        self.line(self.amount.on(net))
    }

    fn line(&self, amount_minor: i64) -> TaxLine {
        let rate_ppm = self.percent().and_then(|ppm| i32::try_from(ppm).ok());
        TaxLine { tax_rule_id: self.tax_rule_id, amount_minor, is_included: self.is_included, rate_ppm }
    }

    fn fixed(&self) -> Option<i64> {
        match self.amount {
            Amount::Fixed(minor) => Some(minor),
            Amount::Percent(_) => None,
        }
    }

    fn percent(&self) -> Option<i128> {
        match self.amount {
            Amount::Percent(ppm) => Some(ppm),
            Amount::Fixed(_) => None,
        }
    }
}

/// Returns the net price and the taxes of a price, these in the order of the rules.
pub fn lines(price: i64, due: &[Due]) -> (i64, Vec<TaxLine>) {
    let included = || due.iter().filter(|due| due.is_included);
    let fixed: i64 = included().filter_map(Due::fixed).sum();
    if price < fixed {
        let amounts: Vec<i64> = included().map(|due| due.fixed().unwrap_or(0)).collect();
        return (0, in_order(due, in_proportion(&amounts, price), 0));
    }
    let rest = Rest::new(price - fixed, due);
    let net = rest.net();
    let (exact, of) = rest.exact(due);
    let mut shares = apportion(price - fixed - net, &exact, of).into_iter();
    let amounts = included().map(|due| due.fixed().unwrap_or_else(|| shares.next().unwrap_or(0))).collect();
    (net, in_order(due, amounts, net))
}

/// Rest of a price without the fixed taxes that are in it.
///
/// It is the net price, the percentages of that, and value added tax on that and on the levies which bear it. So the net price is
/// (left − V × fixed levies) / (1 + P + V × (1 + L)): V is the value added tax that is in the price, P are the other percentages
/// in it, and L are the levies among all percentages.
#[derive(Debug, Clone, Copy)]
struct Rest {
    left: i128,
    vat_ppm: i128,
    fixed_levies: i128,
    levies_ppm: i128,
    /// Divisor of the net price, in parts per million of parts per million.
    whole: i128,
}

impl Rest {
    fn new(left: i64, due: &[Due]) -> Self {
        let percents =
            |is_meant: fn(&Due) -> bool| -> i128 { due.iter().filter(|due| is_meant(due)).filter_map(Due::percent).sum() };
        let vat_ppm = percents(|due| due.is_included && due.standing == Standing::Vat);
        let others_ppm = percents(|due| due.is_included && due.standing != Standing::Vat);
        let levies_ppm = percents(Due::is_in_base);
        let fixed_levies = due.iter().filter(|due| due.is_in_base()).filter_map(Due::fixed).map(i128::from).sum();
        let whole = PPM * (PPM + others_ppm) + vat_ppm * (PPM + levies_ppm);
        Self { left: left.into(), vat_ppm, fixed_levies, levies_ppm, whole }
    }

    /// Returns the rest without the tax on fixed levies, in millionths.
    fn beyond_levies(&self) -> i128 {
        self.left * PPM - self.vat_ppm * self.fixed_levies
    }

    fn net(&self) -> i64 {
        narrowed(divided(self.beyond_levies().max(0) * PPM, self.whole))
    }

    /// Returns the exact amount of each percentage in the price, and the number by which all are to be divided.
    fn exact(&self, due: &[Due]) -> (Vec<i128>, i128) {
        let beyond = self.beyond_levies();
        let included = due.iter().filter(|due| due.is_included);
        let percents = included.filter_map(|due| Some((due.standing == Standing::Vat, due.percent()?)));
        if beyond < 0 {
            // The tax on levies takes all that is left.
            let exact = percents.map(|(is_vat, ppm)| if is_vat { self.left * ppm } else { 0 });
            return (exact.collect(), self.vat_ppm);
        }
        let exact = percents.map(|(is_vat, ppm)| match is_vat {
            true => ppm * (beyond * (PPM + self.levies_ppm) + self.fixed_levies * self.whole),
            false => ppm * beyond * PPM,
        });
        (exact.collect(), self.whole * PPM)
    }
}

/// Returns the added taxes of a price, which the guest pays beyond it.
pub(super) fn added(price: i64, due: &[Due]) -> i64 {
    if due.iter().any(Due::is_in_base) {
        return lines(price, due).1.iter().filter(|line| !line.is_included).map(|line| line.amount_minor).sum();
    }
    let included = || due.iter().filter(|due| due.is_included);
    let rest = (price - included().filter_map(Due::fixed).sum::<i64>()).max(0);
    let whole = PPM + included().filter_map(Due::percent).sum::<i128>();
    let net = narrowed(divided(i128::from(rest) * PPM, whole));
    due.iter().filter(|due| !due.is_included).map(|due| due.amount.on(net)).sum()
}

/// Puts the included taxes, as shared out, and the added ones, which are on the net price, in their order. Value added tax is on
/// levies as well, as these are rounded.
fn in_order(due: &[Due], included: Vec<i64>, net: i64) -> Vec<TaxLine> {
    let mut included = included.into_iter();
    let amount = |due: &Due| match due.amount {
        _ if due.is_included => included.next().unwrap_or(0),
        amount => amount.on(net),
    };
    let mut amounts: Vec<i64> = due.iter().map(amount).collect();
    let levies: i64 = due.iter().zip(&amounts).filter(|(due, _)| due.is_in_base()).map(|(_, amount)| amount).sum();
    for (due, amount) in due.iter().zip(&mut amounts) {
        if !due.is_included && due.standing == Standing::Vat {
            *amount = due.amount.on(net + levies);
        }
    }
    due.iter().zip(amounts).map(|(due, amount_minor)| due.line(amount_minor)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{base, date, taxed};
    use super::*;

    fn tax(n: u128, kind: TaxKind, is_included: bool) -> Tax {
        Tax {
            id: Uuid::from_u128(n),
            name: format!("tax {n}"),
            kind,
            is_included,
            skip_nights: 0,
            max_nights: None,
            valid: Validity::default(),
            standing: if matches!(kind, TaxKind::Percent(_)) { Standing::Vat } else { Standing::Apart },
        }
    }

    fn percents(rates: &[i32], is_included: bool) -> Vec<Tax> {
        rates.iter().zip(1..).map(|(ppm, n)| tax(n, TaxKind::Percent(*ppm), is_included)).collect()
    }

    const COUPLE: Party<'static> = Party { adults: 2, children_ages: &[] };

    /// Returns net price and taxes of each of some nights from 2026-12-10 on.
    fn priced(price: i64, taxes: Vec<Tax>, nights: u64, party: Party<'_>) -> Vec<(i64, Vec<i64>)> {
        let tariff = taxed(taxes);
        let from = date("2026-12-10");
        let stay = tariff.price_set_to(price, Nights::new(from, from + chrono::Days::new(nights)), party);
        let amounts = |night: &NightPrice| night.taxes.iter().map(|line| line.amount_minor).collect();
        stay.nights.iter().map(|night| (night.room_minor, amounts(night))).collect()
    }

    fn one(price: i64, taxes: Vec<Tax>) -> (i64, Vec<i64>) {
        priced(price, taxes, 1, COUPLE).remove(0)
    }

    #[test]
    fn known_prices() {
        assert_eq!(one(10_700, percents(&[70_000], true)), (10_000, vec![700]));
        assert_eq!(one(10_000, percents(&[70_000], true)), (9_346, vec![654]));
        assert_eq!(one(10_000, percents(&[60_000, 10_000], true)), (9_346, vec![561, 93]));
        assert_eq!(one(10_000, vec![]), (10_000, vec![]));
        assert_eq!(one(10_000, percents(&[88_750, 58_750], false)), (10_000, vec![888, 588]));
        assert_eq!(one(10, percents(&[50_000], false)), (10, vec![1]), "half is rounded away from zero");
        assert_eq!(one(100, percents(&[100_000, 100_000, 100_000], true)), (77, vec![8, 8, 7]), "the lines sum to the gross");
        assert_eq!(one(0, percents(&[70_000], true)), (0, vec![0]));
    }

    #[test]
    fn fixed_taxes_come_out_of_the_price_first_and_added_ones_go_on_the_net() {
        let city = |included| tax(9, TaxKind::PerPersonNight { amount_minor: 200, min_age: None, max_age: None }, included);
        let vat = || tax(1, TaxKind::Percent(60_000), true);
        // 100.00 - 2 × 2.00 = 96.00; 96.00 / 1.06 = 90.57.
        assert_eq!(one(10_000, vec![vat(), city(true)]), (9_057, vec![543, 400]));
        // Added, it leaves the price alone.
        assert_eq!(one(10_000, vec![vat(), city(false)]), (9_434, vec![566, 400]));
        // An added percentage is on the net, not on VAT and not on city tax.
        let service = tax(5, TaxKind::Percent(100_000), false);
        assert_eq!(one(10_000, vec![vat(), service, city(true)]), (9_057, vec![543, 906, 400]));
    }

    #[test]
    fn levies_in_the_base_bear_value_added_tax() {
        let levy = |kind, is_included| Tax { standing: Standing::InBase, ..tax(9, kind, is_included) };
        let fixed = |is_included| levy(TaxKind::PerNight(400), is_included);
        let vat = |is_included| tax(1, TaxKind::Percent(60_000), is_included);
        // 6 % of 100.00 and of 4.00, whether the levy is in the price (96.00 are the room) or beside it.
        assert_eq!(one(10_000, vec![vat(false), fixed(false)]), (10_000, vec![624, 400]));
        assert_eq!(one(10_000, vec![vat(false), fixed(true)]), (9_600, vec![600, 400]));
        // In gross prices the tax is in the levy too: 104.00 / 1.06 = 98.11, and 100.00 / 1.06 = 94.34.
        assert_eq!(one(10_000, vec![vat(true), fixed(false)]), (9_411, vec![589, 400]));
        assert_eq!(one(10_000, vec![vat(true), fixed(true)]), (9_034, vec![566, 400]));
        // Of a percentage: 5 % of 100.00, and 6 % of 105.00; 111.30 / (1.06 × 1.05) = 100.00.
        let city = |is_included| levy(TaxKind::Percent(50_000), is_included);
        assert_eq!(one(10_000, vec![vat(false), city(false)]), (10_000, vec![630, 500]));
        assert_eq!(one(11_130, vec![vat(true), city(true)]), (10_000, vec![630, 500]));
        // 106.30 + 5.00 = 111.30, of which 6.30 are tax.
        assert_eq!(one(10_630, vec![vat(true), city(false)]), (10_000, vec![630, 500]));
    }

    #[test]
    fn no_levy_makes_a_price_negative() {
        let levy = |minor, is_included| Tax { standing: Standing::InBase, ..tax(9, TaxKind::PerNight(minor), is_included) };
        let vat = || tax(1, TaxKind::Percent(60_000), true);
        assert_eq!(one(100, vec![vat(), levy(98, true)]), (0, vec![2, 98]), "the tax is what is left");
        assert_eq!(one(100, vec![vat(), levy(9_000, false)]), (0, vec![100, 9_000]));
        assert_eq!(one(100, vec![vat(), levy(200, true)]), (0, vec![0, 100]));
        assert_eq!(one(0, vec![vat(), levy(200, false)]), (0, vec![0, 200]));
    }

    #[test]
    fn fixed_taxes_above_the_price_share_it() {
        let fixed = |n, minor| tax(n, TaxKind::PerNight(minor), true);
        let vat = tax(3, TaxKind::Percent(60_000), true);
        assert_eq!(one(100, vec![fixed(1, 200), fixed(2, 100), vat.clone()]), (0, vec![67, 33, 0]));
        assert_eq!(one(0, vec![fixed(1, 200), vat.clone()]), (0, vec![0, 0]), "free is free");
        assert_eq!(one(200, vec![fixed(1, 200), vat]), (0, vec![200, 0]));
        let added = tax(4, TaxKind::PerNight(50), false);
        assert_eq!(one(100, vec![fixed(1, 200), added]), (0, vec![100, 50]), "what is added is added");
    }

    #[test]
    fn adults_are_of_any_age_from_18_on_and_children_of_theirs() {
        let city = |min_age, max_age| vec![tax(1, TaxKind::PerPersonNight { amount_minor: 100, min_age, max_age }, false)];
        let family = Party { adults: 2, children_ages: &[5, 12, 17] };
        for (min_age, max_age, expected) in [
            (None, None, 500),
            (Some(12), None, 400),
            (Some(13), None, 300),
            (Some(18), None, 200),
            (Some(21), None, 200),
            (Some(16), Some(70), 300),
            (Some(5), Some(17), 300),
            (None, Some(4), 0),
        ] {
            let (_, taxes) = priced(10_000, city(min_age, max_age), 1, family).remove(0);
            assert_eq!(taxes.iter().sum::<i64>(), expected, "{min_age:?} to {max_age:?}");
            assert_eq!(taxes.is_empty(), expected == 0, "nobody owes it: no line");
        }
    }

    #[test]
    fn nights_that_are_free_and_nights_beyond_the_cap() {
        let window = |kind, skip_nights, max_nights| vec![Tax { skip_nights, max_nights, ..tax(1, kind, false) }];
        let amounts = |taxes: Vec<Tax>| -> Vec<i64> {
            priced(10_000, taxes, 4, COUPLE).into_iter().map(|(_, taxes)| taxes.iter().sum()).collect()
        };
        assert_eq!(amounts(window(TaxKind::PerNight(100), 0, None)), [100, 100, 100, 100]);
        assert_eq!(amounts(window(TaxKind::PerNight(100), 1, None)), [0, 100, 100, 100]);
        assert_eq!(amounts(window(TaxKind::PerNight(100), 1, Some(2))), [0, 100, 100, 0]);
        assert_eq!(amounts(window(TaxKind::Percent(10_000), 0, Some(3))), [100, 100, 100, 0]);
        assert_eq!(amounts(window(TaxKind::PerStay(500), 0, None)), [500, 0, 0, 0]);
        assert_eq!(amounts(window(TaxKind::PerStay(500), 2, None)), [0, 0, 500, 0]);
        assert_eq!(amounts(window(TaxKind::PerStay(500), 4, None)), [0, 0, 0, 0]);
        let in_part = |kind| {
            let valid = Validity { from: Some(date("2026-12-11")), until: Some(date("2026-12-12")) };
            vec![Tax { valid, ..tax(1, kind, false) }]
        };
        assert_eq!(amounts(in_part(TaxKind::PerNight(100))), [0, 100, 100, 0], "by night, not by day of arrival");
        assert_eq!(amounts(in_part(TaxKind::PerStay(500))), [0, 500, 0, 0]);
    }

    #[test]
    fn the_plan_prices_and_staff_override() {
        let tariff = taxed(percents(&[60_000], true));
        let nights = Nights::new(date("2026-12-10"), date("2026-12-12"));
        let stay = tariff.price(Uuid::from_u128(1), base(), nights, COUPLE);
        assert_eq!((stay.total(), stay.nights.len(), stay.nights[1].room_minor), (20_000, 2, 9_434));
        let set = tariff.price_set_to(7_000, nights, COUPLE);
        assert_eq!((set.total(), set.nights[0].parts[0].source), (14_000, PriceSource::Staff));
    }
}
