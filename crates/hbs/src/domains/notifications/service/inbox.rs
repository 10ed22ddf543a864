//! A person's own notifications: shown, read, removed.
use super::texts::{Reader, Texts};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{DeliveryOut, NotificationFilter, NotificationOut, ReadAll, ReadOut, UnreadCount};
use crate::domains::notifications::model::{Inbox, NotificationId};
use crate::domains::notifications::repository::{self, Held};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Me;
use chrono::{TimeDelta, Utc};
use std::slice;

/// Time for which notifications are kept.
pub const KEPT: TimeDelta = TimeDelta::days(180);

pub async fn list(app: &App, me: &Me, filter: &NotificationFilter, page: &PageQuery) -> Result<Page<NotificationOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let (held, reader) = (Held::from(me.caller.grants()), Reader::of(me));
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, me.user_id(), &held, filter, before, limit + 1).await?;
    let texts = Texts::of(&conn, &rows).await?;
    Ok(page.page(rows, |row| row.id)?.map(|row| texts.shown(&row, &reader)))
}

pub async fn unread(app: &App, me: &Me) -> Result<UnreadCount> {
    let held = Held::from(me.caller.grants());
    let conn = app.db.conn().await?;
    Ok(UnreadCount { unread: repository::unread(&conn, me.user_id(), &held).await? })
}

pub async fn list_deliveries(app: &App, me: &Me, page: &PageQuery) -> Result<Page<DeliveryOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_deliveries(&conn, me.user_id(), before, limit + 1).await?;
    Ok(page.page(rows, |(delivery, ..)| delivery.id)?.map(Into::into))
}

/// Marks a notification as read, or as not read.
pub async fn set_read(app: &App, me: &Me, key: &IdempotencyKey, id: NotificationId, is_read: bool) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, user_id) = (me.caller.cause(now), me.user_id());
    let (held, reader) = (Held::from(me.caller.grants()), Reader::of(me));
    let name = if is_read { "notification.read" } else { "notification.unread" };
    app.change(key, async |conn| {
        let before = repository::lock(conn, user_id, &held, id).await?.or_404("notification")?;
        let texts = Texts::of(conn, slice::from_ref(&before)).await?;
        if before.read_at.is_some() == is_read {
            return Answer::unchanged(before.version, &texts.shown(&before, &reader));
        }
        let after = repository::set_read(conn, &before, is_read.then_some(now), now).await?;
        let event = Event::changed(&before, &after).named(name).with("user_id", user_id);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &texts.shown(&after, &reader))
    })
    .await
}

/// Marks all notifications as read that a person has not read, up to the newest that they have seen.
pub async fn read_all(app: &App, me: &Me, key: &IdempotencyKey, request: &ReadAll) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, user_id) = (me.caller.cause(now), me.user_id());
    let held = Held::from(me.caller.grants());
    let up_to = request.up_to;
    app.change(key, async |conn| {
        let read = repository::read_all(conn, user_id, &held, up_to, now).await?;
        let answer = Answer::done(&ReadOut { read })?;
        if read == 0 {
            return Ok(Answer { is_unchanged: true, ..answer });
        }
        let event = Event::of("notification.all_read", &Inbox { user_id }).with("user_id", user_id).with("count", read);
        outbox::publish(conn, &cause, [event]).await?;
        Ok(answer)
    })
    .await
}

pub async fn delete(app: &App, me: &Me, key: &IdempotencyKey, id: NotificationId) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, user_id) = (me.caller.cause(now), me.user_id());
    let held = Held::from(me.caller.grants());
    app.change(key, async |conn| {
        let row = repository::lock(conn, user_id, &held, id).await?.or_404("notification")?;
        repository::delete(conn, &row, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&row).with("user_id", user_id)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Forgets old notifications.
pub async fn sweep(app: &App) -> Result<()> {
    let conn = app.db.conn().await?;
    let now: chrono::DateTime<Utc> = app.clock.now();
    repository::sweep(&conn, now - KEPT).await?;
    Ok(())
}
