//! The use cases of change requests, one function each.
mod answers;
mod letters;
mod proposals;
mod requests;

pub use answers::{grant, refuse};
pub use letters::prepare_mail;
pub use proposals::{accept, decline, lapse_overdue, propose};
pub use requests::{get, list, request, withdraw};

use super::dto::ChangeRequestOut;
use super::error::ChangeRequestError;
use super::model::{Booked, ChangeRequest, NewState, RequestStatus};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{Also, Booking};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use std::sync::Arc;
use uuid::Uuid;

fn event_kind(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Open => "change_request.created",
        RequestStatus::Proposed => "change_request.proposed",
        RequestStatus::Accepted => "change_request.accepted",
        RequestStatus::Declined => "change_request.declined",
        RequestStatus::Lapsed => "change_request.lapsed",
        RequestStatus::Granted => "change_request.granted",
        RequestStatus::Refused => "change_request.refused",
        RequestStatus::Withdrawn => "change_request.withdrawn",
    }
}

/// The one table of moves: what a request must be to become another.
fn check_move(from: RequestStatus, to: RequestStatus) -> Result<(), ChangeRequestError> {
    use RequestStatus::{Accepted, Declined, Granted, Lapsed, Open, Proposed, Refused, Withdrawn};
    let possible = match to {
        Proposed | Granted | Refused | Withdrawn => from == Open,
        Accepted | Declined | Lapsed => from == Proposed,
        Open => false,
    };
    if possible { Ok(()) } else { Err(ChangeRequestError::IllegalMove { from, to }) }
}

/// Makes a request another one and says so, unless somebody was faster.
async fn move_to(conn: &Conn, before: &ChangeRequest, state: &NewState, cause: &Cause) -> Result<ChangeRequest> {
    check_move(before.status, state.status)?;
    let Some(after) = repository::set_state(conn, before, state, cause.at).await? else {
        let from = repository::status(conn, before).await?;
        return Err(ChangeRequestError::IllegalMove { from, to: state.status }.into());
    };
    outbox::publish(conn, cause, [Event::changed(before, &after).named(event_kind(after.status))]).await?;
    Ok(after)
}

fn answer(request: ChangeRequest, booked: &Booked) -> Result<Answer> {
    let version = request.version;
    Answer::ok(version, &ChangeRequestOut::new(request, booked)?)
}

/// Makes the further write where the booking is changed as asked for, or as proposed; the request is the answer.
fn as_done(before: &ChangeRequest, state: NewState, seen: IfMatch, cause: &Cause) -> Box<Also> {
    let done = Arc::new((before.clone(), state, cause.clone()));
    Box::new(move |conn: &Conn, booking: &Booking| {
        let done = Arc::clone(&done);
        Box::pin(async move {
            let (before, state, cause) = &*done;
            seen.check(before.version)?;
            let after = move_to(conn, before, state, cause).await?;
            answer(after, &Booked::from(booking)).map(Some)
        })
    })
}

/// Returns the reason why a request did not move: it can no longer, or else the error that prevented it.
async fn why_not(app: &App, reach: &Reach, (id, to): (Uuid, RequestStatus), seen: IfMatch, error: Error) -> Error {
    let check = async || {
        let found = repository::find(&*app.db.conn().await?, reach, id).await?;
        let (now, ..) = found.or_404("change request")?;
        seen.check(now.version)?;
        Ok::<_, Error>(check_move(now.status, to)?)
    };
    check().await.err().unwrap_or(error)
}

/// An error of amending in the words of a request whose body holds the amendment.
fn of_amendment(error: Error) -> Error {
    match error {
        Error::Client(mut client) => {
            for error in &mut client.errors {
                error.pointer.insert_str(0, "/amendment");
            }
            if client.problem.code == crate::error::problems::INVALID.code {
                return Error::invalid_fields(client.errors);
            }
            Error::Client(client)
        }
        internal @ Error::Internal { .. } => internal,
    }
}
