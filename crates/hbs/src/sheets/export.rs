//! Exports: tables of values as files for spreadsheet programs, and on paper.
use super::book::Book;
use super::delimited::csv_lines;
use super::download::Download;
use super::template::Format;
use super::value::Value;
use crate::error::FieldError;
use crate::{Error, Result};
use axum::Json;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use hbs_documents::{Align, Moment};
use serde::{Deserialize, Serialize};

/// Most columns that stand side by side on paper.
const ABREAST: usize = 6;

/// Most rows of a document: some hundred pages, which are written within seconds. Nobody reads more on paper.
const MOST_PRINTED: usize = 5_000;

/// Form of an answer that is a table: JSON, a file for spreadsheet programs, or a document to be printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    #[default]
    Json,
    Csv,
    Xlsx,
    Pdf,
}

impl ExportFormat {
    /// The format of the file for spreadsheet programs; none if something else is asked for.
    pub fn sheet(self) -> Option<Format> {
        match self {
            Self::Csv => Some(Format::Csv),
            Self::Xlsx => Some(Format::Xlsx),
            Self::Json | Self::Pdf => None,
        }
    }
}

/// A table with a head, of which each row has a value for each column.
pub struct Export {
    /// Names of the hotels that it tells of, for the head of a document.
    pub of: Vec<String>,
    /// Name of the file, without its extension: its subject, and after a hyphen the dates that it is of.
    pub name: String,
    /// Date up to which it tells, by which a document is dated.
    pub date: NaiveDate,
    /// Sentences below the table of a document.
    pub notes: Vec<String>,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Value>>,
}

impl Export {
    /// Writes the table as CSV in UTF-8, or as a workbook of one sheet. The same table gives the same bytes.
    fn write(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Csv => {
                let mut file = csv_lines([&self.columns])?;
                file.extend(csv_lines(self.rows.iter().map(|row| row.iter().map(Value::csv)))?);
                Ok(file)
            }
            Format::Xlsx => {
                let mut book = Book::begin(&self.columns)?;
                book.add(&self.rows)?;
                book.into_bytes()
            }
        }
    }

    /// Writes the table as a document. The same table gives the same bytes.
    fn pdf(&self) -> Result<Vec<u8>> {
        let heading = self.heading();
        let small = |number: u32| u8::try_from(number).unwrap_or(1);
        let (year, month, day) = (u16::try_from(self.date.year()).unwrap_or(1), self.date.month(), self.date.day());
        let mut tables = self.printed();
        let more = tables.split_off(tables.len().min(1));
        let sheet = hbs_documents::Sheet {
            title: heading.clone(),
            language: "en".to_owned(),
            created: Moment { year, month: small(month), day: small(day), ..Moment::default() },
            sender: self.sender(),
            heading,
            table: tables.pop().unwrap_or_default(),
            more,
            notes: self.notes.clone(),
            page_words: "Page {page} of {pages}".to_owned(),
            goes_on: "goes on".to_owned(),
            ..hbs_documents::Sheet::default()
        };
        hbs_documents::write(&sheet).map_err(Error::internal)
    }

    /// The head of a document: the name of the hotel, or how many there are and their names.
    fn sender(&self) -> Vec<String> {
        match &self.of[..] {
            [] | [_] => self.of.clone(),
            several => vec![format!("{} hotels", several.len()), several.join(", ")],
        }
    }

    /// Refuses to print what is too long for paper.
    fn check_length(&self) -> Result<()> {
        let rows = self.rows.len();
        if rows <= MOST_PRINTED {
            return Ok(());
        }
        let detail = format!("is of {rows} rows as pdf, which has at most {MOST_PRINTED}: ask for csv or xlsx, or for less");
        Err(Error::invalid_query(vec![FieldError::query("format", detail)]))
    }

    /// The name as a heading: `occupancy-2026-12-01-2026-12-31` is `Occupancy 2026-12-01-2026-12-31`.
    fn heading(&self) -> String {
        let (subject, dates) = self.name.split_once('-').unwrap_or((self.name.as_str(), ""));
        let mut letters = subject.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{} {dates}", letters.as_str())
    }

    /// The table as it fits on paper: a wide one is cut into several, of which each has the columns by which rows are known.
    fn printed(&self) -> Vec<hbs_documents::Table> {
        let named = if self.columns.get(1).is_some_and(|name| name.ends_with("name")) { 2 } else { 1 };
        let known_by: Vec<usize> = (0..named).chain(self.differing()).collect();
        let others: Vec<usize> = (0..self.columns.len()).filter(|place| !known_by.contains(place)).collect();
        let part = |places: &[usize]| self.part(&[&known_by[..], places].concat());
        others.chunks(ABREAST - known_by.len()).map(part).collect()
    }

    /// The columns of hotels and currencies, if rows differ in them: what is in other columns says nothing without them.
    fn differing(&self) -> Vec<usize> {
        let differs = |place: &usize| {
            let mut cells = self.rows.iter().map(|row| row.get(*place));
            let first = cells.next();
            cells.any(|cell| Some(cell) != first)
        };
        let places = ["property", "currency"].iter().filter_map(|name| self.columns.iter().position(|column| column == name));
        places.filter(differs).collect()
    }

    /// Some columns of the table.
    fn part(&self, places: &[usize]) -> hbs_documents::Table {
        let column = |place: &usize| {
            let is_figure = self.rows.iter().any(|row| row.get(*place).is_some_and(Value::is_figure));
            let (width, align) = if is_figure { (12, Align::Right) } else { (16, Align::Left) };
            let title = self.columns.get(*place).copied().unwrap_or_default().replace('_', " ");
            hbs_documents::Column { title, width, align }
        };
        let cell = |row: &Vec<Value>, place: &usize| row.get(*place).map(Value::printed).unwrap_or_default();
        let rows = self.rows.iter().map(|row| places.iter().map(|place| cell(row, place)).collect::<Vec<String>>());
        hbs_documents::Table { columns: places.iter().map(column).collect(), rows: rows.collect() }
    }
}

/// An answer as JSON, or as a file.
pub enum Exported<T> {
    Json(T),
    File(Download),
}

impl<T> Exported<T> {
    /// Gives a body the form that was asked for.
    pub async fn new(body: T, format: ExportFormat, table: fn(&T) -> Export) -> Result<Self> {
        if format == ExportFormat::Json {
            return Ok(Self::Json(body));
        }
        let format = format.sheet();
        let table = table(&body);
        if format.is_none() {
            table.check_length()?;
        }
        // Long tables take a while.
        let write = move || -> Result<Download> {
            Ok(match format {
                Some(format) => Download::new(&table.name, format, table.write(format)?),
                None => Download::pdf(&table.name, table.pdf()?),
            })
        };
        tokio::task::spawn_blocking(write).await.map_err(Error::internal)?.map(Self::File)
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
        let columns = vec!["text", "number", "decimal", "date", "empty"];
        let of = vec!["Hotel Miramar".to_owned()];
        Export { of, name: "figures-2026".into(), date, notes: Vec::new(), columns, rows: vec![row] }
    }

    #[test]
    fn a_table_is_csv_without_formulas() {
        let csv = String::from_utf8(table().write(Format::Csv).expect("CSV")).expect("UTF-8");
        assert_eq!(csv, "text,number,decimal,date,empty\n'=HYPERLINK(1),7,12.50,2026-12-24,\n");
    }

    #[test]
    fn a_wide_table_is_cut_where_paper_ends() {
        let columns = vec!["key", "name", "a", "b", "c_d", "e", "f", "g"];
        let row: Vec<Value> = ["k", "n"].map(Value::from).into_iter().chain((1_i64..=6).map(Value::from)).collect();
        let wide = Export { columns, rows: vec![row], ..table() };
        let told: Vec<(Vec<String>, Vec<String>)> = wide
            .printed()
            .into_iter()
            .map(|part| (part.columns.into_iter().map(|column| column.title).collect(), part.rows.concat()))
            .collect();
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        assert_eq!(
            told,
            [
                (strings(&["key", "name", "a", "b", "c d", "e"]), strings(&["k", "n", "1", "2", "3", "4"])),
                (strings(&["key", "name", "f", "g"]), strings(&["k", "n", "5", "6"])),
            ]
        );
        assert_eq!(wide.heading(), "Figures 2026");
        let pdf = wide.pdf().expect("a document");
        assert!(pdf.starts_with(b"%PDF") && wide.pdf().expect("a document") == pdf);
    }

    #[test]
    fn amounts_of_several_currencies_stand_beside_them() {
        let columns = vec!["key", "name", "a", "b", "c", "d", "currency"];
        let row = |currency: &str| -> Vec<Value> {
            ["k", "n"].map(Value::from).into_iter().chain((1_i64..=4).map(Value::from)).chain([currency.into()]).collect()
        };
        let heads = |rows: Vec<Vec<Value>>| -> Vec<Vec<String>> {
            let table = Export { columns: columns.clone(), rows, ..table() };
            table.printed().into_iter().map(|part| part.columns.into_iter().map(|column| column.title).collect()).collect()
        };
        let one = [vec!["key", "name", "a", "b", "c", "d"], vec!["key", "name", "currency"]];
        assert_eq!(heads(vec![row("EUR"), row("EUR")]), one);
        let several = [vec!["key", "name", "currency", "a", "b", "c"], vec!["key", "name", "currency", "d"]];
        assert_eq!(heads(vec![row("EUR"), row("CHF")]), several);
    }

    #[test]
    fn a_document_says_whose_it_is_and_how_long_it_may_be() {
        assert_eq!(table().sender(), ["Hotel Miramar"]);
        let both = Export { of: vec!["Hotel Miramar".to_owned(), "Hotel Sol".to_owned()], ..table() };
        assert_eq!(both.sender(), ["2 hotels", "Hotel Miramar, Hotel Sol"]);
        let rows = |count: usize| Export { rows: vec![table().rows[0].clone(); count], ..table() };
        assert!(rows(MOST_PRINTED).check_length().is_ok());
        let refused = rows(MOST_PRINTED + 1).check_length().expect_err("too long");
        assert!(format!("{refused:?}").contains("5001 rows"), "{refused:?}");
    }

    #[test]
    fn a_table_is_a_workbook_that_can_be_read() {
        let columns: &[Column] = &[optional("text", "", ""), optional("number", "", ""), optional("decimal", "", "")];
        let table = Export { columns: vec!["text", "number", "decimal"], rows: vec![table().rows[0][..3].to_vec()], ..table() };
        let sheet = Sheet::read(&table.write(Format::Xlsx).expect("XLSX"), columns).expect("readable");
        let cell = |name| sheet.rows[0].text(name);
        assert_eq!((cell("text"), cell("number"), cell("decimal")), (Some("=HYPERLINK(1)"), Some("7"), Some("12.5")));
    }
}
