//! Mails about notifications, in words when they are sent: they tell how things are by then.
use super::settings::{unsubscribe_address, unsubscribe_from_all_address};
use super::texts::{Reader, Texts};
use crate::app::App;
use crate::domains::bookings;
use crate::domains::notifications::letters::{BROADCAST, DIGEST, NOTIFICATION, TEST};
use crate::domains::notifications::model::{BroadcastId, BroadcastStatus, NotificationId, NotificationKind};
use crate::domains::notifications::repository;
use crate::domains::properties;
use crate::language::Language;
use crate::mail::{Letter, Queued};
use crate::security::{Reach, Scope};
use crate::texts::Reading;
use crate::{Error, Result};
use serde_json::{Value, json};

/// The letter of a mail. None: there is nothing to tell any more, or nobody to tell it to.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    match mail.kind.as_str() {
        NOTIFICATION | DIGEST => of_notifications(app, mail).await,
        BROADCAST => of_broadcast(app, mail).await,
        _ => of_test(app, mail).await,
    }
}

/// The letter about one notification or several. One that was read meanwhile is left out, and so is one that its person may
/// not see any more.
async fn of_notifications(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let Some(user_id) = mail.user_id else { return Ok(None) };
    let ids: Vec<NotificationId> = serde_json::from_value(mail.params["notification_ids"].clone()).map_err(Error::internal)?;
    let conn = app.db.conn().await?;
    let recipient = repository::recipients(&conn, &[user_id]).await?.pop();
    let Some(recipient) = recipient.filter(|one| one.is_proved && one.email == mail.address) else { return Ok(None) };
    let mut rows = repository::find_all(&conn, user_id, &ids).await?;
    rows.retain(|row| row.read_at.is_none());
    let texts = Texts::of(&conn, &rows).await?;
    drop(conn);
    let reader = Reader::from(&recipient);
    let items: Vec<Value> =
        rows.iter().map(|row| texts.words(row, &reader)).map(|words| json!({"title": words.title, "text": words.body})).collect();
    let Some(first) = rows.first() else { return Ok(None) };
    // A mail about several kinds ends all that can be ended: the preferences bring back which of them are wanted.
    let is_of_one_kind = rows.iter().all(|row| row.kind == first.kind);
    let unsubscribe = if is_of_one_kind {
        unsubscribe_address(app, user_id, first.kind)?
    } else {
        Some(unsubscribe_from_all_address(app, user_id)?)
    };
    let params = json!({"title": items[0]["title"], "text": items[0]["text"], "items": items, "unsubscribe": unsubscribe});
    let kind = if rows.len() == 1 { NOTIFICATION } else { DIGEST };
    let locale = recipient.locale.to_string();
    Ok(Some(Letter { kind, locale, name: Some(recipient.full_name), link: None, params, attachment: None }))
}

/// The letter of a broadcast to a guest without an account, whose booking has the address still.
async fn of_broadcast(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let id: BroadcastId = serde_json::from_value(mail.params["broadcast_id"].clone()).map_err(Error::internal)?;
    let Some(booking_id) = mail.booking_id else { return Ok(None) };
    let conn = app.db.conn().await?;
    let broadcast = repository::find_broadcast(&conn, &Scope::All, id).await?;
    let Some(broadcast) = broadcast.filter(|one| one.status == BroadcastStatus::Sent) else { return Ok(None) };
    let booking = bookings::find(&conn, &Reach::of_scope(Scope::All), booking_id).await?;
    let has_address = |booking: &bookings::Booking| booking.contact_email.as_deref() == Some(mail.address.as_str());
    let Some(booking) = booking.filter(has_address) else { return Ok(None) };
    let Some(property) = properties::find(&conn, broadcast.property_id).await? else { return Ok(None) };
    let language = Language::first_of(booking.locale.iter().chain([&property.default_locale]));
    let hotel = Reading::new(vec![language.locale()]).name(&property.name, &property.texts, &property.default_locale);
    let params = json!({
        "hotel": {"name": hotel}, "title": broadcast.title, "text": broadcast.body, "reference": booking.reference,
    });
    let locale = language.code().to_owned();
    Ok(Some(Letter { kind: BROADCAST, locale, name: None, link: None, params, attachment: None }))
}

/// The letter by which an editor tries words, as they were filled in when it was asked for.
async fn of_test(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let Some(user_id) = mail.user_id else { return Ok(None) };
    let conn = app.db.conn().await?;
    let recipient = repository::recipients(&conn, &[user_id]).await?.pop();
    let Some(recipient) = recipient.filter(|one| one.email == mail.address) else { return Ok(None) };
    let kind: NotificationKind = serde_json::from_value(mail.params["kind"].clone()).map_err(Error::internal)?;
    let params = json!({"title": mail.params["title"], "text": mail.params["text"], "kind": kind});
    let locale = recipient.locale.to_string();
    Ok(Some(Letter { kind: TEST, locale, name: Some(recipient.full_name), link: None, params, attachment: None }))
}
