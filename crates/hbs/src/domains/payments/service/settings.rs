//! Settings of a hotel's payments.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::dto::{PaymentSettingsOut, UpdatePaymentSettings};
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{PaymentMethod, PaymentSettings};
use crate::domains::payments::repository;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{PaymentsRead, PropertiesUpdate};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use uuid::Uuid;

pub async fn get_settings(app: &App, staff: &Staff<PaymentsRead>, property_id: Uuid) -> Result<PaymentSettingsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    Ok(PaymentSettingsOut::new(&known_settings(&conn, &property).await?, property.currency))
}

/// Returns `true` if a hotel takes payments through a gateway.
pub async fn takes_gateway(conn: &Conn, property_id: Uuid) -> Result<bool> {
    let said = repository::settings_of(conn, property_id).await?;
    Ok(said.is_none_or(|settings| settings.methods().contains(&PaymentMethod::Gateway)))
}

/// The settings of a hotel, also of one that has not said anything.
pub async fn known_settings(conn: &Conn, property: &Property) -> Result<PaymentSettings> {
    let said = repository::settings_of(conn, property.id).await?;
    Ok(said.unwrap_or_else(|| PaymentSettings::unsaid(property.id, property.created_at)))
}

pub async fn update_settings(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    patch: UpdatePaymentSettings,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        let before = known_settings(conn, &property).await?;
        seen.check(before.version)?;
        let wanted = changed(&before, &patch, &property)?;
        let event = Event::changed(&before, &wanted);
        if event.is_empty() {
            return Answer::unchanged(before.version, &PaymentSettingsOut::new(&before, property.currency));
        }
        let after = repository::set(conn, &wanted, cause.at).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &PaymentSettingsOut::new(&after, property.currency))
    })
    .await
}

fn changed(before: &PaymentSettings, patch: &UpdatePaymentSettings, property: &Property) -> Result<PaymentSettings> {
    let mut wanted = before.clone();
    if let Some(methods) = &patch.methods {
        // In one order and each once, so that the same set is the same.
        let mut methods = methods.clone();
        methods.sort_unstable_by_key(|method| method.as_str());
        methods.dedup();
        wanted.methods = methods.into_iter().map(Some).collect();
    }
    if let Some(amount) = patch.refund_approval_above {
        if amount.currency != property.currency {
            return Err(PaymentError::OtherCurrency { pointer: "/refund_approval_above", expected: property.currency }.into());
        }
        if amount.minor < 0 {
            return Err(Error::invalid("/refund_approval_above/amount", "must not be negative"));
        }
        wanted.refund_approval_above_minor = amount.minor;
    }
    if let Some(allows) = patch.allows_own_approval {
        wanted.allows_own_approval = allows;
    }
    if let Some(charges) = patch.charges_guarantees {
        wanted.charges_guarantees = charges;
    }
    Ok(wanted)
}
