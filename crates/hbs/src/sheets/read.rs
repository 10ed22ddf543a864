//! Reading of spreadsheet files as rows of text.
use super::{Column, Row};
use calamine::{Data, Reader, Xlsx};
use std::collections::HashSet;
use std::io::Cursor;

/// Maximum number of rows of a file.
pub const MAX_ROWS: usize = 50_000;

/// Maximum size of an unpacked XLSX, in bytes: a small file can hold very much of nothing.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
const XLSX_SIGNATURE: &[u8] = b"PK\x03\x04";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The rows of a file below its header.
#[derive(Debug)]
pub struct Sheet {
    pub rows: Vec<Row>,
}

/// Reason why a file cannot be read at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SheetError {
    #[error("is neither CSV in UTF-8 nor XLSX")]
    NotASheet,
    #[error("is a damaged XLSX file: {0}")]
    DamagedXlsx(String),
    #[error("unpacks to more than the server accepts")]
    TooLarge,
    #[error("line {0} is not CSV: {1}")]
    DamagedCsv(u64, String),
    #[error("has no rows below a header")]
    Empty,
    #[error("has more than {MAX_ROWS} rows; split it")]
    TooManyRows,
    #[error("has the column {0:?}, which is not known; known are: {1}")]
    UnknownColumn(String, String),
    #[error("has the column {0:?} twice")]
    TwiceColumn(String),
    #[error("lacks the column {0:?}")]
    MissingColumn(&'static str),
}

impl Sheet {
    /// Reads a file, whose first bytes determine its format. Its first line names the columns, in any order and any
    /// case. Empty rows are ignored.
    pub fn read(bytes: &[u8], columns: &[Column]) -> Result<Self, SheetError> {
        let lines = if bytes.starts_with(XLSX_SIGNATURE) { read_xlsx(bytes)? } else { read_csv(bytes)? };
        let mut lines = lines.into_iter().filter(|line| line.cells.iter().any(|cell| !cell.is_empty()));
        let header = lines.next().ok_or(SheetError::Empty)?;
        let names = known_columns(&header.cells, columns)?;
        let rows: Vec<Row> = lines.map(|line| Row::new(line.number, &names, line.cells)).collect();
        match rows.len() {
            0 => Err(SheetError::Empty),
            1..=MAX_ROWS => Ok(Self { rows }),
            _ => Err(SheetError::TooManyRows),
        }
    }
}

/// A line of the file, counted as spreadsheets do: the first is 1.
struct Line {
    number: usize,
    cells: Vec<String>,
}

/// Returns the column of each cell of the header; none for an empty cell.
fn known_columns(header: &[String], columns: &[Column]) -> Result<Vec<Option<Column>>, SheetError> {
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(header.len());
    for cell in header {
        let wanted = cell.to_lowercase().replace(' ', "_");
        if wanted.is_empty() {
            names.push(None);
            continue;
        }
        let column = columns.iter().find(|column| column.name == wanted).ok_or_else(|| {
            let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
            SheetError::UnknownColumn(cell.clone(), known.join(", "))
        })?;
        if !seen.insert(column.name) {
            return Err(SheetError::TwiceColumn(cell.clone()));
        }
        names.push(Some(*column));
    }
    match columns.iter().find(|column| column.required && !seen.contains(column.name)) {
        Some(missing) => Err(SheetError::MissingColumn(missing.name)),
        None => Ok(names),
    }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Line>, SheetError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SheetError::NotASheet)?.trim_start_matches(BYTE_ORDER_MARK);
    if text.contains('\0') {
        return Err(SheetError::NotASheet);
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(text)).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            SheetError::DamagedCsv(line, error.to_string())
        })?;
        let line = record.position().map_or(0, |position| line_of(text, position));
        let cells = record.iter().map(|cell| cell.trim().to_owned()).collect();
        lines.push(Line { number: usize::try_from(line).unwrap_or(usize::MAX), cells });
        if lines.len() > 2 * MAX_ROWS {
            return Err(SheetError::TooManyRows);
        }
    }
    Ok(lines)
}

/// Returns the line in which a record begins. The reader skips empty lines and notes where it began to.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let passed = breaks.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(passed).unwrap_or(0)
}

/// Returns the character between cells: spreadsheets write semicolons if a comma is the decimal mark.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: char| header.matches(delimiter).count();
    if count('\t') > count(',').max(count(';')) {
        b'\t'
    } else if count(';') > count(',') {
        b';'
    } else {
        b','
    }
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<Line>, SheetError> {
    check_unpacked_size(bytes)?;
    let damaged = |error: calamine::XlsxError| SheetError::DamagedXlsx(error.to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let range = book.worksheet_range_at(0).ok_or(SheetError::Empty)?.map_err(damaged)?;
    let first = range.start().map_or(0, |(row, _)| row);
    let lines = range.rows().zip(1..).map(|(cells, n): (_, usize)| Line {
        number: usize::try_from(first).unwrap_or(0) + n,
        cells: cells.iter().map(cell_text).collect(),
    });
    let lines: Vec<Line> = lines.take(2 * MAX_ROWS).collect();
    Ok(lines)
}

fn check_unpacked_size(bytes: &[u8]) -> Result<(), SheetError> {
    let damaged = |error: zip::result::ZipError| SheetError::DamagedXlsx(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut unpacked = 0_u64;
    for n in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(n).map_err(damaged)?.size());
    }
    if unpacked > MAX_UNPACKED_BYTES { Err(SheetError::TooLarge) } else { Ok(()) }
}

/// Returns a cell as it would be typed: whole numbers without a fraction, dates as ISO 8601.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.trim().to_owned(),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.get(..10).unwrap_or(text).to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{optional, required};
    use super::*;

    const COLUMNS: &[Column] = &[required("number", "101", ""), required("room_type", "DBL", ""), optional("floor", "1", "")];

    fn cells(bytes: &[u8]) -> Result<Vec<(usize, String, String)>, SheetError> {
        let sheet = Sheet::read(bytes, COLUMNS)?;
        let cell = |row: &Row, name| row.text(name).unwrap_or_default().to_owned();
        Ok(sheet.rows.iter().map(|row| (row.number, cell(row, "number"), cell(row, "floor"))).collect())
    }

    fn row(number: usize, first: &str, second: &str) -> (usize, String, String) {
        (number, first.into(), second.into())
    }

    #[test]
    fn csv_as_spreadsheets_write_it() {
        let plain = "number,room_type,floor\n101,DBL,1\n\n102, DBL ,\n";
        assert_eq!(cells(plain.as_bytes()).expect("read"), [row(2, "101", "1"), row(4, "102", "")]);
        let european = "\u{feff}Number;Room Type;Floor\r\n\"1;1\";DBL;2\r\n";
        assert_eq!(cells(european.as_bytes()).expect("read"), [row(2, "1;1", "2")]);
        let tabs = "floor\tnumber\troom_type\n3\t7\tDBL\n";
        assert_eq!(cells(tabs.as_bytes()).expect("read"), [row(2, "7", "3")]);
    }

    #[test]
    fn xlsx_with_numbers_and_dates() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in ["number", "room_type", "floor"].iter().enumerate() {
            sheet.write(0, u16::try_from(column).expect("small"), *name).expect("written");
        }
        sheet.write(1, 0, 101).expect("written");
        sheet.write(1, 1, "DBL").expect("written");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 12, 24).expect("a date");
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(1, 2, &date, &format).expect("written");
        let bytes = book.save_to_buffer().expect("a file");
        assert_eq!(cells(&bytes).expect("read"), [row(2, "101", "2026-12-24")]);
        assert!(matches!(cells(&bytes[..bytes.len() / 2]), Err(SheetError::DamagedXlsx(_))));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| cells(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(error(""), "has no rows below a header");
        assert_eq!(error("number,room_type\n"), "has no rows below a header");
        assert_eq!(error("number,floor\n1,1\n"), "lacks the column \"room_type\"");
        assert_eq!(error("number,room_type,number\n1,1,1\n"), "has the column \"number\" twice");
        assert_eq!(
            error("number,room_type,view\n1,1,1\n"),
            "has the column \"view\", which is not known; known are: number, room_type, floor"
        );
        assert_eq!(cells(&[0xff, 0xfe, 0x00]), Err(SheetError::NotASheet));
        let many = format!("number,room_type\n{}", "1,DBL\n".repeat(MAX_ROWS + 1));
        assert_eq!(error(&many), "has more than 50000 rows; split it");
    }
}
