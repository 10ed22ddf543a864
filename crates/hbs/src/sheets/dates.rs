//! Dates as people write them, and which of them a file's other dates make sure.
use super::row::quoted;
use chrono::{Datelike, NaiveDate};
use std::ops::RangeInclusive;

/// Years that dates in cells can have; others are slips of the pen.
const YEARS: RangeInclusive<i32> = 1900..=2999;

/// Order of day and month in a file, as far as its dates show it: a number above 12 is a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    is_day_first: bool,
    is_month_first: bool,
}

/// A date as it is written.
enum Written {
    /// The year first or, with dots, the day: all who write so mean the same.
    Plain(Option<NaiveDate>),
    /// Two numbers of which either can be the day, and the year.
    Either { first: u32, second: u32, year: i32 },
    /// The year without its century.
    ShortYear,
}

impl Order {
    /// Learns from a date of the file.
    pub fn learn(&mut self, text: &str) {
        if let Some(Written::Either { first, second, .. }) = written(text) {
            self.is_day_first |= first > 12 && second <= 12;
            self.is_month_first |= second > 12 && first <= 12;
        }
    }

    /// Reads a date such as `2026-12-24`, `24.12.2026` or `24/12/2026`, perhaps with a time of the day, which is dropped.
    /// Fails with the reason, as a sentence without subject.
    pub fn read(self, text: &str) -> Result<NaiveDate, String> {
        let wrong = || format!("{} is not a date such as 2026-12-24", quoted(text));
        let date = match written(text).ok_or_else(wrong)? {
            Written::Plain(date) => date,
            Written::ShortYear => return Err(format!("{} has a year of two digits; write four", quoted(text))),
            Written::Either { first, second, year } => self.choose(text, first, second, year)?,
        };
        date.filter(|date| YEARS.contains(&date.year())).ok_or_else(wrong)
    }

    fn choose(self, text: &str, first: u32, second: u32, year: i32) -> Result<Option<NaiveDate>, String> {
        let day_first = NaiveDate::from_ymd_opt(year, second, first);
        let month_first = NaiveDate::from_ymd_opt(year, first, second);
        match (self.is_day_first, self.is_month_first) {
            (true, true) => Err(format!(
                "{} is in a file with dates of two orders, day first and month first; write 2026-12-24",
                quoted(text)
            )),
            (true, false) => Ok(day_first),
            (false, true) => Ok(month_first),
            (false, false) => match (day_first, month_first) {
                (Some(one), Some(other)) if one != other => Err(format!(
                    "{} can be {one} or {other}, and no date of the file shows which; write it like one of these",
                    quoted(text)
                )),
                (one, other) => Ok(one.or(other)),
            },
        }
    }
}

fn written(text: &str) -> Option<Written> {
    let day = without_time(text)?;
    let separator = day.chars().find(|letter| !letter.is_ascii_digit()).filter(|letter| ".-/".contains(*letter))?;
    let mut numbers = day.split(separator);
    let (first, second, third) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let is_number = |text: &&str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if numbers.next().is_some() || ![first, second, third].iter().all(is_number) || second.len() > 2 {
        return None;
    }
    match (first.len(), third.len()) {
        (4, 1..=2) => Some(Written::Plain(date(first, second, third))),
        (1..=2, 4) if separator == '.' => Some(Written::Plain(date(third, second, first))),
        (1..=2, 4) => {
            Some(Written::Either { first: first.parse().ok()?, second: second.parse().ok()?, year: third.parse().ok()? })
        }
        (1..=2, 2) => Some(Written::ShortYear),
        _ => None,
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Returns the day of a date that may have a time of the day; none if it has something else.
fn without_time(text: &str) -> Option<&str> {
    let Some((day, time)) = text.split_once([' ', 'T']) else { return Some(text) };
    let (time, fraction) = time.trim_start().split_once('.').unwrap_or((time.trim_start(), "0"));
    let parts: Vec<&str> = time.split(':').collect();
    let is_right = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_time =
        (2..=3).contains(&parts.len()) && parts.iter().all(is_right) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[&str], text: &str) -> Result<String, String> {
        let mut order = Order::default();
        for other in file.iter().chain([&text]) {
            order.learn(other);
        }
        order.read(text).map(|date| date.to_string())
    }

    #[test]
    fn dates_that_can_be_one_day_only() {
        for text in [
            "2026-12-24",
            "2026/12/24",
            "2026.12.24",
            "24.12.2026",
            "24/12/2026",
            "24-12-2026",
            "12/24/2026",
            "2026-12-24T14:00",
            "2026-12-24 00:00:00",
            "24.12.2026 9:30:00.5",
        ] {
            assert_eq!(read(&[], text).as_deref(), Ok("2026-12-24"), "{text}");
        }
        assert_eq!(read(&[], "05/05/2026").as_deref(), Ok("2026-05-05"));
        assert_eq!(read(&[], "1.2.2026").as_deref(), Ok("2026-02-01"));
    }

    #[test]
    fn other_dates_of_the_file_decide() {
        assert_eq!(read(&["31/12/2026"], "01/02/2026").as_deref(), Ok("2026-02-01"));
        assert_eq!(read(&["12/31/2026"], "01/02/2026").as_deref(), Ok("2026-01-02"));
        assert_eq!(
            read(&["2026-12-31", "31.12.2026"], "01/02/2026").map_err(|error| error.contains("no date of the file")),
            Err(true)
        );
        assert_eq!(read(&["31/12/2026", "12/31/2026"], "01/02/2026").map_err(|error| error.contains("two orders")), Err(true));
        assert_eq!(read(&["13/01/2026"], "13/01/2026").as_deref(), Ok("2026-01-13"));
    }

    #[test]
    fn what_is_no_date_is_said() {
        let ambiguous =
            "\"01/02/2026\" can be 2026-02-01 or 2026-01-02, and no date of the file shows which; write it like one of these";
        assert_eq!(read(&[], "01/02/2026"), Err(ambiguous.into()));
        for text in [
            "",
            "24",
            "24.13.2026",
            "30/02/2026",
            "2026-12",
            "1999999-1-1",
            "2026-12-24x",
            "2026-12-24 noon",
            "2026-12-24T10:00Z",
            "1899-01-01",
            "24/12-2026",
        ] {
            assert_eq!(read(&[], text), Err(format!("{text:?} is not a date such as 2026-12-24")));
        }
        assert_eq!(read(&[], "24.12.26"), Err("\"24.12.26\" has a year of two digits; write four".into()));
    }
}
