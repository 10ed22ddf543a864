//! No-shows, recorded automatically.
use super::change::lifecycle::{ActionRequest, act};
use crate::Result;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::repository;
use crate::domains::stays::{Action, Status};
use crate::error::DomainError;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::{Reach, Scope};
use uuid::Uuid;

/// Maximum number of stays per run of the job.
const MOST: i64 = 1000;

/// Records that the guests of a stay did not come. False if they have come, or have cancelled, meanwhile.
async fn record_no_show(app: &App, booking_id: Uuid, stay_id: Uuid, cause: &Cause) -> Result<bool> {
    let reach = Reach::of_scope(Scope::All);
    let request = ActionRequest { stay_id: Some(stay_id), ..ActionRequest::new(booking_id, Action::NoShow, &reach, cause) };
    let illegal = BookingError::IllegalMove { from: Status::CheckedIn, to: Status::NoShow };
    match act(app, &IdempotencyKey::none(), &request).await {
        Ok(_) => Ok(true),
        Err(error) if error.is(illegal.problem()) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Records the guests who have not come by the cut-off, of the hotels that want that by itself. Says how many.
pub async fn record_missing(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let missing = repository::missing(&*app.db.conn().await?, now, MOST).await?;
    let (mut recorded, mut failures) = (0, Failures::default());
    for (booking_id, stay_id) in missing {
        let done = record_no_show(app, booking_id, stay_id, &Cause::system(now)).await;
        let is_missing = failures.note_fault("a no-show could not be recorded", stay_id, done)?;
        recorded += usize::from(is_missing.unwrap_or(false));
    }
    failures.result(recorded)
}
