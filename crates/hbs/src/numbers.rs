//! Whole numbers: how they are divided, shared out, and written. No floats.
use std::cmp::Reverse;
use std::fmt::Write;

/// Divides and rounds half away from zero; `by` must be positive.
pub fn divided(number: i128, by: i128) -> i128 {
    (number + number.signum() * (by / 2)) / by
}

/// Divides and rounds half away from zero; none by nothing.
pub fn quotient(number: i64, by: i64) -> Option<i64> {
    if by <= 0 {
        return None;
    }
    i64::try_from(divided(number.into(), by.into())).ok()
}

/// Narrows a number. Amounts are bounded where they are entered, so nothing is lost here.
pub fn narrowed(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// Shares `total` by largest remainder: each gets the whole part of its exact due (`exact / of`), and the units left go
/// to the largest remainders, of equals to the first.
pub fn apportion(total: i64, exact: &[i128], of: i128) -> Vec<i64> {
    let mut shares: Vec<i64> = exact.iter().map(|exact| narrowed(exact.div_euclid(of))).collect();
    let mut by_remainder: Vec<usize> = (0..exact.len()).collect();
    by_remainder.sort_by_key(|n| Reverse(exact[*n].rem_euclid(of)));
    let left = total - shares.iter().sum::<i64>();
    for n in by_remainder.into_iter().cycle().take(usize::try_from(left.max(0)).unwrap_or(0)) {
        shares[n] += 1;
    }
    shares
}

/// Shares `total` among amounts in proportion, by largest remainder. Where these come to nothing, the first gets all of it.
pub fn in_proportion(amounts: &[i64], total: i64) -> Vec<i64> {
    let whole: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    if whole == 0 {
        let rest = amounts.len().saturating_sub(1);
        return std::iter::once(total).chain(std::iter::repeat_n(0, rest)).take(amounts.len()).collect();
    }
    let exact = |amount: &i64| i128::from(*amount) * i128::from(total) * whole.signum();
    let exact: Vec<i128> = amounts.iter().map(exact).collect();
    apportion(total, &exact, whole.abs())
}

/// Writes a number of units of which so many decimals make one: `decimal(-5, 2)` is `-0.05`.
pub fn decimal(units: i64, decimals: u32) -> String {
    if decimals == 0 {
        return units.to_string();
    }
    let scale = 10_u64.pow(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    let width = usize::try_from(decimals).unwrap_or(2);
    format!("{sign}{}.{:0width$}", units / scale, units % scale)
}

/// Writes parts per million in percent, with as many decimals as it takes: `6`, `5.5`.
pub fn percent(ppm: i64) -> String {
    decimal(ppm, 4).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes bytes, such as a hash, in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let numbers = [(5, 2), (-5, 2), (1, 3), (2, 3), (-2, 3), (1, 4), (2, 4), (0, 7), (7, 1)];
        assert_eq!(numbers.map(|(number, by)| divided(number, by)), [3, -3, 0, 1, -1, 0, 1, 0, 7]);
        assert_eq!((quotient(5, 2), quotient(-5, 2), quotient(1, 0), quotient(1, -1)), (Some(3), Some(-3), None, None));
        assert_eq!((narrowed(7), narrowed(i128::MAX), narrowed(i128::MIN)), (7, i64::MAX, i64::MIN));
    }

    #[test]
    fn the_units_left_go_to_the_largest_remainders() {
        assert_eq!(in_proportion(&[1, 1, 1], 10), [4, 3, 3], "of equals to the first");
        assert_eq!(in_proportion(&[1, 2, 3], 10), [2, 3, 5]);
        assert_eq!(in_proportion(&[-1, -2, -3], -10), [-2, -3, -5]);
        assert_eq!(in_proportion(&[5, -5], 3), [3, 0], "what comes to nothing has no proportion");
        assert_eq!(in_proportion(&[], 3), Vec::<i64>::new());
        assert_eq!(apportion(5, &[10, 10], 4), [3, 2]);
    }

    #[test]
    fn decimals_are_written_as_they_are_read() {
        for (units, decimals, text) in [
            (12_345, 2, "123.45"),
            (-5, 2, "-0.05"),
            (35, 1, "3.5"),
            (1_000, 0, "1000"),
            (0, 4, "0.0000"),
            (i64::MIN, 2, "-92233720368547758.08"),
        ] {
            assert_eq!(decimal(units, decimals), text);
        }
        let written = [70_000, 55_000, 88_750, 199_999, 1, 1_000_000, 100_000, -5_000, 0].map(percent);
        assert_eq!(written, ["7", "5.5", "8.875", "19.9999", "0.0001", "100", "10", "-0.5", "0"]);
        assert_eq!(hex(&[0, 7, 255]), "0007ff");
    }

    proptest! {
        #[test]
        fn shares_come_to_the_sum(amounts in prop::collection::vec(-9_000..9_000_i64, 1..20), total in -9_000..9_000_i64) {
            prop_assert_eq!(in_proportion(&amounts, total).iter().sum::<i64>(), total);
        }

        #[test]
        fn a_quotient_is_the_nearest_whole_number(number in -1_000_000_000..1_000_000_000_i128, by in 1..1_000_000_i128) {
            let away = divided(number, by) * by - number;
            prop_assert!(2 * away.abs() <= by);
            prop_assert!(2 * away.abs() < by || away.signum() == number.signum());
        }
    }
}
