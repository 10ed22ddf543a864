use super::dto::{
    AddRouting, AdjustFolio, ChargeAccount, ChargeFolio, ChargeRoom, CreateFolio, FolioDetails, FolioFilter, FolioOut,
    FolioSummary, MoveEntries, PostingOut, RoutingOut, SendToAccount, SplitEntries, TrialBalance, TrialBalanceQuery, UpdateFolio,
};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::extras;
use crate::domains::properties::OfHotels;
use crate::http::answer::Versioned;
use crate::http::upload::PdfFile;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, content_language, routes};
use crate::idempotency::NoBody;
use crate::page::{Page, PageQuery};
use crate::security::permission::{AccountsCharge, AdjustmentsWrite, BookingsRead, FoliosRead, FoliosWrite, ReportsRead};
use crate::security::{OwnOr, Staff};
use crate::sheets::{Exported, InForm, SheetFile};
use crate::texts::{Languages, Reading};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of folios.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_folio))
        .routes(routes!(list_booking_folios))
        .routes(routes!(list_folios, create_folio))
        .routes(routes!(charge_room))
        .routes(routes!(charge_account))
        .routes(routes!(get_folio_by_id, update_folio))
        .routes(routes!(charge_folio))
        .routes(routes!(adjust_folio))
        .routes(routes!(move_folio_entries))
        .routes(routes!(split_folio_entries))
        .routes(routes!(send_folio_to_account))
        .routes(routes!(close_folio))
        .routes(routes!(list_folio_routings, add_folio_routing))
        .routes(routes!(remove_folio_routing))
        .routes(routes!(get_trial_balance))
}

/// Show the folios of a booking as one.
///
/// It has every charge on any folio of the booking, night by night.
#[utoipa::path(get, path = "/v1/bookings/{id}/folio", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), Languages),
    responses((status = 200, body = FolioOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn get_folio(app: App, who: OwnOr<BookingsRead>, spoken: Languages, PathId(id): PathId) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let folio = service::of_booking(&app, &who, id, &reading).await?;
    Ok((content_language(&reading.used()), Json(folio)))
}

/// List the folios of a booking, the main one first.
///
/// The list is always whole.
#[utoipa::path(get, path = "/v1/bookings/{id}/folios", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<FolioSummary>)))]
pub async fn list_booking_folios(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Json<Page<FolioSummary>>> {
    Ok(Json(service::of_booking_each(&app, &who, id).await?))
}

/// List folios, newest first.
///
/// Folios of bookings, masters of groups and house folios are in one list.
#[utoipa::path(get, path = "/v1/folios", tag = "folios", security(("bearer" = ["folios:read"])),
    params(FolioFilter, PageQuery), responses((status = 200, body = Page<FolioSummary>)))]
pub async fn list_folios(
    app: App,
    staff: Staff<FoliosRead>,
    Query(filter): Query<FolioFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<FolioSummary>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Open another folio.
///
/// Each booking has a main folio already. Another one is for another payer of the booking (`company`, `guest`), for a
/// group (`master`: it takes rooms and their taxes of the group's bookings from then on), or for the house, without a
/// booking (`house`).
#[utoipa::path(post, path = "/v1/folios", tag = "folios", security(("bearer" = ["folios:write"])),
    params(DryRun), request_body = CreateFolio, responses((status = 201, body = FolioDetails)),
    extensions(("x-problems" = json!([error::MASTER_EXISTS, error::TOO_MANY_FOLIOS, error::OTHER_CURRENCY]))))]
pub async fn create_folio(
    app: App,
    staff: Staff<FoliosWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateFolio>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Charge the guests in a room, by its number.
///
/// For points of sale. The charge is an extra of the hotel (`extra_id`), or what its `description` and `amount` say. It goes to
/// the folio that the rules of the booking name, else to its main folio. It is refused if the folio takes no such charges
/// (`no_post`) or would exceed its `charge_limit`.
#[utoipa::path(post, path = "/v1/folios/charges", tag = "folios", security(("bearer" = ["folios:write"])),
    params(DryRun), request_body = ChargeRoom, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::NOBODY_IN_ROOM, error::NO_POST, error::LIMIT_REACHED, error::OTHER_CURRENCY, error::NOT_POSITIVE, extras::UNKNOWN,
        extras::ARCHIVED, extras::QUANTITY_OUT_OF_BOUNDS
    ]))))]
pub async fn charge_room(
    app: App,
    staff: Staff<FoliosWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ChargeRoom>>,
) -> Result<Answer> {
    service::charge_room(&app, &staff, &key, body).await
}

/// Charge a company or agent for what no guest had.
///
/// A hall for a congress, a lunch, what was broken. The charge is an extra of the hotel (`extra_id`), or what its `description`
/// and `amount` say. It is posted to a folio of the house that the account pays, and goes from there to the account, within its
/// `credit_limit`, in one posting. To take it back, correct the transfer on the account's folio and the charge on that of the
/// house.
#[utoipa::path(post, path = "/v1/accounts/{id}/charges", tag = "folios", security(("bearer" = ["accounts:charge"])),
    params(("id" = Uuid, Path), DryRun), request_body = ChargeAccount, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::ACCOUNT_INACTIVE, error::CREDIT_LIMIT, error::OTHER_CURRENCY, error::NOT_POSITIVE, extras::UNKNOWN, extras::ARCHIVED,
        extras::QUANTITY_OUT_OF_BOUNDS
    ]))))]
pub async fn charge_account(
    app: App,
    staff: Staff<AccountsCharge>,
    PathId(id): PathId,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ChargeAccount>>,
) -> Result<Answer> {
    service::charge_account(&app, &staff, &key, id, body).await
}

/// Show a folio with its entries.
///
/// The entries come in pages, in the order in which they were posted.
#[utoipa::path(get, path = "/v1/folios/{id}", tag = "folios", security(("bearer" = ["folios:read"])),
    params(("id" = Uuid, Path), PageQuery), responses((status = 200, body = FolioDetails)))]
pub async fn get_folio_by_id(
    app: App,
    staff: Staff<FoliosRead>,
    PathId(id): PathId,
    Query(page): Query<PageQuery>,
) -> Result<Versioned<FolioDetails>> {
    let body = service::get(&app, &staff, id, &page).await?;
    Ok(Versioned { version: body.folio.version, body })
}

/// Change a folio (JSON merge patch).
#[utoipa::path(patch, path = "/v1/folios/{id}", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), MustMatch, DryRun), request_body = UpdateFolio, responses((status = 200, body = FolioSummary)),
    extensions(("x-problems" = json!([error::CLOSED, error::OF_ACCOUNT, error::OTHER_CURRENCY]))))]
pub async fn update_folio(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateFolio>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Post a charge to a folio.
///
/// The charge is an extra of the hotel (`extra_id`), or what its `description` and `amount` say. Rules of routing do not apply:
/// the folio is named. A charge to a settled folio of a booking whose guests have all left
/// comes late: it goes to a new folio of the booking, which the answer names.
#[utoipa::path(post, path = "/v1/folios/{id}/charges", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = ChargeFolio, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::CLOSED, error::OF_ACCOUNT, error::DATE_CLOSED, error::OTHER_CURRENCY, error::NOT_POSITIVE, extras::UNKNOWN,
        extras::ARCHIVED, extras::QUANTITY_OUT_OF_BOUNDS
    ]))))]
pub async fn charge_folio(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ChargeFolio>>,
) -> Result<Answer> {
    service::charge(&app, &staff, &key, seen, id, body).await
}

/// Post an allowance or a correction to a folio.
///
/// An allowance is less to be paid for a service that was not as it should be: of any price, and of its taxes in
/// proportion. A correction takes back what was posted by hand, all of it. Both are posted on the business date: closed
/// dates do not change.
#[utoipa::path(post, path = "/v1/folios/{id}/adjustments", tag = "folios", security(("bearer" = ["adjustments:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = AdjustFolio, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::CLOSED, error::OF_ACCOUNT, error::NOT_OPEN, error::TOO_MUCH, error::OF_STAY, error::OF_PAYMENT, error::GOES_WITH_PRICE, error::OTHER_CURRENCY, error::NOT_POSITIVE
    ]))))]
pub async fn adjust_folio(
    app: App,
    staff: Staff<AdjustmentsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<AdjustFolio>>,
) -> Result<Answer> {
    service::adjust(&app, &staff, &key, seen, id, body).await
}

/// Move entries to another folio of the hotel.
///
/// Each entry is taken back here and posted there, with its date, its tax and what it is for. Taxes and allowances go with
/// their price. An entry is moved once; what came of it can be moved on.
#[utoipa::path(post, path = "/v1/folios/{id}/move", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = MoveEntries, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::INVOICED, error::CLOSED, error::OF_ACCOUNT, error::NOT_OPEN, error::NOTHING_TO_MOVE, error::GOES_WITH_PRICE, error::UNKNOWN_TARGET, error::NOT_DIVISIBLE, error::TOO_MUCH
    ]))))]
pub async fn move_folio_entries(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<MoveEntries>>,
) -> Result<Answer> {
    service::move_entries(&app, &staff, &key, seen, id, body).await
}

/// Split entries between a folio and another one of the hotel.
///
/// By `amount`, by `percent` or by `nights`. The share is spread over the entries in proportion, to the cent: what is
/// split off and what stays come to what there was.
#[utoipa::path(post, path = "/v1/folios/{id}/split", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = SplitEntries, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::INVOICED, error::CLOSED, error::OF_ACCOUNT, error::NOT_OPEN, error::NOTHING_TO_MOVE, error::GOES_WITH_PRICE, error::UNKNOWN_TARGET, error::NOT_DIVISIBLE, error::TOO_MUCH,
        error::TOO_MANY_ENTRIES, error::OTHER_CURRENCY, error::NOT_POSITIVE
    ]))))]
pub async fn split_folio_entries(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SplitEntries>>,
) -> Result<Answer> {
    service::split(&app, &staff, &key, seen, id, body).await
}

/// Send what is due on a folio to the account of a company or agent.
///
/// For late charges, for folios that somebody other than the guests pays, and for masters and the house; guests who leave
/// can check out to an account at once. A pair of entries of kind `transfer` takes it from the folio and brings it to the
/// account's, within the account's `credit_limit`. It is taken back by a correction of either entry.
#[utoipa::path(post, path = "/v1/folios/{id}/to-account", tag = "folios", security(("bearer" = ["accounts:charge"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = SendToAccount, responses((status = 200, body = PostingOut)),
    extensions(("x-problems" = json!([
        error::CLOSED, error::OF_ACCOUNT, error::ACCOUNT_INACTIVE, error::CREDIT_LIMIT, error::NOTHING_DUE, error::TOO_MUCH,
        error::OTHER_CURRENCY, error::NOT_POSITIVE
    ]))))]
pub async fn send_folio_to_account(
    app: App,
    staff: Staff<AccountsCharge>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SendToAccount>>,
) -> Result<Answer> {
    service::to_account(&app, &staff, &key, seen, id, body).await
}

/// Close a folio that comes to nothing.
///
/// Nothing is posted to it any more. What comes later for its booking goes to another folio, which is opened if there is
/// none.
#[utoipa::path(post, path = "/v1/folios/{id}/close", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), responses((status = 200, body = FolioSummary)),
    extensions(("x-problems" = json!([error::CLOSED, error::OF_ACCOUNT, error::UNSETTLED, error::MONEY_UNDER_WAY]))))]
pub async fn close_folio(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::close(&app, &staff, &key, seen, id).await
}

/// List the rules that send entries to a folio, oldest first.
///
/// The list is always whole.
#[utoipa::path(get, path = "/v1/folios/{id}/routings", tag = "folios", security(("bearer" = ["folios:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<RoutingOut>)))]
pub async fn list_folio_routings(app: App, staff: Staff<FoliosRead>, PathId(id): PathId) -> Result<Json<Page<RoutingOut>>> {
    Ok(Json(service::list_routings(&app, &staff, id).await?))
}

/// Add a rule that sends entries to a folio.
///
/// It holds for what is posted from now on; entries that are there already can be moved. The first rule that concerns an
/// entry counts, rules of the booking before those of its group. `If-Match` names the version of the folio, which gets a new one.
#[utoipa::path(post, path = "/v1/folios/{id}/routings", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = AddRouting, responses((status = 201, body = RoutingOut)),
    extensions(("x-problems" = json!([error::CLOSED, error::OF_ACCOUNT, error::TOO_MANY_ROUTINGS, error::OTHER_CURRENCY, error::NOT_POSITIVE]))))]
pub async fn add_folio_routing(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<AddRouting>>,
) -> Result<Answer> {
    service::add_routing(&app, &staff, &key, seen, id, body).await
}

/// Remove a rule that sends entries to a folio.
///
/// Entries that it has brought to the folio stay there. `If-Match` names the version of the folio, which gets a new one.
#[utoipa::path(delete, path = "/v1/folios/{id}/routings/{routing_id}", tag = "folios", security(("bearer" = ["folios:write"])),
    params(("id" = Uuid, Path), ("routing_id" = Uuid, Path), IfMatch, DryRun), responses((status = 204)))]
pub async fn remove_folio_routing(
    app: App,
    staff: Staff<FoliosWrite>,
    PathId((id, routing_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::end_routing(&app, &staff, &key, seen, id, routing_id).await
}

/// Show the trial balance of a date.
///
/// Each entry of a folio stands in two ledgers, so all of them together come to nothing. A closed date never changes: what is
/// taken back later counts on the date on which it is. `payments` has what was paid and paid back on the date by each method. For
/// the business date, it is as of now; for other dates, 404. Of several hotels, ledgers and methods are added up, currency by
/// currency.
#[utoipa::path(get, path = "/v1/reports/trial-balance", tag = "reports", security(("bearer" = ["reports:read"])),
    params(OfHotels, TrialBalanceQuery, InForm),
    responses((status = 200, content((TrialBalance = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn get_trial_balance(
    app: App,
    staff: Staff<ReportsRead>,
    Query(of): Query<OfHotels>,
    Query(query): Query<TrialBalanceQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<TrialBalance>> {
    Exported::new(service::trial_balance(&app, &staff, &of, query.date).await?, form.format, TrialBalance::table).await
}
