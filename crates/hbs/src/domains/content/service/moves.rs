//! Moves of content in a language, by hand and by schedule.
use super::super::dto::{LocalTime, ReturnContent, ScheduleContent};
use super::super::error::ContentError;
use super::super::model::{ContentId, Due, Head, Item};
use super::super::repository;
use super::super::rules::schedule::instant;
use super::super::rules::states::{self, Moment, Plan};
use super::{Place, answer, change_head, lock};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::permission::{ContentPublish, ContentWrite};
use crate::security::{Permission, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel_async::AsyncConnection;

/// Heads that are looked at in one go of the schedule.
const BATCH: i64 = 100;

/// Hands the version that is worked on to those who publish.
pub async fn submit(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    place: &Place,
) -> Result<Answer> {
    go(app, staff, (key, seen, place), "content_locale.submitted", |_, head| Ok(states::submitted(head)?)).await
}

/// Hands a version back to its author.
pub async fn give_back(
    app: &App,
    staff: &Staff<ContentPublish>,
    key: &IdempotencyKey,
    seen: IfMatch,
    place: &Place,
    ReturnContent { comment }: ReturnContent,
) -> Result<Answer> {
    let step = |_: &Item, head: &Head| Ok(states::returned(head, comment.clone())?);
    go(app, staff, (key, seen, place), "content_locale.returned", step).await
}

/// Makes the version that is worked on public.
pub async fn publish(
    app: &App,
    staff: &Staff<ContentPublish>,
    key: &IdempotencyKey,
    seen: IfMatch,
    place: &Place,
) -> Result<Answer> {
    let now = app.clock.now();
    let step = |item: &Item, head: &Head| Ok(states::published(head, item.kind, now)?);
    go(app, staff, (key, seen, place), "content_locale.published", step).await
}

/// Withdraws what is public, with whatever is scheduled.
pub async fn archive(
    app: &App,
    staff: &Staff<ContentPublish>,
    key: &IdempotencyKey,
    seen: IfMatch,
    place: &Place,
) -> Result<Answer> {
    go(app, staff, (key, seen, place), "content_locale.archived", |_, head| Ok(states::archived(head)?)).await
}

async fn go<P: Permission>(
    app: &App,
    staff: &Staff<P>,
    (key, seen, place): (&IdempotencyKey, IfMatch, &Place),
    kind: &'static str,
    step: impl Fn(&Item, &Head) -> Result<Head> + Send + Sync,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (item, before) = lock(conn, &staff.scope, place).await?;
        seen.check(before.version)?;
        let after = step(&item, &before)?;
        if after == before {
            return answer(&before, None);
        }
        let after = change_head(conn, &before, &after, kind, &cause).await?;
        answer(&before, Some(after))
    })
    .await
}

// Schedules

/// Sets when the version that is worked on goes live, and when what is public then is withdrawn.
pub async fn schedule(
    app: &App,
    staff: &Staff<ContentPublish>,
    key: &IdempotencyKey,
    seen: MustMatch,
    place: &Place,
    request: ScheduleContent,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let (item, before) = lock(conn, &staff.scope, place).await?;
        seen.check(before.version)?;
        let zone = zone_of(conn, &item, request.time_zone.as_deref()).await?;
        let plan = plan(&request, zone, now)?;
        if plan.publish.is_none() && !before.is_live() {
            return Err(Error::invalid("/unpublish_at", "is for what is public already, or goes live by publish_at"));
        }
        let after = states::scheduled(&before, item.kind, plan)?;
        if after == before {
            return answer(&before, None);
        }
        let after = change_head(conn, &before, &after, "content_locale.scheduled", &cause).await?;
        answer(&before, Some(after))
    })
    .await
}

/// The zone of the local times: the hotel's, or the one that is named for all hotels.
async fn zone_of(conn: &Conn, item: &Item, named: Option<&str>) -> Result<Tz> {
    match (item.property_id, named) {
        (Some(_), Some(_)) => Err(Error::invalid("/time_zone", "is that of the hotel; only content of all hotels names one")),
        (Some(property_id), None) => Ok(properties::find(conn, property_id).await?.or_404("content")?.time_zone.tz()),
        (None, None) => Err(Error::invalid("/time_zone", "is needed for content of all hotels")),
        (None, Some(name)) => {
            let wrong = |_| Error::invalid("/time_zone", format!("{name:?} is not an IANA time zone such as Europe/Lisbon"));
            name.parse().map_err(wrong)
        }
    }
}

/// Turns local times into instants, which must be to come and in their order.
fn plan(request: &ScheduleContent, zone: Tz, now: DateTime<Utc>) -> Result<Plan> {
    let moment = |pointer: &'static str, time: Option<LocalTime>| -> Result<Option<Moment>> {
        let Some(LocalTime(local)) = time else { return Ok(None) };
        match instant(local, zone) {
            instant if instant > now => Ok(Some((local, instant))),
            instant => Err(Error::invalid(pointer, format!("is {instant:?} in {}, which is over", zone.name()))),
        }
    };
    let publish = moment("/publish_at", request.publish_at)?;
    let unpublish = moment("/unpublish_at", request.unpublish_at)?;
    if publish.is_none() && unpublish.is_none() {
        return Err(Error::invalid("/publish_at", "is needed where no unpublish_at is named"));
    }
    if publish.zip(unpublish).is_some_and(|((_, first), (_, last))| last <= first) {
        return Err(Error::invalid("/unpublish_at", "must be after publish_at"));
    }
    Ok(Plan { publish, unpublish, zone: zone.name().to_owned() })
}

/// Takes the schedule back. What is public stays so.
pub async fn unschedule(
    app: &App,
    staff: &Staff<ContentPublish>,
    key: &IdempotencyKey,
    seen: MustMatch,
    place: &Place,
) -> Result<Answer> {
    go(app, staff, (key, IfMatch(Some(seen.0)), place), "content_locale.unscheduled", |_, head| {
        if head.is_scheduled() { Ok(states::unscheduled(head)) } else { Err(ContentError::NotScheduled.into()) }
    })
    .await
}

/// Publishes and withdraws whatever is due, each in a transaction of its own, and says how many languages have changed. What
/// cannot be moved is passed by, however much of it there is, and tried again the next time.
pub async fn publish_due(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let (mut moved, mut after, mut failures) = (0, None, Failures::default());
    loop {
        let conn = app.db.conn().await?;
        let due = repository::due(&conn, now, after.as_ref(), BATCH).await?;
        drop(conn);
        let Some(last) = due.last().cloned() else { return failures.result(moved) };
        after = Some(last);
        let before = moved;
        for Due { content_id: id, locale, .. } in due {
            let done = move_due(app, id, &locale, now).await;
            let is_moved = failures.note_fault("content that is due could not be moved", format_args!("{id} {locale}"), done)?;
            moved += usize::from(is_moved.unwrap_or(false));
        }
        if moved > before {
            app.relay.wake();
        }
    }
}

/// Does for one language what is due: first its publication, then its withdrawal. Somebody else may have done so meanwhile.
async fn move_due(app: &App, id: ContentId, locale: &Locale, now: DateTime<Utc>) -> Result<bool> {
    let cause = Cause::system(now);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(item) = repository::lock_items(conn, &[id]).await?.pop() else { return Ok(false) };
        let Some(mut head) = repository::find_head(conn, &item, locale).await? else { return Ok(false) };
        let mut is_moved = false;
        if let Some(after) = states::gone_live(&head, now) {
            head = change_head(conn, &head, &after, "content_locale.published", &cause).await?;
            is_moved = true;
        }
        if let Some(after) = states::withdrawn(&head, now) {
            change_head(conn, &head, &after, "content_locale.archived", &cause).await?;
            is_moved = true;
        }
        Ok::<_, Error>(is_moved)
    })
    .await
}
