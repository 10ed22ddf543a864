//! What became of each row.
use crate::answer::Answer;
use crate::error::{ClientError, problems};
use crate::outbox::Cause;
use crate::security::Scope;
use crate::{Error, Result};
use serde::Serialize;
use uuid::Uuid;

/// How an import is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Change nothing, only say what would happen.
    pub dry_run: bool,
    /// Import what is right even if something else is wrong.
    pub partial: bool,
}

/// An import: where to, how, by whom, and who is told how far it is.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    pub scope: &'a Scope,
    pub property_id: Uuid,
    pub options: ImportOptions,
    pub cause: &'a Cause,
    pub progress: Progress<'a>,
}

/// Is told of each [`Step`]; from inside a transaction, so it must not block.
pub type Progress<'a> = &'a (dyn Fn(Step) + Send + Sync);

/// How far an import is, in rows from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Checked(usize),
    /// Of so many that are imported.
    Written(usize, usize),
}

/// For whom nobody waits.
pub const SILENT: Progress<'static> = &|_| ();

/// What a row makes, with the id that it will have.
pub trait Made {
    fn id(&self) -> Uuid;
}

/// What an import did, or would do, row by row.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Whether nothing was changed because that was asked for.
    pub dry_run: bool,
    /// Rows below the header.
    #[schema(example = 120)]
    pub rows: usize,
    #[schema(example = 120)]
    pub imported: usize,
    #[schema(example = 0)]
    pub refused: usize,
    pub items: Vec<RowReport>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RowReport {
    /// As the spreadsheet counts it: the header is 1.
    #[schema(example = 2)]
    pub row: usize,
    pub outcome: Outcome,
    /// What was made, unless it was a dry run.
    pub id: Option<Uuid>,
    /// What is wrong with a row that was refused.
    pub errors: Vec<CellError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; in a dry run: would be.
    Imported,
    Refused,
    /// Nothing is wrong with it, but with others, and all were to be imported or none.
    HeldBack,
}

/// What is wrong with a cell, or with the row as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CellError {
    #[schema(example = "room_type")]
    pub column: Option<&'static str>,
    #[schema(example = "\"DBX\" is not a room type of the property")]
    pub detail: String,
}

impl CellError {
    pub fn new(column: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self { column, detail: detail.into() }
    }
}

/// What is imported of the rows, and what is said of each.
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
    /// 200, or 422 where rows that are wrong kept everything from being imported.
    pub fn into_answer(self, options: &ImportOptions) -> Result<Answer> {
        if self.refused == 0 || options.partial || options.dry_run {
            return Answer::done(&self);
        }
        let detail = format!("{} of {} rows are wrong, so nothing was imported; see report.", self.refused, self.rows);
        let report = serde_json::to_value(&self).map_err(Error::internal)?;
        Err(Error::Client(Box::new(ClientError {
            problem: &problems::IMPORT_REFUSED,
            detail,
            errors: Vec::new(),
            extra: serde_json::Map::from_iter([("report".into(), report)]),
            retry_after: None,
        })))
    }
}
