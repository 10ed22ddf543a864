//! The use cases of the night audit.
mod arrivals;
mod close;
mod departures;
mod due;

use super::dto::{NightAuditFilter, NightAuditOut, NightAuditPreview, RunNightAudit};
use super::repository;
use super::rules::Standing;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, ActionRequest};
use crate::domains::properties::{self, Property};
use crate::domains::stays::Action;
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::page::{Page, PageQuery};
use crate::security::permission::{NightAuditRead, NightAuditRun};
use crate::security::{Reach, Scope, Staff};
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use close::Closing;
use due::Due;
use uuid::Uuid;

/// Maximum number of days that are caught up at once: a hotel that was left alone for longer needs somebody to look at
/// it.
const MOST_DAYS: usize = 31;

pub async fn list(
    app: &App,
    staff: &Staff<NightAuditRead>,
    filter: &NightAuditFilter,
    page: &PageQuery,
) -> Result<Page<NightAuditOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let rows = repository::list(&*app.db.conn().await?, &staff.scope, filter, after, limit + 1).await?;
    let page = page.page(rows, |(audit, _)| (audit.business_date, audit.property_id))?;
    Ok(page.map(|(audit, currency)| NightAuditOut::new(audit, currency)))
}

/// Previews the closing of the next date, with its obstacles.
pub async fn preview(app: &App, staff: &Staff<NightAuditRead>, property_id: Uuid) -> Result<NightAuditPreview> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let standing = standing(&property, now);
    let date = standing.next();
    let Due { departures, missing, holds } = Due::by(&conn, property_id, date).await?;
    let departures = departures::with_next_guests(&conn, property_id, date, &departures).await?;
    let arrivals = arrivals::open(&conn, &property, &missing.iter().collect::<Vec<_>>(), date, now).await?;
    let is_day_over = standing.is_over(date);
    Ok(NightAuditPreview {
        property_id,
        business_date: date,
        is_day_over,
        can_close: is_day_over && departures.is_empty() && arrivals.iter().all(|arrival| arrival.decision.is_some()),
        departures,
        arrivals,
        holds: holds.iter().map(|stay| stay.open_arrival(None, None)).collect(),
    })
}

fn standing(property: &Property, now: DateTime<Utc>) -> Standing {
    Standing { rolled_to: property.rolled_to, local: property.local_time(now) }
}

/// Closes a date. For a date that is closed already, returns its figures.
pub async fn run(
    app: &App,
    staff: &Staff<NightAuditRun>,
    key: &IdempotencyKey,
    property_id: Uuid,
    request: &RunNightAudit,
) -> Result<Answer> {
    staff.at(property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    let asked = close::Asked::new(&staff.caller, property_id, request)?;
    let closing = Closing { app, property_id, date: request.business_date, asked: Some(asked), cause: &cause };
    closing.run(key).await
}

/// Runs the audits that are due by themselves, and says how many dates were closed.
pub async fn run_due(app: &App) -> Result<usize> {
    let hotels = repository::automatic(&*app.db.conn().await?).await?;
    let (mut closed, mut failures) = (0, Failures::default());
    for property_id in hotels {
        let days = catch_up(app, property_id).await;
        closed += failures.note_fault("a night audit could not close its date", property_id, days)?.unwrap_or(0);
    }
    failures.result(closed)
}

/// The bookings of a demo hotel whose guests should leave by a date.
pub async fn leaving_for_demo(conn: &Conn, property_id: Uuid, date: NaiveDate) -> Result<Vec<Uuid>> {
    let due = Due::by(conn, property_id, date).await?;
    Ok(due.departures.iter().map(|stay| stay.booking_id).collect())
}

/// Closes a date of a demo hotel, whose guests leave when they should.
pub async fn close_for_demo(app: &App, property_id: Uuid, date: NaiveDate, cause: &Cause) -> Result<()> {
    let due = Due::by(&*app.db.conn().await?, property_id, date).await?;
    let reach = Reach::of_scope(Scope::All);
    for stay in &due.departures {
        let leave = ActionRequest::new(stay.booking_id, Action::CheckOut, &reach, cause);
        bookings::act(app, &IdempotencyKey::none(), &ActionRequest { stay_id: Some(stay.stay_id), ..leave }).await?;
    }
    Closing { app, property_id, date, asked: None, cause }.run(&IdempotencyKey::none()).await?;
    Ok(())
}

async fn catch_up(app: &App, property_id: Uuid) -> Result<usize> {
    for days in 0..MOST_DAYS {
        let now = app.clock.now();
        let property = properties::find(&*app.db.conn().await?, property_id).await?;
        let due = property.and_then(|property| standing(&property, now).due(property.settings.night_audit_time?));
        let Some(date) = due else { return Ok(days) };
        let cause = Cause::system(now);
        Closing { app, property_id, date, asked: None, cause: &cause }.run(&IdempotencyKey::none()).await?;
    }
    Ok(MOST_DAYS)
}
