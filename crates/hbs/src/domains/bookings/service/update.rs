use super::letters;
use super::read::answer;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::UpdateBooking;
use crate::domains::bookings::model::BookingChange;
use crate::domains::bookings::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::OwnOr;
use crate::security::permission::BookingsWrite;
use crate::version::{MustMatch, changed_meanwhile};
use uuid::Uuid;

/// Changes the contact and the special requests of a booking.
pub async fn update(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateBooking,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    let change: BookingChange = patch.into();
    app.change(key, async |conn| {
        let before = repository::find(conn, &who.reach, id).await?.or_404("booking")?;
        seen.check(before.version)?;
        let after =
            repository::update(conn, &before, &change, now).await?.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Ok(Answer { is_unchanged: true, ..answer(conn, &who.reach, before).await? });
        }
        outbox::publish(conn, &cause, [event]).await?;
        letters::queue(conn, letters::of_update(&before, &after), (after.property_id, after.id), &after.contact_email).await?;
        answer(conn, &who.reach, after).await
    })
    .await
    .inspect(|_| app.mailer.wake())
}
