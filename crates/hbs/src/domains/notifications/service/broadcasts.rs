//! Broadcasts: what a hotel tells its staff, or its guests, all at once.
use super::tell::{Draft, write};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{AudienceOut, AudienceQuery, BroadcastFilter, BroadcastOut, CreateBroadcast};
use crate::domains::notifications::error::NotificationError;
use crate::domains::notifications::letters::BROADCAST;
use crate::domains::notifications::model::{
    Audience, Broadcast, BroadcastId, BroadcastStatus, GuestAddress, NotificationKind, NotificationReason,
};
use crate::domains::notifications::repository;
use crate::domains::properties;
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::mail::{self, Mail, OptOut};
use crate::outbox::{self, Cause, Event, Recorded};
use crate::page::{Page, PageQuery};
use crate::security::permission::NotificationsBroadcast;
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Mails that are queued by one statement.
const MAILS_AT_ONCE: usize = 500;

type Broadcaster = Staff<NotificationsBroadcast>;

pub async fn list(app: &App, staff: &Broadcaster, filter: &BroadcastFilter, page: &PageQuery) -> Result<Page<BroadcastOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_broadcasts(&conn, &staff.scope, filter, before, limit + 1).await?;
    Ok(page.page(rows, |row| row.id)?.map(Into::into))
}

pub async fn get(app: &App, staff: &Broadcaster, id: BroadcastId) -> Result<BroadcastOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_broadcast(&conn, &staff.scope, id).await?.or_404("broadcast")?.into())
}

/// Counts those whom a broadcast would reach now.
pub async fn audience(app: &App, staff: &Broadcaster, to: &AudienceQuery) -> Result<AudienceOut> {
    staff.at(to.property_id)?;
    let conn = app.db.conn().await?;
    check(&conn, to).await?;
    let reached = Reached::by(&conn, to.property_id, to.audience, to.role.as_deref(), to.arriving_on).await?;
    Ok(AudienceOut { people: reached.people.len(), guests: reached.guests.len() })
}

async fn check(conn: &Conn, to: &AudienceQuery) -> Result<()> {
    let AudienceQuery { property_id, audience, role, arriving_on } = to;
    properties::find(conn, *property_id).await?.or_404("property")?;
    match (audience, role, arriving_on) {
        (Audience::Role, Some(role), None) if repository::role_exists(conn, role).await? => Ok(()),
        (Audience::Role, Some(_), None) => Err(Error::invalid("/role", "is not the code of a role")),
        (Audience::Role, None, _) => Err(Error::invalid("/role", "is missing: it says which staff are told")),
        (Audience::Arriving, _, None) => Err(Error::invalid("/arriving_on", "is missing: it says which guests are told")),
        (Audience::InHouse | Audience::Arriving, Some(_), _) => Err(Error::invalid("/role", "is for the audience `role` alone")),
        (Audience::InHouse | Audience::Role, _, Some(_)) => {
            Err(Error::invalid("/arriving_on", "is for the audience `arriving` alone"))
        }
        (Audience::InHouse, None, None) | (Audience::Arriving, None, Some(_)) => Ok(()),
    }
}

/// Those whom a broadcast reaches: people with an account, and guests by their addresses.
struct Reached {
    people: Vec<Uuid>,
    guests: Vec<GuestAddress>,
}

impl Reached {
    async fn by(
        conn: &Conn,
        property_id: Uuid,
        audience: Audience,
        role: Option<&str>,
        arriving_on: Option<NaiveDate>,
    ) -> Result<Self> {
        let rows = match (audience, role, arriving_on) {
            (Audience::Role, Some(role), _) => {
                let people = repository::holders_of_role(conn, role, property_id).await?;
                return Ok(Self { people, guests: Vec::new() });
            }
            (Audience::Arriving, _, Some(on)) => repository::arriving(conn, property_id, on).await?,
            (Audience::InHouse, ..) => repository::in_house(conn, property_id).await?,
            (Audience::Role | Audience::Arriving, ..) => Vec::new(),
        };
        let (people, guests) = repository::each_once(rows);
        let guests = without_mailboxes(conn, &people, guests).await?;
        Ok(Self { people, guests })
    }
}

/// Leaves out the guests who are told as people already, by another booking that is in their account, and those who want no such
/// mails. An address that nobody has proved is nobody's: whoever says it is theirs keeps no mail from it.
async fn without_mailboxes(conn: &Conn, people: &[Uuid], mut guests: Vec<GuestAddress>) -> Result<Vec<GuestAddress>> {
    if guests.is_empty() {
        return Ok(guests);
    }
    let own = repository::recipients(conn, people).await?.into_iter().filter(|one| one.is_proved).map(|one| one.email);
    let mut left_out: BTreeSet<String> = own.collect();
    let mailboxes: Vec<String> = guests.iter().map(|guest| guest.email.to_lowercase()).collect();
    left_out.extend(mail::opted_out(conn, OptOut::Broadcasts, &mailboxes).await?);
    left_out.extend(repository::without_mails(conn, NotificationKind::Broadcast, &mailboxes).await?);
    guests.retain(|guest| !left_out.contains(&guest.email.to_lowercase()));
    Ok(guests)
}

/// Plans a broadcast. It goes out when it is due, and can be cancelled until then.
pub async fn create(app: &App, staff: &Broadcaster, key: &IdempotencyKey, request: CreateBroadcast) -> Result<Answer> {
    staff.at(request.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let created_by = staff.caller.user_id();
    let to = request.to();
    let CreateBroadcast { property_id, audience, role, arriving_on, title, body, by_email, send_at } = request;
    let send_at = send_at.unwrap_or(now);
    if send_at < now {
        return Err(Error::invalid("/send_at", "is in the past"));
    }
    app.change(key, async |conn| {
        check(conn, &to).await?;
        let new = Broadcast {
            property_id,
            id: BroadcastId::now_v7(),
            audience,
            role,
            arriving_on,
            title,
            body,
            by_email,
            status: BroadcastStatus::Scheduled,
            send_at,
            people: None,
            guests: None,
            sent_at: None,
            created_by,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        repository::insert_broadcast(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&new)]).await?;
        Answer::created(format!("/v1/notification-broadcasts/{}", new.id), new.version, &BroadcastOut::from(new))
    })
    .await
}

pub async fn cancel(app: &App, staff: &Broadcaster, key: &IdempotencyKey, seen: IfMatch, id: BroadcastId) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_broadcast(conn, &staff.scope, id).await?.or_404("broadcast")?;
        seen.check(before.version)?;
        if before.status != BroadcastStatus::Scheduled {
            return Err(NotificationError::BroadcastOver(before.status).into());
        }
        let after = repository::update_broadcast(conn, &before, BroadcastStatus::Cancelled, None, now).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("notification_broadcast.cancelled")]).await?;
        Answer::ok(after.version, &BroadcastOut::from(after))
    })
    .await
}

/// Sends the broadcasts that are due: each to all of its audience, or not at all. One that cannot be sent holds up no other, and
/// is tried again the next time.
pub async fn send_due(app: &App, failures: &mut Failures) -> Result<()> {
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let due = repository::due_broadcasts(&conn, now).await?;
    drop(conn);
    for id in due {
        failures.note("a broadcast that is due could not be sent", id, send_one(app, id, now).await)?;
    }
    Ok(())
}

async fn send_one(app: &App, id: BroadcastId, now: DateTime<Utc>) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| send(conn, id, now).await).await
}

async fn send(conn: &Conn, id: BroadcastId, now: DateTime<Utc>) -> Result<()> {
    let before = repository::lock_broadcast(conn, &Scope::All, id).await?.or_404("broadcast")?;
    // Cancelled, or sent by another process, while it was waited for.
    if before.status != BroadcastStatus::Scheduled {
        return Ok(());
    }
    let reached = Reached::by(conn, before.property_id, before.audience, before.role.as_deref(), before.arriving_on).await?;
    let drafts = reached.people.iter().map(|user_id| draft(&before, *user_id)).collect();
    let people = write(conn, drafts, now).await?;
    let guests: &[GuestAddress] = if before.by_email { &reached.guests } else { &[] };
    let mails: Vec<Mail<'_>> = guests
        .iter()
        .map(|guest| Mail {
            params: json!({"broadcast_id": before.id}),
            ..Mail::of_booking(BROADCAST, before.property_id, guest.booking_id, &guest.email)
        })
        .collect();
    for some in mails.chunks(MAILS_AT_ONCE) {
        mail::enqueue(conn, some).await?;
    }
    let count = |number: usize| i32::try_from(number).map_err(Error::internal);
    let sent = Some((count(people)?, count(guests.len())?));
    let after = repository::update_broadcast(conn, &before, BroadcastStatus::Sent, sent, now).await?;
    let event = Event::changed(&before, &after).named("notification_broadcast.sent");
    outbox::publish(conn, &Cause::system(now), [event]).await?;
    Ok(())
}

fn draft(broadcast: &Broadcast, user_id: Uuid) -> Draft {
    let kind = NotificationKind::Broadcast;
    Draft {
        user_id,
        kind,
        reason: NotificationReason::Broadcast,
        dedup_key: format!("{kind}:{}", broadcast.id),
        group_key: None,
        property_id: Some(broadcast.property_id),
        permission: None,
        role: broadcast.role.clone(),
        entity: Broadcast::ENTITY.to_owned(),
        entity_id: broadcast.id.into(),
        booking_id: None,
        params: json!({"subject": broadcast.title, "message": broadcast.body}),
        may_be_sent: broadcast.by_email,
    }
}
