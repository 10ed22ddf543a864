//! Deliveries: what goes to people beside HBS, when it is due.
use super::broadcasts;
use super::push::{Message, messenger};
use super::settings::known_wishes;
use super::texts::{Reader, Texts};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::notifications::letters::{DIGEST, NOTIFICATION};
use crate::domains::notifications::model::{
    Channel, Delivery, DeliveryId, DeliveryStatus, Notification, NotificationId, NotificationKind, Recipient,
};
use crate::domains::notifications::repository;
use crate::domains::notifications::rules;
use crate::failures::{Failures, together};
use crate::mail::{self, Mail};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::slice;
use uuid::Uuid;

/// Deliveries that are dealt with at a time.
const BATCH: i64 = 500;
/// Mails of notifications that a person gets in an hour; further ones are collected.
const MAILS_PER_HOUR: i64 = 10;
/// Time for which a message is claimed, and after which it is tried again.
const LEASE: TimeDelta = TimeDelta::minutes(5);
const MAX_ATTEMPTS: i32 = 5;

/// Sends the broadcasts that are due, and what is to go to people by now. Returns the last failure: it keeps nothing else from
/// being sent.
pub async fn work(app: &App) -> Result<()> {
    let mut failures = Failures::default();
    let told = broadcasts::send_due(app, &mut failures).await;
    failures.note("broadcasts could not be looked for", "all", told)?;
    let delivered = deliver_each(app, &mut failures).await;
    app.mailer.wake();
    app.relay.wake();
    delivered.and(failures.result(()))
}

/// Sends what is due to all people together, or to each by themselves where that fails: somebody to whom nothing can be sent then
/// keeps nobody else waiting. Without the database nothing is sent to anybody.
async fn deliver_each(app: &App, failures: &mut Failures) -> Result<()> {
    let delivered = deliver(app, None, failures).await;
    if together("what is due could not be sent to all together", delivered)?.is_some() {
        return Ok(());
    }
    let people = repository::due_people(&*app.db.conn().await?, app.clock.now()).await?;
    for user_id in people {
        let delivered = deliver(app, Some(user_id), failures).await;
        failures.note("what is due to a person could not be sent", user_id, delivered)?;
    }
    Ok(())
}

/// Sends what is due to everybody, or to one person.
async fn deliver(app: &App, to: Option<Uuid>, failures: &mut Failures) -> Result<()> {
    loop {
        let (count, messages) = batch(app, to).await?;
        send_messages(app, messages, failures).await?;
        if count < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}

/// Queues the mails of one batch, and claims its messages.
async fn batch(app: &App, to: Option<Uuid>) -> Result<(usize, Vec<Delivery>)> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let due = repository::lock_due(conn, to, now, BATCH).await?;
        let count = due.len();
        let (by_mail, messages): (Vec<_>, Vec<_>) = due.into_iter().partition(|one| one.channel == Channel::Email);
        queue_mails(conn, by_mail, now).await?;
        let mut of_person: BTreeMap<Uuid, Vec<DeliveryId>> = BTreeMap::new();
        for message in &messages {
            of_person.entry(message.user_id).or_default().push(message.id);
        }
        for (user_id, ids) in of_person {
            repository::set_lease(conn, user_id, &ids, now + LEASE, now).await?;
        }
        Ok::<_, Error>((count, messages))
    })
    .await
}

/// Queues one mail a person, which tells of all that is due. What nobody needs to be written any more is left out.
async fn queue_mails(conn: &Conn, due: Vec<Delivery>, now: DateTime<Utc>) -> Result<()> {
    let mut of_person: BTreeMap<Uuid, Vec<Delivery>> = BTreeMap::new();
    for delivery in due {
        of_person.entry(delivery.user_id).or_default().push(delivery);
    }
    if of_person.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = of_person.keys().copied().collect();
    let recipients: HashMap<Uuid, Recipient> =
        repository::recipients(conn, &people).await?.into_iter().map(|one| (one.user_id, one)).collect();
    let mailboxes: Vec<String> = recipients.values().map(|one| one.email.to_lowercase()).collect();
    let bounced: BTreeSet<String> = mail::bounced(conn, &mailboxes, Clock::real_now()).await?.into_iter().collect();
    let sent = repository::mails_since(conn, &people, now - TimeDelta::hours(1)).await?;
    for (user_id, deliveries) in of_person {
        let ids: Vec<DeliveryId> = deliveries.iter().map(|one| one.id).collect();
        let Some(recipient) = recipients.get(&user_id).filter(|one| one.is_proved) else {
            repository::set_done(conn, user_id, &ids, DeliveryStatus::NotWanted, now).await?;
            continue;
        };
        if bounced.contains(&recipient.email.to_lowercase()) {
            repository::set_done(conn, user_id, &ids, DeliveryStatus::Suppressed, now).await?;
            continue;
        }
        if sent.get(&user_id).copied().unwrap_or(0) >= MAILS_PER_HOUR {
            repository::postpone(conn, user_id, &ids, now + TimeDelta::hours(1), now).await?;
            continue;
        }
        queue_mail(conn, recipient, &deliveries, now).await?;
    }
    Ok(())
}

async fn queue_mail(conn: &Conn, recipient: &Recipient, deliveries: &[Delivery], now: DateTime<Utc>) -> Result<()> {
    let user_id = recipient.user_id;
    let of: Vec<NotificationId> = deliveries.iter().map(|one| one.notification_id).collect();
    let rows = repository::find_all(conn, user_id, &of).await?;
    let kinds: Vec<NotificationKind> = rows.iter().map(|row| row.kind).collect();
    let wishes = known_wishes(conn, &[user_id], &kinds).await?;
    let wanted = |row: &&Notification| row.read_at.is_none() && rules::is_enabled(row.kind, Channel::Email, &wishes);
    let wanted: Vec<NotificationId> = rows.iter().filter(wanted).map(|row| row.id).collect();
    let (told, left): (Vec<&Delivery>, Vec<&Delivery>) =
        deliveries.iter().partition(|delivery| wanted.contains(&delivery.notification_id));
    let ids = |some: &[&Delivery]| some.iter().map(|one| one.id).collect::<Vec<_>>();
    repository::set_done(conn, user_id, &ids(&left), DeliveryStatus::NotWanted, now).await?;
    let kind = match wanted.len() {
        0 => return Ok(()),
        1 => NOTIFICATION,
        _ => DIGEST,
    };
    let params = json!({"notification_ids": wanted});
    let queued = [Mail { kind, address: &recipient.email, user_id: Some(user_id), booking: None, params }];
    for mail_id in mail::enqueue_each(conn, &queued).await? {
        repository::set_queued(conn, user_id, &ids(&told), mail_id, now).await?;
    }
    Ok(())
}

/// Sends messages, each by itself. What fails comes due again when its lease ends.
async fn send_messages(app: &App, messages: Vec<Delivery>, failures: &mut Failures) -> Result<()> {
    for delivery in messages {
        let sent = send_message(app, &delivery).await;
        failures.note_fault("a message could not be sent; it is tried again", delivery.id, sent)?;
    }
    Ok(())
}

/// Sends a message by the messenger that there is, and notes what became of it.
async fn send_message(app: &App, delivery: &Delivery) -> Result<()> {
    let conn = app.db.conn().await?;
    let message = message(&conn, delivery).await?;
    drop(conn);
    let status = match (messenger(app), message) {
        (Some(messenger), Some(message)) => match messenger.send(&message).await {
            Ok(()) => DeliveryStatus::Sent,
            Err(error) if delivery.attempts + 1 < MAX_ATTEMPTS => return Err(error),
            Err(_) => DeliveryStatus::Failed,
        },
        _ => DeliveryStatus::NotWanted,
    };
    let conn = app.db.conn().await?;
    repository::set_done(&conn, delivery.user_id, &[delivery.id], status, app.clock.now()).await?;
    Ok(())
}

/// The message of a delivery; none if its person has gone, or has read it.
async fn message(conn: &Conn, delivery: &Delivery) -> Result<Option<Message>> {
    let row = repository::find(conn, delivery.user_id, delivery.notification_id).await?;
    let Some(row) = row.filter(|row| row.read_at.is_none()) else { return Ok(None) };
    let Some(recipient) = repository::recipients(conn, &[delivery.user_id]).await?.pop() else { return Ok(None) };
    let texts = Texts::of(conn, slice::from_ref(&row)).await?;
    let words = texts.words(&row, &Reader::from(&recipient));
    Ok(Some(Message { user_id: delivery.user_id, title: words.title, body: words.body }))
}
