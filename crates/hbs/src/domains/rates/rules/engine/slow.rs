//! The engine against a second one that is slow and obvious: fractions instead of integers, loops
//! over everything instead of look-ups, one guest and one night at a time.
use super::samples::{base, date, plan};
use super::tariff::{AgeBand, Change, Derivation, Limits, NightRate, Party, Plan, Tariff, TariffRules, TypeRate, Validity};
use super::tax::{Standing, Tax, TaxKind};
use super::{
    Asked, CancellationTerms, Fee, FeeTaxes, FeeWindow, FreeNights, Included, IncludedTax, PaymentTerms, Reduced, Reduction, rest,
};
use crate::domains::inventory::Nights;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An exact fraction.
#[derive(Clone, Copy, Debug)]
struct Fraction {
    over: i128,
    under: i128,
}

fn whole(number: i64) -> Fraction {
    Fraction { over: number.into(), under: 1 }
}

fn millionths(number: i64) -> Fraction {
    Fraction { over: number.into(), under: 1_000_000 }
}

impl Fraction {
    fn plus(self, other: Self) -> Self {
        Self { over: self.over * other.under + other.over * self.under, under: self.under * other.under }.reduced()
    }
    fn minus(self, other: Self) -> Self {
        self.plus(Self { over: -other.over, ..other })
    }
    fn times(self, other: Self) -> Self {
        Self { over: self.over * other.over, under: self.under * other.under }.reduced()
    }
    fn divided_by(self, other: Self) -> Self {
        self.times(Self { over: other.under, under: other.over })
    }
    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.over.abs(), self.under.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if self.under < 0 { -1 } else { 1 };
        Self { over: sign * self.over / a.max(1), under: sign * self.under / a.max(1) }
    }
    fn is_below(self, other: Self) -> bool {
        self.minus(other).over < 0
    }
    /// Returns the largest whole number that is not above.
    fn floor(self) -> i64 {
        i64::try_from(self.over.div_euclid(self.under)).expect("small")
    }
    /// Returns the nearest whole number; of two, the one farther from zero.
    fn rounded(self) -> i64 {
        let half = Self { over: 1, under: 2 };
        if self.over < 0 { -Self { over: -self.over, ..self }.plus(half).floor() } else { self.plus(half).floor() }
    }
}

fn slow_night_price(tariff: &Tariff, plan_id: Uuid, night: NaiveDate, party: Party<'_>) -> i64 {
    let plan = tariff.rules.plans.iter().find(|plan| plan.id == plan_id).expect("a plan");
    let room = base();
    if let Some(Derivation { parent_id, change }) = plan.derivation {
        let parent = slow_night_price(tariff, parent_id, night, party);
        let price = match change {
            Change::Percent(ppm) => whole(parent).plus(whole(parent).times(millionths(ppm))).rounded(),
            Change::Amount(amount) => parent + amount,
        };
        return if price < 0 { 0 } else { price };
    }
    let default = tariff.rules.types.get(&(plan_id, room.room_type_id)).cloned().unwrap_or_default();
    let mut own = NightRate::default();
    for ((plan, kind, date), rate) in &tariff.nights {
        if *plan == plan_id && *kind == room.room_type_id && *date == night {
            own = rate.clone();
        }
    }
    let mut price = own.price_minor.unwrap_or(default.price_minor.unwrap_or(room.base_price_minor));
    let mut free_adults = default.included_adults.unwrap_or(room.max_adults);
    let mut pay_as_adult = |price: &mut i64| {
        if free_adults > 0 {
            free_adults -= 1;
        } else {
            *price += own.extra_adult_minor.unwrap_or(default.extra_adult_minor);
        }
    };
    for _ in 0..party.adults {
        pay_as_adult(&mut price);
    }
    for age in party.children_ages {
        let mut band = None;
        for candidate in &tariff.rules.bands {
            if candidate.min_age <= *age && *age <= candidate.max_age {
                band = Some(candidate.code.clone());
            }
        }
        match band {
            Some(code) => {
                let by_band = own.extra_children.as_ref().unwrap_or(&default.extra_children);
                price += by_band.get(&code).copied().unwrap_or(0);
            }
            None if tariff.rules.bands.is_empty() => {}
            None => pay_as_adult(&mut price),
        }
    }
    price
}

/// A tax on a night before any price is known: a percentage, an amount, or nothing.
#[derive(Debug, Clone, Copy)]
enum SlowDue {
    Percent(Fraction),
    Fixed(i64),
}

fn slow_due(tax: &Tax, nights: &[NaiveDate], at: usize, party: Party<'_>) -> Option<SlowDue> {
    let is_on = |n: usize| {
        let n_of_stay = i32::try_from(n).expect("small");
        let in_window = n_of_stay >= tax.skip_nights && tax.max_nights.is_none_or(|most| n_of_stay < tax.skip_nights + most);
        let is_valid =
            tax.valid.from.is_none_or(|from| nights[n] >= from) && tax.valid.until.is_none_or(|until| nights[n] <= until);
        in_window && is_valid
    };
    if !is_on(at) {
        return None;
    }
    let amount = match tax.kind {
        TaxKind::Percent(ppm) => return Some(SlowDue::Percent(millionths(ppm.into()))),
        TaxKind::PerNight(amount) => amount,
        TaxKind::PerStay(amount) => {
            let first = (0..nights.len()).find(|n| is_on(*n)).expect("this one, if no other");
            if first == at { amount } else { 0 }
        }
        TaxKind::PerPersonNight { amount_minor, min_age, max_age } => {
            let mut sum = 0;
            for _ in 0..party.adults {
                // Somebody of 18 or older pays: so does an adult, whose age nobody asked for.
                if (18..=200).any(|age| min_age.is_none_or(|min| min <= age) && max_age.is_none_or(|max| age <= max)) {
                    sum += amount_minor;
                }
            }
            for age in party.children_ages {
                if min_age.is_none_or(|min| min <= *age) && max_age.is_none_or(|max| *age <= max) {
                    sum += amount_minor;
                }
            }
            sum
        }
    };
    (amount != 0).then_some(SlowDue::Fixed(amount))
}

/// Distributes units one by one to whoever is furthest below what is due to them, the first of equals.
fn slow_shares(total: i64, due: &[Fraction]) -> Vec<i64> {
    let mut shares: Vec<i64> = due.iter().map(|due| due.floor()).collect();
    while shares.iter().sum::<i64>() < total {
        let mut neediest = 0;
        for n in 0..shares.len() {
            let gap = |n: usize| due[n].minus(whole(shares[n]));
            if gap(neediest).is_below(gap(n)) {
                neediest = n;
            }
        }
        shares[neediest] += 1;
    }
    shares
}

/// A tax on a night: the number of its rule, whether it is in the price, how it stands to value added tax, and how much it is.
type SlowTax = (usize, bool, Standing, SlowDue);

/// The taxes on a night of a stay, the `at`-th of some dates.
fn slow_dues(tariff: &Tariff, dates: &[NaiveDate], at: usize, party: Party<'_>) -> Vec<SlowTax> {
    let mut dues = Vec::new();
    for (rule, tax) in tariff.rules.taxes.iter().enumerate() {
        if let Some(due) = slow_due(tax, dates, at, party) {
            dues.push((rule, tax.is_included, tax.standing, due));
        }
    }
    dues
}

/// Returns the room's price without taxes, and each tax with the number of its rule.
fn slow_lines(price: i64, dues: &[SlowTax]) -> (i64, Vec<(usize, i64)>) {
    let (mut fixed, mut fixed_levies) = (0, 0);
    let (mut vat, mut others, mut levies) = (whole(0), whole(0), whole(0));
    for (_, is_included, standing, due) in dues {
        let is_levy = *standing == Standing::InBase;
        match due {
            SlowDue::Fixed(amount) => {
                fixed += if *is_included { *amount } else { 0 };
                fixed_levies += if is_levy { *amount } else { 0 };
            }
            SlowDue::Percent(percent) => {
                levies = if is_levy { levies.plus(*percent) } else { levies };
                match (is_included, standing) {
                    (true, Standing::Vat) => vat = vat.plus(*percent),
                    (true, _) => others = others.plus(*percent),
                    (false, _) => {}
                }
            }
        }
    }
    let is_short = fixed > price;
    let rest = if is_short { whole(0) } else { whole(price - fixed) };
    // Of a net price of 1, so much is to be paid beside the tax on fixed levies.
    let divisor = whole(1).plus(others).plus(vat.times(whole(1).plus(levies)));
    let beside_levies = rest.minus(vat.times(whole(fixed_levies)));
    let is_all_tax = beside_levies.is_below(whole(0));
    let exact_net = if is_all_tax { whole(0) } else { beside_levies.divided_by(divisor) };
    let net = exact_net.rounded();

    let percents: Vec<Fraction> = dues
        .iter()
        .filter_map(|(_, is_included, standing, due)| match (due, standing) {
            (SlowDue::Percent(percent), Standing::Vat) if *is_included && is_all_tax => {
                Some(rest.times(*percent).divided_by(vat))
            }
            (SlowDue::Percent(percent), Standing::Vat) if *is_included => {
                Some(exact_net.times(whole(1).plus(levies)).plus(whole(fixed_levies)).times(*percent))
            }
            (SlowDue::Percent(percent), _) if *is_included => Some(exact_net.times(*percent)),
            _ => None,
        })
        .collect();
    let fixed_shares: Vec<Fraction> = dues
        .iter()
        .filter_map(|(_, is_included, _, due)| match due {
            SlowDue::Fixed(amount) if *is_included && is_short => {
                Some(whole(price).times(whole(*amount)).divided_by(whole(fixed)))
            }
            SlowDue::Fixed(amount) if *is_included => Some(whole(*amount)),
            _ => None,
        })
        .collect();
    let of_percents = if percents.is_empty() { 0 } else { rest.floor() - net };
    let mut percents = slow_shares(of_percents, &percents).into_iter();
    let of_fixed = if is_short { price } else { fixed };
    let mut fixed_shares = slow_shares(if fixed_shares.is_empty() { 0 } else { of_fixed }, &fixed_shares).into_iter();
    let mut lines = Vec::new();
    let mut bears = net;
    for (rule, is_included, standing, due) in dues {
        let amount = match (due, is_included) {
            (SlowDue::Percent(_), true) => percents.next().expect("one each"),
            (SlowDue::Fixed(_), true) => fixed_shares.next().expect("one each"),
            (SlowDue::Percent(percent), false) => whole(net).times(*percent).rounded(),
            (SlowDue::Fixed(amount), false) => *amount,
        };
        lines.push((*rule, amount));
        bears += if *standing == Standing::InBase { amount } else { 0 };
    }
    for ((_, is_included, standing, due), line) in dues.iter().zip(&mut lines) {
        if let (SlowDue::Percent(percent), Standing::Vat, false) = (due, standing, is_included) {
            line.1 = whole(bears).times(*percent).rounded();
        }
    }
    (net, lines)
}

/// The room and each extra that is in the price of a night: how much of the price is for it.
fn slow_division(price: i64, included: &[Included], bands: &[AgeBand], party: Party<'_>) -> (i64, Vec<i64>) {
    let mut alone = Vec::new();
    for extra in included {
        let mut sum = 0;
        for _ in 0..extra.quantity {
            if !extra.is_personal {
                sum += extra.price_minor;
                continue;
            }
            for _ in 0..party.adults {
                sum += extra.price_minor;
            }
            for age in party.children_ages {
                let mut of_child = extra.price_minor;
                for band in bands {
                    if band.min_age <= *age && *age <= band.max_age && extra.child_prices.contains_key(&band.code) {
                        of_child = extra.child_prices[&band.code];
                    }
                }
                sum += of_child;
            }
        }
        alone.push(sum);
    }
    let all: i64 = alone.iter().sum();
    if all <= price {
        return (price - all, alone);
    }
    let due: Vec<Fraction> = alone.iter().map(|sum| whole(price).times(whole(*sum)).divided_by(whole(all))).collect();
    (0, slow_shares(price, &due))
}

/// Returns the first restriction found: of the night, the plan, the parent's night, the parent.
fn slow_restrictions(
    tariff: &Tariff,
    plan_id: Uuid,
    nights: &[NaiveDate],
    departure: NaiveDate,
    asked: Asked<'_>,
) -> Vec<String> {
    let kind = base().room_type_id;
    let plan = tariff.rules.plans.iter().find(|plan| plan.id == plan_id).expect("a plan");
    let parent = plan.derivation.and_then(|derivation| tariff.rules.plans.iter().find(|plan| plan.id == derivation.parent_id));
    let rate = |plan: &Plan, night: NaiveDate| tariff.nights.get(&(plan.id, kind, night)).cloned().unwrap_or_default();
    let said = |night: NaiveDate| {
        let mut says = vec![rate(plan, night), NightRate { limits: plan.limits, ..NightRate::default() }];
        if let Some(parent) = parent {
            says.extend([rate(parent, night), NightRate { limits: parent.limits, ..NightRate::default() }]);
        }
        says
    };
    let (arrival, length) = (nights[0], i32::try_from(nights.len()).expect("small"));
    let mut found = Vec::new();
    if !(plan.channels.is_empty() || plan.channels.contains(&asked.channel.to_owned())) {
        found.push(format!("{arrival} channel"));
    }
    if said(arrival).iter().find_map(|night| night.closed_to_arrival) == Some(true) {
        found.push(format!("{arrival} closed_to_arrival"));
    }
    let days_ahead = i32::try_from((arrival - asked.today).num_days()).expect("small");
    for night in said(arrival).iter().filter_map(|night| night.limits.min_stay).take(1) {
        if length < night {
            found.push(format!("{arrival} min_stay {night}"));
        }
    }
    for night in said(arrival).iter().filter_map(|night| night.limits.max_stay).take(1) {
        if length > night {
            found.push(format!("{arrival} max_stay {night}"));
        }
    }
    for days in said(arrival).iter().filter_map(|night| night.limits.min_advance_days).take(1) {
        if days_ahead < days {
            found.push(format!("{arrival} advance_purchase {days}"));
        }
    }
    for days in said(arrival).iter().filter_map(|night| night.limits.max_advance_days).take(1) {
        if days_ahead > days {
            found.push(format!("{arrival} last_minute {days}"));
        }
    }
    for night in nights {
        if plan.valid.from.is_some_and(|from| *night < from) || plan.valid.until.is_some_and(|until| until < *night) {
            found.push(format!("{night} not_valid"));
        }
        for least in said(*night).iter().filter_map(|night| night.limits.min_stay_through).take(1) {
            if length < least {
                found.push(format!("{night} min_stay_through {least}"));
            }
        }
        if said(*night).iter().find_map(|night| night.stop_sell) == Some(true) {
            found.push(format!("{night} stop_sell"));
        }
    }
    if said(departure).iter().find_map(|night| night.closed_to_departure) == Some(true) {
        found.push(format!("{departure} closed_to_departure"));
    }
    found
}

fn first_day() -> NaiveDate {
    date("2026-12-10")
}

fn day(n: u64) -> NaiveDate {
    first_day() + Days::new(n)
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![0..=3_i64, 0..=300_i64, 0..=50_000_i64, 0..=1_000_000_000_000_i64]
}

fn validity() -> impl Strategy<Value = Validity> {
    let end = || prop::option::weighted(0.3, (0..9_u64).prop_map(day));
    (end(), end()).prop_map(|(from, until)| Validity { from, until })
}

fn limits() -> impl Strategy<Value = Limits> {
    let some = |range| prop::option::weighted(0.3, range);
    (some(1..6), some(1..6), some(0..15), some(0..15), some(1..6)).prop_map(
        |(min_stay, max_stay, min_advance_days, max_advance_days, min_stay_through)| Limits {
            min_stay,
            max_stay,
            min_advance_days,
            max_advance_days,
            min_stay_through,
        },
    )
}

fn extra_children() -> impl Strategy<Value = BTreeMap<String, i64>> {
    let code = prop_oneof![Just("baby".to_owned()), Just("child".to_owned()), Just("teen".to_owned())];
    prop::collection::btree_map(code, amount(), 0..3)
}

fn night_rate() -> impl Strategy<Value = NightRate> {
    let closed = || prop::option::weighted(0.3, any::<bool>());
    (
        prop::option::of(amount()),
        prop::option::of(amount()),
        prop::option::of(extra_children()),
        limits(),
        (closed(), closed(), closed()),
    )
        .prop_map(|(price_minor, extra_adult_minor, extra_children, limits, (arrival, departure, stop))| NightRate {
            price_minor,
            extra_adult_minor,
            extra_children,
            limits,
            closed_to_arrival: arrival,
            closed_to_departure: departure,
            stop_sell: stop,
        })
}

fn type_rate() -> impl Strategy<Value = TypeRate> {
    (prop::option::of(amount()), prop::option::of(1..4_i32), amount(), extra_children()).prop_map(
        |(price_minor, included_adults, extra_adult_minor, extra_children)| TypeRate {
            price_minor,
            included_adults,
            extra_adult_minor,
            extra_children,
            day_price_minor: None,
        },
    )
}

fn tax() -> impl Strategy<Value = Tax> {
    let age = || prop::option::of(0..30_i32);
    let kind = prop_oneof![
        (1..=1_000_000_i32).prop_map(TaxKind::Percent),
        prop::sample::select(vec![10_000, 60_000, 70_000, 88_750, 200_000]).prop_map(TaxKind::Percent),
        amount().prop_map(TaxKind::PerNight),
        amount().prop_map(TaxKind::PerStay),
        (amount(), age(), age()).prop_map(|(amount_minor, min_age, max_age)| TaxKind::PerPersonNight {
            amount_minor,
            min_age,
            max_age
        }),
    ];
    let standing = prop_oneof![4 => Just(Standing::Vat), 2 => Just(Standing::InBase), 1 => Just(Standing::Apart)];
    let nights = (prop_oneof![Just(0), 0..4_i32], prop::option::weighted(0.4, 1..4_i32), validity());
    (kind, any::<bool>(), nights, standing).prop_map(|(kind, is_included, (skip_nights, max_nights, valid), standing)| Tax {
        id: Uuid::nil(),
        name: String::new(),
        kind,
        is_included,
        skip_nights,
        max_nights,
        valid,
        standing: if standing == Standing::Vat && !matches!(kind, TaxKind::Percent(_)) { Standing::Apart } else { standing },
    })
}

/// Makes whole percents of percentages where levies bear value added tax: the fractions of taxes on taxes are too long else.
fn with_short_fractions(mut taxes: Vec<Tax>) -> Vec<Tax> {
    if taxes.iter().any(|tax| tax.standing == Standing::InBase) {
        for tax in &mut taxes {
            if let TaxKind::Percent(ppm) = &mut tax.kind {
                *ppm = (*ppm / 10_000).max(1) * 10_000;
            }
        }
    }
    taxes
}

fn included() -> impl Strategy<Value = Vec<Included>> {
    let tax = (1..=300_000_i32, any::<bool>());
    let band = prop::sample::select(vec!["baby", "child", "teen"]).prop_map(String::from);
    let child_prices = prop::collection::btree_map(band, amount(), 0..3);
    let extra = (amount(), 1..3_i32, any::<bool>(), child_prices, prop::collection::vec(tax, 0..3));
    let extra = extra.prop_map(|(price_minor, quantity, is_personal, child_prices, taxes)| Included {
        extra_id: Uuid::nil(),
        name: String::new(),
        price_minor,
        quantity,
        is_personal,
        child_prices,
        taxes: taxes
            .into_iter()
            .zip(900..)
            .map(|((rate_ppm, is_included), n)| IncludedTax { tax_rule_id: Uuid::from_u128(n), rate_ppm, is_included })
            .collect(),
    });
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(extra, 1..3)]
}

/// Generates tariffs in which plan 1 has prices and plan 2 is derived from it.
fn tariffs() -> impl Strategy<Value = Tariff> {
    let change =
        prop_oneof![(-1_000_000..2_000_000_i64).prop_map(Change::Percent), (-60_000..60_000_i64).prop_map(Change::Amount),];
    let plans = (change, limits(), limits(), validity(), validity(), prop::bool::weighted(0.2));
    let nights = prop::collection::vec(((1..=2_u128), (0..8_u64), night_rate()), 0..12);
    let bands = prop::sample::select(vec![
        vec![],
        vec![("baby", 0, 2), ("child", 3, 11)],
        vec![("baby", 0, 1), ("child", 5, 12), ("teen", 13, 17)],
    ]);
    let taxes = prop::collection::vec(tax(), 0..5).prop_map(with_short_fractions);
    (plans, type_rate(), nights, bands, taxes, (included(), included())).prop_map(
        |((change, limits_1, limits_2, valid_1, valid_2, elsewhere), of_type, nights, bands, taxes, (extras_1, extras_2))| {
            let (parent_id, kind) = (Uuid::from_u128(1), base().room_type_id);
            let channels = if elsewhere { vec!["ota".to_owned()] } else { Vec::new() };
            let derivation = Some(Derivation { parent_id, change });
            let rules = TariffRules {
                plans: vec![
                    Plan { limits: limits_1, valid: valid_1, included: extras_1, ..plan(1) },
                    Plan { limits: limits_2, valid: valid_2, channels, derivation, included: extras_2, ..plan(2) },
                ],
                types: [((parent_id, kind), of_type), ((Uuid::from_u128(2), kind), TypeRate::default())].into_iter().collect(),
                bands: bands
                    .into_iter()
                    .map(|(code, min_age, max_age)| AgeBand { code: code.into(), min_age, max_age })
                    .collect(),
                taxes: taxes.into_iter().zip(1..).map(|(tax, n)| Tax { id: Uuid::from_u128(n), ..tax }).collect(),
            };
            let nights = nights.into_iter().map(|(plan, night, rate)| ((Uuid::from_u128(plan), kind, day(night)), rate));
            Tariff { rules: rules.into(), nights: nights.collect() }
        },
    )
}

fn reduction() -> impl Strategy<Value = Reduction> {
    prop_oneof![
        (0..=1_000_000_i64).prop_map(|ppm| Reduction::Percent { ppm }),
        amount().prop_map(|amount_minor| Reduction::AmountPerNight { amount_minor }),
        amount().prop_map(|amount_minor| Reduction::AmountPerStay { amount_minor }),
        amount().prop_map(|price_minor| Reduction::FixedPrice { price_minor }),
        (2..5_usize, 1..4_usize, any::<bool>()).prop_map(|(stay, pay, is_last)| Reduction::FreeNights {
            stay,
            pay,
            free: if is_last { FreeNights::Last } else { FreeNights::Cheapest },
        }),
    ]
}

/// Returns the reduction of each night, one night and one cent at a time.
fn slow_off(reduction: Reduction, prices: &[i64]) -> Vec<i64> {
    let all: i64 = prices.iter().sum();
    match reduction {
        Reduction::Percent { ppm } => prices.iter().map(|price| whole(*price).times(millionths(ppm)).rounded()).collect(),
        Reduction::AmountPerNight { amount_minor } => prices.iter().map(|price| amount_minor.min(*price)).collect(),
        Reduction::FixedPrice { price_minor } => prices.iter().map(|price| price - price_minor.min(*price)).collect(),
        Reduction::AmountPerStay { .. } if all == 0 => vec![0; prices.len()],
        Reduction::AmountPerStay { amount_minor } => {
            let off = amount_minor.min(all);
            let due: Vec<Fraction> = prices.iter().map(|price| whole(*price).times(whole(off)).divided_by(whole(all))).collect();
            slow_shares(off, &due)
        }
        Reduction::FreeNights { stay, pay, free } => {
            let mut off = vec![0; prices.len()];
            let mut taken = vec![false; prices.len()];
            let mut paid_for = 0;
            while paid_for + stay <= prices.len() {
                paid_for += stay;
                for _ in pay..stay {
                    let mut next = None;
                    for night in (0..prices.len()).rev().filter(|night| !taken[*night]) {
                        let is_better = match (free, next) {
                            (_, None) => true,
                            (FreeNights::Last, Some(_)) => false,
                            (FreeNights::Cheapest, Some(best)) => prices[night] < prices[best],
                        };
                        if is_better {
                            next = Some(night);
                        }
                    }
                    let night = next.expect("fewer are free than there are");
                    taken[night] = true;
                    off[night] = prices[night];
                }
            }
            off
        }
        Reduction::None => vec![0; prices.len()],
    }
}

/// Returns the reduction of each night, where some do not count: these are left out, and stay as they are.
fn slow_off_some(reduction: Reduction, prices: &[i64], counts: &[bool]) -> Vec<i64> {
    let mut counted = Vec::new();
    for (price, counts) in prices.iter().zip(counts) {
        if *counts {
            counted.push(*price);
        }
    }
    let mut off = slow_off(reduction, &counted).into_iter();
    counts.iter().map(|counts| if *counts { off.next().expect("one for each") } else { 0 }).collect()
}

fn fee() -> impl Strategy<Value = Fee> {
    prop_oneof![(0..=1_000_000_i64).prop_map(Fee::Percent), (0..6_i64).prop_map(Fee::Nights), amount().prop_map(Fee::Amount),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn prices_are_those_of_the_slow_engine(
        tariff in tariffs(), plan in 1..=2_u128, from in 0..4_u64, length in 1..5_u64,
        adults in 1..5_i32, ages in prop::collection::vec(0..=17_i32, 0..4),
    ) {
        let (plan_id, nights) = (Uuid::from_u128(plan), Nights::new(day(from), day(from + length)));
        let party = Party { adults, children_ages: &ages };
        let stay = tariff.price(plan_id, base(), nights, party);
        let dates: Vec<NaiveDate> = (from..from + length).map(day).collect();
        prop_assert_eq!(stay.nights.len(), dates.len());
        let mut total = 0;
        for (n, night) in stay.nights.iter().enumerate() {
            let price = slow_night_price(&tariff, plan_id, dates[n], party);
            let dues = slow_dues(&tariff, &dates, n, party);
            let extras = &tariff.rules.plans.iter().find(|plan| plan.id == plan_id).expect("a plan").included;
            let (of_room, of_extras) = slow_division(price, extras, &tariff.rules.bands, party);
            prop_assert_eq!(of_room + of_extras.iter().sum::<i64>(), price, "the parts sum to the price");
            prop_assert_eq!(night.included.len(), extras.len());
            for ((extra, part), told) in extras.iter().zip(of_extras).zip(&night.included) {
                let dues: Vec<SlowTax> = extra.taxes.iter().enumerate()
                    .map(|(n, tax)| (n, tax.is_included, Standing::Apart, SlowDue::Percent(millionths(tax.rate_ppm.into()))))
                    .collect();
                let (net, taxes) = slow_lines(part, &dues);
                let amounts: Vec<i64> = taxes.iter().map(|(_, amount)| *amount).collect();
                let told_amounts: Vec<i64> = told.taxes.iter().map(|line| line.amount_minor).collect();
                prop_assert_eq!((told.price_minor, told.net_minor, told_amounts), (part, net, amounts.clone()));
                total += net + amounts.iter().sum::<i64>();
            }
            let (net, taxes) = slow_lines(of_room, &dues);
            let taxes: Vec<(Uuid, i64)> = taxes.into_iter().map(|(rule, amount)| (tariff.rules.taxes[rule].id, amount)).collect();
            let told: Vec<(Uuid, i64)> = night.taxes.iter().map(|line| (line.tax_rule_id, line.amount_minor)).collect();
            prop_assert_eq!((night.date, night.price_minor, night.room_minor, &told), (dates[n], price, net, &taxes));

            let included: i64 = dues.iter().zip(&told).filter(|((_, is_included, ..), _)| *is_included).map(|(_, (_, amount))| amount).sum();
            prop_assert_eq!(night.room_minor + included, of_room, "the lines sum to the price");
            prop_assert!(night.room_minor >= 0 && told.iter().all(|(_, amount)| *amount >= 0), "no line is negative");
            total += net + taxes.iter().map(|(_, amount)| amount).sum::<i64>();
        }
        prop_assert_eq!(stay.total(), total);
    }

    /// T-off-stack: derivation, then offers, then taxes. T-off-split: no line is negative, and the lines sum to what is left.
    #[test]
    fn prices_with_offers_are_those_of_the_slow_engine(
        tariff in tariffs(), plan in 1..=2_u128, from in 0..4_u64, length in 1..6_u64, adults in 1..5_i32,
        offers in prop::collection::vec((reduction(), prop::collection::vec(prop::bool::weighted(0.7), 6), included()), 1..4),
    ) {
        let (plan_id, nights) = (Uuid::from_u128(plan), Nights::new(day(from), day(from + length)));
        let party = Party { adults, children_ages: &[] };
        let dates: Vec<NaiveDate> = (from..from + length).map(day).collect();
        let prices: Vec<i64> = dates.iter().map(|date| slow_night_price(&tariff, plan_id, *date, party)).collect();
        let (mut left, mut taken, mut slow): (Vec<i64>, Vec<Reduced<'_>>, Vec<Vec<i64>>) = (prices.clone(), Vec::new(), Vec::new());
        for ((reduction, counts, included), n) in offers.iter().zip(1..) {
            let counts = &counts[..left.len()];
            let by_night = reduction.of(&rest(&prices, &taken), counts);
            let off = slow_off_some(*reduction, &left, counts);
            prop_assert_eq!(&by_night, &off);
            left = left.iter().zip(&off).map(|(left, off)| left - off).collect();
            prop_assert!(left.iter().all(|left| *left >= 0));
            slow.push(off);
            taken.push(Reduced { offer_id: Uuid::from_u128(n), by_night, included });
        }
        let listed = tariff.price_as_listed(plan_id, base(), nights, party);
        let stay = tariff.reduced(plan_id, listed, nights, party, &taken);
        // Those of the plan, then those of the offers.
        let mut extras = tariff.rules.plans.iter().find(|plan| plan.id == plan_id).expect("a plan").included.clone();
        for (_, _, included) in &offers {
            extras.extend(included.iter().cloned());
        }
        let mut total = 0;
        for (n, night) in stay.nights.iter().enumerate() {
            let dues = slow_dues(&tariff, &dates, n, party);
            let net = |price: i64| slow_lines(slow_division(price, &extras, &tariff.rules.bands, party).0, &dues).0;
            let (mut price, mut discounts) = (prices[n], Vec::new());
            prop_assert_eq!((night.price_minor, night.room_minor), (price, net(price)), "before offers");
            for off in slow.iter().map(|off| off[n]).filter(|off| *off > 0) {
                discounts.push((off, net(price) - net(price - off)));
                price -= off;
            }
            let told: Vec<(i64, i64)> = night.discounts.iter().map(|one| (one.entered_minor, one.net_minor)).collect();
            prop_assert_eq!(&told, &discounts);
            prop_assert!(told.iter().all(|(_, net)| *net >= 0));
            let (of_room, of_extras) = slow_division(price, &extras, &tariff.rules.bands, party);
            prop_assert_eq!(night.included.iter().map(|told| told.price_minor).collect::<Vec<_>>(), of_extras);
            let taxes: Vec<i64> = slow_lines(of_room, &dues).1.iter().map(|(_, amount)| *amount).collect();
            prop_assert_eq!(night.taxes.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), taxes.clone(), "on what is left");
            let left_of_room = night.room_minor - told.iter().map(|(_, net)| net).sum::<i64>();
            prop_assert_eq!(left_of_room, net(price));
            total += left_of_room + taxes.iter().sum::<i64>() + night.included.iter().map(super::IncludedPrice::total).sum::<i64>();
        }
        prop_assert_eq!(stay.total(), total);
        let outlook = tariff.outlook(plan_id, base(), nights, party).expect("a plan");
        let taxes = tariff.taxes_due(nights, party);
        prop_assert_eq!(outlook.reduced_total(nights, &taxes, party, &taken), total, "what searches compare");
    }

    #[test]
    fn restrictions_are_those_of_the_slow_engine(
        tariff in tariffs(), plan in 1..=2_u128, from in 0..4_u64, length in 1..5_u64, days_ahead in 0..15_u64,
    ) {
        let plan_id = Uuid::from_u128(plan);
        let asked = Asked { today: day(from) - Days::new(days_ahead), channel: "direct" };
        let found = tariff.restrictions(plan_id, base().room_type_id, Nights::new(day(from), day(from + length)), asked);
        let told: Vec<String> = found.iter()
            .map(|found| format!("{} {}{}", found.date, found.reason, found.limit.map_or(String::new(), |limit| format!(" {limit}"))))
            .collect();
        let dates: Vec<NaiveDate> = (from..from + length).map(day).collect();
        prop_assert_eq!(told, slow_restrictions(&tariff, plan_id, &dates, day(from + length), asked));
    }

    #[test]
    fn an_outlook_says_what_prices_and_restrictions_say(
        tariff in tariffs(), plan in 1..=2_u128, before in 0..4_u64, from in 0..4_u64, length in 1..5_u64, after in 0..4_u64,
        days_ahead in 0..15_u64, adults in 1..5_i32, ages in prop::collection::vec(0..=17_i32, 0..4),
    ) {
        let plan_id = Uuid::from_u128(plan);
        let party = Party { adults, children_ages: &ages };
        let nights = Nights::new(day(from), day(from + length));
        let span = Nights::new(nights.from - Days::new(before), nights.to + Days::new(after));
        let outlook = tariff.outlook(plan_id, base(), span, party).expect("a plan");
        let asked = Asked { today: nights.from - Days::new(days_ahead), channel: "direct" };
        let price = tariff.price(plan_id, base(), nights, party);
        prop_assert_eq!(outlook.total(nights, &tariff.taxes_due(nights, party)), price.total());
        prop_assert_eq!(outlook.entered(nights), price.nights.iter().map(|night| night.price_minor).sum::<i64>());
        prop_assert!(outlook.entered(nights) <= price.total(), "what is cheaper as entered may be dearer, but never below it");
        let restrictions = tariff.restrictions(plan_id, base().room_type_id, nights, asked);
        prop_assert_eq!(outlook.sells(nights, asked), restrictions.is_empty());
        let too_long = Nights::new(nights.from, span.to + Days::new(1));
        prop_assert!(!outlook.sells(too_long, asked), "what was not looked up is not sold");
    }

    #[test]
    fn fees_are_those_of_the_slow_engine(
        windows in prop::collection::btree_map(0..200_i32, fee(), 0..4), rigid in prop::bool::weighted(0.1),
        nights in prop::collection::vec(amount(), 1..5), minutes_before in -6_000..15_000_i64, no_show in fee(),
    ) {
        let check_in: DateTime<Utc> = "2026-12-10T15:00:00Z".parse().expect("an instant");
        let terms = CancellationTerms {
            code: String::new(), name: String::new(), is_non_refundable: rigid, no_show, fee_tax: FeeTaxes::default(), payment: PaymentTerms::default(),
            windows: windows.iter().map(|(hours_before, fee)| FeeWindow { hours_before: *hours_before, fee: *fee }).collect(),
        };
        let price: i64 = nights.iter().sum();
        let slow = |fee: Fee| {
            let fee = match fee {
                Fee::Percent(ppm) => whole(price).times(millionths(ppm)).rounded(),
                Fee::Nights(count) => (0..nights.len()).filter(|n| i64::try_from(*n).expect("small") < count).map(|n| nights[n]).sum(),
                Fee::Amount(amount) => amount,
            };
            if fee > price { price } else { fee }
        };
        let mut expected = 0;
        for (hours_before, fee) in windows.iter().rev() {
            if minutes_before <= i64::from(*hours_before) * 60 {
                expected = slow(*fee);
            }
        }
        if rigid {
            expected = price;
        }
        prop_assert_eq!(terms.fee(&nights, check_in, check_in - TimeDelta::minutes(minutes_before)), expected);
        prop_assert_eq!(terms.no_show_fee(&nights), if rigid { price } else { slow(no_show) });
    }
}
