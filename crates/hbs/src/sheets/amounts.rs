//! Amounts of money as people write them, and which decimal mark a file's other amounts make sure.
use super::cell::whole;
use super::row::quoted;
use crate::money::{Currency, Money};

/// Distance from a whole minor unit that is the noise of a spreadsheet's arithmetic, in units of the currency.
const NOISE: f64 = 1e-9;
/// Noise of large amounts, relative to them, and its maximum in minor units.
const RELATIVE_NOISE: f64 = 1e-12;
const MAX_NOISE: f64 = 1e-3;

/// Decimal marks in a file, as far as its amounts show them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    has_point: bool,
    has_comma: bool,
}

/// Shape of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// No mark at all.
    Whole,
    /// Decimals behind this mark; the other one may stand between thousands.
    Decimal(char),
    /// This mark between thousands, more than once.
    Grouped(char),
    /// This mark before the last three digits: decimals or thousands.
    Either(char),
}

impl Marks {
    /// Learns from an amount of the file.
    pub fn learn(&mut self, text: &str) {
        match shape(&plain(text)) {
            Some(Shape::Decimal('.') | Shape::Grouped(',')) => self.has_point = true,
            Some(Shape::Decimal(_) | Shape::Grouped(_)) => self.has_comma = true,
            Some(Shape::Whole | Shape::Either(_)) | None => {}
        }
    }

    /// Reads an amount that is not negative, such as `1234.50`, `1,234.50` or `1.234,50`. Fails with the reason, as a
    /// sentence without subject.
    pub fn read(self, text: &str, currency: Currency) -> Result<Money, String> {
        let wrong =
            || format!("{} is not an amount of {currency} such as {}", quoted(text), Money::new(12_345, currency).amount());
        let plain = plain(text);
        let amount = match shape(&plain).ok_or_else(wrong)? {
            Shape::Whole => plain,
            _ if self.has_point && self.has_comma => {
                return Err(format!(
                    "{} is in a file with decimal points and decimal commas; write all with a point",
                    quoted(text)
                ));
            }
            Shape::Decimal(mark) => with_point(&plain, Some(mark)),
            Shape::Grouped(_) => with_point(&plain, None),
            Shape::Either(mark) => self.choose(text, &plain, mark)?,
        };
        Money::parse(&amount, currency).ok().filter(|money| money.minor >= 0).ok_or_else(wrong)
    }

    fn choose(self, text: &str, plain: &str, mark: char) -> Result<String, String> {
        let is_decimal = match mark {
            '.' => !self.has_comma,
            _ if self.has_point || self.has_comma => self.has_comma,
            _ => {
                let [decimal, grouped] = [Some(mark), None].map(|mark| with_point(plain, mark));
                let text = quoted(text);
                return Err(format!(
                    "{text} can be {decimal} or {grouped}, and no amount of the file shows which; write one of these"
                ));
            }
        };
        Ok(with_point(plain, is_decimal.then_some(mark)))
    }
}

/// Returns an amount without the blanks and apostrophes that stand between thousands.
fn plain(text: &str) -> String {
    let is_gap = |letter: char| matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’');
    let mut groups = text.split(is_gap);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let thousands = |group: &&str| group.len() >= 3 && group.bytes().take(3).all(|byte| byte.is_ascii_digit());
    let is_last = |n: usize| n + 1 == rest.len();
    let ends = |group: &str| group.len() == 3 || group[3..].starts_with(['.', ',']);
    let is_grouped =
        rest.iter().all(thousands) && rest.iter().enumerate().all(|(n, group)| group.len() == 3 || is_last(n) && ends(group));
    if !rest.is_empty() && is_grouped && (1..=3).contains(&first.len()) {
        format!("{first}{}", rest.concat())
    } else {
        text.to_owned()
    }
}

fn shape(text: &str) -> Option<Shape> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(at) = text.rfind(['.', ',']) else { return digits(text).then_some(Shape::Whole) };
    let (before, mark, after) = (&text[..at], if text[at..].starts_with('.') { '.' } else { ',' }, &text[at + 1..]);
    if !digits(after) {
        return None;
    }
    let other = if mark == '.' { ',' } else { '.' };
    match (before.contains(mark), before.contains(other)) {
        (false, false) => {
            let is_either = after.len() == 3 && before.len() <= 3 && !before.starts_with('0');
            digits(before).then_some(if is_either { Shape::Either(mark) } else { Shape::Decimal(mark) })
        }
        (true, false) => is_grouped(text, mark).then_some(Shape::Grouped(mark)),
        (false, true) => is_grouped(before, other).then_some(Shape::Decimal(mark)),
        (true, true) => None,
    }
}

fn is_grouped(text: &str, mark: char) -> bool {
    let mut groups = text.split(mark);
    let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = |group: &str| (1..=3).contains(&group.len()) && is_number(group) && !group.starts_with('0');
    groups.next().is_some_and(is_first) && groups.all(|group| group.len() == 3 && is_number(group))
}

/// Returns an amount with a point for its decimal mark, and nothing between thousands.
fn with_point(text: &str, decimal: Option<char>) -> String {
    let letters = text.chars().filter(|letter| letter.is_ascii_digit() || Some(*letter) == decimal);
    letters.map(|letter| if letter.is_ascii_digit() { letter } else { '.' }).collect()
}

/// Reads the number of a spreadsheet, which is a float in the file, as an amount that is not negative: the minor unit that
/// it is within noise of. Fractions of a minor unit are refused.
pub fn of_number(text: &str, currency: Currency) -> Option<Money> {
    let scale = f64::from(10_u32.checked_pow(currency.digits())?);
    let minor = text.parse::<f64>().ok()? * scale;
    let nearest = minor.round();
    let noise = (NOISE * scale).max(minor.abs() * RELATIVE_NOISE).min(MAX_NOISE);
    let is_near = (minor - nearest).abs() <= noise;
    let minor = whole(nearest).filter(|minor| is_near && *minor >= 0)?;
    Some(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[&str], text: &str, currency: &str) -> Result<String, String> {
        let mut marks = Marks::default();
        for other in file.iter().chain([&text]) {
            marks.learn(other);
        }
        marks.read(text, currency.parse().expect("a currency")).map(Money::amount)
    }

    #[test]
    fn amounts_that_can_be_one_only() {
        for text in ["1234.50", "1234,50", "1,234.50", "1.234,5", "1 234,50", "1\u{a0}234.50", "1'234.50", "1’234,50"] {
            assert_eq!(read(&[], text, "EUR").as_deref(), Ok("1234.50"), "{text}");
        }
        assert_eq!(read(&[], "1.234.567", "EUR").as_deref(), Ok("1234567.00"));
        assert_eq!(read(&[], "1,234,567", "JPY").as_deref(), Ok("1234567"));
        assert_eq!(read(&[], "120", "EUR").as_deref(), Ok("120.00"));
        assert_eq!(read(&[], "1.234", "KWD").as_deref(), Ok("1.234"), "as the API has it");
        assert_eq!(read(&[], "0,125", "KWD").as_deref(), Ok("0.125"));
    }

    #[test]
    fn other_amounts_of_the_file_decide() {
        assert_eq!(read(&["99,50"], "1.234", "EUR").as_deref(), Ok("1234.00"));
        assert_eq!(read(&["99.50"], "1,234", "EUR").as_deref(), Ok("1234.00"));
        assert_eq!(
            read(&["99,500"], "1,234", "KWD"),
            Err("\"1,234\" can be 1.234 or 1234, and no amount of the file shows which; write one of these".into())
        );
        assert_eq!(read(&["0,5"], "1,234", "KWD").as_deref(), Ok("1.234"));
        assert_eq!(
            read(&["0,5", "0.5"], "7,10", "EUR").map_err(|error| error.contains("decimal points and decimal commas")),
            Err(true)
        );
        assert_eq!(read(&["0,5", "0.5"], "7", "EUR").as_deref(), Ok("7.00"));
    }

    #[test]
    fn what_is_no_amount_is_said() {
        for text in [
            "-80",
            "1.5.2",
            "1,23,456",
            "12 34",
            "1e3",
            "EUR 5",
            "5 EUR",
            ".5",
            "5.",
            "1.234,567.8",
            "1 2345",
            "",
            " ",
            "'",
            "1.234",
        ] {
            assert_eq!(read(&[], text, "EUR"), Err(format!("{text:?} is not an amount of EUR such as 123.45")));
        }
        assert_eq!(read(&[], "1.5", "JPY"), Err("\"1.5\" is not an amount of JPY such as 12345".into()));
    }

    /// F9: a number within the noise of binary fractions is a whole minor unit, and any other is none.
    #[test]
    fn noise_of_numbers_is_not_money() {
        let amount = |text: &str, currency: &str| of_number(text, currency.parse().expect("a currency")).map(Money::amount);
        for (text, currency, expected) in [
            ("299.70000000000005", "EUR", "299.70"),
            ("99.99999999999999", "EUR", "100.00"),
            ("0.1", "EUR", "0.10"),
            ("299.7000000009", "EUR", "299.70"),
            ("1234567890.1000001", "EUR", "1234567890.10"),
            ("1000.0000000001", "JPY", "1000"),
            ("1.2340000000001", "KWD", "1.234"),
            ("0", "EUR", "0.00"),
        ] {
            assert_eq!(amount(text, currency).as_deref(), Some(expected), "{text}");
        }
        for (text, currency) in
            [("299.705", "EUR"), ("299.7001", "EUR"), ("0.5", "JPY"), ("-1", "EUR"), ("1.00000001", "EUR"), ("1e30", "EUR")]
        {
            assert_eq!(amount(text, currency), None, "{text}");
        }
    }
}
