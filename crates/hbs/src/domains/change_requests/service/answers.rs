use super::{answer, as_done, move_to, why_not};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, ActionRequest, Amend, AmendRequest};
use crate::domains::change_requests::dto::GrantChange;
use crate::domains::change_requests::model::{NewState, RequestStatus};
use crate::domains::change_requests::repository;
use crate::domains::stays::Action;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::BookingsWrite;
use crate::version::IfMatch;
use uuid::Uuid;

pub async fn refuse(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    words: String,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.reach(), id).await?;
        let (before, booked) = found.or_404("change request")?;
        seen.check(before.version)?;
        let state = NewState { answer: Some(words), ..NewState::of(RequestStatus::Refused) };
        let after = move_to(conn, &before, &state, &cause).await?;
        answer(after, &booked)
    })
    .await
}

/// Carries out what was asked for, in one transaction with the request.
pub async fn grant(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    body: GrantChange,
) -> Result<Answer> {
    let (reach, cause) = (staff.reach(), staff.caller.cause(app.clock.now()));
    let found = repository::find(&*app.db.conn().await?, &reach, id).await?;
    let (before, ..) = found.or_404("change request")?;
    let state = NewState { answer: body.answer, ..NewState::of(RequestStatus::Granted) };
    let also = as_done(&before, state, seen, &cause);
    let (booking_id, message) = (before.booking_id, before.message.clone());
    let done = match before.wanted()? {
        Some(wanted) => {
            let wanted = Amend { expected_total: body.expected_total, ..wanted };
            let request = AmendRequest::new(booking_id, &wanted, &reach, &staff.caller, &cause);
            let request = AmendRequest { also: Some(&*also), ..request };
            bookings::amend(app, key, &request).await
        }
        None => {
            let request = ActionRequest {
                stay_id: before.stay_id,
                reason: Some(&message),
                fee_waived_by: Some(&staff.caller),
                also: Some(&*also),
                ..ActionRequest::new(booking_id, Action::Cancel, &reach, &cause)
            };
            bookings::act(app, key, &request).await
        }
    };
    // A key that was sent before is answered as before; only then it is looked at what the request is by now.
    match done {
        Ok(answer) => Ok(answer),
        Err(error) => Err(why_not(app, &reach, (id, RequestStatus::Granted), seen, error).await),
    }
}
