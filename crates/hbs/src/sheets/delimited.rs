//! CSV, as spreadsheets of all countries write it.
use super::cell::Cell;
use super::error::SheetError;
use super::limits::{Limit, MAX_CELLS};
use super::table::Table;
use crate::Error;
use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

const BYTE_ORDER_MARK: char = '\u{feff}';
const DELIMITERS: &[u8] = b",;\t|";

/// Writes lines as CSV in UTF-8. Texts that people wrote are for [`safe_cell`](super::safe_cell) before.
pub fn csv_lines<L, C>(lines: impl IntoIterator<Item = L>) -> crate::Result<Vec<u8>>
where
    L: IntoIterator<Item = C>,
    C: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// Reads the lines of a CSV file.
pub fn read(bytes: &[u8], table: &mut Table<'_>) -> Result<(), SheetError> {
    let text = decode(bytes)?;
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    let (told, text) = told_delimiter(text);
    let delimiter = told.unwrap_or_else(|| likely_delimiter(text));
    if text.bytes().filter(|byte| *byte == delimiter).count() > MAX_CELLS {
        return Err(Limit::Cells.into());
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                return Err(SheetError::DamagedCsv(line, error.to_string()));
            }
        }
        let line = record.position().map_or(0, |position| line_of(text, position));
        let cells: Vec<(usize, Cell<'_>)> =
            record.iter().map(Cell::typed).enumerate().filter(|(_, cell)| !cell.is_empty()).collect();
        table.add(usize::try_from(line).unwrap_or(usize::MAX), &cells)?;
    }
}

/// Returns the text of a file: UTF-8, UTF-16 with its mark, or else Windows-1252, which says nothing of itself.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => {
            let content = bytes.get(mark..).unwrap_or_default();
            encoding.decode_without_bom_handling_and_without_replacement(content).ok_or(SheetError::NotASheet)?
        }
        None => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => western(bytes)?,
        },
    };
    if text.contains('\0') { Err(SheetError::NotASheet) } else { Ok(text) }
}

/// Decodes Windows-1252, which takes any bytes for text: a file with control characters is something else.
fn western(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    if text.contains(is_odd) { Err(SheetError::NotASheet) } else { Ok(text) }
}

/// Returns the delimiter that the first line tells (`sep=;`), and the text below that line. For a spreadsheet the first
/// line is the one below it.
fn told_delimiter(text: &str) -> (Option<u8>, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_end_matches('\r');
    let inner = first.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(first);
    let is_told = inner.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="));
    match inner.as_bytes().get(4..) {
        Some(&[delimiter]) if is_told && delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && delimiter != b'"' => {
            (Some(delimiter), rest)
        }
        _ => (None, text),
    }
}

/// Returns the character between the cells of the header: spreadsheets write semicolons if a comma is the decimal mark.
fn likely_delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    let most = DELIMITERS.iter().copied().rev().max_by_key(|delimiter| count(*delimiter));
    most.unwrap_or(b',')
}

/// Returns the line in which a record begins. The reader skips empty lines and notes where it began to.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let passed = breaks.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(passed).unwrap_or(0)
}
