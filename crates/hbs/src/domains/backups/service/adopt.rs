//! The catalogue of the database is made whole: archives that it does not know, as after a restore from an older one, get rows.
use super::super::model::{Backup, BackupCause, BackupId, BackupStatus, Completed, NewBackup};
use super::super::repository;
use super::place::Archives;
use super::run::{completed, note_in_mongodb};
use super::signed;
use crate::app::App;
use crate::archive::Manifest;
use crate::domains::checkpoints;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel_async::AsyncConnection;

/// Takes in the archives that have no row, by their manifests, and returns how many there were.
///
/// Those alone that this installation has signed: others would count when it is decided which archives are removed, so whoever can
/// write to their place could have them all removed.
pub async fn adopt(app: &App, archives: &Archives) -> Result<usize> {
    let keys = checkpoints::public_keys(&*app.db.conn().await?).await?;
    let mut adopted = 0;
    for manifest in archives.catalogue().await? {
        if !is_a_name(&manifest.name) || !signed::is_by(&manifest, &keys) {
            tracing::warn!(name = manifest.name, "an archive that no key of this installation has signed is left alone");
            continue;
        }
        adopted += usize::from(adopt_one(app, &manifest).await?);
    }
    app.relay.wake();
    Ok(adopted)
}

/// Returns `true` if it is a name as HBS gives them, which leads to no other folder.
fn is_a_name(name: &str) -> bool {
    name.starts_with("hbs-") && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Takes in an archive. Returns `true` if the database knew nothing of it, or took it for one that failed: so it does of the archive
/// that it was restored from, which was being made when it was copied.
async fn adopt_one(app: &App, manifest: &Manifest) -> Result<bool> {
    let completed = completed(manifest)?;
    let mut conn = app.db.conn().await?;
    let before = repository::find(&conn, manifest.id.into()).await?;
    if before.as_ref().is_some_and(|backup| backup.status != BackupStatus::Failed) {
        return Ok(false);
    }
    note_in_mongodb(app, manifest, &completed).await?;
    conn.transaction(async |conn| {
        let Some(adopted) = insert_or_revive(app, conn, before.as_ref(), manifest, &completed).await? else { return Ok(false) };
        let cause = Cause::system(app.clock.now());
        outbox::publish(conn, &cause, [Event::created(&adopted).named("backup.found")]).await?;
        Ok::<_, Error>(true)
    })
    .await
}

async fn insert_or_revive(
    app: &App,
    conn: &Conn,
    before: Option<&Backup>,
    manifest: &Manifest,
    completed: &Completed,
) -> Result<Option<Backup>> {
    let (id, at): (BackupId, _) = (manifest.id.into(), manifest.taken_at);
    if before.is_none() {
        let new = NewBackup {
            id,
            // What is complete has a manifest, which comes with the next statement.
            status: BackupStatus::Running,
            cause: BackupCause::Found,
            requested_by: None,
            created_at: at,
            updated_at: at,
        };
        // While another is made, this one waits for the next time.
        if repository::insert(conn, &new).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(repository::adopt(conn, id, &manifest.name, completed, at, app.clock.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_folder() {
        assert!(is_a_name("hbs-20261201T030000Z-0123456789ab"));
        for name in ["", "hbs", "../hbs-1", "hbs-../1", "hbs-1/2", "hbs-1.hbs", "other-1"] {
            assert!(!is_a_name(name), "{name}");
        }
    }
}
