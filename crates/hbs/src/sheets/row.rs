//! A row of a spreadsheet, and the meaning of its cells.
use super::Column;
use super::report::CellError;
use crate::money::{Currency, Money};
use crate::plain_text::{Unclean, clean};
use chrono::{Datelike, NaiveDate};
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Years that dates in cells can have; others are slips of the pen.
const YEARS: RangeInclusive<i32> = 1900..=2999;

/// The cells of a row by column. Reading a wrong cell notes the error and yields nothing, so that one pass over a row
/// finds all its errors.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number of the row, as spreadsheets count.
    pub number: usize,
    cells: HashMap<&'static str, String>,
    pub errors: Vec<CellError>,
}

impl Row {
    /// Makes a row of cells under their columns. Texts are put into their one form, like those of a body.
    pub(super) fn new(number: usize, columns: &[Option<Column>], cells: Vec<String>) -> Self {
        let mut errors = Vec::new();
        if cells.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
            errors.push(CellError::new(None, "has more cells than the header"));
        }
        let mut texts = HashMap::new();
        for (column, cell) in columns.iter().zip(cells) {
            let Some(Column { name, kind, .. }) = *column else { continue };
            match clean(&cell, kind) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => drop(texts.insert(name, text.into_owned())),
                // A cell of blanks looks empty, and is.
                Err(Unclean::Blank) => {}
                Err(unclean) => errors.push(CellError::new(Some(name), unclean.to_string())),
            }
        }
        Self { number, cells: texts, errors }
    }

    /// Notes an error of the row as a whole.
    pub fn refuse(&mut self, detail: impl Into<String>) {
        self.errors.push(CellError::new(None, detail));
    }

    /// Notes an error of a cell.
    pub fn blame(&mut self, column: &'static str, detail: impl Into<String>) {
        self.errors.push(CellError::new(Some(column), detail));
    }

    /// Reads a cell that may be empty.
    pub fn text(&self, column: &'static str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    /// Reads a cell that may be empty and is not too long.
    pub fn short(&mut self, column: &'static str, max_chars: usize) -> Option<String> {
        let text = self.text(column)?.to_owned();
        if text.chars().count() > max_chars {
            self.blame(column, format!("is longer than {max_chars} characters"));
            return None;
        }
        Some(text)
    }

    /// Reads a cell that must not be empty.
    pub fn needed(&mut self, column: &'static str, max_chars: usize) -> Option<String> {
        let is_blamed = self.errors.iter().any(|error| error.column == Some(column));
        if self.text(column).is_none() && !is_blamed {
            self.blame(column, "is empty");
        }
        self.short(column, max_chars)
    }

    pub fn integer(&mut self, column: &'static str, range: RangeInclusive<i32>) -> Option<i32> {
        let text = self.text(column)?.to_owned();
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.blame(column, format!("{text:?} is not a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// Reads a date such as `2026-12-24`.
    pub fn date(&mut self, column: &'static str) -> Option<NaiveDate> {
        let text = self.text(column)?.to_owned();
        let date = text.parse::<NaiveDate>().ok().filter(|date| YEARS.contains(&date.year()));
        if date.is_none() {
            self.blame(column, format!("{text:?} is not a date such as 2026-12-24"));
        }
        date
    }

    /// Reads an amount in the currency, a decimal number such as 123.45.
    pub fn money(&mut self, column: &'static str, currency: Currency) -> Option<Money> {
        let text = self.text(column)?.to_owned();
        let money = Money::parse(&text, currency).ok().filter(|money| money.minor >= 0);
        if money.is_none() {
            self.blame(column, format!("{text:?} is not an amount of {currency} such as 123.45"));
        }
        money
    }

    /// Reads a flag: `yes` or `no`, `true` or `false`, `1` or `0`.
    pub fn flag(&mut self, column: &'static str) -> Option<bool> {
        let text = self.text(column)?.to_lowercase();
        match text.as_str() {
            "yes" | "true" | "1" => Some(true),
            "no" | "false" | "0" => Some(false),
            _ => {
                self.blame(column, format!("{text:?} is neither yes nor no"));
                None
            }
        }
    }
}
