//! Filters that people save, for themselves or for all at the hotel.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::issues::dto::{CreateIssueView, IssueViewFilter, IssueViewOut};
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{IssueView, IssueViewId};
use crate::domains::issues::repository::{lock_number, views as repository};
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{IssuesRead, IssuesWrite};
use crate::security::{Me, Staff};
use crate::version::MustMatch;
use crate::{Error, Result};

/// Constraint by which names differ.
const NAMES: &str = "issue_views_name";
/// Number of filters that somebody can save at a hotel.
const MOST: i64 = 100;
const VIEW: &str = "saved filter";

pub async fn list_views(
    app: &App,
    staff: &Staff<IssuesRead>,
    filter: &IssueViewFilter,
    page: &PageQuery,
) -> Result<Page<IssueViewOut>> {
    let me = Me::of(staff.caller.clone())?.user_id();
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, me, filter.property_id, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |view| view.id)?;
    Ok(Page { items: items.into_iter().map(|view| IssueViewOut::new(view, me)).collect::<Result<_>>()?, next_cursor })
}

pub async fn get_view(app: &App, staff: &Staff<IssuesRead>, id: IssueViewId) -> Result<IssueViewOut> {
    let me = Me::of(staff.caller.clone())?.user_id();
    let conn = app.db.conn().await?;
    IssueViewOut::new(repository::find(&conn, &staff.scope, me, id).await?.or_404(VIEW)?, me)
}

pub async fn create_view(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    request: CreateIssueView,
) -> Result<Answer> {
    let me = Me::of(staff.caller.clone())?.user_id();
    let CreateIssueView { property_id, name, is_shared, filter } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let view = IssueView {
        property_id,
        id: IssueViewId::now_v7(),
        user_id: me,
        name,
        is_shared,
        filter: serde_json::to_value(filter).map_err(Error::internal)?,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        lock_number(conn, &format!("saved filters of {me}")).await?;
        if repository::count(conn, property_id, me).await? >= MOST {
            return Err(IssueError::TooManyViews(MOST).into());
        }
        repository::insert(conn, &view).await.on_constraint(NAMES, || IssueError::ViewNameTaken)?;
        outbox::publish(conn, &cause, [Event::created(&view)]).await?;
        Answer::created(format!("/v1/issue-views/{}", view.id), view.version, &IssueViewOut::new(view.clone(), me)?)
    })
    .await
}

/// Removes a filter of one's own, or one that is shared.
pub async fn delete_view(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: IssueViewId,
) -> Result<Answer> {
    let me = Me::of(staff.caller.clone())?.user_id();
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let view = repository::find(conn, &staff.scope, me, id).await?.or_404(VIEW)?;
        seen.check(view.version)?;
        if repository::delete(conn, &view).await? == 0 {
            return Err(Error::not_found(VIEW));
        }
        outbox::publish(conn, &cause, [Event::removed(&view)]).await?;
        Ok(Answer::no_content())
    })
    .await
}
