use super::dto::{
    ArrivalsQuery, ArrivalsReport, BalancesQuery, BalancesReport, FlashQuery, FlashReport, InPeriod, MyStay, OccupancyQuery,
    OccupancyReport, OfHotel, PaceQuery, PaceReport, PaymentsReport, PaymentsReportQuery, RegisterQuery, RegisterReport,
    RevenueQuery, RevenueReport, StaysQuery, StaysReport, TaxesReport,
};
use super::service;
use crate::Result;
use crate::app::App;
use crate::domains::properties::OfHotels;
use crate::http::upload::PdfFile;
use crate::http::{Query, routes};
use crate::page::{Page, PageQuery};
use crate::security::permission::ReportsRead;
use crate::security::{Me, Staff};
use crate::sheets::{Exported, InForm, SheetFile};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of reports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(stays_report))
        .routes(routes!(flash_report))
        .routes(routes!(occupancy_report))
        .routes(routes!(revenue_report))
        .routes(routes!(cancellations_report))
        .routes(routes!(pace_report))
        .routes(routes!(payments_report))
        .routes(routes!(taxes_report))
        .routes(routes!(balances_report))
        .routes(routes!(register_report))
        .routes(routes!(list_my_stays))
}

/// Count stays, nights and revenue by month of arrival.
///
/// A stay counts in the month of its day of arrival, whatever its status. Revenue and nights are those of stays that
/// have ended. All is as it stands, also of closed dates: what becomes of a stay later, and is charged to it, is in it.
#[utoipa::path(get, path = "/v1/reports/stays", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, StaysQuery, InForm),
    responses((status = 200, content((StaysReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn stays_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(query): Query<StaysQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<StaysReport>> {
    Exported::new(service::stays(&app, &staff, &of, &query).await?, form.format, StaysReport::table).await
}

/// Show the manager's flash: a date, its month and its year, beside those of the year before.
///
/// The figures of closed dates were written down when they were closed, and never change.
#[utoipa::path(get, path = "/v1/reports/flash", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, FlashQuery, InForm),
    responses((status = 200, content((FlashReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn flash_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(query): Query<FlashQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<FlashReport>> {
    Exported::new(service::flash(&app, &staff, &of, query.date).await?, form.format, FlashReport::table).await
}

/// Show occupancy, average daily rate and revenue per available room, by date, month or property.
///
/// The figures of closed dates were written down when they were closed, and never change. Those of the business date and of
/// dates to come are the forecast: what is on the books, without holds.
#[utoipa::path(get, path = "/v1/reports/occupancy", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, OccupancyQuery, InForm),
    responses((status = 200, content((OccupancyReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn occupancy_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(query): Query<OccupancyQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<OccupancyReport>> {
    Exported::new(service::occupancy(&app, &staff, &of, period, query.group).await?, form.format, OccupancyReport::table).await
}

/// Show revenue by date, month, property, room type, rate plan, channel or country.
///
/// Entries of folios count on the date of the service, or on the business date of posting if that is later. Stays count under
/// the room type, plan, channel and country of the guest that they had when the date was closed.
#[utoipa::path(get, path = "/v1/reports/revenue", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, RevenueQuery, InForm),
    responses((status = 200, content((RevenueReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn revenue_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(query): Query<RevenueQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<RevenueReport>> {
    Exported::new(service::revenue(&app, &staff, &of, period, query.group).await?, form.format, RevenueReport::table).await
}

/// Show cancellations, no-shows, lead time and length of stay, by day of arrival.
///
/// Stays of closed dates count as what had become of them when the date was closed. One that was awaited still counts with the
/// date on which it came or was given up.
#[utoipa::path(get, path = "/v1/reports/cancellations", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, ArrivalsQuery, InForm),
    responses((status = 200, content((ArrivalsReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn cancellations_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(query): Query<ArrivalsQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<ArrivalsReport>> {
    Exported::new(service::arrivals(&app, &staff, &of, period, query.group).await?, form.format, ArrivalsReport::table).await
}

/// Show pace and pick-up: how the books of nights stand at the end of a date, and how they stood before.
///
/// The books, and the rooms that can be sold, are written down each time a date is closed. Nothing is known of dates before the
/// first one.
#[utoipa::path(get, path = "/v1/reports/pace", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, PaceQuery, InForm),
    responses((status = 200, content((PaceReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn pace_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(query): Query<PaceQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<PaceReport>> {
    Exported::new(service::pace(&app, &staff, &of, period, query).await?, form.format, PaceReport::table).await
}

/// Show payments and refunds, by method, cashier or business date.
///
/// A cashier is the person whose drawer it was; without a drawer, who recorded the payment, or approved or asked for the refund.
/// What guests paid through a gateway is in one line, without a name. Names are those at the end of the period, once it is
/// closed.
#[utoipa::path(get, path = "/v1/reports/payments", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, PaymentsReportQuery, InForm),
    responses((status = 200, content((PaymentsReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn payments_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(query): Query<PaymentsReportQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<PaymentsReport>> {
    Exported::new(service::payments(&app, &staff, &of, period, query.group).await?, form.format, PaymentsReport::table).await
}

/// Show the taxes that were sold and invoiced, by rule and rate.
///
/// Their sum over closed dates is what came to the ledger `tax`. Invoiced is what was on documents when the last date of the
/// period was closed, or what is while it is open; so are the names and treatments of tax rules.
#[utoipa::path(get, path = "/v1/reports/taxes", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, InPeriod, InForm),
    responses((status = 200, content((TaxesReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn taxes_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(period): Query<InPeriod>,
    Query(form): Query<InForm>,
) -> Result<Exported<TaxesReport>> {
    Exported::new(service::taxes(&app, &staff, &of, period).await?, form.format, TaxesReport::table).await
}

/// Show the balances that are open at the end of a date: what guests and companies owe, and the deposits that are held.
///
/// Their sums are those of the ledgers `guest`, `city` and `deposits` at the end of the date. Files for spreadsheet programs
/// have all balances, however many there are; other answers have the 10,000 oldest. Of a closed date, names and dates of stays
/// are those of then, but of who was erased.
#[utoipa::path(get, path = "/v1/reports/balances", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, BalancesQuery, InForm),
    responses((status = 200, content((BalancesReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn balances_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(query): Query<BalancesQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<BalancesReport>> {
    if let Some(format) = form.format.sheet() {
        let file = service::balances_paged(app, &staff, &of, query.date).await?.download(format).await?;
        return Ok(Exported::File(file));
    }
    Exported::new(service::balances(&app, &staff, &of, query.date).await?, form.format, BalancesReport::table).await
}

/// Show the police register of a night: who was in the hotel, room by room.
///
/// They are the guests of stays that were checked in; where nobody was registered, whom the stay was booked for. It needs the
/// permission `guests:read` as well. Numbers of identity documents are shown to those who hold `guest_documents:read`, and that
/// they read them is on the record; for others they are null.
#[utoipa::path(get, path = "/v1/reports/register", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotel, RegisterQuery, InForm),
    responses((status = 200, content((RegisterReport = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn register_report(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotel>,
    Query(query): Query<RegisterQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<RegisterReport>> {
    Exported::new(service::register(&app, &staff, of, query.date).await?, form.format, RegisterReport::table).await
}

/// List your stays with what each comes to, newest first.
///
/// They are those of bookings of your account, those that were cancelled included. Holds that expired are not shown.
#[utoipa::path(get, path = "/v1/me/stays", tag = "reports", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<MyStay>)))]
pub async fn list_my_stays(app: App, me: Me, Query(page): Query<PageQuery>) -> Result<Json<Page<MyStay>>> {
    Ok(Json(service::mine(&app, &me, &page).await?))
}
