//! A row of a spreadsheet, and the meaning of its cells.
use super::amounts::{self, Marks};
use super::cell::{Cell, Kind, whole};
use super::column::{Column, Content};
use super::dates::Order;
use super::limits::MAX_ERRORS;
use super::report::CellError;
use crate::money::{Currency, Money};
use crate::plain_text::{self, Unclean};
use chrono::NaiveDate;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Maximum length of a value that an error repeats, in characters.
const MAX_QUOTED_CHARS: usize = 100;
/// Distance from a whole number that is the noise of a spreadsheet's arithmetic.
const NOISE: f64 = 1e-9;

/// Returns a value in quotes for an error, cut if it is long.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// How a file writes what can be written in several ways.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    pub dates: Order,
    pub amounts: Marks,
}

/// Header of a file, which its rows share.
#[derive(Debug)]
pub struct Header {
    /// Columns by their places.
    columns: Vec<Option<Column>>,
    /// Habits of the file, known once all of it is read.
    habits: OnceLock<Habits>,
    /// Number of errors noted in all rows.
    noted: AtomicUsize,
}

impl Header {
    pub fn new(columns: Vec<Option<Column>>) -> Self {
        Self { columns, habits: OnceLock::new(), noted: AtomicUsize::new(0) }
    }

    pub fn column(&self, place: usize) -> Option<&Column> {
        self.columns.get(place)?.as_ref()
    }

    pub fn settle(&self, habits: Habits) {
        self.habits.get_or_init(|| habits);
    }

    fn habits(&self) -> Habits {
        self.habits.get().copied().unwrap_or_default()
    }
}

/// The cells of a row by column. Reading a wrong cell notes the error and yields nothing, so that one pass over a row
/// finds all its errors.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number of the row, as spreadsheets count.
    pub number: usize,
    header: Arc<Header>,
    /// Texts of the cells, one after the other: thousands of rows are small so.
    text: Box<str>,
    cells: Box<[Held]>,
    pub errors: Vec<CellError>,
}

/// Returns the kind of texts that a column has.
fn kind_of(column: &Column) -> plain_text::Kind {
    match column.content {
        Content::Paragraphs => plain_text::Kind::Paragraphs,
        Content::Text | Content::Date | Content::Amount => plain_text::Kind::Line,
    }
}

/// A cell of a row.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Place of its column in the header.
    place: u16,
    kind: Kind,
    /// End of its text in that of the row.
    end: u32,
}

impl Row {
    /// Makes a row of cells that are not empty, with texts in their one form, like those of a body. What a cell cannot say,
    /// the row is refused for.
    pub(super) fn new(number: usize, header: Arc<Header>, cells: &[&(usize, Cell<'_>)]) -> Self {
        let mut text = String::new();
        let mut held = Vec::with_capacity(cells.len());
        let mut wrong = Vec::new();
        for (place, cell) in cells {
            let Some(column) = header.column(*place) else { continue };
            let kind = match (cell.kind, plain_text::clean(&cell.text, kind_of(column))) {
                (Kind::Wrong, _) => {
                    wrong.push(CellError::new(Some(column.name), &*cell.text));
                    Kind::Wrong
                }
                (kind, Ok(cleaned)) => {
                    text.push_str(&cleaned);
                    kind
                }
                // A cell of blanks looks empty, and is.
                (_, Err(Unclean::Blank)) => continue,
                (_, Err(unclean)) => {
                    wrong.push(CellError::new(Some(column.name), unclean.to_string()));
                    Kind::Wrong
                }
            };
            let (place, end) = (u16::try_from(*place), u32::try_from(text.len()));
            held.extend(place.ok().zip(end.ok()).map(|(place, end)| Held { place, kind, end }));
        }
        let is_beyond = cells.iter().any(|(place, _)| *place >= header.columns.len());
        let mut row = Self { number, header, text: text.into(), cells: held.into(), errors: Vec::new() };
        for error in wrong {
            row.note(error);
        }
        if is_beyond {
            row.refuse("has more cells than the header");
        }
        row
    }

    /// Notes an error of the row as a whole.
    pub fn refuse(&mut self, detail: impl Into<String>) {
        self.note(CellError::new(None, detail));
    }

    /// Notes an error of a cell, unless it is refused for not saying anything.
    pub fn blame(&mut self, column: &'static str, detail: impl Into<String>) {
        if !self.cell(column).is_some_and(|(kind, _)| kind == Kind::Wrong) {
            self.note(CellError::new(Some(column), detail));
        }
    }

    fn note(&mut self, error: CellError) {
        let noted = self.header.noted.fetch_add(1, Ordering::Relaxed);
        if noted < MAX_ERRORS || self.errors.is_empty() {
            self.errors.push(error);
        }
    }

    fn cell(&self, column: &str) -> Option<(Kind, &str)> {
        let mut start = 0;
        for held in &self.cells {
            let end = usize::try_from(held.end).unwrap_or(usize::MAX);
            if self.header.column(held.place.into()).is_some_and(|known| known.name == column) {
                return Some((held.kind, self.text.get(start..end).unwrap_or_default()));
            }
            start = end;
        }
        None
    }

    /// Reads a cell that may be empty.
    pub fn text(&self, column: &'static str) -> Option<&str> {
        self.cell(column).filter(|(kind, _)| *kind != Kind::Wrong).map(|(_, text)| text)
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
        if self.text(column).is_none() {
            self.blame(column, "is empty");
        }
        self.short(column, max_chars)
    }

    pub fn integer(&mut self, column: &'static str, range: RangeInclusive<i32>) -> Option<i32> {
        let (kind, text) = self.cell(column)?;
        let number = match kind {
            Kind::Number => text.parse::<f64>().ok().filter(|number| (number - number.round()).abs() <= NOISE).and_then(whole),
            _ => text.parse().ok(),
        };
        let number = number.and_then(|number| i32::try_from(number).ok()).filter(|number| range.contains(number));
        if number.is_none() {
            let detail = format!("{} is not a whole number from {} to {}", quoted(text), range.start(), range.end());
            self.blame(column, detail);
        }
        number
    }

    /// Reads a date such as `2026-12-24`, or as the file writes dates.
    pub fn date(&mut self, column: &'static str) -> Option<NaiveDate> {
        self.read_date(column)?.map_err(|reason| self.blame(column, reason)).ok()
    }

    /// Reads a date, and notes nothing if it is none.
    pub fn date_if_any(&self, column: &'static str) -> Option<NaiveDate> {
        self.read_date(column)?.ok()
    }

    fn read_date(&self, column: &'static str) -> Option<Result<NaiveDate, String>> {
        let (kind, text) = self.cell(column)?;
        Some(match kind {
            Kind::Number => Err(format!("{} is a number and not a date; give the cell the format of a date", quoted(text))),
            Kind::Text | Kind::Date | Kind::Wrong => self.header.habits().dates.read(text),
        })
    }

    /// Reads an amount in the currency, a decimal number such as 123.45, or as the file writes amounts.
    pub fn money(&mut self, column: &'static str, currency: Currency) -> Option<Money> {
        let (kind, text) = self.cell(column)?;
        let money = match kind {
            Kind::Number => amounts::of_number(text, currency).ok_or_else(|| {
                format!("{} is not an amount of {currency}, which has {} decimals", quoted(text), currency.digits())
            }),
            Kind::Text | Kind::Date | Kind::Wrong => self.header.habits().amounts.read(text, currency),
        };
        money.map_err(|reason| self.blame(column, reason)).ok()
    }

    /// Reads a flag: `yes` or `no`, `true` or `false`, `1` or `0`.
    pub fn flag(&mut self, column: &'static str) -> Option<bool> {
        let text = self.text(column)?.to_lowercase();
        match text.as_str() {
            "yes" | "true" | "1" => Some(true),
            "no" | "false" | "0" => Some(false),
            _ => {
                self.blame(column, format!("{} is neither yes nor no", quoted(&text)));
                None
            }
        }
    }
}
