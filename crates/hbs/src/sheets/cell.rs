//! A cell: what it says, and how sure that is.
use super::guard;
use super::limits::MAX_CELL_CHARS;
use chrono::{Datelike, Days, NaiveDate};
use std::borrow::Cow;

/// Digits that spreadsheets keep of a number. Beyond them stands the noise of their arithmetic.
const DIGITS: usize = 15;
/// Numbers from here on have more digits than spreadsheets keep.
const TOO_MANY_DIGITS: f64 = 1e15;
const MILLISECONDS: f64 = 86_400_000.0;

/// Words with which spreadsheets say that they could not work out a cell, also in German, French and Spanish.
const ERRORS: &[&str] = &[
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#BUSY!",
    "#PYTHON!",
    "#EXTERNAL!",
    "#GETTING_DATA",
    "#ERROR!",
    "#NV",
    "#BEZUG!",
    "#WERT!",
    "#ZAHL!",
    "#UEBERLAUF!",
    "#ÜBERLAUF!",
    "#NOM?",
    "#VALEUR!",
    "#NOMBRE!",
    "#NOMBRE?",
    "#NUL!",
    "#¡REF!",
    "#¡VALOR!",
    "#¡DIV/0!",
    "#¿NOMBRE?",
    "#¡NUM!",
    "#¡NULO!",
    "#¡DESBORDAMIENTO!",
    "#VALOR!",
    "#NOME?",
    "#NÚM!",
];

/// Kind of what a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Number of a spreadsheet, with the digits that it keeps.
    Number,
    /// Day, as ISO 8601 writes it.
    Date,
    /// Cell that says that it does not know. Its text is the reason why the row is refused.
    Wrong,
}

/// Content of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    pub kind: Kind,
    pub text: Cow<'a, str>,
}

impl<'a> Cell<'a> {
    pub fn empty() -> Self {
        Self { kind: Kind::Text, text: Cow::Borrowed("") }
    }

    pub fn into_owned(self) -> Cell<'static> {
        Cell { kind: self.kind, text: Cow::Owned(self.text.into_owned()) }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Makes a cell of a text, without blanks around it and without the guard that keeps it from being a formula.
    pub fn text(text: &'a str) -> Self {
        let text = text.trim();
        if is_error(text) {
            return Self::error(text);
        }
        if text.chars().count() > MAX_CELL_CHARS {
            return Self::wrong(format!("is longer than {MAX_CELL_CHARS} characters"));
        }
        if is_shortened(text) {
            return Self::wrong(format!(
                "has the number {text}, of which a spreadsheet has cut digits; format the column as text and enter it again"
            ));
        }
        Self { kind: Kind::Text, text: trimmed(guard::without_guards(text)) }
    }

    /// Makes a cell of the text of a CSV file, in which a formula stands as what it is.
    pub fn typed(text: &'a str) -> Self {
        let text = text.trim();
        match text.strip_prefix('=') {
            // A usual way to keep zeros in front of numbers.
            Some(rest) => match rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) if !inner.contains('"') => Self::text(inner),
                _ => Self::uncomputed(),
            },
            None => Self::text(text),
        }
    }

    pub fn flag(value: bool) -> Self {
        Self { kind: Kind::Text, text: Cow::Borrowed(if value { "true" } else { "false" }) }
    }

    /// Makes a cell of a number as an XLSX file writes it.
    pub fn number(text: &str) -> Self {
        let Some(number) = finite(text) else { return Self::unreadable_number() };
        if number.abs() >= TOO_MANY_DIGITS {
            return Self::wrong(format!(
                "has a number of more than {DIGITS} digits, of which a spreadsheet keeps only the first; format the column as text"
            ));
        }
        let decimals = DIGITS - 1;
        let kept = format!("{number:.decimals$e}").parse().unwrap_or(number);
        // Zero has no sign here.
        Self { kind: Kind::Number, text: Cow::Owned(if kept == 0.0 { "0".to_owned() } else { kept.to_string() }) }
    }

    /// Makes a cell of a number that is shown as a date or a time. The time of a day is dropped.
    pub fn date(text: &str, is_1904: bool) -> Self {
        let Some(number) = finite(text) else { return Self::unreadable_number() };
        // To the millisecond: a midnight that was calculated may be a little early.
        let day = ((number * MILLISECONDS).round() / MILLISECONDS).floor();
        let (epoch, first) = if is_1904 { (NaiveDate::from_ymd_opt(1904, 1, 1), 0.0) } else { (days_of_1900(day), 1.0) };
        if (0.0..first).contains(&day) {
            return Self::wrong("has a time and not a date");
        }
        let date = whole(day).and_then(|day| epoch?.checked_add_days(Days::new(u64::try_from(day).ok()?)));
        match date.filter(|date| date.year() < 10_000) {
            Some(date) => Self { kind: Kind::Date, text: Cow::Owned(date.to_string()) },
            None => Self::wrong("has a date that no calendar has"),
        }
    }

    /// Makes a cell of a date in ISO 8601, perhaps with a time, which is dropped.
    pub fn iso_date(text: &str) -> Self {
        match text.trim().get(..10).and_then(|day| day.parse::<NaiveDate>().ok()) {
            Some(date) => Self { kind: Kind::Date, text: Cow::Owned(date.to_string()) },
            None => Self::wrong("has a date that no calendar has"),
        }
    }

    pub fn error(word: &str) -> Self {
        let word: String = word.trim().chars().take(30).collect();
        Self::wrong(format!("has the error {word}"))
    }

    pub fn uncomputed() -> Self {
        Self::wrong("has a formula that was not computed; calculate the file and save it again, or paste the values")
    }

    pub fn unknown_type() -> Self {
        Self::wrong("has a value of an unknown type")
    }

    fn unreadable_number() -> Self {
        Self::wrong("has a number that cannot be read")
    }

    fn wrong(reason: impl Into<String>) -> Self {
        Self { kind: Kind::Wrong, text: Cow::Owned(format!("the cell {}", reason.into())) }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Returns a number without a fraction as an integer.
pub fn whole(number: f64) -> Option<i64> {
    format!("{number:.0}").parse().ok()
}

/// Returns the day from which days are counted, in the system that takes 1900 for a leap year: its day 60 there never was.
fn days_of_1900(day: f64) -> Option<NaiveDate> {
    match day {
        day if day < 60.0 => NaiveDate::from_ymd_opt(1899, 12, 31),
        day if day < 61.0 => None,
        _ => NaiveDate::from_ymd_opt(1899, 12, 30),
    }
}

fn is_error(text: &str) -> bool {
    let is_hidden = text.len() >= 3 && text.bytes().all(|byte| byte == b'#');
    let is_numbered =
        text.strip_prefix("Err:").is_some_and(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()));
    is_hidden || is_numbered || text.starts_with('#') && ERRORS.iter().any(|error| error.eq_ignore_ascii_case(text))
}

/// Returns `true` for a number in the form in which spreadsheets show long ones: `3.51912E+11`.
fn is_shortened(text: &str) -> bool {
    let number = text.trim_start_matches(['\'', '+', '-']);
    let Some((mantissa, exponent)) = number.split_once(['E', 'e']) else { return false };
    let Some(exponent) = exponent.strip_prefix('+') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, rest) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(first) && digits(rest) && digits(exponent) && exponent.len() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cell: &Cell<'_>) -> (Kind, String) {
        (cell.kind, cell.text.clone().into_owned())
    }

    #[test]
    fn numbers_have_the_digits_that_spreadsheets_keep() {
        for (written, text) in [
            ("299.70000000000005", "299.7"),
            ("0.30000000000000004", "0.3"),
            ("101", "101"),
            ("-0", "0"),
            ("1E2", "100"),
            ("3.51912E+11", "351912000000"),
        ] {
            assert_eq!(said(&Cell::number(written)), (Kind::Number, text.into()), "{written}");
        }
        for written in ["1E15", "NaN", "inf", "12,5", ""] {
            assert_eq!(Cell::number(written).kind, Kind::Wrong, "{written}");
        }
    }

    #[test]
    fn days_are_counted_in_two_systems() {
        for (number, is_1904, date) in [
            ("46380", false, "2026-12-24"),
            ("46380.75", false, "2026-12-24"),
            ("46379.999999999", false, "2026-12-24"),
            ("44918", true, "2026-12-24"),
            ("0", true, "1904-01-01"),
            ("1", false, "1900-01-01"),
            ("59", false, "1900-02-28"),
            ("61", false, "1900-03-01"),
        ] {
            assert_eq!(said(&Cell::date(number, is_1904)), (Kind::Date, date.into()), "{number}");
        }
        for (number, is_1904, reason) in [
            ("0.5", false, "the cell has a time and not a date"),
            ("60", false, "the cell has a date that no calendar has"),
            ("-1", true, "the cell has a date that no calendar has"),
            ("2958466", false, "the cell has a date that no calendar has"),
            ("1e300", false, "the cell has a date that no calendar has"),
            ("x", false, "the cell has a number that cannot be read"),
        ] {
            assert_eq!(said(&Cell::date(number, is_1904)), (Kind::Wrong, reason.into()), "{number}");
        }
        assert_eq!(said(&Cell::iso_date("2026-12-24T14:00:00")), (Kind::Date, "2026-12-24".into()));
        assert_eq!(Cell::iso_date("yesterday").kind, Kind::Wrong);
    }

    /// F8: errors are told from texts by all the words that spreadsheets have for them.
    #[test]
    fn texts_that_do_not_know_are_wrong() {
        for text in ["#N/A", "#ref!", "#NV", "####", "Err:502", "3.51912E+11", "3,51912E+11", "+3.5E+11", "'+3.5E+11", "1E+10"] {
            assert_eq!(Cell::text(text).kind, Kind::Wrong, "{text}");
        }
        for text in ["#1", "N/A", "1E5", "E+5", "Err:", "E+", "A1E+10", "#"] {
            assert_eq!(said(&Cell::text(text)), (Kind::Text, text.into()));
        }
        assert_eq!(Cell::text(&"x".repeat(MAX_CELL_CHARS + 1)).kind, Kind::Wrong);
        assert_eq!(said(&Cell::typed("=\"007\"")), (Kind::Text, "007".into()));
        assert_eq!(said(&Cell::typed("'=1+1")), (Kind::Text, "=1+1".into()));
        for formula in ["=1+1", "=\"a\"&\"b\"", "="] {
            assert_eq!(Cell::typed(formula), Cell::uncomputed(), "{formula}");
        }
    }
}
