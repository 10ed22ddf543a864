use super::dto::{AlikeRule, RetentionDays, RetentionPreview, RetentionPreviewItem, RetentionRulesOut, SetRetentionRules};
use super::model::{AlikeKind, Hotel, RetainedKind, RetentionRules};
use super::{repository, rules};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::{
    authentication, bookings, guests, issues, lost_property, notifications, payments, properties, registration_cards, waitlist,
    webhooks,
};
use crate::error::{FieldError, Or404};
use crate::failures::Failures;
use crate::forgetting::{Due, Forgotten, Past};
use crate::idempotency::{self, IdempotencyKey};
use crate::mail;
use crate::outbox::{self, Cause, Event};
use crate::security::Staff;
use crate::security::permission::PropertiesUpdate;
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Number of things that go in one transaction.
const BATCH: i64 = 500;
/// Most transactions in which things of one kind go from one hotel at a run: the rest is for the next run.
const BATCHES: usize = 20;

// What the rules are

pub async fn get(app: &App, staff: &Staff<PropertiesUpdate>, property_id: Uuid) -> Result<RetentionRulesOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let (hotel, rules) = find(&conn, property_id, app.clock.now()).await?;
    Ok(shown(app, &hotel, &rules))
}

/// A hotel with its rules, or with those that HBS begins with.
async fn find(conn: &Conn, property_id: Uuid, now: DateTime<Utc>) -> Result<(Hotel, RetentionRules)> {
    let (hotel, rules) = repository::find(conn, property_id).await?.or_404("property")?;
    let rules = rules.unwrap_or_else(|| RetentionRules::standard(&hotel, now));
    Ok((hotel, rules))
}

fn shown(app: &App, hotel: &Hotel, rules: &RetentionRules) -> RetentionRulesOut {
    RetentionRulesOut {
        property_id: hotel.id,
        rules: RetentionDays::from(rules),
        register_days: rules::least(RetainedKind::StayDocuments, &hotel.country),
        alike: AlikeKind::ALL.iter().map(|kind| AlikeRule { data: *kind, days: days_alike(app, *kind) }).collect(),
        version: rules.version,
    }
}

/// Returns for how many days a kind of data is kept at all hotels, as the jobs that remove it do.
fn days_alike(app: &App, kind: AlikeKind) -> Option<i64> {
    let kept = match kind {
        AlikeKind::RequestAnswers => idempotency::LIFETIME,
        AlikeKind::SentMails => mail::LOG_KEPT,
        AlikeKind::UnsentMails => mail::KEEP_GIVEN_UP,
        AlikeKind::Notifications => notifications::KEPT,
        AlikeKind::WebhookDeliveries => webhooks::KEPT,
        AlikeKind::GatewayEvents => payments::EVENTS_KEPT,
        AlikeKind::Sessions => authentication::KEEP_SESSIONS,
        AlikeKind::Events => TimeDelta::days(app.config.outbox_kept_days.into()),
    };
    Some(kept.num_days()).filter(|days| *days > 0)
}

/// Sets the rules. What they let go, goes by the job.
pub async fn set(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    SetRetentionRules { rules }: SetRetentionRules,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        let (hotel, before) = find(conn, property_id, cause.at).await?;
        seen.check(before.version)?;
        let after = RetentionRules { updated_at: cause.at, ..rules.in_place_of(&before) };
        check_law(&hotel, &after)?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &shown(app, &hotel, &before));
        }
        repository::put(conn, &after).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &shown(app, &hotel, &after))
    })
    .await
}

/// Refuses rules by which something would go that the law keeps.
fn check_law(hotel: &Hotel, rules: &RetentionRules) -> Result<()> {
    let too_short = |kind: &RetainedKind| {
        let least = rules::least(*kind, &hotel.country);
        rules.days(*kind).filter(|days| *days < least)?;
        let why = format!("must be at least {least}: so long the law of the country ({}) keeps the register", hotel.country);
        Some(FieldError::body(format!("/rules/{kind}"), why))
    };
    let errors: Vec<FieldError> = RetainedKind::ALL.iter().filter_map(too_short).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

// What goes by them

/// Tells what would go now: the same queries as those of the deed, without the deed.
pub async fn preview(app: &App, staff: &Staff<PropertiesUpdate>, property_id: Uuid) -> Result<RetentionPreview> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let (hotel, rules) = find(&conn, property_id, now).await?;
    let mut items = Vec::with_capacity(RetainedKind::ALL.len());
    for kind in RetainedKind::ALL.iter().copied() {
        let past = past_of(&hotel, &rules, kind, now);
        let due = match past {
            Some(past) => due(&conn, kind, past, 1).await?,
            None => Due::default(),
        };
        items.push(RetentionPreviewItem {
            data: kind,
            days: rules.days(kind).map(|days| days.max(rules::least(kind, &hotel.country))),
            before: past.map(|past| past.before),
            count: due.total,
            oldest: due.oldest,
        });
    }
    Ok(RetentionPreview { property_id, date: hotel.today(now), items })
}

/// Applies the rules of all hotels, and returns how much has gone. What fails keeps nothing else from going.
pub async fn apply(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let hotels = repository::hotels(&*app.db.conn().await?).await?;
    let (mut gone, mut failures) = (0, Failures::default());
    for (hotel, rules) in hotels {
        let rules = rules.unwrap_or_else(|| RetentionRules::standard(&hotel, now));
        for kind in RetainedKind::ALL.iter().copied() {
            let Some(past) = past_of(&hotel, &rules, kind, now) else { continue };
            let count = apply_rule(app, kind, past, now).await;
            gone += failures.note("a rule of what is kept could not be applied at a hotel", hotel.id, count)?.unwrap_or(0);
        }
    }
    failures.result(gone)
}

fn past_of(hotel: &Hotel, rules: &RetentionRules, kind: RetainedKind, now: DateTime<Utc>) -> Option<Past> {
    let before = rules::before(kind, rules.days(kind), &hotel.country, hotel.today(now))?;
    Some(Past { property_id: hotel.id, before })
}

async fn apply_rule(app: &App, kind: RetainedKind, past: Past, now: DateTime<Utc>) -> Result<usize> {
    if due(&*app.db.conn().await?, kind, past, 1).await?.total == 0 {
        return Ok(0);
    }
    let mut gone = 0;
    for _ in 0..BATCHES {
        let count = forget_batch(app, kind, past.property_id, now).await?;
        gone += count;
        if count == 0 {
            break;
        }
    }
    Ok(gone)
}

/// Lets a batch go, and puts on the record how many things these were, and nothing of whom. The rule may have been set otherwise
/// since it was read, so it is read again, and nobody sets it meanwhile.
async fn forget_batch(app: &App, kind: RetainedKind, property_id: Uuid, now: DateTime<Utc>) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    let forgotten = conn
        .transaction(async |conn| {
            let Some(past) = past_held(conn, kind, property_id, now).await? else { return Ok(Forgotten::default()) };
            let forgotten = forget(conn, kind, past, now).await?;
            if forgotten.count > 0 {
                let event = Event::about::<RetentionRules>("retention.applied", RetentionRules::entity_of(past.property_id));
                let event = event.with("data", kind).with("count", forgotten.count).with("before", past.before);
                outbox::publish(conn, &Cause::system(now), [event]).await?;
            }
            Ok::<_, Error>(forgotten)
        })
        .await?;
    drop(conn);
    app.objects.remove(&forgotten.files).await;
    app.relay.wake();
    Ok(forgotten.count)
}

/// Returns the time that is past for a kind of data of a hotel, by rules that stay as they are until the transaction ends. None:
/// the data is kept.
async fn past_held(conn: &Conn, kind: RetainedKind, property_id: Uuid, now: DateTime<Utc>) -> Result<Option<Past>> {
    let (hotel, rules) = repository::hold(conn, property_id).await?;
    let rules = rules.unwrap_or_else(|| RetentionRules::standard(&hotel, now));
    Ok(past_of(&hotel, &rules, kind, now))
}

/// Looks for what is due of a kind, where it is kept.
async fn due(conn: &Conn, kind: RetainedKind, past: Past, limit: i64) -> Result<Due> {
    let due = match kind {
        RetainedKind::GuestDocuments => guests::due_documents(conn, past, limit).await,
        RetainedKind::StayDocuments => bookings::due_documents(conn, past, limit).await,
        RetainedKind::RegistrationCards => registration_cards::due_cards(conn, past, limit).await,
        RetainedKind::LostItemPhotos => lost_property::due_photos(conn, past, limit).await,
        RetainedKind::IssueAttachments => issues::due_attachments(conn, past, limit).await,
        RetainedKind::WaitlistEntries => waitlist::due_entries(conn, past, limit).await,
        RetainedKind::GuestProfiles => guests::due_profiles(conn, past, limit).await,
    };
    Ok(due?)
}

/// Forgets a batch of what is due of a kind, where it is kept.
async fn forget(conn: &Conn, kind: RetainedKind, past: Past, now: DateTime<Utc>) -> Result<Forgotten> {
    match kind {
        RetainedKind::GuestDocuments => guests::forget_documents(conn, past, BATCH).await,
        RetainedKind::StayDocuments => bookings::forget_documents(conn, past, BATCH, now).await,
        RetainedKind::RegistrationCards => registration_cards::forget_cards(conn, past, BATCH).await,
        RetainedKind::LostItemPhotos => lost_property::forget_photos(conn, past, BATCH, now).await,
        RetainedKind::IssueAttachments => issues::forget_attachments(conn, past, BATCH).await,
        RetainedKind::WaitlistEntries => waitlist::forget_entries(conn, past, BATCH).await,
        RetainedKind::GuestProfiles => guests::forget_profiles(conn, past, BATCH, now).await,
    }
}
