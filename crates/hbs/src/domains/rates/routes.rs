use super::dto::{
    AdjustRates, AgeBandsOut, CancellationPolicyOut, CellOut, CreateCancellationPolicy, CreateRatePlan, CreateTaxRule,
    OfProperty, RatePlanOut, RateQuery, RateUpdateOut, RatesAdjusted, SetAgeBands, TaxRuleOut, UpdateCancellationPolicy,
    UpdateRatePlan, UpdateRates, UpdateTaxRule, UpdatesDone, UpdatesQuery,
};
use super::error;
use super::service::import;
use super::service::{adjust, age_bands, plans, policies, rates, taxes};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::error::problems;
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Shown, Valid, Visitor, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{RatesRead, RatesWrite, TaxRulesWrite};
use crate::security::{Caller, Staff};
use crate::sheets;
use crate::sheets::{File, ImportQuery, Receiving, Report, SheetFile, Template, TemplateQuery};
use crate::stamps::Stamp;
use crate::version::MustMatch;
use axum::Json;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of rates, rate plans, cancellation policies, age bands and tax rules.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_rate_plans, create_rate_plan))
        .routes(routes!(get_rate_plan, update_rate_plan, delete_rate_plan))
        .routes(routes!(get_rates, update_rates))
        .routes(routes!(adjust_rates))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(import_rates))))
        .routes(routes!(rates_template))
        .routes(routes!(rate_history))
        .routes(routes!(list_cancellation_policies, create_cancellation_policy))
        .routes(routes!(get_cancellation_policy, update_cancellation_policy, delete_cancellation_policy))
        .routes(routes!(get_age_bands, set_age_bands))
        .routes(routes!(list_tax_rules, create_tax_rule))
        .routes(routes!(get_tax_rule, update_tax_rule, delete_tax_rule))
}

/// List the rate plans of a property.
///
/// Plans that are not sold, and hidden ones, are listed only for holders of `rates:read` at the property.
#[utoipa::path(get, path = "/v1/rate-plans", tag = "rates", security((), ("bearer" = [])), params(OfProperty),
    responses((status = 200, body = Page<RatePlanOut>)))]
pub async fn list_rate_plans(app: App, caller: Option<Caller>, Query(of): Query<OfProperty>) -> Result<Json<Page<RatePlanOut>>> {
    Ok(Json(Page::whole(plans::list(&app, caller.as_ref(), of.property_id).await?)))
}

/// Show a rate plan.
///
/// A plan that is not sold, or hidden, is shown only to holders of `rates:read` at its property.
#[utoipa::path(get, path = "/v1/rate-plans/{id}", tag = "rates", security((), ("bearer" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RatePlanOut)))]
pub async fn get_rate_plan(app: App, caller: Option<Caller>, PathId(id): PathId) -> Result<Versioned<RatePlanOut>> {
    let body = plans::get(&app, caller.as_ref(), id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a rate plan.
///
/// The first plan of a property becomes its default plan. A property has at most 200 plans.
#[utoipa::path(post, path = "/v1/rate-plans", tag = "rates", security(("bearer" = ["rates:write"])),
    request_body = CreateRatePlan, responses((status = 201, body = RatePlanOut)),
    extensions(("x-problems" = json!([error::PLAN_CODE_TAKEN]))))]
pub async fn create_rate_plan(
    app: App,
    staff: Staff<RatesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateRatePlan>>,
) -> Result<Answer> {
    plans::create(&app, &staff, &key, body).await
}

/// Change a rate plan (JSON merge patch).
///
/// The change applies to new sales. A room type that is removed from the plan loses its nightly rates.
#[utoipa::path(patch, path = "/v1/rate-plans/{id}", tag = "rates", security(("bearer" = ["rates:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateRatePlan, responses((status = 200, body = RatePlanOut)),
    extensions(("x-problems" = json!([error::PLAN_CODE_TAKEN, error::PLAN_HAS_PRICES, error::TYPE_IN_USE, error::PLAN_IS_DEFAULT]))))]
pub async fn update_rate_plan(
    app: App,
    staff: Staff<RatesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateRatePlan>>,
) -> Result<Answer> {
    plans::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a rate plan.
///
/// A rate plan can be removed only when no plan is derived from it and no stay that has not ended was sold in it:
/// otherwise 409 `rate_plan.in_use`. The default plan is refused with 409 `rate_plan.is_default`. To stop selling a
/// plan, make it inactive.
#[utoipa::path(delete, path = "/v1/rate-plans/{id}", tag = "rates", security(("bearer" = ["rates:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::PLAN_IS_DEFAULT, error::PLAN_IN_USE]))))]
pub async fn delete_rate_plan(
    app: App,
    staff: Staff<RatesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    plans::delete(&app, &staff, &key, seen, id).await
}

/// Change many rates at once.
///
/// Prices and restrictions of nights are changed for many plans, room types and date ranges, all or none. In `set`, a
/// field that is left out keeps its value, and null removes the night's own value. Searches and bookings use the new
/// values as soon as this answers.
#[utoipa::path(put, path = "/v1/rates", tag = "rates", security(("bearer" = ["rates:write"])),
    params(DryRun), request_body = UpdateRates, responses((status = 200, body = UpdatesDone)))]
pub async fn update_rates(
    app: App,
    staff: Staff<RatesWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateRates>>,
) -> Result<Answer> {
    rates::update(&app, &staff, &key, body).await
}

/// Adjust the prices of many nights by a percentage or an amount.
///
/// Each price that holds on a night, from wherever it comes, is changed and becomes the night's own: all or none. Plans that
/// are derived follow their parents; prices of extra guests stay. The answer has each price before and after. No price becomes
/// negative: without `minimum`, a change that large is refused.
#[utoipa::path(post, path = "/v1/rates/adjust", tag = "rates", security(("bearer" = ["rates:write"])),
    params(DryRun), request_body = AdjustRates, responses((status = 200, body = RatesAdjusted)))]
pub async fn adjust_rates(
    app: App,
    staff: Staff<RatesWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<AdjustRates>>,
) -> Result<Answer> {
    adjust::adjust(&app, &staff, &key, &body).await
}

/// Import rates from a spreadsheet.
///
/// The file is CSV or XLSX, at most 10 MiB and 50,000 rows. Its first line names the columns of `GET
/// /v1/rates/import/template`. Each row is one update as in `PUT /v1/rates`: an empty cell keeps the value, `-` removes
/// the night's own value, and of several rows for a night the last one wins. All rows are imported or none, unless
/// `partial=true`. In the report, the `id` of a row is that of its update in the history.
#[utoipa::path(post, path = "/v1/rates/import", tag = "rates", security(("bearer" = ["rates:write"])), params(ImportQuery),
    request_body(content((SheetFile = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (SheetFile = "application/octet-stream"))),
    responses((status = 200, body = Report)),
    extensions(("x-problems" = json!([sheets::PROBLEMS, problems::BUSY]))))]
pub async fn import_rates(
    app: App,
    staff: Staff<RatesWrite>,
    Query(query): Query<ImportQuery>,
    receiving: Receiving,
    Rehearsable(key, File(file)): Rehearsable<File>,
) -> Result<Answer> {
    let _turn = receiving.turn(&app).await?;
    rates::import(&app, &staff, &key, &query, file).await
}

/// Get an empty spreadsheet for importing rates.
///
/// The file has the columns of `POST /v1/rates/import` and one example row, which is to be replaced. In XLSX, each
/// column has a note on its content.
#[utoipa::path(get, path = "/v1/rates/import/template", tag = "rates", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content((String = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn rates_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("rates", import::COLUMNS, query.format)
}

/// List the rates of a property, night by night.
///
/// Each value is shown with its source: the night, the plan, the plan from which it is derived, or the room type's base
/// price.
#[utoipa::path(get, path = "/v1/rates", tag = "rates", security(("bearer" = ["rates:read"])), params(RateQuery),
    responses((status = 200, body = Page<CellOut>)))]
pub async fn get_rates(app: App, staff: Staff<RatesRead>, Query(query): Query<RateQuery>) -> Result<Json<Page<CellOut>>> {
    Ok(Json(Page::whole(rates::show(&app, &staff, &query).await?)))
}

/// List rate updates, newest first.
///
/// The bulk updates of a property are listed, for all nights or for one night, plan or room type.
#[utoipa::path(get, path = "/v1/rates/history", tag = "rates", security(("bearer" = ["rates:read"])),
    params(UpdatesQuery, PageQuery), responses((status = 200, body = Page<RateUpdateOut>)))]
pub async fn rate_history(
    app: App,
    staff: Staff<RatesRead>,
    Query(query): Query<UpdatesQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<RateUpdateOut>>> {
    Ok(Json(rates::history(&app, &staff, &query, &page).await?))
}

/// List the cancellation policies of a property.
///
/// All policies of the property are listed, by code.
#[utoipa::path(get, path = "/v1/cancellation-policies", tag = "rates", security(()), params(OfProperty, Visitor),
    responses((status = 200, body = Page<CancellationPolicyOut>)))]
pub async fn list_cancellation_policies(app: App, Query(of): Query<OfProperty>, visitor: Visitor) -> Result<Response> {
    let read = async || Ok(Shown::new(Page::whole(policies::list(&app, of.property_id).await?), None));
    visitor.show(&app.answers, Stamp::of_property(&app.versions, of.property_id, app.clock.now()).await?, read).await
}

/// Show a cancellation policy.
///
/// New sales are made under these terms; stays keep those under which they were sold.
#[utoipa::path(get, path = "/v1/cancellation-policies/{id}", tag = "rates", security(()),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CancellationPolicyOut)))]
pub async fn get_cancellation_policy(app: App, PathId(id): PathId) -> Result<Versioned<CancellationPolicyOut>> {
    let body = policies::get(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a cancellation policy.
///
/// The policy takes effect in the rate plans that name it. A property has at most 100 policies.
#[utoipa::path(post, path = "/v1/cancellation-policies", tag = "rates", security(("bearer" = ["rates:write"])),
    request_body = CreateCancellationPolicy, responses((status = 201, body = CancellationPolicyOut)),
    extensions(("x-problems" = json!([error::POLICY_CODE_TAKEN]))))]
pub async fn create_cancellation_policy(
    app: App,
    staff: Staff<RatesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateCancellationPolicy>>,
) -> Result<Answer> {
    policies::create(&app, &staff, &key, body).await
}

/// Change a cancellation policy (JSON merge patch).
///
/// Stays keep the terms under which they were sold.
#[utoipa::path(patch, path = "/v1/cancellation-policies/{id}", tag = "rates", security(("bearer" = ["rates:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateCancellationPolicy,
    responses((status = 200, body = CancellationPolicyOut)),
    extensions(("x-problems" = json!([error::POLICY_CODE_TAKEN]))))]
pub async fn update_cancellation_policy(
    app: App,
    staff: Staff<RatesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateCancellationPolicy>>,
) -> Result<Answer> {
    policies::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a cancellation policy.
///
/// A policy can be removed only when no rate plan uses it: otherwise 409 `cancellation_policy.in_use`.
#[utoipa::path(delete, path = "/v1/cancellation-policies/{id}", tag = "rates", security(("bearer" = ["rates:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    responses((status = 204)),
    extensions(("x-problems" = json!([error::POLICY_IN_USE]))))]
pub async fn delete_cancellation_policy(
    app: App,
    staff: Staff<RatesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    policies::delete(&app, &staff, &key, seen, id).await
}

/// Show the age bands of a property.
///
/// Children of an age in a band have the prices of that band. A child whose age is in none of them counts as an adult.
#[utoipa::path(get, path = "/v1/properties/{id}/age-bands", tag = "rates", security(()),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AgeBandsOut)))]
pub async fn get_age_bands(app: App, PathId(id): PathId) -> Result<Versioned<AgeBandsOut>> {
    let body = age_bands::get(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the age bands of a property.
///
/// The list is complete: a band that is left out is removed, or refused with 409 `age_band.in_use` if there are prices
/// for it.
#[utoipa::path(put, path = "/v1/properties/{id}/age-bands", tag = "rates", security(("bearer" = ["rates:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = SetAgeBands, responses((status = 200, body = AgeBandsOut)),
    extensions(("x-problems" = json!([error::BAND_IN_USE]))))]
pub async fn set_age_bands(
    app: App,
    staff: Staff<RatesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetAgeBands>>,
) -> Result<Answer> {
    age_bands::set(&app, &staff, &key, seen, id, body).await
}

/// List the tax rules of a property.
///
/// All taxes on new sales are listed, in the order of their lines in a price.
#[utoipa::path(get, path = "/v1/tax-rules", tag = "rates", security(()), params(OfProperty, Visitor),
    responses((status = 200, body = Page<TaxRuleOut>)))]
pub async fn list_tax_rules(app: App, Query(of): Query<OfProperty>, visitor: Visitor) -> Result<Response> {
    let read = async || Ok(Shown::new(Page::whole(taxes::list(&app, of.property_id).await?), None));
    visitor.show(&app.answers, Stamp::of_property(&app.versions, of.property_id, app.clock.now()).await?, read).await
}

/// Show a tax rule.
///
/// New sales are taxed by this rule; stays keep the taxes that were charged when they were sold.
#[utoipa::path(get, path = "/v1/tax-rules/{id}", tag = "rates", security(()),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = TaxRuleOut)))]
pub async fn get_tax_rule(app: App, PathId(id): PathId) -> Result<Versioned<TaxRuleOut>> {
    let body = taxes::get(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a tax rule.
///
/// The rule applies to new sales: to every night, or (`is_on_nights: false`) to extras and charges that name it.
#[utoipa::path(post, path = "/v1/tax-rules", tag = "rates", security(("bearer" = ["tax_rules:write"])),
    request_body = CreateTaxRule, responses((status = 201, body = TaxRuleOut)))]
pub async fn create_tax_rule(
    app: App,
    staff: Staff<TaxRulesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateTaxRule>>,
) -> Result<Answer> {
    taxes::create(&app, &staff, &key, body).await
}

/// Change a tax rule (JSON merge patch).
///
/// The change applies to new sales. The kind of a rule cannot be changed, nor its `vat_treatment` once something was sold by it.
#[utoipa::path(patch, path = "/v1/tax-rules/{id}", tag = "rates", security(("bearer" = ["tax_rules:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateTaxRule, responses((status = 200, body = TaxRuleOut)),
    extensions(("x-problems" = json!([error::TAX_RULE_IN_USE, error::TAX_RULE_SOLD]))))]
pub async fn update_tax_rule(
    app: App,
    staff: Staff<TaxRulesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateTaxRule>>,
) -> Result<Answer> {
    taxes::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a tax rule.
///
/// Stays keep the taxes that were charged when they were sold.
#[utoipa::path(delete, path = "/v1/tax-rules/{id}", tag = "rates", security(("bearer" = ["tax_rules:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::TAX_RULE_IN_USE]))))]
pub async fn delete_tax_rule(
    app: App,
    staff: Staff<TaxRulesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    taxes::delete(&app, &staff, &key, seen, id).await
}
