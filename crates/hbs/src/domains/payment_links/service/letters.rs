//! Mails with payment links.
use super::token::token;
use crate::app::App;
use crate::domains::payment_links::model::{LinkStatus, Named, PaymentLink};
use crate::domains::payment_links::repository;
use crate::domains::{folios, properties};
use crate::language::Language;
use crate::mail::{self, Letter, Link, Mail, Queued};
use crate::money::Money;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use serde_json::json;

/// Kind of mail with a payment link.
const PAYMENT_LINK: &str = "payment_link";

/// Queues a mail with a link, if it has an address. Ring `app.mailer.wake()` after the commit.
pub async fn queue(conn: &Conn, link: &PaymentLink) -> Result<()> {
    let Some(address) = link.email.as_deref() else { return Ok(()) };
    let params = json!(Named { property_id: link.property_id, id: link.id });
    mail::enqueue(conn, &[Mail { kind: PAYMENT_LINK, address, user_id: None, booking: None, params }]).await?;
    Ok(())
}

/// The words of a mail with a link. None: the link is over by now.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let named: Named = serde_json::from_value(mail.params.clone()).map_err(Error::internal)?;
    let (conn, now) = (app.db.conn().await?, app.clock.now());
    let Some(row) = repository::find_in(&conn, named.property_id, named.id).await? else { return Ok(None) };
    let Some(property) = properties::find(&conn, row.property_id).await? else { return Ok(None) };
    let Some(folio) = folios::find(&conn, &Scope::All, row.folio_id).await? else { return Ok(None) };
    let amount_minor = row.amount_minor.unwrap_or(folio.balance_minor);
    if row.status_at(now) != LinkStatus::Open || amount_minor <= 0 {
        return Ok(None);
    }
    let booking = match row.booking_id {
        Some(booking_id) => repository::booking(&conn, row.property_id, booking_id).await?,
        None => None,
    };
    let (reference, locale) = booking.unzip();
    let locale = locale.flatten();
    let language = Language::first_of(locale.iter().chain([&property.default_locale]));
    let reading = Reading::new(vec![language.locale()]);
    let params = json!({
        "hotel": {"name": reading.name(&property.name, &property.texts, &property.default_locale)},
        "amount": language.money(Money::new(amount_minor, row.currency)),
        "reference": reference,
        "until": property.local_time(row.expires_at).format("%Y-%m-%d %H:%M").to_string(),
    });
    let link = Some(Link { page: "pay", token: token(app, &row)?, lifetime: row.expires_at - now });
    Ok(Some(Letter { kind: PAYMENT_LINK, locale: language.code().into(), name: None, link, params, attachment: None }))
}
