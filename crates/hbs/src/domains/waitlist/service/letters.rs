use crate::app::App;
use crate::domains::properties;
use crate::domains::stays::Status;
use crate::domains::waitlist::repository::{self, Offer};
use crate::language::Language;
use crate::mail::{Letter, Queued};
use crate::money::Money;
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use serde_json::json;
use uuid::Uuid;

/// The kind of mail about an offer.
pub const OFFERED: &str = "waitlist_offered";

/// The words of a mail about an offer. None: it does not stand any more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let entry_id = mail.params["entry_id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let entry_id = entry_id.ok_or_else(|| Error::internal("a mail about an offer names no entry"))?;
    let conn = app.db.conn().await?;
    let Some(offer) = repository::offer(&conn, entry_id).await? else { return Ok(None) };
    let Some(property) = properties::find(&conn, offer.entry.property_id).await? else { return Ok(None) };
    let Offer { entry, room_type, reference, booking_status, hold_expires_at, total_minor, account } = offer;
    let Some(expires_at) = hold_expires_at.filter(|at| booking_status == Status::Held && *at > app.clock.now()) else {
        return Ok(None);
    };
    let is_own = |(email, verified_at): (&str, bool)| verified_at && Some(email) == entry.contact_email.as_deref();
    // Who has yet to prove an address could write anything into somebody else's mail by way of a name.
    let is_known = account.as_ref().is_some_and(|(email, verified_at, _)| is_own((email, verified_at.is_some())));
    let own = account.and_then(|(_, _, locale)| locale.parse::<Locale>().ok());
    let language = Language::first_of(own.iter().chain([&property.default_locale]));
    let until = property.local_time(expires_at);
    let (reading, base) = (Reading::new(vec![language.locale()]), &property.default_locale);
    let (type_name, type_texts) = room_type;
    let params = json!({
        "hotel": {"name": reading.name(&property.name, &property.texts, base)},
        "room_type": reading.name(&type_name, &type_texts, base),
        "rooms": entry.rooms,
        "check_in": language.date(entry.check_in),
        "check_out": language.date(entry.check_out),
        "total": language.money(Money::new(total_minor, property.currency)),
        "reference": reference,
        "booking_id": entry.booking_id,
        "until": format!("{}, {}", language.date(until.date()), until.format("%H:%M")),
    });
    let (locale, name) = (language.code().into(), is_known.then_some(entry.contact_name));
    Ok(Some(Letter { kind: OFFERED, locale, name, link: None, params, attachment: None }))
}
