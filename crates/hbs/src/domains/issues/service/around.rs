//! Beside the issue itself: what was done about it, who has read it, and who is looking at it.
use super::desk::{find, is_staff};
use super::reading::shown;
use crate::Result;
use crate::actors::Names;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::issues::dto::{IssueStepOut, IssueViewerOut, IssueViewersOut, ReadIssue, ViewIssue};
use crate::domains::issues::model::{IssueId, IssueStep};
use crate::domains::issues::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageQuery};
use crate::security::permission::IssuesRead;
use crate::security::{Me, OwnOr, Staff};
use chrono::TimeDelta;

/// Time for which somebody counts as looking at an issue.
const LOOKING: TimeDelta = TimeDelta::seconds(30);
/// Time after which notes of who looked are removed.
const KEEP_LOOKS: TimeDelta = TimeDelta::hours(1);

/// Steps of an issue, the oldest first.
pub async fn history(app: &App, staff: &Staff<IssuesRead>, id: IssueId, page: &PageQuery) -> Result<Page<IssueStepOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let issue = find(&conn, &staff.reach(), id).await?;
    let rows = repository::steps(&conn, &issue, after, limit + 1).await?;
    let page = page.page(rows, |step| step.id)?;
    let actors: Vec<_> = page.items.iter().map(|step| (step.actor_kind, step.actor_id)).collect();
    let names = Names::read(&conn, &actors).await?;
    let shown = |step: IssueStep| {
        let IssueStep { property_id: _, id, issue_id: _, kind, changes, actor_kind, actor_id, created_at, updated_at: _ } = step;
        IssueStepOut { id, kind, changes, actor_kind, actor_name: names.of(actor_kind, actor_id), created_at }
    };
    Ok(page.map(shown))
}

/// Notes up to which message the caller has read.
pub async fn mark_read(
    app: &App,
    who: &OwnOr<IssuesRead>,
    key: &IdempotencyKey,
    id: IssueId,
    request: ReadIssue,
) -> Result<Answer> {
    let now = app.clock.now();
    app.change(key, async |conn| {
        let issue = find(conn, &who.reach, id).await?;
        let by_staff = is_staff(&who.reach, &issue);
        let read_to = match request.message_id {
            Some(message_id) => {
                let message = repository::find_message(conn, &issue, message_id, by_staff).await?;
                Some(message.or_404("message")?.id)
            }
            None => repository::newest(conn, &issue, by_staff).await?,
        };
        if let Some(read_to) = read_to {
            repository::mark_read(conn, &issue, who.caller.id(), !by_staff, read_to, now).await?;
        }
        Answer::ok(issue.version, &shown(conn, &who.caller, &who.reach, issue.clone(), now).await?)
    })
    .await
}

/// Notes that somebody has an issue on the screen, and returns who else has. Presence goes by real time, and is no change.
pub async fn view(app: &App, staff: &Staff<IssuesRead>, key: &IdempotencyKey, id: IssueId, request: ViewIssue) -> Result<Answer> {
    let me = Me::of(staff.caller.clone())?;
    let now = Clock::real_now();
    app.change(key, async |conn| {
        let issue = find(conn, &staff.reach(), id).await?;
        repository::view(conn, &issue, me.user_id(), request.is_writing, now).await?;
        let rows = repository::viewers(conn, &issue, me.user_id(), now - LOOKING).await?;
        let shown = |(user_id, name, is_writing)| IssueViewerOut { user_id, name, is_writing };
        let viewers = rows.into_iter().map(shown).collect();
        Answer::done(&IssueViewersOut { property_id: issue.property_id, viewers })
    })
    .await
}

/// Removes what was noted of who looked at issues, and says of how many.
pub async fn sweep_viewers(app: &App) -> Result<usize> {
    let conn = app.db.conn().await?;
    Ok(repository::sweep_viewers(&conn, Clock::real_now() - KEEP_LOOKS).await?)
}
