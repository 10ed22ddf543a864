//! Closing a date: in one transaction, so that all of it is done or nothing.
use super::due::Due;
use super::{arrivals, departures, standing};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, ActionRequest};
use crate::domains::night_audit::dto::{DecideArrival, NightAuditOut, RunNightAudit};
use crate::domains::night_audit::error::NightAuditError;
use crate::domains::night_audit::model::{DueStay, Figures, NightAudit};
use crate::domains::night_audit::repository;
use crate::domains::properties::{self, ArrivalDecision, Property};
use crate::domains::stays::Action;
use crate::domains::{folios, reports, rooms};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{BookingsWaiveFee, BookingsWrite, NightAuditCloseEarly};
use crate::security::{Caller, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Closing of a business date.
pub struct Closing<'a> {
    pub app: &'a App,
    pub property_id: Uuid,
    pub date: NaiveDate,
    /// Wishes of whoever runs the audit; none if it runs by itself.
    pub asked: Option<Asked<'a>>,
    pub cause: &'a Cause,
}

/// Wishes of a member of staff who may have them.
pub struct Asked<'a> {
    pub caller: &'a Caller,
    request: &'a RunNightAudit,
    /// Reason for closing the date before its day has ended, if that is meant.
    early_reason: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// Checks that the caller may ask for all that, and says why where that is needed.
    pub fn new(caller: &'a Caller, property_id: Uuid, request: &'a RunNightAudit) -> Result<Self> {
        let cancels = request.arrivals.iter().any(|arrival| arrival.decision == ArrivalDecision::Cancel);
        if cancels || !request.extend_stays.is_empty() {
            caller.require::<BookingsWrite>(property_id)?;
        }
        if request.arrivals.iter().any(|arrival| arrival.waive_fee) {
            caller.require::<BookingsWaiveFee>(property_id)?;
        }
        if request.close_early {
            caller.require::<NightAuditCloseEarly>(property_id)?;
        }
        let errors = wrong(request);
        if !errors.is_empty() {
            return Err(Error::invalid_fields(errors));
        }
        let early_reason = request.reason.as_deref().map(str::trim).filter(|_| request.close_early);
        Ok(Self { caller, request, early_reason })
    }
}

/// Returns what is wrong with what is asked for, whatever the state of the hotel.
fn wrong(request: &RunNightAudit) -> Vec<FieldError> {
    let is_blank = |reason: &Option<String>| reason.as_deref().is_none_or(|reason| reason.trim().is_empty());
    let mut errors = Vec::new();
    if request.close_early && is_blank(&request.reason) {
        errors.push(FieldError::body("/reason", "is needed to close the date before its day has ended"));
    }
    let mut named = BTreeSet::new();
    for (place, arrival) in request.arrivals.iter().enumerate() {
        if !named.insert(arrival.stay_id) {
            errors.push(FieldError::body(format!("/arrivals/{place}/stay_id"), "is named twice"));
        }
        if arrival.waive_fee && arrival.decision == ArrivalDecision::ExpectedUntilMorning {
            let detail = "is for a no-show or a cancellation: guests who are expected are charged as booked";
            errors.push(FieldError::body(format!("/arrivals/{place}/waive_fee"), detail));
        }
        if arrival.waive_fee && is_blank(&arrival.reason) {
            errors.push(FieldError::body(format!("/arrivals/{place}/reason"), "is needed to waive the fee"));
        }
    }
    errors
}

impl Closing<'_> {
    /// Closes the date. For one that is closed already, returns its figures.
    pub async fn run(&self, key: &IdempotencyKey) -> Result<Answer> {
        let answer = self.app.change(key, async |conn| self.close(conn).await).await?;
        self.app.mailer.wake();
        Ok(answer)
    }

    /// Stays that are to be extended by a night.
    pub fn extended(&self) -> &[Uuid] {
        self.asked.as_ref().map_or(&[], |asked| &asked.request.extend_stays)
    }

    pub fn decisions(&self) -> &[DecideArrival] {
        self.asked.as_ref().map_or(&[], |asked| &asked.request.arrivals)
    }

    async fn close(&self, conn: &mut Conn) -> Result<Answer> {
        let Self { property_id, date, cause, .. } = *self;
        let property = properties::lock(conn, &Scope::All, property_id).await?.or_404("property")?;
        if let Some(audit) = repository::find(conn, property_id, date).await? {
            return Answer::done(&NightAuditOut::new(audit, property.currency));
        }
        let early_reason = self.asked.as_ref().and_then(|asked| asked.early_reason);
        let standing = standing(&property, cause.at);
        standing.check(date)?;
        if early_reason.is_none() {
            standing.check_over(date)?;
        }
        if property.rolled_to != Some(date) {
            // The first one may be yesterday: what is done about it is done on that date.
            properties::roll(conn, property_id, date, cause.at).await?;
        }
        let due = Due::lock(conn, property_id, date).await?;
        departures::check_open(self, conn, &due.departures).await?;
        let decided = arrivals::decide(self, conn, &property, &due.missing).await?;
        departures::extend(self, conn, &due.departures).await?;
        let late = arrivals::carry_out(self, conn, &decided).await?;
        self.expire(conn, &due.holds).await?;
        self.roll(conn, &property, &late, early_reason.filter(|_| !standing.is_over(date))).await
    }

    /// Ends holds for nights that are over.
    async fn expire(&self, conn: &mut Conn, holds: &[DueStay]) -> Result<()> {
        let reach = Reach::of_scope(Scope::All);
        // A hold is one, however many rooms it has.
        for booking_id in holds.iter().map(|stay| stay.booking_id).collect::<BTreeSet<_>>() {
            bookings::act_within(self.app, conn, &ActionRequest::new(booking_id, Action::Expire, &reach, self.cause)).await?;
        }
        Ok(())
    }

    /// Puts the figures on record and rolls the date.
    async fn roll(&self, conn: &Conn, property: &Property, late: &[Uuid], early_reason: Option<&str>) -> Result<Answer> {
        let Self { property_id, date, cause, .. } = *self;
        let is_open = |stay: &DueStay| !late.contains(&stay.stay_id);
        if repository::due(conn, property_id, date).await?.iter().any(is_open) {
            return Err(NightAuditError::Overtaken.into());
        }
        folios::close_date(conn, property_id, date, cause.at).await?;
        reports::close_date(conn, property_id, date, cause.at).await?;
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
            late_arrivals: i32::try_from(late.len()).unwrap_or(i32::MAX),
            early_reason: early_reason.map(Into::into),
        };
        repository::insert(conn, &audit).await?;
        let next = date + Days::new(1);
        properties::roll(conn, property_id, next, cause.at).await?;
        outbox::publish(conn, cause, [event(property, &audit, next)]).await?;
        Answer::done(&NightAuditOut::new(audit, property.currency))
    }
}

fn event(property: &Property, audit: &NightAudit, next: NaiveDate) -> Event {
    let event = Event::of("property.date_closed", property).and("business_date", audit.business_date, next);
    let event = event.with("no_shows", audit.no_shows).with("late_arrivals", audit.late_arrivals);
    match &audit.early_reason {
        Some(reason) => event.with("closed_early", true).with("reason", reason),
        None => event,
    }
}
