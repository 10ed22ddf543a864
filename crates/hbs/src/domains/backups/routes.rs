use super::dto::{BackupOut, BackupStateOut};
use super::error;
use super::model::BackupId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{BackupsRead, BackupsRun};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of backups.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_backups, create_backup))
        .routes(routes!(get_backup))
        .routes(routes!(get_backup_state))
}

/// List backups, latest first.
///
/// Backups are of all properties, so you need the permission for all properties.
#[utoipa::path(get, path = "/v1/backups", tag = "backups", security(("bearer" = ["backups:read"])),
    params(PageQuery), responses((status = 200, body = Page<BackupOut>)))]
pub async fn list_backups(app: App, staff: Staff<BackupsRead>, Query(page): Query<PageQuery>) -> Result<Json<Page<BackupOut>>> {
    Ok(Json(service::list(&app, &staff, &page).await?))
}

/// Show a backup.
///
/// It is `unproven` until a drill has restored its archive and found what its manifest says, however well it went.
#[utoipa::path(get, path = "/v1/backups/{id}", tag = "backups", security(("bearer" = ["backups:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = BackupOut)))]
pub async fn get_backup(app: App, staff: Staff<BackupsRead>, PathId(id): PathId<BackupId>) -> Result<Versioned<BackupOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Make a backup.
///
/// It is made beside requests, within a minute: the answer tells where to look for it. There is one at a time, so while one is
/// waiting or being made, that one is the answer.
#[utoipa::path(post, path = "/v1/backups", tag = "backups", security(("bearer" = ["backups:run"])),
    responses((status = 202, body = BackupOut, headers(("Location" = String, description = "Address of the backup.")))),
    extensions(("x-problems" = json!([error::NOT_SET_UP, error::RUNNING]))))]
pub async fn create_backup(app: App, staff: Staff<BackupsRun>, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    service::request(&app, &staff, &key).await
}

/// Show the state of the backups.
///
/// It has the time of the last proof that a backup can be restored: an alarm belongs on its age.
#[utoipa::path(get, path = "/v1/backup-state", tag = "backups", security(("bearer" = ["backups:read"])),
    responses((status = 200, body = BackupStateOut)))]
pub async fn get_backup_state(app: App, staff: Staff<BackupsRead>) -> Result<Json<BackupStateOut>> {
    Ok(Json(service::state(&app, &staff).await?))
}
