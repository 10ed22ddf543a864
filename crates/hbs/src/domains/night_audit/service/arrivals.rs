//! Guests who have not come by the date that is closed: they are expected late, recorded as a no-show, or their stay is
//! cancelled.
use super::close::Closing;
use super::due::Refusals;
use crate::domains::bookings::{self, ActionRequest};
use crate::domains::night_audit::dto::DecideArrival;
use crate::domains::night_audit::error::NightAuditError;
use crate::domains::night_audit::model::{DueStay, OpenArrival};
use crate::domains::night_audit::rules::{by_default, can_be_expected};
use crate::domains::properties::{ArrivalDecision, Property};
use crate::domains::stays::Action;
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

/// A stay whose guests have not come, and what becomes of it.
pub struct Decided<'a> {
    stay: &'a DueStay,
    decision: ArrivalDecision,
    /// Decision as it was asked for, with its place in the request; none if it is the hotel's default.
    asked: Option<(usize, &'a DecideArrival)>,
}

/// Returns arrivals that are open, each with what the hotel decides by default and what a no-show and a cancellation would cost.
pub async fn open(
    conn: &Conn,
    property: &Property,
    missing: &[&DueStay],
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<OpenArrival>> {
    let ids: Vec<Uuid> = missing.iter().map(|stay| stay.stay_id).collect();
    let fees = bookings::fees_of_missing(conn, property, &ids, now).await?;
    let shown = |stay: &&DueStay| {
        let decision = by_default(property.settings.open_arrivals, stay, date);
        stay.open_arrival(decision, fees.get(&stay.stay_id).map(|fees| (*fees, property.currency)))
    };
    Ok(missing.iter().map(shown).collect())
}

/// Decides about each arrival that is open, as asked or as the hotel does by default, and fails if neither says.
pub async fn decide<'a>(
    closing: &'a Closing<'_>,
    conn: &Conn,
    property: &Property,
    missing: &'a [DueStay],
) -> Result<Vec<Decided<'a>>> {
    let (mut decided, mut undecided) = (Vec::new(), Vec::new());
    for stay in missing {
        let asked = closing.decisions().iter().enumerate().find(|(_, one)| one.stay_id == stay.stay_id);
        let default = by_default(property.settings.open_arrivals, stay, closing.date);
        match asked.map(|(_, one)| one.decision).or(default) {
            Some(decision) => decided.push(Decided { stay, decision, asked }),
            None => undecided.push(stay),
        }
    }
    if !undecided.is_empty() {
        let open = open(conn, property, &undecided, closing.date, closing.cause.at).await?;
        return Err(NightAuditError::ArrivalsOpen(open).into());
    }
    match decided.iter().find(|one| !one.is_possible(closing)) {
        Some(Decided { stay, asked: Some((place, _)), .. }) => {
            let detail = format!("the stay ends on {}: nothing is left of it for guests who come late", stay.check_out);
            Err(Error::invalid(format!("/arrivals/{place}/decision"), detail))
        }
        _ => Ok(decided),
    }
}

/// Does what was decided, and returns how many guests are expected late.
pub async fn carry_out(closing: &Closing<'_>, conn: &mut Conn, decided: &[Decided<'_>]) -> Result<Vec<Uuid>> {
    let (mut late, mut refusals) = (Vec::new(), Refusals::default());
    for one in decided {
        let (action, what) = match one.decision {
            ArrivalDecision::ExpectedUntilMorning => {
                late.push(one.stay.stay_id);
                continue;
            }
            ArrivalDecision::NoShow => (Action::NoShow, "recorded as a no-show"),
            ArrivalDecision::Cancel => (Action::Cancel, "cancelled"),
        };
        let done = one.act(closing, conn, action).await;
        refusals.note(one.pointer(), one.stay, what, done)?;
    }
    refusals.check()?;
    bookings::expect_late(conn, closing.property_id, &late, closing.date + Days::new(1), closing.cause).await?;
    Ok(late)
}

impl Decided<'_> {
    fn is_possible(&self, closing: &Closing<'_>) -> bool {
        self.decision != ArrivalDecision::ExpectedUntilMorning || can_be_expected(self.stay.check_out, closing.date)
    }

    fn pointer(&self) -> String {
        self.asked.map_or_else(|| "/arrivals".to_owned(), |(place, _)| format!("/arrivals/{place}"))
    }

    async fn act(&self, closing: &Closing<'_>, conn: &mut Conn, action: Action) -> Result<()> {
        let reach = Reach::of_scope(Scope::All);
        let asked = self.asked.map(|(_, asked)| asked);
        let caller = closing.asked.as_ref().map(|asked| asked.caller);
        let request = ActionRequest {
            stay_id: Some(self.stay.stay_id),
            reason: asked.and_then(|asked| asked.reason.as_deref()),
            fee_waived_by: caller.filter(|_| asked.is_some_and(|asked| asked.waive_fee)),
            ..ActionRequest::new(self.stay.booking_id, action, &reach, closing.cause)
        };
        bookings::act_within(closing.app, conn, &request).await
    }
}
