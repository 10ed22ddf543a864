//! Use cases of backups.
mod adopt;
mod bucket;
mod contents;
mod drill;
mod place;
mod restore;
mod resume;
mod run;
mod signed;
mod take;
mod tools;

pub use drill::{Drilled, LOOKS, drill, drill_due, drills_by_itself, watch_drills};
pub use place::catalogue;
pub use restore::{restore, verify};
pub use resume::{Resumed, resume};
pub use run::{back_up, run_waiting, watch};
pub use signed::Trust;

use super::dto::{BackupOut, BackupStateOut};
use super::error::BackupError;
use super::model::{BackupCause, BackupId, BackupStatus, NewBackup, Proof};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{BackupsRead, BackupsRun};
use crate::security::{Permission, Staff};
use crate::{Error, Result};

/// Hears how the work gets on.
pub type Tell<'a> = &'a (dyn Fn(Told) + Send + Sync);

/// Step of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Beginning of a stage, with the number of bytes that it will be, where somebody knows.
    Stage { name: &'static str, bytes: Option<u64> },
    /// So many bytes more have been written or read.
    Bytes(u64),
}

/// Finding of a check that something restored has passed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding(pub String);

pub async fn list(app: &App, staff: &Staff<BackupsRead>, page: &PageQuery) -> Result<Page<BackupOut>> {
    of_all(staff)?;
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = repository::list(&*app.db.conn().await?, before, limit + 1).await?;
    Ok(page.page(rows, |backup| backup.id)?.map(Into::into))
}

pub async fn get(app: &App, staff: &Staff<BackupsRead>, id: BackupId) -> Result<BackupOut> {
    of_all(staff)?;
    Ok(repository::find(&*app.db.conn().await?, id).await?.or_404("backup")?.into())
}

pub async fn state(app: &App, staff: &Staff<BackupsRead>) -> Result<BackupStateOut> {
    of_all(staff)?;
    let conn = app.db.conn().await?;
    let proven = repository::last_proven(&conn).await?;
    let drilled = repository::last_drilled(&conn).await?;
    let (last_completed, _) = repository::last_times(&conn).await?;
    Ok(BackupStateOut {
        proof: if proven.is_some() { Proof::Proven } else { Proof::Unproven },
        last_proven_restore: proven.as_ref().and_then(|backup| backup.proven_at),
        last_proven_backup: proven.and_then(|backup| backup.started_at),
        last_completed,
        last_drill: drilled.as_ref().and_then(|backup| backup.drilled_at),
        last_drill_failure: drilled.and_then(|backup| backup.drill_failure),
        drills_nightly: drills_by_itself(&app.config),
        is_set_up: place::of(&app.config).is_ok(),
    })
}

/// What an error says to an operator.
fn in_words(error: &Error) -> String {
    match error {
        Error::Internal { source, .. } => source.to_string(),
        Error::Client(client) => client.detail.clone(),
    }
}

fn of_all<P: Permission>(staff: &Staff<P>) -> Result<()> {
    staff.everywhere("A backup, which is of all properties,")
}

/// Asks for a backup. One that waits or runs is the answer, since it is as good.
pub async fn request(app: &App, staff: &Staff<BackupsRun>, key: &IdempotencyKey) -> Result<Answer> {
    of_all(staff)?;
    place::of(&app.config)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let new = NewBackup {
        id: BackupId::now_v7(),
        status: BackupStatus::Requested,
        cause: BackupCause::Request,
        requested_by: staff.caller.user_id(),
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        if let Some(backup) = repository::insert(conn, &new).await? {
            outbox::publish(conn, &cause, [Event::created(&backup).named("backup.requested")]).await?;
            let (version, location) = (backup.version, format!("/v1/backups/{}", backup.id));
            return Ok(Answer { status: 202, ..Answer::created(location, version, &BackupOut::from(backup))? });
        }
        let open = repository::open(conn).await?.ok_or(BackupError::Running)?;
        let (version, location) = (open.version, format!("/v1/backups/{}", open.id));
        let answer = Answer::unchanged(version, &BackupOut::from(open))?;
        Ok(Answer { status: 202, location: Some(location), ..answer })
    })
    .await
}
