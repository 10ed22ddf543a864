//! Workbooks (XLSX) of one sheet, written row by row: what was written so far can be taken, so that nothing grows with the rows.
use super::value::Value;
use crate::{Error, Result};
use chrono::NaiveDate;
use quick_xml::escape::escape;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

/// Most rows of a sheet below its head: programs read no more.
pub const MOST_ROWS: usize = 1_048_575;

/// Most characters of a cell: programs refuse a file that has more in one.
const MOST_CHARS: usize = 32_767;

/// Width of the columns, in characters.
const WIDTH: &str = "16";

/// Styles of cells, by their place among the `cellXfs`.
const BOLD: &str = " s=\"1\"";
const DATE: &str = " s=\"2\"";

/// The parts of a workbook beside its sheet: what there is, and how its cells look.
const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>",
    ),
    (
        "_rels/.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><bookViews><workbookView/></bookViews>\
         <sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" \
         Target=\"styles.xml\"/></Relationships>",
    ),
    (
        "xl/styles.xml",
        "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>\
         <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
         <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
         <fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>\
         <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>",
    ),
];

/// A workbook that is being written.
pub struct Book {
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
    /// Number of rows that there are, the head included.
    rows: usize,
}

/// What was written and not yet taken.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Book {
    /// Begins a workbook with its head, which stays in sight.
    pub fn begin(columns: &[&'static str]) -> Result<Self> {
        let written = Written::default();
        let mut book = Self { zip: ZipWriter::new_stream(written.clone()), written, rows: 0 };
        for (name, content) in PARTS {
            book.part(name)?;
            book.write(content)?;
        }
        book.part("xl/worksheets/sheet1.xml")?;
        let count = columns.len().max(1);
        book.write(&format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews>\
             <sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
             </sheetView></sheetViews><cols><col min=\"1\" max=\"{count}\" width=\"{WIDTH}\" customWidth=\"1\"/></cols>\
             <sheetData>"
        ))?;
        let head: Vec<Value> = columns.iter().map(|name| Value::from(*name)).collect();
        book.row(&head, BOLD)?;
        Ok(book)
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        rows.iter().try_for_each(|row| self.row(row, ""))
    }

    /// What came of it since it was asked for last.
    pub fn take(&self) -> Vec<u8> {
        self.written.take()
    }

    /// Ends the workbook, and returns what was not taken.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.write("</sheetData></worksheet>")?;
        let Self { zip, written, rows: _ } = self;
        zip.finish().map_err(Error::internal)?;
        Ok(written.take())
    }

    fn part(&mut self, name: &str) -> Result<()> {
        self.zip.start_file(name, SimpleFileOptions::default()).map_err(Error::internal)?;
        self.write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n")
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.zip.write_all(text.as_bytes()).map_err(Error::internal)
    }

    fn row(&mut self, values: &[Value], style: &str) -> Result<()> {
        self.rows += 1;
        let number = self.rows.to_string();
        let mut xml = format!("<row r=\"{number}\">");
        for (column, value) in values.iter().enumerate() {
            let place = format!("{}{number}", letters(column));
            xml.push_str(&cell(&place, value, style));
        }
        xml.push_str("</row>");
        self.write(&xml)
    }
}

/// A cell. Texts are written as texts, so that none is a formula.
fn cell(place: &str, value: &Value, style: &str) -> String {
    let number = |style: &str, number: &str| format!("<c r=\"{place}\"{style}><v>{number}</v></c>");
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => written(place, text, style),
        Value::Number(figure) => number(style, &figure.to_string()),
        // Those of workbooks are floating-point numbers; nothing reckons with them here.
        Value::Decimal(figure) if figure.parse::<f64>().is_ok_and(f64::is_finite) => number(style, figure),
        Value::Decimal(text) => written(place, text, style),
        Value::Date(date) => match serial(*date) {
            Some(serial) => number(DATE, &serial.to_string()),
            None => written(place, &date.to_string(), style),
        },
    }
}

/// A cell with a text. What XML cannot hold is left out; what programs would take for a code of theirs is written as one.
fn written(place: &str, text: &str, style: &str) -> String {
    let kept = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r')).take(MOST_CHARS);
    let text = kept.filter(|letter| !matches!(letter, '\u{fffe}' | '\u{ffff}')).collect::<String>().replace("_x", "_x005F_x");
    format!("<c r=\"{place}\"{style} t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>", escape(text))
}

/// Number of a date, by which workbooks count days. Theirs has a 29 February 1900, so what was before that has none.
fn serial(date: NaiveDate) -> Option<i64> {
    let (zero, first) = (NaiveDate::from_ymd_opt(1899, 12, 30)?, NaiveDate::from_ymd_opt(1900, 3, 1)?);
    (date >= first).then(|| (date - zero).num_days())
}

/// Name of a column, from 0 on: `A` to `Z`, then `AA`.
fn letters(column: usize) -> String {
    let mut name = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).map_or('A', |letter| char::from(b'A' + letter));
        name.insert(0, letter);
        rest = (rest - 1) / 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, optional};
    use super::super::read::Sheet;
    use super::*;

    #[test]
    fn columns_have_names() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn days_are_counted_as_workbooks_do() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
        assert_eq!(serial(date(2026, 12, 24)), Some(46_380));
        assert_eq!((serial(date(1900, 3, 1)), serial(date(1900, 2, 28))), (Some(61), None));
    }

    #[test]
    fn what_is_taken_in_pieces_is_one_workbook() {
        let columns: &[Column] = &[optional("text", "", ""), optional("number", "", ""), optional("date", "", "")];
        let texts = ["=1+1", "a < b & \"c\"", " two\nlines ", "_x0041_", "", "\u{1}bell", "Ação 王"];
        let date = NaiveDate::from_ymd_opt(2026, 12, 24).expect("a date");
        let mut book = Book::begin(&["text", "number", "date"]).expect("begun");
        let mut file = book.take();
        for (number, text) in (1_i64..).zip(texts) {
            book.add(&[vec![Value::from(text), Value::from(number), Value::from(date)]]).expect("added");
            file.extend(book.take());
        }
        file.extend(book.finish().expect("a workbook"));
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
    fn the_same_rows_are_the_same_bytes() {
        let write = || {
            let mut book = Book::begin(&["text"]).expect("begun");
            book.add(&[vec![Value::from("Ana")]]).expect("added");
            book.finish().expect("a workbook")
        };
        assert_eq!(write(), write());
    }
}
