//! Settings of a hotel's invoices: what they say of it, and how their numbers are written.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::invoices::dto::{InvoiceSettingsOut, UpdateInvoiceSettings};
use crate::domains::invoices::model::InvoiceSettings;
use crate::domains::invoices::repository;
use crate::domains::invoices::rules::number;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{InvoicesRead, PropertiesUpdate};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use uuid::Uuid;

pub async fn get_settings(app: &App, staff: &Staff<InvoicesRead>, property_id: Uuid) -> Result<InvoiceSettingsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    Ok(known_settings(&conn, &property).await?.into())
}

/// The settings of a hotel, also of one that has not said anything.
pub async fn known_settings(conn: &Conn, property: &Property) -> Result<InvoiceSettings> {
    let said = repository::settings(conn, property.id).await?;
    Ok(said.unwrap_or_else(|| InvoiceSettings::unsaid(property.id, property.created_at)))
}

pub async fn update_settings(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    patch: UpdateInvoiceSettings,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    if let Some(Err(fault)) = patch.number_format.as_deref().map(number::check) {
        return Err(Error::invalid("/number_format", fault));
    }
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        let before = known_settings(conn, &property).await?;
        seen.check(before.version)?;
        let wanted = changed(&before, &patch);
        let event = Event::changed(&before, &wanted);
        if event.is_empty() {
            return Answer::unchanged(before.version, &InvoiceSettingsOut::from(before));
        }
        let wanted = InvoiceSettings { version: before.version + 1, updated_at: cause.at, ..wanted };
        let after = repository::set_settings(conn, &wanted).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &InvoiceSettingsOut::from(after))
    })
    .await
}

fn changed(before: &InvoiceSettings, patch: &UpdateInvoiceSettings) -> InvoiceSettings {
    let UpdateInvoiceSettings { legal_name, vat_id, tax_number, registration, iban, bic, note, number_format, fiscal_issuer } =
        patch;
    let or = |patch: &Option<Option<String>>, known: &Option<String>| patch.clone().unwrap_or_else(|| known.clone());
    InvoiceSettings {
        legal_name: or(legal_name, &before.legal_name),
        vat_id: or(vat_id, &before.vat_id),
        tax_number: or(tax_number, &before.tax_number),
        registration: or(registration, &before.registration),
        iban: or(iban, &before.iban),
        bic: or(bic, &before.bic),
        note: or(note, &before.note),
        number_format: number_format.clone().unwrap_or_else(|| before.number_format.clone()),
        fiscal_issuer: fiscal_issuer.unwrap_or(before.fiscal_issuer),
        ..before.clone()
    }
}
