use super::dto::OpeningQuery;
use super::error;
use super::rules::COLUMNS;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios;
use crate::error::problems;
use crate::http::{Query, Rehearsable, routes};
use crate::security::permission::AccountingWrite;
use crate::security::{Caller, Staff};
use crate::sheets::{self, File, Receiving, Report, SheetFile, Template, TemplateQuery};
use utoipa_axum::router::OpenApiRouter;

/// Routes of opening balances.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(import_openings))))
        .routes(routes!(openings_template))
}

/// Bring in the balances of another system from a spreadsheet.
///
/// For the day on which a hotel begins with HBS, after its accounts are added and its reservations imported, those of guests
/// in the house too. Each row is a balance at the end of the day before: of the folio of guests who have come, of what was
/// paid for a stay to come, or of an account. Entries of kind `opening` bring it there, against the ledger `opening`: nights
/// and payments of the other system are no revenue here. All rows are brought in or none, and only if the ledgers then come
/// to `guest`, `deposits` and `city`; otherwise 409 `openings.does_not_tie` names the differences. A row is brought in once: sent
/// again it changes nothing.
#[utoipa::path(post, path = "/v1/opening-balances/import", tag = "accounting", security(("bearer" = ["accounting:write"])), params(OpeningQuery),
    request_body(content((SheetFile = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (SheetFile = "application/octet-stream"))),
    responses((status = 200, body = Report)),
    extensions(("x-problems" = json!([sheets::PROBLEMS, problems::BUSY, error::DOES_NOT_TIE, folios::CLOSED]))))]
pub async fn import_openings(
    app: App,
    staff: Staff<AccountingWrite>,
    Query(query): Query<OpeningQuery>,
    receiving: Receiving,
    Rehearsable(key, File(file)): Rehearsable<File>,
) -> Result<Answer> {
    let _turn = receiving.turn(&app).await?;
    service::import_file(&app, &staff, &key, &query, file).await
}

/// Get an empty spreadsheet for opening balances.
///
/// The file has a header line and one example row. In XLSX, each column has a note on its content.
#[utoipa::path(get, path = "/v1/opening-balances/import/template", tag = "accounting", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content((String = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn openings_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("opening-balances", COLUMNS, query.format)
}
