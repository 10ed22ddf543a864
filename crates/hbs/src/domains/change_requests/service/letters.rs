use crate::app::App;
use crate::domains::change_requests::model::RequestStatus;
use crate::domains::change_requests::repository;
use crate::domains::properties;
use crate::language::Language;
use crate::mail::{Letter, Queued};
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use serde_json::json;
use uuid::Uuid;

/// The kind of mail about a proposal.
pub const PROPOSED: &str = "change_proposed";

/// The words of a mail about a proposal. None: it does not stand any more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let id = mail.params["change_request_id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let id = id.ok_or_else(|| Error::internal("a mail about a proposal names no change request"))?;
    let conn = app.db.conn().await?;
    let Some((request, booking, account)) = repository::with_guest(&conn, id).await? else { return Ok(None) };
    let Some(property) = properties::find(&conn, request.property_id).await? else { return Ok(None) };
    let stands = request.status == RequestStatus::Proposed;
    let Some(until) = request.expires_at.filter(|at| stands && *at > app.clock.now()) else { return Ok(None) };
    let Some((total, difference)) = request.proposed(booking.currency) else { return Ok(None) };
    let is_own = |email: &str| Some(email) == booking.contact_email.as_deref();
    // Who has yet to prove an address could write anything into somebody else's mail by way of a name.
    let is_known = account.as_ref().is_some_and(|(email, verified_at, _)| verified_at.is_some() && is_own(email));
    let own = account.and_then(|(_, _, locale)| locale.parse::<Locale>().ok());
    let language = Language::first_of(booking.locale.iter().chain(&own).chain([&property.default_locale]));
    let until = property.local_time(until);
    let reading = Reading::new(vec![language.locale()]);
    let params = json!({
        "hotel": {"name": reading.name(&property.name, &property.texts, &property.default_locale)},
        "reference": booking.reference,
        "booking_id": booking.id,
        "answer": request.answer,
        "total": language.money(total),
        "difference": language.money(difference),
        "until": format!("{}, {}", language.date(until.date()), until.format("%H:%M")),
    });
    let (locale, name) = (language.code().into(), is_known.then_some(booking.contact_name));
    Ok(Some(Letter { kind: PROPOSED, locale, name, link: None, params, attachment: None }))
}
