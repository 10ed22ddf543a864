//! Spreadsheets that people send, CSV or XLSX: read row by row, checked cell by cell, answered with a report. Knows no
//! domain: a domain says which columns there are and what a row means.
mod error;
mod http;
mod read;
mod report;
mod row;
mod template;

pub use error::{IMPORT_REFUSED, PROBLEMS, UNREADABLE_SHEET};
pub use http::{File, ImportQuery, SheetFile, Template, TemplateQuery, file_routes};
pub use read::{MAX_ROWS, Sheet, SheetError};
pub use report::{CellError, Import, ImportOptions, Made, Outcome, Progress, Report, RowReport, SILENT, Step, decide};
pub use row::Row;
pub use template::{Format, safe_cell};

use crate::plain_text::Kind;

/// A column that a sheet may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub required: bool,
    /// Kind of the texts in its cells.
    pub kind: Kind,
    /// Description of the column for the template.
    pub about: &'static str,
    pub example: &'static str,
}

/// Makes a column that every sheet must have.
pub const fn required(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: true, kind: Kind::Line, about, example }
}

/// Makes a column that can be left out.
pub const fn optional(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: false, kind: Kind::Line, about, example }
}

/// Makes a column that can be left out, whose cells may have several lines.
pub const fn optional_paragraphs(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: false, kind: Kind::Paragraphs, about, example }
}
