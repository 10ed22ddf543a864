//! Spreadsheets, CSV or XLSX. Those that people send are read row by row within bounds, checked cell by cell, answered with a
//! report; those that people fetch are written from tables of values, long ones page by page. Knows no domain: a domain says
//! which columns there are and what a row means.
mod amounts;
mod book;
mod cell;
mod column;
mod dates;
mod delimited;
mod download;
mod error;
mod export;
mod guard;
mod http;
mod imports;
mod limits;
mod pages;
mod read;
mod report;
mod row;
mod table;
mod template;
mod value;
mod workbook;

pub use column::{Column, Content, optional, required};
pub use delimited::csv_lines;
pub use download::Download;
pub use error::{IMPORT_REFUSED, PROBLEMS, SheetError, TOO_LARGE_SHEET, UNREADABLE_SHEET};
pub use export::{Export, ExportFormat, Exported};
pub use guard::{safe_cell, without_guards};
pub use http::{File, ImportQuery, InForm, SheetFile, Template, TemplateQuery, file_routes};
pub use imports::{ImportTurn, Receiving, open};
pub use limits::MAX_ROWS;
pub use pages::{Paged, Rows};
pub use read::Sheet;
pub use report::{CellError, Import, ImportOptions, Made, Outcome, Progress, Report, RowReport, SILENT, Step, decide};
pub use row::{Row, quoted};
pub use template::Format;
pub use value::Value;
