//! How the number of a document is written, by the format that the hotel has set.
use crate::domains::invoices::model::InvoiceKind;

/// Letters that a format may have beside its places.
fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '/' | '.' | '_' | ' ')
}

/// Part of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Plain(&'a str),
    Kind,
    Year,
    ShortYear,
    /// The number, with at least so many digits.
    Number(usize),
}

/// Returns the parts of a format; an error says what is wrong with it.
fn parts(format: &str) -> Result<Vec<Part<'_>>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = format;
    while !rest.is_empty() {
        let Some(open) = rest.find('{') else {
            parts.push(Part::Plain(rest));
            break;
        };
        let (plain, after) = rest.split_at(open);
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        let (place, after) = after[1..].split_once('}').ok_or("has a { without its }")?;
        parts.push(match place {
            "kind" => Part::Kind,
            "year" => Part::Year,
            "yy" => Part::ShortYear,
            "number" => Part::Number(1),
            _ => {
                let digits = place.strip_prefix("number:").and_then(|digits| digits.parse().ok());
                let digits = digits.filter(|digits| (1..=10).contains(digits));
                Part::Number(
                    digits.ok_or("has a place that is none of {kind}, {year}, {yy}, {number} and {number:1} to {number:10}")?,
                )
            }
        });
        rest = after;
    }
    Ok(parts)
}

/// Checks a format: numbers must differ by kind, year and number.
pub fn check(format: &str) -> Result<(), &'static str> {
    let parts = parts(format)?;
    let has = |wanted: fn(&Part<'_>) -> bool| parts.iter().any(wanted);
    if !has(|part| *part == Part::Kind) || !has(|part| matches!(part, Part::Year | Part::ShortYear)) {
        return Err("must have {kind}, and {year} or {yy}: else two documents could have one number");
    }
    if parts.iter().filter(|part| matches!(part, Part::Number(_))).count() != 1 {
        return Err("must have {number} once");
    }
    if parts.windows(2).any(|pair| {
        matches!(pair, [Part::Year | Part::ShortYear, Part::Number(_)] | [Part::Number(_), Part::Year | Part::ShortYear])
    }) {
        return Err("must have something between year and number");
    }
    let is_plain = |part: &Part<'_>| !matches!(part, Part::Plain(text) if !text.chars().all(is_plain));
    if parts.iter().all(is_plain) {
        Ok(())
    } else {
        Err("may have letters without accents, digits, blanks and - / . _ beside its places")
    }
}

/// Writes a number.
pub fn written(format: &str, kind: InvoiceKind, year: i32, number: i64) -> String {
    let write = |part: Part<'_>| match part {
        Part::Plain(text) => text.to_owned(),
        Part::Kind => kind.letters().to_owned(),
        Part::Year => year.to_string(),
        Part::ShortYear => format!("{:02}", year.rem_euclid(100)),
        Part::Number(digits) => format!("{number:0digits$}"),
    };
    parts(format).unwrap_or_default().into_iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_hotel_wants_them() {
        for (format, expected) in [
            ("{kind}-{year}-{number:6}", "INV-2026-000042"),
            ("LIS {kind}{yy}/{number}", "LIS INV26/42"),
            ("{number:1}.{year}.{kind}", "42.2026.INV"),
        ] {
            assert_eq!(check(format), Ok(()));
            assert_eq!(written(format, InvoiceKind::Invoice, 2026, 42), expected);
        }
        assert_eq!(written("{kind}{yy}-{number:3}", InvoiceKind::CreditNote, 2026, 12_345), "CN26-12345");
    }

    #[test]
    fn formats_by_which_two_documents_could_have_one_number_are_refused() {
        for format in [
            "{number}",
            "{kind}-{number}",
            "{year}-{number}",
            "{kind}{year}",
            "{kind}-{year}-{number}-{number}",
            "{kind}-{year}{number}",
            "{kind}-{yy}-{nummer}",
            "{kind",
            "{kind}-{year}-{number:11}",
            "É{kind}-{year}-{number}",
        ] {
            assert!(check(format).is_err(), "{format}");
        }
    }
}
