use super::dto::{DueArrival, NightAuditFilter, NightAuditOut, NightAuditPreview, RunNightAudit};
use super::error::NightAuditError;
use super::model::{DueStay, Figures, NextGuest, NightAudit, OpenDeparture};
use super::repository::{self, NextStay};
use super::rules::Standing;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::stays::Status;
use crate::domains::{bookings, folios, rooms};
use crate::error::{ClientError, FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{BookingsWrite, NightAuditRead, NightAuditRun};
use crate::security::{Caller, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::HashMap;
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
    Ok(page.map(|(audit, currency)| NightAuditOut::new(&audit, currency)))
}

/// Previews the closing of the next date, with its obstacles.
pub async fn preview(app: &App, staff: &Staff<NightAuditRead>, property_id: Uuid) -> Result<NightAuditPreview> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let standing = standing(&property, now);
    let date = standing.next();
    let due = due(&conn, property_id, date).await?;
    let departures = with_next_guests(&conn, property_id, date, &due.departures).await?;
    Ok(NightAuditPreview {
        property_id,
        business_date: date,
        can_close: departures.is_empty() && standing.check(date).is_ok(),
        departures,
        arrivals: due.missing.iter().map(DueArrival::from).collect(),
        holds: due.holds.iter().map(DueArrival::from).collect(),
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
    if !request.extend_stays.is_empty() {
        extend(app, &staff.caller, property_id, request, &cause).await?;
    }
    close(app, key, property_id, request.business_date, &cause).await
}

/// Extends stays that should have ended by a night: each by an amendment of its own, as by hand. Those that cannot be are named, and the others are extended
/// all the same.
async fn extend(app: &App, caller: &Caller, property_id: Uuid, request: &RunNightAudit, cause: &Cause) -> Result<()> {
    caller.require::<BookingsWrite>(property_id)?;
    let date = request.business_date;
    let conn = app.db.conn().await?;
    if repository::find(&conn, property_id, date).await?.is_some() {
        return Ok(());
    }
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    standing(&property, cause.at).check(date)?;
    let Due { departures, .. } = due(&conn, property_id, date).await?;
    drop(conn);
    let mut refused = Vec::new();
    for (place, id) in request.extend_stays.iter().enumerate() {
        let Some(stay) = departures.iter().find(|stay| stay.stay_id == *id) else { continue };
        let ids = (property_id, stay.booking_id, stay.stay_id);
        match bookings::extend_stay(app, caller, ids, date + Days::new(1), cause).await {
            Ok(()) => {}
            Err(Error::Client(why)) if why.problem.status < 500 => refused.push((place, stay, why)),
            Err(error) => return Err(error),
        }
    }
    not_extended(refused)
}

/// Says of each stay that could not be extended why; as a whole it is the problem of the first.
fn not_extended(refused: Vec<(usize, &DueStay, Box<ClientError>)>) -> Result<()> {
    let named = |(place, stay, why): &(usize, &DueStay, Box<ClientError>)| {
        let room = stay.room_number.as_deref().map(|number| format!(", room {number}")).unwrap_or_default();
        let detail = format!("{} ({}{room}) cannot be extended: {}", stay.guest(), stay.reference, why.detail);
        FieldError::body(format!("/extend_stays/{place}"), detail)
    };
    let errors: Vec<FieldError> = refused.iter().map(named).collect();
    let Some((_, _, first)) = refused.into_iter().next() else { return Ok(()) };
    let detail = errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join(" ");
    Err(Error::Client(Box::new(ClientError { detail, errors, ..*first })))
}

async fn close(app: &App, key: &IdempotencyKey, property_id: Uuid, date: NaiveDate, cause: &Cause) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let is_closed = repository::find(&conn, property_id, date).await?.is_some();
    drop(conn);
    if !is_closed {
        prepare(app, property_id, date, cause).await?;
    }
    app.change(key, async |conn| roll(conn, property_id, date, cause).await).await
}

/// Records no-shows and ends holds that are over, if nothing else stands in the way.
async fn prepare(app: &App, property_id: Uuid, date: NaiveDate, cause: &Cause) -> Result<()> {
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    standing(&property, cause.at).check(date)?;
    let Due { departures, missing, holds } = due(&conn, property_id, date).await?;
    if !departures.is_empty() {
        let departures = with_next_guests(&conn, property_id, date, &departures).await?;
        return Err(NightAuditError::DeparturesOpen(departures).into());
    }
    drop(conn);
    // Each in a transaction of its own, as by hand. What was done stays done if the audit is refused afterwards.
    for stay in missing {
        bookings::record_no_show(app, stay.booking_id, stay.stay_id, cause).await?;
    }
    for stay in holds {
        bookings::expire_hold(app, stay.booking_id, cause).await?;
    }
    Ok(())
}

/// Puts the figures on record and rolls the date, if nobody came or went meanwhile.
async fn roll(conn: &Conn, property_id: Uuid, date: NaiveDate, cause: &Cause) -> Result<Answer> {
    let property = properties::lock(conn, &Scope::All, property_id).await?.or_404("property")?;
    if let Some(audit) = repository::find(conn, property_id, date).await? {
        return Answer::done(&NightAuditOut::new(&audit, property.currency));
    }
    standing(&property, cause.at).check(date)?;
    if !repository::due(conn, property_id, date).await?.is_empty() {
        return Err(NightAuditError::Overtaken.into());
    }
    folios::close_date(conn, property_id, date, cause.at).await?;
    let in_use = repository::rooms_in_use(conn, property_id).await?;
    rooms::mark_dirty(conn, property_id, &in_use, cause).await?;
    let Figures { no_shows, rooms_available, arrivals, departures, room_revenue_minor, total_revenue_minor } =
        repository::figures(conn, property_id, date).await?;
    let audit = NightAudit {
        property_id,
        business_date: date,
        run_by: cause.user_id(),
        no_shows,
        rooms_occupied: i32::try_from(in_use.len()).unwrap_or(i32::MAX),
        rooms_available,
        arrivals,
        departures,
        room_revenue_minor,
        total_revenue_minor,
        created_at: cause.at,
        updated_at: cause.at,
    };
    repository::insert(conn, &audit).await?;
    let next = date + Days::new(1);
    properties::roll(conn, property_id, next, cause.at).await?;
    let event = Event::of("property.date_closed", &property).and("business_date", date, next).with("no_shows", no_shows);
    outbox::publish(conn, cause, [event]).await?;
    Answer::done(&NightAuditOut::new(&audit, property.currency))
}

/// Stays that are due by a date.
#[derive(Default)]
struct Due {
    /// Guests in the house who should have left.
    departures: Vec<DueStay>,
    /// Guests who should have come.
    missing: Vec<DueStay>,
    holds: Vec<DueStay>,
}

async fn due(conn: &Conn, property_id: Uuid, date: NaiveDate) -> Result<Due> {
    let mut due = Due::default();
    for stay in repository::due(conn, property_id, date).await? {
        match stay.status {
            Status::CheckedIn => due.departures.push(stay),
            Status::Held => due.holds.push(stay),
            _ => due.missing.push(stay),
        }
    }
    Ok(due)
}

/// Returns the guests who should have left, with the guests who have the room on the night after.
async fn with_next_guests(conn: &Conn, property_id: Uuid, date: NaiveDate, departures: &[DueStay]) -> Result<Vec<OpenDeparture>> {
    let rooms: Vec<Uuid> = departures.iter().filter_map(|stay| stay.room_id).collect();
    let next: HashMap<Uuid, NextStay> = repository::occupants(conn, property_id, &rooms, date).await?.into_iter().collect();
    Ok(departures.iter().map(|stay| open_departure(stay, stay.room_id.and_then(|room_id| next.get(&room_id)))).collect())
}

fn open_departure(stay: &DueStay, next: Option<&NextStay>) -> OpenDeparture {
    let next = next.map(|(stay_id, booking_id, reference, contact, guest)| NextGuest {
        stay_id: *stay_id,
        booking_id: *booking_id,
        reference: reference.clone(),
        guest_name: guest.as_ref().unwrap_or(contact).clone(),
        guest: guest.as_ref().unwrap_or(contact).clone(),
    });
    OpenDeparture {
        stay_id: stay.stay_id,
        booking_id: stay.booking_id,
        reference: stay.reference.clone(),
        guest_name: stay.guest(),
        guest: stay.guest(),
        room_number: stay.room_number.clone(),
        check_in: stay.check_in,
        check_out: stay.check_out,
        next,
    }
}

/// Runs the audits that are due by themselves, and says how many dates were closed.
pub async fn run_due(app: &App) -> Result<usize> {
    let hotels = repository::automatic(&*app.db.conn().await?).await?;
    let mut closed = 0;
    for property_id in hotels {
        // One that cannot be closed must not keep the others from it.
        match catch_up(app, property_id).await {
            Ok(days) => closed += days,
            Err(error) => tracing::warn!(%property_id, ?error, "a night audit could not close its date"),
        }
    }
    Ok(closed)
}

async fn catch_up(app: &App, property_id: Uuid) -> Result<usize> {
    for days in 0..MOST_DAYS {
        let now = app.clock.now();
        let property = properties::find(&*app.db.conn().await?, property_id).await?;
        let due = property.and_then(|property| standing(&property, now).due(property.settings.night_audit_time?));
        let Some(date) = due else { return Ok(days) };
        close(app, &IdempotencyKey::none(), property_id, date, &Cause::system(now)).await?;
    }
    Ok(MOST_DAYS)
}
