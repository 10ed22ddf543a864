//! Report of an import, row by row.
use super::error::IMPORT_REFUSED;
use super::limits::MAX_DETAIL_CHARS;
use crate::answer::Answer;
use crate::outbox::Cause;
use crate::security::Scope;
use crate::{Error, Result};
use serde::Serialize;
use uuid::Uuid;

/// Options of an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// `true` to report what would happen and change nothing.
    pub dry_run: bool,
    /// `true` to import the valid rows even if others are wrong.
    pub partial: bool,
}

/// An import: its property, its options, its author, and the receiver of its progress.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    pub scope: &'a Scope,
    pub property_id: Uuid,
    pub options: ImportOptions,
    pub cause: &'a Cause,
    pub progress: Progress<'a>,
}

/// Receiver of each [`Step`] of an import; called inside a transaction, so it must not block.
pub type Progress<'a> = &'a (dyn Fn(Step) + Send + Sync);

/// Progress of an import, in rows from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Checked(usize),
    /// Number of rows written, and of rows that are imported.
    Written(usize, usize),
}

/// Progress receiver that does nothing.
pub const SILENT: Progress<'static> = &|_| ();

/// A thing that a row makes, with the id that it will have.
pub trait Made {
    fn id(&self) -> Uuid;
}

/// Result of an import, or of its dry run, row by row.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// `true` if nothing was changed because a dry run was asked for.
    pub dry_run: bool,
    /// Number of rows below the header.
    #[schema(example = 120)]
    pub rows: usize,
    /// Number of rows that were imported; in a dry run, of those that would be.
    #[schema(example = 120)]
    pub imported: usize,
    /// Number of rows that were refused because of errors.
    #[schema(example = 0)]
    pub refused: usize,
    /// Report on each row, in the order of the file.
    pub items: Vec<RowReport>,
}

/// Report on one row of an import.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RowReport {
    /// Number of the row as spreadsheets count: the header is 1.
    #[schema(example = 2)]
    pub row: usize,
    /// Outcome of the row.
    pub outcome: Outcome,
    /// Id of what the row made; null in a dry run.
    pub id: Option<Uuid>,
    /// Errors of a row that was refused.
    pub errors: Vec<CellError>,
}

/// Outcome of a row: imported or, in a dry run, ready to be (`imported`); wrong (`refused`); or valid, but not imported
/// because others are wrong (`held_back`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The row was imported; in a dry run, it would be.
    Imported,
    /// The row has errors.
    Refused,
    /// The row is valid but was not imported, because others are wrong and all were to be imported or none.
    HeldBack,
}

/// An error of a cell, or of the row as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CellError {
    /// Name of the column; null for an error of the row as a whole.
    #[schema(example = "room_type")]
    pub column: Option<&'static str>,
    /// Reason why the value or the row is refused, as a sentence without subject.
    #[schema(example = "\"DBX\" is not a room type of the property")]
    pub detail: String,
}

impl CellError {
    pub fn new(column: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self { column, detail: cut(detail.into()) }
    }
}

/// Returns what an error says, cut if it is long.
fn cut(detail: String) -> String {
    match detail.char_indices().nth(MAX_DETAIL_CHARS) {
        Some((end, _)) => format!("{}…", &detail[..end]),
        None => detail,
    }
}

/// Decides which rows are imported, and reports on each.
pub fn decide<T: Made>(options: &ImportOptions, rows: Vec<(usize, Result<T, Vec<CellError>>)>) -> (Report, Vec<T>) {
    let refused = rows.iter().filter(|(_, row)| row.is_err()).count();
    let held_back = refused > 0 && !options.partial;
    let mut made = Vec::new();
    let mut items = Vec::with_capacity(rows.len());
    for (row, result) in rows {
        items.push(match result {
            Err(errors) => RowReport { row, outcome: Outcome::Refused, id: None, errors },
            Ok(_) if held_back => RowReport { row, outcome: Outcome::HeldBack, id: None, errors: Vec::new() },
            Ok(new) => {
                let id = Some(new.id()).filter(|_| !options.dry_run);
                made.push(new);
                RowReport { row, outcome: Outcome::Imported, id, errors: Vec::new() }
            }
        });
    }
    (Report { dry_run: options.dry_run, rows: items.len(), imported: made.len(), refused, items }, made)
}

impl Report {
    /// Answers 200, or 422 if wrong rows kept everything from being imported.
    pub fn into_answer(self, options: &ImportOptions) -> Result<Answer> {
        if self.refused == 0 || options.partial || options.dry_run {
            return Answer::done(&self);
        }
        let detail = format!("{} of {} rows are wrong, so nothing was imported; see report.", self.refused, self.rows);
        let report = serde_json::value::to_raw_value(&self).map_err(Error::internal)?;
        Err(Error::client(&IMPORT_REFUSED, detail).with_text("report", report))
    }
}
