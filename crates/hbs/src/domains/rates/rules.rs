//! The price of a night. Pure.
//!
//! Rounding is half away from zero to the minor unit; one line is one price or one tax of one night
//! of one stay. From a gross price, net = round(gross / (1 + Σ percent)) and the taxes share the
//! rest by largest remainder, so that the lines sum to the gross. On a net price, each tax is on the
//! net, never on another tax.
use super::model::TaxRule;
use crate::domains::properties::PriceMode;
use uuid::Uuid;

const PPM: i128 = 1_000_000;

/// The lines of one night, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightPrice {
    /// The room without taxes.
    pub room: i64,
    /// Each tax by its rule.
    pub taxes: Vec<(Uuid, i64)>,
}

impl NightPrice {
    /// What the guest pays for the night.
    pub fn total(&self) -> i64 {
        self.room + self.taxes.iter().map(|(_, amount)| amount).sum::<i64>()
    }
}

/// Prices larger than this cannot be entered, so that no sum of them overflows.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;

/// Splits or extends a nightly price, as staff entered it, into the lines of the folio.
pub fn night_price(price: i64, mode: PriceMode, taxes: &[TaxRule]) -> NightPrice {
    match mode {
        PriceMode::Net => {
            let taxes = taxes.iter().map(|tax| (tax.id, share(price, tax, PPM))).collect();
            NightPrice { room: price, taxes }
        }
        PriceMode::Gross => split(price, taxes),
    }
}

fn split(gross: i64, taxes: &[TaxRule]) -> NightPrice {
    let whole = PPM + taxes.iter().map(|tax| i128::from(tax.rate_ppm)).sum::<i128>();
    let room = minor(round_div(i128::from(gross) * PPM, whole));
    NightPrice { room, taxes: largest_remainder(gross - room, gross, whole, taxes) }
}

/// Shares `rest` among the taxes: each gets the whole part of what is exactly its due of the gross,
/// and the units left go to the largest remainders, of equals to the first.
fn largest_remainder(rest: i64, gross: i64, whole: i128, taxes: &[TaxRule]) -> Vec<(Uuid, i64)> {
    let due = |tax: &TaxRule| i128::from(gross) * i128::from(tax.rate_ppm);
    let mut shares: Vec<(Uuid, i64)> = taxes.iter().map(|tax| (tax.id, minor(due(tax).div_euclid(whole)))).collect();
    let mut by_remainder: Vec<usize> = (0..taxes.len()).collect();
    by_remainder.sort_by_key(|n| std::cmp::Reverse(due(&taxes[*n]).rem_euclid(whole)));
    let left = rest - shares.iter().map(|(_, amount)| amount).sum::<i64>();
    for n in by_remainder.into_iter().cycle().take(usize::try_from(left.max(0)).unwrap_or(0)) {
        shares[n].1 += 1;
    }
    shares
}

fn share(net: i64, tax: &TaxRule, of: i128) -> i64 {
    minor(round_div(i128::from(net) * i128::from(tax.rate_ppm), of))
}

/// Half away from zero, for positive divisors.
fn round_div(number: i128, by: i128) -> i128 {
    let half = if number < 0 { -by / 2 } else { by / 2 };
    (number + half) / by
}

/// Prices are bounded by [`MAX_PRICE_MINOR`], so nothing is lost here.
fn minor(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taxes(rates: &[i32]) -> Vec<TaxRule> {
        rates
            .iter()
            .zip(1..)
            .map(|(rate_ppm, n)| TaxRule { id: Uuid::from_u128(n), name: format!("tax {n}"), rate_ppm: *rate_ppm })
            .collect()
    }

    fn lines(price: i64, mode: PriceMode, rates: &[i32]) -> (i64, Vec<i64>) {
        let NightPrice { room, taxes } = night_price(price, mode, &taxes(rates));
        (room, taxes.into_iter().map(|(_, amount)| amount).collect())
    }

    #[test]
    fn known_prices() {
        assert_eq!(lines(10_700, PriceMode::Gross, &[70_000]), (10_000, vec![700]));
        assert_eq!(lines(10_000, PriceMode::Gross, &[70_000]), (9_346, vec![654]));
        assert_eq!(lines(10_000, PriceMode::Gross, &[]), (10_000, vec![]));
        assert_eq!(lines(10_000, PriceMode::Net, &[88_750, 58_750]), (10_000, vec![888, 588]));
        assert_eq!(lines(10, PriceMode::Net, &[50_000]), (10, vec![1]), "half is rounded away from zero");
        assert_eq!(lines(100, PriceMode::Gross, &[100_000, 100_000, 100_000]), (77, vec![8, 8, 7]), "the lines sum to the gross");
        assert_eq!(lines(0, PriceMode::Gross, &[70_000]), (0, vec![0]));
    }

    proptest! {
        #[test]
        fn gross_lines_sum_to_the_gross(price in 0..=MAX_PRICE_MINOR, rates in prop::collection::vec(1..=1_000_000_i32, 0..6)) {
            let (room, taxes) = lines(price, PriceMode::Gross, &rates);
            prop_assert_eq!(room + taxes.iter().sum::<i64>(), price);
            prop_assert!(room >= 0 && taxes.iter().all(|amount| *amount >= 0));
            let whole: i128 = PPM + rates.iter().map(|rate| i128::from(*rate)).sum::<i128>();
            for (rate, amount) in rates.iter().zip(&taxes) {
                let exact = i128::from(price) * i128::from(*rate);
                let off = i128::from(*amount) * whole - exact;
                prop_assert!(off.abs() < 2 * whole, "no tax is off by two units");
            }
        }

        #[test]
        fn net_taxes_are_each_on_the_net(price in 0..=MAX_PRICE_MINOR, rates in prop::collection::vec(1..=1_000_000_i32, 0..6)) {
            let (room, taxes) = lines(price, PriceMode::Net, &rates);
            prop_assert_eq!(room, price);
            for (rate, amount) in rates.iter().zip(&taxes) {
                let off = i128::from(*amount) * PPM - i128::from(price) * i128::from(*rate);
                prop_assert!(off.abs() * 2 <= PPM);
            }
        }
    }
}
