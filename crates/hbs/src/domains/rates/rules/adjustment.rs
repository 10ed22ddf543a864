//! Adjustments: prices that are changed by a percentage or an amount of what they are. Pure.
use super::engine::Change;
use crate::numbers;
use crate::words::text_enum;

/// One million: percentages are in parts per million.
const PPM: i128 = 1_000_000;

text_enum! {
    /// Direction in which a price is rounded: to the `nearest` step, halves away from zero, `up` or `down`.
    pub enum Rounding {
        /// To the nearest step; halves away from zero.
        Nearest = "nearest",
        /// To the next step that is not lower.
        Up = "up",
        /// To the next step that is not higher.
        Down = "down",
    }
}

/// A change of prices, whatever they are.
#[derive(Debug, Clone, Copy)]
pub struct Adjustment {
    pub change: Change,
    /// Step of which prices are multiples, in minor units; above 0.
    pub step: i64,
    pub rounding: Rounding,
    /// Lowest price that comes of it, in minor units.
    pub minimum: Option<i64>,
}

impl Adjustment {
    /// Returns the new price, rounded once; below 0 if the change is that large and there is no minimum.
    pub fn of(&self, price: i64) -> i64 {
        let (changed, unit) = match self.change {
            Change::Percent(ppm) => (i128::from(price) * (PPM + i128::from(ppm)), PPM),
            Change::Amount(minor) => (i128::from(price) + i128::from(minor), 1),
        };
        let step = i128::from(self.step);
        let steps = divided(changed, unit * step, self.rounding);
        let rounded = numbers::narrowed(steps * step);
        self.minimum.map_or(rounded, |minimum| rounded.max(minimum))
    }
}

fn divided(number: i128, by: i128, rounding: Rounding) -> i128 {
    match rounding {
        Rounding::Nearest => numbers::divided(number, by),
        Rounding::Up => -(-number).div_euclid(by),
        Rounding::Down => number.div_euclid(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(change: Change, step: i64, rounding: Rounding, minimum: Option<i64>, price: i64) -> i64 {
        Adjustment { change, step, rounding, minimum }.of(price)
    }

    #[test]
    fn prices_change_by_percent_or_amount_and_are_rounded_once() {
        let (ten, less) = (Change::Percent(100_000), Change::Percent(-100_000));
        for (change, step, rounding, price, expected) in [
            (ten, 1, Rounding::Nearest, 10_000, 11_000),
            (ten, 1, Rounding::Nearest, 10_005, 11_006), // 11,005.5
            (ten, 1, Rounding::Down, 10_005, 11_005),
            (ten, 100, Rounding::Nearest, 10_045, 11_000), // 11,049.5: rounded to cents first it would be 11,100
            (ten, 100, Rounding::Up, 10_001, 11_100),
            (ten, 500, Rounding::Down, 10_500, 11_500),
            (less, 1, Rounding::Nearest, 10_005, 9_005), // 9,004.5
            (Change::Amount(250), 100, Rounding::Nearest, 10_000, 10_300),
            (Change::Amount(-12_000), 1, Rounding::Nearest, 10_000, -2_000),
            (Change::Amount(-10_050), 100, Rounding::Nearest, 10_000, -100),
            (Change::Amount(-10_050), 100, Rounding::Up, 10_000, 0),
            (Change::Amount(-10_050), 100, Rounding::Down, 10_000, -100),
        ] {
            assert_eq!(of(change, step, rounding, None, price), expected, "{change:?} {step} {rounding:?} {price}");
        }
        assert_eq!(of(Change::Amount(-12_000), 1, Rounding::Nearest, Some(4_950), 10_000), 4_950);
    }

    proptest! {
        #[test]
        fn a_rounded_price_is_a_multiple_and_less_than_a_step_away(
            price in 0_i64..1_000_000_000_000, ppm in -1_000_000_i64..10_000_000, step in 1_i64..100_000,
            rounding in prop::sample::select(vec![Rounding::Nearest, Rounding::Up, Rounding::Down]),
        ) {
            let rounded = of(Change::Percent(ppm), step, rounding, None, price);
            prop_assert_eq!(rounded % step, 0);
            let exact = i128::from(price) * (PPM + i128::from(ppm));
            let away = i128::from(rounded) * PPM - exact;
            prop_assert!(away.abs() < i128::from(step) * PPM);
            prop_assert!(rounding != Rounding::Up || away >= 0);
            prop_assert!(rounding != Rounding::Down || away <= 0);
            prop_assert!(rounding != Rounding::Nearest || 2 * away.abs() <= i128::from(step) * PPM);
        }
    }
}
