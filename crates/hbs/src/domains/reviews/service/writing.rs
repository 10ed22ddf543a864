//! A new review: by the owner of the booking, or by a link that was mailed.
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, Booking};
use crate::domains::properties;
use crate::domains::reviews::dto::Sight;
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{EndedStay, Review, ReviewId, Written};
use crate::domains::reviews::{repository, rules};
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::request_id::RequestId;
use crate::security::{Caller, Reach, Scope, secret_hash};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Writes a review of a stay of one's own.
pub async fn create(app: &App, caller: &Caller, key: &IdempotencyKey, booking_id: Uuid, written: &Written) -> Result<Answer> {
    let own = caller.own()?;
    let cause = caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let booking = bookings::find(conn, &own, booking_id).await?.or_404("booking")?;
        write(conn, &booking, written, &cause).await
    })
    .await
}

/// Writes a review by the link of an invitation. With the last type of room that could be reviewed, the link is used up. One at a
/// time writes by it, so that none of many finds it unused by mistake.
pub async fn create_by_link(
    app: &App,
    request_id: RequestId,
    key: &IdempotencyKey,
    token: &str,
    written: &Written,
) -> Result<Answer> {
    let (now, hash) = (app.clock.now(), secret_hash(token));
    app.change(key, async |conn| {
        let invitation = repository::lock_invitation(conn, &hash, now).await?.ok_or(ReviewError::LinkInvalid)?;
        let cause = Cause::guest_link(invitation.booking_id, request_id.clone(), now).sealing_with(&app.person_keys);
        let at_hotel = Reach::of_scope(Scope::Properties([invitation.property_id].into()));
        let booking = bookings::find(conn, &at_hotel, invitation.booking_id).await?.ok_or(ReviewError::LinkInvalid)?;
        let answer = write(conn, &booking, written, &cause).await?;
        let ended = repository::ended_stays(conn, booking.property_id, booking.id).await?;
        let reviewed = repository::reviewed_types(conn, booking.property_id, booking.id).await?;
        if ended.iter().all(|stay| reviewed.contains(&stay.room_type_id)) {
            repository::use_invitation(conn, &invitation, now).await?;
        }
        Ok(answer)
    })
    .await
}

/// Writes the review of a booking. Its stays are held meanwhile: a check-out that is undone at the same time comes before, or
/// finds the review.
async fn write(conn: &Conn, booking: &Booking, written: &Written, cause: &Cause) -> Result<Answer> {
    let property = properties::find(conn, booking.property_id).await?.or_404("property")?;
    let ended = repository::hold_ended_stays(conn, booking.property_id, booking.id).await?;
    let room_type_id = reviewed_type(&ended, written.room_type_id)?;
    let stay = ended.iter().filter(|stay| stay.room_type_id == room_type_id).max_by_key(|stay| stay.check_out);
    let EndedStay { check_in, check_out, .. } = *stay.ok_or(ReviewError::NotDeparted)?;
    if repository::is_staff(conn, booking.property_id, booking.user_id, booking.contact_email.as_deref()).await? {
        return Err(ReviewError::Staff.into());
    }
    let last_day = rules::last_day(check_out);
    if property.business_date(cause.at) > last_day {
        return Err(ReviewError::TooLate(last_day).into());
    }
    let Written { room_type_id: _, ratings, title, body, language, travel_type, author_name } = written.clone();
    let review = Review {
        property_id: booking.property_id,
        id: ReviewId::now_v7(),
        booking_id: booking.id,
        room_type_id,
        author_id: booking.user_id,
        author_name: author_name.or_else(|| rules::first_name(&booking.contact_name)),
        status: rules::first_status(property.settings.moderates_reviews),
        is_suspended: false,
        hidden_for: None,
        moderation_note: None,
        moderated_at: None,
        ratings,
        title,
        body,
        language,
        travel_type,
        departed_on: check_out,
        nights: i32::try_from((check_out - check_in).num_days()).map_err(Error::internal)?,
        edited_at: None,
        response: None,
        response_language: None,
        responded_at: None,
        response_edited_at: None,
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
    };
    repository::insert(conn, &review).await.on_constraint("reviews_once", || ReviewError::AlreadyWritten)?;
    outbox::publish(conn, cause, [Event::created(&review)]).await?;
    Answer::created(format!("/v1/reviews/{}", review.id), review.version, &shown(conn, review, Sight::Author).await?)
}

/// The room type that a review is of: the one that is named, or the only one.
fn reviewed_type(ended: &[EndedStay], named: Option<Uuid>) -> Result<Uuid> {
    let types: BTreeSet<Uuid> = ended.iter().map(|stay| stay.room_type_id).collect();
    match (named, types.first()) {
        (_, None) => Err(ReviewError::NotDeparted.into()),
        (Some(named), _) if types.contains(&named) => Ok(named),
        (Some(_), _) => Err(ReviewError::NotDeparted.into()),
        (None, Some(only)) if types.len() == 1 => Ok(*only),
        (None, Some(_)) => Err(Error::invalid("/room_type_id", "is needed: the guests were in rooms of several types")),
    }
}
