//! Effects of payments: a hold that waited for one is confirmed, one that came too late takes its rooms again, or goes back.
use super::follow::Followed;
use crate::app::App;
use crate::domains::bookings::{self, ActionRequest};
use crate::domains::payments_due::model::DueKind;
use crate::domains::refunds;
use crate::domains::stays::{Action, Status};
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::{Reach, Scope};
use crate::{Error, Result};

/// Reason of refunds of what was paid too late.
const TOO_LATE: &str = "Paid after the hold had expired, and its rooms are gone";

pub async fn react(app: &App, followed: &Followed) -> Result<()> {
    let Followed { booking, stays, paid_minor, .. } = followed;
    if *paid_minor <= 0 {
        return Ok(());
    }
    match booking.status {
        Status::Held if booking.awaits_payment && has_paid_enough(followed) => {
            confirm(app, followed).await?;
            Ok(())
        }
        Status::Expired => {
            let is_theirs_again = has_paid_enough(followed) && confirm(app, followed).await?;
            if is_theirs_again { Ok(()) } else { refunds::refund_whole(app, booking.property_id, booking.id, TOO_LATE).await }
        }
        // What is paid after a stay was given up goes back, as what was paid before.
        Status::Cancelled | Status::NoShow => {
            let mut failures = Failures::default();
            for stay in stays.iter().filter(|stay| matches!(stay.status, Status::Cancelled | Status::NoShow)) {
                let requested = refunds::request_for_ended(app, booking.property_id, booking.id, stay.id).await;
                failures.note("refunds of a stay could not be asked for; it is tried again", stay.id, requested)?;
            }
            failures.result(())
        }
        _ => Ok(()),
    }
}

/// Returns `true` if what was due when booking is paid.
fn has_paid_enough(followed: &Followed) -> bool {
    let deposits = followed.dues.iter().filter(|due| due.kind == DueKind::Deposit);
    followed.paid_minor >= deposits.map(|due| due.amount_minor).sum()
}

/// Confirms a hold, or takes the rooms of one that expired again, at its price. False: that is not possible (any more).
async fn confirm(app: &App, followed: &Followed) -> Result<bool> {
    let (reach, cause) = (Reach::of_scope(Scope::All), Cause::system(app.clock.now()));
    let request = ActionRequest::new(followed.booking.id, Action::Confirm, &reach, &cause);
    match bookings::act(app, &IdempotencyKey::none(), &request).await {
        Ok(_) => {
            app.relay.wake();
            app.mailer.wake();
            Ok(true)
        }
        // Somebody else was at it at the same moment: it is tried again.
        Err(error @ Error::Client(_)) if is_passing(&error) => Err(error),
        Err(error @ Error::Client(_)) => {
            tracing::info!(booking_id = %followed.booking.id, ?error, "a hold that was paid could not be confirmed");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Client(client) if client.problem.status == 503)
}
