//! Routes of importing bookings from a spreadsheet.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error;
use crate::domains::bookings::service::import;
use crate::error::problems;
use crate::http::{Query, Rehearsable};
use crate::security::permission::BookingsWrite;
use crate::security::{Caller, Staff};
use crate::sheets;
use crate::sheets::{File, ImportQuery, Receiving, Report, SheetFile, Template, TemplateQuery};

/// Import reservations of another system from a spreadsheet.
///
/// The file is CSV or XLSX, at most 10 MiB and 50,000 rows. Its first line names the columns of `GET
/// /v1/bookings/import/template`. Each row is a stay of one room; rows with the same channel and reference are one
/// booking, which is imported whole or not at all. Availability is checked as for a sale, restrictions and limits are
/// not; past nights are not counted where the hotel did not sell them. All rows are imported or none, unless
/// `partial=true`. Prices in the file need `bookings:price`. `paid` says what was paid at the other system: it stands on the
/// booking's folio as a payment that can be paid back, is no money of today, and needs `payments:write`. In the report, the `id`
/// of a row is that of its booking.
#[utoipa::path(post, path = "/v1/bookings/import", tag = "bookings", security(("bearer" = ["bookings:write"])), params(ImportQuery),
    request_body(content((SheetFile = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (SheetFile = "application/octet-stream"))),
    responses((status = 200, body = Report)),
    extensions(("x-problems" = json!([sheets::PROBLEMS, problems::BUSY, error::BUSY]))))]
pub async fn import_bookings(
    app: App,
    staff: Staff<BookingsWrite>,
    Query(query): Query<ImportQuery>,
    receiving: Receiving,
    Rehearsable(key, File(file)): Rehearsable<File>,
) -> Result<Answer> {
    let _turn = receiving.turn(&app).await?;
    import::import_file(&app, &staff, &key, &query, file).await
}

/// Get an empty spreadsheet for importing reservations.
///
/// The file has a header line and one example row. In XLSX, each column has a note on its content.
#[utoipa::path(get, path = "/v1/bookings/import/template", tag = "bookings", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content((String = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn bookings_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("bookings", import::COLUMNS, query.format)
}
