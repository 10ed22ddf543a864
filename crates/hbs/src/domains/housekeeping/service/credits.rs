//! Credits of room types.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::housekeeping::dto::{AllCreditsOut, CreditsOut, SetCredits};
use crate::domains::housekeeping::model::Credits;
use crate::domains::housekeeping::repository;
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{HousekeepingPlan, RoomsRead};
use crate::version::MustMatch;
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// The credits of all room types of a hotel, of which something is said or not.
pub async fn all_credits(app: &App, staff: &Staff<RoomsRead>, property_id: Uuid) -> Result<AllCreditsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let of_property = &[property_id];
    let (property, types, known) = try_join!(
        properties::find(&conn, property_id),
        rooms::types_of(&conn, of_property),
        repository::credits(&conn, property_id),
    )?;
    property.or_404("property")?;
    let mut known: HashMap<Uuid, Credits> = known.into_iter().map(|credits| (credits.room_type_id, credits)).collect();
    let now = app.clock.now();
    let of = |id: Uuid| known.remove(&id).unwrap_or_else(|| Credits::usual(property_id, id, now));
    let credits = types.iter().map(|kind| kind.id).map(of).map(CreditsOut::from).collect();
    Ok(AllCreditsOut { property_id, credits })
}

/// Sets the credits of a room type. Tasks that there are keep theirs.
pub async fn set_credits(
    app: &App,
    staff: &Staff<HousekeepingPlan>,
    key: &IdempotencyKey,
    seen: MustMatch,
    room_type_id: Uuid,
    request: SetCredits,
) -> Result<Answer> {
    let SetCredits { departure, stay_over } = request;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let kind = rooms::lock_type(conn, &staff.scope, room_type_id).await?.or_404("room type")?;
        let known = repository::lock_credits(conn, kind.property_id, room_type_id).await?;
        let before = known.unwrap_or_else(|| Credits::usual(kind.property_id, room_type_id, now));
        seen.check(before.version)?;
        let after = Credits { departure, stay_over, version: before.version + 1, updated_at: now, ..before.clone() };
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &CreditsOut::from(before));
        }
        repository::put_credits(conn, &after).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &CreditsOut::from(after))
    })
    .await
}
