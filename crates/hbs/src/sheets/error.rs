//! Failures of imports.
use super::limits::Limit;
use super::report::Report;
use crate::error::{Member, Problem};

pub const UNREADABLE_SHEET: Problem = Problem {
    code: "import.unreadable",
    status: 422,
    title: "Unreadable spreadsheet",
    about: "The file is neither CSV nor XLSX, or its first line does not name the columns of the template.",
    members: &[],
};

pub const TOO_LARGE_SHEET: Problem = Problem {
    code: "import.too_large",
    status: 413,
    title: "Spreadsheet too large",
    about: "The file has more rows, columns, cells or text than an import takes, or unpacks to more. `detail` names the limit. \
            Split the file, and clear what is below and beside the rows.",
    members: &[],
};

pub const IMPORT_REFUSED: Problem = Problem {
    code: "import.refused",
    status: 422,
    title: "Rows refused",
    about: "Some rows are wrong, so nothing was imported. `report` lists the errors of each row; `partial=true` imports the valid rows.",
    members: &[Member::object::<Report>("report", "Result of each row.")],
};

pub const PROBLEMS: &[&Problem] = &[&UNREADABLE_SHEET, &TOO_LARGE_SHEET, &IMPORT_REFUSED];

/// Reason why a file cannot be read at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SheetError {
    #[error("is neither CSV (in UTF-8, UTF-16 or Windows-1252) nor XLSX")]
    NotASheet,
    #[error("is an Excel file of before 2007 or has a password; save it as XLSX without one")]
    OldWorkbook,
    #[error("is a damaged XLSX file: {0}")]
    DamagedXlsx(String),
    #[error("is not CSV in line {0}: {1}")]
    DamagedCsv(u64, String),
    #[error(transparent)]
    TooLarge(#[from] Limit),
    #[error("has no rows below a header")]
    Empty,
    #[error("has the column {0}, which is not known; known are: {1}")]
    UnknownColumn(String, String),
    #[error("has the column {0} twice")]
    TwiceColumn(String),
    #[error("lacks the column {0:?}")]
    MissingColumn(&'static str),
}
