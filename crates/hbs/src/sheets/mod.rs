//! Spreadsheets that people send, CSV or XLSX: read row by row within bounds, checked cell by cell, answered with a
//! report. Knows no domain: a domain says which columns there are and what a row means.
mod amounts;
mod cell;
mod dates;
mod delimited;
mod error;
mod guard;
mod http;
mod imports;
mod limits;
mod read;
mod report;
mod row;
mod table;
mod template;
mod workbook;

pub use error::{IMPORT_REFUSED, PROBLEMS, SheetError, TOO_LARGE_SHEET, UNREADABLE_SHEET};
pub use guard::{safe_cell, without_guards};
pub use http::{File, ImportQuery, SheetFile, Template, TemplateQuery, file_routes};
pub use imports::{ImportTurn, open};
pub use limits::MAX_ROWS;
pub use read::Sheet;
pub use report::{CellError, Import, ImportOptions, Made, Outcome, Progress, Report, RowReport, SILENT, Step, decide};
pub use row::{Row, quoted};
pub use template::Format;

/// A column that a sheet may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub required: bool,
    /// Description of the column for the template.
    pub about: &'static str,
    pub example: &'static str,
    /// Kind of the column's cells.
    pub content: Content,
}

/// Kind of the cells of a column. Cells of one kind show how the file writes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Text,
    Date,
    Amount,
}

/// Makes a column that every sheet must have.
pub const fn required(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: true, about, example, content: Content::Text }
}

/// Makes a column that can be left out.
pub const fn optional(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: false, about, example, content: Content::Text }
}

impl Column {
    /// Returns the same column, with dates in it.
    pub const fn dates(self) -> Self {
        Self { content: Content::Date, ..self }
    }

    /// Returns the same column, with amounts of money in it.
    pub const fn amounts(self) -> Self {
        Self { content: Content::Amount, ..self }
    }
}
