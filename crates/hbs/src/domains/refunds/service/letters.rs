//! Mails to guests about what is paid back to them.
use crate::app::App;
use crate::domains::bookings;
use crate::domains::payments::Payment;
use crate::domains::properties;
use crate::domains::refunds::model::{Refund, RefundId};
use crate::domains::refunds::repository;
use crate::language::Language;
use crate::mail::{self, Letter, Mail, Queued};
use crate::money::Money;
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use serde_json::json;

/// Kind of mail about a refund.
const REFUND: &str = "refund";

/// Queues a mail to the guest that says how a refund stands, if there is a booking with an address. Ring `app.mailer.wake()`
/// after the commit.
pub async fn queue(conn: &Conn, payment: &Payment, refund: &Refund) -> Result<()> {
    let Some(booking_id) = payment.booking_id else { return Ok(()) };
    let everywhere = Reach::of_scope(Scope::All);
    let Some(booking) = bookings::find(conn, &everywhere, booking_id).await? else { return Ok(()) };
    let Some(address) = booking.contact_email.as_deref() else { return Ok(()) };
    let params = json!({"refund_id": refund.id, "status": refund.status});
    mail::enqueue(conn, &[Mail { kind: REFUND, address, user_id: None, booking: None, params }]).await?;
    Ok(())
}

/// The words of a mail about a refund. None: a later one tells how it stands by now, or the address is the guest's no more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let id: RefundId = serde_json::from_value(mail.params["refund_id"].clone()).map_err(Error::internal)?;
    let conn = app.db.conn().await?;
    let everywhere = Reach::of_scope(Scope::All);
    let Some((refund, of_payment)) = repository::find(&conn, &everywhere, id).await? else { return Ok(None) };
    let Some(booking_id) = of_payment.booking_id else { return Ok(None) };
    let Some(booking) = bookings::find(&conn, &everywhere, booking_id).await? else { return Ok(None) };
    let Some(property) = properties::find(&conn, refund.property_id).await? else { return Ok(None) };
    if json!(refund.status) != mail.params["status"] || booking.contact_email.as_deref() != Some(mail.address.as_str()) {
        return Ok(None);
    }
    let language = Language::first_of(booking.locale.iter().chain([&property.default_locale]));
    let reading = Reading::new(vec![language.locale()]);
    let params = json!({
        "hotel": {"name": reading.name(&property.name, &property.texts, &property.default_locale)},
        "status": refund.status,
        "amount": language.money(Money::new(refund.amount_minor, of_payment.currency)),
        "reference": booking.reference,
        "booking_id": booking.id,
    });
    Ok(Some(Letter { kind: REFUND, locale: language.code().into(), name: None, link: None, params, attachment: None }))
}
