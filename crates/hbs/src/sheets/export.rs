//! Exports: tables of values as files for spreadsheet programs.
use super::delimited::csv_lines;
use super::download::Download;
use super::guard::safe_cell;
use super::template::Format;
use crate::money::Money;
use crate::{Error, Result};
use axum::Json;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook, Worksheet, XlsxError};
use serde::{Deserialize, Serialize};

/// Width of the columns of a sheet, in characters.
const WIDTH: f64 = 16.0;

/// Form of an answer that is a table: JSON, or a file for spreadsheet programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    #[default]
    Json,
    Csv,
    Xlsx,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Empty,
    Text(String),
    Number(i64),
    /// Decimal number as text, such as `12.50`.
    Decimal(String),
    Date(NaiveDate),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Value {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Decimal(money.amount())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Value {
    /// Makes a value of a decimal number that is written as text.
    pub fn decimal(number: Option<&str>) -> Self {
        number.map_or(Self::Empty, |number| Self::Decimal(number.to_owned()))
    }

    /// The value as a cell of CSV, which no spreadsheet program takes for a formula.
    fn csv(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => safe_cell(text),
            Self::Number(number) => number.to_string(),
            Self::Decimal(number) => number.clone(),
            Self::Date(date) => date.to_string(),
        }
    }
}

/// A table with a head, of which each row has a value for each column.
pub struct Export {
    /// Name of the file, without its extension.
    pub name: String,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Value>>,
}

impl Export {
    /// Writes the table as CSV in UTF-8, or as a workbook of one sheet.
    fn write(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Csv => self.csv(),
            Format::Xlsx => self.xlsx().map_err(Error::internal),
        }
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let head: Vec<String> = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(Value::csv).collect::<Vec<String>>());
        csv_lines(std::iter::once(head).chain(rows))
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let (head, dates) = (CellFormat::new().set_bold(), CellFormat::new().set_num_format("yyyy-mm-dd"));
        for (column, name) in (0_u16..).zip(self.columns) {
            sheet.write_with_format(0, column, *name, &head)?;
            sheet.set_column_width(column, WIDTH)?;
        }
        for (place, row) in (1_u32..).zip(&self.rows) {
            for (column, value) in (0_u16..).zip(row) {
                write_cell(sheet, (place, column), value, &dates)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        book.save_to_buffer()
    }
}

/// Writes a cell. Texts are written as texts, so that none is a formula.
fn write_cell(sheet: &mut Worksheet, (row, column): (u32, u16), value: &Value, dates: &CellFormat) -> Result<(), XlsxError> {
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Value::Number(number) => write_number(sheet, (row, column), &number.to_string())?,
        Value::Decimal(number) => write_number(sheet, (row, column), number)?,
        Value::Date(date) => {
            sheet.write_with_format(row, column, &day(*date)?, dates)?;
        }
    }
    Ok(())
}

/// Writes a number. Those of workbooks are floating-point numbers; nothing reckons with them here.
fn write_number(sheet: &mut Worksheet, (row, column): (u32, u16), number: &str) -> Result<(), XlsxError> {
    match number.parse::<f64>() {
        Ok(number) => sheet.write_number(row, column, number)?,
        Err(_) => sheet.write_string(row, column, number)?,
    };
    Ok(())
}

fn day(date: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    ExcelDateTime::from_ymd(u16::try_from(date.year()).unwrap_or(u16::MAX), part(date.month()), part(date.day()))
}

/// An answer as JSON, or as a file.
pub enum Exported<T> {
    Json(T),
    File(Download),
}

impl<T> Exported<T> {
    /// Gives a body the form that was asked for.
    pub fn new(body: T, format: ExportFormat, table: impl FnOnce(&T) -> Export) -> Result<Self> {
        let format = match format {
            ExportFormat::Json => return Ok(Self::Json(body)),
            ExportFormat::Csv => Format::Csv,
            ExportFormat::Xlsx => Format::Xlsx,
        };
        let table = table(&body);
        let bytes = table.write(format)?;
        Ok(Self::File(Download::new(table.name, format, bytes)))
    }
}

impl<T: Serialize> IntoResponse for Exported<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Json(body) => Json(body).into_response(),
            Self::File(file) => file.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, optional};
    use super::super::read::Sheet;
    use super::*;

    fn table() -> Export {
        let date = NaiveDate::from_ymd_opt(2026, 12, 24).expect("a date");
        let row = vec![Value::from("=HYPERLINK(1)"), Value::from(7), Value::Decimal("12.50".into()), date.into(), Value::Empty];
        Export { name: "figures".into(), columns: &["text", "number", "decimal", "date", "empty"], rows: vec![row] }
    }

    #[test]
    fn a_table_is_csv_without_formulas() {
        let csv = String::from_utf8(table().write(Format::Csv).expect("CSV")).expect("UTF-8");
        assert_eq!(csv, "text,number,decimal,date,empty\n'=HYPERLINK(1),7,12.50,2026-12-24,\n");
    }

    #[test]
    fn a_table_is_a_workbook_that_can_be_read() {
        let columns: &[Column] = &[optional("text", "", ""), optional("number", "", ""), optional("decimal", "", "")];
        let table = Export { columns: &["text", "number", "decimal"], rows: vec![table().rows[0][..3].to_vec()], ..table() };
        let sheet = Sheet::read(&table.write(Format::Xlsx).expect("XLSX"), columns).expect("readable");
        let cell = |name| sheet.rows[0].text(name);
        assert_eq!((cell("text"), cell("number"), cell("decimal")), (Some("=HYPERLINK(1)"), Some("7"), Some("12.5")));
    }
}
