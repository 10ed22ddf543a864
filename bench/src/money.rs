//! Amounts in whole cents, read from and written as decimal text: no floats near money.

/// Reads a decimal number as cents, rounding half away from zero. `None` if it is not one.
pub fn parse_cents(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let units = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    let cents = units.checked_mul(100)?.checked_add(fraction_cents(fraction))?;
    Some(if negative { -cents } else { cents })
}

/// Formats `12345` as `123.45`.
pub fn format_cents(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first three decimals decide: the third rounds, what follows cannot turn a half down.
fn fraction_cents(fraction: &str) -> i64 {
    let digit = |place: usize| fraction.as_bytes().get(place).map_or(0, |byte| i64::from(byte - b'0'));
    digit(0) * 10 + digit(1) + i64::from(digit(2) >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_cents_rounded_half_away_from_zero() {
        for (text, cents) in [
            ("0", 0),
            ("75", 7500),
            ("98.5", 9850),
            ("107.42", 10742),
            ("107.425", 10743),
            ("107.4249999", 10742),
            ("0.005", 1),
            ("-0.005", -1),
            ("-6.38", -638),
            (".5", 50),
            ("12.", 1200),
            ("0.999", 100),
        ] {
            assert_eq!(parse_cents(text), Some(cents), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_decimal_is_none() {
        for text in ["", ".", "-", "NA", "1,5", "1e3", "1.2.3", "--1", " 1", "1 ", "NaN", "99999999999999999999"] {
            assert_eq!(parse_cents(text), None, "{text}");
        }
    }

    #[test]
    fn cents_are_written_with_two_decimals() {
        assert_eq!(format_cents(0), "0.00");
        assert_eq!(format_cents(5), "0.05");
        assert_eq!(format_cents(123_456), "1234.56");
        assert_eq!(format_cents(-638), "-6.38");
    }
}
