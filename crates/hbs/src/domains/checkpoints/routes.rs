use super::dto::{AuditKeySet, Checkpoint};
use super::model::CheckpointId;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{PathId, Query, routes};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::AuditRead;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of checkpoints.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_checkpoints)).routes(routes!(get_checkpoint)).routes(routes!(audit_keys))
}

/// List checkpoints of the record, newest first.
///
/// A checkpoint is a signed statement of how far each chain of the record had come. Keep it somewhere else: the record is
/// compared with it, and a record that was cut or written anew since is found out.
#[utoipa::path(get, path = "/v1/audit-logs/checkpoints", tag = "audit", security(("bearer" = ["audit:read"])), params(PageQuery),
    responses((status = 200, body = Page<Checkpoint>)))]
pub async fn list_checkpoints(
    app: App,
    staff: Staff<AuditRead>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Checkpoint>>> {
    Ok(Json(service::list(&app, &staff, &page).await?))
}

/// Show a checkpoint of the record.
///
/// Its statement and signature are the same for everybody; `streams` has the heads of those chains that you may see.
#[utoipa::path(get, path = "/v1/audit-logs/checkpoints/{id}", tag = "audit", security(("bearer" = ["audit:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Checkpoint)))]
pub async fn get_checkpoint(app: App, staff: Staff<AuditRead>, PathId(id): PathId<CheckpointId>) -> Result<Json<Checkpoint>> {
    Ok(Json(service::get(&app, &staff, id).await?))
}

/// Show the public keys that verify checkpoints of the record.
///
/// The answer is a JSON Web Key Set (RFC 7517). Keep it beside the checkpoints: then nobody who changes the record can change it
/// along with them.
#[utoipa::path(get, path = "/.well-known/hbs-audit-keys.json", tag = "audit", security(()),
    responses((status = 200, body = AuditKeySet)))]
pub async fn audit_keys(app: App) -> Result<Json<AuditKeySet>> {
    Ok(Json(service::published(&app).await?))
}
