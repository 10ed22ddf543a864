use super::dto::{
    AccountAgeing, AccountStatement, AgeingQuery, AgeingReport, GlCodesOut, JournalQuery, SetGlCodes, StatementQuery,
};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::OfHotels;
use crate::http::answer::Versioned;
use crate::http::upload::PdfFile;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::Keyed;
use crate::security::Staff;
use crate::security::permission::{AccountingWrite, AccountsRead, ReportsRead};
use crate::sheets::{Download, Exported, Format, InForm, SheetFile};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of accounting.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_account_statement))
        .routes(routes!(get_account_ageing))
        .routes(routes!(get_ageing_report))
        .routes(routes!(export_journal))
        .routes(routes!(get_gl_codes, set_gl_codes))
}

/// Show the statement of an account.
///
/// It has what was owed before the period, all that came to the account within it and was paid, and what is owed at its end.
/// Entries count on the date of the service, or on the business date of posting if that is later, so the amounts of closed
/// dates never change. When they are due is by the payment terms of now.
#[utoipa::path(get, path = "/v1/accounts/{id}/statement", tag = "accounting", security(("bearer" = ["accounts:read"])),
    params(("id" = Uuid, Path), StatementQuery), responses((status = 200, body = AccountStatement)))]
pub async fn get_account_statement(
    app: App,
    staff: Staff<AccountsRead>,
    PathId(id): PathId,
    Query(query): Query<StatementQuery>,
) -> Result<Json<AccountStatement>> {
    Ok(Json(service::statement(&app, &staff, id, &query).await?))
}

/// Show the open items of an account by their age.
#[utoipa::path(get, path = "/v1/accounts/{id}/ageing", tag = "accounting", security(("bearer" = ["accounts:read"])),
    params(("id" = Uuid, Path), AgeingQuery), responses((status = 200, body = AccountAgeing)))]
pub async fn get_account_ageing(
    app: App,
    staff: Staff<AccountsRead>,
    PathId(id): PathId,
    Query(query): Query<AgeingQuery>,
) -> Result<Json<AccountAgeing>> {
    Ok(Json(service::ageing(&app, &staff, id, &query).await?))
}

/// Show the open items of all accounts of hotels by their age.
///
/// Items are overdue once the payment terms of their account are over. The sum of all balances is that of the ledger `city`
/// at the end of the date, in each currency. A closed date has the names and terms of accounts that held when it was closed.
#[utoipa::path(get, path = "/v1/reports/ageing", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, AgeingQuery, InForm),
    responses((status = 200, content((AgeingReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn get_ageing_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(query): Query<AgeingQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<AgeingReport>> {
    Exported::new(service::ageing_report(&app, &staff, &of, &query).await?, form.format, AgeingReport::table).await
}

/// Export the journal of a date for accountants.
///
/// The file is CSV in UTF-8 with a header line. Each entry of a folio that counts on the date has two lines, a debit and a
/// credit, one in the ledger of who owes it and one in that of its kind, each with its code of the general ledger; a deposit
/// and a transfer come in pairs. The sum of the debits is that of the credits. Once the date is closed, the file never
/// changes: corrections stand in the journal of the date on which they are posted, and new codes hold from the business date
/// on. For the business date, it is as of now; for other dates, 404.
#[utoipa::path(get, path = "/v1/reports/journal", tag = "reports", security(("bearer" = ["reports:read"])),
    params(JournalQuery), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_journal(app: App, staff: Staff<ReportsRead>, Query(query): Query<JournalQuery>) -> Result<Download> {
    let file = service::journal(&app, &staff, &query).await?;
    Ok(Download::new(format!("journal-{}", query.date), Format::Csv, file))
}

/// Show the codes of the general ledger of a hotel.
///
/// A hotel that has set none has common ones.
#[utoipa::path(get, path = "/v1/properties/{id}/gl-codes", tag = "accounting", security(("bearer" = ["reports:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = GlCodesOut)))]
pub async fn get_gl_codes(app: App, staff: Staff<ReportsRead>, PathId(id): PathId) -> Result<Versioned<GlCodesOut>> {
    let body = service::get_codes(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the codes of the general ledger of a hotel.
///
/// They hold from the business date on: journals of closed dates keep the codes that they have.
#[utoipa::path(put, path = "/v1/properties/{id}/gl-codes", tag = "accounting", security(("bearer" = ["accounting:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = SetGlCodes, responses((status = 200, body = GlCodesOut)))]
pub async fn set_gl_codes(
    app: App,
    staff: Staff<AccountingWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetGlCodes>>,
) -> Result<Answer> {
    service::set_codes(&app, &staff, &key, seen, id, body).await
}
