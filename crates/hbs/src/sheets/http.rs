//! Spreadsheets over HTTP: uploads and templates.
use super::column::Column;
use super::download::Download;
use super::error::{SheetError, TOO_LARGE_SHEET, UNREADABLE_SHEET};
use super::export::ExportFormat;
use super::report::ImportOptions;
use super::template::Format;
use crate::app::App;
use crate::error::problems;
use crate::http::{body, upload};
use crate::{Error, Result};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;
const MEDIA_TYPES: &[&str] =
    &["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream"];

/// Sets the body limit of routes whose bodies are files, which may be larger than JSON.
pub fn file_routes(routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
    routes.layer(DefaultBodyLimit::max(MAX_FILE_BYTES))
}

/// A body that is a file.
pub struct File(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let essence = body::media_type(request.headers());
        if !MEDIA_TYPES.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
            let detail = format!("Send the file as the body, with Content-Type {}.", MEDIA_TYPES.join(" or "));
            return Err(Error::client(&problems::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        Ok(Self(body::read(request, state, "A file has at most 10 MiB; split it.").await?))
    }
}

/// Property and options of an import.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ImportQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// `true` to report what would happen and change nothing.
    #[serde(default)]
    #[param(default = false)]
    pub dry_run: bool,
    /// `true` to import the valid rows and leave out the others.
    #[serde(default)]
    #[param(default = false)]
    pub partial: bool,
}

impl ImportQuery {
    pub fn options(&self) -> ImportOptions {
        ImportOptions { dry_run: self.dry_run, partial: self.partial }
    }
}

/// A spreadsheet as the body: CSV or XLSX.
pub struct SheetFile;

impl PartialSchema for SheetFile {
    fn schema() -> RefOr<Schema> {
        upload::binary("A spreadsheet: CSV or XLSX.")
    }
}

impl ToSchema for SheetFile {}

/// Choice of the file format of a template.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct TemplateQuery {
    /// File format: `csv`, which is the default, or `xlsx`.
    #[serde(default)]
    #[param(inline, example = "xlsx")]
    pub format: Format,
}

/// Choice of the form of an answer that is a table.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct InForm {
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// A template as a download.
pub struct Template(Download);

impl Template {
    pub fn new(name: &'static str, columns: &[Column], format: Format) -> Result<Self> {
        Ok(Self(Download::new(name, format, format.template(columns)?)))
    }
}

impl IntoResponse for Template {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<SheetError> for Error {
    fn from(error: SheetError) -> Self {
        let problem = if matches!(error, SheetError::TooLarge(_)) { &TOO_LARGE_SHEET } else { &UNREADABLE_SHEET };
        Self::client(problem, format!("The file {error}."))
    }
}
