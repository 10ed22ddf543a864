//! Workbooks (XLSX) of one sheet, written row by row. Rows are kept in a temporary file, so that no memory grows with them.
use super::value::Value;
use crate::{Error, Result};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use std::fs::File;
use std::io::{BufWriter, Seek};

/// Most rows of a sheet below its head: programs read no more.
pub const MOST_ROWS: usize = 1_048_575;

/// Most characters of a cell, as UTF-16 counts them: programs refuse a file that has more in one.
const MOST_CHARS: usize = 32_767;

/// Width of the columns, in characters.
const WIDTH: u8 = 16;

/// First year that workbooks count days of.
const FIRST_YEAR: i32 = 1900;

/// A workbook that is being written.
pub struct Book {
    workbook: Workbook,
    dates: Format,
    /// Number of rows that there are, the head included.
    rows: u32,
}

impl Book {
    /// Begins a workbook with its head, which stays in sight.
    pub fn begin(columns: &[&'static str]) -> Result<Self> {
        let mut workbook = Workbook::new();
        // It says of no time that it was made then: the same rows are the same bytes.
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&NaiveDate::default()));
        head(&mut workbook, columns).map_err(Error::internal)?;
        Ok(Self { workbook, dates: Format::new().set_num_format("yyyy-mm-dd"), rows: 1 })
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(Error::internal)?;
        for values in rows {
            for (column, value) in (0_u16..).zip(values) {
                put(sheet, (self.rows, column), value, &self.dates).map_err(Error::internal)?;
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Ends the workbook, and returns it as bytes.
    pub fn into_bytes(mut self) -> Result<Vec<u8>> {
        self.workbook.save_to_buffer().map_err(Error::internal)
    }

    /// Ends the workbook in a temporary file, which is to be read from its beginning and is gone once it is closed.
    pub fn into_file(mut self) -> Result<File> {
        let mut writer = BufWriter::new(tempfile::tempfile().map_err(Error::internal)?);
        self.workbook.save_to_writer(&mut writer).map_err(Error::internal)?;
        let mut file = writer.into_inner().map_err(|error| Error::internal(error.into_error()))?;
        file.rewind().map_err(Error::internal)?;
        Ok(file)
    }
}

/// Adds the sheet, with the names of its columns.
fn head(workbook: &mut Workbook, columns: &[&'static str]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, name) in (0_u16..).zip(columns) {
        sheet.set_column_width(column, WIDTH)?;
        sheet.write_string_with_format(0, column, *name, &bold)?;
    }
    Ok(())
}

/// Writes a cell. Texts are written as texts, so that none is a formula.
fn put(sheet: &mut Worksheet, (row, column): (u32, u16), value: &Value, dates: &Format) -> Result<(), XlsxError> {
    match value {
        Value::Empty => return Ok(()),
        Value::Text(text) => sheet.write_string(row, column, fitting(text))?,
        Value::Number(figure) => sheet.write(row, column, *figure)?,
        Value::Decimal(figure) => match figure.parse::<f64>() {
            // Those of workbooks are floating-point numbers; nothing reckons with them here.
            Ok(number) if number.is_finite() => sheet.write_number(row, column, number)?,
            _ => sheet.write_string(row, column, fitting(figure))?,
        },
        Value::Date(date) if date.year() >= FIRST_YEAR => sheet.write_datetime_with_format(row, column, date, dates)?,
        Value::Date(date) => sheet.write_string(row, column, date.to_string())?,
    };
    Ok(())
}

/// A text as a cell may hold it: without the control characters that nobody typed, and cut where programs would refuse it.
fn fitting(text: &str) -> String {
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf16();
        length <= MOST_CHARS
    };
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r')).take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, optional};
    use super::super::read::Sheet;
    use super::*;
    use std::io::Read;

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }

    fn read_back(book: Book) -> Vec<u8> {
        let mut file = Vec::new();
        book.into_file().expect("a workbook").read_to_end(&mut file).expect("readable");
        file
    }

    #[test]
    fn what_is_added_piece_by_piece_is_one_workbook() {
        let columns: &[Column] = &[optional("text", "", ""), optional("number", "", ""), optional("date", "", "")];
        let texts = ["=1+1", "a < b & \"c\"", " two\nlines ", "_x0041_", "", "\u{1}bell", "Ação 王"];
        let mut book = Book::begin(&["text", "number", "date"]).expect("begun");
        for (number, text) in (1_i64..).zip(texts) {
            let row = vec![Value::from(text), Value::from(number), Value::from(date(2026, 12, 24))];
            book.add(&[row]).expect("added");
        }
        let file = read_back(book);
        let sheet = Sheet::read(&file, columns).expect("readable");
        let read: Vec<[Option<&str>; 3]> =
            sheet.rows.iter().map(|row| [row.text("text"), row.text("number"), row.text("date")]).collect();
        let day = Some("2026-12-24");
        assert_eq!(read[0], [Some("=1+1"), Some("1"), day]);
        assert_eq!(read[1], [Some("a < b & \"c\""), Some("2"), day]);
        assert_eq!((read[3], read[4]), ([Some("_x0041_"), Some("4"), day], [None, Some("5"), day]));
        assert_eq!((read[5][0], read[6][0], read.len()), (Some("bell"), Some("Ação 王"), texts.len()));
    }

    #[test]
    fn what_workbooks_cannot_count_is_a_text() {
        let columns: &[Column] = &[optional("value", "", "")];
        let mut book = Book::begin(&["value"]).expect("begun");
        let values = [Value::from(date(1899, 12, 31)), Value::from(date(1900, 3, 1)), Value::Decimal("1e999".into())];
        book.add(&values.map(|value| vec![value])).expect("added");
        let file = book.into_bytes().expect("a workbook");
        let sheet = Sheet::read(&file, columns).expect("readable");
        let read: Vec<Option<&str>> = sheet.rows.iter().map(|row| row.text("value")).collect();
        assert_eq!(read, [Some("1899-12-31"), Some("1900-03-01"), Some("1e999")]);
    }

    #[test]
    fn a_text_ends_where_a_cell_does() {
        assert_eq!(fitting("Ana\u{7}\tBo\n"), "Ana\tBo\n");
        assert_eq!(fitting(&"a".repeat(MOST_CHARS + 1)).len(), MOST_CHARS);
        assert_eq!(fitting(&"🏨".repeat(MOST_CHARS)).chars().count(), MOST_CHARS / 2, "of which each counts twice");
    }

    #[test]
    fn the_same_rows_are_the_same_bytes() {
        let write = || {
            let mut book = Book::begin(&["text"]).expect("begun");
            book.add(&[vec![Value::from("Ana")]]).expect("added");
            book
        };
        let file = read_back(write());
        assert!(file == read_back(write()) && file == write().into_bytes().expect("a workbook"));
    }
}
