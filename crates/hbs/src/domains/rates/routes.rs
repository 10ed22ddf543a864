use super::dto::{CreateTaxRule, OfProperty, TaxRuleOut};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::page::Page;
use crate::http::{MustMatch, PathId, Query, Staff, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::security::permission::TaxRulesWrite;
use axum::Json;

/// List the tax rules of a property.
#[utoipa::path(get, path = "/v1/tax-rules", tag = "rates", security(()), params(OfProperty),
    responses((status = 200, body = Page<TaxRuleOut>)))]
pub async fn list_tax_rules(app: App, Query(of): Query<OfProperty>) -> Result<Json<Page<TaxRuleOut>>> {
    Ok(Json(Page::whole(service::list(&app, of.property_id).await?)))
}

/// Add a tax rule.
///
/// It applies to what is sold from now on.
#[utoipa::path(post, path = "/v1/tax-rules", tag = "rates", security(("bearer" = ["tax_rules:write"])),
    request_body = CreateTaxRule, responses((status = 201, body = TaxRuleOut)))]
pub async fn create_tax_rule(
    app: App,
    staff: Staff<TaxRulesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateTaxRule>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Remove a tax rule.
///
/// What has been sold keeps its tax lines.
#[utoipa::path(delete, path = "/v1/tax-rules/{id}", tag = "rates", security(("bearer" = ["tax_rules:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_tax_rule(
    app: App,
    staff: Staff<TaxRulesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
