//! Discrepancies: what is found in a room, other than the desk says.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::housekeeping::dto::{DiscrepancyFilter, DiscrepancyOut, ReportDiscrepancy, ResolveDiscrepancy};
use crate::domains::housekeeping::error::HousekeepingError;
use crate::domains::housekeeping::model::{
    Discrepancy, DiscrepancyId, DiscrepancyKind, DiscrepancyStatus, Found, ShownDiscrepancy,
};
use crate::domains::housekeeping::repository;
use crate::domains::rooms;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{HousekeepingWrite, RoomsRead};
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, changed_meanwhile};
use crate::{Error, Result};

pub async fn list_discrepancies(
    app: &App,
    staff: &Staff<RoomsRead>,
    filter: &DiscrepancyFilter,
    page: &PageQuery,
) -> Result<Page<DiscrepancyOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_discrepancies(&conn, &staff.scope, filter, before, limit + 1).await?;
    Ok(page.page(rows, |row| row.discrepancy.id)?.map(Into::into))
}

pub async fn get_discrepancy(app: &App, staff: &Staff<RoomsRead>, id: DiscrepancyId) -> Result<DiscrepancyOut> {
    let conn = app.db.conn().await?;
    Ok(find(&conn, &staff.scope, id).await?.into())
}

/// Reports what was found in a room, if the desk says something else. The room is locked: one question at a time.
pub async fn report(
    app: &App,
    staff: &Staff<HousekeepingWrite>,
    key: &IdempotencyKey,
    request: ReportDiscrepancy,
) -> Result<Answer> {
    let ReportDiscrepancy { property_id, room_id, found, notes } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        rooms::lock_room(conn, &staff.scope, room_id)
            .await?
            .filter(|room| room.property_id == property_id)
            .ok_or_else(|| Error::invalid("/room_id", "is not a room of the property"))?;
        let has_guests = repository::guests_leave_on(conn, property_id, room_id).await?.is_some();
        let kind = match (has_guests, found) {
            (true, Found::Vacant) => DiscrepancyKind::Skip,
            (false, Found::Occupied) => DiscrepancyKind::Sleep,
            (true, Found::Occupied) | (false, Found::Vacant) => return Err(HousekeepingError::NoDiscrepancy.into()),
        };
        if repository::has_open_discrepancy(conn, property_id, room_id).await? {
            return Err(HousekeepingError::AlreadyReported.into());
        }
        let new = Discrepancy {
            property_id,
            id: DiscrepancyId::now_v7(),
            room_id,
            kind,
            status: DiscrepancyStatus::Open,
            notes: notes.clone(),
            resolution: None,
            reported_by: cause.user_id(),
            reported_at: now,
            resolved_by: None,
            resolved_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        repository::insert_discrepancy(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&new)]).await?;
        let shown = find(conn, &staff.scope, new.id).await?;
        let location = format!("/v1/housekeeping/discrepancies/{}", new.id);
        Answer::created(location, new.version, &DiscrepancyOut::from(shown))
    })
    .await
}

pub async fn resolve(
    app: &App,
    staff: &Staff<HousekeepingWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: DiscrepancyId,
    request: ResolveDiscrepancy,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = find(conn, &staff.scope, id).await?.discrepancy;
        seen.check(before.version)?;
        if before.status == DiscrepancyStatus::Resolved {
            return Err(HousekeepingError::AlreadyResolved.into());
        }
        let after = repository::resolve(conn, &before, &request.resolution, cause.user_id(), now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("room_discrepancy.resolved")]).await?;
        let shown = find(conn, &staff.scope, id).await?;
        Answer::ok(after.version, &DiscrepancyOut::from(shown))
    })
    .await
}

async fn find(conn: &Conn, scope: &Scope, id: DiscrepancyId) -> Result<ShownDiscrepancy> {
    repository::find_discrepancy(conn, scope, id).await?.or_404("discrepancy")
}
