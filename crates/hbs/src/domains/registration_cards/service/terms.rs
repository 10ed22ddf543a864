//! Terms that guests confirm by their signature.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::domains::registration_cards::dto::{RegistrationTermsOut, SetRegistrationTerms};
use crate::domains::registration_cards::model::Terms;
use crate::domains::registration_cards::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{BookingsRead, PropertiesUpdate};
use crate::version::MustMatch;
use futures_util::try_join;
use uuid::Uuid;

pub async fn get_terms(app: &App, staff: &Staff<BookingsRead>, property_id: Uuid) -> Result<RegistrationTermsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let (property, terms) = try_join!(properties::find(&conn, property_id), repository::terms(&conn, property_id))?;
    property.or_404("property")?;
    Ok(terms.unwrap_or_else(|| Terms::none(property_id, app.clock.now())).into())
}

/// Sets the terms. Cards that there are keep theirs.
pub async fn set_terms(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    request: SetRegistrationTerms,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        let known = repository::terms(conn, property_id).await?;
        let before = known.unwrap_or_else(|| Terms::none(property_id, now));
        seen.check(before.version)?;
        let texts = serde_json::json!(request.texts);
        let after = Terms { texts, version: before.version + 1, updated_at: now, ..before.clone() };
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &RegistrationTermsOut::from(before));
        }
        repository::put_terms(conn, &after).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &RegistrationTermsOut::from(after))
    })
    .await
}
